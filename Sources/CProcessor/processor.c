#define _GNU_SOURCE
#include "CProcessor.h"

#if defined(__linux__)
#include <sched.h>
int processor_affinity(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
}
#else
int processor_affinity(void) { return 0; }
#endif

#if defined(__GLIBC__)
#include <limits.h>
#include <malloc.h>
#include <unistd.h>
size_t processor_second_level_bytes(void) {
  long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  return bytes > 0 ? (size_t)bytes : 0;
}
void processor_bound_heap(void) {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
}
void processor_keep_heap(void) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 16 << 20);
}
#else
void processor_bound_heap(void) {}
void processor_keep_heap(void) {}
size_t processor_second_level_bytes(void) { return 0; }
#endif

#if defined(__x86_64__)
bool processor_has_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}
bool processor_has_avx512(void) {
  return processor_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}
bool processor_has_avx512_bf16(void) { return processor_has_avx512() && __builtin_cpu_supports("avx512bf16"); }
bool processor_streams_slowly(void) { return __builtin_cpu_is("intel"); }
#else
bool processor_has_avx2(void) { return false; }
bool processor_has_avx512(void) { return false; }
bool processor_has_avx512_bf16(void) { return false; }
bool processor_streams_slowly(void) { return false; }
#endif

#if defined(__x86_64__)
#include <string.h>
__attribute__((target("sse4.2"))) static uint32_t crc32c_in_hardware(uint32_t state, const uint8_t *bytes, size_t count) {
  uint64_t sum = state;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    sum = __builtin_ia32_crc32di(sum, word);
  }
  for (; count > 0; bytes++, count--) sum = __builtin_ia32_crc32qi((uint32_t)sum, *bytes);
  return (uint32_t)sum;
}
bool processor_crc32c(uint32_t *state, const void *bytes, size_t count) {
  if (!__builtin_cpu_supports("sse4.2")) return false;
  *state = crc32c_in_hardware(*state, bytes, count);
  return true;
}
#else
bool processor_crc32c(uint32_t *state, const void *bytes, size_t count) { return false; }
#endif
