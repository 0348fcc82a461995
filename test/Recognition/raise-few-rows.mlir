// RUN: conv-opt %s --conv-raise=products | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-raise="products packs-arguments" | FileCheck %s --check-prefix=PACKS

// A matrix that every call would have to pack, for few rows of the other: these
// are the filter, the matrix is read where it lies.
// CHECK-LABEL: func.func @one(
// CHECK-SAME:    %[[X:.+]]: tensor<1x64xf32>, %[[W:.+]]: tensor<64x40xf32>)
// CHECK:         conv.conv dims<cw x kc -> kw> ins(%[[W]], %[[X]] :
// PACKS-LABEL: func.func @one(
// PACKS-SAME:    %[[X:.+]]: tensor<1x64xf32>, %[[W:.+]]: tensor<64x40xf32>)
// PACKS:         conv.conv dims<wc x ck -> wk> ins(%[[X]], %[[W]] :
func.func @one(%x: tensor<1x64xf32>, %w: tensor<64x40xf32>) -> tensor<1x40xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x40xf32>) -> tensor<1x40xf32>
  %r = linalg.matmul ins(%x, %w : tensor<1x64xf32>, tensor<64x40xf32>) outs(%f : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %r : tensor<1x40xf32>
}

// Its transposition is read, too, and the bias that follows is one for each
// column of the product.
// CHECK-LABEL: func.func @transposed(
// CHECK-SAME:    %[[X:.+]]: tensor<8x64xf32>, %[[W:.+]]: tensor<80x64xf32>, %[[B:.+]]: tensor<80xf32>)
// CHECK-NOT:     linalg.transpose
// CHECK:         conv.conv dims<wc x kc -> kw> ins(%[[W]], %[[X]] : {{.*}} epilogue(%[[B]]
// CHECK-NOT:     linalg.generic
// PACKS-LABEL: func.func @transposed(
// PACKS-SAME:    %[[X:.+]]: tensor<8x64xf32>, %[[W:.+]]: tensor<80x64xf32>, %[[B:.+]]: tensor<80xf32>)
// PACKS:         conv.conv dims<wc x kc -> wk> ins(%[[X]], %[[W]] : {{.*}} bias(%[[B]]
func.func @transposed(%x: tensor<8x64xf32>, %w: tensor<80x64xf32>, %b: tensor<80xf32>) -> tensor<8x80xf32> {
  %zero = arith.constant 0.0 : f32
  %t0 = tensor.empty() : tensor<64x80xf32>
  %t = linalg.transpose ins(%w : tensor<80x64xf32>) outs(%t0 : tensor<64x80xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<8x80xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x80xf32>) -> tensor<8x80xf32>
  %r = linalg.matmul ins(%x, %t : tensor<8x64xf32>, tensor<64x80xf32>) outs(%f : tensor<8x80xf32>) -> tensor<8x80xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]} ins(%r, %b : tensor<8x80xf32>, tensor<80xf32>) outs(%e : tensor<8x80xf32>) {
  ^bb0(%i: f32, %c: f32, %o: f32):
    %y = arith.addf %i, %c : f32
    linalg.yield %y : f32
  } -> tensor<8x80xf32>
  return %s : tensor<8x80xf32>
}

// A vector on either side.
// CHECK-LABEL: func.func @vectors(
// CHECK-SAME:    %[[W:.+]]: tensor<40x64xf32>, %[[X:.+]]: tensor<64xf32>, %[[V:.+]]: tensor<40xf32>)
// CHECK:         conv.conv dims<wc x c -> w> ins(%[[W]], %[[X]] :
// CHECK:         conv.conv dims<cw x c -> w> ins(%[[W]], %[[V]] :
// PACKS-LABEL: func.func @vectors(
// PACKS-SAME:    %[[W:.+]]: tensor<40x64xf32>, %[[X:.+]]: tensor<64xf32>, %[[V:.+]]: tensor<40xf32>)
// PACKS:         conv.conv dims<c x kc -> k> ins(%[[X]], %[[W]] :
// PACKS:         conv.conv dims<c x ck -> k> ins(%[[V]], %[[W]] :
func.func @vectors(%w: tensor<40x64xf32>, %x: tensor<64xf32>, %v: tensor<40xf32>) -> (tensor<40xf32>, tensor<64xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<40xf32>) -> tensor<40xf32>
  %r = linalg.matvec ins(%w, %x : tensor<40x64xf32>, tensor<64xf32>) outs(%f : tensor<40xf32>) -> tensor<40xf32>
  %e1 = tensor.empty() : tensor<64xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.vecmat ins(%v, %w : tensor<40xf32>, tensor<40x64xf32>) outs(%f1 : tensor<64xf32>) -> tensor<64xf32>
  return %r, %s : tensor<40xf32>, tensor<64xf32>
}

// Known matrices are packed at compile time; many rows are worth a packing, and
// so is a matrix that is not much larger than they are.
// CHECK-LABEL: func.func @usual(
// CHECK-SAME:    %[[X:.+]]: tensor<1x64xf32>, %[[Y:.+]]: tensor<17x64xf32>, %[[Z:.+]]: tensor<8x64xf32>, %[[W:.+]]: tensor<64x40xf32>)
// CHECK:         %[[C:.+]] = arith.constant dense<2.0
// CHECK:         conv.conv dims<wc x ck -> wk> ins(%[[X]], %[[C]] :
// CHECK:         conv.conv dims<wc x ck -> wk> ins(%[[Y]], %[[W]] :
// CHECK:         conv.conv dims<wc x ck -> wk> ins(%[[Z]], %[[W]] :
func.func @usual(%x: tensor<1x64xf32>, %y: tensor<17x64xf32>, %z: tensor<8x64xf32>, %w: tensor<64x40xf32>) -> (tensor<1x40xf32>, tensor<17x40xf32>, tensor<8x40xf32>) {
  %c = arith.constant dense<2.0> : tensor<64x40xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x40xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x40xf32>) -> tensor<1x40xf32>
  %r = linalg.matmul ins(%x, %c : tensor<1x64xf32>, tensor<64x40xf32>) outs(%f : tensor<1x40xf32>) -> tensor<1x40xf32>
  %e1 = tensor.empty() : tensor<17x40xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<17x40xf32>) -> tensor<17x40xf32>
  %s = linalg.matmul ins(%y, %w : tensor<17x64xf32>, tensor<64x40xf32>) outs(%f1 : tensor<17x40xf32>) -> tensor<17x40xf32>
  %e2 = tensor.empty() : tensor<8x40xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<8x40xf32>) -> tensor<8x40xf32>
  %t = linalg.matmul ins(%z, %w : tensor<8x64xf32>, tensor<64x40xf32>) outs(%f2 : tensor<8x40xf32>) -> tensor<8x40xf32>
  return %r, %s, %t : tensor<1x40xf32>, tensor<17x40xf32>, tensor<8x40xf32>
}
