// RUN: conv-opt %s --conv-vectorize-rest="n-fma=2 l-fma=4 n-vec=8 n-reg=16" --canonicalize --cse | FileCheck %s -enable-var-scope

// Channels fill vectors. Padding is not written: indices are moved into the
// image, where the nearest element is one of the window.
// CHECK-DAG: #[[$BEFORE:.+]] = affine_map<(d0) -> (d0 * 2 - 1)>
// CHECK-DAG: #[[$SCALE:.+]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-LABEL: func.func @max_nhwc(
// CHECK-SAME:    %[[X:.+]]: tensor<1x112x112x64xf32>)
// CHECK-NOT:     tensor.pad
// CHECK-NOT:     linalg.
// CHECK:         scf.for %[[H:.+]] = %{{.+}} to %c56
// CHECK:           scf.for %[[W:.+]] = %{{.+}} to %c56
// CHECK:             scf.for %[[C:.+]] = %c0 to %c64 step %c32 iter_args(%[[O:.+]] =
// CHECK:               %[[H0:.+]] = affine.apply #[[$BEFORE]](%[[H]])
// CHECK:               %[[H1:.+]] = arith.maxsi %[[H0]], %c0
// CHECK:               %[[H2:.+]] = arith.minsi %[[H1]], %c111
// CHECK:               vector.transfer_read %[[X]][%c0, %[[H2]], %{{.+}}, %[[C]]], {{.*}} {in_bounds = [true]} : {{.*}}, vector<32xf32>
// CHECK-COUNT-8:       arith.maximumf {{.*}} : vector<32xf32>
// CHECK-NOT:           arith.maximumf
// CHECK:               vector.transfer_write %{{.+}}, %[[O]][%c0, %[[H]], %[[W]], %[[C]]]
func.func @max_nhwc(%x: tensor<1x112x112x64xf32>) -> tensor<1x56x56x64xf32> {
  %low = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<1x112x112x64xf32> to tensor<1x114x114x64xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x56x56x64xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>}
    ins(%p, %w : tensor<1x114x114x64xf32>, tensor<3x3xf32>) outs(%f : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}

// Columns fill vectors; every second one is taken after the rows were combined.
// The first column reads padding and is computed alone. The last vector begins
// where it ends with the row.
// CHECK-LABEL: func.func @max_nchw(
// CHECK-NOT:     tensor.pad
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             tensor.extract
// CHECK-NOT:         vector
// CHECK:             tensor.insert
// CHECK:             scf.for %{{.+}} = %c1 to %c49 step %c16
// CHECK-COUNT-3:       vector.transfer_read {{.*}}, vector<32xf32>
// CHECK:               vector.shuffle %{{.+}} [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30] : vector<32xf32>
// CHECK:               vector.shuffle %{{.+}} [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31] : vector<32xf32>
// CHECK-COUNT-3:       vector.transfer_read {{.*}}, vector<32xf32>
// CHECK:               vector.shuffle %{{.+}} [1, 3,
// CHECK-NOT:           vector.shuffle
// CHECK:             vector.transfer_read {{.*}}, vector<16xf32>
// CHECK:             vector.transfer_write %{{.+}}[%c0, %{{.+}}, %{{.+}}, %c48] {{.*}} : vector<8xf32>
func.func @max_nchw(%x: tensor<1x64x112x112xf32>) -> tensor<1x64x56x56xf32> {
  %low = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<1x64x112x112xf32> to tensor<1x64x114x114xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x64x56x56xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
  %r = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>}
    ins(%p, %w : tensor<1x64x114x114xf32>, tensor<3x3xf32>) outs(%f : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
  return %r : tensor<1x64x56x56xf32>
}

