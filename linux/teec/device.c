/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TEE device of the kernel as a transport: the ioctls of /dev/tee0 to 9 as mainline
 * Linux has them, so it serves Anchorhold's secure world and OP-TEE alike.
 *
 * A call is one ioctl that returns when the TA has answered, so begin does all the work
 * and end hands over what it got. Memory the kernel cannot register (no such capability,
 * or memory of a kind that cannot be pinned) is copied through memory allocated from the
 * driver. What a forked child inherits is closed in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tee.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "teec.h"

#define DEVICES 10

/* An addition of later kernels. */
struct register_fd {
    int64_t fd;
    uint64_t size;
    uint32_t flags;
    int32_t id;
};
#define SHM_REGISTER_FD _IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 8, struct register_fd)

struct device {
    int fd;
    char path[16];
    struct tee_ioctl_version_data version;
};

/* Memory as the driver knows it. */
struct device_shm {
    int id;
    int fd;
    void *map; /* of allocated memory */
    size_t len;
};

struct device_session {
    uint32_t id;
};

static TEEC_Result result_of(int error)
{
    switch (error) {
    case ENOMEM:
        return TEEC_ERROR_OUT_OF_MEMORY;
    case EINVAL:
        return TEEC_ERROR_BAD_PARAMETERS;
    case EPERM:
    case EACCES:
        return TEEC_ERROR_ACCESS_DENIED;
    default:
        return TEEC_ERROR_GENERIC;
    }
}

static TEEC_Result failed(const char *what)
{
    int error = errno;
    message_set("%s: %s", what, strerror(error));
    return result_of(error);
}

/* --- memory
 * ---------------------------------------------------------------------------------- */

static TEEC_Result shm_alloc(const struct device *d, size_t len, struct device_shm *m)
{
    struct tee_ioctl_shm_alloc_data a = {.size = len ? len : 8};
    int fd = ioctl(d->fd, TEE_IOC_SHM_ALLOC, &a);
    if (fd < 0)
        return failed("TEE_IOC_SHM_ALLOC");
    void *p = mmap(NULL, a.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        close(fd);
        return TEEC_ERROR_OUT_OF_MEMORY;
    }
    fork_own(fd);
    *m = (struct device_shm){a.id, fd, p, a.size};
    return TEEC_SUCCESS;
}

static TEEC_Result shm_register(const struct device *d, void *buf, size_t len,
                                struct device_shm *m)
{
    struct tee_ioctl_shm_register_data r = {.addr = (uintptr_t)buf, .length = len};
    int fd = ioctl(d->fd, TEE_IOC_SHM_REGISTER, &r);
    if (fd < 0)
        return failed("TEE_IOC_SHM_REGISTER");
    fork_own(fd);
    *m = (struct device_shm){.id = r.id, .fd = fd};
    return TEEC_SUCCESS;
}

static TEEC_Result shm_register_fd(const struct device *d, int program_fd,
                                   struct device_shm *m)
{
    struct register_fd r = {.fd = program_fd};
    int fd = ioctl(d->fd, SHM_REGISTER_FD, &r);
    if (fd < 0)
        return errno == ENOTTY ? TEEC_ERROR_NOT_SUPPORTED
                               : failed("TEE_IOC_SHM_REGISTER_FD");
    fork_own(fd);
    *m = (struct device_shm){.id = r.id, .fd = fd, .len = r.size};
    return TEEC_SUCCESS;
}

static void shm_end(struct device_shm *m)
{
    if (m->map)
        munmap(m->map, m->len);
    fork_close(m->fd);
}

/* Registered when the kernel can, else memory of the driver that stands in for it. */
static TEEC_Result shm_for(const struct context *c, void *buf, size_t len,
                           struct device_shm *m)
{
    const struct device *d = c->priv;
    if (c->reg_mem && buf && len && shm_register(d, buf, len, m) == TEEC_SUCCESS)
        return TEEC_SUCCESS;
    return shm_alloc(d, len, m);
}

static TEEC_Result device_shm_make(struct shm *s)
{
    const struct device *d = s->ctx->priv;
    struct device_shm *m = calloc(1, sizeof *m);
    if (!m)
        return TEEC_ERROR_OUT_OF_MEMORY;
    TEEC_Result r = s->kind == SHM_ALLOCATED    ? shm_alloc(d, s->size, m)
                    : s->kind == SHM_REGISTERED ? shm_for(s->ctx, s->buffer, s->size, m)
                                                : shm_register_fd(d, s->fd, m);
    if (r != TEEC_SUCCESS) {
        free(m);
        return r;
    }
    if (s->kind == SHM_ALLOCATED)
        s->buffer = m->map;
    if (s->kind == SHM_DESCRIPTOR)
        s->size = m->len;
    s->priv = m;
    return TEEC_SUCCESS;
}

