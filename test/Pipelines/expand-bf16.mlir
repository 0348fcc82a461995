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
