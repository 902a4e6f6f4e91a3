/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon told this TA about itself when it started it. A process that was never
 * told (a unit test) is a nameless TA with one lane.
 */
#include <string.h>
#include "platform.h"

static char name[sizeof((struct host_start *)0)->name] = "ta";
static char description[sizeof((struct host_start *)0)->description];
static struct sys_ta ta = {.lanes = 1, .description = description};
static int storage_fd = -1;

void uuid_from_bytes(TEE_UUID *u, const uint8_t b[16])
{
    u->timeLow = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    u->timeMid = (uint16_t)(b[4] << 8 | b[5]);
    u->timeHiAndVersion = (uint16_t)(b[6] << 8 | b[7]);
    memcpy(u->clockSeqAndNode, b + 8, 8);
}

void uuid_to_bytes(uint8_t b[16], const TEE_UUID *u)
{
    for (int i = 0; i < 4; i++)
        b[i] = (uint8_t)(u->timeLow >> (24 - 8 * i));
    for (int i = 0; i < 2; i++) {
        b[4 + i] = (uint8_t)(u->timeMid >> (8 - 8 * i));
        b[6 + i] = (uint8_t)(u->timeHiAndVersion >> (8 - 8 * i));
    }
    memcpy(b + 8, u->clockSeqAndNode, 8);
}

void start_accept(const struct host_start *s, int fd)
{
    uuid_from_bytes(&ta.uuid, s->uuid);
    uuid_from_bytes(&ta.device_id, s->device_id);
    ta.flags = s->flags;
    ta.rights = s->rights;
    ta.version = s->version;
    ta.lanes = s->lanes ? s->lanes : 1;
    ta.heap = (size_t)s->heap;
    ta.stack = (size_t)s->stack;
    ta.life_cycle = s->life_cycle;
    memcpy(name, s->name, sizeof name - 1);
    memcpy(description, s->description, sizeof description - 1);
    storage_fd = fd;
}

int start_storage_fd(void)
{
    return storage_fd;
}

const char *start_name(void)
{
    return name;
}

const struct sys_ta *sys_ta(void)
{
    return &ta;
}
