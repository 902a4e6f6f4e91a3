/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trusted application's process may ask of the kernel. Which file implements this
 * is a matter of the build flavour: policy_strict.c for the product; policy_sanitizer.c
 * for builds with sanitizers, whose run-time reads files and maps code.
 *
 * The filter is an allow-list; everything else is reported to the daemon
 * (SECCOMP_RET_USER_NOTIF), which names the system call in its log and ends the process;
 * the caller never continues.
 */
#ifndef AH_HOST_POLICY_H
#define AH_HOST_POLICY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy {
    struct sock_fprog filter;
};

/* Compile the filter for a TA, with or without the right to its storage directory. */
bool policy_init(struct policy *p, bool storage);

/* Shared by the policies: allow-list rows to a compiled filter (policy.c). */
struct policy_row {
    const char *name; /* of the system call; one that this machine lacks is passed over */
    unsigned nr_tests;
    struct policy_test {
        unsigned arg;
        uint64_t mask;
        uint64_t value; /* allowed when (arg & mask) == value */
    } tests[2];
    int error; /* not 0: refused with this errno instead of allowed */
};
bool policy_compile(struct policy *p, const struct policy_row *const *tables,
                    unsigned nr_tables);

/* True: no file access but the storage directory, limits of memory; false: a build with
 * sanitizers. */
extern const bool policy_confines;

#endif
