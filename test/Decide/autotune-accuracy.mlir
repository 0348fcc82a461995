// Algorithms that round differently from a sum of products are chosen within a
// bound on their error alone, unless they are asked for by name.

// RUN: conv-opt %s --conv-autotune="cpu=haswell" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=SUM --implicit-check-not='schedule<algorithm = winograd'
// RUN: conv-opt %s --conv-autotune="cpu=haswell accuracy=2.5" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=LOOSE
// RUN: conv-opt %s --conv-autotune="cpu=haswell accuracy=1" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=TIGHT
// RUN: conv-opt %s --conv-autotune="cpu=haswell algorithm=winograd_4" | FileCheck %s --check-prefix=NAMED
// RUN: conv-opt %s --conv-autotune="cpu=haswell algorithm=winograd accuracy=1" | FileCheck %s --check-prefix=FAMILY
// RUN: not conv-opt %s --conv-autotune="cpu=haswell algorithm=winograd_4 accuracy=1" 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: not conv-opt %s --conv-autotune="cpu=haswell accuracy=good" 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not conv-opt %s --conv-autotune="cpu=haswell accuracy=0" 2>&1 | FileCheck %s --check-prefix=ZERO

// SUM: [Missed] {{.*}}: winograd_4 is refused: its error is {{[0-9.]+}} times the plain sum's, accuracy is sum
// SUM: schedule<algorithm = direct
// LOOSE: [Passed] {{.*}}: winograd_4 (banded), error {{[0-9.]+}} times the plain sum's, predicted
// LOOSE: schedule<algorithm = winograd, tile = [4, 4], form = banded
// TIGHT: [Passed] {{.*}}: winograd_2 (banded), error 0.{{[0-9]+}} times the plain sum's, predicted
// TIGHT: [Missed] {{.*}}: winograd_4 is refused: its error is {{[0-9.]+}} times the plain sum's, accuracy is 1.00
// TIGHT: schedule<algorithm = winograd, tile = [2, 2], form = banded
// NAMED: schedule<algorithm = winograd, tile = [4, 4]
// FAMILY: schedule<algorithm = winograd, tile = [2, 2]
// REFUSED: error: {{.*}}algorithm 'winograd_4' cannot compute {{.*}}: its error is {{[0-9.]+}} times the plain sum's, accuracy is 1.00
// WORD: error: accuracy: 'good' is neither 'sum' nor a positive number
// ZERO: error: accuracy: '0' is neither 'sum' nor a positive number
func.func @f(%x: memref<1x56x56x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x56x56x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x56x56x64xf32>)
  return
}

// Of three channels the transformations are most of the work: what is left of the
// gain is not worth the error.
// RUN: conv-opt %s --conv-autotune="cpu=znver4 accuracy=2.5" | FileCheck %s --check-prefix=WORTH
// WORTH-LABEL: func.func @f(
// WORTH:         schedule<algorithm = winograd
// WORTH-LABEL: func.func @few(
// WORTH:         schedule<algorithm = direct
func.func @few(%x: memref<1x224x224x3xf32>, %w: memref<3x3x3x64xf32>, %o: memref<1x224x224x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x224x224x3xf32>, memref<3x3x3x64xf32>) outs(%o : memref<1x224x224x64xf32>)
  return
}
