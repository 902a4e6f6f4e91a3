/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of builds with sanitizers: their run-time maps code, reads files of /proc,
 * spawns a symbolizer thread. What the tests try (sockets, tracing, other programs, new
 * processes) stays forbidden, so that the same tests pass; only files and memory are not
 * confined.
 */
#include <errno.h>
#include <sched.h>
#include "host.h"
#include "policy.h"

const bool policy_confines = false;

#define ALWAYS(name)                                                                     \
    {                                                                                    \
        name, 0, {{0, 0, 0}}, 0                                                          \
    }
#define WHEN(name, arg, mask, value)                                                     \
    {                                                                                    \
        name, 1, {{arg, mask, value}}, 0                                                 \
    }
#define FAILS(name, error)                                                               \
    {                                                                                    \
        name, 0, {{0, 0, 0}}, error                                                      \
    }

static const struct policy_row rows[] = {
    ALWAYS("mmap"),
    ALWAYS("mprotect"),
    ALWAYS("munmap"),
    ALWAYS("mremap"),
    ALWAYS("madvise"),
    ALWAYS("brk"),
    WHEN("clone", 0, CLONE_THREAD, CLONE_THREAD),
    FAILS("clone3", ENOSYS),
    ALWAYS("set_robust_list"),
    ALWAYS("set_tid_address"),
    ALWAYS("rseq"),
    ALWAYS("arch_prctl"),
    ALWAYS("futex"),
    ALWAYS("sched_yield"),
    ALWAYS("sched_getaffinity"),
    WHEN("sched_setaffinity", 0, 0xffffffffu, 0),
    ALWAYS("gettid"),
    ALWAYS("getpid"),
    ALWAYS("getppid"),
    ALWAYS("getuid"),
    ALWAYS("geteuid"),
    ALWAYS("getgid"),
    ALWAYS("getegid"),
    ALWAYS("membarrier"),
    ALWAYS("exit"),
    ALWAYS("exit_group"),
    ALWAYS("rt_sigaction"),
    ALWAYS("rt_sigprocmask"),
    ALWAYS("rt_sigreturn"),
    ALWAYS("sigaltstack"),
    ALWAYS("restart_syscall"),
    ALWAYS("clock_gettime"),
    ALWAYS("clock_getres"),
    ALWAYS("gettimeofday"),
    ALWAYS("clock_nanosleep"),
    ALWAYS("nanosleep"),
    ALWAYS("getrandom"),
    ALWAYS("sendmsg"),
    ALWAYS("recvmsg"),
    ALWAYS("poll"),
    ALWAYS("ppoll"),
    ALWAYS("close"),
    ALWAYS("fcntl"),
    ALWAYS("prlimit64"),
    ALWAYS("getrlimit"),
    ALWAYS("setrlimit"),
    ALWAYS("prctl"),
    ALWAYS("personality"),
    ALWAYS("readlink"),
    ALWAYS("readlinkat"),
    ALWAYS("access"),
    ALWAYS("stat"),
    ALWAYS("fstat"),
    ALWAYS("newfstatat"),
    ALWAYS("statx"),
    FAILS("ioctl", ENOTTY),
    ALWAYS("sysinfo"),
    ALWAYS("uname"),
    ALWAYS("open"),
    ALWAYS("unlink"),
    ALWAYS("openat"),
    ALWAYS("read"),
    ALWAYS("pread64"),
    ALWAYS("write"),
    ALWAYS("pwrite64"),
    ALWAYS("readv"),
    ALWAYS("writev"),
    ALWAYS("lseek"),
    ALWAYS("fsync"),
    ALWAYS("fdatasync"),
    ALWAYS("ftruncate"),
    ALWAYS("fallocate"),
    ALWAYS("renameat"),
    ALWAYS("renameat2"),
    ALWAYS("unlinkat"),
    ALWAYS("getdents64"),
    ALWAYS("flock"),
    ALWAYS("pipe"),
    ALWAYS("pipe2"),
    {0},
};

bool policy_init(struct policy *p, bool storage)
{
    const struct policy_row *const tables[] = {rows};
    (void)storage;
    return policy_compile(p, tables, 1);
}
