/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * anchorhold-image: packs, signs, verifies and explains images of trusted applications.
 *
 * What it signs it verifies with the code that the TEE runs, before the file gets its
 * name: an image that the TEE would refuse is never written. Exit 0 done, 1 failed or
 * refused, 2 usage.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include "elf_trim.h"
#include "file.h"
#include "key.h"
#include "manifest.h"
#include "ta_verify.h"
#include "uuid.h"
#include "version.h"

struct options {
    const char *key;
    const char *manifest;
    bool development;
};

static const char usage_text[] =
    "usage: anchorhold-image sign-ta --key KEY --manifest FILE [--development] ELF OUT\n"
    "       anchorhold-image verify-ta --key KEY IMAGE\n"
    "       anchorhold-image inspect IMAGE\n"
    "       anchorhold-image public-key --key KEY\n"
    "KEY is a PEM file or a pkcs11: URI, EC P-256. public-key prints C source.\n"
    "--development marks the image as signed by a key that no release trusts.\n";

static int usage(void)
{
    fputs(usage_text, stderr);
    return 2;
}

static void header_put(uint8_t *out, const struct ta_header *h)
{
    struct wr w = wr_init(out, sizeof *h);
    wr_u32(&w, h->magic);
    wr_u32(&w, h->layout);
    wr_raw(&w, h->uuid, sizeof h->uuid);
    const uint32_t words[] = {h->version,  h->flags,     h->rights,       h->lanes,
                              h->heap_kib, h->stack_kib, h->program_size, h->marks};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        wr_u32(&w, words[i]);
    wr_raw(&w, h->program_sha256, sizeof h->program_sha256);
    wr_raw(&w, h->name, sizeof h->name);
    wr_raw(&w, h->description, sizeof h->description);
    wr_raw(&w, h->reserved, sizeof h->reserved);
    wr_raw(&w, h->signature, sizeof h->signature);
}

/* The image in one allocation: room for the header, then the trimmed program. */
static uint8_t *image_build(const char *elf, struct ta_header *h, size_t *len)
{
    size_t size;
    uint8_t *program = file_read(elf, &size, (size_t)1 << 30);
    if (!program)
        return NULL;
    size = elf_trim(program, size);
    uint8_t *image = NULL;
    if (!size || size > TA_PROGRAM_MAX) {
        fprintf(stderr, "%s: %s\n", elf,
                size ? "the program is larger than 64 MiB"
                     : "not a position-independent little-endian ELF program");
    } else if ((image = malloc(sizeof *h + size))) {
        memcpy(image + sizeof *h, program, size);
        h->magic = TA_IMAGE_MAGIC;
        h->layout = TA_IMAGE_LAYOUT;
        h->program_size = (uint32_t)size;
        SHA256(program, size, h->program_sha256);
        *len = sizeof *h + size;
    }
    free(program);
    return image;
}

static bool image_accepted(struct ta_image *img, const char *name, const uint8_t *p,
                           size_t len, const uint8_t point[TA_KEY_BYTES])
{
    enum ta_image_fault why;
    uint32_t flow = 0;
    if (ta_image_verify(img, &why, &flow, p, len, NULL, point, ta_sha256) ==
            VERDICT_ACCEPT &&
        ta_image_verify_again(img, point) == VERDICT_ACCEPT && flow == TA_IMAGE_FLOW)
        return true;
    fprintf(stderr, "%s: %s\n", name,
            ta_image_fault_text(why == TA_IMAGE_OK ? TA_IMAGE_GLITCH : why));
    return false;
}

static int sign_ta(const struct options *o, int nr, char **args)
{
    if (!o->key || !o->manifest || nr != 2)
        return usage();
    struct ta_header h = {0};
    struct ta_image img;
    uint8_t point[TA_KEY_BYTES], *image = NULL;
    size_t len = 0;
    int status = 1;

    EVP_PKEY *key = key_open(o->key, true);
    if (!key || !key_point(key, point) || !manifest_read(&h, o->manifest))
        goto out;
    h.marks = o->development ? TA_DEVELOPMENT : 0;
    image = image_build(args[0], &h, &len);
    if (!image)
        goto out;
    header_put(image, &h);
    if (!key_sign(key, h.signature, image, TA_SIGNED_BYTES))
        goto out;
    header_put(image, &h);
    if (image_accepted(&img, o->manifest, image, len, point) &&
        file_write(args[1], image, len))
        status = 0;
out:
    free(image);
    EVP_PKEY_free(key);
    return status;
}

