// RUN: conv-opt %s --conv-copy-strided --split-input-file | FileCheck %s
// RUN: conv-opt %s --conv-copy-strided --conv-lower-to-loops --split-input-file -o /dev/null

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, c, ho + r, wo + s)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>

// Vectors are stored along wo, which has gaps: a dense buffer, copied behind.
// CHECK-LABEL: func.func @columns(
// CHECK-SAME:    %[[Y:[^:]*]]: memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>
// CHECK-NEXT:    %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x8x6x16xf32>
// CHECK-NEXT:    conv.contract {{.*}} outs(%[[T]] :
// CHECK-NEXT:    linalg.copy ins(%[[T]] : {{.*}}) outs(%[[Y]] :
// CHECK-NEXT:    memref.dealloc %[[T]]
func.func @columns(%x: memref<1x3x8x18xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>) {
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%y : memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// It adds to what is there.
// CHECK-LABEL: func.func @accumulated(
// CHECK-NEXT:    %[[T:.*]] = memref.alloc()
// CHECK-NEXT:    linalg.copy ins(%[[Y:.*]] : {{.*}}) outs(%[[T]] :
// CHECK-NEXT:    conv.contract {{.*}} outs(%[[T]] : {{.*}} accumulate
// CHECK-NEXT:    linalg.copy ins(%[[T]] : {{.*}}) outs(%[[Y]] :
func.func @accumulated(%x: memref<1x3x8x18xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>) {
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%y : memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>) accumulate schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// Gaps between rows, channels and images do not matter, nor do those between
// the columns that single elements are broadcast from.
// CHECK-LABEL: func.func @rows(
// CHECK-NOT:     memref.alloc
// CHECK:         conv.contract
// CHECK-NOT:     linalg.copy
func.func @rows(%x: memref<1x3x8x18xf32, strided<[864, 288, 36, 2]>>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x6x16xf32, strided<[1536, 192, 32, 1], offset: 1>>) {
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32, strided<[864, 288, 36, 2]>>, memref<1x1x3x3x3x8xf32>) outs(%y : memref<1x8x6x16xf32, strided<[1536, 192, 32, 1], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// Vectors of pixels: every third is too far apart, in image and residual.
// CHECK-LABEL: func.func @pixels(
// CHECK-SAME:    %[[X:[^:]*]]: memref<?x3x8x18xf32, strided<[?, 432, 54, 3]>>
// CHECK-SAME:    %[[R:[^:]*]]: memref<?x8x6x16xf32, strided<[?, 192, 32, 2]>>
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK-NEXT:    %[[A:.*]] = memref.alloc(%[[N]]) {alignment = 64 : i64} : memref<?x3x8x18xf32>
// CHECK-NEXT:    linalg.copy ins(%[[X]] : {{.*}}) outs(%[[A]] :
// CHECK:         %[[B:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x8x6x16xf32>
// CHECK-NEXT:    linalg.copy ins(%[[R]] : {{.*}}) outs(%[[B]] :
// CHECK:         conv.contract {{.*}} ins(%[[A]], {{.*}} residual(%[[B]] :
// CHECK-NOT:     linalg.copy
// CHECK:         memref.dealloc %[[B]]
// CHECK:         memref.dealloc %[[A]]
func.func @pixels(%x: memref<?x3x8x18xf32, strided<[?, 432, 54, 3]>>, %w: memref<1x1x3x3x3x8xf32>, %r: memref<?x8x6x16xf32, strided<[?, 192, 32, 2]>>, %y: memref<?x8x6x16xf32>) {
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<?x3x8x18xf32, strided<[?, 432, 54, 3]>>, memref<1x1x3x3x3x8xf32>) residual(%r : memref<?x8x6x16xf32, strided<[?, 192, 32, 2]>>) outs(%y : memref<?x8x6x16xf32>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 8, w_ob = 8>
  return
}

// -----

// Channels last, stored in vectors of channels.
#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>

// CHECK-LABEL: func.func @channels(
// CHECK:         memref.alloc() {alignment = 64 : i64} : memref<1x6x16x8xf32>
// CHECK:         linalg.copy
func.func @channels(%x: memref<1x8x18x3xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x6x16x8xf32, strided<[1536, 256, 16, 2]>>) {
  conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%x, %w : memref<1x8x18x3xf32>, memref<1x1x3x3x3x8xf32>) outs(%y : memref<1x6x16x8xf32, strided<[1536, 256, 16, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// CHECK-LABEL: func.func @pixels_apart(
// CHECK-NOT:     memref.alloc
// CHECK:         return
func.func @pixels_apart(%x: memref<1x8x18x3xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x6x16x8xf32, strided<[1536, 256, 16, 1]>>) {
  conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%x, %w : memref<1x8x18x3xf32>, memref<1x1x3x3x3x8xf32>) outs(%y : memref<1x6x16x8xf32, strided<[1536, 256, 16, 1]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}
