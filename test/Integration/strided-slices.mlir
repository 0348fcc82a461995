// Convolutions whose operands lie in slices with gaps: results inserted with
// strides in any dimension, inputs and residuals taken out with strides. They
// compute the same integers as upstream's plain loops, whatever the algorithm
// and the layout between them.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O1 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.upstream
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O1 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.native
// RUN: diff %t.upstream %t.native
// RUN: conv-opt %s --conv-to-llvm="cpu=native propagate-layouts=blocked" \
// RUN:   | mlir-runner -O1 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.blocked
// RUN: diff %t.upstream %t.blocked
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2row" \
// RUN:   | mlir-runner -O1 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.im2row
// RUN: diff %t.upstream %t.im2row
// RUN: FileCheck %s --input-file %t.native --check-prefix=VALUES
// VALUES-COUNT-2000: {{[1-9][0-9]*}}

// Only what vectors cannot reach is copied.
// RUN: conv-opt %s --conv-raise --conv-autotune=cpu=haswell --conv-apply-schedule --conv-tile --canonicalize --cse --conv-bufferize --conv-copy-strided | FileCheck %s --check-prefix=COPIES
// COPIES-LABEL: func.func @columns(
// COPIES:         linalg.copy
// COPIES-LABEL: func.func @rows(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @both(
// COPIES:         linalg.copy
// COPIES-LABEL: func.func @channels(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @images(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @unit(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @point_unit(
// COPIES-LABEL: func.func @channels_last(
// COPIES:         linalg.copy
// COPIES-LABEL: func.func @pixels(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @accumulated(
// COPIES-COUNT-2: linalg.copy
// COPIES-LABEL: func.func @from_columns(
// COPIES-NOT:     linalg.copy
// COPIES-LABEL: func.func @from_all(
// COPIES:         linalg.copy

func.func private @printMemrefF32(tensor<*xf32>)

// Integers between -3 and 3 without a short period.
func.func private @image(%n: index, %c: index, %h: index, %w: index) -> tensor<?x?x?x?xf32> {
  %e = tensor.empty(%n, %c, %h, %w) : tensor<?x?x?x?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<?x?x?x?xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = linalg.index 2 : index
    %l = linalg.index 3 : index
    %c5 = arith.constant 5 : index
    %c3 = arith.constant 3 : index
    %c11 = arith.constant 11 : index
    %c7 = arith.constant 7 : index
    %x = arith.muli %j, %c5 : index
    %y = arith.muli %k, %c3 : index
    %z = arith.muli %l, %c11 : index
    %s0 = arith.addi %x, %y : index
    %s1 = arith.addi %s0, %z : index
    %s2 = arith.muli %s1, %s1 : index
    %s3 = arith.addi %s2, %i : index
    %m = arith.remui %s3, %c7 : index
    %int = arith.index_cast %m : index to i32
    %three = arith.constant 3 : i32
    %centred = arith.subi %int, %three : i32
    %f = arith.sitofp %centred : i32 to f32
    linalg.yield %f : f32
  } -> tensor<?x?x?x?xf32>
  return %r : tensor<?x?x?x?xf32>
}

// Every second column.
func.func @columns(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x16x8x33xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x16x8x33xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x16x8x33xf32>) -> tensor<1x16x8x33xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 1, 1] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x16xf32> into tensor<1x16x8x33xf32>
  return %s : tensor<1x16x8x33xf32>
}

// Every second row: columns lie in one piece.
func.func @rows(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x16x13x18xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x16x13x18xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x16x13x18xf32>) -> tensor<1x16x13x18xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 1, 1] [1, 16, 6, 16] [1, 1, 2, 1] : tensor<1x16x6x16xf32> into tensor<1x16x13x18xf32>
  return %s : tensor<1x16x13x18xf32>
}

// A transposed convolution's zeros.
func.func @both(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x16x16x33xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x16x16x33xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x16x16x33xf32>) -> tensor<1x16x16x33xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 0, 1] [1, 16, 6, 16] [1, 1, 3, 2] : tensor<1x16x6x16xf32> into tensor<1x16x16x33xf32>
  return %s : tensor<1x16x16x33xf32>
}

