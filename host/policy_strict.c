/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The product's policy. A TA needs memory, threads, futexes, time, randomness, its
 * control socket and its log; nothing that names a file, a process or an address. The
 * storage TA may besides work beneath a directory that it was given; Landlock confines
 * the paths, this list the operations.
 *
 * Rows with an errno are what the C library tries by itself and can do without.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "host.h"
#include "policy.h"

const bool policy_confines = true;

#define ALWAYS(name)                                                                     \
    {                                                                                    \
        name, 0, {{0, 0, 0}}, 0                                                          \
    }
#define WHEN(name, arg, mask, value)                                                     \
    {                                                                                    \
        name, 1, {{arg, mask, value}}, 0                                                 \
    }
#define WHEN2(name, a, m, v, a2, m2, v2)                                                 \
    {                                                                                    \
        name, 2, {{a, m, v}, {a2, m2, v2}}, 0                                            \
    }
#define FAILS(name, error)                                                               \
    {                                                                                    \
        name, 0, {{0, 0, 0}}, error                                                      \
    }
#define INT    0xffffffffu
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define SPACES                                                                           \
    (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |          \
     CLONE_NEWUTS | CLONE_NEWCGROUP)

static const struct policy_row ordinary[] = {
    /* memory: never executable */
    WHEN("mmap", 2, PROT_EXEC, 0),
    WHEN("mprotect", 2, PROT_EXEC, 0),
    ALWAYS("munmap"),
    ALWAYS("mremap"),
    ALWAYS("madvise"),
    ALWAYS("brk"),
    /* threads of this process */
    WHEN("clone", 0, THREAD | SPACES, THREAD),
    FAILS("clone3", ENOSYS), /* its flags lie in memory; the C library then uses clone */
    ALWAYS("set_robust_list"),
    ALWAYS("set_tid_address"),
    ALWAYS("rseq"),
    ALWAYS("arch_prctl"),
    ALWAYS("futex"),
    ALWAYS("sched_yield"),
    ALWAYS("sched_getaffinity"),
    WHEN("sched_setaffinity", 0, INT, 0), /* the calling thread */
    ALWAYS("gettid"),
    ALWAYS("getpid"),
    ALWAYS("membarrier"),
    ALWAYS("exit"),
    ALWAYS("exit_group"),
    /* signals to itself: handlers of faults */
    ALWAYS("rt_sigaction"),
    ALWAYS("rt_sigprocmask"),
    ALWAYS("rt_sigreturn"),
    ALWAYS("sigaltstack"),
    ALWAYS("restart_syscall"),
    /* time and randomness */
    ALWAYS("clock_gettime"),
    ALWAYS("clock_getres"),
    ALWAYS("gettimeofday"),
    ALWAYS("clock_nanosleep"),
    ALWAYS("nanosleep"),
    ALWAYS("getrandom"),
    /* the daemon and the log */
    WHEN("sendmsg", 0, INT, HOST_FD_CONTROL),
    WHEN("recvmsg", 0, INT, HOST_FD_CONTROL),
    WHEN("write", 0, INT, 2),
    WHEN("writev", 0, INT, 2),
    ALWAYS("poll"),
    ALWAYS("ppoll"),
    ALWAYS("close"),
    WHEN("fcntl", 1, INT, F_GETFL),
    /* what it may ask about itself */
    WHEN2("prlimit64", 0, INT, 0, 2, UINT64_MAX, 0),
    WHEN2("prctl", 0, INT, PR_SET_DUMPABLE, 1, UINT64_MAX, 0),
    WHEN("prctl", 0, INT, PR_SET_NAME),
    FAILS("readlink", ENOENT), /* /proc/self/exe, asked by the start of static programs */
    FAILS("readlinkat", ENOENT),
    FAILS("ioctl", ENOTTY), /* is the log a terminal? */
    FAILS("sysinfo", ENOSYS),
    {0},
};

static const struct policy_row no_files[] = {
    FAILS("fstat", EACCES), /* what kind of file is the log? */
    FAILS("newfstatat", EACCES),
    {0},
};

static const struct policy_row storage[] = {
    ALWAYS("openat"),
    ALWAYS("read"),
    ALWAYS("pread64"),
    ALWAYS("write"),
    ALWAYS("pwrite64"),
    ALWAYS("readv"),
    ALWAYS("writev"),
    ALWAYS("preadv"),
    ALWAYS("pwritev"),
    ALWAYS("lseek"),
    ALWAYS("fsync"),
    ALWAYS("fdatasync"),
    ALWAYS("ftruncate"),
    ALWAYS("fallocate"),
    ALWAYS("fstat"),
    WHEN("newfstatat", 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
    ALWAYS("statx"),
    ALWAYS("renameat"),
    ALWAYS("renameat2"),
    ALWAYS("unlinkat"),
    ALWAYS("getdents64"),
    ALWAYS("flock"),
    WHEN("fcntl", 1, INT, F_DUPFD_CLOEXEC),
    WHEN("fcntl", 1, INT, F_SETFD),
    WHEN("fcntl", 1, INT, F_GETFD),
    {0},
};

bool policy_init(struct policy *p, bool with_storage)
{
    const struct policy_row *const tables[] = {ordinary,
                                               with_storage ? storage : no_files};
    return policy_compile(p, tables, 2);
}
