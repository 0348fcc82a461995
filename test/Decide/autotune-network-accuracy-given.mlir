// Schedules that are given take their part of a bound on the errors of all
// convolutions together; sums of integers take none, and functions are apart.

// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5" | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.5" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: not conv-opt %s --conv-autotune="cpu=haswell network-accuracy=1.4" 2>&1 | FileCheck %s --check-prefix=LEAST

// LEAST: error: network-accuracy is 1.40, but its convolutions have errors of at least 1.49 times the plain sums' together
// REMARK: errors of 3 convolutions together 1.49 times the plain sums', network-accuracy is 1.50; 2 chosen together
// REMARK: errors of 1 convolutions together 1.16 times the plain sums', network-accuracy is 1.50; 1 chosen together
// CHECK-LABEL: func.func @given(
// CHECK: schedule<algorithm = winograd, tile = [4, 4],
// CHECK: schedule<algorithm = winograd, tile = [2, 2],
// CHECK: schedule<algorithm = direct,
// CHECK-LABEL: func.func @other(
// CHECK: schedule<algorithm = winograd, tile = [4, 2],
func.func @given(%x: memref<1x28x28x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x28x28x64xf32>,
                 %y: memref<1x28x28x512xi8>, %v: memref<3x3x512x64xi8>, %p: memref<1x28x28x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x28x28x64xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 16, w_ob = 6>
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x28x28x64xf32>)
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%y, %v : memref<1x28x28x512xi8>, memref<3x3x512x64xi8>) outs(%p : memref<1x28x28x64xi32>)
  return
}
func.func @other(%x: memref<1x28x28x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x28x28x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x28x28x64xf32>)
  return
}
