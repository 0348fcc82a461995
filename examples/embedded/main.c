/* Runs the compiled model without an allocator: all memory is static. */

#define CONVOPT_NO_MALLOC
#include "model.h"

#include <stdio.h>

static float input[MODEL_SPOT_ARG0_SIZE];
static float output[MODEL_SPOT_RESULT0_SIZE];
/* One more: a model may need no workspace, and C has no arrays of no elements. */
_Alignas(64) static char workspace[MODEL_SPOT_WORKSPACE_BYTES + 1];

/* The weights of model.mlir, to see that the result is right. */
static const float w0[9][4] = {{1, -1, .5, 0}, {0, 2, 1, -.5}, {1, 0, -1, 1},
                               {.5, 1, 0, 2},  {-1, .5, 1, 0}, {2, 0, .5, -1},
                               {0, 1, -.5, 1}, {1, 0, 2, .5},  {-1, 1, 0, 1}};
static const float w1[4][8] = {{1, 0, -1, .5, 2, 0, 1, -.5},
                               {0, 1, .5, -1, 0, 2, -.5, 1},
                               {.5, -.5, 1, 0, 1, -1, 0, 2},
                               {1, 1, 0, 1, -1, .5, .5, 0}};

static float expected(int row, int column, int channel) {
  float sum = 0;
  for (int c = 0; c < 4; ++c) {
    float v = 0;
    for (int r = 0; r < 3; ++r)
      for (int s = 0; s < 3; ++s) {
        int y = 2 * row + r - 1, x = 2 * column + s - 1;
        if (y >= 0 && y < 49 && x >= 0 && x < 40)
          v += input[y * 40 + x] * w0[3 * r + s][c];
      }
    sum += (v > 0 ? v : 0) * w1[c][channel];
  }
  return sum;
}

int main(void) {
  for (int i = 0; i < MODEL_SPOT_ARG0_SIZE; ++i)
    input[i] = (float)(i % 11 - 5);
  model_spot(input, output, workspace);
  int wrong = 0;
  for (int i = 0; i < MODEL_SPOT_RESULT0_SIZE; ++i)
    wrong += output[i] != expected(i / 8 / 20, i / 8 % 20, i % 8);
  printf("%d values, %d wrong, %d bytes of workspace\n",
         MODEL_SPOT_RESULT0_SIZE, wrong, MODEL_SPOT_WORKSPACE_BYTES);
  return wrong != 0;
}
