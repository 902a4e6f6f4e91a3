/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trusted application that misbehaves on command, to show that it ends and that nothing
 * else notices. It includes what no honest TA may include: raw system calls and the
 * control protocol.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "anchorhold_ta.h"
#include "host.h"
#include "rogue_ta.h"

static const char constant[] = "constant";
static unsigned char code[4096]
    __attribute__((aligned(4096))) = {0xc3}; /* ret, in data */

/* The compiler may know nothing of where it points. */
static void *hidden(uintptr_t v)
{
    __asm__ volatile("" : "+r"(v));
    return (void *)v;
}

static void write_null(TEE_Param *p)
{
    (void)p;
    *(volatile char *)hidden(0) = 1;
}
static void write_far(TEE_Param *p)
{
    (void)p;
    *(volatile char *)hidden((uintptr_t)code + ((uintptr_t)1 << 30)) = 1;
}
static void write_const(TEE_Param *p)
{
    (void)p;
    *(volatile char *)hidden((uintptr_t)constant) = 'C';
}
static void jump_to(uintptr_t v)
{
    void (*f)(void);
    void *at = hidden(v);
    memcpy(&f, &at, sizeof f);
    f();
}
static void jump_null(TEE_Param *p)
{
    (void)p;
    jump_to(0);
}
static void jump_data(TEE_Param *p)
{
    (void)p;
    jump_to((uintptr_t)code);
}
static void undefined(TEE_Param *p)
{
    (void)p;
    __builtin_trap();
}
static void divide(TEE_Param *p)
{
    volatile int zero = 0;
    volatile int one = 1;
    p[0].value.a = (uint32_t)(one / zero);
}

static int deeper(volatile char *above)
{
    volatile char here[512];
    here[0] = above[0];
    if (here[0] == 0) /* never */
        return 0;
    return deeper(here) + here[1];
}
static void stack(TEE_Param *p)
{
    volatile char top[1] = {1};
    p[0].value.a = (uint32_t)deeper(top);
}
static void heap(TEE_Param *p)
{
    (void)p;
    for (;;) {
        char *m = malloc((size_t)1 << 20);
        memset(hidden((uintptr_t)m), 0x5a, (size_t)1 << 20);
    }
}
static void loop(TEE_Param *p)
{
    (void)p;
    for (;;)
        __asm__ volatile("");
}
static void abort_(TEE_Param *p)
{
    (void)p;
    abort();
}
static void exit_(TEE_Param *p)
{
    (void)p;
    _exit(0);
}
static void panic(TEE_Param *p)
{
    (void)p;
    TEE_Panic(0x1234);
}
static void panic_api(TEE_Param *p)
{
    (void)p;
    TEE_FreeOperation(hidden((uintptr_t)code));
}

/* --- system calls that it may not make --- */

