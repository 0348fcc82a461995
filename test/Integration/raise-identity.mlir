// The same program through the plain upstream lowering, and raised and written
// back first: one set of expected values. All are distinct integers, so a wrong
// index shows.

// DEFINE: %{lower} = --one-shot-bufferize="bufferize-function-boundaries" \
// DEFINE:   --buffer-deallocation-pipeline --convert-bufferization-to-memref \
// DEFINE:   --convert-linalg-to-loops --convert-scf-to-cf \
// DEFINE:   --expand-strided-metadata --lower-affine --convert-math-to-llvm \
// DEFINE:   --convert-arith-to-llvm --finalize-memref-to-llvm \
// DEFINE:   --convert-func-to-llvm --convert-cf-to-llvm \
// DEFINE:   --reconcile-unrealized-casts
// DEFINE: %{run} = mlir-runner -O2 -e main --entry-point-result=void %runner_libs

// RUN: conv-opt %s %{lower} | %{run} | FileCheck %s
// RUN: conv-opt %s --conv-raise --conv-to-linalg %{lower} | %{run} | FileCheck %s

// Every convolution takes part, and what follows it.
// RUN: conv-opt %s --conv-raise | FileCheck %s --check-prefix=RAISED --implicit-check-not=linalg.add
// RAISED-NOT: linalg.{{.*}}conv_
// RAISED-COUNT-8: conv.conv
// RAISED-NOT: conv.conv

func.func private @printMemrefF32(tensor<*xf32>)

// Padding on both sides, stride and dilation, bias from the init, residual, clamp.
func.func @nhwc(%x: tensor<1x5x6x2xf32>, %w: tensor<3x2x2x3xf32>, %b: tensor<3xf32>, %res: tensor<1x3x6x3xf32>) -> tensor<1x3x6x3xf32> {
  %zero = arith.constant 0.0 : f32
  %floor = arith.constant -700.0 : f32
  %cap = arith.constant 2500.0 : f32
  %p = tensor.pad %x low[0, 1, 2, 0] high[0, 2, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x5x6x2xf32> to tensor<1x8x8x2xf32>
  %e = tensor.empty() : tensor<1x3x6x3xf32>
  %i = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x3x6x3xf32>) dimensions = [0, 1, 2]
  %c = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 1]> : vector<2xi64>, dilations = dense<[1, 2]> : vector<2xi64>} ins(%p, %w : tensor<1x8x8x2xf32>, tensor<3x2x2x3xf32>) outs(%i : tensor<1x3x6x3xf32>) -> tensor<1x3x6x3xf32>
  %a = linalg.add ins(%res, %c : tensor<1x3x6x3xf32>, tensor<1x3x6x3xf32>) outs(%e : tensor<1x3x6x3xf32>) -> tensor<1x3x6x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, k) -> (n, h, w, k)>, affine_map<(n, h, w, k) -> (n, h, w, k)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%a : tensor<1x3x6x3xf32>) outs(%e : tensor<1x3x6x3xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minimumf %v, %cap : f32
    %t = arith.cmpf ugt, %s, %floor : f32
    %u = arith.select %t, %s, %floor : f32
    linalg.yield %u : f32
  } -> tensor<1x3x6x3xf32>
  return %r : tensor<1x3x6x3xf32>
}

// Added to live data; bias afterwards.
func.func @nchw(%x: tensor<2x2x4x4xf32>, %w: tensor<3x2x2x2xf32>, %b: tensor<3xf32>, %o: tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32> {
  %c = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<2x2x4x4xf32>, tensor<3x2x2x2xf32>) outs(%o : tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, k, h, w) -> (k)>, affine_map<(n, k, h, w) -> (n, k, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%b : tensor<3xf32>) outs(%c : tensor<2x3x3x3xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.addf %v, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x3x3x3xf32>
  return %r : tensor<2x3x3x3xf32>
}

func.func @depthwise(%x: tensor<1x5x5x3xf32>, %w: tensor<3x3x3xf32>) -> tensor<1x3x3x3xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 0, 0] high[0, 2, 2, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x5x5x3xf32> to tensor<1x7x7x3xf32>
  %e = tensor.empty() : tensor<1x3x3x3xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : vector<2xi64>} ins(%p, %w : tensor<1x7x7x3xf32>, tensor<3x3x3xf32>) outs(%i : tensor<1x3x3x3xf32>) -> tensor<1x3x3x3xf32>
  return %r : tensor<1x3x3x3xf32>
}

