// Depthwise convolutions of bytes, by instructions that add four products: those of four
// rows of the window.
//
// RUN: conv-opt %s --conv-autotune="cpu=znver4 triple=x86_64-pc-linux-gnu l1=32768 l1-ways=8 l2=1048576 l3=33554432" | FileCheck %s --check-prefixes=CHECK,ZEN4
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: conv-opt %s --conv-autotune="cpu=neoverse-v1 triple=aarch64-linux-gnu" | FileCheck %s --check-prefixes=CHECK,NEON

// Two rows share what is interleaved for them.
// CHECK-LABEL: func.func @shared(
// ZEN4:          schedule<algorithm = direct, n_vec = 16, c_ob = 64, w_ob = 2, h_ob = 2, order = hkw, {{.*}}fma = avx512vnni_u8
// AVX2:          fma = avx2_u8
// NEON:          n_vec = 4, c_ob = 16, {{.*}}fma = neon_usdot
func.func @shared(%x: memref<1x56x56x128xi8>, %w: memref<3x3x128xi8>, %o: memref<1x56x56x128xi32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x128xi8>, memref<3x3x128xi8>) outs(%o : memref<1x56x56x128xi32>) {unsigned_input}
  return
}

// With stride 2 they would need a second four of rows each. Signed elements are rebased.
// CHECK-LABEL: func.func @strided(
// ZEN4:          n_vec = 16, c_ob = 64, w_ob = 2, order = hkw, {{.*}}fma = avx512vnni_u8
// AVX2:          fma = avx2_i8
// NEON:          fma = neon_sdot
func.func @strided(%x: memref<1x56x56x128xi8>, %w: memref<3x3x128xi8>, %o: memref<1x28x28x128xi32>) {
  conv.conv dims<nhwg x rsg -> nhwg, strides = [2, 2], low = [1, 1], high = [0, 0]> ins(%x, %w : memref<1x56x56x128xi8>, memref<3x3x128xi8>) outs(%o : memref<1x28x28x128xi32>)
  return
}

// The filter of long windows is more than a tile keeps at hand.
// CHECK-LABEL: func.func @long(
// ZEN4:          fma = avx512_u8
func.func @long(%x: memref<1x32x32x128xi8>, %w: memref<13x13x128xi8>, %o: memref<1x20x20x128xi32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x32x32x128xi8>, memref<13x13x128xi8>) outs(%o : memref<1x20x20x128xi32>) {unsigned_input}
  return
}
