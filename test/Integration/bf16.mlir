// bf16 summed in f32 against the plain loops of the same operations: odd and
// single channels, padding, a stride, groups, layouts whose channels are not
// neighbours. Small integers are exact whatever the order of the sums.

// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=direct" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=naive" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// The instruction of another target, spelled as operations this one has.
// RUN: conv-opt %s --conv-raise --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu" --conv-apply-schedule --conv-tile --conv-bufferize --conv-lower-to-loops --conv-expand-fma --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// Differences, then one sum of all, which is not zero.
// CHECK: [0, {{[1-9][0-9]+}}]
// CHECK: [0, {{[1-9][0-9]+}}]
// CHECK: [0, {{[1-9][0-9]+}}]

func.func private @printMemrefF32(tensor<*xf32>)

// Element i of a tensor in row-major order is i * 7 mod 11 - 5.
func.func private @fill4(%e: tensor<?x?x?x?xbf16>) -> tensor<?x?x?x?xbf16> {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %d1 = tensor.dim %e, %c1 : tensor<?x?x?x?xbf16>
  %d2 = tensor.dim %e, %c2 : tensor<?x?x?x?xbf16>
  %d3 = tensor.dim %e, %c3 : tensor<?x?x?x?xbf16>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<?x?x?x?xbf16>) {
  ^bb0(%out: bf16):
    %a = linalg.index 0 : index
    %b = linalg.index 1 : index
    %c = linalg.index 2 : index
    %d = linalg.index 3 : index
    %0 = arith.muli %a, %d1 : index
    %1 = arith.addi %0, %b : index
    %2 = arith.muli %1, %d2 : index
    %3 = arith.addi %2, %c : index
    %4 = arith.muli %3, %d3 : index
    %5 = arith.addi %4, %d : index
    %seven = arith.constant 7 : index
    %eleven = arith.constant 11 : index
    %five = arith.constant 5 : index
    %6 = arith.muli %5, %seven : index
    %7 = arith.remui %6, %eleven : index
    %8 = arith.subi %7, %five : index
    %9 = arith.index_cast %8 : index to i32
    %10 = arith.sitofp %9 : i32 to bf16
    linalg.yield %10 : bf16
  } -> tensor<?x?x?x?xbf16>
  return %r : tensor<?x?x?x?xbf16>
}

// The sum of the differences' absolute values, and that of what is compared.
func.func private @compare(%x: tensor<?x?x?x?xf32>, %y: tensor<?x?x?x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %difference = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> ()>], iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
      ins(%x, %y : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) outs(%f : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %d = arith.subf %a, %b : f32
    %m = math.absf %d : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  %sum = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> ()>], iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
      ins(%x : tensor<?x?x?x?xf32>) outs(%f : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    %m = math.absf %a : f32
    %s = arith.addf %acc, %m : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  %0 = tensor.extract %difference[] : tensor<f32>
  %1 = tensor.extract %sum[] : tensor<f32>
  %both = tensor.from_elements %0, %1 : tensor<2xf32>
  %print = tensor.cast %both : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%print) : (tensor<*xf32>) -> ()
  return
}

// Five channels, 35 of the output, a border of one, every second column.
func.func private @nhwc(%x: tensor<2x9x11x5xbf16>, %w: tensor<3x3x5x35xbf16>) {
  %padding = arith.constant 0.0 : bf16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %padding : bf16
  } : tensor<2x9x11x5xbf16> to tensor<2x11x13x5xbf16>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x9x6x35xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x9x6x35xf32>) -> tensor<2x9x6x35xf32>
  %0 = linalg.conv_2d_nhwc_hwcf {strides = dense<[1, 2]> : tensor<2xi64>} ins(%p, %w : tensor<2x11x13x5xbf16>, tensor<3x3x5x35xbf16>) outs(%f : tensor<2x9x6x35xf32>) -> tensor<2x9x6x35xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {conv.keep, strides = dense<[1, 2]> : tensor<2xi64>} ins(%p, %w : tensor<2x11x13x5xbf16>, tensor<3x3x5x35xbf16>) outs(%f : tensor<2x9x6x35xf32>) -> tensor<2x9x6x35xf32>
  %2 = tensor.cast %0 : tensor<2x9x6x35xf32> to tensor<?x?x?x?xf32>
  %3 = tensor.cast %1 : tensor<2x9x6x35xf32> to tensor<?x?x?x?xf32>
  call @compare(%2, %3) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> ()
  return
}

