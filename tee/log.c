/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of the TA in the TEE's log; longer ones are cut. */
#include <stdarg.h>
#include <stdio.h>
#include "anchorhold_ta.h"
#include "sys.h"

void AH_Log(enum AH_LogLevel level, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    sys_log((int)level, line);
}
