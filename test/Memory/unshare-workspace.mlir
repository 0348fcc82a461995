// RUN: conv-opt %s --conv-unshare-workspace | FileCheck %s
// RUN: conv-opt %s --conv-unshare-workspace=transformations=false | FileCheck %s --check-prefix=SHARED
// RUN: conv-opt %s --conv-unshare-workspace="transformations=false empties=false" | FileCheck %s --check-prefix=SLICES

// CHECK-LABEL: func.func @apart(
// CHECK-SAME:    %[[X:[^:]*]]: tensor<1x4x4x1xf32>, %[[Y:[^:]*]]: tensor<1x4x4x1xf32>
// CHECK:         %[[T:.*]] = conv.im2row {{.*}}ins(%[[X]]{{.*}}outs(%[[E:.*]] :
// CHECK:         conv.contract {{.*}}ins(%[[T]],
// CHECK-NOT:     outs(%[[E]] :
// CHECK:         %[[U:.*]] = conv.im2row {{.*}}ins(%[[Y]]
// CHECK:         conv.contract {{.*}}ins(%[[U]],
// CHECK:         %[[V:.*]] = conv.im2row {{.*}}ins(%[[X]]
// CHECK:         conv.contract {{.*}}ins(%[[V]],
// Neighbours share what was made again.
// CHECK-NEXT:    conv.contract {{.*}}ins(%[[V]],
// CHECK-NEXT:    return
#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, g, ho, wo, r, s, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
func.func @apart(%x: tensor<1x4x4x1xf32>, %y: tensor<1x4x4x1xf32>, %w: tensor<3x3x1x8xf32>, %o: tensor<1x2x2x8xf32>, %p: tensor<1x2x2x8xf32>) -> (tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>) {
  %e = tensor.empty() : tensor<1x1x2x2x3x3x1xf32>
  %t = conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x1xf32>) outs(%e : tensor<1x1x2x2x3x3x1xf32>) -> tensor<1x1x2x2x3x3x1xf32>
  %0 = conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%t, %w : tensor<1x1x2x2x3x3x1xf32>, tensor<3x3x1x8xf32>) outs(%o : tensor<1x2x2x8xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 2, filter = plain> -> tensor<1x2x2x8xf32>
  %u = conv.im2row dims<nhwc x rsck -> nhwk> ins(%y : tensor<1x4x4x1xf32>) outs(%e : tensor<1x1x2x2x3x3x1xf32>) -> tensor<1x1x2x2x3x3x1xf32>
  %1 = conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%u, %w : tensor<1x1x2x2x3x3x1xf32>, tensor<3x3x1x8xf32>) outs(%o : tensor<1x2x2x8xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 2, filter = plain> -> tensor<1x2x2x8xf32>
  %2 = conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%t, %w : tensor<1x1x2x2x3x3x1xf32>, tensor<3x3x1x8xf32>) outs(%o : tensor<1x2x2x8xf32>) accumulate schedule<algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 2, filter = plain> -> tensor<1x2x2x8xf32>
  %3 = conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%t, %w : tensor<1x1x2x2x3x3x1xf32>, tensor<3x3x1x8xf32>) outs(%p : tensor<1x2x2x8xf32>) accumulate schedule<algorithm = im2row, n_vec = 8, c_ob = 8, w_ob = 2, filter = plain> -> tensor<1x2x2x8xf32>
  return %0, %1, %2, %3 : tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>
}

