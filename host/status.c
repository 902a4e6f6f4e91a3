/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon about itself, as JSON: what `anchorhold status` shows. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "daemon.h"
#include "uuid.h"
#include "version.h"

struct text {
    char *p;
    size_t cap, len;
};

static void put(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->p + t->len, t->cap - t->len, format, args);
    va_end(args);
    if (n > 0)
        t->len += (size_t)n < t->cap - t->len ? (size_t)n : t->cap - t->len - 1;
}

/* A JSON string; what is not plain ASCII text is shown as '?'. */
static void put_string(struct text *t, const char *s)
{
    put(t, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            put(t, "\\%c", c);
        else
            put(t, "%c", c < 0x20 || c > 0x7e ? '?' : c);
    }
    put(t, "\"");
}

/* Memory that is the process's own, in KiB. */
static unsigned long own_kib(pid_t pid)
{
    char path[64], text[128];
    unsigned long resident = 0, shared = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    if (sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || shared > resident)
        return 0;
    return (resident - shared) * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024);
}

static const char *state_word(const struct ta *t)
{
    return t->dying || t->stopping ? "ending" : t->ready ? "running" : "starting";
}

static void put_ta(struct daemon *d, struct text *o, uint32_t index)
{
    const struct ta *t = &d->tas[index];
    char uuid[UUID_TEXT];
    uuid_format(uuid, t->image.uuid);
    put(o, "{\"uuid\":\"%s\",\"name\":", uuid);
    put_string(o, t->image.name);
    put(o, ",\"description\":");
    put_string(o, t->image.description);
    put(o,
        ",\"version\":%u,\"state\":\"%s\",\"pid\":%d,\"sessions\":%u,\"lanes\":%u,"
        "\"heap_kib\":%llu,\"memory_kib\":%lu,\"development\":%s}",
        t->image.version, state_word(t), t->pid, d->instances[index].nr_sessions,
        t->image.lanes, (unsigned long long)(t->image.heap >> 10), own_kib(t->pid),
        t->image.marks & TA_DEVELOPMENT ? "true" : "false");
}

size_t status_json(struct daemon *d, char *out, size_t cap)
{
    struct text o = {out, cap, 0};
    const char *more = "";
    put(&o,
        "{\"product\":\"anchorhold\",\"version\":\"%s\",\"kind\":\"hosted\",\"mode\":\"%"
        "s\",",
        AH_VERSION_STRING, d->opt.private ? "private" : "system");
    put(&o,
        "\"life_cycle\":\"hosted\",\"isolation\":{\"process\":true,\"seccomp\":true,"
        "\"no_new_privileges\":true,\"landlock\":%d,\"confined\":%s},\"state\":",
        d->landlock_abi, policy_confines ? "true" : "false");
    put_string(&o, d->opt.state);
    put(&o,
        ",\"pid\":%d,\"uptime_s\":%llu,\"idle_s\":%u,\"call_limit_s\":%u,\"clients\":%u,"
        "\"tas\":[",
        getpid(), (unsigned long long)((loop_now_ms() - d->started_ms) / 1000),
        d->opt.idle_s, d->opt.call_limit_s, d->nr_clients);
    for (uint32_t k = 0; k < NR_TAS; k++) {
        if (!d->tas[k].pid || o.len + 512 > cap) /* a row is far shorter */
            continue;
        put(&o, "%s", more);
        put_ta(d, &o, k);
        more = ",";
    }
    put(&o, "]}");
    return o.len;
}
