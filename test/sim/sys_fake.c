/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sys.h for tests. A panic outside panics() ends the test program, loudly; inside, the
 * child writes the reason into a pipe and leaves with a status that nothing else
 * produces.
 */
#include "sys_fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define PANICKED 86

struct sys_fake sys_fake;
static int panic_pipe = -1;

bool panics(void (*f)(void *arg), void *arg, const char *why)
{
    int fds[2], status;
    char text[256] = "";
    if (pipe(fds) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        panic_pipe = fds[1];
        f(arg);
        _exit(0);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != PANICKED) {
        fprintf(stderr, "no panic (\"%s\" expected), status %x\n", why, (unsigned)status);
        return false;
    }
    if (!strstr(text, why))
        fprintf(stderr, "panic \"%s\", expected \"%s\"\n", text, why);
    return strstr(text, why);
}

void sys_panic(TEE_Result code, const char *why)
{
    if (panic_pipe >= 0) {
        if (write(panic_pipe, why, strlen(why)) < 0)
            _exit(1);
        _exit(PANICKED);
    }
    fprintf(stderr, "panic 0x%08x: %s\n", (unsigned)code, why);
    abort();
}

const struct sys_ta *sys_ta(void)
{
    static const struct sys_ta ta = {
        .uuid = {0x12345678, 0x9abc, 0xdef0, {1, 2, 3, 4, 5, 6, 7, 8}},
        .flags = 0x0c,
        .version = 42,
        .lanes = 2,
        .heap = 1u << 20,
        .stack = 1u << 16,
        .device_id = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}},
        .description = "a TA under test",
    };
    return &ta;
}

void sys_client(TEE_Identity *id)
{
    *id = (TEE_Identity){TEE_LOGIN_USER, {0xa, 0xb, 0xc, {0, 1, 2, 3, 4, 5, 6, 7}}};
}

bool sys_cancelled(void)
{
    return sys_fake.cancelled;
}

TEE_Result sys_wait(uint32_t ms, bool heed_cancel)
{
    sys_fake.waited_ms = ms;
    sys_fake.waited_heeding = heed_cancel;
    return heed_cancel && sys_fake.cancelled ? TEE_ERROR_CANCEL : TEE_SUCCESS;
}

TEE_Result sys_open(const TEE_UUID *uuid, uint32_t timeout, uint32_t types,
                    TEE_Param params[4], uint32_t *session, uint32_t *origin)
{
    (void)timeout;
    (void)types;
    (void)params;
    sys_fake.opened = *uuid;
    *origin = TEE_ORIGIN_TRUSTED_APP;
    *session = 7;
    return sys_fake.open_result;
}

TEE_Result sys_invoke(uint32_t session, uint32_t timeout, uint32_t cmd, uint32_t types,
                      TEE_Param params[4], uint32_t *origin)
{
    (void)session;
    (void)timeout;
    (void)types;
    sys_fake.invoked_cmd = cmd;
    params[0].value.a++;
    *origin = TEE_ORIGIN_TRUSTED_APP;
    return TEE_SUCCESS;
}

void sys_close(uint32_t session)
{
    sys_fake.closed = session;
}

TEE_Result sys_derive(const TEE_UUID *owner, const char *label, uint8_t *key, size_t len)
{
    snprintf(sys_fake.label, sizeof sys_fake.label, "%s", label);
    memset(key, owner ? 0x55 : 0xaa, len);
    return TEE_SUCCESS;
}

void sys_random(void *out, size_t len)
{
    uint8_t *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n <= 0)
            abort();
        p += n;
        len -= (size_t)n;
    }
}

void sys_time(TEE_Time *since_start)
{
    *since_start = (TEE_Time){1, 2};
}

void sys_ree_time(TEE_Time *wall)
{
    *wall = (TEE_Time){sys_fake.ree_seconds, 500};
}

bool sys_access(uint32_t flags, const void *buf, size_t len)
{
    (void)flags;
    (void)len;
    return buf;
}

bool sys_is_shared(const void *buf, size_t len)
{
    uintptr_t p = (uintptr_t)buf, s = (uintptr_t)sys_fake.shared;
    return sys_fake.shared && p < s + sys_fake.shared_len && s < p + len;
}

void sys_log(int level, const char *text)
{
    snprintf(sys_fake.log, sizeof sys_fake.log, "%d %s", level, text);
}

TEE_Result sys_backing(const struct store_backing **backing)
{
    *backing = NULL;
    return TEE_ERROR_ACCESS_DENIED;
}
