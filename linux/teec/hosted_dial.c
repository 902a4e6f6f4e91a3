/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the daemon of an instance, and starting it.
 *
 * Any number of programs may come at the same moment. Each tries to connect; who fails
 * takes the start lock, tries again, and only then starts a daemon. A daemon that ends
 * itself for lack of clients removes its socket first, but may do so between our connect
 * and its accept: a connection that breaks before HELLO is answered never existed, and
 * all begins again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "hosted.h"

#define TRIES 20

/* Connect to name in the directory; -1 and errno. Goes by the descriptor: paths may be
 * long. */
static int connect_in(int dir, const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int n = snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof a.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* The directory and the last part of a path. */
static int open_parent(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    char dir[4096];
    if (!slash) {
        *name = path;
        return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    if (len >= sizeof dir) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(dir, path, len);
    dir[len] = 0;
    *name = slash + 1;
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int connect_path(const char *path)
{
    const char *name;
    int dir = open_parent(path, &name);
    if (dir < 0)
        return -1;
    int fd = connect_in(dir, name);
    int error = errno;
    close(dir);
    errno = error;
    return fd;
}

/* Make the directory and those above it, for the user alone. */
static int open_state(const char *state)
{
    char path[4096];
    size_t len = strlen(state);
    if (len == 0 || len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(path, state, len + 1);
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(path, 0700);
        *p = '/';
    }
    mkdir(path, 0700);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool nobody_listens(int error)
{
    return error == ENOENT || error == ECONNREFUSED;
}

/* Start the daemon unless somebody else does. */
static TEEC_Result start(const char *state, int dir)
{
    char why[160] = "";
    TEEC_Result r = TEEC_SUCCESS;
    int lock = openat(dir, HOST_START_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        message_set("%s: %s", state, strerror(errno));
        return TEEC_ERROR_ACCESS_DENIED;
    }
    while (flock(lock, LOCK_EX) != 0 && errno == EINTR)
        ;
    int fd = connect_in(dir, HOST_SOCKET_NAME);
    if (fd >= 0)
        close(fd);
    else if (nobody_listens(errno))
        r = spawn_daemon(state, why, sizeof why);
    close(lock);
    if (r != TEEC_SUCCESS)
        message_set("cannot start the hosted TEE: %s", why);
    return r;
}

static TEEC_Result connect_state(const char *state, int *fd)
{
    int dir = open_state(state);
    if (dir < 0) {
        message_set("%s: %s", state, strerror(errno));
        return TEEC_ERROR_ACCESS_DENIED;
    }
    TEEC_Result r = TEEC_SUCCESS;
    *fd = connect_in(dir, HOST_SOCKET_NAME);
    if (*fd < 0 && nobody_listens(errno)) {
        r = start(state, dir);
        if (r == TEEC_SUCCESS)
            *fd = connect_in(dir, HOST_SOCKET_NAME);
    }
    if (r == TEEC_SUCCESS && *fd < 0 && !nobody_listens(errno)) {
        message_set("%s/%s: %s", state, HOST_SOCKET_NAME, strerror(errno));
        r = TEEC_ERROR_COMMUNICATION;
    }
    close(dir);
    return r;
}

static TEEC_Result connect_socket(const char *socket, int *fd)
{
    *fd = connect_path(socket);
    if (*fd >= 0)
        return TEEC_SUCCESS;
    message_set("%s: %s", socket, strerror(errno));
    return errno == EACCES || errno == EPERM ? TEEC_ERROR_ACCESS_DENIED
                                             : TEEC_ERROR_COMMUNICATION;
}

static TEEC_Result greet(struct conn *c)
{
    struct host_msg m = {.type = HOST_HELLO, .a = HOST_VERSION};
    char text[128] = "";
    struct conn_answer a = {.text = text, .cap = sizeof text};
    TEEC_Result r = conn_call(c, &m, NULL, -1, &a);
    if (r == TEEC_SUCCESS && a.msg.a != HOST_VERSION) {
        message_set("the hosted TEE speaks another version of the protocol (%s)", text);
        r = TEEC_ERROR_NOT_SUPPORTED;
    } else if (r != TEEC_SUCCESS && text[0]) {
        message_set("%s", text);
    }
    fork_close(a.fd);
    return r;
}

TEEC_Result dial(const char *state, const char *socket, struct conn **out)
{
    TEEC_Result r = TEEC_ERROR_COMMUNICATION;
    for (unsigned i = 0; i < TRIES; i++) {
        int fd = -1;
        r = socket ? connect_socket(socket, &fd) : connect_state(state, &fd);
        if (r != TEEC_SUCCESS)
            return r;
        r = TEEC_ERROR_COMMUNICATION;
        if (fd < 0)
            continue;
        struct conn *c = conn_new(fd);
        if (!c)
            return TEEC_ERROR_OUT_OF_MEMORY;
        r = greet(c);
        if (r == TEEC_SUCCESS) {
            *out = c;
            return r;
        }
        conn_drop(c);
        if (r != TEEC_ERROR_COMMUNICATION)
            return r;
    }
    return r;
}
