/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fault of the TA: one line to the log that says what and where, then the death it
 * deserves. The handler runs on a stack of its own, for the fault may be a stack that ran
 * out, and calls nothing but write. It puts the former action back and returns, so the
 * fault happens again.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "platform.h"

#define ALT_STACK ((size_t)16 << 10)

struct fault {
    int signal;
    const char *what;
    struct sigaction former;
};

static struct fault faults[] = {
    {SIGSEGV, "access to memory that is not the TA's, address ", {{0}, {{0}}, 0, 0}},
    {SIGBUS, "access to memory that has gone, address ", {{0}, {{0}}, 0, 0}},
    {SIGFPE, "arithmetic fault, instruction ", {{0}, {{0}}, 0, 0}},
    {SIGILL, "undefined instruction, instruction ", {{0}, {{0}}, 0, 0}},
};
#define NR_FAULTS (sizeof faults / sizeof *faults)

static _Thread_local void *alt_stack;

static size_t put_text(char *to, const char *s)
{
    size_t n = strlen(s);
    memcpy(to, s, n);
    return n;
}

static size_t put_hex(char *to, uintptr_t v)
{
    for (int i = 0; i < 16; i++)
        to[i] = "0123456789abcdef"[v >> (60 - 4 * i) & 0xf];
    return 16;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    char line[160];
    size_t n = put_text(line, "<0>fault: ");
    (void)context;
    for (size_t i = 0; i < NR_FAULTS; i++) {
        if (faults[i].signal != signal)
            continue;
        n += put_text(line + n, faults[i].what);
        sigaction(signal, &faults[i].former, NULL);
    }
    n += put_text(line + n, "0x");
    n += put_hex(line + n, (uintptr_t)info->si_addr);
    line[n++] = '\n';
    ssize_t unused = write(STDERR_FILENO, line, n);
    (void)unused;
}

void fault_init(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < NR_FAULTS; i++)
        sigaction(faults[i].signal, &sa, &faults[i].former);
    fault_thread_init();
}

void fault_thread_init(void)
{
    alt_stack = malloc(ALT_STACK);
    if (alt_stack)
        sigaltstack(&(stack_t){.ss_sp = alt_stack, .ss_size = ALT_STACK}, NULL);
}

void fault_thread_done(void)
{
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(alt_stack);
}
