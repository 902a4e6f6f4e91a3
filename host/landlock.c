/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock: the kernel's own list of the files that a process may reach. A TA reaches
 * none; the storage TA what lies beneath its directory. Where the kernel is new enough,
 * TCP, signals to other processes and abstract sockets are given up as well (seccomp
 * forbids them anyway).
 *
 * The numbers are the kernel's; they are stated here because the headers of a build
 * machine may be older than the kernel that the program meets.
 */
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "spawn.h"

#define FS_EXECUTE     (1ull << 0)
#define FS_WRITE_FILE  (1ull << 1)
#define FS_READ_FILE   (1ull << 2)
#define FS_READ_DIR    (1ull << 3)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_REG    (1ull << 8)
#define FS_TRUNCATE    (1ull << 14)
#define FS_STORE                                                                         \
    (FS_WRITE_FILE | FS_READ_FILE | FS_READ_DIR | FS_REMOVE_FILE | FS_MAKE_REG |         \
     FS_TRUNCATE)

struct ruleset {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
};

/* Row v - 1: what version v can restrict, and how many bytes of struct ruleset it knows.
 */
static const struct version {
    struct ruleset rights;
    size_t size;
} versions[] = {
    {{(1ull << 13) - 1, 0, 0}, 8},  {{(1ull << 14) - 1, 0, 0}, 8},
    {{(1ull << 15) - 1, 0, 0}, 8},  {{(1ull << 15) - 1, 3, 0}, 16},
    {{(1ull << 16) - 1, 3, 0}, 16}, {{(1ull << 16) - 1, 3, 3}, 24},
};
#define NEWEST ((int)(sizeof versions / sizeof versions[0]))

int landlock_version(void)
{
    long v = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* which version? */);
    return v < 0 ? 0 : v > NEWEST ? NEWEST : (int)v;
}

bool landlock_confine(int abi, int store)
{
    if (abi < 1)
        return true;
    const struct version *v = &versions[abi - 1];
    int rules = (int)syscall(SYS_landlock_create_ruleset, &v->rights, v->size, 0);
    if (rules < 0)
        return false;
    bool ok = true;
    if (store >= 0) {
        struct landlock_path_beneath_attr beneath = {FS_STORE & v->rights.fs, store};
        ok = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath,
                     0) == 0;
    }
    ok = ok && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return ok;
}
