#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
// What Swift cannot ask the processor itself: its features, from CPUID (false on other architectures).

/// x86-64-v3: AVX2, FMA, BMI; the operating system saves the registers.
bool processor_has_avx2(void);
/// x86-64-v4: AVX-512 F, BW, CD, DQ, VL; the operating system saves the registers.
bool processor_has_avx512(void);
/// Processor cores that the scheduler may place this process on; 0 where the system does not tell.
int processor_affinity(void);

/// Lets the heap give back what is freed: from 1 MiB on at once, and what is free at its end beyond 2 MiB. Without it, glibc
/// keeps ever larger pieces, so that what a process holds depends on what it once held.
void processor_bound_heap(void);

/// Takes bytes into the state of a CRC-32C by the processor's own instruction; false, and nothing done, where it has none.
bool processor_crc32c(uint32_t *state, const void *bytes, size_t count);

/// Tells the processor that this thread is waiting in a loop.
static inline void processor_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Asks for the cache line at `address`, which may be any address, to be read soon.
static inline __attribute__((always_inline)) void processor_prefetch(const void *address) {
  __builtin_prefetch(address);
}

// Conversions of whole vectors that Swift's SIMD types make element by element: `count` integers at `values` to their
// low bytes at `target`. Neither address need be aligned.
#define PROCESSOR_STORE_BYTES(count) \
  typedef int processor_int##count __attribute__((ext_vector_type(count), aligned(1))); \
  typedef unsigned char processor_byte##count __attribute__((ext_vector_type(count), aligned(1))); \
  static inline __attribute__((always_inline)) void processor_store_bytes##count(void *target, const void *values) { \
    *(processor_byte##count *)target = __builtin_convertvector(*(const processor_int##count *)values, processor_byte##count); \
  }
PROCESSOR_STORE_BYTES(16)
PROCESSOR_STORE_BYTES(8)
PROCESSOR_STORE_BYTES(4)
