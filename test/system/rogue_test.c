/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Misbehaving trusted applications, seen from a client. For each way to misbehave: the
 * session ends with TARGET_DEAD from the TEE, the log says which TA and why, a session
 * with another instance that was open before goes on, and a new session works. Then the
 * confinement of the processes, as the kernel shows it from outside.
 *
 *   rogue_test [--only TEXT]      the daemon and the TAs are those of the build this
 * program lies in
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tee_client_api.h"
#include "test/ta/rogue/rogue_ta.h"

static const TEEC_UUID rogue_uuid = ROGUE_UUID;
static TEEC_Context context;
static TEEC_Session bystander;
static uint32_t bystander_count;
static unsigned nr, failures;

static void result(bool ok, const char *name, const char *detail)
{
    nr++;
    failures += !ok;
    printf("%sok %u - %s\n", ok ? "" : "not ", nr, name);
    if (!ok && detail)
        printf("# %s\n", detail);
    fflush(stdout);
}

/* --- the TEE's own words --- */

static char *log_read(void)
{
    static char text[3 << 20];
    char path[4096];
    size_t len = 0;
    static const char *const names[] = {"log.1", "log"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", getenv("ANCHORHOLD_STATE"), names[i]);
        FILE *f = fopen(path, "re");
        if (!f)
            continue;
        len += fread(text + len, 1, sizeof text - 1 - len, f);
        fclose(f);
    }
    text[len] = 0;
    return text;
}

/* The last line about an end in the log. */
static const char *last_end(void)
{
    static char line[1024];
    char *found = NULL, *at = log_read();
    while ((at = strstr(at, " ended: ")))
        found = at++;
    if (!found)
        return "";
    char *begin = found;
    while (begin > log_read() && begin[-1] != '\n')
        begin--;
    snprintf(line, sizeof line, "%.*s", (int)strcspn(begin, "\n"), begin);
    return line;
}

/* --- calls --- */

static TEEC_Result call(TEEC_Session *s, uint32_t command, uint32_t *value,
                        uint32_t *origin)
{
    TEEC_Operation op = {.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_NONE,
                                                        TEEC_NONE, TEEC_NONE)};
    op.params[0].value.a = value ? *value : 0;
    TEEC_Result r = TEEC_InvokeCommand(s, command, &op, origin);
    if (value)
        *value = op.params[0].value.a;
    return r;
}

static bool open_rogue(TEEC_Session *s)
{
    uint32_t origin = 0;
    TEEC_Result r = TEEC_OpenSession(&context, s, &rogue_uuid, TEEC_LOGIN_PUBLIC, NULL,
                                     NULL, &origin);
    if (r != TEEC_SUCCESS)
        printf("# open: 0x%08x origin %u\n", r, origin);
    return r == TEEC_SUCCESS;
}

static bool alive(TEEC_Session *s, uint32_t *count)
{
    uint32_t v = *count, origin = 0;
    TEEC_Result r = call(s, ROGUE_PING, &v, &origin);
    if (r != TEEC_SUCCESS || v != *count + 1) {
        printf("# ping: 0x%08x origin %u\n", r, origin);
        return false;
    }
    *count = v;
    return true;
}

static const struct way {
    enum rogue_command command;
    const char *name;
    const char *why; /* in the log; NULL: any reason */
} ways[] = {
    {ROGUE_WRITE_NULL, "write through a null pointer", "memory that is not"},
    {ROGUE_WRITE_FAR, "write far out", "memory that is not"},
    {ROGUE_WRITE_CONST, "write to constant data", "memory that is not"},
    {ROGUE_JUMP_NULL, "jump to null", "memory that is not"},
    {ROGUE_JUMP_DATA, "jump into data", "memory that is not"},
    {ROGUE_UNDEFINED, "undefined instruction", "ndefined instruction"},
    {ROGUE_DIVIDE, "division by zero", "rithmetic fault"},
    {ROGUE_STACK, "stack overflow", "memory that is not"},
    {ROGUE_HEAP, "memory exhausted and refused memory used", "memory that is not"},
    {ROGUE_LOOP, "endless loop", "computed longer than 2 s"},
    {ROGUE_ABORT, "abort()", "aborted"},
    {ROGUE_EXIT, "exit", "exited by itself"},
    {ROGUE_PANIC, "TEE_Panic", "panic 0x00001234"},
    {ROGUE_PANIC_API, "misuse of the API", NULL},
    {ROGUE_OPEN, "open", "forbidden system call open()"},
    {ROGUE_SOCKET, "socket", "forbidden system call socket()"},
    {ROGUE_PTRACE, "ptrace", "forbidden system call ptrace()"},
    {ROGUE_FORK, "clone of a process", "forbidden system call clone()"},
    {ROGUE_VFORK, "fork", "forbidden system call fork()"},
    {ROGUE_EXECVE, "execve", "forbidden system call execve()"},
    {ROGUE_KILL, "kill", "forbidden system call kill()"},
    {ROGUE_MPROTECT, "data made executable", "forbidden system call mprotect()"},
    {ROGUE_MMAP_EXEC, "executable memory", "forbidden system call mmap()"},
    {ROGUE_MEMFD, "memfd_create", "forbidden system call memfd_create()"},
    {ROGUE_PRCTL, "dumpable again", "forbidden system call prctl()"},
    {ROGUE_SETRLIMIT, "limits raised", "forbidden system call prlimit64()"},
    {ROGUE_WRITE_FD, "write to a foreign descriptor", "forbidden system call write()"},
    {ROGUE_UNSHARE, "unshare", "forbidden system call unshare()"},
    {ROGUE_IO_URING, "io_uring", "forbidden system call io_uring_setup()"},
    {ROGUE_BPF, "bpf", "forbidden system call bpf()"},
    {ROGUE_SECCOMP, "seccomp", "forbidden system call seccomp()"},
    {ROGUE_PROCESS_VM, "process_vm_readv", "forbidden system call process_vm_readv()"},
    {ROGUE_SAY_NONSENSE, "message of unknown type", "unknown type"},
    {ROGUE_SAY_SHORT, "short message", "malformed message"},
    {ROGUE_SAY_TEXT_TOO_LONG, "message too long", "malformed message"},
    {ROGUE_SAY_READY, "READY twice", "READY twice"},
    {ROGUE_SAY_FD, "descriptor that does not belong", "wrong descriptor"},
};