static void device_shm_drop(struct shm *s)
{
    struct device_shm *m = s->priv;
    shm_end(m);
    free(m);
}

/* --- parameters
 * ------------------------------------------------------------------------------- */

/* What a call holds only while it lasts. */
struct temporaries {
    struct device_shm shm[4];
    bool used[4];
};

static void temporaries_end(struct temporaries *t)
{
    for (unsigned i = 0; i < 4; i++) {
        if (t->used[i])
            shm_end(&t->shm[i]);
    }
}

/* The memory behind a reference that names some: shared memory, or registered for this
 * call. */
static TEEC_Result memory_of(const struct context *c, const struct arg *a,
                             struct device_shm *temp, bool *used,
                             const struct device_shm **out)
{
    if (a->shm) {
        *out = a->shm->priv;
        return TEEC_SUCCESS;
    }
    TEEC_Result r = shm_for(c, a->buf, a->size, temp);
    *used = r == TEEC_SUCCESS;
    *out = temp;
    return r;
}

/* True when the driver's memory stands in for the program's, so contents must be copied.
 */
static bool stands_in(const struct arg *a, const struct device_shm *m)
{
    return m->map && (!a->shm || a->shm->kind == SHM_REGISTERED);
}

static TEEC_Result params_out(const struct context *c, const struct arg args[4],
                              struct tee_ioctl_param p[4], struct temporaries *t)
{
    for (unsigned i = 0; i < 4; i++) {
        const struct arg *a = &args[i];
        const struct device_shm *m;
        p[i] = (struct tee_ioctl_param){.attr = a->type};
        if (chan_type_is_value(a->type)) {
            p[i].a = a->a;
            p[i].b = a->b;
        }
        if (!chan_type_is_memref(a->type))
            continue;
        p[i].b = a->size;
        if (!a->shm && !a->buf && c->memref_null) {
            p[i].c = TEE_MEMREF_NULL;
            continue;
        }
        TEEC_Result r = memory_of(c, a, &t->shm[i], &t->used[i], &m);
        if (r != TEEC_SUCCESS)
            return r;
        p[i].a = a->shm ? a->offset : 0;
        p[i].c = (__u64)m->id;
        if (stands_in(a, m) && a->buf && a->size && chan_type_is_input(a->type))
            memcpy((uint8_t *)m->map + p[i].a, a->buf, a->size);
    }
    return TEEC_SUCCESS;
}

static void params_back(struct arg args[4], const struct tee_ioctl_param p[4],
                        const struct temporaries *t)
{
    for (unsigned i = 0; i < 4; i++) {
        struct arg *a = &args[i];
        if (!chan_type_is_output(a->type))
            continue;
        if (chan_type_is_value(a->type)) {
            a->a = (uint32_t)p[i].a;
            a->b = (uint32_t)p[i].b;
            continue;
        }
        const struct device_shm *m = a->shm ? a->shm->priv : &t->shm[i];
        size_t size = (size_t)p[i].b;
        if (stands_in(a, m) && a->buf && size && size <= a->size)
            memcpy(a->buf, (const uint8_t *)m->map + p[i].a, size);
        a->size = size;
    }
}

/* --- sessions and calls
 * ----------------------------------------------------------------------- */

struct open_arg {
    struct tee_ioctl_open_session_arg head;
    struct tee_ioctl_param params[4];
};
struct invoke_arg {
    struct tee_ioctl_invoke_arg head;
    struct tee_ioctl_param params[4];
};
_Static_assert(offsetof(struct open_arg, params) ==
                   sizeof(struct tee_ioctl_open_session_arg),
               "");
_Static_assert(offsetof(struct invoke_arg, params) == sizeof(struct tee_ioctl_invoke_arg),
               "");

static TEEC_Result device_open(struct session *s, const struct target *t, struct call *c,
                               uint32_t *origin)
{
    const struct device *d = s->ctx->priv;
    struct open_arg a = {.head = {.clnt_login = t->login, .num_params = 4}};
    struct tee_ioctl_buf_data buf = {(uintptr_t)&a, sizeof a};
    struct temporaries temp = {0};
    *origin = TEEC_ORIGIN_COMMS;
    struct device_session *ds = calloc(1, sizeof *ds);
    if (!ds)
        return TEEC_ERROR_OUT_OF_MEMORY;
    memcpy(a.head.uuid, t->uuid, sizeof a.head.uuid);
    memcpy(a.head.clnt_uuid, &t->gid, sizeof t->gid);
    TEEC_Result r = params_out(s->ctx, c->args, a.params, &temp);
    if (r == TEEC_SUCCESS) {
        if (ioctl(d->fd, TEE_IOC_OPEN_SESSION, &buf) != 0) {
            r = failed("TEE_IOC_OPEN_SESSION");
        } else {
            r = a.head.ret;
            *origin = a.head.ret_origin;
            params_back(c->args, a.params, &temp);
        }
    }
    temporaries_end(&temp);
    ds->id = a.head.session;
    if (r == TEEC_SUCCESS)
        atomic_store(&s->priv, ds);
    else
        free(ds);
    return r;
}

