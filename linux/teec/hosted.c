/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hosted TEE as a transport: contexts are connections to a daemon, sessions are
 * channels to a TA. A context whose daemon has ended dials again at the next open
 * session; sessions belong to the connection they came from and die with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "hosted_call.h"

struct hosted {
    char *state, *socket;
    pthread_mutex_t lock; /* guards conn */
    struct conn *conn;
};

/* --- contexts
 * -------------------------------------------------------------------------------- */

/* A living connection, held; dials when there is none. */
static TEEC_Result conn_get(struct context *c, struct conn **out)
{
    struct hosted *h = c->priv;
    TEEC_Result r = TEEC_SUCCESS;
    pthread_mutex_lock(&h->lock);
    if (h->conn && !conn_alive(h->conn)) {
        conn_drop(h->conn);
        h->conn = NULL;
    }
    if (!h->conn)
        r = dial(h->state, h->socket, &h->conn);
    if (r == TEEC_SUCCESS)
        *out = conn_hold(h->conn);
    pthread_mutex_unlock(&h->lock);
    return r;
}

static void hosted_free(struct hosted *h)
{
    pthread_mutex_destroy(&h->lock);
    free(h->state);
    free(h->socket);
    free(h);
}

static void hosted_disconnect(struct context *c)
{
    struct hosted *h = c->priv;
    if (h->conn) {
        conn_shutdown(h->conn);
        conn_drop(h->conn);
    }
    hosted_free(h);
    c->priv = NULL;
}

/* A path as the inside of a JSON string; what does not fit is left out. */
static void json_path(char *out, size_t cap, const char *path)
{
    size_t n = 0;
    for (; *path && n + 7 < cap; path++) {
        unsigned char ch = (unsigned char)*path;
        if (ch < 0x20 || ch == '"' || ch == '\\')
            n += (size_t)snprintf(out + n, cap - n, "\\u%04x", ch);
        else
            out[n++] = (char)ch;
    }
    out[n] = 0;
}

static TEEC_Result hosted_describe(struct context *c, char *text, size_t *len)
{
    const struct hosted *h = c->priv;
    struct conn *conn;
    TEEC_Result r = conn_get(c, &conn);
    if (r != TEEC_SUCCESS)
        return r;
    char *json = malloc(HOST_TEXT_MAX + 1);
    struct host_msg m = {.type = HOST_STATUS};
    struct conn_answer a = {.text = json, .cap = HOST_TEXT_MAX + 1, .fd = -1};
    r = json ? conn_call(conn, &m, NULL, -1, &a) : TEEC_ERROR_OUT_OF_MEMORY;
    fork_close(a.fd);
    conn_drop(conn);
    if (r == TEEC_SUCCESS) {
        char path[4096];
        json_path(path, sizeof path, h->socket ? h->socket : h->state);
        int n =
            snprintf(text, *len, "{\"transport\":\"hosted\",\"path\":\"%s\",\"tee\":%s}",
                     path, json);
        if ((size_t)n >= *len)
            r = TEEC_ERROR_SHORT_BUFFER;
        *len = (size_t)n + 1;
    }
    free(json);
    return r;
}

/* --- sessions
 * -------------------------------------------------------------------------------- */

static bool session_alive(void *hosted_session)
{
    const struct hosted_session *h = hosted_session;
    return conn_alive(h->conn);
}

/* Map the channel, which a forked child must not see. */
static TEEC_Result channel_map(struct hosted_session *h, int fd)
{
    struct chan view;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size != (off_t)CHAN_SIZE)
        return TEEC_ERROR_COMMUNICATION;
    void *p = mmap(NULL, CHAN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return TEEC_ERROR_OUT_OF_MEMORY;
    if (madvise(p, CHAN_SIZE, MADV_DONTFORK) != 0 ||
        chan_view(&view, p, CHAN_SIZE, os_chan()) != OK) {
        munmap(p, CHAN_SIZE);
        return TEEC_ERROR_COMMUNICATION;
    }
    h->base = p;
    chan_client_init(&h->chan, &view, session_alive, h);
    return TEEC_SUCCESS;
}

static void session_end(struct hosted_session *h)
{
    struct host_msg m = {.type = HOST_CLOSE, .session = h->id};
    struct conn_answer a = {0};
    struct memory *spare = atomic_exchange(&h->spare, NULL);
    if (spare)
        memory_free(spare);
    conn_call(h->conn, &m, NULL, -1, &a);
    fork_close(a.fd);
    if (h->base)
        munmap(h->base, CHAN_SIZE);
    conn_drop(h->conn);
    free(h);
}

