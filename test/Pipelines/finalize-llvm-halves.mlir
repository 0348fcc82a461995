// RUN: conv-opt %s --conv-finalize-llvm="cpu=znver4 triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefixes=CHECK,AVX512
// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: conv-opt %s --conv-finalize-llvm="cpu=cortex-a76 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=OTHER
// RUN: conv-opt %s --conv-finalize-llvm="cpu=znver4 triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 -S | llc -O3 | FileCheck %s --check-prefix=ASM512
// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 -S | llc -O3 | FileCheck %s --check-prefix=ASM2

// Vectors whose halves are a scalar each are blends of broadcasts.

// CHECK-LABEL: llvm.func @two
// AVX512:      %[[BITS:.*]] = llvm.inline_asm "", "=r,0"
// AVX512:      %[[BYTE:.*]] = llvm.trunc %[[BITS]] : i32 to i8
// AVX512:      %[[MASK:.*]] = llvm.bitcast %[[BYTE]] : i8 to vector<8xi1>
// AVX512-COUNT-2: llvm.select %[[MASK]], %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xf64>
// AVX2-NOT:    llvm.select
// OTHER-LABEL: llvm.func @two
// OTHER-NOT:   llvm.select
// OTHER-NOT:   inline_asm
// OTHER-LABEL: llvm.func @narrow
// ASM512-LABEL: two:
// ASM512-NOT:  {{vperm|vinsert|vshuf}}
// ASM512:      %zmm{{[0-9]+}} {%k{{[0-9]}}}
// ASM512-NOT:  {{vperm|vinsert|vshuf}}
// ASM512:      retq
llvm.func @two(%a: !llvm.ptr, %b: !llvm.ptr, %o: !llvm.ptr) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %none = llvm.mlir.constant(dense<0.0> : vector<4xf64>) : vector<4xf64>
  %poison = llvm.mlir.poison : vector<4xf64>
  %x = llvm.load %a : !llvm.ptr -> f64
  %x0 = llvm.insertelement %x, %poison[%zero : i64] : vector<4xf64>
  %x1 = llvm.shufflevector %x0, %poison [0, 0, 0, 0] : vector<4xf64>
  %y = llvm.load %b : !llvm.ptr -> f64
  %y0 = llvm.insertelement %y, %poison[%zero : i64] : vector<4xf64>
  %y1 = llvm.shufflevector %y0, %poison [0, 0, 0, 0] : vector<4xf64>
  %both = llvm.shufflevector %x1, %y1 [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf64>
  %one = llvm.shufflevector %none, %y1 [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf64>
  %sum = llvm.fadd %both, %one : vector<8xf64>
  llvm.store %sum, %o : vector<8xf64>, !llvm.ptr
  llvm.return
}

// CHECK-LABEL: llvm.func @narrow
// AVX512:      llvm.inline_asm "", "=x,0" %{{.*}} : (vector<8xf32>) -> vector<8xf32>
// CHECK:       llvm.shufflevector %{{.*}}, %{{.*}} [0, 1, 2, 3, 12, 13, 14, 15] : vector<8xf32>
// ASM2-LABEL:  narrow:
// ASM2-DAG:    vbroadcastss (%{{.*}}), %ymm
// ASM2-DAG:    vbroadcastss (%{{.*}}), %ymm
// ASM2:        vblendps
// ASM2-NOT:    vinsert
// ASM2:        retq
llvm.func @narrow(%a: !llvm.ptr, %b: !llvm.ptr, %o: !llvm.ptr) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %poison = llvm.mlir.poison : vector<4xf32>
  %x = llvm.load %a : !llvm.ptr -> f32
  %x0 = llvm.insertelement %x, %poison[%zero : i64] : vector<4xf32>
  %x1 = llvm.shufflevector %x0, %poison [0, 0, 0, 0] : vector<4xf32>
  %y = llvm.load %b : !llvm.ptr -> f32
  %y0 = llvm.insertelement %y, %poison[%zero : i64] : vector<4xf32>
  %y1 = llvm.shufflevector %y0, %poison [0, 0, 0, 0] : vector<4xf32>
  %both = llvm.shufflevector %x1, %y1 [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>
  llvm.store %both, %o : vector<8xf32>, !llvm.ptr
  llvm.return
}

// What is no two scalars stays as it is.
// CHECK-LABEL: llvm.func @vectors
// CHECK-NEXT:  llvm.shufflevector %arg0, %arg1 [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>
llvm.func @vectors(%a: vector<4xf32>, %b: vector<4xf32>) -> vector<8xf32> {
  %both = llvm.shufflevector %a, %b [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>
  llvm.return %both : vector<8xf32>
}
