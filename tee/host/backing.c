/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the storage log in one directory. The directory is the only thing that is
 * trusted to be where it was: names are opened without following links, and what is
 * opened must be a regular file. A new file is always a new inode, so that a file that is
 * still open under its old name cannot be emptied by accident.
 *
 * An append at the end is one pwrite. When something lies behind the offset (rubbish of a
 * failed or torn append) it is cut off first; the length that is known for each
 * descriptor saves asking the kernel each time.
 */
#include "backing.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "platform.h"

#define FILES_MAX      1024
#define LENGTH_UNKNOWN UINT64_MAX

/* By descriptor; each entry belongs to the thread that uses the file. */
static uint64_t length_of[FILES_MAX];

static int dir_of(void *ctx)
{
    return (int)(intptr_t)ctx;
}

static enum err from_errno(void)
{
    switch (errno) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_NO_SPACE;
    case ENOMEM:
        return ERR_NO_MEMORY;
    default:
        return ERR_IO;
    }
}

static enum err file_open(void *ctx, const char *name, bool create, int *file,
                          uint64_t *size)
{
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    struct stat st;

    if (create) {
        flags |= O_CREAT | O_EXCL;
        if (unlinkat(dir_of(ctx), name, 0) != 0 && errno != ENOENT)
            return from_errno();
    }
    int fd = openat(dir_of(ctx), name, flags, 0600);
    if (fd < 0)
        return from_errno();
    if (fd >= FILES_MAX || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return ERR_IO;
    }
    *file = fd;
    *size = length_of[fd] = (uint64_t)st.st_size;
    return OK;
}

static void file_close(void *ctx, int file)
{
    (void)ctx;
    close(file);
}

static enum err file_read(void *ctx, int file, uint64_t offset, void *buf, size_t len)
{
    uint8_t *p = buf;

    (void)ctx;
    while (len > 0) {
        ssize_t n = pread(file, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

static enum err write_all(int file, uint64_t offset, const uint8_t *p, size_t len)
{
    while (len > 0) {
        ssize_t n = pwrite(file, p, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return from_errno();
        p += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return OK;
}

static enum err file_append(void *ctx, int file, uint64_t offset, const void *data,
                            size_t len)
{
    (void)ctx;
    if (length_of[file] != offset && ftruncate(file, (off_t)offset) != 0)
        return from_errno();
    length_of[file] = LENGTH_UNKNOWN;
    enum err e = write_all(file, offset, data, len);
    if (e == OK)
        length_of[file] = offset + len;
    return e;
}

static enum err file_sync(void *ctx, int file)
{
    (void)ctx;
    return fdatasync(file) == 0 ? OK : ERR_IO;
}

static enum err file_replace(void *ctx, const char *from, const char *to)
{
    int dir = dir_of(ctx);

    if (renameat(dir, from, dir, to) != 0)
        return from_errno();
    return fsync(dir) == 0 ? OK : ERR_IO;
}

static enum err file_remove(void *ctx, const char *name)
{
    return unlinkat(dir_of(ctx), name, 0) == 0 ? OK : from_errno();
}

static enum err file_list(void *ctx,
                          void (*each)(void *arg, const char *name, uint64_t size),
                          void *arg)
{
    int fd = openat(dir_of(ctx), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        enum err e = from_errno();
        if (fd >= 0)
            close(fd);
        return e;
    }
    while ((entry = readdir(dir))) {
        int file;
        uint64_t size;
        if (entry->d_name[0] == '.' || strlen(entry->d_name) > STORE_NAME_MAX ||
            file_open(ctx, entry->d_name, false, &file, &size) != OK)
            continue;
        file_close(ctx, file);
        each(arg, entry->d_name, size);
    }
    closedir(dir);
    return OK;
}

void backing_init(struct store_backing *b, int dirfd)
{
    *b = (struct store_backing){
        .ctx = (void *)(intptr_t)dirfd,
        .open = file_open,
        .close = file_close,
        .read = file_read,
        .append = file_append,
        .sync = file_sync,
        .replace = file_replace,
        .remove = file_remove,
        .list = file_list,
    };
}

static struct store_backing own;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

static void own_init(void)
{
    backing_init(&own, start_storage_fd());
}

TEE_Result sys_backing(const struct store_backing **backing)
{
    if (start_storage_fd() < 0)
        return TEE_ERROR_ACCESS_DENIED;
    pthread_once(&own_once, own_init);
    *backing = &own;
    return TEE_SUCCESS;
}
