/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys as DER: SubjectPublicKeyInfo (RFC 5280), PrivateKeyInfo (RFC 5208) around
 * RSAPrivateKey (RFC 8017) and ECPrivateKey (RFC 5915). Written canonical, read strictly.
 */
#ifndef P11_KEYDER_H
#define P11_KEYDER_H

#include "attrs.h"
#include "der.h"

/* Put CKA_PUBLIC_KEY_INFO of an RSA or EC key into its attributes. */
CK_RV keyder_public_info(struct attrs *a);

/*
 * The private key in a as PrivateKeyInfo; *der has *len bytes, is the caller's to wipe
 * and free with keyder_free. CKR_KEY_NOT_WRAPPABLE for a key type without an encoding
 * here.
 */
CK_RV keyder_private(const struct attrs *a, uint8_t **der, size_t *len);
void keyder_free(uint8_t *der, size_t len);

/*
 * What a PrivateKeyInfo, or a bare RSAPrivateKey, says; attribute ids with views into it.
 * Up to 15 zero bytes may follow, the padding of wrapping with a block cipher.
 */
#define PRIVATE_PARTS 8u
struct private_parts {
    uint32_t type; /* CKK_* */
    uint32_t nr;
    struct {
        uint32_t id;
        struct span v;
    } part[PRIVATE_PARTS];
};
CK_RV keyder_parse(struct private_parts *k, struct span der);

#endif
