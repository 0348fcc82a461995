// A small residual network, channels first: stem, pooling with padding, two
// bottlenecks with shortcut, bias and clamps. With blocks of channels between
// the convolutions it computes the same integers as upstream's plain loops.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.upstream
// RUN: conv-opt %s --conv-to-llvm="cpu=native propagate-layouts=blocked" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.blocked
// RUN: diff %t.upstream %t.blocked
// RUN: FileCheck %s --input-file %t.blocked --check-prefix=VALUES
// VALUES-COUNT-256: {{[1-9][0-9]*}}

// That is the default, and "plain" forbids it.
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=DEFAULT
// DEFAULT: {{\]}} propagate-layouts | {{.*}} convolutions read or write
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell propagate-layouts=plain" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAIN
// PLAIN-NOT: {{\]}} propagate-layouts |

// The stem reads the function's layout, the last bottleneck writes it, and
// nothing is converted.
// RUN: conv-opt %s --conv-raise --conv-propagate-layouts=cpu=native | FileCheck %s --implicit-check-not=linalg.pack --implicit-check-not=linalg.unpack
// CHECK-LABEL: func.func private @network(
// CHECK:         conv.conv dims<nchw x kcrs -> nKhwk,
// CHECK-COUNT-2: conv.conv dims<nChwc x kcrs -> nKhwk
// CHECK:         conv.conv dims<nChwc x kcrs -> nkhw

func.func private @printMemrefF32(tensor<*xf32>)

