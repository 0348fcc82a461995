// RUN: conv-opt %s --conv-lower-to-loops --canonicalize --cse --split-input-file | FileCheck %s -enable-var-scope

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// In registers: the bias is where the accumulators start, the scale is loaded
// once for all pixels of the tile, the scalar broadcast.
// CHECK-LABEL: func @registers(
// CHECK-SAME: %[[F:[^ :]*]]: f32
// CHECK: %[[B:.*]] = vector.load
// CHECK: %[[ACC:.*]]:2 = scf.for {{.*}} iter_args(%{{.*}} = %[[B]], %{{.*}} = %[[B]])
// CHECK: scf.yield
// CHECK: %[[S:.*]] = vector.load
// CHECK: %[[M0:.*]] = arith.mulf %[[ACC]]#0, %[[S]] : vector<4xf32>
// CHECK: %[[V:.*]] = vector.broadcast %[[F]] : f32 to vector<4xf32>
// CHECK: %[[A0:.*]] = arith.addf %[[M0]], %[[V]] : vector<4xf32>
// CHECK: vector.store %[[A0]]
// CHECK-NOT: vector.load
// CHECK: %[[M1:.*]] = arith.mulf %[[ACC]]#1, %[[S]] : vector<4xf32>
// CHECK: %[[A1:.*]] = arith.addf %[[M1]], %[[V]] : vector<4xf32>
// CHECK: vector.store %[[A1]]
func.func @registers(%x: memref<1x4x2x8xf32>, %w: memref<1x1x1x1x8x4xf32>, %o: memref<1x4x2x4xf32>, %b: memref<4xf32>, %s: memref<4xf32>, %f: f32) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x2x8xf32>, memref<1x1x1x1x8x4xf32>)
    outs(%o : memref<1x4x2x4xf32>)
    epilogue(%b by affine_map<(n, h, w, k) -> (k)> : memref<4xf32>, %s by affine_map<(n, h, w, k) -> (k)> : memref<4xf32>, %f by affine_map<(n, h, w, k) -> ()> : f32) {
  ^bb0(%acc: f32, %bias: f32, %scale: f32, %shift: f32):
    %0 = arith.addf %acc, %bias : f32
    %1 = arith.mulf %0, %scale : f32
    %2 = arith.addf %1, %shift : f32
    conv.yield %2 : f32
  }
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// In the output: the sums are stored, then a loop over the pixels runs the body
// once for each vector. The function is a polynomial.
// CHECK-LABEL: func @output(
// CHECK: vector.store
// CHECK: vector.store
// CHECK: scf.for
// CHECK: vector.load
// CHECK-NOT: math.exp
// CHECK: math.fma %{{.*}} : vector<4xf32>
// CHECK: vector.store
// CHECK-NOT: vector.store
func.func @output(%x: memref<1x4x2x8xf32>, %w: memref<1x1x1x1x8x4xf32>, %o: memref<1x4x2x4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x2x8xf32>, memref<1x1x1x1x8x4xf32>)
    outs(%o : memref<1x4x2x4xf32>) epilogue {
  ^bb0(%acc: f32):
    %0 = math.exp %acc : f32
    conv.yield %0 : f32
  }
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2, epilogue = output>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>

// Vectors of pixels, and of bytes: a scale of each channel is one scalar.
// CHECK-LABEL: func @bytes(
// CHECK: %[[S:.*]] = memref.load {{.*}}xf32
// CHECK: vector.broadcast %[[S]] : f32 to vector<4xf32>
// CHECK: arith.fptosi %{{.*}} : vector<4xf32> to vector<4xi8>
// CHECK: vector.store %{{.*}} : {{.*}}xi8{{.*}}, vector<4xi8>
func.func @bytes(%x: memref<1x4x4x8xf32>, %w: memref<1x1x1x1x8x4xf32>, %o: memref<1x4x4x4xi8>, %s: memref<4xf32>) {
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x4x4x8xf32>, memref<1x1x1x1x8x4xf32>)
    outs(%o : memref<1x4x4x4xi8>) epilogue(%s by affine_map<(n, k, h, w) -> (k)> : memref<4xf32>) {
  ^bb0(%acc: f32, %scale: f32):
    %0 = arith.mulf %acc, %scale : f32
    %1 = arith.fptosi %0 : f32 to i8
    conv.yield %1 : i8
  }
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 4>
  return
}