static void call(long nr, long a, long b, long c)
{
    syscall(nr, a, b, c, 0L, 0L, 0L);
}
static void open_(TEE_Param *p)
{
    (void)p;
    call(SYS_open, (long)"/etc/passwd", O_RDONLY, 0);
}
static void socket_(TEE_Param *p)
{
    (void)p;
    call(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
static void ptrace_(TEE_Param *p)
{
    (void)p;
    call(SYS_ptrace, PTRACE_TRACEME, 0, 0);
}
static void fork_(TEE_Param *p)
{
    (void)p;
    call(SYS_clone, SIGCHLD, 0, 0);
}
static void vfork_(TEE_Param *p)
{
    (void)p;
    call(SYS_fork, 0, 0, 0);
}
static void execve_(TEE_Param *p)
{
    (void)p;
    call(SYS_execve, (long)"/bin/true", 0, 0);
}
static void kill_(TEE_Param *p)
{
    (void)p;
    call(SYS_kill, getpid(), 0, 0); /* harmless, should it be let through */
}
static void mprotect_(TEE_Param *p)
{
    (void)p;
    call(SYS_mprotect, (long)code, sizeof code, PROT_READ | PROT_EXEC);
}
static void mmap_exec(TEE_Param *p)
{
    (void)p;
    syscall(SYS_mmap, 0L, 4096L, (long)(PROT_READ | PROT_EXEC),
            (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);
}
static void memfd(TEE_Param *p)
{
    (void)p;
    call(SYS_memfd_create, (long)"x", 0, 0);
}
static void prctl_(TEE_Param *p)
{
    (void)p;
    call(SYS_prctl, PR_SET_DUMPABLE, 1, 0);
}
static void setrlimit_(TEE_Param *p)
{
    static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    (void)p;
    call(SYS_prlimit64, 0, RLIMIT_DATA, (long)&none);
}
static void write_fd(TEE_Param *p)
{
    (void)p;
    call(SYS_write, HOST_FD_CONTROL, (long)constant, sizeof constant);
}
static void unshare_(TEE_Param *p)
{
    (void)p;
    call(SYS_unshare, CLONE_NEWUSER, 0, 0);
}
static void io_uring(TEE_Param *p)
{
    (void)p;
    call(SYS_io_uring_setup, 1, (long)code, 0);
}
static void bpf(TEE_Param *p)
{
    (void)p;
    call(SYS_bpf, 0, 0, 0);
}
static void seccomp_(TEE_Param *p)
{
    (void)p;
    call(SYS_seccomp, 1, 0, 0);
}
static void process_vm(TEE_Param *p)
{
    (void)p;
    call(SYS_process_vm_readv, 1, 0, 0);
}

/* --- messages that no TA sends --- */

static void say(const void *m, size_t len, int fd)
{
    struct iovec iov = {(void *)(uintptr_t)m, len};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
    if (fd >= 0) {
        h.msg_control = control;
        h.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    sendmsg(HOST_FD_CONTROL, &h, MSG_NOSIGNAL);
}
/* The daemon must end us for it; should it not, the call returns and the test sees that.
 */
static void await_end(void)
{
    for (int i = 0; i < 100; i++)
        TEE_Wait(20);
}
static void say_nonsense(TEE_Param *p)
{
    const struct host_msg m = {.type = 0x55};
    (void)p;
    say(&m, sizeof m, -1);
    await_end();
}
static void say_short(TEE_Param *p)
{
    (void)p;
    say(constant, sizeof constant, -1);
    await_end();
}
static void say_text_too_long(TEE_Param *p)
{
    static char text[sizeof(struct host_msg) + HOST_TEXT_MAX + 1];
    const struct host_msg m = {.type = HOST_PANIC, .len = HOST_TEXT_MAX + 1};
    (void)p;
    memcpy(text, &m, sizeof m);
    say(text, sizeof text, -1);
    await_end();
}
static void say_ready(TEE_Param *p)
{
    const struct host_msg m = {.type = HOST_READY};
    (void)p;
    say(&m, sizeof m, -1);
    await_end();
}
static void say_fd(TEE_Param *p)
{
    const struct host_msg m = {.type = HOST_OPEN};
    (void)p;
    say(&m, sizeof m, 1);
    await_end();
}

/* --- what it survives --- */

static void ping(TEE_Param *p)
{
    p[0].value.a++;
}
static void pid(TEE_Param *p)
{
    p[0].value.a = (uint32_t)getpid();
}
static void log_flood(TEE_Param *p)
{
    (void)p;
    for (int i = 0; i < 100000; i++)
        AH_Log(AH_LOG_INFO, "flood %d", i);
}
static void log_control(TEE_Param *p)
{
    (void)p;
    AH_Log(AH_LOG_INFO, "%s",
           "escape \033[2J and a forged\n2026-01-01T00:00:00.000Z note: line");
}
static void log_endless(TEE_Param *p)
{
    static char block[65536];
    (void)p;
    memset(block, 'e', sizeof block);
    for (int i = 0; i < 16; i++)
        if (write(STDERR_FILENO, block, sizeof block) < 0)
            return;
}
static void heap_polite(TEE_Param *p)
{
    static void *had[512];
    uint32_t n = 0;
    while (n < 512 && (had[n] = TEE_Malloc((size_t)1 << 20, 0)))
        n++;
    p[0].value.a = n;
    while (n)
        TEE_Free(had[--n]);
}
static void *idle(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}
static void threads(TEE_Param *p)
{
    static pthread_t t[4096];
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    uint32_t n = 0;
    pthread_mutex_lock(&lock);
    while (n < 4096 && pthread_create(&t[n], NULL, idle, &lock) == 0)
        n++;
    pthread_mutex_unlock(&lock);
    p[0].value.a = n;
    while (n)
        pthread_join(t[--n], NULL);
}
static void files(TEE_Param *p)
{
    uint32_t n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFL) >= 0;
    p[0].value.a = n;
}
static void derive_foreign(TEE_Param *p)
{
    static const TEE_UUID other = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    uint8_t key[32];
    p[0].value.a = AH_DeriveKeyFor(&other, "label", key, sizeof key);
}
static void stale_answers(TEE_Param *p)
{
    static const uint32_t types[] = {HOST_ATTACH, HOST_DETACH, HOST_MAP,
                                     HOST_UNMAP,  HOST_OPEN,   0x7f};
    (void)p;
    for (size_t i = 0; i < 600; i++) {
        const struct host_msg m = {.type = types[i % 6] | HOST_ANSWER,
                                   .id = (uint32_t)(i * 0x01000193u),
                                   .session = (uint32_t)(4096 + i)};
        say(&m, sizeof m, -1);
    }
}

static void (*const commands[])(TEE_Param *p) = {
    [ROGUE_WRITE_NULL] = write_null,
    [ROGUE_WRITE_FAR] = write_far,
    [ROGUE_WRITE_CONST] = write_const,
    [ROGUE_JUMP_NULL] = jump_null,
    [ROGUE_JUMP_DATA] = jump_data,
    [ROGUE_UNDEFINED] = undefined,
    [ROGUE_DIVIDE] = divide,
    [ROGUE_STACK] = stack,
    [ROGUE_HEAP] = heap,
    [ROGUE_LOOP] = loop,
    [ROGUE_ABORT] = abort_,
    [ROGUE_EXIT] = exit_,
    [ROGUE_PANIC] = panic,
    [ROGUE_PANIC_API] = panic_api,
    [ROGUE_OPEN] = open_,
    [ROGUE_SOCKET] = socket_,
    [ROGUE_PTRACE] = ptrace_,
    [ROGUE_FORK] = fork_,
    [ROGUE_VFORK] = vfork_,
    [ROGUE_EXECVE] = execve_,
    [ROGUE_KILL] = kill_,
    [ROGUE_MPROTECT] = mprotect_,
    [ROGUE_MMAP_EXEC] = mmap_exec,
    [ROGUE_MEMFD] = memfd,
    [ROGUE_PRCTL] = prctl_,
    [ROGUE_SETRLIMIT] = setrlimit_,
    [ROGUE_WRITE_FD] = write_fd,
    [ROGUE_UNSHARE] = unshare_,
    [ROGUE_IO_URING] = io_uring,
    [ROGUE_BPF] = bpf,
    [ROGUE_SECCOMP] = seccomp_,
    [ROGUE_PROCESS_VM] = process_vm,
    [ROGUE_SAY_NONSENSE] = say_nonsense,
    [ROGUE_SAY_SHORT] = say_short,
    [ROGUE_SAY_TEXT_TOO_LONG] = say_text_too_long,
    [ROGUE_SAY_READY] = say_ready,
    [ROGUE_SAY_FD] = say_fd,
    [ROGUE_PING] = ping,
    [ROGUE_PID] = pid,
    [ROGUE_LOG_FLOOD] = log_flood,
    [ROGUE_LOG_CONTROL] = log_control,
    [ROGUE_LOG_ENDLESS] = log_endless,
    [ROGUE_HEAP_POLITE] = heap_polite,
    [ROGUE_THREADS] = threads,
    [ROGUE_FILES] = files,
    [ROGUE_DERIVE_FOREIGN] = derive_foreign,
    [ROGUE_STALE_ANSWERS] = stale_answers,
};

TEE_Result TA_CreateEntryPoint(void)
{
    return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
                                    void **sessionContext)
{
    (void)paramTypes;
    (void)params;
    *sessionContext = NULL;
    return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *sessionContext)
{
    (void)sessionContext;
}

TEE_Result TA_InvokeCommandEntryPoint(void *sessionContext, uint32_t commandID,
                                      uint32_t paramTypes,
                                      TEE_Param params[TEE_NUM_PARAMS])
{
    (void)sessionContext;
    if (paramTypes != TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0))
        return TEE_ERROR_BAD_PARAMETERS;
    if (commandID >= sizeof commands / sizeof commands[0] || !commands[commandID])
        return TEE_ERROR_NOT_SUPPORTED;
    commands[commandID](params);
    return TEE_SUCCESS;
}