// Every second channel.
func.func @channels(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x33x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x33x6x16xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x33x6x16xf32>) -> tensor<1x33x6x16xf32>
  %s = tensor.insert_slice %r into %g[0, 1, 0, 0] [1, 16, 6, 16] [1, 2, 1, 1] : tensor<1x16x6x16xf32> into tensor<1x33x6x16xf32>
  return %s : tensor<1x33x6x16xf32>
}

// Every second image.
func.func @images(%x: tensor<2x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<5x16x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x16x6x16xf32>) -> tensor<2x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<2x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<2x16x6x16xf32>) -> tensor<2x16x6x16xf32>
  %d = tensor.empty() : tensor<5x16x6x16xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<5x16x6x16xf32>) -> tensor<5x16x6x16xf32>
  %s = tensor.insert_slice %r into %g[1, 0, 0, 0] [2, 16, 6, 16] [2, 1, 1, 1] : tensor<2x16x6x16xf32> into tensor<5x16x6x16xf32>
  return %s : tensor<5x16x6x16xf32>
}

// Without gaps.
func.func @unit(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x20x8x18xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x20x8x18xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x20x8x18xf32>) -> tensor<1x20x8x18xf32>
  %s = tensor.insert_slice %r into %g[0, 3, 1, 1] [1, 16, 6, 16] [1, 1, 1, 1] : tensor<1x16x6x16xf32> into tensor<1x20x8x18xf32>
  return %s : tensor<1x20x8x18xf32>
}

// Windows of one element, rows apart.
func.func @point_unit(%x: tensor<1x16x6x16xf32>, %k: tensor<16x16x1x1xf32>) -> tensor<1x20x8x18xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x16x6x16xf32>, tensor<16x16x1x1xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x20x8x18xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x20x8x18xf32>) -> tensor<1x20x8x18xf32>
  %s = tensor.insert_slice %r into %g[0, 3, 1, 1] [1, 16, 6, 16] [1, 1, 1, 1] : tensor<1x16x6x16xf32> into tensor<1x20x8x18xf32>
  return %s : tensor<1x20x8x18xf32>
}

// Windows of one element, every second column.
func.func @point_columns(%x: tensor<1x16x6x16xf32>, %k: tensor<16x16x1x1xf32>) -> tensor<1x16x6x33xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x16x6x16xf32>, tensor<16x16x1x1xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x16x6x33xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x16x6x33xf32>) -> tensor<1x16x6x33xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 0, 0] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x16xf32> into tensor<1x16x6x33xf32>
  return %s : tensor<1x16x6x33xf32>
}

// Channels last, every second of them.
func.func @channels_last(%x: tensor<1x8x8x6xf32>, %k: tensor<3x3x6x16xf32>) -> tensor<1x6x6x33xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x6x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %k : tensor<1x8x8x6xf32>, tensor<3x3x6x16xf32>) outs(%f : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %d = tensor.empty() : tensor<1x6x6x33xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x6x6x33xf32>) -> tensor<1x6x6x33xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 0, 1] [1, 6, 6, 16] [1, 1, 1, 2] : tensor<1x6x6x16xf32> into tensor<1x6x6x33xf32>
  return %s : tensor<1x6x6x33xf32>
}

// Channels last, gaps between pixels only.
func.func @pixels(%x: tensor<1x8x8x6xf32>, %k: tensor<3x3x6x16xf32>) -> tensor<1x13x18x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x6x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %k : tensor<1x8x8x6xf32>, tensor<3x3x6x16xf32>) outs(%f : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %d = tensor.empty() : tensor<1x13x18x16xf32>
  %one = arith.constant 1.0 : f32
  %g = linalg.fill ins(%one : f32) outs(%d : tensor<1x13x18x16xf32>) -> tensor<1x13x18x16xf32>
  %s = tensor.insert_slice %r into %g[0, 1, 1, 0] [1, 6, 6, 16] [1, 2, 3, 1] : tensor<1x6x6x16xf32> into tensor<1x13x18x16xf32>
  return %s : tensor<1x13x18x16xf32>
}

// Added to what the slice holds.
func.func @accumulated(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>, %d: tensor<1x16x6x33xf32>) -> tensor<1x16x6x33xf32> {
  %i = tensor.extract_slice %d[0, 0, 0, 1] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x33xf32> to tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%i : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %s = tensor.insert_slice %r into %d[0, 0, 0, 1] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x16xf32> into tensor<1x16x6x33xf32>
  return %s : tensor<1x16x6x33xf32>
}

