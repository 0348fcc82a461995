// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Four rows of the window at once: depthwise, by an instruction that adds four products.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, k)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c, k mod 16)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// The filter is interleaved before the rows and columns: for the upper row of a tile
// taps 0, 1, 2 and a zero, for the lower one a zero and taps 0, 1, 2.
// CHECK-LABEL: func.func @rows(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0> : vector<16xi8>
// CHECK:         %[[W0:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<16xi8>
// CHECK:         %[[W1:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<16xi8>
// CHECK:         %[[W2:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<16xi8>
// CHECK:         %[[P0:.*]] = vector.shuffle %[[W0]], %[[W1]] [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK:         %[[P1:.*]] = vector.shuffle %[[W2]], %[[ZERO]] [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
// CHECK:         vector.shuffle %[[ZERO]], %[[W0]] [0, 16,
// CHECK:         vector.shuffle %[[W1]], %[[W2]] [0, 16,
// Four rows of the input, which both rows of the tile read.
// CHECK:         scf.for
// CHECK-COUNT-4:   vector.load %{{.*}} : memref<{{.*}}>, vector<16xi8>
// CHECK-COUNT-8:   conv.fma neon_usdot %{{.*}}, %{{.*}}, %{{.*}} : vector<4xi32>, vector<16xi8>
// CHECK-NOT:     conv.fma
// CHECK:         return
func.func @rows(%x: memref<1x4x9x16xi8>, %w: memref<1x1x3x1x1x16xi8>, %o: memref<1x2x9x16xi32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x9x16xi8>, memref<1x1x3x1x1x16xi8>) outs(%o : memref<1x2x9x16xi32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 16, w_ob = 1, h_ob = 2, broadcast = splat, fma = neon_usdot> {unsigned_input}
  return
}

// In vectors of more than 128 bits fours of channels come to the part their lanes are in,
// and signed elements are rebased.
// CHECK-LABEL: func.func @parts(
// CHECK-DAG:     %[[OFFSET:.*]] = arith.constant dense<-128> : vector<32xi8>
// CHECK:         scf.for
// CHECK:           %[[X:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<32xi8>
// CHECK:           %[[U:.*]] = arith.xori %[[X]], %[[OFFSET]]
// CHECK:           %[[I:.*]] = vector.bitcast %[[U]] : vector<32xi8> to vector<8xi32>
// CHECK:           %[[P:.*]] = vector.shuffle %[[I]], %[[I]] [0, 2, 4, 6, 1, 3, 5, 7]
// CHECK-COUNT-4:   conv.fma avxvnni_u8
func.func @parts(%x: memref<1x3x9x32xi8>, %w: memref<1x1x3x1x1x32xi8>, %o: memref<1x1x9x32xi32>) {
  conv.contract maps = [#image, affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 32, r, s, c, k mod 32)>, #out]
    store = k_contiguous
    ins(%x, %w : memref<1x3x9x32xi8>, memref<1x1x3x1x1x32xi8>) outs(%o : memref<1x1x9x32xi32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 32, w_ob = 1, broadcast = splat, fma = avxvnni_u8> {rebased_input}
  return
}
