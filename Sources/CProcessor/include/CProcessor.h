#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
// What Swift cannot ask the processor itself: its features, from CPUID (false on other architectures).

/// x86-64-v3: AVX2, FMA, BMI; the operating system saves the registers.
bool processor_has_avx2(void);
/// x86-64-v4: AVX-512 F, BW, CD, DQ, VL; the operating system saves the registers.
bool processor_has_avx512(void);
/// AVX-512 BF16, besides x86-64-v4: products of pairs of bf16 numbers, and conversions.
bool processor_has_avx512_bf16(void);
/// Whether a core waits for what it reads in a stream from its second- and third-level caches, unless it has asked long before
/// or reads little: Intel's do.
bool processor_streams_slowly(void);
/// Bytes of a core's second-level cache; 0 where the system does not tell.
size_t processor_second_level_bytes(void);
/// Processor cores that the scheduler may place this process on; 0 where the system does not tell.
int processor_affinity(void);

/// Lets the heap give back what is freed: from 1 MiB on at once, and what is free at its end beyond 2 MiB. Without it, glibc
/// keeps ever larger pieces, so that what a process holds depends on what it once held.
void processor_bound_heap(void);
/// Lets the heap keep what is freed for what is asked for next, so that the system need not clear pages again and again: for a
/// process that makes much and soon ends.
void processor_keep_heap(void);

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

/// The same, to be written soon: another core then gives it up at once, if the processor can be told so.
static inline __attribute__((always_inline)) void processor_prefetch_write(const void *address) {
  __builtin_prefetch(address, 1);
}

/// The same, for what is read so much later that the second-level cache is near enough.
static inline __attribute__((always_inline)) void processor_prefetch_far(const void *address) {
  __builtin_prefetch(address, 0, 2);
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

// `a * b + c` of vectors of `count` floats, rounded once. Swift's `addProduct` goes through the elements one by one, and in
// long expressions the compiler does not find the vectors again, but pieces of them.
#define PROCESSOR_MULTIPLY_ADD(count) \
  typedef float processor_lane##count __attribute__((ext_vector_type(count))); \
  static inline __attribute__((always_inline)) processor_lane##count processor_multiply_add##count( \
    processor_lane##count a, processor_lane##count b, processor_lane##count c) { \
    return __builtin_elementwise_fma(a, b, c); \
  }
PROCESSOR_MULTIPLY_ADD(16)
PROCESSOR_MULTIPLY_ADD(8)
PROCESSOR_MULTIPLY_ADD(4)

// The square root of each of `count` floats, rounded. Swift's goes element by element, through libm.
#define PROCESSOR_SQUARE_ROOT(count) \
  static inline __attribute__((always_inline)) processor_lane##count processor_square_root##count(processor_lane##count a) { \
    return __builtin_elementwise_sqrt(a); \
  }
PROCESSOR_SQUARE_ROOT(16)
PROCESSOR_SQUARE_ROOT(8)
PROCESSOR_SQUARE_ROOT(4)

// `a * b + c` of vectors of `count` doubles, which conversions make of floats and to floats, rounded.
#define PROCESSOR_DOUBLES(count) \
  typedef double processor_wide##count __attribute__((ext_vector_type(count))); \
  static inline __attribute__((always_inline)) processor_wide##count processor_multiply_add_wide##count( \
    processor_wide##count a, processor_wide##count b, processor_wide##count c) { \
    return __builtin_elementwise_fma(a, b, c); \
  } \
  static inline __attribute__((always_inline)) processor_wide##count processor_widen##count(processor_lane##count a) { \
    return __builtin_convertvector(a, processor_wide##count); \
  } \
  static inline __attribute__((always_inline)) processor_lane##count processor_narrow##count(processor_wide##count a) { \
    return __builtin_convertvector(a, processor_lane##count); \
  }
PROCESSOR_DOUBLES(16)
PROCESSOR_DOUBLES(8)
PROCESSOR_DOUBLES(4)

