// RUN: not conv-opt %s --conv-report 2>&1 | FileCheck %s --check-prefix=UNDECIDED
// RUN: not conv-opt %s --conv-autotune=cpu=haswell --conv-report=file=%t.dir/none/report.json 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not conv-opt %s --conv-to-llvm="cpu=haswell report=%t.dir/none/report.json" 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not conv-opt %s --conv-autotune=cpu=haswell --conv-report=max-workspace=lots 2>&1 | FileCheck %s --check-prefix=BYTES
// RUN: not conv-opt %s --conv-autotune=cpu=haswell --conv-report=clock-mhz=-1 2>&1 | FileCheck %s --check-prefix=CLOCK
// RUN: not conv-opt %s --conv-autotune=cpu=haswell --conv-report="cpu=haswell records=%t.none.json" 2>&1 | FileCheck %s --check-prefix=RECORDS

// RECORDS: error: {{.*}}none.json
// UNDECIDED: error: has no conv.machine: run --conv-autotune before --conv-report
// FILE: error: cannot write the report: {{.*}}none/report.json{{.*}}No such file
// BYTES: error: max-workspace: 'lots' is not a number of bytes
// CLOCK: error: clock-mhz must not be negative
func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  return
}