// A window as wide as its stride: all of three vectors are taken apart. The
// window of one element reads none behind the last row's end, where a vector
// would: the last column is computed alone.
// CHECK-LABEL: func.func @stride_of_three(
// CHECK:         scf.for
// CHECK-COUNT-3:     vector.transfer_read {{.*}}, vector<24xf32>
// CHECK:             vector.shuffle %{{.+}} [0, 3, 6, 9, 12, 15, 18, 21] : vector<24xf32>
// CHECK:             vector.shuffle %{{.+}} [1, 4, 7, 10, 13, 16, 19, 22] : vector<24xf32>
// CHECK:             vector.shuffle %{{.+}} [2, 5, 8, 11, 14, 17, 20, 23] : vector<24xf32>
// CHECK:         scf.for
// CHECK:             %[[R:.+]] = vector.transfer_read {{.*}}, vector<24xf32>
// CHECK:             vector.shuffle %[[R]], %[[R]] [0, 3, 6, 9, 12, 15, 18, 21] : vector<24xf32>
// CHECK:             tensor.extract
func.func @stride_of_three(%x: tensor<1x4x48x48xf32>, %y: tensor<1x4x1x25xf32>) -> (tensor<1x4x16x16xf32>, tensor<1x4x1x9xf32>) {
  %zero = arith.constant 0.0 : f32
  %w = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x4x16x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x16x16xf32>) -> tensor<1x4x16x16xf32>
  %r = linalg.pooling_nchw_sum {strides = dense<3> : vector<2xi64>}
    ins(%x, %w : tensor<1x4x48x48xf32>, tensor<3x3xf32>) outs(%f : tensor<1x4x16x16xf32>) -> tensor<1x4x16x16xf32>
  %w1 = tensor.empty() : tensor<1x1xf32>
  %e1 = tensor.empty() : tensor<1x4x1x9xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x4x1x9xf32>) -> tensor<1x4x1x9xf32>
  %s = linalg.pooling_nchw_sum {strides = dense<3> : vector<2xi64>}
    ins(%y, %w1 : tensor<1x4x1x25xf32>, tensor<1x1xf32>) outs(%f1 : tensor<1x4x1x9xf32>) -> tensor<1x4x1x9xf32>
  return %r, %s : tensor<1x4x16x16xf32>, tensor<1x4x1x9xf32>
}

// What is outside counts as zero; the division takes the sums along.
// CHECK-LABEL: func.func @average(
// CHECK-NOT:     tensor.pad
// CHECK-DAG:     %[[NINE:.+]] = arith.constant dense<9.0
// CHECK-DAG:     %[[ZERO:.+]] = arith.constant dense<0.0
// CHECK:         %[[V:.+]] = vector.transfer_read
// CHECK:         arith.select %{{.+}}, %[[V]], %[[ZERO]] : vector<16xf32>
// CHECK-COUNT-9: arith.addf {{.*}} : vector<16xf32>
// CHECK-NEXT:    %[[A:.+]] = arith.divf %{{.+}}, %[[NINE]]
// CHECK-NEXT:    vector.transfer_write %[[A]]
// CHECK-NOT:     linalg.generic
// CHECK:         return
func.func @average(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %nine = arith.constant 9.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x16xf32> to tensor<1x10x10x16xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x8x8x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %s = linalg.pooling_nhwc_sum
    ins(%p, %w : tensor<1x10x10x16xf32>, tensor<3x3xf32>) outs(%f : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%s : tensor<1x8x8x16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.divf %a, %nine : f32
    linalg.yield %q : f32
  } -> tensor<1x8x8x16xf32>
  return %r : tensor<1x8x8x16xf32>
}

// The window is the image: a sum along rows of 49, 32 and what is left.
// CHECK-LABEL: func.func @global(
// CHECK-SAME:    %[[X:.+]]: tensor<1x2048x7x7xf32>)
// CHECK:         %[[ROWS:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]]
// CHECK:         scf.for %[[C:.+]] = %c0 to %c2048
// CHECK:           vector.transfer_read %[[ROWS]][%c0, %[[C]], %c0], {{.*}}, vector<32xf32>
// CHECK:           vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<32xf32> into f32
// CHECK:           vector.transfer_read %[[ROWS]][%c0, %[[C]], %c32], {{.*}}, vector<17xf32>
// CHECK:           vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<17xf32> into f32
func.func @global(%x: tensor<1x2048x7x7xf32>) -> tensor<1x2048x1x1xf32> {
  %zero = arith.constant 0.0 : f32
  %w = tensor.empty() : tensor<7x7xf32>
  %e = tensor.empty() : tensor<1x2048x1x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2048x1x1xf32>) -> tensor<1x2048x1x1xf32>
  %s = linalg.pooling_nchw_sum
    ins(%x, %w : tensor<1x2048x7x7xf32>, tensor<7x7xf32>) outs(%f : tensor<1x2048x1x1xf32>) -> tensor<1x2048x1x1xf32>
  return %s : tensor<1x2048x1x1xf32>
}

