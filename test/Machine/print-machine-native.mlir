// Whatever the host is, saying nothing means 'native', every field has a source
// and the model is the same for both.

// RUN: conv-opt %s --conv-print-machine="cpu=native n-fma=2 l-fma=4 n-vec=8 n-reg=16" -o /dev/null > %t.native
// RUN: conv-opt %s --conv-print-machine="n-fma=2 l-fma=4 n-vec=8 n-reg=16" -o /dev/null > %t.nothing
// RUN: diff %t.native %t.nothing
// RUN: FileCheck %s --input-file=%t.native
//      CHECK: cpu {{[a-z0-9]}}
// CHECK-NEXT: triple {{[a-z0-9_]+-}}
// CHECK-NEXT: n_fma
// CHECK-NEXT: l_fma
// CHECK-NEXT: n_vec
// CHECK-NEXT: n_reg
// CHECK-NEXT: loads {{.*(table|default)}}
// CHECK-NEXT: broadcast
// CHECK-NEXT: l1 {{.*(sysfs|table|default)}}
// CHECK-NEXT: l1_ways {{.*(sysfs|table|default)}}
// CHECK-NEXT: l2 {{.*(sysfs|table|default)}}
// CHECK-NEXT: l3 {{.*(sysfs|table|default)}}
// CHECK-NEXT: threads

module {}
