/* Calls functions with images of several sizes through the generated header. */

#include "model.h"

#include <stdio.h>
#include <string.h>

/* The next address vectors are aligned to. */
static void *align(void *memory) {
  return (void *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);
}

/* Counts wrong results of @net for images of this size. */
static int check(int64_t n, int64_t h, int64_t w) {
  int64_t ho = (h - 3) / 2 + 1, wo = (w - 3) / 2 + 1;
  int64_t sizes[MODEL_NET_SIZES] = {n, h, w, n, ho, wo}, got[3];
  if (model_net_result_sizes(sizes, got) || got[0] != n || got[1] != ho ||
      got[2] != wo)
    return 1;
  float *x = malloc(n * h * w * 4 * sizeof(float)),
        *y = malloc(n * ho * wo * 8 * sizeof(float)),
        *r = malloc((n * ho * wo * 8 + 1) * sizeof(float));
  for (int64_t i = 0; i < n * h * w * 4; ++i)
    x[i] = (float)(i % 7 - 3);
  for (int64_t i = 0; i < n * ho * wo * 8; ++i)
    y[i] = (float)(i % 5);
  /* Not a byte more than it asks for is touched. */
  int64_t bytes = model_net_workspace_size(sizes);
  char *memory = malloc(bytes + 128), *workspace = align(memory);
  workspace[bytes] = 42;
  r[n * ho * wo * 8] = 42;
  model_net(x, y, 1, r, sizes, workspace);
  int wrong = workspace[bytes] != 42 || r[n * ho * wo * 8] != 42;
  for (int64_t b = 0; b < n; ++b)
    for (int64_t i = 0; i < ho; ++i)
      for (int64_t j = 0; j < wo; ++j) {
        float sum = 0;
        for (int64_t p = 0; p < 3; ++p)
          for (int64_t q = 0; q < 3 * 4; ++q)
            sum += 2 * x[((b * h + 2 * i + p) * w + 2 * j) * 4 + q];
        for (int64_t k = 0; k < 8; ++k) {
          int64_t at = ((b * ho + i) * wo + j) * 8 + k;
          wrong += r[at] != 8 * sum + y[at];
        }
      }
  memset(r, 0, n * ho * wo * 8 * sizeof(float));
  wrong += model_net_malloc(x, y, 1, r, sizes) != 0;
  wrong += r[0] != r[1] - y[1];
  free(memory);
  free(x);
  free(y);
  free(r);
  return wrong;
}

int main(void) {
  int wrong = 0;
  for (int64_t n = 1; n <= 2; ++n)
    for (int64_t h = 3; h <= 40; h += 9)
      for (int64_t w = 3; w <= 40; w += 4)
        wrong += check(n, h, w);
  wrong += check(1, 32, 48);

  /* Too small, and a residual of another size. */
  int64_t small[] = {1, 2, 9, 1, 0, 4}, other[] = {1, 9, 9, 1, 4, 5}, got[3];
  wrong += !model_net_result_sizes(small, got);
  wrong += !model_net_result_sizes(other, got);
  wrong += model_net_malloc(NULL, NULL, 1, NULL, other) != 2;

  int64_t length[] = {3};
  float values[] = {1, 2, 3, 4};
  model_twice(values, 2, length, NULL);
  wrong += model_scale(values, 3, length, NULL) != 3;
  wrong += values[0] != 12 || values[2] != 36 || values[3] != 4;
  printf("wrong: %d\n", wrong);
  return wrong != 0;
}
