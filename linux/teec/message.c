/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the last call of this thread failed, in words; results are numbers and often not
 * enough. */
#include <stdarg.h>
#include <stdio.h>
#include "teec.h"

static _Thread_local char text[256];

void message_set(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
}

void message_clear(void)
{
    text[0] = 0;
}

TEEC_EXPORT const char *AH_LastMessage(void)
{
    return text;
}
