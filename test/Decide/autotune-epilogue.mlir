// RUN: conv-opt %s --conv-autotune="cpu=znver5" --split-input-file | FileCheck %s
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 algorithm=kn2row_aa" --split-input-file 2>&1 | FileCheck %s --check-prefix=AA
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 algorithm=kn2col_as" --split-input-file 2>&1 | FileCheck %s --check-prefix=AA

// Functions run in loops over the tile that has just been stored.
// CHECK-LABEL: func @gelu
// CHECK: schedule<{{.*}}epilogue = output>
func.func @gelu(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>, %b: memref<32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>)
    outs(%o : memref<1x6x6x32xf32>) epilogue(%b by affine_map<(n, h, w, k) -> (k)> : memref<32xf32>) {
  ^bb0(%acc: f32, %bias: f32):
    %s = arith.addf %acc, %bias : f32
    %e = math.erf %s : f32
    conv.yield %e : f32
  }
  return
}

// -----

// But not where the residual may lie in the output, and light bodies never.
// CHECK-LABEL: func @residual
// CHECK-NOT: epilogue = output
func.func @residual(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>)
    outs(%o : memref<1x6x6x32xf32>) epilogue(%o by affine_map<(n, h, w, k) -> (n, h, w, k)> : memref<1x6x6x32xf32>) {
  ^bb0(%acc: f32, %z: f32):
    %s = arith.addf %acc, %z : f32
    %e = math.erf %s : f32
    conv.yield %e : f32
  }
  return
}

// -----

// CHECK-LABEL: func @requantize
// CHECK-NOT: epilogue = output
// AA: error: 'conv.conv' op {{.*}}the sums are kept in the output, whose elements have another type
func.func @requantize(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xi8>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>)
    outs(%o : memref<1x6x6x32xi8>) epilogue {
  ^bb0(%acc: f32):
    %e = arith.fptosi %acc : f32 to i8
    conv.yield %e : i8
  }
  return
}
