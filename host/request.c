/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages that clients and calling TAs have in common. Shape first: a message with
 * the wrong descriptor, text or numbers is not answered, its sender is dropped. What is
 * well formed but cannot be done (no such session, not a member of the group) is answered
 * with an error.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "daemon.h"
#include "uuid.h"

#define SHARE_MAX (1ull << 32)

static void answer(struct daemon *d, uint32_t client, const struct host_msg *m,
                   uint32_t result, uint32_t origin)
{
    struct host_msg a = {.type = m->type | HOST_ANSWER,
                         .id = m->id,
                         .result = result,
                         .origin = origin,
                         .session = m->session,
                         .shm = m->shm};
    struct peer *p = client_peer(d, client);
    if (p)
        peer_send(&d->loop, p, &a, NULL, -1);
}

static bool in_group(const struct client *c, gid_t gid)
{
    for (unsigned i = 0; i < c->nr_groups; i++)
        if (c->groups[i] == gid)
            return true;
    return c->gid == gid;
}

/* The identity by login, as Linux computes it for its optee driver. TEE_SUCCESS or why
 * not. */
static uint32_t identity(const struct daemon *d, uint32_t client,
                         const struct host_msg *m, uint32_t *login, uint8_t uuid[16])
{
    memset(uuid, 0, 16);
    *login = m->login;
    if (client & SESSION_CLIENT_TA) {
        *login = TEE_LOGIN_TRUSTED_APP;
        memcpy(uuid, d->tas[client & ~SESSION_CLIENT_TA].image.uuid, 16);
        return TEE_SUCCESS;
    }
    const struct client *c = &d->clients[client - 1];
    if (m->login == TEE_LOGIN_PUBLIC)
        return TEE_SUCCESS;
    if (m->login == TEE_LOGIN_USER) {
        uuid_of_user(uuid, c->uid);
        return TEE_SUCCESS;
    }
    if (m->login == TEE_LOGIN_GROUP) {
        uuid_of_group(uuid, m->gid);
        return in_group(c, m->gid) ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
    }
    return TEE_ERROR_BAD_PARAMETERS; /* application logins: Linux has none */
}

static const char *take_open(struct daemon *d, uint32_t client, const struct message *m)
{
    uint32_t login;
    uint8_t uuid[16];
    uint32_t r = identity(d, client, &m->head, &login, uuid);
    if (r != TEE_SUCCESS)
        answer(d, client, &m->head, r, TEE_ORIGIN_COMMS);
    else if (d->ending)
        answer(d, client, &m->head, TEE_ERROR_COMMUNICATION, TEE_ORIGIN_COMMS);
    else
        route_open(d, client, &m->head, login, uuid);
    return NULL;
}

static const char *take_close(struct daemon *d, uint32_t client, const struct message *m)
{
    route_close(d, client, &m->head);
    return NULL;
}

/* Memory that its owner can shrink under us would let them crash whoever maps it. */
static const char *memory_fault(const struct message *m)
{
    struct stat st;
    struct statfs fs;
    int seals = fcntl(m->fd, F_GET_SEALS);
    if (seals < 0 || fstat(m->fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        fstatfs(m->fd, &fs) != 0 ||
        fs.f_type != TMPFS_MAGIC) /* huge pages may run out later */
        return "shared memory that is no memfd";
    if (!(seals & F_SEAL_SHRINK))
        return "shared memory that is not sealed against shrinking";
    if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return "shared memory that is sealed against writing";
    if (m->head.size == 0 || m->head.size > SHARE_MAX ||
        m->head.size > (uint64_t)st.st_size)
        return "shared memory of an impossible size";
    return NULL;
}

static const char *take_share(struct daemon *d, uint32_t client, const struct message *m)
{
    const char *why = memory_fault(m);
    if (!why)
        route_share(d, client, &m->head, m->fd);
    return why;
}

static const char *take_unshare(struct daemon *d, uint32_t client,
                                const struct message *m)
{
    route_share(d, client, &m->head, -1);
    return NULL;
}

static const struct request {
    uint32_t type;
    bool wants_fd;
    const char *(*take)(struct daemon *d, uint32_t client, const struct message *m);
} requests[] = {
    {HOST_OPEN, false, take_open},
    {HOST_CLOSE, false, take_close},
    {HOST_SHARE, true, take_share},
    {HOST_UNSHARE, false, take_unshare},
};

bool request_take(struct daemon *d, uint32_t client, const struct message *m,
                  const char **why)
{
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (requests[i].type != m->head.type)
            continue;
        if (requests[i].wants_fd != (m->fd >= 0) || m->head.len != 0)
            *why = "a request with a wrong descriptor or text";
        else
            *why = requests[i].take(d, client, m);
        return *why == NULL;
    }
    *why = "a message of unknown type";
    return false;
}
