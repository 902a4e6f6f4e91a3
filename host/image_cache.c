/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TA images on their way from a directory to a sealed memfd.
 *
 * The verifier wants header and program behind each other, the kernel wants the program
 * alone. So the program goes to a memfd of its own, and the mapping for the verifier puts
 * a private page in front of it whose last bytes are the header.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image_cache.h"
#include "memory.h"
#include "sha256.h"
#include "ta_key.h"
#include "uuid.h"

#define PAGE  ((size_t)4096)
#define HEAD  sizeof(struct ta_header)
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void image_cache_init(struct image_cache *c, const char *more)
{
    *c = (struct image_cache){.more = more};
    for (unsigned i = 0; i < IMAGES_KEPT; i++)
        c->images[i].program = -1;
    ssize_t n = readlink("/proc/self/exe", c->built_in, sizeof c->built_in - 8);
    char *slash = n > 0 ? memrchr(c->built_in, '/', (size_t)n) : NULL;
    if (slash)
        memcpy(slash, "/ta", 4);
    else
        c->built_in[0] = 0;
}

static void image_drop(struct image *i)
{
    if (i->map)
        munmap(i->map, i->map_len);
    if (i->program >= 0)
        close(i->program);
    *i = (struct image){.program = -1};
}

static int image_open(const char *dir, size_t dir_len, const char *uuid, char *path,
                      size_t cap)
{
    int n = snprintf(path, cap, "%.*s/%s.ta", (int)dir_len, dir, uuid);
    if (dir_len == 0 || n < 0 || (size_t)n >= cap) {
        errno = ENOENT;
        return -1;
    }
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* The first directory that has a file of that name; errno says why there is none. */
static int image_find(const struct image_cache *c, const char *uuid, char *path,
                      size_t cap)
{
    int fd = image_open(c->built_in, strlen(c->built_in), uuid, path, cap);
    const char *dir = c->more;
    while (fd < 0 && errno == ENOENT && dir && *dir) {
        size_t len = strcspn(dir, ":");
        fd = image_open(dir, len, uuid, path, cap);
        dir += len + (dir[len] == ':');
    }
    return fd;
}

static bool same_file(const struct image *i, const struct stat *st)
{
    return i->program >= 0 && i->dev == st->st_dev && i->ino == st->st_ino &&
           i->size == st->st_size &&
           memcmp(&i->mtime, &st->st_mtim, sizeof i->mtime) == 0 &&
           memcmp(&i->ctime, &st->st_ctim, sizeof i->ctime) == 0;
}

static bool copy_program(int to, int from, size_t len)
{
    off_t at = (off_t)HEAD;
    while (len) {
        ssize_t n = sendfile(to, from, &at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        len -= (size_t)n;
    }
    return true;
}

/* The program into its sealed memfd, and the mapping with the header before it. */
static bool image_load(struct image *i, int fd, size_t program_len)
{
    i->program = memory_make("ta", true);
    if (i->program < 0 || !copy_program(i->program, fd, program_len) ||
        fchmod(i->program, 0500) != 0 || fcntl(i->program, F_ADD_SEALS, SEALS) != 0)
        return false;
    i->map_len = PAGE + program_len;
    uint8_t *map = mmap(NULL, i->map_len, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return false;
    i->map = map;
    if (pread(fd, map + PAGE - HEAD, HEAD, 0) != (ssize_t)HEAD)
        return false;
    return mprotect(map, PAGE, PROT_READ) == 0 &&
           mmap(map + PAGE, program_len, PROT_READ, MAP_PRIVATE | MAP_FIXED, i->program,
                0) != MAP_FAILED;
}

static enum err image_take(struct image *i, int fd, const struct stat *st,
                           const uint8_t uuid[16], const char **why)
{
    enum ta_image_fault fault = TA_IMAGE_SHORT;
    if (!S_ISREG(st->st_mode) || st->st_size <= (off_t)HEAD ||
        st->st_size > (off_t)(HEAD + TA_PROGRAM_MAX)) {
        *why = ta_image_fault_text(st->st_size > (off_t)HEAD ? TA_IMAGE_BAD_SIZE : fault);
        return ERR_SIGNATURE;
    }
    if (!image_load(i, fd, (size_t)st->st_size - HEAD)) {
        *why = strerror(errno);
        return ERR_IO;
    }
    i->flow = 0;
    if (ta_image_verify(&i->facts, &fault, &i->flow, i->map + PAGE - HEAD,
                        (size_t)st->st_size, uuid, ta_key, sha256) != VERDICT_ACCEPT) {
        *why = ta_image_fault_text(fault);
        return ERR_SIGNATURE;
    }
    i->dev = st->st_dev;
    i->ino = st->st_ino;
    i->size = st->st_size;
    i->mtime = st->st_mtim;
    i->ctime = st->st_ctim;
    return OK;
}

static struct image *oldest(struct image_cache *c)
{
    struct image *o = &c->images[0];
    for (unsigned k = 1; k < IMAGES_KEPT; k++)
        if (c->images[k].used < o->used)
            o = &c->images[k];
    return o;
}

static struct image *cached(struct image_cache *c, const struct stat *st,
                            const uint8_t uuid[16])
{
    for (unsigned k = 0; k < IMAGES_KEPT; k++)
        if (same_file(&c->images[k], st) &&
            memcmp(c->images[k].facts.uuid, uuid, 16) == 0)
            return &c->images[k];
    return NULL;
}

enum err image_get(struct image_cache *c, const struct image **out,
                   const uint8_t uuid[16], char *why, size_t why_len)
{
    char name[UUID_TEXT], path[1024] = "";
    struct stat st;
    const char *reason = NULL;

    uuid_format(name, uuid);
    int fd = image_find(c, name, path, sizeof path);
    if (fd < 0 || fstat(fd, &st) != 0) {
        bool missing = errno == ENOENT;
        if (missing)
            snprintf(why, why_len, "there is no trusted application %s", name);
        else
            snprintf(why, why_len, "trusted application %s: %s: %s", name, path,
                     strerror(errno));
        if (fd >= 0)
            close(fd);
        return missing ? ERR_NOT_FOUND : ERR_IO;
    }
    enum err e = OK;
    struct image *i = cached(c, &st, uuid);
    if (!i) {
        i = oldest(c);
        image_drop(i);
        e = image_take(i, fd, &st, uuid, &reason);
    }
    close(fd);
    if (e != OK) {
        snprintf(why, why_len, "image %s refused: %s", path, reason);
        image_drop(i);
        return e;
    }
    i->used = ++c->clock;
    *out = i;
    return OK;
}

verdict_t image_check_again(const struct image *i)
{
    if (i->flow != TA_IMAGE_FLOW || i->program < 0)
        return VERDICT_REFUSE;
    return ta_image_verify_again(&i->facts, ta_key);
}
