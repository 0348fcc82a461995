// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.shift_add

// Products along the channels: the output is cleared, then every tap is added to
// the points it meets. Tap (0, 0) of a padded 2x2 window misses the first row
// and column.
// CHECK-LABEL: func.func @columns(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C5:.*]] = arith.constant 5 : index
// CHECK:         vector.store %[[ZERO]]
// CHECK:         scf.for %{{.*}} = %[[C1]] to %[[C5]]
// CHECK:           scf.for %{{.*}} = %[[C1]] to %[[C5]]
// CHECK:             %[[SUM:.*]] = vector.load
// CHECK:             %[[PRODUCT:.*]] = vector.load
// CHECK:             %[[NEXT:.*]] = arith.addf %[[SUM]], %[[PRODUCT]] : vector<16xf32>
// CHECK:             vector.store %[[NEXT]]
// Tap (0, 1) misses the first row alone, (1, 0) the first column, (1, 1) nothing
// but what lies behind the image.
// CHECK:         scf.for %{{.*}} = %[[C1]] to %[[C5]]
// CHECK:           scf.for %{{.*}} = %[[C0]] to %{{.*}}
// CHECK:         scf.for %{{.*}} = %[[C0]] to %{{.*}}
// CHECK:           scf.for %{{.*}} = %[[C1]] to %[[C5]]
// CHECK:         scf.for %{{.*}} = %[[C0]] to %{{.*}}
// CHECK:           scf.for %{{.*}} = %[[C0]] to %{{.*}}
func.func @columns(%t: memref<1x1x4x4x2x2x16xf32>, %o: memref<1x5x5x16xf32>) {
  conv.shift_add dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> order = ngpqrsk ins(%t : memref<1x1x4x4x2x2x16xf32>) outs(%o : memref<1x5x5x16xf32>)
  return
}

// Products in planes, output along the channels: squares of vectors are
// transposed. Channels outside, so that 16 planes are read at a time.
// CHECK-LABEL: func.func @planes(
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[C48:.*]] = arith.constant 48 : index
// CHECK:         scf.for %[[K:[a-z0-9]+]] = %{{.*}} to %[[C48]] step %[[C16]]
// CHECK:           scf.for %[[W:[a-z0-9]+]] = %{{.*}} to %[[C32]] step %[[C16]]
// CHECK-COUNT-16:    vector.load
// CHECK-COUNT-64:    vector.shuffle
// CHECK:             vector.load
// CHECK:             arith.addf
// CHECK:             vector.store
func.func @planes(%t: memref<1x1x1x1x48x8x32xf32>, %o: memref<1x8x32x48xf32>) {
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%t : memref<1x1x1x1x48x8x32xf32>) outs(%o : memref<1x8x32x48xf32>) accumulate
  return
}

// Planes to planes: vectors along the columns, the last by mask.
// CHECK-LABEL: func.func @rows(
// CHECK-NOT:     vector.shuffle
// CHECK:         vector.store
// CHECK:         vector.maskedstore
func.func @rows(%t: memref<1x1x1x1x8x8x20xf32>, %o: memref<1x8x8x20xf32>) {
  conv.shift_add dims<nchw x kcrs -> nkhw> order = ngrskpq ins(%t : memref<1x1x1x1x8x8x20xf32>) outs(%o : memref<1x8x8x20xf32>)
  return
}

// Bias and residual are what the sums start from, the clamp comes last.
// CHECK-LABEL: func.func @epilogue(
// CHECK-SAME:    %{{[^:]*}}: memref<1x1x4x4x1x1x16xf32>, %[[B:[^:]*]]: memref<16xf32>, %[[Z:[^:]*]]: memref<1x4x4x16xf32>
// CHECK:         arith.addf
// CHECK:         arith.addf
// CHECK:         vector.store
// CHECK:         arith.addf
// CHECK:         vector.store
// CHECK:         arith.cmpf ugt
// CHECK-NEXT:    arith.select
// CHECK:         vector.store
func.func @epilogue(%t: memref<1x1x4x4x1x1x16xf32>, %b: memref<16xf32>, %z: memref<1x4x4x16xf32>, %o: memref<1x4x4x16xf32>) {
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngpqrsk ins(%t : memref<1x1x4x4x1x1x16xf32>) bias(%b : memref<16xf32>) residual(%z : memref<1x4x4x16xf32>) outs(%o : memref<1x4x4x16xf32>) clamp<lower = 0.0 : f32>
  return
}