// So is any sum over the last dimensions, whether it keeps them or not.
// CHECK-LABEL: func.func @means(
// CHECK:         %[[ROWS:.+]] = tensor.collapse_shape %{{.+}} {{\[\[}}0], [1], [2, 3]] : tensor<1x96x7x7xf32> into tensor<1x96x49xf32>
// CHECK:         vector.reduction <add>
// CHECK:         vector.reduction <add>
// CHECK-NOT:     linalg
// CHECK:         return
#all = affine_map<(n, c, h, w) -> (n, c, h, w)>
#kept = affine_map<(n, c, h, w) -> (n, c, 0, 0)>
#dropped = affine_map<(n, c, h, w) -> (n, c)>
func.func @means(%x: tensor<1x96x7x7xf32>, %y: tensor<1x96x1x1xf32>, %z: tensor<1x96xf32>) -> (tensor<1x96x1x1xf32>, tensor<1x96xf32>) {
  %0 = linalg.generic {indexing_maps = [#all, #kept], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
    ins(%x : tensor<1x96x7x7xf32>) outs(%y : tensor<1x96x1x1xf32>) {
  ^bb0(%a: f32, %o: f32):
    %2 = arith.addf %a, %o : f32
    linalg.yield %2 : f32
  } -> tensor<1x96x1x1xf32>
  %1 = linalg.generic {indexing_maps = [#all, #dropped], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
    ins(%x : tensor<1x96x7x7xf32>) outs(%z : tensor<1x96xf32>) {
  ^bb0(%a: f32, %o: f32):
    %2 = arith.addf %a, %o : f32
    linalg.yield %2 : f32
  } -> tensor<1x96xf32>
  return %0, %1 : tensor<1x96x1x1xf32>, tensor<1x96xf32>
}

// Of a batch of any size, too.
// CHECK-LABEL: func.func @batch(
// CHECK-NOT:     tensor.pad
// CHECK:         %[[N:.+]] = tensor.dim %{{.+}}, %c0
// CHECK:         scf.for %[[I:.+]] = %c0 to %{{.+}} step %c1
// CHECK:           arith.maximumf {{.*}} : vector<16xf32>
// CHECK:         return
func.func @batch(%x: tensor<?x8x8x16xf32>) -> tensor<?x4x4x16xf32> {
  %c0 = arith.constant 0 : index
  %low = arith.constant 0xFF800000 : f32
  %n = tensor.dim %x, %c0 : tensor<?x8x8x16xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<?x8x8x16xf32> to tensor<?x9x9x16xf32>
  %e = tensor.empty(%n) : tensor<?x4x4x16xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<?x4x4x16xf32>) -> tensor<?x4x4x16xf32>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>}
    ins(%p, %w : tensor<?x9x9x16xf32>, tensor<3x3xf32>) outs(%f : tensor<?x4x4x16xf32>) -> tensor<?x4x4x16xf32>
  return %r : tensor<?x4x4x16xf32>
}

// Half the work or less: rows first, then what they have become, each padded by
// its own part. Vectors that reach over the padding are shuffled out of what the
// row has; the last one takes lanes again that the one before it had.
// CHECK-LABEL: func.func @large_window(
// CHECK-NOT:     tensor.pad
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             vector.transfer_read %{{.+}}[%c0, %{{.+}}, %{{.+}}, %c0]
// CHECK:             vector.shuffle %{{.+}} [0, 0, 0, 1, 2, 3, 4, 5] : vector<8xf32>
// CHECK:             vector.shuffle %{{.+}} [0, 0, 1, 2, 3, 4, 5, 6] : vector<8xf32>
// CHECK:             vector.transfer_read %{{.+}}[%c0, %{{.+}}, %{{.+}}, %c4]
// CHECK:             vector.shuffle %{{.+}} [1, 2, 3, 4, 5, 6, 7, 7] : vector<8xf32>
// CHECK:             vector.shuffle %{{.+}} [2, 3, 4, 5, 6, 7, 7, 7] : vector<8xf32>
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-NOT:         vector.shuffle
// CHECK-COUNT-8:     arith.maximumf
// CHECK:         return
func.func @large_window(%x: tensor<1x64x12x12xf32>) -> tensor<1x64x12x12xf32> {
  %low = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 0, 2, 2] high[0, 0, 2, 2] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<1x64x12x12xf32> to tensor<1x64x16x16xf32>
  %w = tensor.empty() : tensor<5x5xf32>
  %e = tensor.empty() : tensor<1x64x12x12xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x64x12x12xf32>) -> tensor<1x64x12x12xf32>
  %r = linalg.pooling_nchw_max
    ins(%p, %w : tensor<1x64x16x16xf32>, tensor<5x5xf32>) outs(%f : tensor<1x64x12x12xf32>) -> tensor<1x64x12x12xf32>
  return %r : tensor<1x64x12x12xf32>
}

