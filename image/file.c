/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole files in and out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"

static void complain(const char *path)
{
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
}

static bool read_all(int fd, uint8_t *p, size_t len)
{
    while (len) {
        ssize_t n = read(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n ? errno : EIO;
            return false;
        }
        p += n;
        len -= (size_t)n;
    }
    return true;
}

uint8_t *file_read(const char *path, size_t *len, size_t max)
{
    uint8_t *p = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        goto fail;
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        goto fail;
    }
    *len = (size_t)st.st_size;
    p = malloc(*len + 1);
    if (!p || !read_all(fd, p, *len))
        goto fail;
    close(fd);
    return p;
fail:
    complain(path);
    free(p);
    if (fd >= 0)
        close(fd);
    return NULL;
}

bool file_write(const char *path, const void *p, size_t len)
{
    char beside[4096];
    if (snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid()) >=
        (int)sizeof beside) {
        errno = ENAMETOOLONG;
        complain(path);
        return false;
    }
    FILE *f = fopen(beside, "we");
    if (f) {
        bool ok = fwrite(p, 1, len, f) == len;
        ok = fclose(f) == 0 && ok;
        if (ok && rename(beside, path) == 0)
            return true;
    }
    complain(path);
    unlink(beside);
    return false;
}
