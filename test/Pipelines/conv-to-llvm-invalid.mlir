// Whatever is given, a refusal is an error with its location and its reason,
// and never a crash.

// RUN: split-file %s %t

// RUN: not conv-opt %t/window.mlir --conv-to-llvm="cpu=haswell algorithm=direct" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WINDOW --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// WINDOW: window.mlir:2:8: error: {{.*}}convolution cannot be raised: a dimension other than batch, rows and columns is dynamic

// RUN: not conv-opt %t/huge.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=HUGE --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// HUGE: huge.mlir:2:8: warning: {{.*}}an operand has more elements than can be addressed
// HUGE: huge.mlir:1:1: error: type 'tensor<1x4000000000x4000000000x2xf32>' has more elements than can be addressed

// RUN: not conv-opt %t/huge-conv.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=HUGECONV --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// HUGECONV: huge-conv.mlir:2:3: error: {{.*}}has more elements than can be addressed

// RUN: not conv-opt %t/geometry.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=GEOMETRY --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// GEOMETRY: geometry.mlir:2:{{[0-9]+}}: error: {{.*}}strides value 4611686018427387904 is outside [1, 2^31]

// RUN: not conv-opt %t/elided.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ELIDED --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// ELIDED: elided.mlir:3:8: error: {{.*}}weights were elided: the resource '__elided__' has no data

// RUN: not conv-opt %t/elided-constant.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CONSTANT --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// CONSTANT: elided-constant.mlir:2:8: error: constant was elided: the resource '__elided__' has no data

// RUN: not conv-opt %t/layout.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=LAYOUT --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// LAYOUT: layout.mlir:3:3: warning: {{.*}}the layout of an operand has no strides
// LAYOUT: layout.mlir:2:1: error: type 'memref<1x8x8x16xf32, {{.*}}>' has no strides

// RUN: not conv-opt %t/registers.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=REGISTERS --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// REGISTERS: registers.mlir:2:3: error: {{.*}}schedule cannot be honoured: register tile of h_ob = 1, w_ob = 6, c_ob = 32 needs 29 vector registers, the machine has 16

// RUN: not conv-opt %t/f64.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=F64 --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// F64: f64.mlir:2:3: error: {{.*}}schedule cannot be honoured: fma = f32 computes f32 x f32 -> f32, the convolution is f64 x f64 -> f64

// RUN: not conv-opt %t/batch.mlir --conv-to-llvm="cpu=haswell threads=2" -o /dev/null 2>&1 | FileCheck %s --check-prefix=BATCH --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// BATCH: batch.mlir:2:3: error: {{.*}}parallel = n2 divides a dimension of unknown extent

// RUN: not conv-opt %t/malformed.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=MALFORMED --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// MALFORMED: malformed.mlir:1:{{[0-9]+}}: error: expected

// RUN: not conv-opt %t/absent.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ABSENT --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// ABSENT: cannot open input file {{.*}}absent.mlir

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=nobodys-cpu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// CPU: good.mlir:{{.*}} error: unknown CPU 'nobodys-cpu'

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell n-vec=3" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NVEC --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// NVEC: good.mlir:{{.*}} error: n-vec = 3 (from: option) is not a power of two

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell threads=0" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ZERO --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// ZERO: good.mlir:{{.*}} error: threads = 0 (from: option) is outside [1,

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell threads=-1" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NEGATIVE --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// NEGATIVE: good.mlir:{{.*}} error: threads = -1 (from: option) is outside [1,

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell threads=99999999999999999999" -o /dev/null 2>&1 | FileCheck %s --check-prefix=RANGE --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// RANGE: for the --threads option: '99999999999999999999' value invalid

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell prepack=nonsense" -o /dev/null 2>&1 | FileCheck %s --check-prefix=PREPACK --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// PREPACK: good.mlir:{{.*}} error: unknown filters 'nonsense' to pack before (known: constants, function)

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell algorithm=nonsense" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALGORITHM --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// ALGORITHM: good.mlir:{{.*}} error: unknown algorithm 'nonsense' (known: auto, naive, direct, {{.*}}im2win{{.*}})
// The operation at fault is the whole module: its place is enough.
// ALGORITHM-NOT: see current operation

// RUN: not conv-opt %t/good.mlir --conv-to-llvm="cpu=haswell nonsense=1" -o /dev/null 2>&1 | FileCheck %s --check-prefix=OPTION --implicit-check-not="Stack dump" --implicit-check-not="PLEASE submit"
// OPTION: no such option nonsense

// Unforced, a window nobody knows is left to the plain lowering, not silently.
// RUN: conv-opt %t/window.mlir --conv-to-llvm="cpu=haswell" -o /dev/null 2>&1 | FileCheck %s --check-prefix=LEFT
// LEFT: window.mlir:2:8: warning: convolution is left to the plain lowering: a dimension other than batch, rows and columns is dynamic
// LEFT-NOT: error

//--- window.mlir
func.func @window(%x: tensor<1x8x8x16xf32>, %w: tensor<?x?x16x32xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x16xf32>, tensor<?x?x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

//--- huge.mlir
func.func @huge(%x: tensor<1x4000000000x4000000000x2xf32>, %w: tensor<1x1x2x2xf32>, %o: tensor<1x4000000000x4000000000x2xf32>) -> tensor<1x4000000000x4000000000x2xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4000000000x4000000000x2xf32>, tensor<1x1x2x2xf32>) outs(%o : tensor<1x4000000000x4000000000x2xf32>) -> tensor<1x4000000000x4000000000x2xf32>
  return %r : tensor<1x4000000000x4000000000x2xf32>
}

//--- huge-conv.mlir
func.func @huge(%x: memref<4000000000x4000000000x2xf32>, %w: memref<1x1x2x2xf32>, %o: memref<4000000000x4000000000x2xf32>) {
  conv.conv dims<hwc x rsck -> hwk> ins(%x, %w : memref<4000000000x4000000000x2xf32>, memref<1x1x2x2xf32>) outs(%o : memref<4000000000x4000000000x2xf32>)
  return
}

//--- geometry.mlir
func.func @geometry(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x1x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, strides = [4611686018427387904, 1], low = [4611686018427387904, 0]> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x1x6x32xf32>)
  return
}

//--- elided.mlir
func.func @elided(%x: tensor<1x8x8x16xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %w = arith.constant dense_resource<__elided__> : tensor<3x3x16x32xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %r : tensor<1x6x6x32xf32>
}

//--- elided-constant.mlir
func.func @elided_constant(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = arith.constant dense_resource<__elided__> : tensor<4xf32>
  %r = arith.addf %x, %w : tensor<4xf32>
  return %r : tensor<4xf32>
}

//--- layout.mlir
#halves = affine_map<(a, b, c, d) -> (a * 1024 + b * 128 + c floordiv 2 + d)>
func.func @layout(%x: memref<1x8x8x16xf32, #halves>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x8x8x16xf32, #halves>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
  return
}

//--- registers.mlir
func.func @registers(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 32, w_ob = 6>
  return
}

//--- f64.mlir
func.func @f64(%x: memref<1x8x8x16xf64>, %w: memref<3x3x16x32xf64>, %o: memref<1x6x6x32xf64>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf64>, memref<3x3x16x32xf64>) outs(%o : memref<1x6x6x32xf64>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
  return
}

//--- batch.mlir
func.func @batch(%x: memref<?x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<?x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<?x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<?x6x6x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4, parallel = n2>
  return
}

//--- malformed.mlir
func.func @malformed(%x: tensor<1x8x8x16xf32> {

//--- good.mlir
func.func @good(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  linalg.conv_2d_nhwc_hwcf ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
  return
}