// A packed filter that two convolutions share, with another one in between.
// CHECK-LABEL: func.func @filters(
// CHECK-COUNT-3: conv.pack_filter
// CHECK-NOT:     conv.pack_filter
// CHECK:         return
#x = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>
#f = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
func.func @filters(%x: tensor<1x4x4x1xf32>, %v: tensor<3x3x1x8xf32>, %w: tensor<3x3x1x8xf32>, %o: tensor<1x2x2x8xf32>) -> (tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>) {
  %e = tensor.empty() : tensor<1x1x3x3x1x8xf32>
  %p = conv.pack_filter rsck ins(%v : tensor<3x3x1x8xf32>) outs(%e : tensor<1x1x3x3x1x8xf32>) -> tensor<1x1x3x3x1x8xf32>
  %0 = conv.contract maps = [#x, #f, #o] store = k_contiguous ins(%x, %p : tensor<1x4x4x1xf32>, tensor<1x1x3x3x1x8xf32>) outs(%o : tensor<1x2x2x8xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2> -> tensor<1x2x2x8xf32>
  %q = conv.pack_filter rsck ins(%w : tensor<3x3x1x8xf32>) outs(%e : tensor<1x1x3x3x1x8xf32>) -> tensor<1x1x3x3x1x8xf32>
  %1 = conv.contract maps = [#x, #f, #o] store = k_contiguous ins(%x, %q : tensor<1x4x4x1xf32>, tensor<1x1x3x3x1x8xf32>) outs(%o : tensor<1x2x2x8xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2> -> tensor<1x2x2x8xf32>
  %2 = conv.contract maps = [#x, #f, #o] store = k_contiguous ins(%x, %p : tensor<1x4x4x1xf32>, tensor<1x1x3x3x1x8xf32>) outs(%1 : tensor<1x2x2x8xf32>) accumulate schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 2> -> tensor<1x2x2x8xf32>
  return %0, %1, %2 : tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>, tensor<1x2x2x8xf32>
}

// Transformations may stay shared; what is empty never does, nor its views.
// SHARED-LABEL: func.func @apart(
// SHARED-COUNT-2: conv.im2row
// SHARED-NOT:     conv.im2row
// SHARED-LABEL: func.func @views(
// CHECK-LABEL: func.func @views(
// CHECK-COUNT-3: tensor.empty() : tensor<2x4xf32>
// CHECK-NOT:     tensor.empty
// CHECK:         return
func.func @views(%x: tensor<8xf32>, %y: tensor<2x4xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>) {
  %e = tensor.empty() : tensor<2x4xf32>
  %flat = tensor.collapse_shape %e [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  %0 = linalg.exp ins(%x : tensor<8xf32>) outs(%flat : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.abs ins(%x : tensor<8xf32>) outs(%flat : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.exp ins(%y : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0, %1, %2 : tensor<8xf32>, tensor<8xf32>, tensor<2x4xf32>
}

// What is computed in a slice and inserted there is one use of the tensor, so
// that bufferization copies nothing; a reshape may stand on both sides. What is
// computed elsewhere is another.
// SLICES-LABEL: func.func @views(
// SLICES-COUNT-1: tensor.empty() : tensor<2x4xf32>
// SLICES-NOT:     tensor.empty
// SLICES-LABEL: func.func @slices(
// SLICES-COUNT-3: tensor.empty() : tensor<4x6xf32>
// CHECK-LABEL: func.func @slices(
// CHECK:         %[[REST:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[E]][0, 0] [4, 4]
// CHECK:         %[[A:.*]] = linalg.exp {{.*}}outs(%[[S]] :
// CHECK:         tensor.insert_slice %[[A]] into %[[E]][0, 0] [4, 4]
// CHECK:         %[[F:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK:         %[[T:.*]] = tensor.extract_slice %[[F]][0, 0] [4, 4]
// CHECK:         %[[FLAT:.*]] = tensor.collapse_shape %[[T]]
// CHECK:         %[[B:.*]] = linalg.abs {{.*}}outs(%[[FLAT]] :
// CHECK:         %[[WIDE:.*]] = tensor.expand_shape %[[B]]
// CHECK:         tensor.insert_slice %[[WIDE]] into %[[F]][0, 0] [4, 4]
// CHECK:         tensor.insert_slice %[[A]] into %[[REST]][0, 2] [4, 4]
// CHECK:         return
func.func @slices(%x: tensor<4x4xf32>, %y: tensor<16xf32>) -> (tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>) {
  %e = tensor.empty() : tensor<4x6xf32>
  %s = tensor.extract_slice %e[0, 0] [4, 4] [1, 1] : tensor<4x6xf32> to tensor<4x4xf32>
  %0 = linalg.exp ins(%x : tensor<4x4xf32>) outs(%s : tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensor.insert_slice %0 into %e[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x6xf32>
  %flat = tensor.collapse_shape %s [[0, 1]] : tensor<4x4xf32> into tensor<16xf32>
  %2 = linalg.abs ins(%y : tensor<16xf32>) outs(%flat : tensor<16xf32>) -> tensor<16xf32>
  %3 = tensor.expand_shape %2 [[0, 1]] output_shape [4, 4] : tensor<16xf32> into tensor<4x4xf32>
  %4 = tensor.insert_slice %3 into %e[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x6xf32>
  %5 = tensor.insert_slice %0 into %e[0, 2] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x6xf32>
  return %1, %4, %5 : tensor<4x6xf32>, tensor<4x6xf32>, tensor<4x6xf32>
}

// What is computed over an earlier value of the slice, as the products of
// kn2row's taps are, stays in its tensor.
// SLICES-LABEL: func.func @over(
// SLICES-COUNT-1: tensor.empty() : tensor<4x6xf32>
// SLICES-NOT:     tensor.empty
// CHECK-LABEL: func.func @over(
// CHECK:         %[[E:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[E]][0, 0] [4, 4]
// CHECK:         %[[A:.*]] = linalg.exp {{.*}}outs(%[[S]] :
// CHECK:         tensor.insert_slice %[[A]] into %[[E]][0, 0] [4, 4]
// CHECK:         %[[B:.*]] = linalg.abs {{.*}}outs(%[[A]] :
// CHECK:         tensor.insert_slice %[[B]] into %[[E]][0, 0] [4, 4]
// CHECK-NOT:     tensor.empty
// CHECK:         return
func.func @over(%x: tensor<4x4xf32>, %y: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %e = tensor.empty() : tensor<4x6xf32>
  %s = tensor.extract_slice %e[0, 0] [4, 4] [1, 1] : tensor<4x6xf32> to tensor<4x4xf32>
  %0 = linalg.exp ins(%x : tensor<4x4xf32>) outs(%s : tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tensor.insert_slice %0 into %e[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x6xf32>
  %sum = linalg.exp ins(%1 : tensor<4x6xf32>) outs(%y : tensor<4x6xf32>) -> tensor<4x6xf32>
  %2 = linalg.abs ins(%x : tensor<4x4xf32>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
  %3 = tensor.insert_slice %2 into %e[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<4x6xf32>
  %total = linalg.abs ins(%3 : tensor<4x6xf32>) outs(%sum : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %total : tensor<4x6xf32>
}
