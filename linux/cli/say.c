/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages. Each PKCS#11 answer that a user can meet has a row that says what it means
 * and what to do about it; an answer without a row is shown by number, with the way to
 * the log. Progress is a thread of its own, because what takes long is one call into the
 * module; it writes to a terminal only and cleans its line up.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli.h"

static const struct {
    CK_RV rv;
    int status;
    const char *what, *next; /* next may be NULL */
} answers[] = {
    {CKR_PIN_INCORRECT, EXIT_PIN, "the PIN is wrong",
     "Try again; after 7 wrong tries it is locked (anchorhold status shows whether it "
     "is)."},
    {CKR_PIN_LOCKED, EXIT_PIN, "the PIN is locked after too many wrong tries",
     "A user PIN is unlocked by the security officer: pkcs11-tool --init-pin --login "
     "--login-type so."},
    {CKR_PIN_LEN_RANGE, EXIT_PIN, "the PIN is too short or too long",
     "Use 4 to 128 characters."},
    {CKR_PIN_INVALID, EXIT_PIN, "the PIN has characters that are not allowed", NULL},
    {CKR_USER_PIN_NOT_INITIALIZED, EXIT_PIN, "the token has no user PIN yet",
     "Set one: anchorhold token init, or pkcs11-tool --init-pin --login --login-type "
     "so."},
    {CKR_USER_NOT_LOGGED_IN, EXIT_PIN, "this needs the user's PIN",
     "Give --pin-file, or set ANCHORHOLD_PIN."},
    {CKR_SESSION_EXISTS, EXIT_FAILED, "another program has the token open",
     "End the programs that use it (curl, nginx, ssh-agent ...) and try again."},
    {CKR_TOKEN_NOT_PRESENT, EXIT_NOT_FOUND, "there is no token in this slot",
     "anchorhold status lists the slots."},
    {CKR_TOKEN_NOT_RECOGNIZED, EXIT_NOT_FOUND, "the token is not initialised",
     "Initialise it: anchorhold token init --label NAME."},
    {CKR_SLOT_ID_INVALID, EXIT_NOT_FOUND, "there is no such slot",
     "anchorhold status lists the slots."},
    {CKR_DEVICE_MEMORY, EXIT_FAILED, "the TEE has no memory or storage left for this",
     "Remove objects that are not needed; anchorhold status shows what is in use."},
    {CKR_DEVICE_ERROR, EXIT_TEE, "the TEE does not answer, or failed",
     "anchorhold status says what is running; the file \"log\" in the state directory "
     "says why."},
    {CKR_DEVICE_REMOVED, EXIT_TEE, "the TEE went away", "Try again; it is started anew."},
    {CKR_HOST_MEMORY, EXIT_FAILED, "out of memory", NULL},
    {CKR_TOKEN_WRITE_PROTECTED, EXIT_FAILED, "the token can only be read", NULL},
    {CKR_MECHANISM_INVALID, EXIT_FAILED, "the token cannot do this with this key",
     "pkcs11-tool --list-mechanisms shows what it can do."},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, EXIT_FAILED, "the key may not be used for this",
     NULL},
    {CKR_CRYPTOKI_ALREADY_INITIALIZED, EXIT_FAILED, "the module is in use already", NULL},
};

static void put(const char *format, va_list args)
{
    fputs("anchorhold: ", stderr);
    vfprintf(stderr, format, args);
}

void say_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(format, args);
    va_end(args);
    fputc('\n', stderr);
}

int say_rv(CK_RV rv, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(format, args);
    va_end(args);
    for (size_t i = 0; i < NR(answers); i++) {
        if (answers[i].rv != rv)
            continue;
        fprintf(stderr, ": %s.%s%s\n", answers[i].what, answers[i].next ? "\n  " : "",
                answers[i].next ? answers[i].next : "");
        return answers[i].status;
    }
    fprintf(stderr,
            ": the module answered 0x%lx.\n  The file \"log\" in the state directory may "
            "say more; "
            "anchorhold status names that directory.\n",
            rv);
    return EXIT_FAILED;
}

void say(const struct options *o, const char *format, ...)
{
    if (o->quiet)
        return;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* --- progress
 * --------------------------------------------------------------------------------- */

struct progress {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    const char *text;
    bool done, shown;
};

static void *progress_thread(void *arg)
{
    struct progress *p = arg;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    pthread_mutex_lock(&p->lock);
    for (int seconds = 1; !p->done; seconds++) {
        until.tv_sec++;
        while (!p->done && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0)
            continue;
        if (p->done)
            break;
        fprintf(stderr, "\r%s ... %d s ", p->text, seconds);
        p->shown = true;
    }
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct progress *progress_start(const struct options *o, const char *text)
{
    pthread_condattr_t attr;
    if (o->quiet || !isatty(STDERR_FILENO))
        return NULL;
    struct progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->text = text;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&p->thread, NULL, progress_thread, p) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

void progress_stop(struct progress *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->done = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* --- small encodings
 * -------------------------------------------------------------------------- */

static int nibble(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    if (c >= '0' && c <= '9')
        return c - '0';
    return at && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) ? (int)(at - digits)
                                                                    : -1;
}

long hex_decode(uint8_t *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; *text; text += 2) {
        int hi = nibble(text[0]), lo = hi < 0 ? -1 : nibble(text[1]);
        if (lo < 0 || n == cap)
            return -1;
        out[n++] = (uint8_t)(hi << 4 | lo);
    }
    return (long)n;
}

void json_string(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20)
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}
