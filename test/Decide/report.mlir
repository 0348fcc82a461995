// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu max-workspace=64KiB" --conv-report="file=%t.json max-workspace=64KiB clock-mhz=2000" -o /dev/null
// RUN: %python -m json.tool %t.json | FileCheck %s
// RUN: %python -m json.tool %t.json | FileCheck %s --check-prefix=CANDIDATES
// Standard output is the default; a clock is not known unless it is given.
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu algorithm=im2row form=banded threads=4" --conv-report -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=FORCED
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu algorithm=kn2row_as form=whole" --conv-report -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=KN2ROW
// MEC's first arrangement takes the rows of all images together.
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu algorithm=mec_a form=whole" --conv-report -o /dev/null 2>/dev/null | FileCheck %s --check-prefix=MEC
// The pipeline writes the same.
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu max-workspace=64KiB clock-mhz=2000 report=%t.pipeline.json" -o /dev/null
// RUN: diff %t.json %t.pipeline.json
// The module is left as it is.
// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" -o %t.before.mlir
// RUN: conv-opt %t.before.mlir --conv-report=file=%t.json -o %t.after.mlir
// RUN: diff %t.before.mlir %t.after.mlir
// A module without convolutions has a report, too.
// RUN: echo 'module {}' | conv-opt --conv-report -o /dev/null | FileCheck %s --check-prefix=EMPTY

// EMPTY: "machine": null
// EMPTY: "convolutions": []

// CHECK:      "version": 1,
// CHECK:      "n_fma": 2,
// CHECK:      "clock_mhz": 2000,
// CHECK:      "peak_flops_per_cycle": 32
// CHECK:      "max_workspace_bytes": 65536,
// CHECK:      "problem": "mb1_ic16oc32_ih24oh24kh3sh1ph1",
// CHECK-NEXT: "layout": "nhwc x rsck -> nhwk",
// CHECK-NEXT: "count": 2,
// CHECK:      "function": "twice",
// CHECK-NEXT: "location": "{{.*}}report.mlir:[[#@LINE+49]]:3"
// CHECK:      "location": "{{.*}}report.mlir:[[#@LINE+49]]:3"
// CHECK:      "chosen": {
// CHECK-NEXT: "algorithm": "direct",
// CHECK-NEXT: "form": "whole",
// CHECK-NEXT: "schedule": "<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6,
// CHECK-NEXT: "threads": 1,
// CHECK-NEXT: "predicted_cycles": {{[0-9]+}},
// CHECK-NEXT: "predicted_ms": 0.{{[0-9]+}},
// CHECK-NEXT: "measured_ms": null,
// CHECK-NEXT: "predicted_peak_fraction": 0.9
// CHECK-NEXT: "workspace_bytes": 0,
// CHECK:      "registers": 15
// CHECK:      "limited_by": "FMA latency",
// CHECK-NEXT: "loop_nest": [
// CHECK-NEXT: "pack f in blocks of 16 output channels",
// CHECK-NEXT: "for k in 0..32 step 16",
// CHECK-NEXT: "  for ho in 0..24",
// CHECK-NEXT: "    for wo in 0..24 by 6",
// CHECK-NEXT: "      acc[6][2] = 0  // vectors of 8",
// CHECK-NEXT: "      for r in 0..3, s in 0..3, c in 0..16  // 4 steps per iteration",
// CHECK-NEXT: "        acc += broadcast(x) * f  // f prefetched 2048 elements ahead",
// CHECK-NEXT: "      out = acc"
// CHECK:      "candidates": [
// CHECK:      "refusals": [
// CHECK:      "algorithm": "winograd_4",
// CHECK-NEXT: "reason": "its error is {{[0-9.]+}} times the plain sum's, accuracy is sum"
// CHECK:      "pareto": [
// CHECK-NEXT: 0
// CHECK-NEXT: ],
// 2 * 32 * 16 * 3 * 3 * 24 * 24 flops, (24 * 24 * (16 + 32) + 3 * 3 * 16 * 32) * 4 bytes.
// CHECK:      "flops": 5308416,
// CHECK-NEXT: "compulsory_bytes": 129024,
// CHECK-NEXT: "flops_per_byte": 41.1429,
// CHECK-NEXT: "bytes_per_cycle": 16,
// CHECK-NEXT: "attainable_flops_per_cycle": 32,
// CHECK-NEXT: "chosen_flops_per_cycle": 31.
// CHECK-NEXT: "bound": "compute"

