// RUN: conv-opt %s --conv-raise --remarks-filter=conv -verify-diagnostics | FileCheck %s -enable-var-scope --implicit-check-not=conv.conv

// What looks like a convolution and is none of ours stays, with the reason.

#x = affine_map<(n, w, k, s, c) -> (n, w + s, c)>
#w = affine_map<(n, w, k, s, c) -> (s, c, k)>
#o = affine_map<(n, w, k, s, c) -> (n, w, k)>
#conv = {
  indexing_maps = [#x, #w, #o],
  iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]
}

// Upstream's matcher takes this for a convolution.
// CHECK-LABEL: func @subtraction
func.func @subtraction(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  %r = linalg.generic #conv ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.subf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @maximum
func.func @maximum(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  %r = linalg.generic #conv ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.maximumf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @extra
func.func @extra(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  %r = linalg.generic #conv ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %n = arith.negf %m : f32
    %s = arith.addf %acc, %n : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @square
func.func @square(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // Only one operand is read: this could be a pooling, so nothing is said.
  %r = linalg.generic #conv ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %a : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @casts
func.func @casts(%x: tensor<1x6x4xf16>, %w: tensor<3x4x8xf16>, %o: tensor<1x4x8xf64>) -> tensor<1x4x8xf64> {
  // expected-warning @below {{is left to the plain lowering: no instruction is made for its element types}}
  // expected-remark @below {{no instruction is made for its element types}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf16>, tensor<3x4x8xf16>) outs(%o : tensor<1x4x8xf64>) -> tensor<1x4x8xf64>
  return %r : tensor<1x4x8xf64>
}

// CHECK-LABEL: func @f16
func.func @f16(%x: memref<1x6x4xf16>, %w: memref<3x4x8xf16>, %o: memref<1x4x8xf16>) {
  // expected-warning @below {{is left to the plain lowering: no instruction is made for its element types}}
  // expected-remark @below {{no instruction is made for its element types}}
  linalg.conv_1d_nwc_wcf ins(%x, %w : memref<1x6x4xf16>, memref<3x4x8xf16>) outs(%o : memref<1x4x8xf16>)
  return
}

// CHECK-LABEL: func @i8
func.func @i8(%x: tensor<1x6x4xi8>, %w: tensor<3x4x8xi8>, %o: tensor<1x4x8xi64>) -> tensor<1x4x8xi64> {
  // expected-warning @below {{is left to the plain lowering: no instruction is made for its element types}}
  // expected-remark @below {{no instruction is made for its element types}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xi8>, tensor<3x4x8xi8>) outs(%o : tensor<1x4x8xi64>) -> tensor<1x4x8xi64>
  return %r : tensor<1x4x8xi64>
}

// CHECK-LABEL: func @zero_points
func.func @zero_points(%x: tensor<1x6x6x4xi16>, %w: tensor<3x3x4x8xi8>, %z: i32, %o: tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32> {
  // expected-warning @below {{is left to the plain lowering: it has operands besides input and filter}}
  // expected-remark @below {{it has operands besides input and filter}}
  %r = linalg.conv_2d_nhwc_hwcf_q ins(%x, %w, %z, %z : tensor<1x6x6x4xi16>, tensor<3x3x4x8xi8>, i32, i32) outs(%o : tensor<1x4x4x8xi32>) -> tensor<1x4x4x8xi32>
  return %r : tensor<1x4x4x8xi32>
}

// CHECK-LABEL: func @dynamic_window
func.func @dynamic_window(%x: tensor<1x6x4xf32>, %w: tensor<?x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: a dimension other than batch, rows and columns is dynamic}}
  // expected-remark @below {{a dimension other than batch, rows and columns is dynamic}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<?x4x8xf32>) outs(%o : tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// CHECK-LABEL: func @dynamic_depth
func.func @dynamic_depth(%x: tensor<1x?x6x6x4xf32>, %w: tensor<3x3x3x4x8xf32>, %o: tensor<1x?x4x4x8xf32>) -> tensor<1x?x4x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: an extent of the image is dynamic, in a form that needs to know it}}
  // expected-remark @below {{an extent of the image is dynamic, in a form that needs to know it}}
  %r = linalg.conv_3d_ndhwc_dhwcf ins(%x, %w : tensor<1x?x6x6x4xf32>, tensor<3x3x3x4x8xf32>) outs(%o : tensor<1x?x4x4x8xf32>) -> tensor<1x?x4x4x8xf32>
  return %r : tensor<1x?x4x4x8xf32>
}

// CHECK-LABEL: func @empty
func.func @empty(%x: tensor<1x6x4xf32>, %w: tensor<3x4x0xf32>, %o: tensor<1x4x0xf32>) -> tensor<1x4x0xf32> {
  // expected-warning @below {{is left to the plain lowering: a dimension is empty}}
  // expected-remark @below {{a dimension is empty}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x0xf32>) outs(%o : tensor<1x4x0xf32>) -> tensor<1x4x0xf32>
  return %r : tensor<1x4x0xf32>
}

// A dynamic size keeps linalg from looking at the others.
// CHECK-LABEL: func @outside
func.func @outside(%x: tensor<?x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<?x5x8xf32>) -> tensor<?x5x8xf32> {
  // expected-warning @below {{is left to the plain lowering: the window leaves the input}}
  // expected-remark @below {{the window leaves the input}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<?x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  return %r : tensor<?x5x8xf32>
}

// CHECK-LABEL: func @disagree
func.func @disagree(%x: tensor<?x6x4xf32>, %w: tensor<3x5x8xf32>, %o: tensor<?x4x8xf32>) -> tensor<?x4x8xf32> {
  // expected-warning @below {{is left to the plain lowering: the operands disagree about the size of a dimension}}
  // expected-remark @below {{the operands disagree about the size of a dimension}}
  %r = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<?x6x4xf32>, tensor<3x5x8xf32>) outs(%o : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  return %r : tensor<?x4x8xf32>
}

// CHECK-LABEL: func @in_place
func.func @in_place(%x: memref<6x7xf32>, %w: memref<1x1xf32>) {
  // expected-warning @below {{is left to the plain lowering: its output is one of its inputs}}
  // expected-remark @below {{its output is one of its inputs}}
  linalg.conv_2d ins(%x, %w : memref<6x7xf32>, memref<1x1xf32>) outs(%x : memref<6x7xf32>)
  return
}

// Groups in two loops with channels in blocks between them.
// CHECK-LABEL: func @groups_apart
func.func @groups_apart(%x: tensor<2x6x4x3xf32>, %w: tensor<2x3x4x3xf32>, %o: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  // expected-warning @below {{is left to the plain lowering: there is more than one loop over groups}}
  // expected-remark @below {{there is more than one loop over groups}}
  %r = linalg.generic {
    indexing_maps = [affine_map<(g, w, h, s, c) -> (g, w + s, c, h)>, affine_map<(g, w, h, s, c) -> (g, s, c, h)>, affine_map<(g, w, h, s, c) -> (g, w, h)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<2x6x4x3xf32>, tensor<2x3x4x3xf32>) outs(%o : tensor<2x4x3xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x4x3xf32>
  return %r : tensor<2x4x3xf32>
}

// An image enlarged on the fly, in memory: there is no larger one to read.
// CHECK-LABEL: func @enlarged
func.func @enlarged(%x: memref<4xf32>, %w: memref<3xf32>, %o: memref<6xf32>) {
  // expected-warning @below {{is left to the plain lowering: an index of the input is not a sum of an output loop and a window loop}}
  // expected-remark @below {{an index of the input is not a sum of an output loop and a window loop}}
  linalg.generic {
    indexing_maps = [affine_map<(w, s) -> ((w + s) floordiv 2)>, affine_map<(w, s) -> (s)>, affine_map<(w, s) -> (w)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%x, %w : memref<4xf32>, memref<3xf32>) outs(%o : memref<6xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  }
  return
}

// An output that runs backwards.
// CHECK-LABEL: func @backwards
func.func @backwards(%x: tensor<6xf32>, %w: tensor<3xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  // expected-warning @below {{is left to the plain lowering: an index of the input is not a sum of an output loop and a window loop}}
  // expected-remark @below {{an index of the input is not a sum of an output loop and a window loop}}
  %r = linalg.generic {
    indexing_maps = [affine_map<(w, s) -> (-w + s + 3)>, affine_map<(w, s) -> (s)>, affine_map<(w, s) -> (w)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%x, %w : tensor<6xf32>, tensor<3xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// A distance, and a scale of the product.
// CHECK-LABEL: func @distance
func.func @distance(%x: tensor<6xf32>, %w: tensor<3xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  // expected-warning @below {{is left to the plain lowering: its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  %r = linalg.generic {
    indexing_maps = [affine_map<(w, s) -> (w + s)>, affine_map<(w, s) -> (s)>, affine_map<(w, s) -> (w)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%x, %w : tensor<6xf32>, tensor<3xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %d = arith.subf %a, %b : f32
    %m = math.absf %d : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// CHECK-LABEL: func @scaled_product
func.func @scaled_product(%x: tensor<6xf32>, %w: tensor<3xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  // expected-warning @below {{is left to the plain lowering: its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  %r = linalg.generic {
    indexing_maps = [affine_map<(w, s) -> (w + s)>, affine_map<(w, s) -> (s)>, affine_map<(w, s) -> (w)>],
    iterator_types = ["parallel", "reduction"]}
    ins(%x, %w : tensor<6xf32>, tensor<3xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %h = arith.constant 0.3 : f32
    %p = arith.mulf %a, %b : f32
    %m = arith.mulf %p, %h : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// These are other things altogether: not a word.
// CHECK-LABEL: func @others
func.func @others(%x: tensor<1x6x6x4xf32>, %p: tensor<3x3xf32>, %o: tensor<1x4x4x4xf32>, %a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>) {
  %r = linalg.pooling_nhwc_max ins(%x, %p : tensor<1x6x6x4xf32>, tensor<3x3xf32>) outs(%o : tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %q = linalg.generic {
    indexing_maps = [affine_map<(n, h, w, c, r, s) -> (n, h + r, w + s, c)>, affine_map<(n, h, w, c, r, s) -> (r, s)>, affine_map<(n, h, w, c, r, s) -> (n, h, w, c)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %p : tensor<1x6x6x4xf32>, tensor<3x3xf32>) outs(%o : tensor<1x4x4x4xf32>) {
  ^bb0(%in: f32, %unused: f32, %acc: f32):
    %s = arith.addf %acc, %in : f32
    linalg.yield %s : f32
  } -> tensor<1x4x4x4xf32>
  %m = linalg.matmul ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  %g = linalg.generic {
    indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
    iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) {
  ^bb0(%u: f32, %v: f32, %acc: f32):
    %t = arith.mulf %u, %v : f32
    %s = arith.addf %acc, %t : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r, %q, %m, %g : tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>, tensor<4x6xf32>, tensor<4x6xf32>
}

// The product is rounded before it is extended.
// CHECK-LABEL: func @rounded
func.func @rounded(%x: memref<6x7x3xbf16>, %w: memref<3x3x3x8xbf16>, %o: memref<4x5x8xf32>) {
  // expected-warning @below {{its body is not a multiplication and an addition}}
  // expected-remark @below {{its body is not a multiplication and an addition}}
  linalg.generic {indexing_maps = [affine_map<(h, w, k, r, s, c) -> (h + r, w + s, c)>, affine_map<(h, w, k, r, s, c) -> (r, s, c, k)>, affine_map<(h, w, k, r, s, c) -> (h, w, k)>],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<6x7x3xbf16>, memref<3x3x3x8xbf16>) outs(%o : memref<4x5x8xf32>) {
  ^bb0(%a: bf16, %b: bf16, %acc: f32):
    %0 = arith.mulf %a, %b : bf16
    %1 = arith.extf %0 : bf16 to f32
    %2 = arith.addf %1, %acc : f32
    linalg.yield %2 : f32
  }
  return
}
