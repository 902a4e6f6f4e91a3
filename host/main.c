/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * anchorhold-host: the daemon of the hosted TEE. Startup is the list of calls in start();
 * then one loop until a signal or, for a private instance, until no client has been there
 * for a while. At the end the socket goes first, so that late clients start a new
 * instance, then the TAs are stopped in the order in which their sessions end, so that
 * storage is the last.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include "daemon.h"
#include "spawn.h"
#include "version.h"

#define STOP_ALL_MS 15000u

static const char usage_text[] =
    "usage: anchorhold-host --private|--system [options]\n"
    "  --private             one user's instance; ends itself when idle\n"
    "  --system              one instance for the machine; the group anchorhold may use "
    "it\n"
    "  --state DIR           its state (default: $ANCHORHOLD_STATE, "
    "$XDG_DATA_HOME/anchorhold,\n"
    "                        ~/.local/share/anchorhold; with --system "
    "/var/lib/anchorhold)\n"
    "  --socket PATH         (default: sock in the state directory; --system: "
    "/run/anchorhold/sock)\n"
    "  --idle SECONDS        a private instance ends so long after its last client (30)\n"
    "  --call-limit SECONDS  of processor time for one call of a trusted application "
    "(60)\n"
    "  --ready FD            write \"ready\" or an error there once, then close it\n"
    "  --foreground          write the log to standard error as well\n"
    "  --version, --help\n";

/* --- the end --- */

static void end_begin(struct daemon *d, const char *why)
{
    if (d->ending)
        return;
    log_say(&d->log, LOG_NOTE, "ending: %s", why);
    d->ending = true;
    d->stop_by_ms = loop_now_ms() + STOP_ALL_MS;
    listen_close(d);
    for (unsigned i = 0; i < NR_CLIENTS; i++)
        client_drop(d, &d->clients[i], NULL);
    session_stop_idle(&d->mgr);
    route_run(d);
}

static void end_now(struct daemon *d)
{
    for (unsigned i = 0; i < NR_TAS; i++)
        if (d->tas[i].pid)
            ta_kill(d, &d->tas[i], TEE_ERROR_TARGET_DEAD, "it did not stop in time");
}

/* --- signals --- */

static void signal_ready(void *arg, struct source *s, uint32_t events)
{
    struct daemon *d = arg;
    struct signalfd_siginfo info;
    (void)events;
    while (read(s->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == (uint32_t)SIGRTMIN)
            watchdog_tick(d, (uint32_t)info.ssi_int);
        else
            end_begin(d, strsignal((int)info.ssi_signo));
    }
}

static bool signals_open(struct daemon *d)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGRTMIN);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 && loop_add(&d->loop, &d->signals, fd, EPOLLIN, signal_ready, d);
}

/* --- start --- */

/* No core dump shows the secret, nobody traces us, nothing we run gains rights. */
static void harden(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit files;
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    umask(077);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void pools_init(struct daemon *d)
{
    d->listener.fd = d->signals.fd = -1;
    for (unsigned i = 0; i < NR_CLIENTS; i++)
        d->clients[i].peer.source.fd = d->clients[i].alive.fd = -1;
    for (unsigned i = 0; i < NR_TAS; i++)
        d->tas[i].peer.source.fd = d->tas[i].exit.fd = d->tas[i].text.fd =
            d->tas[i].notify.fd = -1;
    for (unsigned i = 0; i < NR_SESSIONS; i++)
        d->routes[i].channel_fd = -1;
    session_init(&d->mgr, d->sessions, NR_SESSIONS, d->instances, NR_TAS,
                 SESSIONS_PER_CLIENT);
}

static bool start(struct daemon *d, char *why, size_t why_len)
{
    harden();
    pools_init(d);
    d->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (d->null_fd < 0 || !loop_init(&d->loop) || !signals_open(d)) {
        snprintf(why, why_len, "cannot start: %s", strerror(errno));
        return false;
    }
    if (!policy_init(&d->policy[0], false) || !policy_init(&d->policy[1], true)) {
        snprintf(why, why_len, "the system call filter cannot be made");
        return false;
    }
    image_cache_init(&d->images, d->opt.ta_path);
    d->landlock_abi = landlock_version();
    if (!state_open(&d->state, d->opt.state, why, why_len))
        return false;
    log_open(&d->log, d->state.dir, d->opt.foreground);
    if (!listen_open(d, why, why_len))
        return false;
    d->started_ms = loop_now_ms();
    d->idle_since_ms = d->started_ms;
    log_say(&d->log, LOG_NOTE,
            "anchorhold-host %s: %s instance, process %d, landlock %d%s",
            AH_VERSION_STRING, d->opt.private ? "private" : "system-wide", getpid(),
            d->landlock_abi, d->state.fresh ? ", new device secret" : "");
    if (d->landlock_abi == 0)
        log_say(&d->log, LOG_WARNING,
                "this kernel has no Landlock: trusted applications are kept from "
                "files by the system call filter alone");
    if (!policy_confines)
        log_say(&d->log, LOG_WARNING,
                "this is a build with sanitizers: files and memory of trusted "
                "applications are not confined");
    return true;
}

static void run(struct daemon *d)
{
    while (!d->ending || d->nr_tas) {
        uint64_t until = watchdog_next(d), now;
        uint64_t idle_end = d->opt.private && d->idle_since_ms && !d->ending
                                ? d->idle_since_ms + d->opt.idle_s * 1000u
                                : UINT64_MAX;
        if (idle_end < until)
            until = idle_end;
        if (d->ending && d->stop_by_ms < until)
            until = d->stop_by_ms;
        loop_turn(&d->loop, until);
        if (d->ending) { /* the last session of a TA may have gone with its caller */
            session_stop_idle(&d->mgr);
            route_run(d);
        }
        now = loop_now_ms();
        watchdog_deadlines(d, now);
        if (d->nr_clients)
            d->idle_since_ms = 0;
        else if (!d->idle_since_ms)
            d->idle_since_ms = now;
        if (d->ending && now >= d->stop_by_ms)
            end_now(d);
        else if (d->opt.private && d->idle_since_ms &&
                 now >= d->idle_since_ms + d->opt.idle_s * 1000u)
            end_begin(d, "no client");
    }
}

/* --- options --- */

static bool number(const char *s, unsigned max, unsigned *out)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul(s, &end, 10);
    if (errno || *s < '0' || *s > '9' || *end || v > max)
        return false;
    *out = (unsigned)v;
    return true;
}