/* Ask the daemon for a session; on success h is ready for its first call. */
static TEEC_Result session_ask(struct context *ctx, const struct target *t,
                               struct hosted_session *h, uint32_t *origin)
{
    struct host_msg m = {.type = HOST_OPEN, .login = t->login, .gid = t->gid};
    char text[200] = "";
    struct conn_answer a = {.text = text, .cap = sizeof text};
    memcpy(m.uuid, t->uuid, sizeof m.uuid);
    TEEC_Result r = conn_get(ctx, &h->conn);
    if (r != TEEC_SUCCESS)
        return r;
    r = conn_call(h->conn, &m, NULL, -1, &a);
    if (r == TEEC_SUCCESS) {
        h->id = a.msg.session;
        r = channel_map(h, a.fd);
        if (r != TEEC_SUCCESS) {
            struct conn_answer closed = {0};
            m = (struct host_msg){.type = HOST_CLOSE, .session = h->id};
            conn_call(h->conn, &m, NULL, -1, &closed);
        }
    } else if (conn_alive(h->conn)) {
        *origin = a.msg.origin ? a.msg.origin : TEEC_ORIGIN_TEE;
        message_set("%s", text);
    }
    fork_close(a.fd);
    if (r != TEEC_SUCCESS)
        conn_drop(h->conn);
    return r;
}

static TEEC_Result hosted_open(struct session *s, const struct target *t, struct call *c,
                               uint32_t *origin)
{
    struct hosted_session *h = calloc(1, sizeof *h);
    *origin = TEEC_ORIGIN_COMMS;
    if (!h)
        return TEEC_ERROR_OUT_OF_MEMORY;
    TEEC_Result r = session_ask(s->ctx, t, h, origin);
    if (r == TEEC_ERROR_COMMUNICATION) /* it ended itself just then */
        r = session_ask(s->ctx, t, h, origin);
    if (r != TEEC_SUCCESS) {
        free(h);
        return r;
    }
    atomic_store(&s->priv, h);
    r = call_start(c, CHAN_OPEN, origin);
    if (r == TEEC_SUCCESS)
        r = call_finish(c, origin);
    return r; /* a refused session is closed by the caller */
}

static void hosted_close(struct session *s)
{
    session_end(atomic_exchange(&s->priv, NULL));
}

static TEEC_Result hosted_begin(struct call *c, uint32_t *origin)
{
    return call_start(c, CHAN_INVOKE, origin);
}

/* --- shared memory
 * --------------------------------------------------------------------------- */

static TEEC_Result hosted_shm_make(struct shm *s)
{
    if (s->kind == SHM_DESCRIPTOR)
        return TEEC_ERROR_NOT_SUPPORTED;
    if (s->kind == SHM_REGISTERED)
        return TEEC_SUCCESS; /* copied around each call */
    struct memory *m = memory_new(s->size);
    if (!m)
        return TEEC_ERROR_OUT_OF_MEMORY;
    s->priv = m;
    s->buffer = m->map;
    return TEEC_SUCCESS;
}

static void hosted_shm_drop(struct shm *s)
{
    if (s->priv)
        memory_free(s->priv);
}

static const struct transport hosted = {
    .name = "hosted",
    .disconnect = hosted_disconnect,
    .open = hosted_open,
    .close = hosted_close,
    .begin = hosted_begin,
    .end = call_finish,
    .cancel = call_cancel,
    .shm_make = hosted_shm_make,
    .shm_drop = hosted_shm_drop,
    .describe = hosted_describe,
};

TEEC_Result hosted_connect(struct context *c, const char *state, const char *socket)
{
    struct hosted *h = calloc(1, sizeof *h);
    if (!h)
        return TEEC_ERROR_OUT_OF_MEMORY;
    pthread_mutex_init(&h->lock, NULL);
    h->state = state ? strdup(state) : NULL;
    h->socket = socket ? strdup(socket) : NULL;
    TEEC_Result r = TEEC_ERROR_OUT_OF_MEMORY;
    if (h->state || h->socket)
        r = dial(h->state, h->socket, &h->conn);
    if (r != TEEC_SUCCESS) {
        hosted_free(h);
        return r;
    }
    c->transport = &hosted;
    c->priv = h;
    c->reg_mem = true;
    c->memref_null = true;
    return TEEC_SUCCESS;
}
