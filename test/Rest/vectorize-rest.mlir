// RUN: conv-opt %s --conv-vectorize-rest="n-fma=2 l-fma=4 n-vec=8 n-reg=16" --canonicalize --cse --loop-invariant-code-motion | FileCheck %s -enable-var-scope

// Accumulators in registers along a row; what is left of it is a shorter vector.
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    %[[X:.+]]: tensor<64x1000xf32>, %[[Y:.+]]: tensor<64xf32>)
// CHECK-DAG:     %[[ZERO:.+]] = arith.constant dense<0.0{{.*}}> : vector<32xf32>
// CHECK:         scf.for %[[I:.+]] = %c0 to %c64 step %c1 iter_args(%[[O:.+]] = %[[Y]])
// CHECK:           %[[S:.+]] = scf.for %[[J:.+]] = %c0 to %c992 step %c32 iter_args(%[[ACC:.+]] = %[[ZERO]])
// CHECK:             %[[V:.+]] = vector.transfer_read %[[X]][%[[I]], %[[J]]]
// CHECK:             %[[P:.+]] = arith.mulf %[[V]], %[[V]] fastmath<contract>
// CHECK:             arith.addf %[[ACC]], %[[P]] fastmath<contract>
// CHECK:           %[[A:.+]] = vector.reduction <add>, %[[S]] fastmath<reassoc>
// CHECK:           vector.transfer_read %[[X]][%[[I]], %c992], {{.*}}, vector<8xf32>
// CHECK:           %[[B:.+]] = vector.reduction <add>
// CHECK:           %[[AB:.+]] = arith.addf %[[A]], %[[B]]
// CHECK:           %[[BEGIN:.+]] = tensor.extract %[[O]][%[[I]]]
// CHECK:           arith.addf %[[AB]], %[[BEGIN]]
func.func @rows(%x: tensor<64x1000xf32>, %y: tensor<64xf32>) -> tensor<64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                       iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<64x1000xf32>) outs(%y : tensor<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// A sum that keeps its dimension, as normalisations over channels have them.
// CHECK-LABEL: func.func @keeps(
// CHECK:         scf.for %[[I:.+]] = %c0 to %c5 step %c1
// CHECK:           vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<16xf64> into f64
// CHECK:           tensor.insert %{{.+}} into %{{.+}}[%[[I]], %c0] : tensor<5x1xf64>
func.func @keeps(%x: tensor<5x96xf64>, %y: tensor<5x1xf64>) -> tensor<5x1xf64> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, 0)>],
                       iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<5x96xf64>) outs(%y : tensor<5x1xf64>) {
  ^bb0(%a: f64, %o: f64):
    %0 = arith.addf %a, %o : f64
    linalg.yield %0 : f64
  } -> tensor<5x1xf64>
  return %r : tensor<5x1xf64>
}

