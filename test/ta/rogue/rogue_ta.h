/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the rogue TA. Those below ROGUE_SURVIVES end it; the others must leave it
 * alive and answer TEE_SUCCESS.
 */
#ifndef AH_ROGUE_TA_H
#define AH_ROGUE_TA_H

#define ROGUE_UUID                                                                       \
    {                                                                                    \
        0xb6c53aba, 0x9669, 0x4668,                                                      \
        {                                                                                \
            0xa7, 0xf2, 0x20, 0x56, 0x29, 0xd0, 0x0f, 0x86                               \
        }                                                                                \
    }

enum rogue_command {
    ROGUE_WRITE_NULL,
    ROGUE_WRITE_FAR,
    ROGUE_WRITE_CONST,
    ROGUE_JUMP_NULL,
    ROGUE_JUMP_DATA,
    ROGUE_UNDEFINED, /* instruction */
    ROGUE_DIVIDE,
    ROGUE_STACK, /* recursion without end */
    ROGUE_HEAP,  /* allocate until refused, touch all, then use the refusal */
    ROGUE_LOOP,
    ROGUE_ABORT,
    ROGUE_EXIT,
    ROGUE_PANIC,
    ROGUE_PANIC_API, /* a misuse that the TEE library panics for */
    ROGUE_OPEN,
    ROGUE_SOCKET,
    ROGUE_PTRACE,
    ROGUE_FORK,
    ROGUE_VFORK,
    ROGUE_EXECVE,
    ROGUE_KILL,
    ROGUE_MPROTECT,
    ROGUE_MMAP_EXEC,
    ROGUE_MEMFD,
    ROGUE_PRCTL, /* be dumpable again */
    ROGUE_SETRLIMIT,
    ROGUE_WRITE_FD, /* a descriptor that is not its log */
    ROGUE_UNSHARE,
    ROGUE_IO_URING,
    ROGUE_BPF,
    ROGUE_SECCOMP,
    ROGUE_PROCESS_VM,   /* read another process's memory */
    ROGUE_SAY_NONSENSE, /* to the daemon */
    ROGUE_SAY_SHORT,
    ROGUE_SAY_TEXT_TOO_LONG,
    ROGUE_SAY_READY,
    ROGUE_SAY_FD, /* with a descriptor that does not belong there */
    ROGUE_SURVIVES = 100,
    ROGUE_PING = ROGUE_SURVIVES, /* value a of parameter 0 grows by one */
    ROGUE_PID,                   /* its process id in value a */
    ROGUE_LOG_FLOOD,             /* 100,000 lines */
    ROGUE_LOG_CONTROL,           /* lines with control characters */
    ROGUE_LOG_ENDLESS,           /* a megabyte without an end of line */
    ROGUE_HEAP_POLITE,           /* value a: MiB that could be had; given back */
    ROGUE_THREADS,               /* as many as there are; value a: how many */
    ROGUE_FILES,                 /* value a: descriptors open */
    ROGUE_DERIVE_FOREIGN,        /* a key in another TA's name: value a is the result */
    ROGUE_STALE_ANSWERS,         /* answers to requests nobody made */
};

#endif