// Every second column of a wider image.
func.func @from_columns(%d: tensor<1x8x8x37xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x16x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %x = tensor.extract_slice %d[0, 0, 0, 1] [1, 8, 8, 18] [1, 1, 1, 2] : tensor<1x8x8x37xf32> to tensor<1x8x8x18xf32>
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  return %r : tensor<1x16x6x16xf32>
}

// Gaps in every dimension of the image.
func.func @from_all(%d: tensor<2x17x16x55xf32>, %k: tensor<16x8x3x3xf32>) -> tensor<1x16x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %x = tensor.extract_slice %d[1, 1, 0, 1] [1, 8, 8, 18] [1, 2, 2, 3] : tensor<2x17x16x55xf32> to tensor<1x8x8x18xf32>
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  return %r : tensor<1x16x6x16xf32>
}

// Depthwise, with gaps between the channels of image and result.
func.func @depthwise(%d: tensor<1x8x8x33xf32>, %k: tensor<3x3x16x1xf32>, %b: tensor<1x6x6x33xf32>) -> tensor<1x6x6x33xf32> {
  %zero = arith.constant 0.0 : f32
  %x = tensor.extract_slice %d[0, 0, 0, 1] [1, 8, 8, 16] [1, 1, 1, 2] : tensor<1x8x8x33xf32> to tensor<1x8x8x16xf32>
  %w = tensor.collapse_shape %k [[0], [1], [2, 3]] : tensor<3x3x16x1xf32> into tensor<3x3x16xf32>
  %e = tensor.empty() : tensor<1x6x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16xf32>) outs(%f : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  %s = tensor.insert_slice %r into %b[0, 0, 0, 0] [1, 6, 6, 16] [1, 1, 1, 2] : tensor<1x6x6x16xf32> into tensor<1x6x6x33xf32>
  return %s : tensor<1x6x6x33xf32>
}

// A residual with gaps.
func.func @residual(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>, %b: tensor<1x16x6x33xf32>) -> tensor<1x16x6x16xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.extract_slice %b[0, 0, 0, 1] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x33xf32> to tensor<1x16x6x16xf32>
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %e2 = tensor.empty() : tensor<1x16x6x16xf32>
  %s = linalg.add ins(%r, %p : tensor<1x16x6x16xf32>, tensor<1x16x6x16xf32>) outs(%e2 : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  return %s : tensor<1x16x6x16xf32>
}

// Two convolutions in a row, which may lie in blocks between them.
func.func @chain(%x: tensor<1x8x8x18xf32>, %k: tensor<16x8x3x3xf32>, %l: tensor<16x16x1x1xf32>) -> tensor<1x16x6x33xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x6x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %q = linalg.conv_2d_nchw_fchw ins(%x, %k : tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%q, %l : tensor<1x16x6x16xf32>, tensor<16x16x1x1xf32>) outs(%f : tensor<1x16x6x16xf32>) -> tensor<1x16x6x16xf32>
  %d = tensor.empty() : tensor<1x16x6x33xf32>
  %g = linalg.fill ins(%zero : f32) outs(%d : tensor<1x16x6x33xf32>) -> tensor<1x16x6x33xf32>
  %s = tensor.insert_slice %r into %g[0, 0, 0, 0] [1, 16, 6, 16] [1, 1, 1, 2] : tensor<1x16x6x16xf32> into tensor<1x16x6x33xf32>
  return %s : tensor<1x16x6x33xf32>
}

