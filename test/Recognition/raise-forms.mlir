// Convolutions written in other ways: loops that are one, windows that run
// backwards or begin behind the first row, channels in blocks, factors that are
// computed on the way.

// RUN: conv-opt %s --conv-raise=require --canonicalize --cse | FileCheck %s

// Frames of a video: one batch. What follows is joined, too.
// CHECK-LABEL: func @batches(
// CHECK: %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2], [3], [4]{{\]}} : tensor<2x3x10x11x8xf32> into tensor<6x10x11x8xf32>
// CHECK: %[[Y:.*]] = conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], %{{.*}}) bias(%{{.*}} : tensor<16xf32>) outs(%{{.*}} : tensor<6x8x9x16xf32>) accumulate
// CHECK: tensor.expand_shape %[[Y]]
// CHECK-NOT: conv.conv
func.func @batches(%x: tensor<2x3x10x11x8xf32>, %w: tensor<3x3x8x16xf32>, %o: tensor<2x3x8x9x16xf32>, %bias: tensor<16xf32>) -> tensor<2x3x8x9x16xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, t, h, w, k, r, s, c) -> (n, t, h + r, w + s, c)>, affine_map<(n, t, h, w, k, r, s, c) -> (r, s, c, k)>, affine_map<(n, t, h, w, k, r, s, c) -> (n, t, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<2x3x10x11x8xf32>, tensor<3x3x8x16xf32>) outs(%o : tensor<2x3x8x9x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x3x8x9x16xf32>
  %e = tensor.empty() : tensor<2x3x8x9x16xf32>
  %t = linalg.generic {indexing_maps = [affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>, affine_map<(a, b, c, d, e) -> (e)>, affine_map<(a, b, c, d, e) -> (a, b, c, d, e)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%r, %bias : tensor<2x3x8x9x16xf32>, tensor<16xf32>) outs(%e : tensor<2x3x8x9x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x3x8x9x16xf32>
  return %t : tensor<2x3x8x9x16xf32>
}

// Batches that do not lie beside each other: a loop over one of them.
// CHECK-LABEL: func @batches_apart(
// CHECK: scf.for
// CHECK: conv.conv dims<hnwc x rsck -> nhwk> ins(%{{.*}} : tensor<10x3x11x8xf32>
// CHECK: scf.yield
// CHECK-NOT: conv.conv
func.func @batches_apart(%x: tensor<2x10x3x11x8xf32>, %w: tensor<3x3x8x16xf32>, %o: tensor<2x3x8x9x16xf32>) -> tensor<2x3x8x9x16xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, t, h, w, k, r, s, c) -> (n, h + r, t, w + s, c)>, affine_map<(n, t, h, w, k, r, s, c) -> (r, s, c, k)>, affine_map<(n, t, h, w, k, r, s, c) -> (n, t, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<2x10x3x11x8xf32>, tensor<3x3x8x16xf32>) outs(%o : tensor<2x3x8x9x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x3x8x9x16xf32>
  return %r : tensor<2x3x8x9x16xf32>
}

// A window along the depth alone: rows and columns are one.
// CHECK-LABEL: func @volume_of_planes(
// CHECK: conv.conv dims<nhwc x rck -> nhwk> ins(%{{.*}} : tensor<2x6x20x8xf32>, tensor<3x8x16xf32>)
// CHECK-NOT: conv.conv
func.func @volume_of_planes(%x: tensor<2x6x4x5x8xf32>, %w: tensor<3x8x16xf32>, %o: tensor<2x4x4x5x16xf32>) -> tensor<2x4x4x5x16xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, d, h, w, k, t, c) -> (n, d + t, h, w, c)>, affine_map<(n, d, h, w, k, t, c) -> (t, c, k)>, affine_map<(n, d, h, w, k, t, c) -> (n, d, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<2x6x4x5x8xf32>, tensor<3x8x16xf32>) outs(%o : tensor<2x4x4x5x16xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<2x4x4x5x16xf32>
  return %r : tensor<2x4x4x5x16xf32>
}