/* The state directory when none is named. */
static const char *default_state(const struct options *o, char *room, size_t cap)
{
    const char *s = getenv("ANCHORHOLD_STATE"), *data = getenv("XDG_DATA_HOME"),
               *home = getenv("HOME");
    if (s && *s)
        return s;
    if (!o->private)
        return "/var/lib/anchorhold";
    int n = data && *data == '/' ? snprintf(room, cap, "%s/anchorhold", data)
            : home && *home == '/'
                ? snprintf(room, cap, "%s/.local/share/anchorhold", home)
                : -1;
    return n > 0 && (size_t)n < cap ? room : NULL;
}

static const struct option longs[] = {
    {"private", no_argument, NULL, 'p'},
    {"system", no_argument, NULL, 's'},
    {"state", required_argument, NULL, 'd'},
    {"socket", required_argument, NULL, 'l'},
    {"idle", required_argument, NULL, 'i'},
    {"call-limit", required_argument, NULL, 'c'},
    {"ready", required_argument, NULL, 'r'},
    {"foreground", no_argument, NULL, 'f'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* -1: go on; else the exit status. */
static int options_read(struct options *o, int argc, char **argv)
{
    bool system = false, ok = true;
    unsigned fd;
    for (int c; ok && (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'p':
            o->private = true;
            break;
        case 's':
            system = true;
            break;
        case 'd':
            o->state = optarg;
            break;
        case 'l':
            o->socket = optarg;
            break;
        case 'i':
            ok = number(optarg, 86400, &o->idle_s);
            break;
        case 'c':
            ok = number(optarg, 86400, &o->call_limit_s) && o->call_limit_s;
            break;
        case 'r':
            ok = number(optarg, 1023, &fd) && fd > 2;
            o->ready_fd = (int)fd;
            break;
        case 'f':
            o->foreground = true;
            break;
        case 'v':
            return puts("anchorhold-host " AH_VERSION_STRING) == EOF;
        case 'h':
            return fputs(usage_text, stdout) == EOF;
        default:
            ok = false;
        }
    }
    if (!ok || optind != argc || o->private == system) {
        fputs(usage_text, stderr);
        return 2;
    }
    return -1;
}

static void ready_say(struct daemon *d, const char *text)
{
    if (d->opt.ready_fd < 0)
        return;
    if (dprintf(d->opt.ready_fd, "%s\n", text) < 0)
        log_say(&d->log, LOG_WARNING, "nobody waits for this instance any more");
    close(d->opt.ready_fd);
    d->opt.ready_fd = -1;
}

int main(int argc, char **argv)
{
    static struct daemon d;
    char room[4096], why[512] = "";
    d.opt = (struct options){.idle_s = 30, .call_limit_s = 60, .ready_fd = -1};
    d.log = (struct log){.dir = -1, .fd = -1};
    int status = options_read(&d.opt, argc, argv);
    if (status >= 0)
        return status;
    if (d.opt.ready_fd >= 0)
        fcntl(d.opt.ready_fd, F_SETFD, FD_CLOEXEC);
    if (!d.opt.state)
        d.opt.state = default_state(&d.opt, room, sizeof room);
    if (!d.opt.private && !d.opt.socket)
        d.opt.socket = "/run/anchorhold/sock";
    d.opt.ta_path = getenv("ANCHORHOLD_TA_PATH");
    if (!d.opt.state)
        snprintf(why, sizeof why, "no state directory: set ANCHORHOLD_STATE or HOME");
    if (!d.opt.state || !start(&d, why, sizeof why)) {
        log_say(&d.log, LOG_ERROR, "%s", why);
        fprintf(stderr, "anchorhold-host: %s\n", why);
        ready_say(&d, why);
        return 1;
    }
    ready_say(&d, "ready");
    run(&d);
    log_say(&d.log, LOG_NOTE, "ended");
    return 0;
}
