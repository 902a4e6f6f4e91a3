/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork. A child must neither speak on its parent's connections nor keep them open: the
 * parent's death would go unnoticed. So the descriptors that this library opens are
 * listed here, and the child closes them and forgets every handle before fork returns in
 * it. Channels are mapped with MADV_DONTFORK and are not there at all. The child only
 * stores and closes, which is allowed between fork and exec also in a program of many
 * threads.
 *
 * Two locks are taken before the fork so that the list is whole in the child; locks of
 * objects need no such care, for no object can be reached any more.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "teec.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static int *fds;
static size_t nr_fds, room;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    pthread_mutex_lock(&lock);
}

static void parent(void)
{
    pthread_mutex_unlock(&lock);
}

static void child(void)
{
    for (size_t i = 0; i < nr_fds; i++)
        close(fds[i]);
    nr_fds = 0;
    pthread_mutex_unlock(&lock);
    handle_child();
}

static void install(void)
{
    pthread_atfork(prepare, parent, child);
}

void fork_init(void)
{
    pthread_once(&once, install);
}

void fork_own(int fd)
{
    pthread_mutex_lock(&lock);
    if (nr_fds == room) {
        size_t more = room ? 2 * room : 16;
        int *p = realloc(fds, more * sizeof *p);
        if (p) {
            fds = p;
            room = more;
        }
    }
    if (nr_fds < room)
        fds[nr_fds++] = fd;
    pthread_mutex_unlock(&lock);
}

void fork_close(int fd)
{
    if (fd < 0)
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < nr_fds; i++) {
        if (fds[i] == fd) {
            fds[i] = fds[--nr_fds];
            break;
        }
    }
    close(fd);
    pthread_mutex_unlock(&lock);
}
