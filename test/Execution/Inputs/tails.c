/* Calls the code of tails.mlir; exact, since all values are small integers. */

#include "model.h"

#include <stdio.h>

#ifdef PACKED
static float packed[MODEL_MAIN_ARG1_SIZE];
#endif

static float x[2][7][9][11], w[9][7][3][5], b[9], y[2][9][5][5];

int main(void) {
  for (int i = 0; i < 2 * 7 * 9 * 11; ++i)
    (&x[0][0][0][0])[i] = (float)(i % 13 - 6);
  for (int i = 0; i < 9 * 7 * 3 * 5; ++i)
    (&w[0][0][0][0])[i] = (float)(i % 7 - 3);
  for (int i = 0; i < 9; ++i)
    b[i] = (float)i;
#ifdef PACKED
  if (model_main_pack_malloc(&w[0][0][0][0], packed))
    return 2;
  if (model_main_malloc(&x[0][0][0][0], packed, b, &y[0][0][0][0]))
    return 2;
#else
  if (model_main_malloc(&x[0][0][0][0], &w[0][0][0][0], b, &y[0][0][0][0]))
    return 2;
#endif
  int wrong = 0;
  for (int n = 0; n < 2; ++n)
    for (int k = 0; k < 9; ++k)
      for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 5; ++j) {
          float sum = b[k];
          for (int c = 0; c < 7; ++c)
            for (int r = 0; r < 3; ++r)
              for (int s = 0; s < 5; ++s) {
                int row = 2 * i + r - 1, column = 2 * j + s - 1;
                if (row >= 0 && row < 9 && column >= 0 && column < 11)
                  sum += x[n][c][row][column] * w[k][c][r][s];
              }
          wrong += sum != y[n][k][i][j];
        }
  printf("wrong: %d\n", wrong);
  return wrong != 0;
}