// Channels in two loops, which the filter has in another order.
// CHECK-LABEL: func @channels(
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x2x4x8xf32>)
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%{{.*}} : tensor<1x6x8xf32>, tensor<3x8x8xf32>)
// CHECK-NOT: conv.conv
func.func @channels(%x: tensor<1x6x2x4xf32>, %w: tensor<4x3x8x2xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c, d) -> (n, w + s, c, d)>, affine_map<(n, w, k, s, c, d) -> (d, s, k, c)>, affine_map<(n, w, k, s, c, d) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x6x2x4xf32>, tensor<4x3x8x2xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// Blocks of channels in the images, and in the filter. The filter is brought into
// the order of whole channels.
// CHECK-LABEL: func @blocks(
// CHECK: conv.conv dims<nChwc x rsck -> nKhwk> ins(%{{.*}} : tensor<1x2x10x11x4xf32>, tensor<3x3x8x16xf32>)
// CHECK-NOT: conv.conv
func.func @blocks(%x: tensor<1x2x10x11x4xf32>, %w: tensor<2x2x3x3x4x8xf32>, %o: tensor<1x2x8x9x8xf32>) -> tensor<1x2x8x9x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, K, h, w, k, C, r, s, c) -> (n, C, h + r, w + s, c)>, affine_map<(n, K, h, w, k, C, r, s, c) -> (K, C, r, s, c, k)>, affine_map<(n, K, h, w, k, C, r, s, c) -> (n, K, h, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x2x10x11x4xf32>, tensor<2x2x3x3x4x8xf32>) outs(%o : tensor<1x2x8x9x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x2x8x9x8xf32>
  return %r : tensor<1x2x8x9x8xf32>
}

// A window that runs backwards.
// CHECK-LABEL: func @flipped(
// CHECK: %[[F:.*]] = linalg.generic {{.*}}ins(%{{.*}} : tensor<3x4x8xf32>)
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%{{.*}}, %[[F]] :
// CHECK-NOT: conv.conv
func.func @flipped(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c) -> (n, w - s + 2, c)>, affine_map<(n, w, k, s, c) -> (s, c, k)>, affine_map<(n, w, k, s, c) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// On memrefs the filter is copied into a buffer.
// CHECK-LABEL: func @flipped_buffer(
// CHECK: %[[F:.*]] = memref.alloc() : memref<3x4x8xf32>
// CHECK: linalg.generic {{.*}} outs(%[[F]] :
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%{{.*}}, %[[F]] : {{.*}} accumulate
// CHECK: memref.dealloc %[[F]]
// CHECK-NOT: conv.conv
func.func @flipped_buffer(%x: memref<1x6x4xf32>, %w: memref<3x4x8xf32>, %o: memref<1x4x8xf32>) {
  linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c) -> (n, w - s + 2, c)>, affine_map<(n, w, k, s, c) -> (s, c, k)>, affine_map<(n, w, k, s, c) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : memref<1x6x4xf32>, memref<3x4x8xf32>) outs(%o : memref<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  }
  return
}

// A window that begins behind the first column.
// CHECK-LABEL: func @offset(
// CHECK: %[[X:.*]] = tensor.extract_slice %{{.*}}[0, 2, 0] [1, 7, 4] [1, 1, 1]
// CHECK: conv.conv dims<nwc x sck -> nwk, strides = [1, 2]> ins(%[[X]],
// CHECK-NOT: conv.conv
func.func @offset(%x: tensor<1x9x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x3x8xf32>) -> tensor<1x3x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c) -> (n, w * 2 + s + 2, c)>, affine_map<(n, w, k, s, c) -> (s, c, k)>, affine_map<(n, w, k, s, c) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x9x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x3x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x3x8xf32>
  return %r : tensor<1x3x8xf32>
}

// A fused multiplication and addition.
// CHECK-LABEL: func @fma(
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%arg0, %arg1 :
// CHECK-NOT: conv.conv
func.func @fma(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c) -> (n, w + s, c)>, affine_map<(n, w, k, s, c) -> (s, c, k)>, affine_map<(n, w, k, s, c) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %s = math.fma %b, %a, %acc : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}

// What is made of an element before it is multiplied is computed once for each.
// CHECK-LABEL: func @factors(
// CHECK: %[[X:.*]] = linalg.generic {{.*}} ins(%arg0 :
// CHECK: arith.subf
// CHECK: %[[F:.*]] = linalg.generic {{.*}} ins(%arg1 :
// CHECK: arith.mulf
// CHECK: conv.conv dims<nwc x sck -> nwk> ins(%[[X]], %[[F]] :
// CHECK-NOT: conv.conv
func.func @factors(%x: tensor<1x6x4xf32>, %w: tensor<3x4x8xf32>, %o: tensor<1x4x8xf32>, %z: f32, %scale: f32) -> tensor<1x4x8xf32> {
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, w, k, s, c) -> (n, w + s, c)>, affine_map<(n, w, k, s, c) -> (s, c, k)>, affine_map<(n, w, k, s, c) -> (n, w, k)>],
    iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
    ins(%x, %w : tensor<1x6x4xf32>, tensor<3x4x8xf32>) outs(%o : tensor<1x4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %c = arith.subf %a, %z : f32
    %d = arith.mulf %b, %scale : f32
    %m = arith.mulf %c, %d : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x4x8xf32>
  return %r : tensor<1x4x8xf32>
}
