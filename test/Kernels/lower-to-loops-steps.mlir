// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse | FileCheck %s -enable-var-scope

// Instructions that take several channels at once.

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c floordiv 2, k mod 16, c mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// Pairs of neighbours are one load, of 32 bits in every lane. The ninth channel
// has none: the other half is zero, in the filter as well.
// CHECK-LABEL: func.func @pairs(
// CHECK:         scf.for {{.*}} iter_args
// CHECK:           %[[W:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<32xi16>
// CHECK:           %[[X:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<2xi16>
// CHECK:           %[[BITS:.*]] = vector.bitcast %[[X]] : vector<2xi16> to vector<1xi32>
// CHECK:           %[[I:.*]] = vector.extract %[[BITS]][0]
// CHECK:           %[[ALL:.*]] = vector.broadcast %[[I]] : i32 to vector<16xi32>
// CHECK:           %[[STORED:.*]] = vector.bitcast %[[ALL]] : vector<16xi32> to vector<32xi16>
// CHECK:           %[[PAIRS:.*]] = arith.bitcast %[[STORED]] : vector<32xi16> to vector<32xbf16>
// CHECK:           %[[F:.*]] = arith.bitcast %[[W]] : vector<32xi16> to vector<32xbf16>
// CHECK:           conv.fma avx512_bf16 %{{.*}}, %[[PAIRS]], %[[F]] : vector<16xf32>, vector<32xbf16>
// CHECK:           conv.fma avx512_bf16
// CHECK:           scf.yield
// CHECK:         %[[LAST:.*]] = vector.load %{{.*}} : memref<?xi16>, vector<1xi16>
// CHECK:         %[[HALF:.*]] = vector.extract %[[LAST]][0]
// CHECK:         %[[PAIR:.*]] = arith.extui %[[HALF]] : i16 to i32
// CHECK:         vector.broadcast %[[PAIR]] : i32 to vector<16xi32>
// CHECK:         conv.fma avx512_bf16
// CHECK:         conv.fma avx512_bf16
// CHECK-NOT:     conv.fma
func.func @pairs(%x: memref<1x4x2x9xbf16>, %w: memref<1x1x1x1x5x16x2xbf16>, %o: memref<1x4x2x16xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 2
    ins(%x, %w : memref<1x4x2x9xbf16>, memref<1x1x1x1x5x16x2xbf16>) outs(%o : memref<1x4x2x16xf32>)
    schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 2, unroll = 1, fma = avx512_bf16>
  return
}

#padded = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w + s - 1, c)>
#quads = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c floordiv 4, k mod 16, c mod 4)>

// Signed bytes to which 128 is added, by an exclusive or of four at once; those
// of the padding, which are zeros, are multiplied as well.
// CHECK-LABEL: func.func @rebased(
// CHECK-DAG:     %[[BITS:.*]] = arith.constant dense<-2139062144> : vector<16xi32>
// CHECK-DAG:     %[[OUTSIDE:.*]] = arith.constant dense<-128> : vector<64xi8>
// CHECK:         %[[FIRST:.*]] = conv.fma avx512vnni_u8 %{{.*}}, %[[OUTSIDE]], %{{.*}} : vector<16xi32>, vector<64xi8>
// CHECK:         %[[X:.*]] = vector.broadcast %{{.*}} : i32 to vector<16xi32>
// CHECK:         %[[U:.*]] = arith.xori %[[X]], %[[BITS]] : vector<16xi32>
// CHECK:         %[[A:.*]] = vector.bitcast %[[U]] : vector<16xi32> to vector<64xi8>
// CHECK:         conv.fma avx512vnni_u8 %{{.*}}, %[[A]], %{{.*}}
func.func @rebased(%x: memref<1x4x2x4xi8>, %w: memref<1x1x1x2x1x16x4xi8>, %o: memref<1x4x2x16xi32>) {
  conv.contract maps = [#padded, #quads, #out] store = k_contiguous c_pack = 4
    ins(%x, %w : memref<1x4x2x4xi8>, memref<1x1x1x2x1x16x4xi8>) outs(%o : memref<1x4x2x16xi32>)
    schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 2, unroll = 1, fma = avx512vnni_u8> {rebased_input}
  return
}

// Three bytes are two and one: nothing behind them is read.
// CHECK-LABEL: func.func @three(
// CHECK-DAG:     %[[SHIFT:.*]] = arith.constant 16 : i32
// CHECK:         %[[TWO:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<2xi8>
// CHECK:         %[[BITS:.*]] = vector.bitcast %[[TWO]] : vector<2xi8> to vector<1xi16>
// CHECK:         %[[LOW:.*]] = vector.extract %[[BITS]][0]
// CHECK:         %[[FIRST:.*]] = arith.extui %[[LOW]] : i16 to i32
// CHECK:         %[[ONE:.*]] = vector.load %{{.*}} : memref<{{.*}}>, vector<1xi8>
// CHECK:         %[[HIGH:.*]] = vector.extract %[[ONE]][0]
// CHECK:         %[[THIRD:.*]] = arith.extui %[[HIGH]] : i8 to i32
// CHECK:         %[[UPPER:.*]] = arith.shli %[[THIRD]], %[[SHIFT]] : i32
// CHECK:         %[[ALL:.*]] = arith.ori %[[FIRST]], %[[UPPER]] : i32
// CHECK:         vector.broadcast %[[ALL]] : i32 to vector<16xi32>
// CHECK:         conv.fma avx512vnni_u8
func.func @three(%x: memref<1x4x2x3xi8>, %w: memref<1x1x1x1x1x16x4xi8>, %o: memref<1x4x2x16xi32>) {
  conv.contract maps = [#image, #quads, #out] store = k_contiguous c_pack = 4
    ins(%x, %w : memref<1x4x2x3xi8>, memref<1x1x1x1x1x16x4xi8>) outs(%o : memref<1x4x2x16xi32>)
    schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 2, unroll = 1, fma = avx512vnni_u8> {unsigned_input}
  return
}
