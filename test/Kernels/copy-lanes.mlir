// What is packed, gathered and added beside a contraction moves in vectors of the
// schedule's width.
// RUN: conv-opt %s --conv-apply-schedule --conv-tile --conv-bufferize --conv-lower-to-loops | FileCheck %s --implicit-check-not="vector<{{8|16}}xf32>"

// CHECK-LABEL: func.func @gather(
// CHECK:         vector.store {{.*}} vector<4xf32>
func.func @gather(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x8xf32>, %o: memref<1x6x6x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x8xf32>) outs(%o : memref<1x6x6x8xf32>) schedule<algorithm = im2row, n_vec = 4, c_ob = 8, w_ob = 3>
  return
}

// CHECK-LABEL: func.func @transpose(
// CHECK:         vector.store {{.*}} vector<4xf32>
func.func @transpose(%x: memref<1x8x8x16xf32>, %w: memref<8x16x3x3xf32>, %o: memref<1x6x6x8xf32>) {
  conv.conv dims<nhwc x kcrs -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<8x16x3x3xf32>) outs(%o : memref<1x6x6x8xf32>) schedule<algorithm = im2col, n_vec = 4, c_ob = 8, w_ob = 3>
  return
}

// CHECK-LABEL: func.func @add(
// CHECK:         vector.store {{.*}} vector<4xf32>
func.func @add(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x8xf32>, %o: memref<1x6x6x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x8xf32>) outs(%o : memref<1x6x6x8xf32>) schedule<algorithm = kn2col_as, n_vec = 4, c_ob = 8, w_ob = 3>
  return
}
