/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The birth of a TA: its image (verified, and checked once more just before it runs), the
 * ends of what connects it with us, the process, and START. Whatever fails leaves nothing
 * behind and says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "daemon.h"
#include "memory.h"
#include "spawn.h"
#include "uuid.h"

#define MIB ((uint64_t)1 << 20)
#define THREAD_EXTRA                                                                     \
    (64u << 10) /* of a thread beside its stack: guard, TLS, signal stack */

struct ends {
    int control[2], log[2], board;
};

static bool ends_open(struct ends *e, struct ta *t)
{
    *e = (struct ends){{-1, -1}, {-1, -1}, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, e->control) != 0 ||
        pipe2(e->log, O_CLOEXEC) != 0)
        return false;
    e->board = memory_fixed("board", sizeof *t->board);
    if (e->board < 0 || fcntl(e->log[0], F_SETFL, O_NONBLOCK) != 0)
        return false;
    void *p = mmap(NULL, sizeof *t->board, PROT_READ, MAP_SHARED, e->board, 0);
    if (p == MAP_FAILED)
        return false;
    t->board = p;
    return true;
}

static void ends_close(struct ends *e)
{
    const int fds[] = {e->control[0], e->control[1], e->log[0], e->log[1], e->board};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Private writable memory: heap, stacks, the program's own data, and the C library's
 * share. */
static uint64_t data_limit(const struct ta_image *i)
{
    return i->heap + (HOST_TA_THREADS + 1) * (i->stack + THREAD_EXTRA) + 4 * MIB;
}

static pid_t process_make(struct daemon *d, struct ta *t, const struct image *i,
                          const struct ends *e)
{
    bool storage = t->image.rights & TA_RIGHT_STORAGE;
    const struct spawn s = {
        .program = i->program,
        .null = d->null_fd,
        .log = e->log[1],
        .control = e->control[1],
        .board = e->board,
        .store = storage ? d->state.store : -1,
        .landlock_abi = d->landlock_abi,
        .name = t->image.name,
        .data_limit = data_limit(&t->image),
        .stack_limit = t->image.stack > MIB ? t->image.stack : MIB,
        .policy = &d->policy[storage],
    };
    return spawn(&s);
}

static void start_send(struct daemon *d, struct ta *t)
{
    cpu_set_t cpus;
    struct host_start s = {
        .flags = t->image.flags,
        .rights = t->image.rights,
        .version = t->image.version,
        .lanes = t->image.lanes,
        .heap = t->image.heap,
        .stack = t->image.stack,
        .nr_cpus = 1,
    };
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
        s.nr_cpus = (uint32_t)CPU_COUNT(&cpus);
    memcpy(s.uuid, t->image.uuid, sizeof s.uuid);
    memcpy(s.device_id, d->state.device_id, sizeof s.device_id);
    memcpy(s.name, t->image.name, sizeof t->image.name);
    memcpy(s.description, t->image.description, sizeof t->image.description);
    struct host_msg m = {.type = HOST_START, .len = sizeof s};
    bool storage = t->image.rights & TA_RIGHT_STORAGE;
    ta_ask(d, t, &m, &s, storage ? d->state.store : -1);
}

/* Register everything that tells of the child; what is registered is owned by its source.
 */
static bool watch(struct daemon *d, struct ta *t, struct ends *e)
{
    if (!ta_watch(d, t) || !ta_text_open(d, t, e->log[0]))
        return false;
    e->log[0] = -1;
    if (!ta_listen(d, t, e->control[0]))
        return false;
    e->control[0] = -1;
    return true;
}

static void ta_clear(struct daemon *d, struct ta *t)
{
    char uuid[UUID_TEXT];
    *t = (struct ta){.result = TEE_ERROR_TARGET_DEAD, .origin = TEE_ORIGIN_TEE};
    t->peer.source.fd = t->exit.fd = t->text.fd = t->notify.fd = -1;
    uuid_format(uuid, d->instances[ta_index(d, t)].uuid);
    snprintf(t->label, sizeof t->label, "%s", uuid);
}

/* The verified image of the instance; its facts stay with the TA. */
static const struct image *take_image(struct daemon *d, struct ta *t)
{
    const struct image *i = NULL;
    char uuid[UUID_TEXT], why[1400] = "";
    enum err e =
        image_get(&d->images, &i, d->instances[ta_index(d, t)].uuid, why, sizeof why);
    if (e != OK) {
        snprintf(t->why, sizeof t->why, "%.*s", (int)sizeof t->why - 1, why);
        t->result = err_to_tee(e);
        return NULL;
    }
    t->image = i->facts;
    t->image.head = t->image.program = (struct span){NULL, 0};
    uuid_format(uuid, t->image.uuid);
    snprintf(t->label, sizeof t->label, "%s (%s)", i->facts.name, uuid);
    return i;
}

static bool process_start(struct daemon *d, struct ta *t, const struct image *i)
{
    struct ends e;
    bool ok = ends_open(&e, t);
    if (ok && image_check_again(i) != VERDICT_ACCEPT) {
        snprintf(t->why, sizeof t->why, "%s", ta_image_fault_text(TA_IMAGE_GLITCH));
        t->result = TEE_ERROR_SECURITY;
        ends_close(&e);
        return false;
    }
    pid_t pid = ok ? process_make(d, t, i, &e) : -1;
    if (pid > 0) {
        t->pid = pid;
        d->nr_tas++;
    }
    ok = pid > 0 && watch(d, t, &e);
    if (!ok) {
        snprintf(t->why, sizeof t->why, "no process for it: %s", strerror(errno));
        t->result = TEE_ERROR_OUT_OF_MEMORY;
    }
    ends_close(&e);
    return ok;
}

bool ta_start(struct daemon *d, uint32_t index)
{
    struct ta *t = &d->tas[index];
    ta_clear(d, t);
    const struct image *i = take_image(d, t);
    if (!i || !process_start(d, t, i)) {
        if (t->pid) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, NULL, 0);
        }
        ta_free(d, t);
        return false;
    }
    log_say(&d->log, LOG_NOTE,
            "trusted application %s version %u started as process %d%s", t->label,
            t->image.version, t->pid,
            t->image.marks & TA_DEVELOPMENT ? " (signed by a development key)" : "");
    watchdog_arm(d, t);
    start_send(d, t);
    return true;
}
