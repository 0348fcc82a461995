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

// The columns between those of the first: both are stored by the second. What
// happens in between does not touch the buffer.
// CHECK-LABEL: func.func @alternate(
// CHECK-SAME:    %[[Y:[^:]*]]: memref<1x8x6x32xf32>
// CHECK:         %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x8x6x16xf32>
// CHECK-NEXT:    conv.contract {{.*}} outs(%[[T]] :
// CHECK:         %[[ODD:.*]] = memref.subview %[[Y]][0, 0, 0, 1]
// CHECK-NEXT:    conv.contract {{.*}} beside(%[[T]] : memref<1x8x6x16xf32>) outs(%[[ODD]] :
// CHECK-NEXT:    memref.dealloc %[[T]]
// CHECK-NOT:     linalg.copy
func.func @alternate(%x: memref<1x3x8x18xf32>, %w: memref<1x1x3x3x3x8xf32>, %v: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x6x32xf32>) {
  %even = memref.subview %y[0, 0, 0, 0] [1, 8, 6, 16] [1, 1, 1, 2] : memref<1x8x6x32xf32> to memref<1x8x6x16xf32, strided<[1536, 192, 32, 2]>>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%even : memref<1x8x6x16xf32, strided<[1536, 192, 32, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  memref.copy %v, %w : memref<1x1x3x3x3x8xf32> to memref<1x1x3x3x3x8xf32>
  %odd = memref.subview %y[0, 0, 0, 1] [1, 8, 6, 16] [1, 1, 1, 2] : memref<1x8x6x32xf32> to memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%odd : memref<1x8x6x16xf32, strided<[1536, 192, 32, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, vector = w, c_ob = 8, w_ob = 8>
  return
}

// An odd number of columns: the last one has nothing behind it.
// CHECK-LABEL: func.func @alternate_odd(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x3x8x19xf32>, {{.*}}%[[Y:[^:]*]]: memref<1x8x6x33xf32>
// CHECK:         %[[EVEN:.*]] = memref.subview %[[Y]][0, 0, 0, 0]
// CHECK:         %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x8x6x17xf32>
// CHECK-NEXT:    conv.contract {{.*}} ins(%[[X]], {{.*}} outs(%[[T]] :
// CHECK:         %[[ODD:.*]] = memref.subview %[[Y]][0, 0, 0, 1]
// CHECK:         %[[PAIRED:.*]] = memref.subview %[[T]][0, 0, 0, 0] [1, 8, 6, 16] [1, 1, 1, 1]
// CHECK-NEXT:    conv.contract {{.*}} beside(%[[PAIRED]] : {{.*}}) outs(%[[ODD]] :
// CHECK-DAG:     %[[LAST:.*]] = memref.subview %[[T]][0, 0, 0, 16] [1, 8, 6, 1] [1, 1, 1, 1]
// CHECK-DAG:     %[[PLACE:.*]] = memref.subview %[[EVEN]][0, 0, 0, 16] [1, 8, 6, 1] [1, 1, 1, 1]
// CHECK:         linalg.copy ins(%[[LAST]] : {{.*}}) outs(%[[PLACE]] :
// CHECK-NEXT:    memref.dealloc %[[T]]
func.func @alternate_odd(%x: memref<1x3x8x19xf32>, %z: memref<1x3x8x18xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x6x33xf32>) {
  %even = memref.subview %y[0, 0, 0, 0] [1, 8, 6, 17] [1, 1, 1, 2] : memref<1x8x6x33xf32> to memref<1x8x6x17xf32, strided<[1584, 198, 33, 2]>>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x19xf32>, memref<1x1x3x3x3x8xf32>) outs(%even : memref<1x8x6x17xf32, strided<[1584, 198, 33, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  %odd = memref.subview %y[0, 0, 0, 1] [1, 8, 6, 16] [1, 1, 1, 2] : memref<1x8x6x33xf32> to memref<1x8x6x16xf32, strided<[1584, 198, 33, 2], offset: 1>>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%z, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%odd : memref<1x8x6x16xf32, strided<[1584, 198, 33, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// Not both at once: the second is another row's, the odd columns come first,
// what lies in between reads the buffer, or the second adds to it.
// CHECK-LABEL: func.func @apart(
// CHECK-NOT:     beside
// CHECK:         return
func.func @apart(%x: memref<1x3x8x18xf32>, %w: memref<1x1x3x3x3x8xf32>, %y: memref<1x8x12x32xf32>, %z: memref<1x8x12x32xf32>) {
  %even = memref.subview %y[0, 0, 0, 0] [1, 8, 6, 16] [1, 1, 2, 2] : memref<1x8x12x32xf32> to memref<1x8x6x16xf32, strided<[3072, 384, 64, 2]>>
  %odd = memref.subview %y[0, 0, 0, 1] [1, 8, 6, 16] [1, 1, 2, 2] : memref<1x8x12x32xf32> to memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 1>>
  %below = memref.subview %y[0, 0, 1, 1] [1, 8, 6, 16] [1, 1, 2, 2] : memref<1x8x12x32xf32> to memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 33>>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%odd : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%even : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%below : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 33>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%even : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  memref.copy %y, %z : memref<1x8x12x32xf32> to memref<1x8x12x32xf32>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%odd : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%even : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x8x18xf32>, memref<1x1x3x3x3x8xf32>) outs(%odd : memref<1x8x6x16xf32, strided<[3072, 384, 64, 2], offset: 1>>) accumulate schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
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

// -----

// What waits for the second contraction would not stay in L2: bands of rows,
// here of three, and one of the last row. Of the odd number of columns the last
// one is copied from each. The input is read across its borders.
#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, c, ho + r - 1, wo + s)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>

// CHECK-LABEL: func.func @bands(
// CHECK-SAME:    %[[Y:[^:]*]]: memref<1x8x7x33xf32>
// CHECK:         %[[T:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x8x3x17xf32>
// CHECK:         scf.for %[[H:.*]] = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK:           conv.contract {{.*}} row_origin(%[[H]]) outs(%[[T]] :
// CHECK:           %[[PAIRED:.*]] = memref.subview %[[T]][0, 0, 0, 0] [1, 8, 3, 16]
// CHECK:           %[[ODD:.*]] = memref.subview %{{.*}}[0, 0, %[[H]], 0] [1, 8, 3, 16]
// CHECK:           conv.contract {{.*}} row_origin(%[[H]]) beside(%[[PAIRED]] : {{.*}}) outs(%[[ODD]] :
// CHECK:           linalg.copy
// CHECK:         }
// CHECK:         %[[LAST:.*]] = memref.subview %[[T]][0, 0, 0, 0] [1, 8, 1, 17]
// CHECK:         conv.contract {{.*}} outs(%[[LAST]] :
// CHECK:         conv.contract {{.*}} beside(
// CHECK:         linalg.copy
// CHECK:         memref.dealloc %[[T]]
// CHECK-NOT:     conv.contract

// The filter would not stay there: all rows at once.
// CHECK-LABEL: func.func @large_filter(
// CHECK-NOT:     scf.for
// CHECK:         beside
// CHECK-NOT:     scf.for
// CHECK:         return
module attributes {conv.machine = #conv.machine<n_fma = 2, l_fma = 4, n_vec = 8, n_reg = 16, loads = 2, broadcast = memory, l1 = 1024, l1_ways = 8, l2 = 6600, l3 = 0, threads = 1>} {
  func.func @bands(%x: memref<1x3x7x19xf32>, %z: memref<1x3x7x18xf32>, %w: memref<1x1x2x3x3x8xf32>, %y: memref<1x8x7x33xf32>) {
    %even = memref.subview %y[0, 0, 0, 0] [1, 8, 7, 17] [1, 1, 1, 2] : memref<1x8x7x33xf32> to memref<1x8x7x17xf32, strided<[1848, 231, 33, 2]>>
    %odd = memref.subview %y[0, 0, 0, 1] [1, 8, 7, 16] [1, 1, 1, 2] : memref<1x8x7x33xf32> to memref<1x8x7x16xf32, strided<[1848, 231, 33, 2], offset: 1>>
    conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x3x7x19xf32>, memref<1x1x2x3x3x8xf32>) outs(%even : memref<1x8x7x17xf32, strided<[1848, 231, 33, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
    conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%z, %w : memref<1x3x7x18xf32>, memref<1x1x2x3x3x8xf32>) outs(%odd : memref<1x8x7x16xf32, strided<[1848, 231, 33, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
    return
  }
  func.func @large_filter(%x: memref<1x12x7x18xf32>, %w: memref<1x1x2x3x12x8xf32>, %y: memref<1x8x7x32xf32>) {
    %even = memref.subview %y[0, 0, 0, 0] [1, 8, 7, 16] [1, 1, 1, 2] : memref<1x8x7x32xf32> to memref<1x8x7x16xf32, strided<[1792, 224, 32, 2]>>
    %odd = memref.subview %y[0, 0, 0, 1] [1, 8, 7, 16] [1, 1, 1, 2] : memref<1x8x7x32xf32> to memref<1x8x7x16xf32, strided<[1792, 224, 32, 2], offset: 1>>
    conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x12x7x18xf32>, memref<1x1x2x3x12x8xf32>) outs(%even : memref<1x8x7x16xf32, strided<[1792, 224, 32, 2]>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
    conv.contract maps = [#a, #b, #o] store = w_contiguous ins(%x, %w : memref<1x12x7x18xf32>, memref<1x1x2x3x12x8xf32>) outs(%odd : memref<1x8x7x16xf32, strided<[1792, 224, 32, 2], offset: 1>>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
    return
  }
}
