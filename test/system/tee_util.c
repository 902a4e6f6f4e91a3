/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the hosted TEE. The JSON is our own and flat: searching for a key is
 * enough. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "test/system/tee_util.h"

static unsigned tap_nr, tap_failed;
static uint32_t random_state = 1;

void tap_result(bool ok, const char *name, const char *detail)
{
    tap_nr++;
    tap_failed += !ok;
    printf("%sok %u - %s\n", ok ? "" : "not ", tap_nr, name);
    if (!ok && detail)
        printf("# %s\n", detail);
    fflush(stdout);
}

void tap_skip(const char *name, const char *why)
{
    printf("ok %u - %s # SKIP %s\n", ++tap_nr, name, why);
}

int tap_finish(void)
{
    printf("1..%u\n", tap_nr);
    return tap_failed != 0;
}

int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sleep_us(unsigned us)
{
    struct timespec t = {us / 1000000, (long)(us % 1000000) * 1000};
    nanosleep(&t, NULL);
}

void tap_seed(uint32_t seed)
{
    random_state = seed;
    printf("# seed %u\n", seed);
    fflush(stdout);
}

uint32_t draw(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

int daemon_connect(const char *dir)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int d = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = d < 0 ? -1 : socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", d, HOST_SOCKET_NAME);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
        close(fd);
        fd = -1;
    }
    if (d >= 0)
        close(d);
    return fd;
}

bool daemon_ask(int fd, struct host_msg *m, char *text, size_t cap)
{
    struct timeval limit = {20, 0};
    struct iovec iov[2] = {{m, sizeof *m}, {text, cap - 1}};
    struct msghdr h = {.msg_iov = iov, .msg_iovlen = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (send(fd, m, sizeof *m, MSG_NOSIGNAL) != (ssize_t)sizeof *m)
        return false;
    ssize_t n = recvmsg(fd, &h, 0);
    if (n < (ssize_t)sizeof *m)
        return false;
    text[(size_t)n - sizeof *m] = 0;
    return true;
}

bool daemon_status(const char *dir, char *json, size_t cap)
{
    int fd = daemon_connect(dir);
    struct host_msg hello = {.type = HOST_HELLO, .id = 1, .a = HOST_VERSION};
    struct host_msg status = {.type = HOST_STATUS, .id = 2};
    bool ok = fd >= 0 && daemon_ask(fd, &hello, json, cap) &&
              daemon_ask(fd, &status, json, cap);
    if (fd >= 0)
        close(fd);
    return ok && status.type == (HOST_STATUS | HOST_ANSWER);
}

long json_number(const char *from, const char *key)
{
    char want[64];
    snprintf(want, sizeof want, "\"%s\":", key);
    const char *p = from ? strstr(from, want) : NULL;
    return p ? strtol(p + strlen(want), NULL, 10) : -1;
}

const char *json_ta(const char *json, const char *name)
{
    char want[64];
    snprintf(want, sizeof want, "\"name\":\"%s\"", name);
    return strstr(json, want);
}

pid_t daemon_pid(const char *dir)
{
    char json[HOST_TEXT_MAX + 1];
    return daemon_status(dir, json, sizeof json) ? (pid_t)json_number(json, "pid") : -1;
}

pid_t ta_pid(const char *dir, const char *name)
{
    char json[HOST_TEXT_MAX + 1];
    if (!daemon_status(dir, json, sizeof json))
        return -1;
    return (pid_t)json_number(json_ta(json, name), "pid");
}

void signal_one(pid_t pid, int signal)
{
    if (pid <= 1) { /* kill(-1) would end every process of this user */
        fprintf(stderr, "no process %d to signal\n", pid);
        exit(2);
    }
    kill(pid, signal);
}

void daemon_end(const char *dir)
{
    pid_t pid = daemon_pid(dir);
    if (pid <= 0)
        return;
    signal_one(pid, SIGTERM);
    for (int i = 0; i < 2000 && kill(pid, 0) == 0; i++)
        sleep_us(10000);
}

void state_path(char *out, size_t cap, const char *suffix)
{
    const char *base = getenv("ANCHORHOLD_STATE");
    if (!base) {
        fprintf(stderr, "ANCHORHOLD_STATE must name a directory of this test's own\n");
        exit(2);
    }
    snprintf(out, cap, "%s%s", base, suffix);
}

void use_test_tas(void)
{
    char exe[3000] = "", path[4096];
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
        exit(2);
    snprintf(path, sizeof path, "%s/ta", dirname(dirname(exe))); /* test/system/program */
    setenv("ANCHORHOLD_TA_PATH", path, 1);
}
