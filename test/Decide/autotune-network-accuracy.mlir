// A bound on the errors of a function's convolutions together: those that gain
// most for their error take the algorithm that rounds most.

// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=2.5" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=LOOSE
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=TIGHT
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5 accuracy=1" | FileCheck %s --check-prefix=BOTH
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1" | FileCheck %s --check-prefix=PLAIN
// RUN: not conv-opt %s --conv-autotune="cpu=haswell network-accuracy=0.5" 2>&1 | FileCheck %s --check-prefix=LEAST
// RUN: not conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5 algorithm=winograd_4" 2>&1 | FileCheck %s --check-prefix=FORCED
// RUN: not conv-opt %s --conv-autotune="cpu=haswell network-accuracy=good" 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: not conv-opt %s --conv-to-llvm="cpu=haswell network-accuracy=0.5" 2>&1 | FileCheck %s --check-prefix=LEAST
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5" --conv-report="network-accuracy=1.5" -o %t | FileCheck %s --check-prefix=REPORT

// LOOSE: [Analysis] {{.*}}errors of 3 convolutions together 1.99 times the plain sums', network-accuracy is 2.50; 3 chosen together, predicted {{[0-9]+}} cycles
// LOOSE-LABEL: func.func @f(
// LOOSE-COUNT-3: schedule<algorithm = winograd, tile = [4, 4],

// Most terms are summed by the third one.
// TIGHT: [Passed] {{.*}}mb1_ic256oc64{{.*}}: winograd_{{2|4x2}} {{.*}}; errors together are worth more elsewhere than by winograd_4 (banded)
// TIGHT: [Analysis] {{.*}}errors of 3 convolutions together 1.{{[0-4][0-9]}} times the plain sums', network-accuracy is 1.50; 3 chosen together
// TIGHT-LABEL: func.func @f(
// TIGHT: schedule<algorithm = winograd, tile = [4, 4],
// TIGHT: schedule<algorithm = winograd, tile = [4, 4],
// TIGHT: schedule<algorithm = winograd, tile = [{{2|4}}, 2],

// BOTH-LABEL: func.func @f(
// BOTH-COUNT-3: schedule<algorithm = winograd, tile = [2, 2],

// PLAIN-LABEL: func.func @f(
// PLAIN: schedule<algorithm = winograd, tile = [4, 2],
// PLAIN: schedule<algorithm = winograd, tile = [4, 2],
// PLAIN: schedule<algorithm = winograd, tile = [2, 2],

// LEAST: error: network-accuracy is 0.50, but its convolutions have errors of at least 0.70 times the plain sums' together
// FORCED: error: network-accuracy is 1.50, but its convolutions have errors of at least 1.99 times the plain sums' together
// WORD: error: network-accuracy: 'good' is not a positive number
// REPORT: "error": 1.99
// REPORT: "errors": [
// REPORT: "error": 1.4
func.func @f(%x: memref<1x56x56x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x56x56x64xf32>,
             %x2: memref<1x28x28x128xf32>, %w2: memref<3x3x128x128xf32>, %o2: memref<1x28x28x128xf32>,
             %x3: memref<1x14x14x256xf32>, %w3: memref<3x3x256x64xf32>, %o3: memref<1x14x14x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x56x56x64xf32>)
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x2, %w2 : memref<1x28x28x128xf32>, memref<3x3x128x128xf32>) outs(%o2 : memref<1x28x28x128xf32>)
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x3, %w3 : memref<1x14x14x256xf32>, memref<3x3x256x64xf32>) outs(%o3 : memref<1x14x14x64xf32>)
  return
}