// Two vectors of `count` floats one behind the other at `pair`, made to hold their elements in turn. Neither need be aligned.
#define PROCESSOR_ZIP(count, low, high) \
  typedef float processor_float##count __attribute__((ext_vector_type(count), aligned(4))); \
  static inline __attribute__((always_inline)) void processor_zip##count(void *pair) { \
    processor_float##count a = ((const processor_float##count *)pair)[0], b = ((const processor_float##count *)pair)[1]; \
    ((processor_float##count *)pair)[0] = __builtin_shufflevector(a, b, PROCESSOR_LIST low); \
    ((processor_float##count *)pair)[1] = __builtin_shufflevector(a, b, PROCESSOR_LIST high); \
  }
#define PROCESSOR_LIST(...) __VA_ARGS__
PROCESSOR_ZIP(16, (0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), (8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))
PROCESSOR_ZIP(8, (0, 8, 1, 9, 2, 10, 3, 11), (4, 12, 5, 13, 6, 14, 7, 15))
PROCESSOR_ZIP(4, (0, 4, 1, 5), (2, 6, 3, 7))
// Two vectors of `count` floats one behind the other at `pair`, of which the first becomes sums of neighbours: within each
// four elements (a₀ + a₁, a₂ + a₃, b₀ + b₁, b₂ + b₃), or of fours of elements in the same order. Neither need be aligned.
#define PROCESSOR_ADD_NEIGHBOURS(name, count, even, odd) \
  static inline __attribute__((always_inline)) void processor_add_##name##count(void *pair) { \
    processor_float##count a = ((const processor_float##count *)pair)[0], b = ((const processor_float##count *)pair)[1]; \
    *(processor_float##count *)pair = __builtin_shufflevector(a, b, PROCESSOR_LIST even) \
      + __builtin_shufflevector(a, b, PROCESSOR_LIST odd); \
  }
PROCESSOR_ADD_NEIGHBOURS(elements, 16, (0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30), (1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31))
PROCESSOR_ADD_NEIGHBOURS(elements, 8, (0, 2, 8, 10, 4, 6, 12, 14), (1, 3, 9, 11, 5, 7, 13, 15))
PROCESSOR_ADD_NEIGHBOURS(elements, 4, (0, 2, 4, 6), (1, 3, 5, 7))
PROCESSOR_ADD_NEIGHBOURS(fours, 16, (0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), (4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
PROCESSOR_ADD_NEIGHBOURS(fours, 8, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15))
// Vectors with, in place of each value of `a`, the one at the position `from`.
#if defined(__AVX2__)
#include <immintrin.h>
typedef int processor_bits8 __attribute__((ext_vector_type(8)));
static inline __attribute__((always_inline)) processor_lane8 processor_permute8(processor_lane8 a, processor_bits8 from) {
  return (processor_lane8)_mm256_permutevar8x32_ps((__m256)a, (__m256i)from);
}
#endif
#if defined(__AVX512F__)
typedef int processor_bits16 __attribute__((ext_vector_type(16)));
static inline __attribute__((always_inline)) processor_lane16 processor_permute16(processor_lane16 a, processor_bits16 from) {
  return (processor_lane16)_mm512_permutexvar_ps((__m512i)from, (__m512)a);
}
#endif

// bf16 numbers: the upper halves of floats, two in a word. Only code that is compiled for AVX-512 BF16 has these.
#if defined(__AVX512BF16__)
#include <immintrin.h>
/// `sum` plus the products of both numbers of each word of `a` and `b`.
static inline __attribute__((always_inline)) __m512 processor_dot_bf16(__m512 sum, __m512 a, __m512 b) {
  return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}
/// The 16 numbers at `source`.
static inline __attribute__((always_inline)) __m512 processor_load_bf16(const void *source) {
  return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)source)), 16);
}
/// Writes 16 floats, each rounded to the nearest number, ties to even.
static inline __attribute__((always_inline)) void processor_store_bf16(void *target, __m512 values) {
  _mm256_storeu_si256((__m256i *)target, (__m256i)_mm512_cvtneps_pbh(values));
}
/// Writes the first `count` (0 … 16).
static inline __attribute__((always_inline)) void processor_store_some_bf16(void *target, __m512 values, int count) {
  _mm256_mask_storeu_epi16(target, (__mmask16)((1u << count) - 1), (__m256i)_mm512_cvtneps_pbh(values));
}
/// Words of the rounded numbers of `low` and `high`.
static inline __attribute__((always_inline)) __m512 processor_pair_bf16(__m512 low, __m512 high) {
  __m512i upper = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
  __m512i lower = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
  return (__m512)_mm512_or_si512(_mm512_slli_epi32(upper, 16), lower);
}
/// Words of the 16 numbers at `low` and those at `high`.
static inline __attribute__((always_inline)) __m512 processor_join_bf16(const void *low, const void *high) {
  __m512i upper = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)high));
  __m512i lower = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)low));
  return (__m512)_mm512_or_si512(_mm512_slli_epi32(upper, 16), lower);
}
#endif
