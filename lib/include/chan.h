/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both ends of a channel (abi/channel.h) as a state machine without an OS: how to sleep,
 * wake, tell the time and see that the peer lives comes from the user of this header.
 *
 * How an end waits. While cores are free it spins: a client about as long as an answer
 * takes, a TA about as long as its client has lately thought between two calls. When the
 * calls going on keep all cores busy it sleeps almost at once, for a spinner would take
 * the core its partner needs. A spin that came to nothing makes the next ones rarer. An
 * end that sleeps costs nothing.
 *
 * Threads. A client is used by many: a slot belongs to the thread that got it until it is
 * put back. On the TA's side each slot is served by one thread.
 */
#ifndef AH_CHAN_H
#define AH_CHAN_H

#include <stdbool.h>
#include "channel.h"
#include "err.h"

/* Where a thread shall run, seen from a processor. */
enum chan_place { CHAN_ANYWHERE, CHAN_BESIDE, CHAN_ON };

/* What the state machine needs of its surroundings; constant while the process lives. */
struct chan_os {
    /* Sleep while *word == value, at most ms milliseconds (UINT32_MAX: no limit); may
     * return early. */
    void (*wait)(_Atomic uint32_t *word, uint32_t value, uint32_t ms);
    /* Wake all that sleep on word, in any process. */
    void (*wake)(_Atomic uint32_t *word);
    uint64_t (*now_ns)(void);
    /* The processor that runs this thread, -1 unknown. */
    int (*cpu)(void);
    /* Have this thread run on processor cpu, on any but it, or on any. NULL: cannot. */
    void (*place)(int cpu, enum chan_place how);
    unsigned nr_cpus;
};

/* What one end has lately observed on one slot. */
struct chan_pace {
    uint32_t expect_ns; /* of the wait; decays slowly, rises at once */
    uint16_t skip;      /* waits to go before spinning is tried again */
    uint16_t penalty;   /* what skip was last set to */
};

/* One end's view of the memory. */
struct chan {
    struct chan_header *header;
    struct chan_slot *slots;
    uint8_t *bulk;
    const struct chan_os *os;
};

/* Write the header into CHAN_SIZE (or the first CHAN_BULK_AT) bytes that are zero. */
void chan_format(void *base);

/*
 * End every call of the channel, now and later, with result (a TEE_Result, not 0). Needs
 * only the first CHAN_BULK_AT bytes. The words may be scribbled over by either end at any
 * time; nothing is read back.
 */
void chan_kill(void *base, uint32_t result, const char *reason, const struct chan_os *os);

/* View len bytes at base; ERR_FORMAT when they are no channel of this version. */
MUST_CHECK enum err chan_view(struct chan *c, void *base, size_t len,
                              const struct chan_os *os);

/* --- the client
 * ------------------------------------------------------------------------------ */

struct chan_client {
    struct chan chan;
    _Atomic uint32_t taken; /* bit per slot */
    _Atomic uint32_t freed; /* counts slots put back; futex of those that wait for one */
    _Atomic uint32_t waiting; /* threads that wait for a slot */
    _Atomic uint32_t running; /* calls posted and not yet answered */
    _Atomic uint32_t scarce;  /* the TA's latest hint */
    bool (*alive)(
        void *arg); /* asked about every 200 ms of waiting: may an answer still come? */
    void *arg;
    struct {
        uint32_t req;
        uint64_t posted_ns;
        struct chan_pace pace;
    } slot[CHAN_SLOTS];
};

void chan_client_init(struct chan_client *c, const struct chan *view,
                      bool (*alive)(void *arg), void *arg);

/*
 * Take the lowest free slot, waiting until there is one. ERR_DEAD when the channel is
 * dead or alive() says no; then no slot is held.
 */
MUST_CHECK enum err chan_get(struct chan_client *c, unsigned *slot);
void chan_put(struct chan_client *c, unsigned slot);

/* The CHAN_BULK bytes of a slot that is held. */
uint8_t *chan_bulk(const struct chan *c, unsigned slot);

/* Hand over a request; its data lie in the bulk area already. Does not wait. */
void chan_post(struct chan_client *c, unsigned slot, const struct chan_request *r);

/*
 * Wait for the answer to what was posted. ERR_DEAD when none will come; the slot must
 * then never be put back, because the TA may still be writing to it.
 */
MUST_CHECK enum err chan_wait(struct chan_client *c, unsigned slot, struct chan_reply *r);

/* Ask the TA to cancel what was posted; may come from any thread while the slot is held.
 */
void chan_cancel(struct chan_client *c, unsigned slot, uint32_t req);

/* The number of the request last posted on a slot, for chan_cancel. */
uint32_t chan_posted(const struct chan_client *c, unsigned slot);

/* The result every call ends with, 0 while the channel lives. */
uint32_t chan_dead(const struct chan *c);

/* --- the TA
 * ---------------------------------------------------------------------------------- */

/* What the lanes of one process tell each other. */
struct chan_load {
    _Atomic uint32_t active; /* lanes that work, or spin in the hope of work */
    _Atomic uint64_t
        scarce_ns; /* when they and their clients last wanted more than all cores */
};

/* One slot as its thread sees it. */
struct chan_lane {
    const struct chan *chan;
    struct chan_load *load;
    unsigned slot;
    uint32_t seen; /* the request last taken */
    uint64_t replied_ns;
    struct chan_pace pace;
    bool active; /* counted in load */
    bool scarce;
    enum chan_place place; /* as last asked for */
    int place_cpu;
    uint32_t work_ns; /* what calls take; follows slowly */
    uint64_t taken_ns;
};

void chan_lane_init(struct chan_lane *l, const struct chan *c, struct chan_load *load,
                    unsigned slot);

/*
 * Wait for a request and copy it. Looks at *stop after each wake and returns
 * ERR_CANCELLED when it is set; see chan_nudge.
 */
MUST_CHECK enum err chan_take(struct chan_lane *l, struct chan_request *r,
                              const atomic_bool *stop);

/* Answer the request that was taken. scarce is filled in here. */
void chan_answer(struct chan_lane *l, const struct chan_reply *r);

/* True when the client asked to cancel the request that was taken. */
bool chan_cancelled(const struct chan_lane *l);

/* Sleep until cancel is asked for or ms have passed; may return early. */
void chan_await_cancel(const struct chan_lane *l, uint32_t ms);

/*
 * Make the threads of all slots look at their stop flag. A hostile client can undo it, so
 * the caller repeats it, some ten times a second, until they have left.
 */
void chan_nudge(const struct chan *c);

/*
 * Judge the shape of a copied request: kind, types, that each parameter is where its type
 * may be, and that memory lies inside the bulk area or the shared memory whose length
 * shm_len tells (0 for an unknown number). ERR_FORMAT or ERR_RANGE.
 */
MUST_CHECK enum err chan_request_check(const struct chan_request *r,
                                       uint64_t (*shm_len)(void *arg, uint32_t shm),
                                       void *arg);

/* Nibble i of the parameter types, and what it says. */
static inline uint32_t chan_type(uint32_t types, unsigned i)
{
    return types >> 4 * i & 0xf;
}

static inline bool chan_type_is_value(uint32_t t)
{
    return t >= 1 && t <= 3;
}

static inline bool chan_type_is_memref(uint32_t t)
{
    return t >= 5 && t <= 7;
}

static inline bool chan_type_is_input(uint32_t t)
{
    return t == 1 || t == 3 || t == 5 || t == 7;
}

static inline bool chan_type_is_output(uint32_t t)
{
    return t == 2 || t == 3 || t == 6 || t == 7;
}

#endif