// Every form of every algorithm, the fitting ones first.
// CANDIDATES:     "candidates": [
// CANDIDATES:     "algorithm": "mec_a",
// CANDIDATES-NEXT: "form": "banded",
// CANDIDATES:     "fits": true
// CANDIDATES:     "schedule": "<algorithm = im2row, n_vec = 8,
// CANDIDATES:     "workspace_bytes": 331776,
// CANDIDATES-NEXT: "error": null,
// CANDIDATES-NEXT: "fits": false
func.func @twice(%x: memref<1x24x24x16xf32>, %v: memref<3x3x16x32xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %v : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  return
}

// FORCED:      "clock_mhz": null,
// FORCED:      "forall 4 parts of ho  // 4 threads",
// FORCED:      "problem": "mb2_ic16oc32_ih31iw24oh15ow11kh3sh2ph0",
// FORCED:      "predicted_ms": null,
// FORCED:      "loop_nest": [
// FORCED-NEXT: "pack f in blocks of 16 output channels",
// FORCED-NEXT: "for n in 0..2",
// FORCED-NEXT: "  t = im2row(x for these rows)  // {{[0-9]+}} bytes",
// FORCED:      out = clamp(acc + bias)"
// KN2ROW:      "problem": "mb2_ic16oc32_ih31iw24oh15ow11kh3sh2ph0",
// KN2ROW:      "loop_nest": [
// KN2ROW-NEXT: "pack f in blocks of 16 output channels",
// KN2ROW-NEXT: "for n in 0..2",
// KN2ROW-NEXT: "  for r in 0..3",
// KN2ROW-NEXT: "    for s in 0..3",
// KN2ROW-NEXT: "      for k in 0..32 step 16",
// KN2ROW-NEXT: "        for ho in 0..15",
// KN2ROW-NEXT: "          for wo in 0..11 by 6 and 5",
// KN2ROW-NEXT: "            acc[6][2] = 0  // vectors of 8",
// KN2ROW-NEXT: "            for c in 0..16  // 4 steps per iteration",
// KN2ROW-NEXT: "              acc += broadcast(x) * f  // f prefetched 2048 elements ahead",
// KN2ROW-NEXT: "            t = acc",
// KN2ROW-NEXT: "      out += t shifted by the tap  // the first tap overwrites out and adds the bias, the last one clamps; t: 21120 bytes"
// MEC:         "problem": "mb2_ic16oc32_ih31iw24oh15ow11kh3sh2ph0",
// MEC:         "loop_nest": [
// MEC-NEXT:    "pack f in blocks of 16 output channels",
// MEC-NEXT:    "t = mec_a(x)  // {{[0-9]+}} bytes",
// MEC-NEXT:    "for band in 0..15  // rows of the output",
// MEC-NEXT:    "  for n in 0..2",
// MEC-NEXT:    "    for k in 0..32 step 16",
// MEC-NEXT:    "      for wo in 0..11 by 6 and 5",
func.func @strided(%x: memref<2x31x24x16xf32>, %w: memref<3x3x16x32xf32>, %b: memref<32xf32>, %o: memref<2x15x11x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2]> ins(%x, %w : memref<2x31x24x16xf32>, memref<3x3x16x32xf32>) bias(%b : memref<32xf32>) outs(%o : memref<2x15x11x32xf32>) clamp<lower = 0.0 : f32>
  return
}

// A 1x1 window with stride 2 reads a quarter of the image: 28 * 28 * 64 * 4 +
// 64 * 8 * 4 + 28 * 28 * 8 * 4 bytes.
// CHECK:      "problem": "mb1_ic64oc8_ih56oh28kh1sh2ph0",
// CHECK:      "compulsory_bytes": 227840,
func.func @quarter(%x: memref<1x56x56x64xf32>, %w: memref<1x1x64x8xf32>, %o: memref<1x28x28x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2]> ins(%x, %w : memref<1x56x56x64xf32>, memref<1x1x64x8xf32>) outs(%o : memref<1x28x28x8xf32>)
  return
}

// Depthwise: vectors run over the groups, and memory is the limit.
// FORCED:      "forall 4 parts of g  // 4 threads",
// CHECK:      "problem": "mb1_g64ic64oc64_ih112oh112kh3sh1ph1",
// CHECK:      for g in 0..64 step 16
// CHECK:      "bound": "memory"
func.func @depthwise(%x: memref<1x112x112x64xf32>, %w: memref<3x3x64xf32>, %o: memref<1x112x112x64xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x112x112x64xf32>, memref<3x3x64xf32>) outs(%o : memref<1x112x112x64xf32>)
  return
}

// CHECK: "largest_workspace_bytes": 0
