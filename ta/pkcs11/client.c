/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients: one for each session of the TEE. The TEE calls client_free() when no command
 * of this client runs any more, so that what is left belongs to nobody else.
 */
#include <stdlib.h>
#include "object.h"
#include "token.h"

static struct shelf_total session_objects = {.max = CLIENTS_BYTES_MAX};

CK_RV client_new(struct client **out)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return CKR_DEVICE_MEMORY;
    TEE_Result r = TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
                                             "gpd.client.identity", &c->identity);
    if (r != TEE_SUCCESS) {
        free(c);
        return rv_of(r);
    }
    pthread_mutex_init(&c->lock, NULL);
    c->objects.max = CLIENT_BYTES_MAX;
    c->objects.all = &session_objects;
    *out = c;
    return CKR_OK;
}

void client_free(struct client *c)
{
    for (uint32_t slot = 0; slot < TOKENS; slot++) {
        struct token *t;
        if (token_of_slot(&t, slot) == CKR_OK)
            session_close_all(c, t);
    }
    table_free(&c->sessions);
    shelf_free(&c->objects);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
