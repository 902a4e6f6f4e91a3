/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TA's own clock (GP 1.3.1, section 7.2.3): the rich OS's clock plus an offset that
 * is kept in a persistent object of the TA, id "gpd.ta.persistentTime", which the TA's
 * enumerators show. The object also holds the rich OS's time when it was set: a clock
 * that has since gone back before that moment is not to be trusted, and the answer is
 * TEE_ERROR_TIME_NEEDS_RESET. Protection level 100: whoever rules the rich OS's clock can
 * move this one forward.
 *
 *   offset 0  u64 seconds of the rich OS when set     8  u32 milliseconds
 *          12 u64 seconds that were set              20  u32 milliseconds
 */
#include "anchorhold_ta.h"
#include "bytes.h"
#include "panic.h"

#define RECORD_LEN 24
#define OBJECT_ID  "gpd.ta.persistentTime"

static uint64_t in_ms(const TEE_Time *t)
{
    return (uint64_t)t->seconds * 1000 + t->millis;
}

TEE_Result TEE_SetTAPersistentTime(const TEE_Time *time)
{
    require(time && time->millis < 1000, "TEE_SetTAPersistentTime: not a time");
    uint8_t record[RECORD_LEN];
    TEE_Time now;
    sys_ree_time(&now);
    struct wr w = wr_init(record, sizeof record);
    wr_u64(&w, now.seconds);
    wr_u32(&w, now.millis);
    wr_u64(&w, time->seconds);
    wr_u32(&w, time->millis);
    AH_PersistentOp op = {AH_PERSISTENT_PUT, OBJECT_ID, sizeof OBJECT_ID - 1, record,
                          w.len};
    TEE_Result res = AH_PersistentBatch(TEE_STORAGE_PRIVATE, 0, &op, 1);
    if (res == TEE_SUCCESS || res == TEE_ERROR_STORAGE_NO_SPACE ||
        res == TEE_ERROR_OUT_OF_MEMORY)
        return res;
    sys_panic(res, "TEE_SetTAPersistentTime: the storage failed");
}

TEE_Result TEE_GetTAPersistentTime(TEE_Time *time)
{
    require(time, "TEE_GetTAPersistentTime: NULL");
    uint8_t record[RECORD_LEN];
    size_t len = sizeof record;
    TEE_Result res = AH_PersistentRead(TEE_STORAGE_PRIVATE, OBJECT_ID,
                                       sizeof OBJECT_ID - 1, record, &len);
    if (res == TEE_ERROR_OUT_OF_MEMORY)
        return res;
    if (res == TEE_ERROR_ITEM_NOT_FOUND)
        return TEE_ERROR_TIME_NOT_SET;
    struct rd r = rd_init(record, res == TEE_SUCCESS ? len : 0);
    uint64_t then = rd_u64(&r) * 1000;
    then += rd_u32(&r);
    uint64_t set = rd_u64(&r) * 1000;
    set += rd_u32(&r);
    TEE_Time now;
    sys_ree_time(&now);
    if (!rd_end(&r) || in_ms(&now) < then)
        return TEE_ERROR_TIME_NEEDS_RESET;
    uint64_t ms = set + (in_ms(&now) - then);
    time->seconds = (uint32_t)(ms / 1000);
    time->millis = (uint32_t)(ms % 1000);
    return ms / 1000 > UINT32_MAX ? TEE_ERROR_OVERFLOW : TEE_SUCCESS;
}
