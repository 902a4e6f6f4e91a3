/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eight processes that use a TEE which does not run yet, at the same moment, on a fresh
 * state; and the same against an instance that ends itself for lack of clients at just
 * that time. All must succeed, every time, and there is one daemon.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hello_ta.h"
#include "tee_client_api.h"
#include "test/system/tee_util.h"

#define PROCESSES 8

static int use_tee(void)
{
    static const TEEC_UUID uuid = HELLO_TA_UUID;
    TEEC_Context c;
    TEEC_Session s;
    TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, 0, 0, 0)};
    if (TEEC_InitializeContext(NULL, &c) != TEEC_SUCCESS)
        return 1;
    if (TEEC_OpenSession(&c, &s, &uuid, TEEC_LOGIN_USER, NULL, NULL, NULL) !=
        TEEC_SUCCESS)
        return 2;
    op.params[0].value.a = 41;
    TEEC_Result r = TEEC_InvokeCommand(&s, HELLO_INCREMENT, &op, NULL);
    TEEC_CloseSession(&s);
    TEEC_FinalizeContext(&c);
    return r == TEEC_SUCCESS && op.params[0].value.a == 42 ? 0 : 3;
}

/* Each process waits for the end of file on the gate, so that all start together. */
static unsigned storm(void)
{
    int gate[2];
    pid_t pids[PROCESSES];
    unsigned good = 0;
    if (pipe(gate) != 0)
        exit(2);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char c;
            close(gate[1]);
            alarm(60);
            _exit(read(gate[0], &c, 1) == 0 ? use_tee() : 9);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0, status = 0; i < PROCESSES; i++) {
        if (waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) &&
            WEXITSTATUS(status) == 0)
            good++;
        else
            printf("# a process ended with status 0x%x\n", status);
    }
    return good;
}

static unsigned daemons_started(const char *dir)
{
    char path[4200], line[512];
    unsigned n = 0;
    snprintf(path, sizeof path, "%s/log", dir);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        n += strstr(line, "private instance, process") != NULL;
    if (f)
        fclose(f);
    return n;
}

static void fresh_state(unsigned round)
{
    char dir[4096], detail[200], suffix[32];
    snprintf(suffix, sizeof suffix, "/fresh-%u", round);
    state_path(dir, sizeof dir, suffix);
    char base[4096];
    state_path(base, sizeof base, "");
    setenv("ANCHORHOLD_STATE", dir, 1);
    unsigned good = storm(), daemons = daemons_started(dir);
    snprintf(detail, sizeof detail, "%u of %u succeeded, %u daemons", good, PROCESSES,
             daemons);
    tap_result(good == PROCESSES && daemons == 1, "eight processes on a fresh state",
               detail);
    daemon_end(dir);
    setenv("ANCHORHOLD_STATE", base, 1);
}

/* SIGTERM makes a daemon end as the idle timer does; the storm falls into its last
 * moments. */
static void ending_instance(unsigned round)
{
    char dir[4096], detail[100];
    state_path(dir, sizeof dir, "/ending");
    char base[4096];
    state_path(base, sizeof base, "");
    setenv("ANCHORHOLD_STATE", dir, 1);
    pid_t pid = daemon_pid(dir);
    if (pid < 0 && use_tee() == 0)
        pid = daemon_pid(dir);
    if (pid <= 1) {
        tap_result(false, "eight processes while the instance ends", "no daemon to end");
        setenv("ANCHORHOLD_STATE", base, 1);
        return;
    }
    pid_t killer = fork();
    if (killer == 0) {
        sleep_us(round * 500);
        signal_one(pid, SIGTERM);
        _exit(0);
    }
    unsigned good = storm();
    waitpid(killer, NULL, 0);
    snprintf(detail, sizeof detail, "%u of %u succeeded", good, PROCESSES);
    /* A session that the ending daemon had already accepted may break; a new attempt may
     * not. */
    tap_result(good == PROCESSES || storm() == PROCESSES,
               "eight processes while the instance ends", detail);
    setenv("ANCHORHOLD_STATE", base, 1);
}

int main(int argc, char **argv)
{
    unsigned rounds = 20;
    char dir[4096];
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)atoi(argv[i + 1]);
    for (unsigned i = 0; i < rounds; i++)
        fresh_state(i);
    for (unsigned i = 0; i < rounds; i++)
        ending_instance(i);
    state_path(dir, sizeof dir, "/ending");
    daemon_end(dir);
    return tap_finish();
}
