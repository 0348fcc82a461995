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
// CHECK-SAME: %[[ACC:.*]]: vector<4xf32>, %[[A:.*]]: vector<8xbf16>, %[[B:.*]]: vector<8xbf16>
func.func @pairs(%acc: vector<4xf32>, %a: vector<8xbf16>, %b: vector<8xbf16>) -> vector<4xf32> {
  // CHECK: %[[A0:.*]] = llvm.shufflevector %[[A]], %{{.*}} [0, 2, 4, 6] : vector<8xbf16>
  // CHECK: %[[XA0:.*]] = llvm.fpext %[[A0]] : vector<4xbf16> to vector<4xf32>
  // CHECK: %[[B0:.*]] = llvm.shufflevector %[[B]], %{{.*}} [0, 2, 4, 6] : vector<8xbf16>
  // CHECK: %[[XB0:.*]] = llvm.fpext %[[B0]] : vector<4xbf16> to vector<4xf32>
  // CHECK: %[[S:.*]] = llvm.intr.fmuladd(%[[XA0]], %[[XB0]], %[[ACC]])
  // CHECK: %[[A1:.*]] = llvm.shufflevector %[[A]], %{{.*}} [1, 3, 5, 7] : vector<8xbf16>
  // CHECK: %[[XA1:.*]] = llvm.fpext %[[A1]]
  // CHECK: %[[B1:.*]] = llvm.shufflevector %[[B]], %{{.*}} [1, 3, 5, 7] : vector<8xbf16>
  // CHECK: %[[XB1:.*]] = llvm.fpext %[[B1]]
  // CHECK: %[[R:.*]] = llvm.intr.fmuladd(%[[XA1]], %[[XB1]], %[[S]])
  // CHECK: return %[[R]]
  %0 = conv.fma whatever %acc, %a, %b : vector<4xf32>, vector<8xbf16>
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
