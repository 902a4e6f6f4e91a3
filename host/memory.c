/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in memory. Kernels since 6.3 want to be told whether such a file may be executed
 * (and may be set up to refuse those that do not say); older ones do not know the flags.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "memory.h"

#define NOEXEC_SEAL 0x0008u
#define EXEC        0x0010u

int memory_make(const char *name, bool program)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int fd = memfd_create(name, flags | (program ? EXEC : NOEXEC_SEAL));
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, flags);
    return fd;
}

int memory_fixed(const char *name, size_t len)
{
    int fd = memory_make(name, false);
    if (fd >= 0 && ftruncate(fd, (off_t)len) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) == 0)
        return fd;
    if (fd >= 0) {
        int error = errno;
        close(fd);
        errno = error;
    }
    return -1;
}
