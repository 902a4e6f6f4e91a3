/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control protocol of the hosted TEE: one struct host_msg per datagram on a Unix
 * SOCK_SEQPACKET socket, optionally followed by len bytes of text and by one descriptor
 * (SCM_RIGHTS). Two kinds of peer talk to the daemon: clients (libteec) by the listening socket
 * of the instance, and TA processes by the socket they are born with. A TA that calls another TA
 * uses the client messages on that same socket.
 *
 * A request carries an id of the sender's choosing; the answer has type | HOST_ANSWER and the
 * same id. result is a TEE_Result, origin a TEE_ORIGIN_* value. All values are native endian:
 * both ends run on one machine. The calls themselves do not pass here: they go through the
 * channel (abi/channel.h) whose descriptor comes with the answer to HOST_OPEN.
 *
 *   message        from    carries                                   the answer carries
 *   HELLO          client  a = HOST_VERSION                          a = HOST_VERSION, text = product version
 *   OPEN           both    uuid, login, gid (for group logins)       session, fd of the channel
 *   CLOSE          both    session                                   -  (after TA_CloseSessionEntryPoint ran)
 *   SHARE          both    session, shm (the sender's number), size,  -  (after the TA has mapped it)
 *                          fd (memfd sealed against shrinking)
 *   UNSHARE        both    session, shm                              -
 *   STATUS         client  -                                         text = JSON, at most HOST_TEXT_MAX
 *   START          daemon  struct host_start as text, fd of the      (READY)
 *                          storage directory for a TA with that right
 *   READY          TA      result of TA_CreateEntryPoint             none: sent once, when it can take ATTACH;
 *                                                                    with a failure the TA exits
 *   ATTACH         daemon  session, login, uuid (client identity),    -
 *                          fd of the channel
 *   DETACH         daemon  session                                   -  (after CloseSession ran and lanes let go)
 *   MAP            daemon  session, shm, size, fd                    -
 *   UNMAP          daemon  session, shm                              -
 *   DERIVE         TA      uuid of the owner (own, unless the TA has  text = a = key length bytes, at most 64
 *                          RIGHT_DERIVE_ANY), a = key length,
 *                          text = label
 *   PANIC          TA      result = panic code, text = why           none: the TA exits
 *   STOP           daemon  -                                         none: the TA runs DestroyEntryPoint and exits
 *   GONE           daemon  session                                   none: to a client or calling TA: the TA of
 *                                                                    this session died, result and text say why
 *
 * The session manager of the daemon decides; OPEN answers ITEM_NOT_FOUND (no such image),
 * SECURITY (image refused; text says why), BUSY, TARGET_DEAD, OUT_OF_MEMORY, ACCESS_DENIED (login).
 * The OpenSession entry point itself runs in the channel as its first call.
 */
#ifndef AH_ABI_HOST_H
#define AH_ABI_HOST_H

#include <stddef.h>
#include <stdint.h>

#define HOST_VERSION  1u
#define HOST_TEXT_MAX 16384u
#define HOST_ANSWER   0x80u

enum host_msg_type {
    HOST_HELLO = 1,
    HOST_OPEN,
    HOST_CLOSE,
    HOST_SHARE,
    HOST_UNSHARE,
    HOST_STATUS,
    HOST_START = 0x20,
    HOST_READY,
    HOST_ATTACH,
    HOST_DETACH,
    HOST_MAP,
    HOST_UNMAP,
    HOST_DERIVE,
    HOST_PANIC,
    HOST_STOP,
    HOST_GONE,
};

struct host_msg {
    uint32_t type;
    uint32_t id;
    uint32_t result;
    uint32_t origin;
    uint32_t session;
    uint32_t login;
    uint32_t gid;
    uint32_t shm;
    uint64_t size;
    uint32_t a;
    uint32_t len;     /* bytes of text that follow this struct in the same datagram */
    uint8_t uuid[16]; /* RFC 4122 byte order */
};
_Static_assert(sizeof(struct host_msg) == 64, "");
_Static_assert(offsetof(struct host_msg, uuid) == 48, "");

/* What a TA is told about itself at its start; strings end with NUL. */
struct host_start {
    uint8_t uuid[16];
    uint8_t device_id[16]; /* gpd.tee.deviceID */
    uint32_t flags;        /* TA_FLAG_* of abi/ta_image.h */
    uint32_t rights;       /* TA_RIGHT_* */
    uint32_t version;
    uint32_t lanes;        /* calls that may run at once; 1 is GP's rule */
    uint64_t heap;         /* bytes */
    uint64_t stack;        /* bytes, for each lane */
    uint32_t nr_cpus;
    uint32_t life_cycle;   /* 0 hosted */
    char name[32];
    char description[96];
};
_Static_assert(sizeof(struct host_start) == 200, "");

/* Descriptors that a TA process is born with. */
#define HOST_FD_CONTROL 3 /* SOCK_SEQPACKET to the daemon; 0, 1 are /dev/null, 2 is the log */
#define HOST_FD_BOARD   4 /* memfd of one struct host_board */
/* A line in the log may begin with "<N>", N the level of sys_log(); otherwise it is information. */

/*
 * A TA has one thread for each channel slot in use, waiting threads included, and no more than
 * this many; ATTACH then answers OUT_OF_MEMORY. Its limit of address space or data must have
 * room for their stacks beside the heap. Of these, host_start.lanes run TA code at once.
 */
#define HOST_TA_THREADS 128u

/*
 * Where a TA shows what its threads are doing, so that the daemon can end a call that computes
 * without end: each thread that runs entry points takes a row, writes its thread id there, and
 * adds one to call at the begin and at the end of every entry point (odd: inside). The daemon
 * reads it only while the process uses processor time.
 */
#define HOST_BOARD_ROWS HOST_TA_THREADS
struct host_board {
    struct {
        uint32_t tid;
        uint32_t call;
        uint8_t pad[56]; /* a cache line each */
    } row[HOST_BOARD_ROWS];
};
_Static_assert(sizeof(struct host_board) == 8192, "");

/*
 * A client starts a private instance with
 *     anchorhold-host --private --state DIR --ready 3
 * 0, 1, 2 are /dev/null. On descriptor 3 the daemon writes "ready\n" once it listens, or one line
 * that says why it cannot, and closes it.
 */
#define HOST_FD_READY 3

/* Names in the state directory of an instance. */
#define HOST_SOCKET_NAME "sock"        /* listening socket */
#define HOST_LOCK_NAME   "lock"        /* flock()ed by the daemon for its life */
#define HOST_START_LOCK  "start.lock"  /* flock()ed by a client while it starts a daemon */
#define HOST_SECRET_NAME "device.key"  /* 32 bytes, mode 0600 */
#define HOST_STORE_NAME  "store"       /* directory handed to the storage TA */
#define HOST_LOG_NAME    "log"

#endif