func.func private @image() -> tensor<1x3x64x64xf32> {
  %e = tensor.empty() : tensor<1x3x64x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<1x3x64x64xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 11 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 11 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 5 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<1x3x64x64xf32>
  return %r : tensor<1x3x64x64xf32>
}
func.func private @stem() -> tensor<64x3x3x3xf32> {
  %e = tensor.empty() : tensor<64x3x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<64x3x3x3xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 7 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 7 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 3 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<64x3x3x3xf32>
  return %r : tensor<64x3x3x3xf32>
}
func.func private @reduce() -> tensor<64x64x1x1xf32> {
  %e = tensor.empty() : tensor<64x64x1x1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<64x64x1x1xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 1 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 7 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 3 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<64x64x1x1xf32>
  return %r : tensor<64x64x1x1xf32>
}
func.func private @middle() -> tensor<64x64x3x3xf32> {
  %e = tensor.empty() : tensor<64x64x3x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<64x64x3x3xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 2 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 7 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 3 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<64x64x3x3xf32>
  return %r : tensor<64x64x3x3xf32>
}
func.func private @expand() -> tensor<64x64x1x1xf32> {
  %e = tensor.empty() : tensor<64x64x1x1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<64x64x1x1xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 1 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 7 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 3 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<64x64x1x1xf32>
  return %r : tensor<64x64x1x1xf32>
}
func.func private @shortcut() -> tensor<64x64x1x1xf32> {
  %e = tensor.empty() : tensor<64x64x1x1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} outs(%e : tensor<64x64x1x1xf32>) {
  ^bb0(%o: f32):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %i3 = linalg.index 3 : index
    %f0 = arith.constant 1009 : index
    %p0 = arith.muli %i0, %f0 : index
    %f1 = arith.constant 113 : index
    %p1 = arith.muli %i1, %f1 : index
    %a1 = arith.addi %p0, %p1 : index
    %f2 = arith.constant 31 : index
    %p2 = arith.muli %i2, %f2 : index
    %a2 = arith.addi %a1, %p2 : index
    %f3 = arith.constant 1 : index
    %p3 = arith.muli %i3, %f3 : index
    %a3 = arith.addi %a2, %p3 : index
    %m = arith.constant 7 : index
    %hash = arith.constant 40503 : index
    %shift = arith.constant 9 : index
    %y = arith.muli %a3, %hash : index
    %z = arith.shrui %y, %shift : index
    %q = arith.remui %z, %m : index
    %k = arith.constant 3 : index
    %s = arith.subi %q, %k : index
    %v = arith.index_cast %s : index to i32
    %x = arith.sitofp %v : i32 to f32
    linalg.yield %x : f32
  } -> tensor<64x64x1x1xf32>
  return %r : tensor<64x64x1x1xf32>
}
func.func private @network(%image: tensor<1x3x64x64xf32>, %stem: tensor<64x3x3x3xf32>, %reduce: tensor<64x64x1x1xf32>, %middle: tensor<64x64x3x3xf32>, %expand: tensor<64x64x1x1xf32>, %shortcut: tensor<64x64x1x1xf32>, %bias: tensor<64xf32>) -> tensor<1x64x8x8xf32> attributes {no_inline} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %v1 = tensor.pad %image low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x3x64x64xf32> to tensor<1x3x66x66xf32>
  %v2 = tensor.empty() : tensor<1x64x32x32xf32>
  %v3 = linalg.fill ins(%zero : f32) outs(%v2 : tensor<1x64x32x32xf32>) -> tensor<1x64x32x32xf32>
  %v4 = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%v1, %stem : tensor<1x3x66x66xf32>, tensor<64x3x3x3xf32>) outs(%v3 : tensor<1x64x32x32xf32>) -> tensor<1x64x32x32xf32>
  %v5 = tensor.empty() : tensor<1x64x32x32xf32>
  %v6 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v4 : tensor<1x64x32x32xf32>) outs(%v5 : tensor<1x64x32x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 4096.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x32x32xf32>
  %v7 = tensor.pad %v6 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %low : f32
  } : tensor<1x64x32x32xf32> to tensor<1x64x34x34xf32>
  %v8 = tensor.empty() : tensor<1x64x16x16xf32>
  %v9 = linalg.fill ins(%low : f32) outs(%v8 : tensor<1x64x16x16xf32>) -> tensor<1x64x16x16xf32>
  %v10 = tensor.empty() : tensor<3x3xf32>
  %v11 = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>} ins(%v7, %v10 : tensor<1x64x34x34xf32>, tensor<3x3xf32>) outs(%v9 : tensor<1x64x16x16xf32>) -> tensor<1x64x16x16xf32>
  %v12 = tensor.empty() : tensor<1x64x16x16xf32>
  %v13 = linalg.broadcast ins(%bias : tensor<64xf32>) outs(%v12 : tensor<1x64x16x16xf32>) dimensions = [0, 2, 3]
  %v14 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%v11, %reduce : tensor<1x64x16x16xf32>, tensor<64x64x1x1xf32>) outs(%v13 : tensor<1x64x16x16xf32>) -> tensor<1x64x16x16xf32>
  %v15 = tensor.empty() : tensor<1x64x16x16xf32>
  %v16 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v14 : tensor<1x64x16x16xf32>) outs(%v15 : tensor<1x64x16x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 63.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x16x16xf32>
  %v17 = tensor.pad %v16 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x64x16x16xf32> to tensor<1x64x18x18xf32>
  %v18 = tensor.empty() : tensor<1x64x8x8xf32>
  %v19 = linalg.fill ins(%zero : f32) outs(%v18 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v20 = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%v17, %middle : tensor<1x64x18x18xf32>, tensor<64x64x3x3xf32>) outs(%v19 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v21 = tensor.empty() : tensor<1x64x8x8xf32>
  %v22 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v20 : tensor<1x64x8x8xf32>) outs(%v21 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 100000.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x8x8xf32>
  %v23 = tensor.empty() : tensor<1x64x8x8xf32>
  %v24 = linalg.fill ins(%zero : f32) outs(%v23 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v25 = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%v11, %shortcut : tensor<1x64x16x16xf32>, tensor<64x64x1x1xf32>) outs(%v24 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v26 = tensor.empty() : tensor<1x64x8x8xf32>
  %v27 = linalg.broadcast ins(%bias : tensor<64xf32>) outs(%v26 : tensor<1x64x8x8xf32>) dimensions = [0, 2, 3]
  %v28 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%v22, %expand : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%v27 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v29 = tensor.empty() : tensor<1x64x8x8xf32>
  %v30 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v28, %v25 : tensor<1x64x8x8xf32>, tensor<1x64x8x8xf32>) outs(%v29 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x64x8x8xf32>
  %v31 = tensor.empty() : tensor<1x64x8x8xf32>
  %v32 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v30 : tensor<1x64x8x8xf32>) outs(%v31 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 255.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x8x8xf32>
  %v33 = tensor.empty() : tensor<1x64x8x8xf32>
  %v34 = linalg.broadcast ins(%bias : tensor<64xf32>) outs(%v33 : tensor<1x64x8x8xf32>) dimensions = [0, 2, 3]
  %v35 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%v32, %reduce : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%v34 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v36 = tensor.empty() : tensor<1x64x8x8xf32>
  %v37 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v35 : tensor<1x64x8x8xf32>) outs(%v36 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 63.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x8x8xf32>
  %v38 = tensor.pad %v37 low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x64x8x8xf32> to tensor<1x64x10x10xf32>
  %v39 = tensor.empty() : tensor<1x64x8x8xf32>
  %v40 = linalg.fill ins(%zero : f32) outs(%v39 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v41 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%v38, %middle : tensor<1x64x10x10xf32>, tensor<64x64x3x3xf32>) outs(%v40 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v42 = tensor.empty() : tensor<1x64x8x8xf32>
  %v43 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v41 : tensor<1x64x8x8xf32>) outs(%v42 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    %upper = arith.constant 100000.0 : f32
    %hi = arith.minimumf %lo, %upper : f32
    linalg.yield %hi : f32
  } -> tensor<1x64x8x8xf32>
  %v44 = tensor.empty() : tensor<1x64x8x8xf32>
  %v45 = linalg.broadcast ins(%bias : tensor<64xf32>) outs(%v44 : tensor<1x64x8x8xf32>) dimensions = [0, 2, 3]
  %v46 = linalg.conv_2d_nchw_fchw {strides = dense<1> : vector<2xi64>} ins(%v43, %expand : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%v45 : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %v47 = tensor.empty() : tensor<1x64x8x8xf32>
  %v48 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v46, %v32 : tensor<1x64x8x8xf32>, tensor<1x64x8x8xf32>) outs(%v47 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x64x8x8xf32>
  %v49 = tensor.empty() : tensor<1x64x8x8xf32>
  %v50 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%v48 : tensor<1x64x8x8xf32>) outs(%v49 : tensor<1x64x8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %lo = arith.maximumf %a, %zero : f32
    linalg.yield %lo : f32
  } -> tensor<1x64x8x8xf32>
  return %v50 : tensor<1x64x8x8xf32>
}

func.func @main() {
  %image = call @image() : () -> tensor<1x3x64x64xf32>
  %stem = call @stem() : () -> tensor<64x3x3x3xf32>
  %reduce = call @reduce() : () -> tensor<64x64x1x1xf32>
  %middle = call @middle() : () -> tensor<64x64x3x3xf32>
  %expand = call @expand() : () -> tensor<64x64x1x1xf32>
  %shortcut = call @shortcut() : () -> tensor<64x64x1x1xf32>
  %bias = arith.constant dense<3.0> : tensor<64xf32>
  %r = call @network(%image, %stem, %reduce, %middle, %expand, %shortcut, %bias) : (tensor<1x3x64x64xf32>, tensor<64x3x3x3xf32>, tensor<64x64x1x1xf32>, tensor<64x64x3x3xf32>, tensor<64x64x1x1xf32>, tensor<64x64x1x1xf32>, tensor<64xf32>) -> tensor<1x64x8x8xf32>
  %u = tensor.cast %r : tensor<1x64x8x8xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  return
}
