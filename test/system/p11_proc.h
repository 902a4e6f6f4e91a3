/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes of a hosted instance as a test sees them from outside: the daemon that serves
 * a state directory, and its children, the trusted applications.
 */
#ifndef AH_TEST_P11_PROC_H
#define AH_TEST_P11_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * fork() that ends the program when there is no process to be had, and a signal that only
 * goes to one process: to kill(2), -1 means everybody.
 */
pid_t proc_fork(void);
void proc_kill(pid_t pid, int signal);

/* The daemon of the state directory, or 0. */
pid_t proc_daemon(const char *state);
/* Children of a process; how many. */
size_t proc_children(pid_t parent, pid_t *out, size_t cap);
/* True when the process has ended (or is a zombie) within ms. */
bool proc_gone(pid_t pid, int ms);
/* End the daemon of a state directory and wait until it is gone. */
void proc_end_daemon(const char *state);
/* User and system time of a process in clock ticks; -1 when it is gone. */
long proc_ticks(pid_t pid);

#endif
