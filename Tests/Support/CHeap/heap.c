#include "CHeap.h"
#include <stdlib.h>

#if defined(__GLIBC__)
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static __thread long requests __attribute__((tls_model("initial-exec")));

long heap_requests(void) { return requests; }

void *malloc(size_t size) {
  requests += 1;
  return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
  requests += 1;
  return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
  requests += 1;
  return __libc_realloc(old, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  requests += 1;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : 12;
}
#else
long heap_requests(void) { return -1; }
#endif
