// Workspaces of schedules that are given are not lowered: that of the other
// convolution is, and when that is not enough the bound is an error.

// RUN: not conv-opt %s --conv-autotune="cpu=haswell network-memory=0" -o /dev/null 2>&1 | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=haswell network-memory=2MiB" | FileCheck %s --check-prefix=ROOM

// CHECK: error: its values and the workspaces of schedules that are given take {{[0-9]+}} bytes at once, network-memory is 0
// ROOM-LABEL: func.func @f(
// ROOM:         schedule<algorithm = im2row,
// ROOM:         schedule<algorithm =
func.func @f(%x: memref<1x28x28x64xf32>, %w: memref<3x3x64x64xf32>, %o: memref<1x28x28x64xf32>, %p: memref<1x28x28x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%o : memref<1x28x28x64xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 16, w_ob = 4>
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%o, %w : memref<1x28x28x64xf32>, memref<3x3x64x64xf32>) outs(%p : memref<1x28x28x64xf32>)
  return
}
