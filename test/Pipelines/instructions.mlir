// The instructions of the table in machine code: one for each pixel, vector of
// channels and pair of a loop body, whose scalar side is broadcast
// from memory, and nothing that extends.

// RUN: conv-opt %s --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=AVX512
// RUN: conv-opt %s --conv-to-llvm="cpu=znver4 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=AVX512
// RUN: conv-opt %s --conv-to-llvm="cpu=cooperlake triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=AVX512
// AVX512: vbroadcastss {{.*}}(%{{.*}}), %zmm
// AVX512-COUNT-64: vdpbf16ps %zmm{{[0-9]+}}, %zmm{{[0-9]+}}, %zmm{{[0-9]+}}
// AVX512-NOT: vfmadd

// A target without the instruction extends, multiplies and adds.
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=AVX2
// AVX2-NOT: vdpbf16ps
// AVX2: vfmadd{{[123]+}}ps
// AVX2-NOT: vdpbf16ps

func.func @bf16(%x: memref<1x14x14x64xbf16>, %w: memref<3x3x64x64xbf16>, %o: memref<1x12x12x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xbf16>, memref<3x3x64x64xbf16>)
    outs(%o : memref<1x12x12x64xf32>)
  return
}
