/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The anchorhold command: shared by its files. A command is a row of the table in main.c;
 * it gets the options it declared, does its work through the PKCS#11 module, and returns
 * an exit status. What goes wrong is said in words with the next step; a bare code is
 * never all a user sees.
 */
#ifndef AH_CLI_H
#define AH_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifndef CRYPTOKI_COMPAT
#define CRYPTOKI_COMPAT 1
#endif
#include "anchorhold_pkcs11.h"

/* Exit status; anchorhold(1) lists them. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3, /* no such token, key, file */
    EXIT_PIN = 4,       /* wrong, missing or locked */
    EXIT_TEE = 5,       /* no TEE answers */
};

struct options {
    const char *module, *token, *slot, *label, *id, *type, *subject, *san, *in, *out;
    const char *pin, *pin_file, *so_pin, *so_pin_file;
    bool json, force, quiet;
};

/* --- say.c: messages and progress --- */

/* "anchorhold: ..." on standard error. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a PKCS#11 answer: what could not be done, why, and what to do next.
   Returns the exit status that fits. */
int say_rv(CK_RV rv, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line on standard output, unless --quiet. */
void say(const struct options *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* After a second, show on standard error that text is still going on, with the seconds.
 */
struct progress;
struct progress *progress_start(const struct options *o, const char *text);
void progress_stop(struct progress *p);

/* --- module.c: the PKCS#11 module --- */

extern CK_FUNCTION_LIST *p11;
extern const char *module_path; /* after module_open */

/* Load and initialise; an exit status, 0 when all is well. */
int module_open(const struct options *o);
void module_close(void);
/* Path of a file in ../lib beside the program's folder, in buf. */
const char *beside(char *buf, size_t cap, const char *name);

/* A token of the user's choice (--token, --slot, or the only initialised one). */
int token_choose(const struct options *o, CK_SLOT_ID *slot);
/* Its label without padding, in out. */
void token_label(char out[33], const CK_TOKEN_INFO *t);
int session_open(CK_SLOT_ID slot, bool write, CK_SESSION_HANDLE *ses);
/* Session with the user logged in; asks for the PIN when no option gives it. */
int session_login(const struct options *o, CK_SLOT_ID slot, bool write,
                  CK_SESSION_HANDLE *ses);

/* First object that matches; 0 when none. */
CK_OBJECT_HANDLE object_find(CK_SESSION_HANDLE ses, CK_ATTRIBUTE *t, CK_ULONG n);
/* Length of the attribute in buf; -1 when it cannot be read. */
long object_get(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
                void *buf, size_t cap);
bool object_flag(CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type);
/* The private key of --label or --id; says why not. */
int key_find(const struct options *o, CK_SESSION_HANDLE ses, CK_OBJECT_HANDLE *key);

/* --- pin.c --- */

#define PIN_MAX 256
enum pin_kind { PIN_USER, PIN_SO };
struct pin {
    char text[PIN_MAX];
    size_t len;
};
/* From --pin/--so-pin, the file, the environment, or the terminal (twice when it is a new
 * one). */
int pin_get(const struct options *o, enum pin_kind kind, bool fresh, struct pin *pin);
/* True when pin_get() would not have to ask a person. */
bool pin_given(const struct options *o, enum pin_kind kind);
void pin_wipe(struct pin *pin);

/* --- commands --- */

int status_run(const struct options *o);
int token_init_run(const struct options *o);
int key_generate_run(const struct options *o);
int key_list_run(const struct options *o);
int csr_run(const struct options *o);
int cert_import_run(const struct options *o);
int selftest_run(const struct options *o);

/* Hexadecimal text to bytes; -1 when it is none or too long. */
long hex_decode(uint8_t *out, size_t cap, const char *text);
/* Print a JSON string with its quotes. */
void json_string(FILE *f, const char *s);

/* Rows of a template; the values live as long as the enclosing block. */
#define A_UL(t, v)                                                                       \
    {                                                                                    \
        (t), &(CK_ULONG){(v)}, sizeof(CK_ULONG)                                          \
    }
#define A_B(t, v)                                                                        \
    {                                                                                    \
        (t), &(CK_BBOOL){(v)}, 1                                                         \
    }
#define A_RAW(t, p, n)                                                                   \
    {                                                                                    \
        (t), (void *)(uintptr_t)(p), (n)                                                 \
    }
#define NR(a) (sizeof(a) / sizeof((a)[0]))

#endif
