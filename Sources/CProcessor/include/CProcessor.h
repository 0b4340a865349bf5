#pragma once
#include <stdbool.h>
// What Swift cannot ask the processor itself: its features, from CPUID (false on other architectures).

/// x86-64-v3: AVX2, FMA, BMI; the operating system saves the registers.
bool processor_has_avx2(void);
/// x86-64-v4: AVX-512 F, BW, CD, DQ, VL; the operating system saves the registers.
bool processor_has_avx512(void);

/// Asks for the cache line at `address`, which may be any address, to be read soon.
static inline __attribute__((always_inline)) void processor_prefetch(const void *address) {
  __builtin_prefetch(address);
}
