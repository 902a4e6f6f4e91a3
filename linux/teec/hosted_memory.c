/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory files: what TEEC_AllocateSharedMemory gives to a program, and what carries
 * arguments that a slot of the channel cannot hold. Sealed against every change of size,
 * because a TA maps them too. A session learns of one when it first needs it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "hosted.h"

#define PAGE ((size_t)4096)

static _Atomic uint32_t last_number;

static int memory_file(size_t len)
{
    int fd = memfd_create("anchorhold", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)len) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    close(fd);
    return -1;
}

struct memory *memory_new(size_t len)
{
    if (len > SIZE_MAX / 4)
        return NULL;
    struct memory *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->len = len ? (len + PAGE - 1) / PAGE * PAGE : PAGE;
    m->fd = memory_file(m->len);
    if (m->fd < 0)
        goto no_file;
    fork_own(m->fd);
    m->map = mmap(NULL, m->len, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
    if (m->map == MAP_FAILED)
        goto no_map;
    m->number = atomic_fetch_add(&last_number, 1) + 1;
    pthread_mutex_init(&m->lock, NULL);
    return m;
no_map:
    fork_close(m->fd);
no_file:
    free(m);
    return NULL;
}

/* Remember that a session knows it, in the place of one that is closed if there is such.
 */
static bool remember(struct memory *m, int session)
{
    for (size_t i = 0; i < m->nr; i++) {
        if (handle_get(HANDLE_SESSION, m->sessions[i])) {
            handle_put(m->sessions[i]);
            continue;
        }
        m->sessions[i] = session;
        return true;
    }
    if (m->nr == m->room) {
        size_t room = m->room ? 2 * m->room : 4;
        int *p = realloc(m->sessions, room * sizeof *p);
        if (!p)
            return false;
        m->sessions = p;
        m->room = room;
    }
    m->sessions[m->nr++] = session;
    return true;
}

static TEEC_Result tell(struct session *s, uint32_t type, const struct memory *m, int fd)
{
    struct hosted_session *h = atomic_load(&s->priv);
    struct host_msg msg = {
        .type = type, .session = h->id, .shm = m->number, .size = m->len};
    struct conn_answer a = {0};
    TEEC_Result r = conn_call(h->conn, &msg, NULL, fd, &a);
    fork_close(a.fd);
    return r;
}

TEEC_Result memory_share(struct memory *m, struct session *s)
{
    TEEC_Result r = TEEC_SUCCESS;
    bool known = false;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->nr && !known; i++)
        known = m->sessions[i] == s->handle;
    if (!known)
        r = tell(s, HOST_SHARE, m, m->fd);
    if (!known && r == TEEC_SUCCESS && !remember(m, s->handle)) {
        tell(s, HOST_UNSHARE, m, -1);
        r = TEEC_ERROR_OUT_OF_MEMORY;
    }
    pthread_mutex_unlock(&m->lock);
    return r;
}

void memory_free(struct memory *m)
{
    for (size_t i = 0; i < m->nr; i++) {
        struct session *s = handle_get(HANDLE_SESSION, m->sessions[i]);
        if (!s)
            continue;
        tell(s, HOST_UNSHARE, m, -1);
        handle_put(m->sessions[i]);
    }
    munmap(m->map, m->len);
    fork_close(m->fd);
    pthread_mutex_destroy(&m->lock);
    free(m->sessions);
    free(m);
}