func.func @main() {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c6 = arith.constant 6 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c17 = arith.constant 17 : index
  %c18 = arith.constant 18 : index
  %c33 = arith.constant 33 : index
  %c37 = arith.constant 37 : index
  %c55 = arith.constant 55 : index
  %d1 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a1 = tensor.cast %d1 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d2 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a2 = tensor.cast %d2 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %columns = call @columns(%a1, %a2) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x8x33xf32>
  %u_columns = tensor.cast %columns : tensor<1x16x8x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_columns) : (tensor<*xf32>) -> ()
  %d3 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a3 = tensor.cast %d3 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d4 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a4 = tensor.cast %d4 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %rows = call @rows(%a3, %a4) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x13x18xf32>
  %u_rows = tensor.cast %rows : tensor<1x16x13x18xf32> to tensor<*xf32>
  call @printMemrefF32(%u_rows) : (tensor<*xf32>) -> ()
  %d5 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a5 = tensor.cast %d5 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d6 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a6 = tensor.cast %d6 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %both = call @both(%a5, %a6) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x16x33xf32>
  %u_both = tensor.cast %both : tensor<1x16x16x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_both) : (tensor<*xf32>) -> ()
  %d7 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a7 = tensor.cast %d7 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d8 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a8 = tensor.cast %d8 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %channels = call @channels(%a7, %a8) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<1x33x6x16xf32>
  %u_channels = tensor.cast %channels : tensor<1x33x6x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_channels) : (tensor<*xf32>) -> ()
  %d9 = call @image(%c2, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a9 = tensor.cast %d9 : tensor<?x?x?x?xf32> to tensor<2x8x8x18xf32>
  %d10 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a10 = tensor.cast %d10 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %images = call @images(%a9, %a10) : (tensor<2x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<5x16x6x16xf32>
  %u_images = tensor.cast %images : tensor<5x16x6x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_images) : (tensor<*xf32>) -> ()
  %d11 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a11 = tensor.cast %d11 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d12 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a12 = tensor.cast %d12 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %unit = call @unit(%a11, %a12) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>) -> tensor<1x20x8x18xf32>
  %u_unit = tensor.cast %unit : tensor<1x20x8x18xf32> to tensor<*xf32>
  call @printMemrefF32(%u_unit) : (tensor<*xf32>) -> ()
  %d13 = call @image(%c1, %c16, %c6, %c16) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a13 = tensor.cast %d13 : tensor<?x?x?x?xf32> to tensor<1x16x6x16xf32>
  %d14 = call @image(%c16, %c16, %c1, %c1) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a14 = tensor.cast %d14 : tensor<?x?x?x?xf32> to tensor<16x16x1x1xf32>
  %point_unit = call @point_unit(%a13, %a14) : (tensor<1x16x6x16xf32>, tensor<16x16x1x1xf32>) -> tensor<1x20x8x18xf32>
  %u_point_unit = tensor.cast %point_unit : tensor<1x20x8x18xf32> to tensor<*xf32>
  call @printMemrefF32(%u_point_unit) : (tensor<*xf32>) -> ()
  %d15 = call @image(%c1, %c16, %c6, %c16) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a15 = tensor.cast %d15 : tensor<?x?x?x?xf32> to tensor<1x16x6x16xf32>
  %d16 = call @image(%c16, %c16, %c1, %c1) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a16 = tensor.cast %d16 : tensor<?x?x?x?xf32> to tensor<16x16x1x1xf32>
  %point_columns = call @point_columns(%a15, %a16) : (tensor<1x16x6x16xf32>, tensor<16x16x1x1xf32>) -> tensor<1x16x6x33xf32>
  %u_point_columns = tensor.cast %point_columns : tensor<1x16x6x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_point_columns) : (tensor<*xf32>) -> ()
  %d17 = call @image(%c1, %c8, %c8, %c6) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a17 = tensor.cast %d17 : tensor<?x?x?x?xf32> to tensor<1x8x8x6xf32>
  %d18 = call @image(%c3, %c3, %c6, %c16) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a18 = tensor.cast %d18 : tensor<?x?x?x?xf32> to tensor<3x3x6x16xf32>
  %channels_last = call @channels_last(%a17, %a18) : (tensor<1x8x8x6xf32>, tensor<3x3x6x16xf32>) -> tensor<1x6x6x33xf32>
  %u_channels_last = tensor.cast %channels_last : tensor<1x6x6x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_channels_last) : (tensor<*xf32>) -> ()
  %d19 = call @image(%c1, %c8, %c8, %c6) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a19 = tensor.cast %d19 : tensor<?x?x?x?xf32> to tensor<1x8x8x6xf32>
  %d20 = call @image(%c3, %c3, %c6, %c16) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a20 = tensor.cast %d20 : tensor<?x?x?x?xf32> to tensor<3x3x6x16xf32>
  %pixels = call @pixels(%a19, %a20) : (tensor<1x8x8x6xf32>, tensor<3x3x6x16xf32>) -> tensor<1x13x18x16xf32>
  %u_pixels = tensor.cast %pixels : tensor<1x13x18x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_pixels) : (tensor<*xf32>) -> ()
  %d21 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a21 = tensor.cast %d21 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d22 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a22 = tensor.cast %d22 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %d23 = call @image(%c1, %c16, %c6, %c33) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a23 = tensor.cast %d23 : tensor<?x?x?x?xf32> to tensor<1x16x6x33xf32>
  %accumulated = call @accumulated(%a21, %a22, %a23) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>, tensor<1x16x6x33xf32>) -> tensor<1x16x6x33xf32>
  %u_accumulated = tensor.cast %accumulated : tensor<1x16x6x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_accumulated) : (tensor<*xf32>) -> ()
  %d24 = call @image(%c1, %c8, %c8, %c37) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a24 = tensor.cast %d24 : tensor<?x?x?x?xf32> to tensor<1x8x8x37xf32>
  %d25 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a25 = tensor.cast %d25 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %from_columns = call @from_columns(%a24, %a25) : (tensor<1x8x8x37xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x6x16xf32>
  %u_from_columns = tensor.cast %from_columns : tensor<1x16x6x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_from_columns) : (tensor<*xf32>) -> ()
  %d26 = call @image(%c2, %c17, %c16, %c55) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a26 = tensor.cast %d26 : tensor<?x?x?x?xf32> to tensor<2x17x16x55xf32>
  %d27 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a27 = tensor.cast %d27 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %from_all = call @from_all(%a26, %a27) : (tensor<2x17x16x55xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x6x16xf32>
  %u_from_all = tensor.cast %from_all : tensor<1x16x6x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_from_all) : (tensor<*xf32>) -> ()
  %d28 = call @image(%c1, %c8, %c8, %c33) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a28 = tensor.cast %d28 : tensor<?x?x?x?xf32> to tensor<1x8x8x33xf32>
  %d29 = call @image(%c3, %c3, %c16, %c1) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a29 = tensor.cast %d29 : tensor<?x?x?x?xf32> to tensor<3x3x16x1xf32>
  %d30 = call @image(%c1, %c6, %c6, %c33) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a30 = tensor.cast %d30 : tensor<?x?x?x?xf32> to tensor<1x6x6x33xf32>
  %depthwise = call @depthwise(%a28, %a29, %a30) : (tensor<1x8x8x33xf32>, tensor<3x3x16x1xf32>, tensor<1x6x6x33xf32>) -> tensor<1x6x6x33xf32>
  %u_depthwise = tensor.cast %depthwise : tensor<1x6x6x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_depthwise) : (tensor<*xf32>) -> ()
  %d31 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a31 = tensor.cast %d31 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d32 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a32 = tensor.cast %d32 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %d33 = call @image(%c1, %c16, %c6, %c33) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a33 = tensor.cast %d33 : tensor<?x?x?x?xf32> to tensor<1x16x6x33xf32>
  %residual = call @residual(%a31, %a32, %a33) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>, tensor<1x16x6x33xf32>) -> tensor<1x16x6x16xf32>
  %u_residual = tensor.cast %residual : tensor<1x16x6x16xf32> to tensor<*xf32>
  call @printMemrefF32(%u_residual) : (tensor<*xf32>) -> ()
  %d34 = call @image(%c1, %c8, %c8, %c18) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a34 = tensor.cast %d34 : tensor<?x?x?x?xf32> to tensor<1x8x8x18xf32>
  %d35 = call @image(%c16, %c8, %c3, %c3) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a35 = tensor.cast %d35 : tensor<?x?x?x?xf32> to tensor<16x8x3x3xf32>
  %d36 = call @image(%c16, %c16, %c1, %c1) : (index, index, index, index) -> tensor<?x?x?x?xf32>
  %a36 = tensor.cast %d36 : tensor<?x?x?x?xf32> to tensor<16x16x1x1xf32>
  %chain = call @chain(%a34, %a35, %a36) : (tensor<1x8x8x18xf32>, tensor<16x8x3x3xf32>, tensor<16x16x1x1xf32>) -> tensor<1x16x6x33xf32>
  %u_chain = tensor.cast %chain : tensor<1x16x6x33xf32> to tensor<*xf32>
  call @printMemrefF32(%u_chain) : (tensor<*xf32>) -> ()
  return
}
