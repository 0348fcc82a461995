// RUN: conv-opt %s --conv-expand-bf16 | FileCheck %s --check-prefix=INTEGERS
// RUN: conv-opt %s --conv-expand-bf16="cpu=haswell triple=x86_64-linux-gnu" | FileCheck %s --check-prefix=INTEGERS
// RUN: conv-opt %s --conv-expand-bf16="cpu=cortex-a76 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=INTEGERS
// RUN: conv-opt %s --conv-expand-bf16="cpu=znver5 triple=x86_64-linux-gnu" | FileCheck %s --check-prefix=ROUNDS
// RUN: conv-opt %s --conv-expand-bf16="cpu=haswell triple=x86_64-linux-gnu features=+avxneconvert" | FileCheck %s --check-prefix=ROUNDS
// RUN: conv-opt %s --conv-expand-bf16="cpu=neoverse-v2 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=ROUNDS

// INTEGERS-LABEL: func.func @vector(
// INTEGERS-NOT:     arith.truncf
// INTEGERS:         arith.trunci {{.*}} : vector<8xi32> to vector<8xi16>
// INTEGERS-LABEL: func.func @other(
// INTEGERS:         arith.truncf {{.*}} : vector<8xf32> to vector<8xf16>

// ROUNDS-LABEL:   func.func @vector(
// ROUNDS:           arith.truncf {{.*}} : vector<8xf32> to vector<8xbf16>
func.func @vector(%v: vector<8xf32>) -> vector<8xbf16> {
  %r = arith.truncf %v : vector<8xf32> to vector<8xbf16>
  return %r : vector<8xbf16>
}

func.func @other(%v: vector<8xf32>) -> vector<8xf16> {
  %r = arith.truncf %v : vector<8xf32> to vector<8xf16>
  return %r : vector<8xf16>
}

// Arithmetic on bf16 is done in f32, and each result is rounded.
// ROUNDS-LABEL:   func.func @arithmetic(
// ROUNDS-SAME:      %[[X:.+]]: vector<8xbf16>, %[[Y:.+]]: vector<8xbf16>)
// ROUNDS-DAG:       %[[A:.+]] = arith.extf %[[X]] : vector<8xbf16> to vector<8xf32>
// ROUNDS-DAG:       %[[B:.+]] = arith.extf %[[Y]] : vector<8xbf16> to vector<8xf32>
// ROUNDS:           %[[M:.+]] = arith.mulf %[[A]], %[[B]] : vector<8xf32>
// ROUNDS:           %[[T:.+]] = arith.truncf %[[M]] : vector<8xf32> to vector<8xbf16>
// ROUNDS:           %[[E:.+]] = arith.extf %[[T]] : vector<8xbf16> to vector<8xf32>
// ROUNDS:           math.roundeven %[[E]] : vector<8xf32>
// ROUNDS:           vector.reduction <maximumf>, {{.*}} : vector<8xf32> into f32
// INTEGERS-LABEL: func.func @arithmetic(
// INTEGERS-NOT:     arith.truncf
// INTEGERS-NOT:     {{mulf.*bf16|roundeven.*bf16|reduction.*bf16}}
// INTEGERS:         return
func.func @arithmetic(%x: vector<8xbf16>, %y: vector<8xbf16>) -> bf16 {
  %0 = arith.mulf %x, %y : vector<8xbf16>
  %1 = math.roundeven %0 : vector<8xbf16>
  %2 = vector.reduction <maximumf>, %1 : vector<8xbf16> into bf16
  return %2 : bf16
}