static void device_close(struct session *s)
{
    const struct device *d = s->ctx->priv;
    struct device_session *ds = atomic_exchange(&s->priv, NULL);
    struct tee_ioctl_close_session_arg a = {.session = ds->id};
    ioctl(d->fd, TEE_IOC_CLOSE_SESSION, &a);
    free(ds);
}

static TEEC_Result device_begin(struct call *c, uint32_t *origin)
{
    const struct context *ctx = c->session->ctx;
    const struct device *d = ctx->priv;
    const struct device_session *ds = atomic_load(&c->session->priv);
    struct invoke_arg a = {.head = {.func = c->cmd, .session = ds->id, .num_params = 4}};
    struct tee_ioctl_buf_data buf = {(uintptr_t)&a, sizeof a};
    struct temporaries temp = {0};
    *origin = TEEC_ORIGIN_COMMS;
    TEEC_Result r = params_out(ctx, c->args, a.params, &temp);
    if (r == TEEC_SUCCESS && ioctl(d->fd, TEE_IOC_INVOKE, &buf) != 0)
        r = failed("TEE_IOC_INVOKE");
    if (r == TEEC_SUCCESS) {
        c->device.result = a.head.ret;
        c->device.origin = a.head.ret_origin;
        params_back(c->args, a.params, &temp);
    }
    temporaries_end(&temp);
    return r;
}

static TEEC_Result device_end(struct call *c, uint32_t *origin)
{
    *origin = c->device.origin;
    return c->device.result;
}

/* The kernel cancels what a session is doing; libteec numbers no operations. */
static void device_cancel(struct session *s, const TEEC_Operation *op)
{
    const struct device *d = s->ctx->priv;
    const struct device_session *ds = atomic_load(&s->priv);
    (void)op;
    if (ds) {
        struct tee_ioctl_cancel_arg a = {.session = ds->id};
        ioctl(d->fd, TEE_IOC_CANCEL, &a);
    }
}

/* --- contexts
 * --------------------------------------------------------------------------------- */

static void device_disconnect(struct context *c)
{
    struct device *d = c->priv;
    fork_close(d->fd);
    d->fd = -1; /* sessions of this context, which may outlive it, now fail */
}

static TEEC_Result device_describe(struct context *c, char *text, size_t *len)
{
    const struct device *d = c->priv;
    int n = snprintf(
        text, *len,
        "{\"transport\":\"device\",\"path\":\"%s\",\"tee\":{\"implementation\":%u,"
        "\"implementation_capabilities\":%u,\"capabilities\":%u}}",
        d->path, d->version.impl_id, d->version.impl_caps, d->version.gen_caps);
    bool fits = (size_t)n < *len;
    *len = (size_t)n + 1;
    return fits ? TEEC_SUCCESS : TEEC_ERROR_SHORT_BUFFER;
}

static const struct transport device = {
    .name = "device",
    .disconnect = device_disconnect,
    .open = device_open,
    .close = device_close,
    .begin = device_begin,
    .end = device_end,
    .cancel = device_cancel,
    .shm_make = device_shm_make,
    .shm_drop = device_shm_drop,
    .describe = device_describe,
};

static bool device_answers(struct device *d, int i)
{
    snprintf(d->path, sizeof d->path, "/dev/tee%d", i);
    d->fd = open(d->path, O_RDWR | O_CLOEXEC);
    if (d->fd < 0)
        return false;
    if (ioctl(d->fd, TEE_IOC_VERSION, &d->version) == 0 &&
        d->version.gen_caps & TEE_GEN_CAP_GP)
        return true;
    close(d->fd);
    return false;
}

TEEC_Result device_connect(struct context *c)
{
    struct device *d = calloc(1, sizeof *d);
    if (!d)
        return TEEC_ERROR_OUT_OF_MEMORY;
    for (int i = 0; i < DEVICES; i++) {
        if (!device_answers(d, i))
            continue;
        fork_own(d->fd);
        c->transport = &device;
        c->priv = d;
        c->reg_mem = d->version.gen_caps & TEE_GEN_CAP_REG_MEM;
        c->memref_null = d->version.gen_caps & TEE_GEN_CAP_MEMREF_NULL;
        return TEEC_SUCCESS;
    }
    free(d);
    return TEEC_ERROR_ITEM_NOT_FOUND;
}
