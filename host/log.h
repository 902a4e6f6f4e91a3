/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of an instance: one line per event, with the time in UTC, a level and who it is
 * about. Bounded: at LOG_BYTES the file becomes log.1 and a new one begins. Bytes that
 * are no text are shown as '?', so that what a TA or a client says cannot forge lines or
 * drive a terminal.
 */
#ifndef AH_HOST_LOG_H
#define AH_HOST_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LOG_BYTES (1u << 20)

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DEBUG };

struct log {
    int dir; /* of the state; -1: not open yet, lines go to stderr only */
    int fd;
    size_t size;
    bool also_stderr;
};

void log_open(struct log *l, int state_dir, bool also_stderr);
void log_say(struct log *l, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
