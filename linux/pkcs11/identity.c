/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the login type from the environment. An unknown word or a group without a number
 * is refused rather than taken for public: whoever wrote it meant something. Programs
 * that run with more rights than their caller do not look at the caller's environment
 * (secure_getenv).
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "identity.h"

static bool number(const char *text, uint32_t *out)
{
    char *end;
    if (!text || !isdigit((unsigned char)text[0]))
        return false;
    errno = 0;
    unsigned long v = strtoul(text, &end, 10);
    *out = (uint32_t)v;
    return errno == 0 && *end == '\0' && v < UINT32_MAX; /* the largest is "no group" */
}

static CK_RV identity_parse(struct identity *who, const char *type, const char *gid)
{
    *who = (struct identity){TEEC_LOGIN_PUBLIC, 0};
    if (strcmp(type, "public") == 0)
        return CKR_OK;
    who->login = TEEC_LOGIN_USER;
    if (strcmp(type, "user") == 0)
        return CKR_OK;
    who->login = TEEC_LOGIN_GROUP;
    return strcmp(type, "group") == 0 && number(gid, &who->gid) ? CKR_OK
                                                                : CKR_ARGUMENTS_BAD;
}

CK_RV identity_choose(struct identity *who)
{
    const char *ours = secure_getenv("ANCHORHOLD_LOGIN");
    if (ours && strncmp(ours, "group:", 6) == 0)
        return identity_parse(who, "group", ours + 6);
    if (ours)
        return identity_parse(who, ours, NULL);
    const char *theirs = secure_getenv("CKTEEC_LOGIN_TYPE");
    return identity_parse(who, theirs ? theirs : "public",
                          secure_getenv("CKTEEC_LOGIN_GID"));
}
