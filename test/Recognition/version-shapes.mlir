// Versions for the sizes that are declared, and one for all others.
// RUN: conv-opt %s --conv-version-shapes=sizes=32x48,64x64 --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-version-shapes=sizes=32x48,64x64 --split-input-file --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK-COUNT-2: remark: [Passed] version-shapes {{.*}}"a version for each of 2 sizes, and one for all others"
// REMARK: remark: [Passed] version-shapes {{.*}}"a version for each of 1 sizes, and one for all others"
// REMARK: remark: [Missed] version-shapes {{.*}}"the size of its image does not follow from the function's"
// RUN: conv-opt %s --conv-version-shapes --split-input-file | FileCheck %s --check-prefix=NONE --implicit-check-not=scf.if
// NONE: conv.conv

#half = affine_map<()[s0] -> ((s0 - 1) floordiv 2 + 1)>

// The size of the second image follows from that of the first.
// CHECK-LABEL: func.func @network(
// CHECK-SAME:    %[[X:.*]]: tensor<1x?x?x3xf32>
// CHECK-DAG:     %[[ROWS:.*]] = tensor.dim %[[X]], %c1
// CHECK-DAG:     %[[COLUMNS:.*]] = tensor.dim %[[X]], %c2
// CHECK:         %[[FIRST:.*]] = scf.if
// CHECK:           tensor.cast %[[X]] : tensor<1x?x?x3xf32> to tensor<1x32x48x3xf32>
// CHECK:           conv.conv {{.*}} outs({{.*}} : tensor<1x16x24x16xf32>) -> tensor<1x16x24x16xf32>
// CHECK:         } else {
// CHECK:           scf.if
// CHECK:             conv.conv {{.*}} outs({{.*}} : tensor<1x32x32x16xf32>) -> tensor<1x32x32x16xf32>
// CHECK:           } else {
// CHECK:             conv.conv {{.*}} {conv.image = array<i64: 32, 48>} -> tensor<1x?x?x16xf32>
// CHECK:         scf.if
// CHECK:           tensor.cast %[[FIRST]] : tensor<1x?x?x16xf32> to tensor<1x16x24x16xf32>
// CHECK:           conv.conv {{.*}} outs({{.*}} : tensor<1x16x24x8xf32>)
// CHECK:           scf.if
// CHECK:             conv.conv {{.*}} outs({{.*}} : tensor<1x32x32x8xf32>)
// CHECK:             conv.conv {{.*}} {conv.image = array<i64: 16, 24>}
func.func @network(%x: tensor<1x?x?x3xf32>, %w: tensor<3x3x3x16xf32>, %v: tensor<1x1x16x8xf32>) -> tensor<1x?x?x8xf32> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %h = tensor.dim %x, %c1 : tensor<1x?x?x3xf32>
  %k = tensor.dim %x, %c2 : tensor<1x?x?x3xf32>
  %ho = affine.apply #half()[%h]
  %wo = affine.apply #half()[%k]
  %e = tensor.empty(%ho, %wo) : tensor<1x?x?x16xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x?x?x3xf32>, tensor<3x3x3x16xf32>) outs(%e : tensor<1x?x?x16xf32>) -> tensor<1x?x?x16xf32>
  %o = tensor.empty(%ho, %wo) : tensor<1x?x?x8xf32>
  %s = conv.conv dims<nhwc x rsck -> nhwk> ins(%r, %v : tensor<1x?x?x16xf32>, tensor<1x1x16x8xf32>) outs(%o : tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32>
  return %s : tensor<1x?x?x8xf32>
}

// -----

// On memrefs; of rows only, where columns are known. Its residual has the size
// of the output; there is no version for a size the columns contradict.
// CHECK-LABEL: func.func @buffers(
// CHECK:         scf.if
// CHECK:           memref.cast %{{.*}} : memref<1x?x48x4xf32> to memref<1x32x48x4xf32>
// CHECK:           memref.cast %{{.*}} : memref<1x?x48x8xf32> to memref<1x32x48x8xf32>
// CHECK:           conv.conv {{.*}} residual({{.*}} : memref<1x32x48x8xf32>) outs({{.*}} : memref<1x32x48x8xf32>)
// CHECK-NEXT:    } else {
// CHECK-NEXT:      conv.conv {{.*}} outs({{.*}} : memref<1x?x48x8xf32>) {conv.image = array<i64: 32, 48>}
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @buffers(%x: memref<1x?x48x4xf32>, %w: memref<3x3x4x8xf32>, %r: memref<1x?x48x8xf32>, %o: memref<1x?x48x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x?x48x4xf32>, memref<3x3x4x8xf32>) residual(%r : memref<1x?x48x8xf32>) outs(%o : memref<1x?x48x8xf32>)
  return
}

// -----

// Through a transposition.
// CHECK-LABEL: func.func @transposed(
// CHECK:         conv.conv {{.*}} outs({{.*}} : tensor<1x32x48x8xf32>)
// CHECK:         conv.conv {{.*}} outs({{.*}} : tensor<1x64x64x8xf32>)
// CHECK:         conv.conv {{.*}} outs({{.*}} : tensor<1x?x?x8xf32>)
func.func @transposed(%x: tensor<1x4x?x?xf32>, %t: tensor<1x?x?x4xf32>, %w: tensor<1x1x4x8xf32>, %o: tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32> {
  %y = linalg.transpose ins(%x : tensor<1x4x?x?xf32>) outs(%t : tensor<1x?x?x4xf32>) permutation = [0, 2, 3, 1]
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%y, %w : tensor<1x?x?x4xf32>, tensor<1x1x4x8xf32>) outs(%o : tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32>
  return %r : tensor<1x?x?x8xf32>
}

// -----

// Known sizes and schedules stay; so does what no size is known of.
// CHECK-LABEL: func.func @left(
// CHECK-NOT:     scf.if
func.func private @image() -> tensor<1x?x?x4xf32>
func.func @left(%x: tensor<1x8x8x4xf32>, %d: tensor<1x?x?x4xf32>, %w: tensor<1x1x4x8xf32>, %o: tensor<1x8x8x8xf32>, %u: tensor<1x?x?x8xf32>) -> (tensor<1x8x8x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x8xf32>) outs(%o : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  %s = conv.conv dims<nhwc x rsck -> nhwk> ins(%d, %w : tensor<1x?x?x4xf32>, tensor<1x1x4x8xf32>) outs(%u : tensor<1x?x?x8xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> -> tensor<1x?x?x8xf32>
  %y = call @image() : () -> tensor<1x?x?x4xf32>
  %t = conv.conv dims<nhwc x rsck -> nhwk> ins(%y, %w : tensor<1x?x?x4xf32>, tensor<1x1x4x8xf32>) outs(%u : tensor<1x?x?x8xf32>) -> tensor<1x?x?x8xf32>
  return %r, %s, %t : tensor<1x8x8x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>
}
