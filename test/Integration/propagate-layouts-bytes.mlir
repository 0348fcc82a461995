// A small residual network of bytes, channels first: stem, pooling with padding,
// an inverted bottleneck with a depthwise convolution. With its channels behind
// rows and columns it computes the same integers as upstream's plain loops.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.upstream
// RUN: conv-opt %s --conv-to-llvm="cpu=native propagate-layouts=blocked" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.last
// RUN: diff %t.upstream %t.last
// RUN: FileCheck %s --input-file %t.last --check-prefix=VALUES
// VALUES-COUNT-256: {{[1-9][0-9]*}}

// The stem reads the function's layout, the last convolution writes it, and
// nothing is converted.
// RUN: conv-opt %s --conv-raise --conv-propagate-layouts=cpu=haswell | FileCheck %s --implicit-check-not=linalg.transpose
// CHECK-LABEL: func.func private @network(
// CHECK:         conv.conv dims<nchw x kcrs -> nhwk,
// CHECK:         conv.conv dims<nhwc x kcrs -> nhwk>
// CHECK:         conv.conv dims<nhwg x grs -> nhwg,
// CHECK:         conv.conv dims<nhwc x kcrs -> nhwk>
// CHECK:         conv.conv dims<nhwc x kcrs -> nkhw>

func.func private @printMemrefI32(tensor<*xi32>)