// Channels and multiplier joined, then bias and clamp.
func.func @multiplier(%x: tensor<1x4x4x2xf32>, %w: tensor<2x2x2x3xf32>, %b: tensor<6xf32>) -> tensor<1x3x3x6xf32> {
  %floor = arith.constant 100.0 : f32
  %e = arith.constant dense<0.0> : tensor<1x3x3x2x3xf32>
  %c = linalg.depthwise_conv_2d_nhwc_hwcm ins(%x, %w : tensor<1x4x4x2xf32>, tensor<2x2x2x3xf32>) outs(%e : tensor<1x3x3x2x3xf32>) -> tensor<1x3x3x2x3xf32>
  %j = tensor.collapse_shape %c [[0], [1], [2], [3, 4]] : tensor<1x3x3x2x3xf32> into tensor<1x3x3x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, k) -> (k)>, affine_map<(n, h, w, k) -> (n, h, w, k)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%b : tensor<6xf32>) outs(%j : tensor<1x3x3x6xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.addf %out, %v : f32
    %t = arith.maximumf %s, %floor : f32
    linalg.yield %t : f32
  } -> tensor<1x3x3x6xf32>
  return %r : tensor<1x3x3x6xf32>
}

// The bias is broadcast before the groups are split off.
func.func @grouped(%x: tensor<1x2x2x4x4xf32>, %w: tensor<2x3x2x2x2xf32>, %b: tensor<6xf32>, %res: tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32> {
  %e = tensor.empty() : tensor<1x6x3x3xf32>
  %f = linalg.broadcast ins(%b : tensor<6xf32>) outs(%e : tensor<1x6x3x3xf32>) dimensions = [0, 2, 3]
  %i = tensor.expand_shape %f [[0], [1, 2], [3], [4]] output_shape [1, 2, 3, 3, 3] : tensor<1x6x3x3xf32> into tensor<1x2x3x3x3xf32>
  %c = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x2x4x4xf32>, tensor<2x3x2x2x2xf32>) outs(%i : tensor<1x2x3x3x3xf32>) -> tensor<1x2x3x3x3xf32>
  %j = tensor.collapse_shape %c [[0], [1, 2], [3], [4]] : tensor<1x2x3x3x3xf32> into tensor<1x6x3x3xf32>
  %r = linalg.add ins(%j, %res : tensor<1x6x3x3xf32>, tensor<1x6x3x3xf32>) outs(%e : tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32>
  return %r : tensor<1x6x3x3xf32>
}

// Filter first, k slowest in the output.
func.func @exchanged(%w: tensor<3x2x2x2xf32>, %x: tensor<1x5x4x2xf32>) -> tensor<3x1x2x3xf32> {
  %e = arith.constant dense<0.0> : tensor<3x1x2x3xf32>
  %r = linalg.generic {
    indexing_maps = [affine_map<(n, k, r, h, c, s, w) -> (k, c, r, s)>,
                     affine_map<(n, k, r, h, c, s, w) -> (n, r * 2 + h * 2, w + s, c)>,
                     affine_map<(n, k, r, h, c, s, w) -> (k, n, h, w)>],
    iterator_types = ["parallel", "parallel", "reduction", "parallel", "reduction", "reduction", "parallel"]}
    ins(%w, %x : tensor<3x2x2x2xf32>, tensor<1x5x4x2xf32>) outs(%e : tensor<3x1x2x3xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %b, %a : f32
    %s = arith.addf %m, %acc : f32
    linalg.yield %s : f32
  } -> tensor<3x1x2x3xf32>
  return %r : tensor<3x1x2x3xf32>
}

// A 1x1 window whose loops are gone; maxnumf with a bound.
func.func @folded(%x: tensor<1x3x4x2xf32>, %w: tensor<2x3xf32>) -> tensor<1x3x2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x3x2x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x2x4xf32>) -> tensor<1x3x2x4xf32>
  %c = linalg.generic {
    indexing_maps = [affine_map<(n, k, h, w, c) -> (n, h * 2, w, c)>,
                     affine_map<(n, k, h, w, c) -> (c, k)>,
                     affine_map<(n, k, h, w, c) -> (n, k, h, w)>],
    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<1x3x4x2xf32>, tensor<2x3xf32>) outs(%f : tensor<1x3x2x4xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x3x2x4xf32>
  %b = arith.constant dense<-5.0> : tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, k, h, w) -> (n, k, h, w)>, affine_map<(n, k, h, w) -> ()>, affine_map<(n, k, h, w) -> (n, k, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c, %b : tensor<1x3x2x4xf32>, tensor<f32>) outs(%e : tensor<1x3x2x4xf32>) {
  ^bb0(%v: f32, %l: f32, %out: f32):
    %s = arith.maxnumf %v, %l : f32
    linalg.yield %s : f32
  } -> tensor<1x3x2x4xf32>
  return %r : tensor<1x3x2x4xf32>
}

