/* Says whether this machine's vectors are as long as the code counts on. */
#include "model.h"
#include <stdio.h>

int main(void) {
  printf("supported: %d\n", model_supported());
  return 0;
}