// 3x3: nine steps against six and another buffer. Sums would be rounded
// otherwise.
// CHECK-LABEL: func.func @small_window(
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK-COUNT-8:     arith.maximumf
// CHECK:         return
func.func @small_window(%x: tensor<1x14x14x8xf32>) -> tensor<1x12x12x8xf32> {
  %low = arith.constant 0xFF800000 : f32
  %w = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x12x12x8xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x12x12x8xf32>) -> tensor<1x12x12x8xf32>
  %r = linalg.pooling_nhwc_max
    ins(%x, %w : tensor<1x14x14x8xf32>, tensor<3x3xf32>) outs(%f : tensor<1x12x12x8xf32>) -> tensor<1x12x12x8xf32>
  return %r : tensor<1x12x12x8xf32>
}

// Zero beside the row, in the lanes that are there.
// CHECK-LABEL: func.func @sum_beside(
// CHECK:         %[[ZERO:.+]] = arith.constant dense<0.0{{.*}} : vector<6xf32>
// CHECK:         vector.shuffle %{{.+}}, %[[ZERO]] [6, 0, 1, 2, 3, 4] : vector<6xf32>
// CHECK:         vector.shuffle %{{.+}}, %[[ZERO]] [1, 2, 3, 4, 5, 6] : vector<6xf32>
// CHECK:         return
func.func @sum_beside(%x: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 0, 1] high[0, 0, 0, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x4x6x6xf32> to tensor<1x4x6x8xf32>
  %w = tensor.empty() : tensor<1x3xf32>
  %e = tensor.empty() : tensor<1x4x6x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  %r = linalg.pooling_nchw_sum
    ins(%p, %w : tensor<1x4x6x8xf32>, tensor<1x3xf32>) outs(%f : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %r : tensor<1x4x6x6xf32>
}

// Channels that are padding as well, which none of the two parts alone has: all
// rows of the padded image are taken, and those of the added channels are padding.
// CHECK-LABEL: func.func @padded_channels(
// CHECK:         scf.for %{{.+}} = %c0 to %c6 step
// CHECK:           scf.for %{{.+}} = %c0 to %c16 step
// CHECK:             arith.select
// CHECK:         scf.for %{{.+}} = %c0 to %c6 step
// CHECK:           scf.for %{{.+}} = %c0 to %c12 step
// CHECK-NOT:         arith.select
// CHECK:         return
func.func @padded_channels(%x: tensor<1x4x12x12xf32>) -> tensor<1x6x12x12xf32> {
  %low = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[0, 1, 2, 2] high[0, 1, 2, 2] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<1x4x12x12xf32> to tensor<1x6x16x16xf32>
  %w = tensor.empty() : tensor<5x5xf32>
  %e = tensor.empty() : tensor<1x6x12x12xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x6x12x12xf32>) -> tensor<1x6x12x12xf32>
  %r = linalg.pooling_nchw_max
    ins(%p, %w : tensor<1x6x16x16xf32>, tensor<5x5xf32>) outs(%f : tensor<1x6x12x12xf32>) -> tensor<1x6x12x12xf32>
  return %r : tensor<1x6x12x12xf32>
}
