// Depthwise tiles with vectors of channels: short windows wait for memory, long ones load.
//
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432" | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 l3=8388608" | FileCheck %s --check-prefixes=CHECK,NARROW

// CHECK-LABEL: @short
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 64, w_ob = 2, h_ob = 2, order = hkw>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 2, h_ob = 2, order = hkw>
func.func @short(%x: memref<1x56x56x128xf32>, %w: memref<3x3x128xf32>, %y: memref<1x56x56x128xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x128xf32>, memref<3x3x128xf32>) outs(%y : memref<1x56x56x128xf32>)
  return
}

// A line of channels of all rows of the window stays in L1, whose sets 576 bytes
// share evenly, and the filter in 32 registers; not in 16.
// CHECK-LABEL: @slices
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 10>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 2, h_ob = 2, order = hkw>
func.func @slices(%x: memref<1x56x56x144xf32>, %w: memref<3x3x144xf32>, %y: memref<1x56x56x144xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x56x56x144xf32>, memref<3x3x144xf32>) outs(%y : memref<1x56x56x144xf32>)
  return
}

// CHECK-LABEL: @long
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 8>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
func.func @long(%x: memref<1x28x28x192xf32>, %w: memref<7x7x192xf32>, %y: memref<1x28x28x192xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [3, 3], high = [3, 3]> ins(%x, %w : memref<1x28x28x192xf32>, memref<7x7x192xf32>) outs(%y : memref<1x28x28x192xf32>)
  return
}

// A single vector of channels leaves more columns.
// CHECK-LABEL: @thin
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 16>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 8>
func.func @thin(%x: memref<1x28x28x8xf32>, %w: memref<7x7x8xf32>, %y: memref<1x28x28x8xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [3, 3], high = [3, 3]> ins(%x, %w : memref<1x28x28x8xf32>, memref<7x7x8xf32>) outs(%y : memref<1x28x28x8xf32>)
  return
}

// Strides leave less to compute per line, which matters beyond L2.
// CHECK-LABEL: @strided
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 7>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 2, h_ob = 2, order = hkw>
func.func @strided(%x: memref<1x14x14x672xf32>, %w: memref<5x5x672xf32>, %y: memref<1x7x7x672xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, strides = [2, 2], low = [2, 2], high = [1, 1]> ins(%x, %w : memref<1x14x14x672xf32>, memref<5x5x672xf32>) outs(%y : memref<1x7x7x672xf32>)
  return
}

// Columns 4 KiB apart: the window's rows do not stay in their L1 set.
// CHECK-LABEL: @conflict
// CHECK:       order = hkw
func.func @conflict(%x: memref<1x14x14x1024xf32>, %w: memref<5x5x1024xf32>, %y: memref<1x14x14x1024xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [2, 2], high = [2, 2]> ins(%x, %w : memref<1x14x14x1024xf32>, memref<5x5x1024xf32>) outs(%y : memref<1x14x14x1024xf32>)
  return
}

// At nine places, two rows by two columns of four vectors would be too much code.
// CHECK-LABEL: @code
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 64, w_ob = 4, order = hkw>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 2, h_ob = 2, order = hkw>
func.func @code(%x: memref<1x112x112x64xf32>, %w: memref<7x7x64xf32>, %y: memref<1x56x56x64xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, strides = [2, 2], low = [3, 3], high = [2, 2]> ins(%x, %w : memref<1x112x112x64xf32>, memref<7x7x64xf32>) outs(%y : memref<1x56x56x64xf32>)
  return
}

// Few columns: more vectors of channels keep the FMA units busy.
// CHECK-LABEL: @column
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 240, w_ob = 1>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 56, w_ob = 1>
func.func @column(%x: memref<1x7x7x512xf32>, %w: memref<7x7x512xf32>, %y: memref<1x1x1x512xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x7x7x512xf32>, memref<7x7x512xf32>) outs(%y : memref<1x1x1x512xf32>)
  return
}

// In planes, columns outside of the rows of windows of up to 169 taps: tiles of as many rows
// as the borders' code allows.
// CHECK-LABEL: @planes
// WIDE:        schedule<algorithm = direct, n_vec = 16, vector = w, c_ob = 1, w_ob = 32, h_ob = 7>
// NARROW:      schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 1, w_ob = 8, h_ob = 7>
func.func @planes(%x: memref<1x96x56x56xf32>, %w: memref<96x13x13xf32>, %y: memref<1x96x56x56xf32>) {
  conv.conv dims<nghw x grs -> nghw, low = [6, 6], high = [6, 6]> ins(%x, %w : memref<1x96x56x56xf32>, memref<96x13x13xf32>) outs(%y : memref<1x96x56x56xf32>)
  return
}

// CHECK-LABEL: @one_column
// WIDE:        schedule<algorithm = direct, n_vec = 16, c_ob = 64, w_ob = 1, h_ob = 4, order = hkw>
// NARROW:      schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 1, h_ob = 4, order = hkw>
func.func @one_column(%x: memref<1x512x1x1024xf32>, %w: memref<31x1x1024xf32>, %y: memref<1x512x1x1024xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [15, 0], high = [15, 0]> ins(%x, %w : memref<1x512x1x1024xf32>, memref<31x1x1024xf32>) outs(%y : memref<1x512x1x1024xf32>)
  return
}
