// RUN: conv-opt %s --conv-expand-fma | FileCheck %s -enable-var-scope

// One type: one operation.
// CHECK-LABEL: func.func @plain
// CHECK-SAME: %[[ACC:.*]]: vector<8xf32>, %[[A:.*]]: vector<8xf32>, %[[B:.*]]: vector<8xf32>
func.func @plain(%acc: vector<8xf32>, %a: vector<8xf32>, %b: vector<8xf32>) -> vector<8xf32> {
  // CHECK: %[[R:.*]] = llvm.intr.fmuladd(%[[A]], %[[B]], %[[ACC]])
  // CHECK-NEXT: return %[[R]]
  %0 = conv.fma f32 %acc, %a, %b : vector<8xf32>, vector<8xf32>
  return %0 : vector<8xf32>
}

// Two steps of each lane: the even elements, then the odd ones. The name of the
// instruction does not matter.
// CHECK-LABEL: func.func @pairs
// CHECK-SAME: %[[ACC:.*]]: vector<4xi32>, %[[A:.*]]: vector<8xi16>, %[[B:.*]]: vector<8xi16>
func.func @pairs(%acc: vector<4xi32>, %a: vector<8xi16>, %b: vector<8xi16>) -> vector<4xi32> {
  // CHECK: %[[A0:.*]] = llvm.shufflevector %[[A]], %{{.*}} [0, 2, 4, 6]
  // CHECK: %[[XA0:.*]] = llvm.sext %[[A0]] : vector<4xi16> to vector<4xi32>
  // CHECK: %[[B0:.*]] = llvm.shufflevector %[[B]], %{{.*}} [0, 2, 4, 6]
  // CHECK: %[[XB0:.*]] = llvm.sext %[[B0]] : vector<4xi16> to vector<4xi32>
  // CHECK: %[[P:.*]] = llvm.mul %[[XA0]], %[[XB0]]
  // CHECK: %[[S:.*]] = llvm.add %[[ACC]], %[[P]]
  // CHECK: llvm.shufflevector %[[A]], %{{.*}} [1, 3, 5, 7]
  // CHECK: %[[R:.*]] = llvm.add %[[S]], %{{.*}}
  // CHECK: return %[[R]]
  %0 = conv.fma whatever %acc, %a, %b : vector<4xi32>, vector<8xi16>
  return %0 : vector<4xi32>
}

// Bytes of the scalar side may be unsigned, those of the other one are signed.
// CHECK-LABEL: func.func @unsigned
func.func @unsigned(%acc: vector<4xi32>, %a: vector<4xi8>, %b: vector<4xi8>) -> vector<4xi32> {
  // CHECK: llvm.zext %arg1 : vector<4xi8> to vector<4xi32>
  // CHECK: llvm.sext %arg2 : vector<4xi8> to vector<4xi32>
  %0 = conv.fma u8 %acc, %a, %b : vector<4xi32>, vector<4xi8>
  return %0 : vector<4xi32>
}

// One step: no target needs an instruction that extends bf16.
// CHECK-LABEL: func.func @single
func.func @single(%acc: vector<4xf32>, %a: vector<4xbf16>) -> vector<4xf32> {
  // CHECK: llvm.zext %{{.*}} : vector<4xi16> to vector<4xi32>
  // CHECK-NOT: fpext
  // CHECK: llvm.intr.fmuladd
  %0 = conv.fma bf16 %acc, %a, %a : vector<4xf32>, vector<4xbf16>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func.func @halves
func.func @halves(%acc: vector<4xf32>, %a: vector<4xf16>) -> vector<4xf32> {
  // CHECK: llvm.fpext %{{.*}} : vector<4xf16> to vector<4xf32>
  %0 = conv.fma f16 %acc, %a, %a : vector<4xf32>, vector<4xf16>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func.func @integers
func.func @integers(%acc: vector<2xi32>, %a: vector<8xi8>, %b: vector<8xi8>) -> vector<2xi32> {
  // CHECK: llvm.shufflevector %{{.*}}, %{{.*}} [0, 4] : vector<8xi8>
  // CHECK: llvm.sext %{{.*}} : vector<2xi8> to vector<2xi32>
  // CHECK: llvm.mul
  // CHECK: llvm.add
  // CHECK: llvm.shufflevector %{{.*}}, %{{.*}} [3, 7] : vector<8xi8>
  // CHECK: llvm.mul
  // CHECK: llvm.add
  %0 = conv.fma i8 %acc, %a, %b : vector<2xi32>, vector<8xi8>
  return %0 : vector<2xi32>
}