func.func @row(%x: tensor<1x2x7xf32>, %w: tensor<3x2x3xf32>) -> tensor<1x3x3xf32> {
  %e = arith.constant dense<0.0> : tensor<1x3x3xf32>
  %r = linalg.conv_1d_ncw_fcw {strides = dense<2> : vector<1xi64>} ins(%x, %w : tensor<1x2x7xf32>, tensor<3x2x3xf32>) outs(%e : tensor<1x3x3xf32>) -> tensor<1x3x3xf32>
  return %r : tensor<1x3x3xf32>
}

// Consecutive integers around zero.
func.func private @values_1x5x6x2() -> tensor<1x5x6x2xf32> {
  %e = tensor.empty() : tensor<1x5x6x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x5x6x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 60 + d1 * 12 + d2 * 2 + d3 * 1 - 30)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x5x6x2xf32>
  return %r : tensor<1x5x6x2xf32>
}

func.func private @values_3x2x2x3() -> tensor<3x2x2x3xf32> {
  %e = tensor.empty() : tensor<3x2x2x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x2x2x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 12 + d1 * 6 + d2 * 3 + d3 * 1 - 18)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<3x2x2x3xf32>
  return %r : tensor<3x2x2x3xf32>
}

func.func private @values_3() -> tensor<3xf32> {
  %e = tensor.empty() : tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %l = affine.apply affine_map<(d0) -> (d0 * 1 - 1)>(%i0)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}

func.func private @values_1x3x6x3() -> tensor<1x3x6x3xf32> {
  %e = tensor.empty() : tensor<1x3x6x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x3x6x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 54 + d1 * 18 + d2 * 3 + d3 * 1 - 27)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x3x6x3xf32>
  return %r : tensor<1x3x6x3xf32>
}

func.func private @values_2x2x4x4() -> tensor<2x2x4x4xf32> {
  %e = tensor.empty() : tensor<2x2x4x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<2x2x4x4xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 32 + d1 * 16 + d2 * 4 + d3 * 1 - 32)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<2x2x4x4xf32>
  return %r : tensor<2x2x4x4xf32>
}

func.func private @values_3x2x2x2() -> tensor<3x2x2x2xf32> {
  %e = tensor.empty() : tensor<3x2x2x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<3x2x2x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 8 + d1 * 4 + d2 * 2 + d3 * 1 - 12)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<3x2x2x2xf32>
  return %r : tensor<3x2x2x2xf32>
}

