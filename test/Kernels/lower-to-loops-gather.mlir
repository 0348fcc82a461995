// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope --implicit-check-not=conv.im2 --implicit-check-not=conv.mec

// Columns and channels of a window's row follow each other in the image and in
// the patch: one run of 3 x 16 elements, three vectors.
// CHECK-LABEL: func.func @im2row(
// CHECK-COUNT-4: scf.for
// CHECK-NOT:     scf.for
// CHECK:         %[[V:.*]] = vector.load
// CHECK-NEXT:    vector.store %[[V]]
// CHECK-COUNT-2: vector.store
// CHECK-NOT:     vector.store
// CHECK-NOT:     vector.maskedstore
func.func @im2row(%x: memref<2x8x8x16xf32>, %a: memref<2x1x6x6x3x3x16xf32>) {
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<2x8x8x16xf32>) outs(%a : memref<2x1x6x6x3x3x16xf32>)
  return
}

// Rows outside of the image are zeros. The zero is a value of its place: a
// constant would be moved out of all loops and keep a register.
// CHECK-LABEL: func.func @padded_rows(
// CHECK:         %[[INSIDE:.*]] = arith.cmpi ult
// CHECK:         scf.if %[[INSIDE]] {
// CHECK:           vector.load
// CHECK:         } else {
// CHECK:           %[[SAME:.*]] = conv.opaque %[[ROW:.*]]
// CHECK:           %[[NONE:.*]] = arith.subi %[[SAME]], %[[ROW]]
// CHECK:           %[[BITS:.*]] = arith.index_cast %[[NONE]] : index to i32
// CHECK:           %[[ZERO:.*]] = arith.bitcast %[[BITS]] : i32 to f32
// CHECK:           %[[ZEROS:.*]] = vector.broadcast %[[ZERO]] : f32 to vector<16xf32>
// CHECK:           vector.store %[[ZEROS]]
// CHECK-NOT:       vector.load
// CHECK:         }
func.func @padded_rows(%x: memref<1x8x8x16xf32>, %a: memref<1x1x8x6x3x3x16xf32>) {
  conv.im2row dims<nhwc x rsck -> nhwk, low = [1, 0], high = [1, 0]> ins(%x : memref<1x8x8x16xf32>) outs(%a : memref<1x1x8x6x3x3x16xf32>)
  return
}

// Columns at the border are known: the first window has one column of zeros,
// the last one as well, and nothing is tested in between.
// CHECK-LABEL: func.func @padded_columns(
// CHECK-NOT:     scf.if
// CHECK:         scf.for
// CHECK:           scf.for
// First output column: zeros, then two columns of the image.
// CHECK:             %[[ZEROS:.*]] = vector.broadcast
// CHECK:             vector.store %[[ZEROS]]
// CHECK:             vector.load
// The columns inside of the image.
// CHECK:             scf.for
// CHECK-NOT:         scf.if
func.func @padded_columns(%x: memref<1x8x8x16xf32>, %a: memref<1x1x6x8x3x3x16xf32>) {
  conv.im2row dims<nhwc x rsck -> nhwk, low = [0, 1], high = [0, 1]> ins(%x : memref<1x8x8x16xf32>) outs(%a : memref<1x1x6x8x3x3x16xf32>)
  return
}

// Channels are contiguous in the image, columns in the matrix: squares of
// vectors, transposed in registers.
// CHECK-LABEL: func.func @im2col(
// CHECK-COUNT-16: vector.load
// CHECK-NOT:     vector.load
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.store
// CHECK-NOT:     memref.store
func.func @im2col(%x: memref<1x18x18x16xf32>, %a: memref<1x1x16x3x3x16x16xf32>) {
  conv.im2col dims<nhwc x rsck -> nhwk> ins(%x : memref<1x18x18x16xf32>) outs(%a : memref<1x1x16x3x3x16x16xf32>)
  return
}

// Parts of a square: masks for the lanes that are not there, and no zeros to
// fill it up.
// CHECK-LABEL: func.func @im2col_part(
// CHECK:         vector.maskedload
// CHECK-COUNT-3: vector.maskedstore
// CHECK-NOT:     memref.store
func.func @im2col_part(%x: memref<1x8x8x3xf32>, %a: memref<1x1x3x3x3x6x6xf32>) {
  conv.im2col dims<nhwc x rsck -> nhwk> ins(%x : memref<1x8x8x3xf32>) outs(%a : memref<1x1x3x3x3x6x6xf32>)
  return
}

// Columns are contiguous in both: plain copies along them.
// CHECK-LABEL: func.func @im2col_nchw(
// CHECK-NOT:     vector.shuffle
// CHECK:         %[[V:.*]] = vector.load
// CHECK:         vector.store %[[V]]
func.func @im2col_nchw(%x: memref<1x4x18x18xf32>, %a: memref<1x1x4x3x3x16x16xf32>) {
  conv.im2col dims<nchw x kcrs -> nkhw> ins(%x : memref<1x4x18x18xf32>) outs(%a : memref<1x1x4x3x3x16x16xf32>)
  return
}

// A strip of MEC has the padded image's height; with a row origin the rows are
// those of a band.
// CHECK-LABEL: func.func @mec_band(
// CHECK-SAME:    %[[ROW:[a-z0-9]+]]: index
// CHECK:         scf.for
// CHECK:           arith.addi {{.*}}%[[ROW]]
// CHECK:           arith.cmpi ult
// CHECK:           scf.if
func.func @mec_band(%x: memref<1x8x8x16xf32>, %row: index, %l: memref<1x1x6x4x3x16xf32>) {
  conv.mec_lower dims<nhwc x rsck -> nhwk, low = [1, 0], high = [1, 0]> ins(%x : memref<1x8x8x16xf32>) row_origin(%row) outs(%l : memref<1x1x6x4x3x16xf32>)
  return
}

// im2win of NHWC: one column of one row of a window, its channels, at a time.
// CHECK-LABEL: func.func @im2win(
// CHECK-COUNT-3: scf.for
// CHECK-NOT:     scf.for
// CHECK:         vector.load
// CHECK:         vector.store
func.func @im2win(%x: memref<1x8x8x16xf32>, %t: memref<1x1x6x8x3x16xf32>) {
  conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x8x8x16xf32>) outs(%t : memref<1x1x6x8x3x16xf32>)
  return
}

// Nothing contiguous on either side: element by element.
// CHECK-LABEL: func.func @elements(
// CHECK-NOT:     vector.
// CHECK:         memref.load
// CHECK:         memref.store
func.func @elements(%x: memref<1x8x8x4xf32, strided<[2048, 256, 32, 8]>>, %a: memref<1x1x6x6x3x3x4xf32, strided<[15552, 15552, 2592, 432, 144, 48, 12]>>) {
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x8x8x4xf32, strided<[2048, 256, 32, 8]>>) outs(%a : memref<1x1x6x6x3x3x4xf32, strided<[15552, 15552, 2592, 432, 144, 48, 12]>>)
  return
}

// A dynamic batch is the bound of the outermost loop.
// CHECK-LABEL: func.func @dynamic_batch(
// CHECK:         %[[N:.*]] = memref.dim %{{.*}}, %{{.*}} : memref<?x1x6x6x3x3x16xf32>
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[N]]
func.func @dynamic_batch(%x: memref<?x8x8x16xf32>, %a: memref<?x1x6x6x3x3x16xf32>) {
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<?x8x8x16xf32>) outs(%a : memref<?x1x6x6x3x3x16xf32>)
  return
}
