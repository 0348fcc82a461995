// A team of threads passes layers that are divided, one that is not, memory that
// is allocated in between and a loop of layers; the runtime may have fewer threads
// than it is asked for. All results are equal, bit by bit.

// RUN: rm -rf %t && mkdir %t
// RUN: conv-opt %s --conv-to-llvm="cpu=native threads=1" > %t/one.mlir
// RUN: mlir-runner %t/one.mlir -O2 -e main --entry-point-result=void %runner_libs | tail -n +2 > %t/one
// RUN: FileCheck %s --input-file %t/one
// RUN: conv-opt %s --conv-to-llvm="cpu=native threads=3" > %t/three.mlir
// RUN: FileCheck %s --check-prefix=TEAM --input-file %t/three.mlir
// RUN: mlir-runner %t/three.mlir -O2 -e main --entry-point-result=void %runner_libs --shared-libs=%llvm_lib_dir/libomp.so | tail -n +2 > %t/three
// RUN: cmp %t/one %t/three
// RUN: env OMP_THREAD_LIMIT=2 mlir-runner %t/three.mlir -O2 -e main --entry-point-result=void %runner_libs --shared-libs=%llvm_lib_dir/libomp.so | tail -n +2 > %t/fewer
// RUN: cmp %t/one %t/fewer
// RUN: env OMP_THREAD_LIMIT=1 mlir-runner %t/three.mlir -O2 -e main --entry-point-result=void %runner_libs --shared-libs=%llvm_lib_dir/libomp.so | tail -n +2 > %t/alone
// RUN: cmp %t/one %t/alone

// CHECK: [{{-?[0-9]+}}, {{-?[0-9]+}},
// TEAM-LABEL: llvm.func @network(
// TEAM:         omp.parallel
// TEAM:         omp.master
// TEAM:         omp.barrier
// TEAM-NOT:     omp.parallel
// TEAM:         llvm.return

func.func private @printMemrefI32(tensor<*xi32>)

func.func private @numbers(%size: index) -> tensor<?xf32> {
  %e = tensor.empty(%size) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %seven = arith.constant 7 : index
    %thirty = arith.constant 31 : index
    %m = arith.muli %i, %seven : index
    %rem = arith.remui %m, %thirty : index
    %int = arith.index_cast %rem : index to i32
    %f = arith.sitofp %int : i32 to f32
    %off = arith.constant 15.5 : f32
    %v = arith.subf %f, %off : f32
    %scale = arith.constant 0.037 : f32
    %s = arith.mulf %v, %scale : f32
    linalg.yield %s : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}

func.func @network(%x: tensor<1x48x48x32xf32>, %w0: tensor<3x3x32x64xf32>, %w1: tensor<3x3x64x64xf32>, %small: tensor<64xf32>, %rounds: index) -> tensor<64xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e0 = tensor.empty() : tensor<1x46x46x64xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x46x46x64xf32>) -> tensor<1x46x46x64xf32>
  %a = linalg.conv_2d_nhwc_hwcf ins(%x, %w0 : tensor<1x48x48x32xf32>, tensor<3x3x32x64xf32>) outs(%f0 : tensor<1x46x46x64xf32>) -> tensor<1x46x46x64xf32>
  // Too small to divide.
  %e1 = tensor.empty() : tensor<64xf32>
  %shift = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%small : tensor<64xf32>) outs(%e1 : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %v = math.exp %in : f32
    linalg.yield %v : f32
  } -> tensor<64xf32>
  %r = scf.for %i = %c0 to %rounds step %c1 iter_args(%s = %a) -> tensor<1x46x46x64xf32> {
    %p = tensor.pad %s low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
      tensor.yield %zero : f32
    } : tensor<1x46x46x64xf32> to tensor<1x48x48x64xf32>
    %e = tensor.empty() : tensor<1x46x46x64xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x46x46x64xf32>) -> tensor<1x46x46x64xf32>
    %b = linalg.conv_2d_nhwc_hwcf ins(%p, %w1 : tensor<1x48x48x64xf32>, tensor<3x3x64x64xf32>) outs(%f : tensor<1x46x46x64xf32>) -> tensor<1x46x46x64xf32>
    scf.yield %b : tensor<1x46x46x64xf32>
  }
  %e2 = tensor.empty() : tensor<1x46x46x64xf32>
  %f2 = linalg.broadcast ins(%shift : tensor<64xf32>) outs(%e2 : tensor<1x46x46x64xf32>) dimensions = [0, 1, 2]
  %p2 = tensor.pad %r low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %zero : f32
  } : tensor<1x46x46x64xf32> to tensor<1x48x48x64xf32>
  %c = linalg.conv_2d_nhwc_hwcf ins(%p2, %w1 : tensor<1x48x48x64xf32>, tensor<3x3x64x64xf32>) outs(%f2 : tensor<1x46x46x64xf32>) -> tensor<1x46x46x64xf32>
  %e3 = tensor.empty() : tensor<64xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<64xf32>) -> tensor<64xf32>
  %sum = linalg.reduce { arith.addf } ins(%c : tensor<1x46x46x64xf32>) outs(%f3 : tensor<64xf32>) dimensions = [0, 1, 2]
  return %sum : tensor<64xf32>
}

func.func @main() {
  %nx = arith.constant 73728 : index
  %n0 = arith.constant 18432 : index
  %n1 = arith.constant 36864 : index
  %ns = arith.constant 64 : index
  %two = arith.constant 2 : index
  %x = call @numbers(%nx) : (index) -> tensor<?xf32>
  %w0 = call @numbers(%n0) : (index) -> tensor<?xf32>
  %w1 = call @numbers(%n1) : (index) -> tensor<?xf32>
  %s = call @numbers(%ns) : (index) -> tensor<?xf32>
  %xc = tensor.cast %x : tensor<?xf32> to tensor<73728xf32>
  %w0c = tensor.cast %w0 : tensor<?xf32> to tensor<18432xf32>
  %w1c = tensor.cast %w1 : tensor<?xf32> to tensor<36864xf32>
  %sc = tensor.cast %s : tensor<?xf32> to tensor<64xf32>
  %xe = tensor.expand_shape %xc [[0, 1, 2, 3]] output_shape [1, 48, 48, 32] : tensor<73728xf32> into tensor<1x48x48x32xf32>
  %w0e = tensor.expand_shape %w0c [[0, 1, 2, 3]] output_shape [3, 3, 32, 64] : tensor<18432xf32> into tensor<3x3x32x64xf32>
  %w1e = tensor.expand_shape %w1c [[0, 1, 2, 3]] output_shape [3, 3, 64, 64] : tensor<36864xf32> into tensor<3x3x64x64xf32>
  %y = call @network(%xe, %w0e, %w1e, %sc, %two) : (tensor<1x48x48x32xf32>, tensor<3x3x32x64xf32>, tensor<3x3x64x64xf32>, tensor<64xf32>, index) -> tensor<64xf32>
  %e = tensor.empty() : tensor<64xi32>
  %bits = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%y : tensor<64xf32>) outs(%e : tensor<64xi32>) {
  ^bb0(%in: f32, %out: i32):
    %v = arith.bitcast %in : f32 to i32
    linalg.yield %v : i32
  } -> tensor<64xi32>
  %u = tensor.cast %bits : tensor<64xi32> to tensor<*xi32>
  call @printMemrefI32(%u) : (tensor<*xi32>) -> ()
  return
}
