// RUN: conv-opt %s --conv-version-strides | FileCheck %s -enable-var-scope

// Columns and channels that follow each other, rows at any pitch. The filter's
// innermost dimension is asked for, its others are not.
// CHECK-LABEL: func.func @image(
// CHECK-SAME:    %[[X:[^:]+]]: memref<?x8x8x16xf32, strided<[?, ?, ?, ?], offset: ?>>, %[[W:[^:]+]]: memref<1x1x16x32xf32, strided<[?, ?, ?, ?]>>, %[[Y:[^:]+]]: memref<?x8x8x32xf32, strided<[?, ?, ?, 1], offset: 3>>)
// CHECK:         %[[XB:.+]], %[[XO:.+]], %{{.+}}:4, %[[XS:.+]]:4 = memref.extract_strided_metadata %[[X]]
// CHECK:         arith.cmpi eq, %[[XS]]#2, %c16
// CHECK:         arith.cmpi eq, %[[XS]]#3, %c1
// CHECK:         %{{.+}}, %{{.+}}, %{{.+}}:4, %[[WS:.+]]:4 = memref.extract_strided_metadata %[[W]]
// CHECK:         arith.cmpi eq, %[[WS]]#3, %c1
// CHECK:         %{{.+}}, %{{.+}}, %{{.+}}:4, %[[YS:.+]]:4 = memref.extract_strided_metadata %[[Y]]
// CHECK:         %[[LAST:.+]] = arith.cmpi eq, %[[YS]]#2, %c32
// CHECK:         %[[ALL:.+]] = arith.andi %{{.+}}, %[[LAST]]
// CHECK:         scf.if %[[ALL]] {
// CHECK:           %[[FX:.+]] = memref.reinterpret_cast %[[XB]] to offset: [%[[XO]]], sizes: [%{{.+}}, 8, 8, 16], strides: [%[[XS]]#0, %[[XS]]#1, 16, 1] : memref<f32> to memref<?x8x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>
// CHECK:           conv.conv dims<nhwc x rsck -> nhwk> ins(%[[FX]], %{{.+}} : memref<?x8x8x16xf32, strided<[?, ?, 16, 1], offset: ?>>, memref<1x1x16x32xf32, strided<[?, ?, ?, 1]>>) outs(%{{.+}} : memref<?x8x8x32xf32, strided<[?, ?, 32, 1], offset: 3>>)
// CHECK:         } else {
// CHECK:           conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], %[[W]] : {{.*}}) outs(%[[Y]] :
func.func @image(%x: memref<?x8x8x16xf32, strided<[?, ?, ?, ?], offset: ?>>, %w: memref<1x1x16x32xf32, strided<[?, ?, ?, ?]>>, %y: memref<?x8x8x32xf32, strided<[?, ?, ?, 1], offset: 3>>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<?x8x8x16xf32, strided<[?, ?, ?, ?], offset: ?>>, memref<1x1x16x32xf32, strided<[?, ?, ?, ?]>>) outs(%y : memref<?x8x8x32xf32, strided<[?, ?, ?, 1], offset: 3>>)
  return
}

// Channels first: the columns alone. Known strides that differ, a pitch of
// rows, and dimensions of one element need no question.
// CHECK-LABEL: func.func @pitch(
// CHECK-NOT:     scf.if
// CHECK:         return
func.func @pitch(%x: memref<1x16x8x8xf32, strided<[?, ?, ?, 1]>>, %w: memref<32x16x1x1xf32, strided<[?, ?, ?, ?]>>, %y: memref<1x32x8x8xf32, strided<[?, ?, ?, 2]>>) {
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x16x8x8xf32, strided<[?, ?, ?, 1]>>, memref<32x16x1x1xf32, strided<[?, ?, ?, ?]>>) outs(%y : memref<1x32x8x8xf32, strided<[?, ?, ?, 2]>>)
  return
}

// A schedule was made for the strides that are there; tensors have none.
// CHECK-LABEL: func.func @others(
// CHECK-NOT:     scf.if
// CHECK:         return
func.func @others(%x: memref<1x8x8x16xf32, strided<[?, ?, ?, ?]>>, %w: memref<1x1x16x32xf32>, %y: memref<1x8x8x32xf32>, %t: tensor<1x8x8x16xf32>, %v: tensor<1x1x16x32xf32>, %o: tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32> {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32, strided<[?, ?, ?, ?]>>, memref<1x1x16x32xf32>) outs(%y : memref<1x8x8x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
  %0 = conv.conv dims<nhwc x rsck -> nhwk> ins(%t, %v : tensor<1x8x8x16xf32>, tensor<1x1x16x32xf32>) outs(%o : tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32>
  return %0 : tensor<1x8x8x32xf32>
}
