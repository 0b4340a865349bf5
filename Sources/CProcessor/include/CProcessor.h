#pragma once
#include <stdbool.h>
// What Swift cannot ask the processor itself: its features, from CPUID (false on other architectures).

/// x86-64-v3: AVX2, FMA, BMI; the operating system saves the registers.
bool processor_has_avx2(void);
/// x86-64-v4: AVX-512 F, BW, CD, DQ, VL; the operating system saves the registers.
bool processor_has_avx512(void);
/// Processor cores that the scheduler may place this process on; 0 where the system does not tell.
int processor_affinity(void);

/// Tells the processor that this thread is waiting in a loop.
static inline void processor_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}
