// RUN: conv-opt %s --conv-vectorize-rest="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s
// RUN: conv-opt %s --conv-vectorize-rest="cpu=cortex-a76 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=NEON
// RUN: conv-opt %s --conv-vectorize-rest="cpu=x86-64 triple=x86_64-pc-linux-gnu n-vec=4 n-fma=2 l-fma=4 n-reg=16" | FileCheck %s --check-prefix=GATHER

// A table of bytes is 16 rows of 16: each byte is looked up in all of them by a
// shuffle, and four selections, one for each upper bit, take one of the rows.
// Short rows are joined; in NHWC images of 7 x 7 x 12 they have 84 elements.
// CHECK-LABEL: func.func @table(
// CHECK-SAME:    %[[X:.+]]: tensor<1x7x7x12xi8>, %[[T:.+]]: tensor<256xi8>)
// CHECK:         %[[ROWS:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]]
// CHECK:         %[[BYTES:.+]] = vector.transfer_read %[[ROWS]]{{.*}} vector<32xi8>
// CHECK:         %[[C128:.+]] = arith.constant 128 : index
// CHECK:         %[[ROW:.+]] = vector.transfer_read %[[T]][%[[C128]]]{{.*}} vector<16xi8>
// CHECK:         %[[TWICE:.+]] = vector.shuffle %[[ROW]], %[[ROW]] [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, {{.*}} : vector<16xi8>
// CHECK:         %[[C15:.+]] = arith.constant dense<15> : vector<32xi8>
// CHECK:         %[[LOW:.+]] = arith.andi %[[BYTES]], %[[C15]] : vector<32xi8>
// CHECK:         %[[BYTE:.+]] = vector.extract %[[LOW]][0] : i8 from vector<32xi8>
// CHECK:         %[[PLACE:.+]] = arith.index_castui %[[BYTE]] : i8 to index
// CHECK:         vector.extract %[[TWICE]][%[[PLACE]]] : i8 from vector<32xi8>
// CHECK-COUNT-16: vector.from_elements
// CHECK-COUNT-15: arith.select {{.*}} : vector<32xi1>, vector<32xi8>
// CHECK-NOT:     arith.select
// CHECK:         vector.transfer_write
// NEON-LABEL: func.func @table(
// NEON-NOT:     vector.gather
// NEON-COUNT-16: vector.from_elements {{.*}} : vector<16xi8>
// GATHER-LABEL: func.func @table(
// GATHER:         vector.gather
func.func @table(%x: tensor<1x7x7x12xi8>, %t: tensor<256xi8>) -> tensor<1x7x7x12xi8> {
  %e = tensor.empty() : tensor<1x7x7x12xi8>
  %c128 = arith.constant 128 : index
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x7x7x12xi8>) outs(%e : tensor<1x7x7x12xi8>) {
  ^bb0(%a: i8, %o: i8):
    %i = arith.index_cast %a : i8 to index
    %p = arith.addi %i, %c128 : index
    %v = tensor.extract %t[%p] : tensor<256xi8>
    linalg.yield %v : i8
  } -> tensor<1x7x7x12xi8>
  return %r : tensor<1x7x7x12xi8>
}