func.func private @values_2x3x3x3() -> tensor<2x3x3x3xf32> {
  %e = tensor.empty() : tensor<2x3x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<2x3x3x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 27 + d1 * 9 + d2 * 3 + d3 * 1 - 27)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<2x3x3x3xf32>
  return %r : tensor<2x3x3x3xf32>
}

func.func private @values_1x5x5x3() -> tensor<1x5x5x3xf32> {
  %e = tensor.empty() : tensor<1x5x5x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x5x5x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 75 + d1 * 15 + d2 * 3 + d3 * 1 - 37)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x5x5x3xf32>
  return %r : tensor<1x5x5x3xf32>
}

func.func private @values_3x3x3() -> tensor<3x3x3xf32> {
  %e = tensor.empty() : tensor<3x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<3x3x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %l = affine.apply affine_map<(d0, d1, d2) -> (d0 * 9 + d1 * 3 + d2 * 1 - 13)>(%i0, %i1, %i2)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<3x3x3xf32>
  return %r : tensor<3x3x3xf32>
}

func.func private @values_1x4x4x2() -> tensor<1x4x4x2xf32> {
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 32 + d1 * 8 + d2 * 2 + d3 * 1 - 16)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x4x4x2xf32>
  return %r : tensor<1x4x4x2xf32>
}

func.func private @values_2x2x2x3() -> tensor<2x2x2x3xf32> {
  %e = tensor.empty() : tensor<2x2x2x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<2x2x2x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 12 + d1 * 6 + d2 * 3 + d3 * 1 - 12)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<2x2x2x3xf32>
  return %r : tensor<2x2x2x3xf32>
}

func.func private @values_1x2x2x4x4() -> tensor<1x2x2x4x4xf32> {
  %e = tensor.empty() : tensor<1x2x2x4x4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x2x2x4x4xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %i4 = linalg.index 4 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3, d4) -> (d0 * 64 + d1 * 32 + d2 * 16 + d3 * 4 + d4 * 1 - 32)>(%i0, %i1, %i2, %i3, %i4)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x2x2x4x4xf32>
  return %r : tensor<1x2x2x4x4xf32>
}

func.func private @values_2x3x2x2x2() -> tensor<2x3x2x2x2xf32> {
  %e = tensor.empty() : tensor<2x3x2x2x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<2x3x2x2x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %i4 = linalg.index 4 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3, d4) -> (d0 * 24 + d1 * 8 + d2 * 4 + d3 * 2 + d4 * 1 - 24)>(%i0, %i1, %i2, %i3, %i4)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<2x3x2x2x2xf32>
  return %r : tensor<2x3x2x2x2xf32>
}

func.func private @values_6() -> tensor<6xf32> {
  %e = tensor.empty() : tensor<6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<6xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %l = affine.apply affine_map<(d0) -> (d0 * 1 - 3)>(%i0)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<6xf32>
  return %r : tensor<6xf32>
}

func.func private @values_1x5x4x2() -> tensor<1x5x4x2xf32> {
  %e = tensor.empty() : tensor<1x5x4x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x5x4x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 40 + d1 * 8 + d2 * 2 + d3 * 1 - 20)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x5x4x2xf32>
  return %r : tensor<1x5x4x2xf32>
}

func.func private @values_1x3x4x2() -> tensor<1x3x4x2xf32> {
  %e = tensor.empty() : tensor<1x3x4x2xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x3x4x2xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 24 + d1 * 8 + d2 * 2 + d3 * 1 - 12)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x3x4x2xf32>
  return %r : tensor<1x3x4x2xf32>
}

