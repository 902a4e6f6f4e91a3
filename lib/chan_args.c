/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments into the bulk area of a slot and back.
 *
 * Memory references are laid one behind the other on cache line borders, so that a small
 * call touches few lines. Lengths that come back are the TA's word: one that is larger
 * than the caller's buffer is a statement ("so much would be needed"), never a length to
 * copy.
 */
#include "bytes.h"
#include "chan_args.h"

#define LINE     64u
#define WIPE_MAX 4096u

static bool in_bulk(const struct chan_arg *a)
{
    return chan_type_is_memref(a->type) && a->buf && !a->shm;
}

/* Give each reference its place; false when they do not fit. */
static bool place(struct chan_arg args[4])
{
    size_t used = 0;
    for (unsigned i = 0; i < 4; i++) {
        struct chan_arg *a = &args[i];
        a->room = a->size;
        if (!in_bulk(a))
            continue;
        if (a->size > CHAN_BULK - used)
            return false;
        a->offset = used;
        used += (a->size + LINE - 1) / LINE * LINE;
        if (used > CHAN_BULK)
            used = CHAN_BULK;
    }
    return true;
}

static struct chan_param describe(const struct chan_arg *a)
{
    if (chan_type_is_value(a->type)) {
        bool in = chan_type_is_input(a->type);
        return (struct chan_param){CHAN_VALUE, 0, in ? a->a : 0, in ? a->b : 0};
    }
    if (!chan_type_is_memref(a->type))
        return (struct chan_param){0};
    if (!a->buf)
        return (struct chan_param){CHAN_NULL, 0, 0, a->size};
    return (struct chan_param){a->shm ? CHAN_SHM : CHAN_SLOT, a->shm, a->offset, a->size};
}

enum err chan_pack(struct chan_arg args[4], uint8_t *bulk, struct chan_request *r)
{
    if (!place(args))
        return ERR_NO_SPACE;
    r->types = 0;
    for (unsigned i = 0; i < 4; i++) {
        const struct chan_arg *a = &args[i];
        r->types |= a->type << 4 * i;
        r->params[i] = describe(a);
        if (in_bulk(a) && chan_type_is_input(a->type) && a->size)
            memcpy(bulk + a->offset, a->buf, a->size);
    }
    return OK;
}

void chan_unpack(struct chan_arg args[4], uint8_t *bulk, const struct chan_reply *r)
{
    for (unsigned i = 0; i < 4; i++) {
        struct chan_arg *a = &args[i];
        bool out = chan_type_is_output(a->type);
        if (out && chan_type_is_value(a->type)) {
            a->a = (uint32_t)r->out[i];
            a->b = (uint32_t)(r->out[i] >> 32);
        } else if (out && chan_type_is_memref(a->type)) {
            a->size = r->out[i] <= SIZE_MAX ? (size_t)r->out[i] : SIZE_MAX;
            if (in_bulk(a) && a->size && a->size <= a->room)
                memcpy(a->buf, bulk + a->offset, a->size);
        }
        if (in_bulk(a) && a->room && a->room <= WIPE_MAX)
            wipe(bulk + a->offset, a->room);
    }
}
