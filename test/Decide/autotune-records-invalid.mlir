// What is wrong with a file of records is said with its name and line, and the
// file is left as it is.

// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.none" 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: cannot read the records in {{.*}}.none: No such file or directory

// RUN: printf '' > %t.empty
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.empty" 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: error: {{.*}}.empty: empty; a file of tuning records starts with {"format":"conv-opt tuning records","version":1}

// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%s" 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: error: {{.*}}autotune-records-invalid.mlir:1: not a file of tuning records: the first line should be {"format"

// RUN: sed 's/"version":1/"version":2/' %S/Inputs/records.json > %t.version
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.version" 2>&1 | FileCheck %s --check-prefix=VERSION
// VERSION: error: {{.*}}.version:1: version 2 of the format; this program reads version 1

// A line that was cut off, the last one as well.
// RUN: head -c -30 %S/Inputs/records.json > %t.cut
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.cut" 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: {{.*}}.cut:8: not a record, or cut off: {{.*}}

// RUN: sed '3s/"ms":0.01,//' %S/Inputs/records.json > %t.field
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.field" 2>&1 | FileCheck %s --check-prefix=FIELD
// FIELD: error: {{.*}}.field:3: missing value at record.ms

// RUN: sed '2s/algorithm = direct/algorithm = guess/' %S/Inputs/records.json > %t.schedule
// RUN: not conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.schedule" 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// SCHEDULE: error: 'conv.conv' op {{.*}}.schedule:2: not a schedule: <algorithm = guess, n_vec = 16

// Files may be joined: the second header is no record.
// RUN: cat %S/Inputs/records.json %S/Inputs/records.json > %t.joined
// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu records=%t.joined" | FileCheck %s --check-prefix=JOINED
// JOINED: schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 3>

func.func @used(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x6x6x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x6x6x32xf32>)
  return
}
