// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json max-workspace=1KiB" | FileCheck %s --check-prefix=SMALL
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json exclude=im2col,direct" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=EXCLUDED
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu threads=2 records=%S/Inputs/records.json" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: conv-opt %s --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=PIPELINE
// PIPELINE: measured: 0.0100 ms
// The same from a database.
// RUN: rm -f %t.db && conv-tune records import %t.db %S/Inputs/records.json
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.db" | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.db" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.db max-workspace=1KiB" | FileCheck %s --check-prefix=SMALL
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.db" --conv-report="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.db" -o /dev/null | FileCheck %s --check-prefix=REPORT
// The report tells what was measured from what is predicted.
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" --conv-report="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" -o /dev/null | FileCheck %s --check-prefix=REPORT
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%S/Inputs/records.json" --conv-report -o /dev/null | FileCheck %s --check-prefix=UNMEASURED
// REPORT: "chosen": {
// REPORT: "measured_ms": 0.01,
// REPORT: "measured": [
// REPORT: "ms": 0.01,
// UNMEASURED-NOT: "measured_ms": 0
// UNMEASURED: "measured": []
// UNMEASURED-NOT: "measured_ms": 0

// The records in Inputs were written by hand. They carry the revision of the
// code generator, which changes with kCodegenRevision.

// CHECK-LABEL: func.func @used(
// CHECK:         schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 3>
// REMARK: autotune-records.mlir:[[#@LINE+4]]:{{.*}}[Analysis]{{.*}}mb1_ic16oc32_ih8oh6kh3sh1ph0: direct, measured: 0.0100 ms = 50.0 % of the FMA peak, 1.25 times as fast as the model's pick, of 7 candidates; register tile 3x1
// EXCLUDED: [Missed]{{.*}}ih8oh6{{.*}}: record not used: algorithm 'direct' is excluded
// THREADS: [Missed]{{.*}}ih8oh6{{.*}}: record not used: measured on another machine: threads = 1 there, 2 here
func.func @used(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
  return
}

// CHECK-LABEL: func.func @machine(
// CHECK-NOT:     w_ob = 3>
// REMARK: [Missed]{{.*}}ih9oh7{{.*}}: record not used: measured on another machine: n_fma = 1 there, 2 here
func.func @machine(%x: memref<1x9x9x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x7x7x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x9x9x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x7x7x32xf32>)
  return
}

// CHECK-LABEL: func.func @revision(
// CHECK-NOT:     w_ob = 3>
// REMARK: [Missed]{{.*}}ih10oh8{{.*}}: record not used: measured with revision 0 of the code generator, this is {{[0-9]+}}
func.func @revision(%x: memref<1x10x10x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x8x8x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x10x10x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x8x8x32xf32>)
  return
}

// CHECK-LABEL: func.func @llvm(
// CHECK-NOT:     w_ob = 3>
// REMARK: [Missed]{{.*}}ih11oh9{{.*}}: record not used: measured with LLVM 21, this is 22
func.func @llvm(%x: memref<1x11x11x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x9x9x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x11x11x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x9x9x32xf32>)
  return
}

// Of several records the fastest that the options allow.
// CHECK-LABEL: func.func @limits(
// CHECK:         schedule<algorithm = im2col, n_vec = 16, c_ob = 32, w_ob = 5>
// SMALL-LABEL: func.func @limits(
// SMALL:         schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 3>
// EXCLUDED: [Missed]{{.*}}ih12oh10{{.*}}: record not used: algorithm 'im2col' is excluded
func.func @limits(%x: memref<1x12x12x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x10x10x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x12x12x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x10x10x32xf32>)
  return
}

// A record is not believed: what it says is checked.
// CHECK-LABEL: func.func @illegal(
// CHECK-NOT:     w_ob = 30
// REMARK: [Missed]{{.*}}ih13oh11{{.*}}: record not used: register tile {{.*}} the machine has 32
func.func @illegal(%x: memref<1x13x13x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x11x11x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x13x13x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x11x11x32xf32>)
  return
}

// REMARK: [Missed]{{.*}}ih14oh12{{.*}}: not in the records of {{.*(records.json|.db)}}
func.func @missing(%x: memref<1x14x14x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x12x12x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x12x12x32xf32>)
  return
}

// What stands on the operation comes first.
// CHECK-LABEL: func.func @given(
// CHECK:         schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 5>
// REMARK: [Analysis]{{.*}}ih8oh6{{.*}}: direct, schedule given
func.func @given(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 5>
  return
}
