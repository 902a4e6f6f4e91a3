/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What memory may this TA touch? The process has no /proc and keeps no map of itself, so
 * the kernel is asked, page by page, in two ways that change nothing:
 *
 *   readable  rt_sigprocmask(no such operation, page): the kernel copies the mask before
 * it judges the operation, so the answer is EFAULT for an unreadable page, else EINVAL
 *   writable  FUTEX_WAKE_OP with "or 0" on a word of the page: EFAULT unless it can be
 * written
 *
 * Memory shared with the client is known from the session and is refused without
 * ANY_OWNER.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "platform.h"

#define PAGE        ((uintptr_t)4096)
#define NO_SUCH_HOW 1000

static bool readable(uintptr_t p)
{
    if (p <
        PAGE) /* a NULL mask would not be looked at, and nothing is ever mapped here */
        return false;
    return syscall(SYS_rt_sigprocmask, NO_SUCH_HOW, p & ~(uintptr_t)7, NULL, 8) == 0 ||
           errno != EFAULT;
}

static bool writable(uintptr_t p)
{
    uint32_t here = 0;
    if (p < PAGE)
        return false;
    long op = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_LT, 0);
    return syscall(SYS_futex, &here, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1, 0L,
                   p & ~(uintptr_t)3, op) >= 0;
}

static bool mapped(uint32_t flags, uintptr_t from, size_t len)
{
    for (uintptr_t p = from;; p = (p | (PAGE - 1)) + 1) {
        if ((flags & TEE_MEMORY_ACCESS_READ && !readable(p)) ||
            (flags & TEE_MEMORY_ACCESS_WRITE && !writable(p)))
            return false;
        if ((p | (PAGE - 1)) >= from + (len - 1))
            return true;
    }
}

bool sys_access(uint32_t flags, const void *buf, size_t len)
{
    uintptr_t end;
    if (len == 0)
        return true;
    if (__builtin_add_overflow((uintptr_t)buf, len - 1, &end))
        return false;
    if (session_shares(buf, len))
        return flags & TEE_MEMORY_ACCESS_ANY_OWNER && session_covers(buf, len);
    return mapped(flags, (uintptr_t)buf, len);
}

bool sys_is_shared(const void *buf, size_t len)
{
    return session_shares(buf, len);
}
