/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of libteec tell each other. Private to linux/teec.
 *
 *   client.c   contexts, sessions, calls     memory.c     shared memory
 *   args.c     TEEC_Operation <-> args       handle.c     numbers for objects, safe
 * against misuse select.c   which TEE answers             fork.c       what a forked
 * child must lose device.c   /dev/tee0 of the kernel       hosted*.c    the hosted TEE
 *
 * A public structure holds only a number; the objects below are found by it, counted
 * while in use, and freed when the last user lets go.
 */
#ifndef AH_TEEC_H
#define AH_TEEC_H

#include <pthread.h>
#include <stdatomic.h>
#include "anchorhold_teec.h"
#include "chan_args.h"
#include "tee_client_api.h"

#define TEEC_EXPORT __attribute__((visibility("default")))

struct transport;

struct context {
    const struct transport *transport;
    _Atomic unsigned refs; /* the handle, each session, each shared memory */
    bool reg_mem;
    bool memref_null;
    void *priv; /* the transport's: one block, freed after the last session has gone, or
                   NULL */
};

enum shm_kind { SHM_ALLOCATED, SHM_REGISTERED, SHM_DESCRIPTOR };

struct shm {
    struct context *ctx;
    enum shm_kind kind;
    int fd;       /* SHM_DESCRIPTOR: the program's */
    void *buffer; /* what the program sees; set by the transport when allocated */
    size_t size;
    uint32_t flags; /* TEEC_MEM_* */
    void *priv;     /* the transport's */
};

struct session {
    struct context *ctx;
    int handle;
    _Atomic(void *) priv; /* the transport's; NULL before it is set */
};

/* One parameter, checked. */
struct arg {
    uint32_t type;   /* nibble 0..3, 5..7 */
    uint32_t a, b;   /* value */
    void *buf;       /* memory of the program; NULL: NULL reference */
    size_t size;     /* in; out: as reported */
    struct shm *shm; /* buf lies in it at offset; held by the call */
    size_t offset;
    int shm_handle;
};

/* A call under way; lives with its caller or, when begun and ended apart, on the heap. */
struct call {
    struct session *session;
    TEEC_Operation *op; /* may be NULL */
    uint32_t cmd;
    struct arg args[4];
    union {
        struct {
            unsigned slot;
            struct chan_arg args[4];
            void *big; /* memory of its own for what the slot cannot hold */
        } hosted;
        struct {
            TEEC_Result result;
            uint32_t origin;
        } device;
    };
};

struct target {
    uint8_t uuid[16]; /* RFC 4122 byte order */
    uint32_t login;
    uint32_t gid;
};

/*
 * All take and give back objects whole; on error nothing is left behind, except that a
 * session whose priv is set after open failed is closed like an open one.
 */
struct transport {
    const char *name;
    void (*disconnect)(struct context *c);
    TEEC_Result (*open)(struct session *s, const struct target *t, struct call *c,
                        uint32_t *origin);
    void (*close)(struct session *s);
    TEEC_Result (*begin)(struct call *c, uint32_t *origin);
    TEEC_Result (*end)(struct call *c, uint32_t *origin);
    void (*cancel)(struct session *s, const TEEC_Operation *op); /* NULL: all */
    TEEC_Result (*shm_make)(struct shm *m);
    void (*shm_drop)(struct shm *m);
    TEEC_Result (*describe)(struct context *c, char *text, size_t *len);
};

/* Connect to a TEE device of the kernel, to a hosted TEE; ITEM_NOT_FOUND when there is
 * none. */
TEEC_Result device_connect(struct context *c);
/* state: directory of an instance, started when needed; or socket: path of a running one.
 */
TEEC_Result hosted_connect(struct context *c, const char *state, const char *socket);
/* The one that name asks for. */
TEEC_Result select_connect(struct context *c, const char *name);

struct context *context_hold(struct context *c);
void context_drop(struct context *c);

/* Turn op into args, holding the shared memory it names; SUCCESS obliges to args_release.
 */
TEEC_Result args_take(struct call *c);
/* Bring outputs back into op. */
void args_give(struct call *c);
void args_release(struct call *c);

/* --- handle.c
 * -------------------------------------------------------------------------------- */
enum handle_kind { HANDLE_CONTEXT = 1, HANDLE_SESSION, HANDLE_SHM };
int handle_new(enum handle_kind kind, void *object); /* 0: no memory */
/* The object, counted; NULL for a number that is not (any more) such an object. */
void *handle_get(enum handle_kind kind, int handle);
void handle_put(int handle);
/* No get succeeds from now on; NULL when that was so already. */
void *handle_close(enum handle_kind kind, int handle);
/* After handle_close: wait until all have put, then free the number. */
void handle_free(int handle);
void handle_child(void); /* every number is invalid */

/* --- fork.c: descriptors that a forked child must not keep
 * ------------------------------------- */
void fork_init(void);
void fork_own(int fd);
void fork_close(int fd); /* the counterpart: close it here */

/* --- message.c: why the last call of this thread failed, in words
 * ------------------------------ */
void message_set(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_clear(void); /* at the begin of each call */

const struct chan_os *os_chan(void); /* os.c */

#endif
