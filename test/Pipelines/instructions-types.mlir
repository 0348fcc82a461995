// Element types in machine code: what is extended is so in vectors, and what is
// multiplied is so by the instruction of the table.

// RUN: split-file %s %t

// RUN: conv-opt %t/f64.mlir --conv-to-llvm="cpu=skylake-avx512 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=F64-AVX512
// F64-AVX512-COUNT-24: vfmadd{{[123]+}}pd {{.*}}%zmm
// F64-AVX512-NOT: call
// RUN: conv-opt %t/f64.mlir --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=F64-AVX2
// F64-AVX2-COUNT-8: vfmadd{{[123]+}}pd {{.*}}%ymm
// RUN: conv-opt %t/f64.mlir --conv-to-llvm="cpu=cortex-a76" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=F64-NEON
// F64-NEON-COUNT-8: fmla v{{.*}}.2d, v{{.*}}.2d, v{{.*}}.d[{{[01]}}]
// RUN: conv-opt %t/f64.mlir --conv-to-llvm="cpu=sifive-x280" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=F64-RVV
// F64-RVV: e64
// F64-RVV: vfmacc.v

// RUN: conv-opt %t/f16.mlir --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=F16
// F16-NOT: __extend
// F16: vpbroadcastw {{.*}}(%{{.*}}), %xmm
// F16: vcvtph2ps %xmm{{.*}}, %ymm
// F16: vfmadd{{[123]+}}ps {{.*}}%ymm
// F16-NOT: __extend

// A bf16 and its neighbour, of which a shift or a blend with zeros leaves one.
// RUN: conv-opt %t/bf16.mlir --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=BF16 --implicit-check-not=__trunc --implicit-check-not=__extend
// BF16: vpbroadcastd {{.*}}(%{{.*}}), %ymm
// BF16: vpslld $16, %ymm
// BF16: vfmadd{{[123]+}}ps {{.*}}%ymm

// RUN: conv-opt %t/i8.mlir --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=I8
// I8-NOT: vpmaddubsw
// I8: vpmovsxbw {{.*}}%ymm
// I8: vpmaddwd {{.*}}%ymm
// I8: vpaddd {{.*}}%ymm
// Depthwise, a byte and what extends it are a pair: the filter, which is packed
// so, and sums have nothing to extend.
// RUN: conv-opt %t/depthwise.mlir --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=DEPTHWISE --implicit-check-not=vpmovsxwd --implicit-check-not=vpmulld
// DEPTHWISE: vpmovsxbd {{.*}}%ymm
// DEPTHWISE: vpmaddwd {{.*}}%ymm
// DEPTHWISE: vpaddd {{.*}}%ymm
// Where an instruction adds four products, bytes of four rows of the window are
// interleaved, as unsigned ones.
// RUN: conv-opt %t/depthwise.mlir --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=DEPTHWISE-VNNI --implicit-check-not=vpmulld --implicit-check-not=vpmovsxwd
// DEPTHWISE-VNNI: vpxor{{.*}}%zmm
// DEPTHWISE-VNNI: vp{{unpckl|ermt2}}b{{w?}} {{.*}}%zmm
// DEPTHWISE-VNNI: vpdpbusd {{.*}}%zmm
// RUN: conv-opt %t/depthwise.mlir --conv-to-llvm="cpu=neoverse-v1" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=DEPTHWISE-V1
// DEPTHWISE-V1: zip1 v{{[0-9]+}}.16b
// DEPTHWISE-V1: sdot v{{[0-9]+}}.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.16b
// RUN: conv-opt %t/i8.mlir --conv-to-llvm="cpu=skylake-avx512 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=I8-AVX512
// I8-AVX512: vpmaddwd {{.*}}%zmm
// RUN: conv-opt %t/i8.mlir --conv-to-llvm="cpu=neoverse-v1" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=I8-V1
// I8-V1: sdot v{{[0-9]+}}.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.{{4b|16b}}
// RUN: conv-opt %t/u8.mlir --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=U8-AVX512
// U8-AVX512: vpbroadcastd {{.*}}(%{{.*}}), %zmm
// U8-AVX512: vpdpbusd {{.*}}%zmm
// RUN: conv-opt %t/u8.mlir --conv-to-llvm="cpu=alderlake triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=U8-AVX2
// U8-AVX2: {vex} vpdpbusd {{.*}}%ymm
// RUN: conv-opt %t/u8.mlir --conv-to-llvm="cpu=neoverse-v1" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=U8-V1
// U8-V1: usdot v{{[0-9]+}}.4s
// Signed bytes become unsigned ones while they are broadcast.
// RUN: conv-opt %t/i8.mlir --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=I8-VNNI
// I8-VNNI: vpbroadcastd {{.*}}(%{{.*}}), %zmm
// I8-VNNI: vpxor{{[dq]}} {{.*}}%zmm
// I8-VNNI: vpdpbusd {{.*}}%zmm
// RUN: conv-opt %t/i8.mlir --conv-to-llvm="cpu=alderlake triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=I8-AVXVNNI
// I8-AVXVNNI: vpbroadcastd {{.*}}(%{{.*}}), %ymm
// I8-AVXVNNI: vpxor {{.*}}%ymm
// I8-AVXVNNI: {vex} vpdpbusd {{.*}}%ymm
// RUN: conv-opt %t/bf16.mlir --conv-to-llvm="cpu=neoverse-v1" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=BF16-V1
// BF16-V1: bfdot v{{[0-9]+}}.4s

//--- f64.mlir
func.func @f(%x: memref<1x14x14x64xf64>, %w: memref<3x3x64x64xf64>, %o: memref<1x12x12x64xf64>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf64>, memref<3x3x64x64xf64>) outs(%o : memref<1x12x12x64xf64>)
  return
}
//--- f16.mlir
func.func @f(%x: memref<1x14x14x64xf16>, %w: memref<3x3x64x64xf16>, %o: memref<1x12x12x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf16>, memref<3x3x64x64xf16>) outs(%o : memref<1x12x12x64xf32>)
  return
}
//--- bf16.mlir
func.func @f(%x: memref<1x14x14x61xbf16>, %w: memref<3x3x61x60xbf16>, %o: memref<1x12x12x60xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x61xbf16>, memref<3x3x61x60xbf16>) outs(%o : memref<1x12x12x60xf32>)
  return
}
//--- i8.mlir
func.func @f(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64x64xi8>) outs(%o : memref<1x12x12x64xi32>)
  return
}
//--- depthwise.mlir
func.func @f(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64xi8>) outs(%o : memref<1x12x12x64xi32>)
  return
}
//--- u8.mlir
func.func @f(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64x64xi8>) outs(%o : memref<1x12x12x64xi32>) {unsigned_input}
  return
}
