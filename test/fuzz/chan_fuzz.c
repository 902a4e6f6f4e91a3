/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests in a channel, as a TA judges them: whatever passes must lie inside the bulk
 * area or the shared memory it names, and be of the kind that its type says. The first
 * bytes are a request, the rest the lengths of shared memory.
 */
#include <string.h>
#include "chan.h"
#include "test/fuzz/fuzz.h"

struct lengths {
    uint64_t len[4];
};

static uint64_t shm_len(void *arg, uint32_t shm)
{
    const struct lengths *l = arg;
    return shm < 4 ? l->len[shm] : 0;
}

void fuzz_seeds(void)
{
    struct {
        struct chan_request r;
        struct lengths l;
    } s = {
        .r = {.kind = CHAN_INVOKE,
              .types = 0x5361,
              .params = {{CHAN_VALUE, 0, 1, 2},
                         {CHAN_SLOT, 0, 64, CHAN_BULK - 64},
                         {CHAN_VALUE, 0, 0, 0},
                         {CHAN_SHM, 2, 4096, 4096}}},
        .l = {{0, 1, 8192, UINT64_MAX}},
    };
    fuzz_seed("invoke", &s, sizeof s);
    s.r.kind = CHAN_OPEN;
    s.r.types = 0x0007;
    s.r.params[0] = (struct chan_param){CHAN_NULL, 0, 0, 77};
    memset(&s.r.params[1], 0, 3 * sizeof s.r.params[1]);
    fuzz_seed("open", &s, sizeof s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chan_request r;
    struct lengths l;
    if (size != sizeof r + sizeof l)
        return 0;
    memcpy(&r, data, sizeof r);
    memcpy(&l, data + sizeof r, sizeof l);
    if (chan_request_check(&r, shm_len, &l) != OK)
        return 0;
    assert(r.kind == CHAN_OPEN || r.kind == CHAN_INVOKE);
    for (unsigned i = 0; i < 4; i++) {
        const struct chan_param *p = &r.params[i];
        uint32_t t = chan_type(r.types, i);
        uint64_t end;
        assert(t == 0 || chan_type_is_value(t) || chan_type_is_memref(t));
        assert((p->where == CHAN_NOWHERE) == (t == 0));
        assert((p->where == CHAN_VALUE) == chan_type_is_value(t));
        if (p->where != CHAN_SLOT && p->where != CHAN_SHM)
            continue;
        assert(!__builtin_add_overflow(p->a, p->b, &end));
        assert(end <= (p->where == CHAN_SLOT ? CHAN_BULK : shm_len(&l, p->shm)));
    }
    return 0;
}