static int verify_ta(const struct options *o, int nr, char **args)
{
    if (!o->key || nr != 1)
        return usage();
    struct ta_image img;
    uint8_t point[TA_KEY_BYTES], *image = NULL;
    size_t len = 0;
    int status = 1;

    EVP_PKEY *key = key_open(o->key, false);
    if (key && key_point(key, point) &&
        (image = file_read(args[0], &len, sizeof(struct ta_header) + TA_PROGRAM_MAX)) &&
        image_accepted(&img, args[0], image, len, point)) {
        printf("%s: accepted: %s, version %u\n", args[0], img.name, img.version);
        status = 0;
    }
    free(image);
    EVP_PKEY_free(key);
    return status;
}

static void print_words(const char *label, uint32_t bits, const struct word *table)
{
    printf("%-12s", label);
    if (!bits)
        printf(" none");
    for (; table->text; table++)
        if (bits & table->bit)
            printf(" %s", table->text);
    putchar('\n');
}

static int inspect(const struct options *o, int nr, char **args)
{
    (void)o;
    if (nr != 1)
        return usage();
    size_t len;
    struct ta_image img;
    char uuid[UUID_TEXT];
    uint8_t *image = file_read(args[0], &len, sizeof(struct ta_header) + TA_PROGRAM_MAX);
    if (!image)
        return 1;
    enum ta_image_fault fault = ta_image_decode(&img, image, len);
    if (fault != TA_IMAGE_OK) {
        fprintf(stderr, "%s: %s\n", args[0], ta_image_fault_text(fault));
        free(image);
        return 1;
    }
    uint8_t hash[32];
    SHA256(img.program.p, img.program.len, hash);
    uuid_format(uuid, img.uuid);
    printf("uuid         %s\nname         %s\ndescription  %s\nversion      %u\n", uuid,
           img.name, img.description, img.version);
    print_words("flags", img.flags, manifest_flags);
    print_words("rights", img.rights, manifest_rights);
    printf("lanes        %u\nheap         %llu KiB\nstack        %llu KiB a lane\n",
           img.lanes, (unsigned long long)(img.heap >> 10),
           (unsigned long long)(img.stack >> 10));
    printf("program      %zu bytes, %s\n", img.program.len,
           memcmp(hash, img.signed_sha256, sizeof hash) == 0
               ? "as signed"
               : "NOT the one that was signed");
    printf("signed by    %s (verify-ta checks the signature)\n",
           img.marks & TA_DEVELOPMENT ? "a development key" : "a release key");
    free(image);
    return 0;
}

/* The source that the daemon is built with. */
static int public_key(const struct options *o, int nr, char **args)
{
    (void)args;
    if (!o->key || nr != 0)
        return usage();
    uint8_t point[TA_KEY_BYTES];
    EVP_PKEY *key = key_open(o->key, false);
    bool ok = key && key_point(key, point);
    EVP_PKEY_free(key);
    if (!ok)
        return 1;
    printf(
        "/* Made by anchorhold-image public-key: who may sign trusted applications. */\n"
        "#include \"ta_key.h\"\n\nconst uint8_t ta_key[TA_KEY_BYTES] = {");
    for (size_t i = 0; i < sizeof point; i++)
        printf("%s0x%02x,", i % 12 ? " " : "\n    ", point[i]);
    printf("\n};\n");
    return 0;
}

static const struct command {
    const char *name;
    int (*run)(const struct options *o, int nr, char **args);
} commands[] = {
    {"sign-ta", sign_ta},
    {"verify-ta", verify_ta},
    {"inspect", inspect},
    {"public-key", public_key},
};

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"key", required_argument, NULL, 'k'},
        {"manifest", required_argument, NULL, 'm'},
        {"development", no_argument, NULL, 'd'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct options o = {0};
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == 'k')
            o.key = optarg;
        else if (c == 'm')
            o.manifest = optarg;
        else if (c == 'd')
            o.development = true;
        else if (c == 'v')
            return puts("anchorhold-image " AH_VERSION_STRING) == EOF;
        else if (c == 'h')
            return fputs(usage_text, stdout) == EOF;
        else
            return usage();
    }
    if (optind == argc)
        return usage();
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[optind], commands[i].name) == 0)
            return commands[i].run(&o, argc - optind - 1, argv + optind + 1);
    return usage();
}
