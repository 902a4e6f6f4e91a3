/* SPDX-License-Identifier: BSD-2-Clause */
/* The state directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "bytes.h"
#include "daemon.h"
#include "uuid.h"

#define SECRET_BESIDE HOST_SECRET_NAME ".new"

static bool fail(char *why, size_t len, const char *path, const char *what)
{
    snprintf(why, len, "%s: %s: %s", path, what, strerror(errno));
    return false;
}

/* Each missing directory on the way, mode 0700. */
static bool make_path(const char *path)
{
    char p[4096];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof p) {
        errno = len ? ENAMETOOLONG : ENOENT;
        return false;
    }
    memcpy(p, path, len + 1);
    for (char *c = p + 1; *c; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        if (mkdir(p, 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EACCES)
            return false;
        *c = '/';
    }
    return mkdir(p, 0700) == 0 || errno == EEXIST;
}

static bool private_to_us(const char *path, const char *name, const struct stat *st,
                          mode_t type, mode_t mode, char *why, size_t len)
{
    if ((st->st_mode & S_IFMT) != type) {
        snprintf(why, len, "%s%s is not a %s; move it away", path, name,
                 type == S_IFDIR ? "directory" : "plain file");
        return false;
    }
    if (st->st_uid != geteuid()) {
        snprintf(
            why, len,
            "%s%s belongs to user %u, not to user %u who runs the TEE; choose another "
            "directory with ANCHORHOLD_STATE",
            path, name, st->st_uid, geteuid());
        return false;
    }
    if (st->st_mode & 077) {
        snprintf(
            why, len,
            "%s%s is open to other users (mode %03o); close it with: chmod %o '%s%s'",
            path, name, st->st_mode & 0777, mode, path, name);
        return false;
    }
    return true;
}

/* Five seconds are enough for an instance that is ending. */
static bool lock_take(int fd, const char *path, char *why, size_t len)
{
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return fail(why, len, path, "cannot lock");
        if (tries == 1000) {
            snprintf(why, len, "%s: another instance is running there", path);
            return false;
        }
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return true;
}

static bool instance_lock(struct state *s, const char *path, char *why, size_t len)
{
    s->lock =
        openat(s->dir, HOST_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0)
        return fail(why, len, path, "cannot open the lock");
    return lock_take(s->lock, path, why, len);
}

static bool read_exact(int fd, uint8_t *p, size_t len)
{
    uint8_t more;
    return read(fd, p, len) == (ssize_t)len && read(fd, &more, 1) == 0;
}

/* Whole or not at all; the lock is held, so nobody else makes one. */
static bool secret_make(struct state *s, uint8_t *secret)
{
    if (getrandom(secret, DEVICE_SECRET_BYTES, 0) != (ssize_t)DEVICE_SECRET_BYTES)
        return false;
    unlinkat(s->dir, SECRET_BESIDE, 0);
    int fd = openat(s->dir, SECRET_BESIDE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write(fd, secret, DEVICE_SECRET_BYTES) == (ssize_t)DEVICE_SECRET_BYTES &&
              fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok && renameat(s->dir, SECRET_BESIDE, s->dir, HOST_SECRET_NAME) == 0 &&
           fsync(s->dir) == 0;
}

static uint8_t *secret_page(void)
{
    uint8_t *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || madvise(p, 4096, MADV_DONTDUMP) != 0 ||
        madvise(p, 4096, MADV_DONTFORK) != 0)
        return NULL;
    (void)!mlock(p, 4096); /* over the limit of locked memory it may be swapped out */
    return p;
}

static bool secret_open(struct state *s, const char *path, char *why, size_t len)
{
    struct stat st;
    uint8_t *secret = secret_page();
    if (!secret)
        return fail(why, len, path, "no memory for the device secret");
    int fd = openat(s->dir, HOST_SECRET_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) {
        s->fresh = true;
        if (!secret_make(s, secret))
            return fail(why, len, path, "cannot make the device secret");
    } else if (fd < 0) {
        return fail(why, len, path, "cannot open the device secret");
    } else {
        bool ok = fstat(fd, &st) == 0 &&
                  private_to_us(path, "/" HOST_SECRET_NAME, &st, S_IFREG, 0600, why, len);
        if (ok && !read_exact(fd, secret, DEVICE_SECRET_BYTES)) {
            snprintf(why, len,
                     "%s/%s is damaged (not %u bytes): the keys of this device cannot be "
                     "computed; restore the file from a backup, or begin anew in another "
                     "directory",
                     path, HOST_SECRET_NAME, DEVICE_SECRET_BYTES);
            ok = false;
        }
        close(fd);
        if (!ok)
            return false;
    }
    mprotect(secret, 4096, PROT_READ);
    s->device_secret = secret;
    return true;
}

static void device_id_make(struct state *s)
{
    static const uint8_t nobody[16];
    static const char label[] = "device id";
    uint8_t seed[32];
    derive(s, seed, sizeof seed, nobody, label, sizeof label - 1);
    uuid_v5(s->device_id, nobody, seed, sizeof seed);
    wipe(seed, sizeof seed);
}

bool state_open(struct state *s, const char *path, char *why, size_t why_len)
{
    struct stat st;
    *s = (struct state){.dir = -1, .lock = -1, .store = -1};
    if (!make_path(path))
        return fail(why, why_len, path, "cannot make the state directory");
    s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0 || fstat(s->dir, &st) != 0)
        return fail(why, why_len, path, "cannot open the state directory");
    if (!private_to_us(path, "", &st, S_IFDIR, 0700, why, why_len))
        return false;
    if (!instance_lock(s, path, why, why_len) || !secret_open(s, path, why, why_len))
        return false;
    if (mkdirat(s->dir, HOST_STORE_NAME, 0700) != 0 && errno != EEXIST)
        return fail(why, why_len, path, "cannot make the store");
    s->store =
        openat(s->dir, HOST_STORE_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (s->store < 0 || fstat(s->store, &st) != 0)
        return fail(why, why_len, path, "cannot open the store");
    if (!private_to_us(path, "/" HOST_STORE_NAME, &st, S_IFDIR, 0700, why, why_len))
        return false;
    /*
     * The storage TA holds this very descriptor. When a daemon is killed, its TAs live a
     * moment longer than its own lock: the store stays locked until the last of them is
     * gone, so that two storage TAs never write to one store.
     */
    if (!lock_take(s->store, path, why, why_len))
        return false;
    device_id_make(s);
    return true;
}
