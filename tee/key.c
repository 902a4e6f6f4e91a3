/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A key while it is built and while it lives. Attributes are copies in blocks of their
 * own, wiped before they are given back; the count of holders is the only thing that
 * changes once a key is complete.
 */
#include "key.h"
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include "bytes.h"

struct key *key_new(const struct key_type *t)
{
    struct key *k = calloc(1, sizeof *k);
    if (k) {
        atomic_init(&k->holders, 1);
        k->type = t;
    }
    return k;
}

struct key *key_hold(struct key *k)
{
    if (k)
        atomic_fetch_add_explicit(&k->holders, 1, memory_order_relaxed);
    return k;
}

static void attr_wipe(struct key_attr *a)
{
    if (a->p)
        wipe(a->p, a->len);
    free(a->p);
    wipe(a, sizeof *a);
}

void key_drop(struct key *k)
{
    if (!k || atomic_fetch_sub_explicit(&k->holders, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < k->nr; i++)
        attr_wipe(&k->attr[i]);
    EVP_PKEY_free(k->pkey);
    wipe(k, sizeof *k);
    free(k);
}

static struct key_attr *slot(struct key *k, uint32_t id)
{
    key_remove(k, id);
    if (k->nr == KEY_ATTRS_MAX)
        return NULL;
    struct key_attr *a = &k->attr[k->nr];
    *a = (struct key_attr){.id = id};
    return a;
}

bool key_put(struct key *k, uint32_t id, const void *p, size_t len)
{
    uint8_t *copy = len <= UINT32_MAX ? malloc(len ? len : 1) : NULL;
    if (!copy)
        return false;
    if (len)
        memcpy(copy, p, len);
    struct key_attr *a =
        slot(k, id); /* after the copy: p may be the attribute it replaces */
    if (!a) {
        wipe(copy, len);
        free(copy);
        return false;
    }
    a->p = copy;
    a->len = (uint32_t)len;
    k->nr++;
    return true;
}

bool key_put_bn(struct key *k, uint32_t id, const BIGNUM *n, size_t len)
{
    size_t need = len ? len : (size_t)BN_num_bytes(n);
    uint8_t *p = need <= INT32_MAX ? malloc(need ? need : 1) : NULL;
    if (!p)
        return false;
    bool ok = BN_bn2binpad(n, p, (int)need) >= 0 && key_put(k, id, p, need);
    wipe(p, need);
    free(p);
    return ok;
}

bool key_put_value(struct key *k, uint32_t id, uint32_t value)
{
    struct key_attr *a = slot(k, id);
    if (!a)
        return false;
    a->value = value;
    k->nr++;
    return true;
}

void key_remove(struct key *k, uint32_t id)
{
    for (uint32_t i = 0; i < k->nr; i++) {
        if (k->attr[i].id != id)
            continue;
        attr_wipe(&k->attr[i]);
        k->attr[i] = k->attr[--k->nr];
        return;
    }
}

const struct key_attr *key_get(const struct key *k, uint32_t id)
{
    for (uint32_t i = 0; i < k->nr; i++)
        if (k->attr[i].id == id)
            return &k->attr[i];
    return NULL;
}

BIGNUM *key_get_bn(const struct key *k, uint32_t id)
{
    const struct key_attr *a = key_get(k, id);
    if (!a || !a->p)
        return NULL;
    BIGNUM *n = BN_secure_new();
    if (!n || !BN_bin2bn(a->p, (int)a->len, n)) {
        BN_clear_free(n);
        return NULL;
    }
    BN_set_flags(n, BN_FLG_CONSTTIME);
    return n;
}

const struct key_attr *key_secret(const struct key *k)
{
    return key_get(k, k->type->rules[0].id);
}

struct key *key_public(const struct key *pair, const struct key_type *public)
{
    struct key *k = key_new(public);
    if (!k)
        return NULL;
    for (const struct attr_rule *r = pair->type->rules; r->id; r++) {
        const struct key_attr *a = key_get(pair, r->id);
        if (!(r->what & PUBLIC_PART) || !a)
            continue;
        bool ok =
            a->p ? key_put(k, a->id, a->p, a->len) : key_put_value(k, a->id, a->value);
        if (!ok)
            goto drop;
    }
    if (public->kind->build(k) != TEE_SUCCESS)
        goto drop;
    return k;
drop:
    key_drop(k);
    return NULL;
}
