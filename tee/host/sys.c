/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small services of sys.h: who calls, cancellation, time, randomness, device keys,
 * the log, panic. They work in any thread, also in a process without a daemon (a unit
 * test), except that device keys come from the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "bytes.h"
#include "platform.h"

void sys_client(TEE_Identity *id)
{
    const struct lane *l = lane_current();
    *id = l ? *lane_client(l) : (TEE_Identity){.login = TEE_LOGIN_PUBLIC};
}

bool sys_cancelled(void)
{
    const struct lane *l = lane_current();
    return l && lane_cancelled(l);
}

TEE_Result sys_wait(uint32_t ms, bool heed_cancel)
{
    const struct lane *l = heed_cancel ? lane_current() : NULL;
    uint64_t now = os_chan()->now_ns();
    uint64_t end =
        ms == TEE_TIMEOUT_INFINITE ? UINT64_MAX : now + (uint64_t)ms * 1000000u;
    for (; now < end; now = os_chan()->now_ns()) {
        uint64_t left_ms = (end - now + 999999u) / 1000000u;
        uint32_t nap = left_ms < 200 ? (uint32_t)left_ms : 200;
        if (l && lane_cancelled(l))
            return TEE_ERROR_CANCEL;
        if (l)
            chan_await_cancel(&l->end, nap);
        else
            os_sleep_ms(nap);
    }
    return l && lane_cancelled(l) ? TEE_ERROR_CANCEL : TEE_SUCCESS;
}

_Noreturn void sys_panic(TEE_Result code, const char *why)
{
    struct host_msg m = {
        .type = HOST_PANIC, .result = code, .len = (uint32_t)strnlen(why, HOST_TEXT_MAX)};
    char line[200];
    snprintf(line, sizeof line, "panic 0x%08x: %s", code, why);
    sys_log(0, line);
    control_send(&m, why);
    _exit(1);
}

TEE_Result sys_derive(const TEE_UUID *owner, const char *label, uint8_t *key, size_t len)
{
    struct host_msg m = {
        .type = HOST_DERIVE, .a = (uint32_t)len, .len = (uint32_t)strlen(label)};
    struct control_answer a;
    if (len < 1 || len > 64 || m.len > 63)
        return TEE_ERROR_BAD_PARAMETERS;
    uuid_to_bytes(m.uuid, owner ? owner : &sys_ta()->uuid);
    control_call(&m, label, &a);
    TEE_Result r = a.msg.result;
    if (r == TEE_SUCCESS && a.msg.len != len)
        r = TEE_ERROR_COMMUNICATION;
    if (r == TEE_SUCCESS)
        memcpy(key, a.text, len);
    wipe(&a, sizeof a);
    if (a.fd > 0)
        close(a.fd);
    return r;
}

void sys_random(void *out, size_t len)
{
    uint8_t *p = out;
    while (len) {
        ssize_t n = getrandom(p, len < 256 ? len : 256, 0);
        if (n < 0 && errno != EINTR)
            sys_panic(TEE_ERROR_GENERIC, "no randomness");
        if (n > 0) {
            p += n;
            len -= (size_t)n;
        }
    }
}

static void clock_read(clockid_t id, TEE_Time *t)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    t->seconds = (uint32_t)ts.tv_sec;
    t->millis = (uint32_t)(ts.tv_nsec / 1000000);
}

void sys_time(TEE_Time *since_start)
{
    clock_read(CLOCK_MONOTONIC, since_start);
}

void sys_ree_time(TEE_Time *wall)
{
    clock_read(CLOCK_REALTIME, wall);
}

void sys_log(int level, const char *text)
{
    char line[512];
    int n = snprintf(line, sizeof line, "<%d>%s\n",
                     level < 0   ? 0
                     : level > 3 ? 3
                                 : level,
                     text);
    size_t len = n < (int)sizeof line ? (size_t)n : sizeof line - 1;
    line[len - 1] = '\n';
    ssize_t unused = write(STDERR_FILENO, line, len);
    (void)unused;
}
