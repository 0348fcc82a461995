// The decision costs the same whatever an extent is: nothing is listed per row,
// column, pixel, image or channel. The bounds only keep a mistake from taking
// the machine with it; sanitizers reserve more than they allow.
// UNSUPPORTED: sanitized
// RUN: bash -c 'ulimit -v 2000000; timeout 60 conv-opt %s --conv-raise=products --conv-autotune=cpu=znver5' | FileCheck %s
// RUN: bash -c 'ulimit -v 2000000; timeout 60 conv-opt %s --conv-raise=products --conv-autotune="cpu=haswell threads=4" --conv-report=file=%t.json' -o /dev/null
// RUN: FileCheck %s --check-prefix=REPORT < %t.json
// RUN: bash -c 'ulimit -v 2000000; timeout 60 conv-opt %s --conv-raise=products --conv-autotune="cpu=znver5 algorithm=im2row form=banded"' | FileCheck %s --check-prefix=BANDED
// Bands depend on the rows in the cache and on a near divisor of all rows.
// BANDED-LABEL: func.func @rows(
// BANDED:         algorithm = im2row, form = banded,{{.*}} band = 4096
// BANDED-LABEL: func.func @many_rows(
// BANDED:         algorithm = im2row, form = banded,{{.*}} band = 16384

// REPORT:         "batch"

// CHECK-LABEL: func.func @rows(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @rows(%x: memref<1x1048576x1x8xf32>, %w: memref<3x1x8x8xf32>, %y: memref<1x1048576x1x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 0], high = [1, 0]>
    ins(%x, %w : memref<1x1048576x1x8xf32>, memref<3x1x8x8xf32>) outs(%y : memref<1x1048576x1x8xf32>)
  return
}

// CHECK-LABEL: func.func @many_rows(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @many_rows(%x: memref<1x2147483648x1x2xf32>, %w: memref<3x1x2x8xf32>, %y: memref<1x2147483648x1x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 0], high = [1, 0]>
    ins(%x, %w : memref<1x2147483648x1x2xf32>, memref<3x1x2x8xf32>) outs(%y : memref<1x2147483648x1x8xf32>)
  return
}

// CHECK-LABEL: func.func @many_columns(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @many_columns(%x: memref<1x2x3x2147483648xf32>, %w: memref<8x2x3x5xf32>, %y: memref<1x8x1x2147483648xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [0, 2], high = [0, 2]>
    ins(%x, %w : memref<1x2x3x2147483648xf32>, memref<8x2x3x5xf32>) outs(%y : memref<1x8x1x2147483648xf32>)
  return
}

// CHECK-LABEL: func.func @pixels(
// CHECK:         schedule<algorithm = direct, n_vec = 16,{{.*}} flatten = true
func.func @pixels(%x: memref<1x1048576x1048577x16xf32>, %w: memref<1x1x16x16xf32>, %y: memref<1x1048576x1048577x16xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : memref<1x1048576x1048577x16xf32>, memref<1x1x16x16xf32>) outs(%y : memref<1x1048576x1048577x16xf32>)
  return
}

// CHECK-LABEL: func.func @product(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @product(%x: tensor<100000000x64xf32>, %w: tensor<64x48xf32>, %y: tensor<100000000x48xf32>) -> tensor<100000000x48xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<100000000x64xf32>, tensor<64x48xf32>) outs(%y : tensor<100000000x48xf32>) -> tensor<100000000x48xf32>
  return %0 : tensor<100000000x48xf32>
}

// CHECK-LABEL: func.func @channels(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @channels(%x: memref<1x4x4x16777216xf32>, %w: memref<1x1x16777216x16777216xf32>, %y: memref<1x4x4x16777216xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : memref<1x4x4x16777216xf32>, memref<1x1x16777216x16777216xf32>) outs(%y : memref<1x4x4x16777216xf32>)
  return
}

// CHECK-LABEL: func.func @depthwise(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @depthwise(%x: memref<1x1048576x1x1024xf32>, %w: memref<31x1x1024xf32>, %y: memref<1x1048576x1x1024xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [15, 0], high = [15, 0]>
    ins(%x, %w : memref<1x1048576x1x1024xf32>, memref<31x1x1024xf32>) outs(%y : memref<1x1048576x1x1024xf32>)
  return
}

// CHECK-LABEL: func.func @batch(
// CHECK:         schedule<algorithm = direct, n_vec = 16,
func.func @batch(%x: memref<2147483648x4x4x4xf32>, %w: memref<3x3x4x8xf32>, %y: memref<2147483648x2x2x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : memref<2147483648x4x4x4xf32>, memref<3x3x4x8xf32>) outs(%y : memref<2147483648x2x2x8xf32>)
  return
}
