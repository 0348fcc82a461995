// RUN: conv-opt %s | conv-opt | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --cse | FileCheck %s -enable-var-scope --check-prefix=CSE

// The instruction is a name; the types say how many steps a lane takes.
// CHECK-LABEL: func.func @fma
// CSE-LABEL: func.func @fma
func.func @fma(%acc: vector<16xf32>, %a: vector<16xf32>, %b: vector<16xf32>,
               %x: vector<32xbf16>, %y: vector<32xbf16>)
    -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  // CHECK: conv.fma f32 %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>, vector<16xf32>
  %0 = conv.fma f32 %acc, %a, %b : vector<16xf32>, vector<16xf32>
  // CHECK: conv.fma other %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>, vector<32xbf16>
  %1 = conv.fma other %acc, %x, %y : vector<16xf32>, vector<32xbf16>
  // It has no effect.
  // CSE-COUNT-2: conv.fma
  // CSE-NOT: conv.fma
  // CSE: return
  %2 = conv.fma f32 %acc, %a, %b : vector<16xf32>, vector<16xf32>
  return %0, %1, %2 : vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// CHECK-LABEL: func.func @integers
func.func @integers(%acc: vector<8xi32>, %a: vector<32xi8>, %b: vector<32xi8>) -> vector<8xi32> {
  // CHECK: conv.fma i8 %{{.*}}, %{{.*}}, %{{.*}} : vector<8xi32>, vector<32xi8>
  %0 = conv.fma i8 %acc, %a, %b : vector<8xi32>, vector<32xi8>
  return %0 : vector<8xi32>
}
