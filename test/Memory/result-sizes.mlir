// Functions that say the sizes of results, and whether those of arguments fit.
// RUN: conv-opt %s --conv-result-sizes --split-input-file | FileCheck %s

// Rows and columns follow from the image's; the batch must be the residual's.
// CHECK-LABEL: func.func @conv
// CHECK-LABEL: func.func private @conv_result_sizes(
// CHECK-SAME:    %[[SIZES:.*]]: memref<4xi64>, %[[RESULT:.*]]: memref<2xi64>) -> i32 attributes {conv.sizes_of = @conv}
// CHECK-NOT:     tensor
// CHECK:         %[[BATCH:.*]] = memref.load %[[SIZES]][%c0]
// CHECK:         %[[ROWS:.*]] = memref.load %[[SIZES]][%c1]
// CHECK:         affine.apply
// CHECK:         arith.cmpi eq
// CHECK:         memref.store %[[BATCH]], %[[RESULT]][%c0]
// CHECK:         memref.store {{.*}}, %[[RESULT]][%c1]
// CHECK-NOT:     tensor
// CHECK:         return {{.*}} : i32
func.func @conv(%x: tensor<?x?x8x4xf32>, %w: tensor<3x3x4x8xf32>, %y: tensor<?x?x6x8xf32>)
    -> tensor<?x?x6x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x8x4xf32>
  %h = tensor.dim %x, %c1 : tensor<?x?x8x4xf32>
  %ho = affine.apply affine_map<()[s] -> (s - 2)>()[%h]
  %e = tensor.empty(%n, %ho) : tensor<?x?x6x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<?x?x8x4xf32>, tensor<3x3x4x8xf32>)
    residual(%y : tensor<?x?x6x8xf32>) outs(%e : tensor<?x?x6x8xf32>) -> tensor<?x?x6x8xf32>
  return %r : tensor<?x?x6x8xf32>
}

// -----

// Static results need none; there is still something to check.
// CHECK-LABEL: func.func private @sum_result_sizes(
// CHECK-SAME:    memref<2xi64>, %{{.*}}: memref<0xi64>) -> i32
// CHECK:         arith.cmpi ne
func.func @sum(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, c) -> (n, c)>, affine_map<(n, c) -> (n, c)>, affine_map<(n, c) -> (c)>],
    iterator_types = ["reduction", "parallel"]}
    ins(%x, %y : tensor<?x4xf32>, tensor<?x4xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A slice must not leave its tensor; where it begins is not known beforehand in
// the second case, and taken for granted.
// CHECK-LABEL: func.func private @slice_result_sizes(
// CHECK:         affine.apply
func.func @slice(%x: tensor<?xf32>) -> tensor<4xf32> {
  %r = tensor.extract_slice %x[2] [4] [1] : tensor<?xf32> to tensor<4xf32>
  return %r : tensor<4xf32>
}
// CHECK-LABEL: func.func private @slice_at_result_sizes(
// CHECK-NOT:     affine.apply
// CHECK:         return
func.func @slice_at(%x: tensor<?xf32>, %at: index) -> tensor<4xf32> {
  %r = tensor.extract_slice %x[%at] [4] [1] : tensor<?xf32> to tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// What has effects is not done twice. Callers in the module get a function that
// stays as it is.
// CHECK-LABEL: func.func @effects(
// CHECK:       func.func private @effects_result_sizes(
// CHECK-NOT:     scf.for
// CHECK:         return
// CHECK:       func.func private @effects_inside(
// CHECK-LABEL: func.func @caller(
// CHECK:         call @effects_inside
func.func @effects(%x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %zero, %x[%i] : memref<?xf32>
  }
  return
}
func.func @caller(%x: memref<?xf32>) {
  call @effects(%x) : (memref<?xf32>) -> ()
  return
}

// -----

// CHECK-LABEL: func.func @static
// CHECK-NOT: result_sizes
func.func @static(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
