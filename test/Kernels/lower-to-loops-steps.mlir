// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Instructions that take several channels at once.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 8, r, s, c floordiv 2, k mod 8, c mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Pairs of neighbours are one load, of 32 bits in every lane. The ninth channel
// has none: the other half is zero, in the filter as well.
// CHECK-LABEL: func.func @pairs(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : i16
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           %[[W:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<16xi16>
// CHECK:           %[[X:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<2xi16>
// CHECK:           %[[BITS:.*]] = vector.bitcast %[[X]] : vector<2xi16> to vector<1xi32>
// CHECK:           %[[I:.*]] = vector.extract %[[BITS]][0]
// CHECK:           %[[ALL:.*]] = vector.broadcast %[[I]] : i32 to vector<8xi32>
// CHECK:           %[[PAIRS:.*]] = vector.bitcast %[[ALL]] : vector<8xi32> to vector<16xbf16>
// CHECK:           %[[F:.*]] = vector.bitcast %[[W]] : vector<16xi16> to vector<16xbf16>
// CHECK:           conv.fma bf16 %{{.*}}, %[[PAIRS]], %[[F]] : vector<8xf32>, vector<16xbf16>
// CHECK:           conv.fma bf16
// CHECK:           scf.yield
// CHECK:         %[[LAST:.*]] = memref.load %{{.*}} : memref<?xi16>
// CHECK:         %[[PAIR:.*]] = vector.from_elements %[[LAST]], %[[ZERO]] : vector<2xi16>
// CHECK:         vector.bitcast %[[PAIR]] : vector<2xi16> to vector<1xi32>
// CHECK:         conv.fma bf16
// CHECK:         conv.fma bf16
// CHECK-NOT:     conv.fma
func.func @pairs(%x: memref<1x4x2x9xbf16>, %w: memref<1x1x1x1x5x8x2xbf16>, %o: memref<1x4x2x8xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 2
    ins(%x, %w : memref<1x4x2x9xbf16>, memref<1x1x1x1x5x8x2xbf16>) outs(%o : memref<1x4x2x8xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2, unroll = 1, fma = bf16>
  return
}