func.func private @values_2x3() -> tensor<2x3xf32> {
  %e = tensor.empty() : tensor<2x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<2x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %l = affine.apply affine_map<(d0, d1) -> (d0 * 3 + d1 * 1 - 3)>(%i0, %i1)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

func.func private @values_1x2x7() -> tensor<1x2x7xf32> {
  %e = tensor.empty() : tensor<1x2x7xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<1x2x7xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %l = affine.apply affine_map<(d0, d1, d2) -> (d0 * 14 + d1 * 7 + d2 * 1 - 7)>(%i0, %i1, %i2)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x2x7xf32>
  return %r : tensor<1x2x7xf32>
}

func.func private @values_3x2x3() -> tensor<3x2x3xf32> {
  %e = tensor.empty() : tensor<3x2x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<3x2x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %l = affine.apply affine_map<(d0, d1, d2) -> (d0 * 6 + d1 * 3 + d2 * 1 - 9)>(%i0, %i1, %i2)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<3x2x3xf32>
  return %r : tensor<3x2x3xf32>
}

func.func private @values_1x6x3x3() -> tensor<1x6x3x3xf32> {
  %e = tensor.empty() : tensor<1x6x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x6x3x3xf32>) {
  ^bb0(%out: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %l = affine.apply affine_map<(d0, d1, d2, d3) -> (d0 * 54 + d1 * 9 + d2 * 3 + d3 - 27)>(%i0, %i1, %i2, %i3)
    %n = arith.index_cast %l : index to i32
    %f = arith.sitofp %n : i32 to f32
    linalg.yield %f : f32
  } -> tensor<1x6x3x3xf32>
  return %r : tensor<1x6x3x3xf32>
}

func.func @main() {
  %v1 = call @values_1x5x6x2() : () -> tensor<1x5x6x2xf32>
  %v2 = call @values_3x2x2x3() : () -> tensor<3x2x2x3xf32>
  %v3 = call @values_3() : () -> tensor<3xf32>
  %v4 = call @values_1x3x6x3() : () -> tensor<1x3x6x3xf32>
  %r_nhwc = call @nhwc(%v1, %v2, %v3, %v4) : (tensor<1x5x6x2xf32>, tensor<3x2x2x3xf32>, tensor<3xf32>, tensor<1x3x6x3xf32>) -> tensor<1x3x6x3xf32>
  %r_nhwcu = tensor.cast %r_nhwc : tensor<1x3x6x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_nhwcu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[-586,     -678,     -700],
  // CHECK-NEXT: [-523,     -607,     -691],
  // CHECK-NEXT: [-454,     -624,     -700],
  // CHECK-NEXT: [-379,     -533,     -687],
  // CHECK-NEXT: [-304,     -442,     -580],
  // CHECK-NEXT: [-229,     -351,     -473]],
  // CHECK-NEXT: {{\[}}[521,     490,     459],
  // CHECK-NEXT: [542,     523,     504],
  // CHECK-NEXT: [1292,     1252,     1212],
  // CHECK-NEXT: [1259,     1243,     1227],
  // CHECK-NEXT: [1226,     1234,     1242],
  // CHECK-NEXT: [1193,     1225,     1257]],
  // CHECK-NEXT: {{\[}}[-70,     -18,     34],
  // CHECK-NEXT: [-103,     -43,     17],
  // CHECK-NEXT: [-514,     -396,     -278],
  // CHECK-NEXT: [-631,     -497,     -363],
  // CHECK-NEXT: [-700,     -598,     -448],
  // CHECK-NEXT: [-700,     -699,     -533]]]]
  %v5 = call @values_2x2x4x4() : () -> tensor<2x2x4x4xf32>
  %v6 = call @values_3x2x2x2() : () -> tensor<3x2x2x2xf32>
  %v7 = call @values_3() : () -> tensor<3xf32>
  %v8 = call @values_2x3x3x3() : () -> tensor<2x3x3x3xf32>
  %r_nchw = call @nchw(%v5, %v6, %v7, %v8) : (tensor<2x2x4x4xf32>, tensor<3x2x2x2xf32>, tensor<3xf32>, tensor<2x3x3x3xf32>) -> tensor<2x3x3x3xf32>
  %r_nchwu = tensor.cast %r_nchw : tensor<2x3x3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_nchwu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[1580,     1513,     1446],
  // CHECK-NEXT: [1311,     1244,     1177],
  // CHECK-NEXT: [1042,     975,     908]],
  // CHECK-NEXT: {{\[}}[214,     211,     208],
  // CHECK-NEXT: [201,     198,     195],
  // CHECK-NEXT: [188,     185,     182]],
  // CHECK-NEXT: {{\[}}[-1152,     -1091,     -1030],
  // CHECK-NEXT: [-909,     -848,     -787],
  // CHECK-NEXT: [-666,     -605,     -544]]],
  // CHECK-NEXT: {{\[\[}}[-569,     -636,     -703],
  // CHECK-NEXT: [-838,     -905,     -972],
  // CHECK-NEXT: [-1107,     -1174,     -1241]],
  // CHECK-NEXT: {{\[}}[113,     110,     107],
  // CHECK-NEXT: [100,     97,     94],
  // CHECK-NEXT: [87,     84,     81]],
  // CHECK-NEXT: {{\[}}[795,     856,     917],
  // CHECK-NEXT: [1038,     1099,     1160],
  // CHECK-NEXT: [1281,     1342,     1403]]]]
  %v9 = call @values_1x5x5x3() : () -> tensor<1x5x5x3xf32>
  %v10 = call @values_3x3x3() : () -> tensor<3x3x3xf32>
  %r_depthwise = call @depthwise(%v9, %v10) : (tensor<1x5x5x3xf32>, tensor<3x3x3xf32>) -> tensor<1x3x3x3xf32>
  %r_depthwiseu = tensor.cast %r_depthwise : tensor<1x3x3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_depthwiseu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[1035,     864,     711],
  // CHECK-NEXT: [981,     864,     765],
  // CHECK-NEXT: [390,     351,     318]],
  // CHECK-NEXT: {{\[}}[765,     864,     981],
  // CHECK-NEXT: [711,     864,     1035],
  // CHECK-NEXT: [30,     81,     138]],
  // CHECK-NEXT: {{\[}}[-762,     -711,     -654],
  // CHECK-NEXT: [-942,     -873,     -798],
  // CHECK-NEXT: [-455,     -432,     -407]]]]
  %v11 = call @values_1x4x4x2() : () -> tensor<1x4x4x2xf32>
  %v12 = call @values_2x2x2x3() : () -> tensor<2x2x2x3xf32>
  %vm = call @values_6() : () -> tensor<6xf32>
  %r_multiplier = call @multiplier(%v11, %v12, %vm) : (tensor<1x4x4x2xf32>, tensor<2x2x2x3xf32>, tensor<6xf32>) -> tensor<1x3x3x6xf32>
  %r_multiplieru = tensor.cast %r_multiplier : tensor<1x3x3x6xf32> to tensor<*xf32>
  call @printMemrefF32(%r_multiplieru) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[237,     194,     151,     108,     100,     100],
  // CHECK-NEXT: [213,     178,     143,     108,     100,     100],
  // CHECK-NEXT: [189,     162,     135,     108,     100,     100]],
  // CHECK-NEXT: {{\[}}[141,     130,     119,     108,     101,     100],
  // CHECK-NEXT: [117,     114,     111,     108,     109,     110],
  // CHECK-NEXT: [100,     100,     103,     108,     117,     126]],
  // CHECK-NEXT: {{\[}}[100,     100,     100,     108,     133,     158],
  // CHECK-NEXT: [100,     100,     100,     108,     141,     174],
  // CHECK-NEXT: [100,     100,     100,     108,     149,     190]]]]
  %v13 = call @values_1x2x2x4x4() : () -> tensor<1x2x2x4x4xf32>
  %v14 = call @values_2x3x2x2x2() : () -> tensor<2x3x2x2x2xf32>
  %v15 = call @values_6() : () -> tensor<6xf32>
  %vg = call @values_1x6x3x3() : () -> tensor<1x6x3x3xf32>
  %r_grouped = call @grouped(%v13, %v14, %v15, %vg) : (tensor<1x2x2x4x4xf32>, tensor<2x3x2x2x2xf32>, tensor<6xf32>, tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32>
  %r_groupedu = tensor.cast %r_grouped : tensor<1x6x3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_groupedu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[3642,     3479,     3316],
  // CHECK-NEXT: [2989,     2826,     2663],
  // CHECK-NEXT: [2336,     2173,     2010]],
  // CHECK-NEXT: {{\[}}[2276,     2177,     2078],
  // CHECK-NEXT: [1879,     1780,     1681],
  // CHECK-NEXT: [1482,     1383,     1284]],
  // CHECK-NEXT: {{\[}}[910,     875,     840],
  // CHECK-NEXT: [769,     734,     699],
  // CHECK-NEXT: [628,     593,     558]],
  // CHECK-NEXT: {{\[}}[440,     469,     498],
  // CHECK-NEXT: [555,     584,     613],
  // CHECK-NEXT: [670,     699,     728]],
  // CHECK-NEXT: {{\[}}[1122,     1215,     1308],
  // CHECK-NEXT: [1493,     1586,     1679],
  // CHECK-NEXT: [1864,     1957,     2050]],
  // CHECK-NEXT: {{\[}}[1804,     1961,     2118],
  // CHECK-NEXT: [2431,     2588,     2745],
  // CHECK-NEXT: [3058,     3215,     3372]]]]
  %v16 = call @values_3x2x2x2() : () -> tensor<3x2x2x2xf32>
  %v17 = call @values_1x5x4x2() : () -> tensor<1x5x4x2xf32>
  %r_exchanged = call @exchanged(%v16, %v17) : (tensor<3x2x2x2xf32>, tensor<1x5x4x2xf32>) -> tensor<3x1x2x3xf32>
  %r_exchangedu = tensor.cast %r_exchanged : tensor<3x1x2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_exchangedu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[790,     654,     518],
  // CHECK-NEXT: [-298,     -434,     -570]]],
  // CHECK-NEXT: {{\[\[}}[118,     110,     102],
  // CHECK-NEXT: [54,     46,     38]]],
  // CHECK-NEXT: {{\[\[}}[-554,     -434,     -314],
  // CHECK-NEXT: [406,     526,     646]]]]
  %v18 = call @values_1x3x4x2() : () -> tensor<1x3x4x2xf32>
  %v19 = call @values_2x3() : () -> tensor<2x3xf32>
  %r_folded = call @folded(%v18, %v19) : (tensor<1x3x4x2xf32>, tensor<2x3xf32>) -> tensor<1x3x2x4xf32>
  %r_foldedu = tensor.cast %r_folded : tensor<1x3x2x4xf32> to tensor<*xf32>
  call @printMemrefF32(%r_foldedu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[\[}}[36,     30,     24,     18],
  // CHECK-NEXT: [-5,     -5,     -5,     -5]],
  // CHECK-NEXT: {{\[}}[13,     11,     9,     7],
  // CHECK-NEXT: [-3,     -5,     -5,     -5]],
  // CHECK-NEXT: {{\[}}[-5,     -5,     -5,     -4],
  // CHECK-NEXT: [6,     8,     10,     12]]]]
  %v20 = call @values_1x2x7() : () -> tensor<1x2x7xf32>
  %v21 = call @values_3x2x3() : () -> tensor<3x2x3xf32>
  %r_row = call @row(%v20, %v21) : (tensor<1x2x7xf32>, tensor<3x2x3xf32>) -> tensor<1x3x3xf32>
  %r_rowu = tensor.cast %r_row : tensor<1x3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%r_rowu) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: {{\[\[}}[133,    55,    -23],
  // CHECK-NEXT: [43,    37,    31],
  // CHECK-NEXT: [-47,    19,    85]]]
  return
}
