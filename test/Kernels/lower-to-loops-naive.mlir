// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.contract --implicit-check-not=vector

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h * 2 + r - 1, w * 2 + s - 1, c)>
#inside = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#filter = affine_map<(n, g, h, w, k, r, s, c) -> (r, s, c, k)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// The definition: n, k, ho, wo, then c, r, s, one multiplication and one
// addition, and a test for the points that may lie outside of the image.
// CHECK-LABEL: func.func @padded(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x4xf32>, %[[F:[^:]*]]: memref<3x3x4x8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>
// CHECK:         scf.for %[[K:[a-z0-9]+]]
// CHECK:           scf.for %[[H:[a-z0-9]+]]
// CHECK:             scf.for %[[W:[a-z0-9]+]]
// CHECK:               %[[SUM:.*]] = scf.for %[[C:[a-z0-9]+]]
// CHECK:                 scf.for %[[R:[a-z0-9]+]]
// CHECK:                   scf.for %[[S:[a-z0-9]+]] = {{.*}} iter_args(%[[ACC:[a-z0-9]+]]
// CHECK:                     %[[ROW:.*]] = arith.cmpi ult
// CHECK:                     %[[COLUMN:.*]] = arith.cmpi ult
// CHECK:                     %[[IN:.*]] = arith.andi %[[ROW]], %[[COLUMN]]
// CHECK:                     scf.if %[[IN]]
// CHECK:                       memref.load %[[X]]
// CHECK:                       memref.load %[[F]][%[[R]], %[[S]], %[[C]], %[[K]]]
// CHECK:                       arith.mulf
// CHECK:                       arith.addf
// CHECK:                     } else {
// CHECK-NEXT:                  scf.yield %[[ACC]]
// CHECK:               memref.store %[[SUM]], %[[O]][%{{.*}}, %[[H]], %[[W]], %[[K]]]
func.func @padded(%x: memref<1x8x8x4xf32>, %f: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  conv.contract maps = [#image, #filter, #out] store = k_contiguous ins(%x, %f : memref<1x8x8x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>) schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain>
  return
}

// Without a border nothing is tested. What is in the output, bias, residual,
// clamp: in this order.
// CHECK-LABEL: func.func @epilogue(
// CHECK-SAME:    %{{[^:]*}}: memref<1x6x6x4xf32>, %{{[^:]*}}: memref<3x3x4x8xf32>, %[[B:[^:]*]]: memref<8xf32>, %[[Z:[^:]*]]: memref<1x4x4x8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>
// CHECK-NOT:     scf.if
// CHECK:         %[[OLD:.*]] = memref.load %[[O]]
// CHECK:         %[[S1:.*]] = arith.addf %{{.*}}, %[[OLD]]
// CHECK:         %[[BIAS:.*]] = memref.load %[[B]]
// CHECK:         %[[S2:.*]] = arith.addf %[[S1]], %[[BIAS]]
// CHECK:         %[[RES:.*]] = memref.load %[[Z]]
// CHECK:         %[[S3:.*]] = arith.addf %[[S2]], %[[RES]]
// CHECK:         %[[KEEP:.*]] = arith.cmpf ugt, %[[S3]]
// CHECK:         %[[CLAMPED:.*]] = arith.select %[[KEEP]], %[[S3]]
// CHECK:         memref.store %[[CLAMPED]], %[[O]]
func.func @epilogue(%x: memref<1x6x6x4xf32>, %f: memref<3x3x4x8xf32>, %b: memref<8xf32>, %z: memref<1x4x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  conv.contract maps = [#inside, #filter, #out] store = k_contiguous ins(%x, %f : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    bias(%b : memref<8xf32>) residual(%z : memref<1x4x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>) accumulate clamp<lower = 0.0 : f32> schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain>
  return
}

// A dynamic batch is the bound of the outermost loop.
// CHECK-LABEL: func.func @dynamic_batch(
// CHECK:         %[[N:.*]] = memref.dim %{{.*}}, %{{.*}} : memref<?x4x4x8xf32>
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[N]]
func.func @dynamic_batch(%x: memref<?x6x6x4xf32>, %f: memref<3x3x4x8xf32>, %o: memref<?x4x4x8xf32>) {
  conv.contract maps = [#inside, #filter, #out] store = k_contiguous ins(%x, %f : memref<?x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<?x4x4x8xf32>) schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain>
  return
}

// Factors are extended to the type of the sums.
// CHECK-LABEL: func.func @integers(
// CHECK:         %[[X:.*]] = memref.load %{{.*}} : memref<1x6x6x4xi8>
// CHECK:         %[[F:.*]] = memref.load %{{.*}} : memref<3x3x4x8xi8>
// CHECK-DAG:     %[[XW:.*]] = arith.extsi %[[X]] : i8 to i32
// CHECK-DAG:     %[[FW:.*]] = arith.extsi %[[F]] : i8 to i32
// CHECK:         %[[P:.*]] = arith.muli %[[XW]], %[[FW]] : i32
// CHECK:         arith.addi %{{.*}}, %[[P]] : i32
// CHECK:         arith.addi
// CHECK:         memref.store %{{.*}} : memref<1x4x4x8xi32>
func.func @integers(%x: memref<1x6x6x4xi8>, %f: memref<3x3x4x8xi8>, %b: memref<8xi32>, %o: memref<1x4x4x8xi32>) {
  conv.contract maps = [#inside, #filter, #out] store = k_contiguous ins(%x, %f : memref<1x6x6x4xi8>, memref<3x3x4x8xi8>)
    bias(%b : memref<8xi32>) outs(%o : memref<1x4x4x8xi32>) schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain>
  return
}

// Padding that counts is multiplied as well.
// CHECK-LABEL: func.func @padding_value(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x8x8x4xi8>, %[[F:[^:]*]]: memref<3x3x4x8xi8>
// CHECK-DAG:     %[[VALUE:.*]] = arith.constant -5 : i32
// CHECK:         scf.if
// CHECK:           memref.load %[[X]]
// CHECK:         } else {
// CHECK:           %[[W:.*]] = memref.load %[[F]]
// CHECK:           %[[WIDE:.*]] = arith.extsi %[[W]]
// CHECK:           arith.muli %[[WIDE]], %[[VALUE]]
func.func @padding_value(%x: memref<1x8x8x4xi8>, %f: memref<3x3x4x8xi8>, %o: memref<1x4x4x8xi32>) {
  conv.contract maps = [#image, #filter, #out] store = k_contiguous ins(%x, %f : memref<1x8x8x4xi8>, memref<3x3x4x8xi8>)
    outs(%o : memref<1x4x4x8xi32>) schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain> {padding_value = -5 : i64}
  return
}
