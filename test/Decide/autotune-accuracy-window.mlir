// What no bound on the error would admit is refused for what it lacks.

// RUN: conv-opt %s --conv-autotune="cpu=haswell" --remarks-filter=conv 2>&1 | FileCheck %s
// RUN: not conv-opt %s --conv-autotune="cpu=haswell algorithm=winograd_4 accuracy=1" 2>&1 | FileCheck %s --check-prefix=FORCED

// CHECK: [Missed] {{.*}}: winograd_4 is refused: a window of 1x1: the tables are for 3x3
// CHECK: [Missed] {{.*}}: winograd_2 is refused: a window of 1x1: the tables are for 3x3
// CHECK-NOT: accuracy is sum
// FORCED: error: {{.*}}algorithm 'winograd_4' cannot compute {{.*}}: a window of 1x1: the tables are for 3x3
func.func @f(%x: memref<1x56x56x64xf32>, %w: memref<1x1x64x64xf32>, %o: memref<1x56x56x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x56x56x64xf32>, memref<1x1x64x64xf32>) outs(%o : memref<1x56x56x64xf32>)
  return
}
