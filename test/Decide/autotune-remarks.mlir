// Each decision and each refusal is a remark with numbers.

// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 max-workspace=64KiB" --remarks-filter=conv -o %t 2>&1 | FileCheck %s --implicit-check-not='naive' --implicit-check-not='mec_b'
// RUN: FileCheck %s --check-prefix=IR < %t
// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SILENT --allow-empty
// RUN: conv-opt %s --conv-autotune="n-fma=2 l-fma=5 n-vec=8 n-reg=16 loads=2 l1=32768 l1-ways=8 l2=262144 exclude=im2col,im2row,mec,im2win,kn2row_aa,kn2row_as,kn2col_as,kn2row,kn2col" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALONE

// The next best in time, and what does not fit. Equal convolutions are compared
// once and explained each.
// CHECK:         autotune-remarks.mlir:[[#@LINE+12]]:3: remark: [Analysis] autotune | Category:conv | Remark="mb1_ic16oc32_ih24oh24kh3sh1ph1: direct, {{[0-9]+}} candidate tiles
// CHECK:         :[[#@LINE+11]]:3: remark: [Passed] autotune | Category:conv | Remark="mb1_ic16oc32_ih24oh24kh3sh1ph1: direct, predicted {{[0-9]+}} cycles = {{[0-9.]+}} % of the FMA peak, 0 bytes of workspace; {{1\.[0-9]+}} times as fast as the runner-up {{.*}} bytes of workspace"
// CHECK-DAG:     :[[#@LINE+10]]:3: remark: [Missed] autotune | Category:conv | Remark="mb1_ic16oc32_ih24oh24kh3sh1ph1: im2row (whole), predicted {{[0-9]+}} cycles = {{[0-9.]+}} % of the FMA peak, 331776 bytes of workspace; max-workspace is 65536"
// CHECK-DAG:     :[[#@LINE+9]]:3: remark: [Missed] autotune | Category:conv | Remark="mb1_ic16oc32_ih24oh24kh3sh1ph1: kn2row, predicted {{[0-9]+}} cycles = {{[0-9.]+}} % of the FMA peak, 663552 bytes of workspace; max-workspace is 65536"
// CHECK:         :[[#@LINE+9]]:3: remark: [Passed] autotune | Category:conv | Remark="mb1_ic16oc32_ih24oh24kh3sh1ph1: direct, predicted
// CHECK:         :[[#@LINE+8]]:3: remark: [Missed] autotune | {{.*}}: im2row (whole), predicted
// ALONE:         remark: [Passed] {{.*}}direct, predicted {{.*}}; nothing else can be taken"
// IR-LABEL: func.func @twice(
// IR-COUNT-2: schedule<algorithm = direct
// IR: schedule<algorithm = mec_a, form = banded
// SILENT-NOT: {{.}}
func.func @twice(%x: memref<1x24x24x16xf32>, %v: memref<3x3x16x32xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %v : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>)
  // What is forced on one is not taken for another.
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) {conv.algorithm = "mec"}
  return
}

// What cannot compute it at all.
// CHECK-DAG:     :[[#@LINE+3]]:3: remark: [Missed] autotune | Category:conv | Remark="mb1_ic16oc16_{{.*}}: im2win is refused: algorithm 'im2win' does not read blocked layouts"
// CHECK-DAG:     :[[#@LINE+2]]:3: remark: [Missed] autotune | Category:conv | Remark="mb1_ic16oc16_{{.*}}: kn2row_aa is refused: algorithm 'kn2row_aa' does not read blocked layouts"
func.func @blocked(%x: memref<1x2x24x24x8xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x2x22x22x8xf32>) {
  conv.conv dims<nChwc x rsck -> nKhwk> ins(%x, %w : memref<1x2x24x24x8xf32>, memref<3x3x16x16xf32>) outs(%o : memref<1x2x22x22x8xf32>)
  return
}
