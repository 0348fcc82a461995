// RUN: conv-opt %s --conv-expand-functions | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3 | FileCheck %s --check-prefix=ASM

// Functions with a polynomial, of scalars and vectors, and of narrow types.
// CHECK-LABEL: func.func @silu(
// CHECK-NOT:     math.exp
// CHECK:         linalg.yield
// ASM-LABEL: silu:
// ASM:         generic_1000_
// ASM-LABEL: generic_1000_{{[0-9a-f]+}}:
// ASM-NOT:     call
// ASM:         vdivps {{.*}}%ymm
// ASM:         ret
func.func @silu(%x: memref<1000xf32>, %y: memref<1000xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
    ins(%x : memref<1000xf32>) outs(%y : memref<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %one = arith.constant 1.0 : f32
    %0 = arith.negf %a : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %a, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// CHECK-LABEL: func.func @all(
// CHECK-NOT:     math.{{erf|tanh|expm1|log1p}}
// CHECK:         arith.truncf
// CHECK:         return
func.func @all(%x: f32, %v: vector<8xf32>, %h: bf16) -> (f32, f32, vector<8xf32>, bf16) {
  %0 = math.erf %x : f32
  %1 = math.expm1 %0 : f32
  %2 = math.tanh %v : vector<8xf32>
  %3 = math.log1p %h : bf16
  return %0, %1, %2, %3 : f32, f32, vector<8xf32>, bf16
}

// The C library's: a wider type, and functions whose polynomials are not accurate.
// CHECK-LABEL: func.func @left(
// CHECK:         math.exp %{{.*}} : f64
// CHECK:         math.log %{{.*}} : f32
// CHECK:         math.sin %{{.*}} : f32
func.func @left(%d: f64, %x: f32) -> (f64, f32, f32) {
  %0 = math.exp %d : f64
  %1 = math.log %x : f32
  %2 = math.sin %x : f32
  return %0, %1, %2 : f64, f32, f32
}

// An epilogue is not touched.
// CHECK-LABEL: func.func @epilogue(
// CHECK:         math.tanh
func.func @epilogue(%x: tensor<1x4x4x8xf32>, %w: tensor<1x1x8x8xf32>, %y: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>) outs(%y : tensor<1x4x4x8xf32>)
    epilogue {
  ^bb0(%acc: f32):
    %1 = math.tanh %acc : f32
    conv.yield %1 : f32
  } -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}
