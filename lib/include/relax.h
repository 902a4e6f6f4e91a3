/* SPDX-License-Identifier: BSD-2-Clause */
/* A short pause of a processor that spins: lets its sibling work and saves power. */
#ifndef AH_RELAX_H
#define AH_RELAX_H

#if defined(__x86_64__) || defined(__i386__)
#define CPU_RELAX "pause"
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
#define CPU_RELAX "yield"
#else
#define CPU_RELAX ""
#endif

static inline void cpu_relax(void)
{
    __asm__ volatile(CPU_RELAX ::: "memory");
}

#endif
