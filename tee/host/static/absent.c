/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the C library that a sandboxed program cannot use: name look-up and
 * run-time linking. libcrypto refers to them from its sockets and engines, which no
 * trusted application reaches. Defined here, in statically linked programs only, they
 * answer "there is none", and the C library's own, which would want files and further
 * libraries, stay out of the image.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    (void)node, (void)service, (void)hints;
    *found = NULL;
    return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *found)
{
    (void)found;
}

int getnameinfo(const struct sockaddr *restrict addr, socklen_t len, char *restrict host,
                socklen_t host_len, char *restrict service, socklen_t service_len,
                int flags)
{
    (void)addr, (void)len, (void)host, (void)host_len, (void)service, (void)service_len;
    (void)flags;
    return EAI_FAIL;
}

const char *gai_strerror(int code)
{
    (void)code;
    return "name look-up is not available to trusted applications";
}

struct hostent *gethostbyname(const char *name)
{
    (void)name;
    return NULL;
}

/* The C library keeps a dlopen of its own, so the linker sends callers here (--wrap). */
void *__wrap_dlopen(const char *file, int mode);
void *__wrap_dlopen(const char *file, int mode)
{
    (void)file, (void)mode;
    return NULL;
}

void *dlsym(void *restrict handle, const char *restrict name)
{
    (void)handle, (void)name;
    return NULL;
}

int dlclose(void *handle)
{
    (void)handle;
    return -1;
}

char *dlerror(void)
{
    static char why[] = "run-time linking is not available to trusted applications";
    return why;
}

int dladdr(const void *address, Dl_info *info)
{
    (void)address, (void)info;
    return 0;
}
