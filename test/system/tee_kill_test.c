/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill -9 of the client, of the daemon, of the TA and of the storage TA at random
 * moments, while a client counts in secure storage. After each: no count that was
 * acknowledged is lost, the next client works, a client that lives on is told (it never
 * hangs), and the sessions of a dead client are gone within a second.
 *
 *   tee_kill_test [--rounds N] [--seed N]      N rounds for each victim
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "hello_ta.h"
#include "tee_client_api.h"
#include "test/system/tee_util.h"

static char dir[4096];
static uint32_t acknowledged; /* the highest count that a client was told */

/* Counts until it is killed or a call fails; each count goes through the pipe. */
_Noreturn static void client(int out, unsigned calls)
{
    static const TEEC_UUID uuid = HELLO_TA_UUID;
    TEEC_Context c;
    TEEC_Session s;
    TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0)};
    TEEC_Result r = TEEC_InitializeContext(NULL, &c);
    if (r == TEEC_SUCCESS)
        r = TEEC_OpenSession(&c, &s, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
    for (unsigned i = 0; r == TEEC_SUCCESS && i < calls; i++) {
        r = TEEC_InvokeCommand(&s, HELLO_COUNT, &op, NULL);
        if (r == TEEC_SUCCESS && write(out, &op.params[0].value.a, 4) != 4)
            _exit(3);
    }
    if (r != TEEC_SUCCESS && r != TEEC_ERROR_TARGET_DEAD &&
        r != TEEC_ERROR_COMMUNICATION && r != TEEC_ERROR_STORAGE_NOT_AVAILABLE)
        printf("# a client got 0x%08x\n", r);
    if (r == TEEC_SUCCESS) {
        TEEC_CloseSession(&s);
        TEEC_FinalizeContext(&c);
    }
    _exit(r == TEEC_SUCCESS ? 0 : 1);
}

/* Take what the client has written; false when a count did not grow. */
static bool take_counts(int in, bool first_is_next)
{
    uint32_t v;
    while (read(in, &v, 4) == 4) {
        bool ok = v > acknowledged && (!first_is_next || v <= acknowledged + 3);
        if (!ok) {
            printf("# count %u after %u was acknowledged\n", v, acknowledged);
            return false;
        }
        acknowledged = v;
    }
    return true;
}

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1;
}

static pid_t client_start(int *in, unsigned calls)
{
    int ends[2];
    if (pipe(ends) != 0)
        exit(2);
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        exit(2);
    if (pid == 0) {
        close(ends[0]);
        client(ends[1], calls);
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *in = ends[0];
    return pid;
}

#define LIVES_ON (-1)

/* The exit status; LIVES_ON when it has not ended after ms, and then it is ended here. */
static int client_wait(pid_t pid, int ms)
{
    int status;
    for (int64_t until = now_ms() + ms; now_ms() < until;) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
        sleep_us(2000);
    }
    signal_one(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return LIVES_ON;
}

/* A client of its own that counts three times. */
static bool works_again(char *why, size_t len)
{
    int in;
    pid_t pid = client_start(&in, 3);
    int status = client_wait(pid, 15000);
    uint32_t before = acknowledged;
    bool counts = take_counts(in, true) && acknowledged > before;
    close(in);
    snprintf(why, len, "the next client: status %d, counts %u to %u", status, before,
             acknowledged);
    return status == 0 && counts;
}

/* The dead client's session is closed within a second. */
static bool sessions_gone(void)
{
    static char json[HOST_TEXT_MAX + 1];
    int64_t until = now_ms() + 1000;
    do {
        if (!daemon_status(dir, json, sizeof json))
            return false;
        const char *ta = json_ta(json, "hello");
        if (!ta || json_number(ta, "sessions") == 0 ||
            strstr(json, "\"state\":\"ending\""))
            return true;
        sleep_us(5000);
    } while (now_ms() < until);
    printf("# %s\n", json);
    return false;
}

enum victim { CLIENT, DAEMON, TA, STORAGE };
static const char *const victim_names[] = {"client", "daemon", "TA", "storage TA"};

static pid_t pick(enum victim v, pid_t client_pid)
{
    switch (v) {
    case CLIENT:
        return client_pid;
    case DAEMON:
        return daemon_pid(dir);
    case TA:
        return ta_pid(dir, "hello");
    case STORAGE:
        return ta_pid(dir, "storage");
    }
    return -1;
}

static bool round_of(enum victim v, char *why, size_t len)
{
    int in;
    pid_t pid = client_start(&in, 1000000);
    if (!readable(in, 15000)) {
        snprintf(why, len, "the client did not begin to count");
        client_wait(pid, 0);
        close(in);
        return false;
    }
    pid_t target = pick(v, pid);
    sleep_us(draw(8000));
    if (target > 1)
        signal_one(target, SIGKILL);
    bool gone = v != CLIENT || sessions_gone();
    int status = client_wait(pid, v == STORAGE ? 100 : 15000);
    bool counted = take_counts(in, false);
    close(in);
    snprintf(why, len, "pid %d, client status %d, counted %d, gone %d", target, status,
             counted, gone);
    bool told = v == CLIENT ? status == 100 + SIGKILL : status == 1;
    /* The TEE library opens storage anew, so its client may see an error or nothing at
     * all. */
    if (v == STORAGE)
        told = status == LIVES_ON || status == 1;
    if (target <= 1 || !counted || !gone || !told)
        return false;
    return works_again(why, len);
}

static void rounds_of(enum victim v, unsigned rounds)
{
    char name[100], why[200] = "";
    unsigned good = 0;
    uint32_t before = acknowledged;
    for (unsigned i = 0; i < rounds; i++) {
        if (round_of(v, why, sizeof why))
            good++;
        else
            printf("# %s, round %u: %s\n", victim_names[v], i, why);
    }
    snprintf(name, sizeof name, "kill -9 of the %s at random moments, %u rounds",
             victim_names[v], rounds);
    printf("# %u counts were acknowledged\n", acknowledged - before);
    tap_result(good == rounds, name, NULL);
}

int main(int argc, char **argv)
{
    unsigned rounds = 60, seed = (unsigned)now_ms();
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--rounds") == 0)
            rounds = (unsigned)atoi(argv[i + 1]);
        if (strcmp(argv[i], "--seed") == 0)
            seed = (unsigned)strtoul(argv[i + 1], NULL, 10);
    }
    state_path(dir, sizeof dir, "");
    tap_seed(seed);
    for (int v = CLIENT; v <= STORAGE; v++)
        rounds_of((enum victim)v, rounds);
    daemon_end(dir);
    return tap_finish();
}
