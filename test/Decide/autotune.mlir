// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" | FileCheck %s -enable-var-scope --check-prefixes=CHECK,WIDE
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 l3=8388608" | FileCheck %s -enable-var-scope --check-prefixes=CHECK,NARROW
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefix=ZNVER5
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefix=HASWELL
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The machine stands on the module.
// WIDE:    module attributes {conv.machine = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2,
// NARROW:  module attributes {conv.machine = #conv.machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2,
// ZNVER5:  module attributes {conv.machine = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 16, n_reg = 32, loads = 2, broadcast = memory, l1 = 49152, l1_ways = 12,
// HASWELL: module attributes {conv.machine = #conv.machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2,

// Enough outputs to hide the latency: C_ob * W_ob >= N_vec * N_fma * L_fma is
// 32 * 14 >= 128 and 16 * 6 >= 80; few enough to stay in the registers:
// 14 * 2 + 2 + 1 = 31 of 32 and 6 * 2 + 2 + 1 = 15 of 16. All operands together
// do not stay in L2: the input is fetched a tile ahead.
// CHECK-LABEL: func.func @resnet(
// WIDE:          schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, prefetch = 2048, prefetch_input = 1>
// NARROW:        schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6,
// ZNVER5-LABEL: func.func @resnet(
// ZNVER5:        schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14, prefetch = 2048, prefetch_input = 1>
// HASWELL-LABEL: func.func @resnet(
// HASWELL:       schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6,
// REMARK: autotune.mlir:[[#@LINE+2]]:{{.*}} remark: [Analysis] autotune | Category:conv | Remark="mb1_ic64oc64_ih56oh56kh3sh1ph1: direct, {{[0-9]+}} candidate tiles; register tile 14x2 (C_ob = 32, W_ob = 14), 31 of 32 vector registers, limited by FMA issue; predicted {{[0-9]+}} cycles = {{[0-9]+\.[0-9]}} % of the FMA peak"
func.func @resnet(%x: tensor<1x56x56x64xf32>, %w: tensor<3x3x64x64xf32>, %o: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>) outs(%o : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}

// Rows of a 1x1 convolution follow each other: one dimension of 49 columns.
// CHECK-LABEL: func.func @pointwise(
// WIDE:          schedule<algorithm = direct, n_vec = 16, c_ob = {{[0-9]+}}, w_ob = {{[0-9]+}}, {{.*}}flatten = true
// NARROW:        schedule<algorithm = direct, n_vec = 8, c_ob = {{[0-9]+}}, w_ob = {{[0-9]+}}, {{.*}}flatten = true
func.func @pointwise(%x: memref<1x7x7x64xf32>, %w: memref<1x1x64x64xf32>, %o: memref<1x7x7x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x7x7x64xf32>, memref<1x1x64x64xf32>) outs(%o : memref<1x7x7x64xf32>)
  return
}

// An image of 7 columns takes two rows at once.
// CHECK-LABEL: func.func @small(
// WIDE:          c_ob = 32, w_ob = 7, h_ob = 2,
func.func @small(%x: memref<1x7x7x512xf32>, %w: memref<3x3x512x512xf32>, %o: memref<1x7x7x512xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x7x7x512xf32>, memref<3x3x512x512xf32>) outs(%o : memref<1x7x7x512xf32>)
  return
}

// Too small an image for the lower bound still gets a tile.
// CHECK-LABEL: func.func @one(
// CHECK:         schedule<algorithm = direct, n_vec = {{8|16}}, c_ob = {{8|16}}, w_ob = 1
func.func @one(%x: memref<1x1x1x4xf32>, %w: memref<1x1x4x16xf32>, %o: memref<1x1x1x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x1x1x4xf32>, memref<1x1x4x16xf32>) outs(%o : memref<1x1x1x16xf32>)
  return
}

// A schedule that is already there is kept, and explained.
// CHECK-LABEL: func.func @given(
// CHECK:         schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 5, order = hkw, unroll = 2>
// REMARK: direct, schedule given; register tile 5x1 (C_ob = 8, W_ob = 5), 7 of 32 vector registers
func.func @given(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 5, order = hkw, unroll = 2>
  return
}