static bool confined; /* a build without sanitizers */

/* What a build with sanitizers does not confine, or reports in its own way. */
static bool applies(const struct way *w)
{
    static const enum rogue_command own[] = {
        ROGUE_STACK,     ROGUE_HEAP,  ROGUE_OPEN,      ROGUE_MPROTECT,
        ROGUE_MMAP_EXEC, ROGUE_PRCTL, ROGUE_SETRLIMIT, ROGUE_WRITE_FD};
    for (size_t i = 0; !confined && i < sizeof own / sizeof own[0]; i++)
        if (w->command == own[i])
            return false;
    return true;
}

static void misbehave(const struct way *w)
{
    TEEC_Session s, fresh;
    char detail[1400];
    uint32_t origin = 0, count = 0;
    if (!applies(w)) {
        printf("ok %u - %s # SKIP a build with sanitizers\n", ++nr, w->name);
        return;
    }
    if (!open_rogue(&s)) {
        result(false, w->name, "no session");
        return;
    }
    TEEC_Result r = call(&s, w->command, NULL, &origin);
    uint32_t origin2 = 0;
    TEEC_Result r2 = call(&s, ROGUE_PING, NULL, &origin2);
    TEEC_CloseSession(&s);
    const char *end = last_end();
    bool named = strstr(end, "trusted application rogue (b6c53aba-") &&
                 (!w->why || !confined || strstr(end, w->why));
    bool others = alive(&bystander, &bystander_count);
    bool again = open_rogue(&fresh) && alive(&fresh, &count);
    if (again)
        TEEC_CloseSession(&fresh);
    snprintf(detail, sizeof detail,
             "0x%08x origin %u, then 0x%08x origin %u; others %d, again %d; log: %s", r,
             origin, r2, origin2, others, again, end);
    result(r == TEEC_ERROR_TARGET_DEAD && origin == TEEC_ORIGIN_TEE &&
               r2 == TEEC_ERROR_TARGET_DEAD && origin2 == TEEC_ORIGIN_TEE && named &&
               others && again,
           w->name, detail);
}

/* --- what it must survive --- */

static void survive(enum rogue_command command, const char *name, uint32_t low,
                    uint32_t high)
{
    TEEC_Session s;
    char detail[200];
    uint32_t v = 0, origin = 0, count = 5;
    if (!open_rogue(&s)) {
        result(false, name, "no session");
        return;
    }
    TEEC_Result r = call(&s, command, &v, &origin);
    bool still = alive(&s, &count) && alive(&bystander, &bystander_count);
    TEEC_CloseSession(&s);
    snprintf(detail, sizeof detail, "0x%08x origin %u value %u alive %d", r, origin, v,
             still);
    result(r == TEEC_SUCCESS && still && v >= low && v <= high, name, detail);
}

static void log_checks(void)
{
    struct stat st;
    char path[4096];
    char *text = log_read();
    bool clean = true;
    for (char *p = text; *p; p++)
        clean = clean && (*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
    result(clean, "the log has no control characters", NULL);
    result(!strstr(text, "\n2026-01-01T00:00:00.000Z note: line"),
           "no line of the log is forged", NULL);
    snprintf(path, sizeof path, "%s/log", getenv("ANCHORHOLD_STATE"));
    result(stat(path, &st) == 0 && st.st_size <= 1 << 20, "the log is bounded", NULL);
}

/* --- from outside --- */

static bool proc_has(pid_t pid, const char *file, const char *wanted)
{
    char path[64], line[512], want[256];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    FILE *f = fopen(path, "re");
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f)) {
        size_t n = 0; /* runs of white space count as one */
        for (char *c = line; *c && n < sizeof want - 1; c++) {
            bool space = *c == ' ' || *c == '\t' || *c == '\n';
            if (!space || (n && want[n - 1] != ' '))
                want[n++] = space ? ' ' : *c;
        }
        want[n] = 0;
        found = strstr(want, wanted) != NULL;
    }
    if (f)
        fclose(f);
    return found;
}

