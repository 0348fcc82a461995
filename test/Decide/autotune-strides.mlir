// What is not contiguous where vectors would be loaded or stored is computed
// all the same, and said.

// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --implicit-check-not=warning:

// CHECK: autotune-strides.mlir:[[#@LINE+4]]:3: warning: innermost stride of the output is 2: its elements are stored one by one
// CHECK: remark: [Missed] autotune | Category:conv | Remark="innermost stride of the output is 2"
// CHECK: autotune-strides.mlir:[[#@LINE+2]]:3: warning: innermost stride of the residual may be other than 1: its elements are loaded one by one
func.func @output(%x: memref<1x8x8x16xf32>, %w: memref<1x1x16x32xf32>, %r: memref<1x8x8x32xf32, strided<[?, ?, ?, ?]>>, %y: memref<1x8x8x32xf32, strided<[4096, 512, 64, 2]>>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<1x1x16x32xf32>) residual(%r : memref<1x8x8x32xf32, strided<[?, ?, ?, ?]>>) outs(%y : memref<1x8x8x32xf32, strided<[4096, 512, 64, 2]>>)
  return
}

// CHECK: autotune-strides.mlir:[[#@LINE+2]]:3: warning: innermost stride of the input is 2: its elements are loaded one by one
func.func @depthwise(%x: memref<1x8x8x16xf32, strided<[2048, 256, 32, 2]>>, %w: memref<3x3x16xf32>, %y: memref<1x6x6x16xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x8x8x16xf32, strided<[2048, 256, 32, 2]>>, memref<3x3x16xf32>) outs(%y : memref<1x6x6x16xf32>)
  return
}

// A schedule somebody gave is kept, and the same is said of it.
// CHECK: autotune-strides.mlir:[[#@LINE+2]]:3: warning: innermost stride of the output is 2: its elements are stored one by one
func.func @given(%x: memref<1x8x8x16xf32>, %w: memref<1x1x16x32xf32>, %y: memref<1x8x8x32xf32, strided<[4096, 512, 64, 2]>>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<1x1x16x32xf32>) outs(%y : memref<1x8x8x32xf32, strided<[4096, 512, 64, 2]>>) {conv.schedule = #conv.schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, h_ob = 1>}
  return
}

// Pitches, offsets, the scalars of an input and single elements: no word.
func.func @pitch(%x: memref<1x8x8x16xf32, strided<[4096, 512, 64, 2], offset: 5>>, %w: memref<1x1x16x32xf32>, %y: memref<1x8x8x32xf32, strided<[?, ?, ?, 1], offset: ?>>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32, strided<[4096, 512, 64, 2], offset: 5>>, memref<1x1x16x32xf32>) outs(%y : memref<1x8x8x32xf32, strided<[?, ?, ?, 1], offset: ?>>)
  return
}
func.func @single(%x: memref<1x8x8x16xf32>, %w: memref<1x1x16x1xf32>, %y: memref<1x8x8x1xf32, strided<[?, ?, ?, ?]>>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<1x1x16x1xf32>) outs(%y : memref<1x8x8x1xf32, strided<[?, ?, ?, ?]>>)
  return
}
