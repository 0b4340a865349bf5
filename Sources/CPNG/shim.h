#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>

// Decoding through libpng's own API, which reports errors by `longjmp`: C alone can do that. Its simplified API reads 16 bits
// beside an alpha channel as 8, and interlaced ones wrongly (1.6.39).

struct nnc_png_reader {
  const unsigned char *bytes;
  size_t length;
  size_t place;
  char *reason;
  size_t capacity;
};

static inline void nnc_png_take(png_structp png, png_bytep output, size_t count) {
  struct nnc_png_reader *reader = (struct nnc_png_reader *)png_get_io_ptr(png);
  if (count > reader->length - reader->place) png_error(png, "truncated");
  memcpy(output, reader->bytes + reader->place, count);
  reader->place += count;
}

static inline void nnc_png_fail(png_structp png, png_const_charp text) {
  struct nnc_png_reader *reader = (struct nnc_png_reader *)png_get_error_ptr(png);
  snprintf(reader->reason, reader->capacity, "%s", text);
  png_longjmp(png, 1);
}

static inline void nnc_png_ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/// Decodes a whole file into `rows` rows of `row_bytes` bytes: grey or RGB as the file has it, without alpha, of 8 bits, or of
/// 16 in this machine's order. Returns 1, or 0 with the reason.
static inline int nnc_png_decode(
    const unsigned char *bytes, size_t length, unsigned char *pixels, size_t row_bytes, size_t rows, char *reason,
    size_t capacity) {
  struct nnc_png_reader reader = {bytes, length, 0, reason, capacity};
  snprintf(reason, capacity, "no memory");
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, nnc_png_fail, nnc_png_ignore);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  png_bytepp places = info ? (png_bytepp)malloc(rows * sizeof(png_bytep)) : NULL;
  if (!places || setjmp(png_jmpbuf(png))) {
    free(places);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  for (size_t row = 0; row < rows; row++) places[row] = pixels + row * row_bytes;
  png_set_read_fn(png, &reader, nnc_png_take);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_read_info(png, info);
  png_set_expand(png);
  png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (png_get_bit_depth(png, info) == 16) png_set_swap(png);
#endif
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_bytes || png_get_image_height(png, info) != rows) {
    png_error(png, "its size changes");
  }
  png_read_image(png, places);
  png_read_end(png, NULL);
  free(places);
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}