func.func private @nchw(%x: tensor<1x16x8x9xbf16>, %w: tensor<20x16x3x3xbf16>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x20x6x7xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x20x6x7xf32>) -> tensor<1x20x6x7xf32>
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x8x9xbf16>, tensor<20x16x3x3xbf16>) outs(%f : tensor<1x20x6x7xf32>) -> tensor<1x20x6x7xf32>
  %1 = linalg.conv_2d_nchw_fchw {conv.keep} ins(%x, %w : tensor<1x16x8x9xbf16>, tensor<20x16x3x3xbf16>) outs(%f : tensor<1x20x6x7xf32>) -> tensor<1x20x6x7xf32>
  %2 = tensor.cast %0 : tensor<1x20x6x7xf32> to tensor<?x?x?x?xf32>
  %3 = tensor.cast %1 : tensor<1x20x6x7xf32> to tensor<?x?x?x?xf32>
  call @compare(%2, %3) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> ()
  return
}

// A depthwise convolution: one channel for each output.
func.func private @depthwise(%x: tensor<1x8x8x19xbf16>, %w: tensor<3x3x19xbf16>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x6x6x19xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x19xf32>) -> tensor<1x6x6x19xf32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x8x8x19xbf16>, tensor<3x3x19xbf16>) outs(%f : tensor<1x6x6x19xf32>) -> tensor<1x6x6x19xf32>
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {conv.keep} ins(%x, %w : tensor<1x8x8x19xbf16>, tensor<3x3x19xbf16>) outs(%f : tensor<1x6x6x19xf32>) -> tensor<1x6x6x19xf32>
  %2 = tensor.cast %0 : tensor<1x6x6x19xf32> to tensor<?x?x?x?xf32>
  %3 = tensor.cast %1 : tensor<1x6x6x19xf32> to tensor<?x?x?x?xf32>
  call @compare(%2, %3) : (tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) -> ()
  return
}

func.func private @image(%a: index, %b: index, %c: index, %d: index) -> tensor<?x?x?x?xbf16> {
  %e = tensor.empty(%a, %b, %c, %d) : tensor<?x?x?x?xbf16>
  %r = call @fill4(%e) : (tensor<?x?x?x?xbf16>) -> tensor<?x?x?x?xbf16>
  return %r : tensor<?x?x?x?xbf16>
}

func.func @main() {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c8 = arith.constant 8 : index
  %c9 = arith.constant 9 : index
  %c11 = arith.constant 11 : index
  %c16 = arith.constant 16 : index
  %c19 = arith.constant 19 : index
  %c20 = arith.constant 20 : index
  %c35 = arith.constant 35 : index
  %0 = call @image(%c2, %c9, %c11, %c5) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %1 = call @image(%c3, %c3, %c5, %c35) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %x0 = tensor.cast %0 : tensor<?x?x?x?xbf16> to tensor<2x9x11x5xbf16>
  %w0 = tensor.cast %1 : tensor<?x?x?x?xbf16> to tensor<3x3x5x35xbf16>
  call @nhwc(%x0, %w0) : (tensor<2x9x11x5xbf16>, tensor<3x3x5x35xbf16>) -> ()
  %2 = call @image(%c1, %c16, %c8, %c9) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %3 = call @image(%c20, %c16, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %x1 = tensor.cast %2 : tensor<?x?x?x?xbf16> to tensor<1x16x8x9xbf16>
  %w1 = tensor.cast %3 : tensor<?x?x?x?xbf16> to tensor<20x16x3x3xbf16>
  call @nchw(%x1, %w1) : (tensor<1x16x8x9xbf16>, tensor<20x16x3x3xbf16>) -> ()
  %4 = call @image(%c1, %c8, %c8, %c19) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %5 = call @image(%c1, %c3, %c3, %c19) : (index, index, index, index) -> tensor<?x?x?x?xbf16>
  %x2 = tensor.cast %4 : tensor<?x?x?x?xbf16> to tensor<1x8x8x19xbf16>
  %6 = tensor.cast %5 : tensor<?x?x?x?xbf16> to tensor<1x3x3x19xbf16>
  %w2 = tensor.collapse_shape %6 [[0, 1], [2], [3]] : tensor<1x3x3x19xbf16> into tensor<3x3x19xbf16>
  call @depthwise(%x2, %w2) : (tensor<1x8x8x19xbf16>, tensor<3x3x19xbf16>) -> ()
  return
}