/* In a child as another user: may it read the memory of that process? */
static bool memory_readable_by(uid_t uid, pid_t pid)
{
    static const char *const files[] = {"mem", "maps", "environ",
                                        "exe", "fd/3", "map_files"};
    pid_t child = fork();
    if (child == 0) {
        char path[64];
        if (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0)
            _exit(2);
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
            if (open(path, O_RDONLY) >= 0)
                _exit(0);
        }
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 1;
}

static void outside(void)
{
    uint32_t v = 0, origin;
    if (call(&bystander, ROGUE_PID, &v, &origin) != TEEC_SUCCESS) {
        result(false, "process id of a TA", NULL);
        return;
    }
    pid_t pid = (pid_t)v;
    result(proc_has(pid, "status", "Seccomp: 2"), "Seccomp: 2 in /proc/PID/status", NULL);
    result(proc_has(pid, "status", "NoNewPrivs: 1"), "NoNewPrivs: 1 in /proc/PID/status",
           NULL);
    result(proc_has(pid, "status", "CoreDumping: 0"), "no core dump", NULL);
    result(proc_has(pid, "limits", "Max core file size 0 0"), "core limit 0", NULL);
    result(proc_has(pid, "limits", "Max open files 64 64"), "64 descriptors at most",
           NULL);
    if (confined)
        result(!proc_has(pid, "limits", "Max data size unlimited"), "memory is limited",
               NULL);
    if (geteuid() == 0)
        result(!memory_readable_by(65534, pid), "another user cannot read its memory",
               NULL);
    else
        printf("ok %u - another user cannot read its memory # SKIP not run by root\n",
               ++nr);
    char exe[64], target[256] = "";
    snprintf(exe, sizeof exe, "/proc/%d/exe", pid);
    ssize_t n = readlink(exe, target, sizeof target - 1);
    result(n < 0 || strncmp(target, "/memfd:", 7) == 0, "it runs from sealed memory",
           target);
}

/* --- start --- */

/* The build this program lies in: .../build/<flavour>/test/system/rogue_test. */
static void use_test_tas(void)
{
    char exe[3000] = "", path[4096];
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
        exit(1);
    char *test = dirname(dirname(exe));
    snprintf(path, sizeof path, "%s/ta", test);
    setenv("ANCHORHOLD_TA_PATH", path, 1);
    snprintf(path, sizeof path, "%s/../libexec/anchorhold/anchorhold-host", test);
    pid_t pid = fork();
    if (pid ==
        0) { /* the limit of a call is an option of the daemon, so start it ourselves */
        int ends[2];
        if (pipe(ends) != 0)
            _exit(1);
        if (fork() == 0) {
            dup2(ends[1], 9);
            close(ends[0]);
            close(ends[1]);
            execl(path, "anchorhold-host", "--private", "--state",
                  getenv("ANCHORHOLD_STATE"), "--call-limit", "2", "--idle", "3",
                  "--ready", "9", (char *)NULL);
            _exit(1);
        }
        close(ends[1]);
        char word[6] = "";
        _exit(read(ends[0], word, 5) == 5 && strcmp(word, "ready") == 0 ? 0 : 1);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    if (status != 0) {
        printf("not ok 1 - the daemon starts\n1..1\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    const char *only = "";
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
    use_test_tas();
    uint32_t v = 0, origin;
    if (TEEC_InitializeContext(NULL, &context) != TEEC_SUCCESS ||
        !open_rogue(&bystander)) {
        printf("not ok 1 - a session with the rogue TA\n1..1\n");
        return 1;
    }
    if (call(&bystander, ROGUE_PID, &v, &origin) == TEEC_SUCCESS)
        confined = !proc_has((pid_t)v, "limits", "Max data size unlimited");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strstr(ways[i].name, only))
            misbehave(&ways[i]);
    if (!*only) {
        survive(ROGUE_LOG_FLOOD, "a flood of log lines", 0, 0);
        survive(ROGUE_LOG_CONTROL, "control characters in the log", 0, 0);
        survive(ROGUE_LOG_ENDLESS, "a log line without end", 0, 0);
        survive(ROGUE_STALE_ANSWERS, "answers that nobody asked for", 0, 0);
        survive(ROGUE_DERIVE_FOREIGN, "a foreign key is refused", 0xffff0001, 0xffff0001);
        survive(ROGUE_FILES, "few descriptors", 3, 12);
        if (confined) {
            survive(ROGUE_HEAP_POLITE, "the memory of a TA is bounded", 3, 40);
            survive(ROGUE_THREADS, "threads are limited", 1, 1024);
        }
        log_checks();
        outside();
    }
    TEEC_CloseSession(&bystander);
    TEEC_FinalizeContext(&context);
    printf("1..%u\n", nr);
    return failures != 0;
}
