/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of an allow-list to a filter program, by libseccomp. It is compiled once when the
 * daemon starts; a child only hands the finished program to the kernel.
 */
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "policy.h"

static bool row_add(scmp_filter_ctx ctx, const struct policy_row *r)
{
    int nr = seccomp_syscall_resolve_name(r->name);
    if (nr == __NR_SCMP_ERROR)
        return true;
    struct scmp_arg_cmp tests[2];
    for (unsigned i = 0; i < r->nr_tests; i++)
        tests[i] = (struct scmp_arg_cmp){r->tests[i].arg, SCMP_CMP_MASKED_EQ,
                                         r->tests[i].mask, r->tests[i].value};
    uint32_t action = r->error ? SCMP_ACT_ERRNO((uint16_t)r->error) : SCMP_ACT_ALLOW;
    return seccomp_rule_add_array(ctx, action, nr, r->nr_tests, tests) == 0;
}

/* The finished program, read back from a file in memory. */
static bool program_take(struct policy *p, scmp_filter_ctx ctx)
{
    struct stat st;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    bool ok = fd >= 0 && seccomp_export_bpf(ctx, fd) == 0 && fstat(fd, &st) == 0 &&
              st.st_size > 0 &&
              st.st_size / (off_t)sizeof(struct sock_filter) <= UINT16_MAX;
    if (ok) {
        p->filter.len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
        p->filter.filter = malloc((size_t)st.st_size);
        ok = p->filter.filter &&
             pread(fd, p->filter.filter, (size_t)st.st_size, 0) == st.st_size;
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

bool policy_compile(struct policy *p, const struct policy_row *const *tables,
                    unsigned nr_tables)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_NOTIFY);
    bool ok =
        ctx &&
        seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
        seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
    for (unsigned t = 0; ok && t < nr_tables; t++)
        for (const struct policy_row *r = tables[t]; ok && r->name; r++)
            ok = row_add(ctx, r);
    ok = ok && program_take(p, ctx);
    if (ctx)
        seccomp_release(ctx);
    return ok;
}
