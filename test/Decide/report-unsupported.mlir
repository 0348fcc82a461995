// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --conv-report -o /dev/null 2>/dev/null | FileCheck %s

// What is left to the plain lowering says why.
// CHECK:      "problem": "mb1_ic16oc32_ih8oh6kh3sh1ph0",
// CHECK:      "chosen": null,
// CHECK-NEXT: "obstacle": "no instruction computes f16 x f16 -> f16",
// CHECK-NEXT: "candidates": [],
// CHECK:      "roofline": null
func.func @f16(%x: memref<1x8x8x16xf16>, %w: memref<3x3x16x32xf16>, %o: memref<1x6x6x32xf16>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf16>, memref<3x3x16x32xf16>) outs(%o : memref<1x6x6x32xf16>)
  return
}