// A normalisation is one pass, although its operands have dimensions of one.
// CHECK-LABEL: func.func @normalise(
// CHECK-COUNT-1: linalg.generic
// CHECK:           arith.subf
// CHECK-NEXT:      arith.mulf
// CHECK-NOT:     linalg.generic
// CHECK:         return
#image = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel = affine_map<(n, c, h, w) -> (c, 0, 0)>
func.func @normalise(%x: tensor<1x96x8x8xf32>, %m: tensor<96x1x1xf32>, %s: tensor<96x1x1xf32>) -> tensor<1x96x8x8xf32> {
  %e = tensor.empty() : tensor<1x96x8x8xf32>
  %0 = linalg.generic {indexing_maps = [#image, #channel, #image], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%x, %m : tensor<1x96x8x8xf32>, tensor<96x1x1xf32>) outs(%e : tensor<1x96x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %2 = arith.subf %a, %b : f32
    linalg.yield %2 : f32
  } -> tensor<1x96x8x8xf32>
  %1 = linalg.generic {indexing_maps = [#image, #channel, #image], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%0, %s : tensor<1x96x8x8xf32>, tensor<96x1x1xf32>) outs(%e : tensor<1x96x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %2 = arith.mulf %a, %b : f32
    linalg.yield %2 : f32
  } -> tensor<1x96x8x8xf32>
  return %1 : tensor<1x96x8x8xf32>
}

// Elementwise operations that follow each other become one, which LLVM
// vectorises. What a row needs once is not computed for each of its elements.
// CHECK-LABEL: func.func @chain(
// CHECK:         linalg.generic
// CHECK:           math.rsqrt
// CHECK-NEXT:      linalg.yield
// CHECK:         linalg.generic
// CHECK:           arith.mulf
// CHECK-NEXT:      arith.maximumf
// CHECK-NEXT:      linalg.yield
// CHECK-NOT:     linalg
// CHECK:         return
func.func @chain(%x: tensor<8x100xf32>, %v: tensor<8xf32>) -> tensor<8x100xf32> {
  %zero = arith.constant 0.0 : f32
  %d = tensor.empty() : tensor<8xf32>
  %e = tensor.empty() : tensor<8x100xf32>
  %q = linalg.rsqrt ins(%v : tensor<8xf32>) outs(%d : tensor<8xf32>) -> tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
    ins(%x, %q : tensor<8x100xf32>, tensor<8xf32>) outs(%e : tensor<8x100xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<8x100xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
    ins(%0 : tensor<8x100xf32>) outs(%e : tensor<8x100xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.maximumf %a, %zero : f32
    linalg.yield %1 : f32
  } -> tensor<8x100xf32>
  return %r : tensor<8x100xf32>
}

// Squares of vectors, turned in registers; the last one of a row of 49 begins at
// 41. Neighbouring dimensions that stay neighbours are one.
// CHECK-LABEL: func.func @transpose(
// CHECK-SAME:    %[[X:.+]]: tensor<1x64x7x7xf32>)
// CHECK:         %[[IN:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<1x64x7x7xf32> into tensor<1x64x49xf32>
// CHECK:         scf.for %[[J:.+]] = %c0 to %c49 step %c8
// CHECK:           %[[AT:.+]] = arith.minsi %[[J]], %c41
// CHECK:           scf.for %[[I:.+]] = %c0 to %c64 step %c8
// CHECK:             vector.transfer_read %[[IN]][%c0, %[[I]], %[[AT]]]
// CHECK-COUNT-24:    vector.shuffle
// CHECK-NOT:         vector.shuffle
// CHECK-COUNT-8:     vector.transfer_write
func.func @transpose(%x: tensor<1x64x7x7xf32>) -> tensor<1x7x7x64xf32> {
  %e = tensor.empty() : tensor<1x7x7x64xf32>
  %r = linalg.transpose ins(%x : tensor<1x64x7x7xf32>) outs(%e : tensor<1x7x7x64xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<1x7x7x64xf32>
}

// What is the same in all lanes stays scalar. Channels are neighbours.
// CHECK-LABEL: func.func @resize_nhwc(
// CHECK:         scf.for %[[H:.+]] = %c0 to %c8
// CHECK:           %[[Y:.+]] = arith.divui %[[H]], %c2 : index
// CHECK:           scf.for %[[W:.+]] = %c0 to %c8
// CHECK:             %[[Z:.+]] = arith.divui %[[W]], %c2 : index
// CHECK:             vector.transfer_read %{{.+}}[%c0, %[[Y]], %[[Z]], %c0], {{.*}}, vector<32xf32>
func.func @resize_nhwc(%x: tensor<1x4x4x32xf32>) -> tensor<1x8x8x32xf32> {
  %c2 = arith.constant 2 : index
  %e = tensor.empty() : tensor<1x8x8x32xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    outs(%e : tensor<1x8x8x32xf32>) {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %y = arith.divui %h, %c2 : index
    %z = arith.divui %w, %c2 : index
    %v = tensor.extract %x[%n, %y, %z, %c] : tensor<1x4x4x32xf32>
    linalg.yield %v : f32
  } -> tensor<1x8x8x32xf32>
  return %r : tensor<1x8x8x32xf32>
}

// Columns are not: where each is taken from is computed outside of the loops over
// channels and rows.
// CHECK-LABEL: func.func @resize_nchw(
// CHECK:         %[[Z:.+]] = arith.divui %{{.+}} : vector<32xindex>
// CHECK:         %[[D:.+]] = arith.index_cast %[[Z]] : vector<32xindex> to vector<32xi32>
// CHECK:         scf.for %{{.+}} = %c0 to %c32
// CHECK:           scf.for %{{.+}} = %c0 to %c32
// CHECK:             vector.gather %{{.+}}[%c0, %{{.+}}, %{{.+}}, %c0] [%[[D]]]
func.func @resize_nchw(%x: tensor<1x32x16x16xf32>) -> tensor<1x32x32x32xf32> {
  %c2 = arith.constant 2 : index
  %e = tensor.empty() : tensor<1x32x32x32xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    outs(%e : tensor<1x32x32x32xf32>) {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %c = linalg.index 1 : index
    %h = linalg.index 2 : index
    %w = linalg.index 3 : index
    %y = arith.divui %h, %c2 : index
    %z = arith.divui %w, %c2 : index
    %v = tensor.extract %x[%n, %c, %y, %z] : tensor<1x32x16x16xf32>
    %s = arith.addf %v, %v : f32
    linalg.yield %s : f32
  } -> tensor<1x32x32x32xf32>
  return %r : tensor<1x32x32x32xf32>
}