func.func private @image() -> tensor<1x3x31x29xi8> {
  %e = tensor.empty() : tensor<1x3x31x29xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x3x31x29xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %i3 = linalg.index 3 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %s4 = arith.addi %s3, %p3 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s4, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<1x3x31x29xi8>
  return %r : tensor<1x3x31x29xi8>
}
func.func private @w_v() -> tensor<24x3x3x3xi8> {
  %e = tensor.empty() : tensor<24x3x3x3xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<24x3x3x3xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %i3 = linalg.index 3 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %s4 = arith.addi %s3, %p3 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s4, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<24x3x3x3xi8>
  return %r : tensor<24x3x3x3xi8>
}
func.func private @w_u() -> tensor<40x24x1x1xi8> {
  %e = tensor.empty() : tensor<40x24x1x1xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<40x24x1x1xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %i3 = linalg.index 3 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %s4 = arith.addi %s3, %p3 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s4, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<40x24x1x1xi8>
  return %r : tensor<40x24x1x1xi8>
}
func.func private @w_d() -> tensor<40x3x3xi8> {
  %e = tensor.empty() : tensor<40x3x3xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<40x3x3xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s3, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<40x3x3xi8>
  return %r : tensor<40x3x3xi8>
}
func.func private @w_w() -> tensor<24x40x1x1xi8> {
  %e = tensor.empty() : tensor<24x40x1x1xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<24x40x1x1xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %i3 = linalg.index 3 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %s4 = arith.addi %s3, %p3 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s4, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<24x40x1x1xi8>
  return %r : tensor<24x40x1x1xi8>
}
func.func private @w_l() -> tensor<20x24x3x3xi8> {
  %e = tensor.empty() : tensor<20x24x3x3xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<20x24x3x3xi8>) {
  ^bb0(%o: i8):
    %s0 = arith.constant 7 : index
    %i0 = linalg.index 0 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %s1 = arith.addi %s0, %p0 : index
    %i1 = linalg.index 1 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %s2 = arith.addi %s1, %p1 : index
    %i2 = linalg.index 2 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %s3 = arith.addi %s2, %p2 : index
    %i3 = linalg.index 3 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %s4 = arith.addi %s3, %p3 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 7 : index
    %y = arith.muli %s4, %hash : index
    %z = arith.shrui %y, %shift : index
    %v = arith.index_cast %z : index to i8
    linalg.yield %v : i8
  } -> tensor<20x24x3x3xi8>
  return %r : tensor<20x24x3x3xi8>
}
func.func private @network(%x: tensor<1x3x31x29xi8>, %v: tensor<24x3x3x3xi8>, %u: tensor<40x24x1x1xi8>, %d: tensor<40x3x3xi8>, %w: tensor<24x40x1x1xi8>, %l: tensor<20x24x3x3xi8>) -> tensor<1x20x6x6xi32> {
  %zero = arith.constant 0 : i32
  %pad = arith.constant 5 : i8
  %none = arith.constant 0 : i8
  %least = arith.constant -128 : i8
  %xp = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %pad : i8
  } : tensor<1x3x31x29xi8> to tensor<1x3x33x31xi8>
  %i_c0 = tensor.empty() : tensor<1x24x16x15xi32>
  %z_c0 = linalg.fill ins(%zero : i32) outs(%i_c0 : tensor<1x24x16x15xi32>) -> tensor<1x24x16x15xi32>
  %c0 = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%xp, %v : tensor<1x3x33x31xi8>, tensor<24x3x3x3xi8>) outs(%z_c0 : tensor<1x24x16x15xi32>) -> tensor<1x24x16x15xi32>
  %e_y0 = tensor.empty() : tensor<1x24x16x15xi8>
  %y0 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0 : tensor<1x24x16x15xi32>) outs(%e_y0 : tensor<1x24x16x15xi8>) {
  ^bb0(%a: i32, %o: i8):
    %sh = arith.constant 9 : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %s = arith.shrsi %a, %sh : i32
    %atleast = arith.maxsi %s, %lo : i32
    %m = arith.minsi %atleast, %hi : i32
    %t = arith.trunci %m : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x24x16x15xi8>
  %i_c1 = tensor.empty() : tensor<1x40x16x15xi32>
  %z_c1 = linalg.fill ins(%zero : i32) outs(%i_c1 : tensor<1x40x16x15xi32>) -> tensor<1x40x16x15xi32>
  %c1 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%y0, %u : tensor<1x24x16x15xi8>, tensor<40x24x1x1xi8>) outs(%z_c1 : tensor<1x40x16x15xi32>) -> tensor<1x40x16x15xi32>
  %e_y1 = tensor.empty() : tensor<1x40x16x15xi8>
  %y1 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c1 : tensor<1x40x16x15xi32>) outs(%e_y1 : tensor<1x40x16x15xi8>) {
  ^bb0(%a: i32, %o: i8):
    %sh = arith.constant 9 : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %s = arith.shrsi %a, %sh : i32
    %atleast = arith.maxsi %s, %lo : i32
    %m = arith.minsi %atleast, %hi : i32
    %t = arith.trunci %m : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x40x16x15xi8>
  %y1p = tensor.pad %y1 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %none : i8
  } : tensor<1x40x16x15xi8> to tensor<1x40x18x17xi8>
  %i_c2 = tensor.empty() : tensor<1x40x16x15xi32>
  %z_c2 = linalg.fill ins(%zero : i32) outs(%i_c2 : tensor<1x40x16x15xi32>) -> tensor<1x40x16x15xi32>
  %c2 = linalg.depthwise_conv_2d_nchw_chw {strides = dense<1> : vector<2xi64>} ins(%y1p, %d : tensor<1x40x18x17xi8>, tensor<40x3x3xi8>) outs(%z_c2 : tensor<1x40x16x15xi32>) -> tensor<1x40x16x15xi32>
  %e_y2 = tensor.empty() : tensor<1x40x16x15xi8>
  %y2 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c2 : tensor<1x40x16x15xi32>) outs(%e_y2 : tensor<1x40x16x15xi8>) {
  ^bb0(%a: i32, %o: i8):
    %sh = arith.constant 9 : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %s = arith.shrsi %a, %sh : i32
    %atleast = arith.maxsi %s, %lo : i32
    %m = arith.minsi %atleast, %hi : i32
    %t = arith.trunci %m : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x40x16x15xi8>
  %i_c3 = tensor.empty() : tensor<1x24x16x15xi32>
  %z_c3 = linalg.fill ins(%zero : i32) outs(%i_c3 : tensor<1x24x16x15xi32>) -> tensor<1x24x16x15xi32>
  %c3 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%y2, %w : tensor<1x40x16x15xi8>, tensor<24x40x1x1xi8>) outs(%z_c3 : tensor<1x24x16x15xi32>) -> tensor<1x24x16x15xi32>
  %e_y3 = tensor.empty() : tensor<1x24x16x15xi8>
  %y3 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c3, %y0 : tensor<1x24x16x15xi32>, tensor<1x24x16x15xi8>) outs(%e_y3 : tensor<1x24x16x15xi8>) {
  ^bb0(%a: i32, %q: i8, %o: i8):
    %sh = arith.constant 9 : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %s = arith.shrsi %a, %sh : i32
    %wide = arith.extsi %q : i8 to i32
    %sum = arith.addi %s, %wide : i32
    %atleast = arith.maxsi %sum, %lo : i32
    %m = arith.minsi %atleast, %hi : i32
    %t = arith.trunci %m : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x24x16x15xi8>
  %y3p = tensor.pad %y3 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %least : i8
  } : tensor<1x24x16x15xi8> to tensor<1x24x18x17xi8>
  %window = tensor.empty() : tensor<3x3xi8>
  %pe = tensor.empty() : tensor<1x24x8x8xi8>
  %pf = linalg.fill ins(%least : i8) outs(%pe : tensor<1x24x8x8xi8>) -> tensor<1x24x8x8xi8>
  %pool = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>} ins(%y3p, %window : tensor<1x24x18x17xi8>, tensor<3x3xi8>) outs(%pf : tensor<1x24x8x8xi8>) -> tensor<1x24x8x8xi8>
  %i_c4 = tensor.empty() : tensor<1x20x6x6xi32>
  %z_c4 = linalg.fill ins(%zero : i32) outs(%i_c4 : tensor<1x20x6x6xi32>) -> tensor<1x20x6x6xi32>
  %c4 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%pool, %l : tensor<1x24x8x8xi8>, tensor<20x24x3x3xi8>) outs(%z_c4 : tensor<1x20x6x6xi32>) -> tensor<1x20x6x6xi32>
  return %c4 : tensor<1x20x6x6xi32>
}
func.func @main() {
  %x = func.call @image() : () -> tensor<1x3x31x29xi8>
  %v = func.call @w_v() : () -> tensor<24x3x3x3xi8>
  %u = func.call @w_u() : () -> tensor<40x24x1x1xi8>
  %d = func.call @w_d() : () -> tensor<40x3x3xi8>
  %w = func.call @w_w() : () -> tensor<24x40x1x1xi8>
  %l = func.call @w_l() : () -> tensor<20x24x3x3xi8>
  %r = func.call @network(%x, %v, %u, %d, %w, %l) : (tensor<1x3x31x29xi8>, tensor<24x3x3x3xi8>, tensor<40x24x1x1xi8>, tensor<40x3x3xi8>, tensor<24x40x1x1xi8>, tensor<20x24x3x3xi8>) -> tensor<1x20x6x6xi32>
  %p = tensor.cast %r : tensor<1x20x6x6xi32> to tensor<*xi32>
  func.call @printMemrefI32(%p) : (tensor<*xi32>) -> ()
  return
}
