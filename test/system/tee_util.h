/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the hosted TEE: TAP, and the daemon's STATUS fetched without libteec. */
#ifndef AH_TEST_TEE_UTIL_H
#define AH_TEST_TEE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "host.h"

/* One TAP line; detail (may be NULL) is shown when it failed. */
void tap_result(bool ok, const char *name, const char *detail);
void tap_skip(const char *name, const char *why);
int tap_finish(void); /* the plan; the exit status of the program */

int64_t now_ms(void);
void sleep_us(unsigned us);
uint32_t draw(
    uint32_t below); /* pseudo-random; tap_seed() shows and sets where it begins */
void tap_seed(uint32_t seed);

/* --- the daemon of state directory dir --- */

/* A connected control socket, -1 when nobody listens. */
int daemon_connect(const char *dir);
/* One message there and the answer back; text gets a NUL. False when the connection
 * ended. */
bool daemon_ask(int fd, struct host_msg *m, char *text, size_t cap);
/* The JSON of STATUS; false when nobody answers. */
bool daemon_status(const char *dir, char *json, size_t cap);
/* The number behind "key": at or behind from; -1 when there is none. */
long json_number(const char *from, const char *key);
/* Where the TA of that name stands in the JSON; NULL when it does not run. */
const char *json_ta(const char *json, const char *name);
pid_t daemon_pid(const char *dir); /* -1 none */
pid_t ta_pid(const char *dir, const char *name);
/* kill(2) of one process: anything but a process id above 1 ends the test instead. */
void signal_one(pid_t pid, int signal);
/* SIGTERM to it, and wait until it is gone. */
void daemon_end(const char *dir);

/* ANCHORHOLD_STATE with something appended; made fresh by the caller's mkdir. */
void state_path(char *out, size_t cap, const char *suffix);
/* ANCHORHOLD_TA_PATH to the test TAs of the build that this program lies in. */
void use_test_tas(void);

#endif
