/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which TEE answers; the order is in tee_client_api.h. The environment is not believed in
 * a set-user-ID program. A system-wide instance that exists is the machine's TEE: when it
 * refuses or fails, so do we, rather than showing the user an empty private one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "teec.h"

#define SYSTEM_SOCKET "/run/anchorhold/sock"

/* The user's own instance. */
static TEEC_Result connect_private(struct context *c)
{
    char state[4096];
    const char *data = secure_getenv("XDG_DATA_HOME"), *home = secure_getenv("HOME");
    int n = -1;
    if (data && data[0] == '/')
        n = snprintf(state, sizeof state, "%s/anchorhold", data);
    else if (home && home[0] == '/')
        n = snprintf(state, sizeof state, "%s/.local/share/anchorhold", home);
    if (n < 0 || (size_t)n >= sizeof state) {
        message_set(
            "no TEE device, no system-wide hosted TEE, and no home directory for a "
            "private one");
        return TEEC_ERROR_ITEM_NOT_FOUND;
    }
    return hosted_connect(c, state, NULL);
}

TEEC_Result select_connect(struct context *c, const char *name)
{
    const char *socket = secure_getenv("ANCHORHOLD_SOCKET");
    const char *state = secure_getenv("ANCHORHOLD_STATE");
    bool device = !name || strcmp(name, "optee-tz") == 0;
    bool hosted = !name || strcmp(name, "hosted") == 0;
    if (!device && !hosted)
        return TEEC_ERROR_ITEM_NOT_FOUND;
    if (hosted && socket && *socket)
        return hosted_connect(c, NULL, socket);
    if (hosted && state && *state)
        return hosted_connect(c, state, NULL);
    if (device) {
        TEEC_Result r = device_connect(c);
        if (r != TEEC_ERROR_ITEM_NOT_FOUND || !hosted)
            return r;
    }
    if (access(SYSTEM_SOCKET, F_OK) == 0)
        return hosted_connect(c, NULL, SYSTEM_SOCKET);
    return connect_private(c);
}
