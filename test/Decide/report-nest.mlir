// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu threads=3" --conv-report -o /dev/null 2>/dev/null | FileCheck %s

// What is drawn are the loops that are emitted. Rows that are no multiple of a
// band end in a range of their own.

// CHECK:      "function": "ranges",
// CHECK:      "loop_nest": [
// CHECK-NEXT: "pack f in blocks of 16 output channels"
// CHECK-NEXT: "rows 0 to 11:"
// CHECK-NEXT: "  for band in 0..12 step 4  // rows of the output"
// CHECK-NEXT: "    t = im2row(x for these rows)  // {{[0-9]+}} bytes"
// CHECK-NEXT: "    for k in 0..32 step 16"
// CHECK-NEXT: "      for ho in 0..4"
// CHECK-NEXT: "        for wo in 0..12 by 6"
// CHECK-NEXT: "          acc[6][2] = 0  // vectors of 8"
// CHECK-NEXT: "          for window in 0..144  // 4 steps per iteration"
// CHECK-NEXT: "            acc += broadcast(t) * f"
// CHECK-NEXT: "          out = acc"
// CHECK-NEXT: "rows 12 to 14:"
// CHECK-NEXT: "  t = im2row(x for these rows)  // {{[0-9]+}} bytes"
// CHECK-NEXT: "  for k in 0..32 step 16"
// CHECK-NEXT: "    for ho in 0..3"
// CHECK-NEXT: "      for wo in 0..12 by 6"
// CHECK-NEXT: "        acc[6][2] = 0  // vectors of 8"
// CHECK-NEXT: "        for window in 0..144  // 4 steps per iteration"
// CHECK-NEXT: "          acc += broadcast(t) * f"
// CHECK-NEXT: "        out = acc"
func.func @ranges(%x: memref<1x15x12x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x15x12x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x15x12x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x15x12x32xf32>) schedule<algorithm = im2row, form = banded, n_vec = 8, c_ob = 16, w_ob = 6, band = 4>
  return
}

// Shares of rows that are not equal, and tiles of rows.
// CHECK:      "function": "shares",
// CHECK:      "loop_nest": [
// CHECK-NEXT: "pack f in blocks of 8 output channels"
// CHECK-NEXT: "forall 3 parts of ho  // 3 threads"
// CHECK-NEXT: "  for k in 0..32 step 8"
// CHECK-NEXT: "    for ho in 0..5 step 2"
// CHECK-NEXT: "      for wo in 0..10 by 4 and 3"
// CHECK-NEXT: "        acc[2][4][1] = 0  // vectors of 8"
// CHECK-NEXT: "        for r in 0..3, s in 0..3, c in 0..16  // 4 steps per iteration"
// CHECK-NEXT: "          acc += broadcast(x) * f"
// CHECK-NEXT: "        out = acc"
func.func @shares(%x: memref<1x16x12x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x14x10x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x16x12x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x14x10x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, h_ob = 2, parallel = h3>
  return
}

// Threads that have nothing to divide are not drawn.
// CHECK:      "function": "undivided",
// CHECK:      "loop_nest": [
// CHECK-NEXT: "pack f in blocks of 16 output channels"
// CHECK-NEXT: "for k in 0..32 step 16"
// CHECK-NEXT: "  for wo in 0..10 by 5"
// CHECK-NEXT: "    acc[5][2] = 0  // vectors of 8"
// CHECK-NEXT: "    for r in 0..3, s in 0..3, c in 0..16  // 4 steps per iteration"
// CHECK-NEXT: "      acc += broadcast(x) * f"
// CHECK-NEXT: "    out = acc"
func.func @undivided(%x: memref<1x3x12x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x1x10x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x3x12x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x1x10x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6, parallel = h3>
  return
}

// Columns that only the program knows.
// CHECK:      "function": "unknown",
// CHECK:      "loop_nest": [
// CHECK-NEXT: "pack f in blocks of 16 output channels"
// CHECK-NEXT: "for n in 0..?"
// CHECK-NEXT: "  for k in 0..32 step 16"
// CHECK-NEXT: "    for ho in 0..?"
// CHECK-NEXT: "      for wo in 0..? by 6"
// CHECK-NEXT: "        acc[6][2] = 0  // vectors of 8"
// CHECK-NEXT: "        for r in 0..3, s in 0..3, c in 0..16  // 4 steps per iteration"
// CHECK-NEXT: "          acc += broadcast(x) * f"
// CHECK-NEXT: "        out = acc"
func.func @unknown(%x: memref<?x?x?x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<?x?x?x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<?x?x?x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<?x?x?x32xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6>
  return
}
