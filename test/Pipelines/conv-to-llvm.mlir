// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s -enable-var-scope --implicit-check-not="conv." --implicit-check-not=unrealized_conversion_cast --implicit-check-not=memrefCopy
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=ASM
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu prepack=function" | FileCheck %s --check-prefix=PACK

// The settings travel in the module: no tool needs options afterwards.
// CHECK: module attributes {llvm.data_layout = "e-m:e-p270:{{.*}}", llvm.target_triple = "x86_64-pc-linux-gnu"}

// The filter is an argument: with prepack=function it comes packed.
// PACK: llvm.func @convolution(
// PACK: llvm.func @convolution_pack(

// Micro-kernels are functions of their own: settings that are theirs bind
// nothing else.
// CHECK-LABEL: llvm.func @convolution(
// CHECK-NOT:     passthrough
// CHECK-SAME:    target_cpu = "haswell"
// CHECK:         llvm.call @pack_filter_[[PACKED:[0-9a-z_]+]](%{{.*}}) : (!llvm.ptr, !llvm.ptr) -> ()
// CHECK:         llvm.call @conv3x3_16x32_6x6_[[DIGEST:[0-9a-f]+]](%{{.*}}) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
// ASM-LABEL: convolution:
// ASM:         call{{q?}} conv3x3_16x32_6x6_
func.func @convolution(%x: tensor<1x8x8x16xf32>, %w: tensor<3x3x16x32xf32>, %b: tensor<32xf32>) -> tensor<1x6x6x32xf32> {
  %zero = arith.constant dense<0.0> : tensor<1x6x6x32xf32>
  %e = tensor.empty() : tensor<1x6x6x32xf32>
  %i = linalg.broadcast ins(%b : tensor<32xf32>) outs(%e : tensor<1x6x6x32xf32>) dimensions = [0, 1, 2]
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>)
    outs(%i : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  %relu = arith.maximumf %r, %zero : tensor<1x6x6x32xf32>
  return %relu : tensor<1x6x6x32xf32>
}

// The rest of a network comes through.
// CHECK-LABEL: llvm.func @pool(
// CHECK:         llvm.call @loops_1x4x4x16_
// ASM-LABEL: pool:
func.func @pool(%x: tensor<1x8x8x16xf32>) -> tensor<1x4x4x16xf32> {
  %low = arith.constant 0xFF800000 : f32
  %win = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x4x4x16xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>} ins(%x, %win : tensor<1x8x8x16xf32>, tensor<2x2xf32>)
    outs(%f : tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32>
  return %r : tensor<1x4x4x16xf32>
}

// CHECK-LABEL: llvm.func @matmul(
// CHECK:         llvm.call @conv1x1_8x16_
// ASM-LABEL: matmul:
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %c: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%c : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// CHECK-LABEL: llvm.func @elementwise(
// CHECK:         llvm.call @generic_4x8_
func.func @elementwise(%a: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = math.exp %a : tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// CHECK-LABEL: llvm.func @scalars(
// CHECK:         llvm.cond_br
func.func private @external(f32)
func.func @scalars(%a: f32, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %a) -> f32 {
    func.call @external(%s) : (f32) -> ()
    %t = arith.addf %s, %s : f32
    scf.yield %t : f32
  }
  return %r : f32
}

// CHECK-LABEL: llvm.func linkonce_odr hidden @conv3x3_16x32_6x6_{{[0-9a-f]+}}(
// CHECK-SAME:    comdat(@conv_kernels::@conv3x3_16x32_6x6_
// CHECK-SAME:    no_inline
// CHECK-SAME:    passthrough = ["no-builtin-memcpy", "no-builtin-memset", "no-builtin-memmove"]
// CHECK-SAME:    target_cpu = "haswell"
// CHECK:         llvm.inline_asm
// CHECK:         llvm.intr.{{fma|fmuladd}}(%{{.*}}) : (vector<8xf32>, vector<8xf32>, vector<8xf32>) -> vector<8xf32>
// CHECK:         llvm.br {{.*}}{loop_annotation = #{{.*}}}
// ASM: .section {{.*}}conv3x3_16x32_6x6_{{[0-9a-f]+}},comdat
// ASM: conv3x3_16x32_6x6_{{[0-9a-f]+}}:
// ASM: vfmadd231ps {{.*}}%ymm
// Loops that no schedule describes are kernels, too, and LLVM's to unroll.
// CHECK-LABEL: llvm.func linkonce_odr hidden @loops_1x4x4x16_{{[0-9a-f]+}}(
// CHECK-SAME:    llvm.noalias
// CHECK-NOT:     passthrough
// CHECK-SAME:    target_cpu = "haswell"
// CHECK-NOT:     loop_annotation
// CHECK:         llvm.intr.maximum
// CHECK-LABEL: llvm.func linkonce_odr hidden @generic_4x8_{{[0-9a-f]+}}(
// CHECK:         llvm.intr.fma
