// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --conv-report -o /dev/null 2>/dev/null | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Parts are told apart, and drawn one after the other.

// REMARK: register tile 6x2 + 11x1c (C_ob = 16, W_ob = 6), 15 of 16 vector registers

// CHECK:      "schedule": "<algorithm = direct, n_vec = 8, c_ob = 16, {{.*}}parts = [1: <algorithm = direct, n_vec = 8, vector = c, c_ob = 1,
// CHECK:      "register_tile": {
// CHECK-NEXT: "h_ob": 1,
// CHECK-NEXT: "w_ob": 6,
// CHECK-NEXT: "c_ob": 16,
// CHECK-NEXT: "registers": 15
// CHECK-NEXT: },
// CHECK-NEXT: "parts": [
// CHECK-NEXT: {
// CHECK-NEXT: "channels": 16,
// CHECK-NEXT: "vector": "k",
// CHECK-NEXT: "h_ob": 1,
// CHECK-NEXT: "w_ob": 6,
// CHECK-NEXT: "c_ob": 16,
// CHECK-NEXT: "predicted_cycles": {{[0-9]+}}
// CHECK-NEXT: },
// CHECK-NEXT: {
// CHECK-NEXT: "channels": 1,
// CHECK-NEXT: "vector": "c",
// CHECK:      "loop_nest": [
// CHECK-NEXT: "output channels 0 to 15:",
// CHECK-NEXT: "  pack f in blocks of 16 output channels",
// CHECK:      "      out = acc",
// CHECK-NEXT: "output channels 16 to 16:",
// CHECK-NEXT: "  pack f in blocks of 1 output channels",
// CHECK:      out = sum of lanes(acc)"
func.func @f(%x: memref<1x31x31x13xf32>, %w: memref<3x3x13x17xf32>, %o: memref<1x31x31x17xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x31x31x13xf32>, memref<3x3x13x17xf32>) outs(%o : memref<1x31x31x17xf32>)
  return
}
