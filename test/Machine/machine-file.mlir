// A machine file comes after the options and before everything else; what it
// does not say comes from where it came from without it. What was a rate of
// older versions, as `crossing`, is read and not used.

// RUN: split-file %s %t

// RUN: conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/haswell.json" -o /dev/null | FileCheck %s --check-prefix=FILE
// FILE: n_fma 2 {{.*}} LLVM scheduling model
// FILE: l1 32768 {{.*}} table (
// FILE: l2 524288 {{.*}} machine file '{{.*}}haswell.json'
// FILE: l3 0 {{.*}} machine file '{{.*}}haswell.json'
// FILE: rates family default for 18 of 20, machine file '{{.*}}haswell.json' for 2 of 20
// FILE: latency_slack 1.25 cycles family default
// FILE: l3_stall 2.5 cycles per line machine file '{{.*}}haswell.json'
// FILE: fork 20000 cycles machine file '{{.*}}haswell.json'

// RUN: conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/haswell.json l2=65536" -o /dev/null | FileCheck %s --check-prefix=OPTION
// OPTION: l2 65536 {{.*}} option
// OPTION: l3 0 {{.*}} machine file

// The module's specification comes after it.
// RUN: conv-opt %t/dlti.mlir --conv-print-machine="machine=%t/whole.json" -o /dev/null | FileCheck %s --check-prefix=DLTI
// DLTI: n_fma 1 {{.*}} machine file
// DLTI: n_vec 8 {{.*}} machine file
// DLTI: l1 32768 {{.*}} machine file
// DLTI: l2 131072 {{.*}} DLTI

// A file that says all makes up for a CPU LLVM does not know.
// RUN: conv-opt %t/conv.mlir --conv-print-machine="cpu=nobodys triple=x86_64-pc-linux-gnu machine=%t/whole.json" -o /dev/null | FileCheck %s --check-prefix=WHOLE
// WHOLE: cpu nobodys
// WHOLE: l_fma 6 {{.*}} machine file

// What it says reaches decisions, the attribute that remembers them, the remark
// and the report.
// RUN: conv-opt %t/conv.mlir --conv-autotune="cpu=haswell machine=%t/haswell.json" --remarks-filter=conv --conv-report="file=%t/report.json" 2>&1 | FileCheck %s --check-prefix=MODULE
// RUN: FileCheck %s --check-prefix=REPORT < %t/report.json
// MODULE: remark: [Analysis] autotune {{.*}}machine 'haswell', x86_64-pc-linux-gnu; rates: family default for 18 of 20, machine file '
// MODULE: conv.machine = #conv.machine<{{.*}}, rates = <l3_stall = 2.5, fork = 20000, source = "family default for 18 of 20, machine file '
// REPORT: "rates": {
// REPORT: "l3_stall": 2.5,
// REPORT: "fork": 20000
// REPORT: "rates_source": "family default for 18 of 20, machine file '
// RUN: conv-opt %t/conv.mlir --conv-autotune="cpu=haswell" --remarks-filter=conv --conv-report="file=%t/report.json" 2>&1 | FileCheck %s --check-prefix=DEFAULT
// RUN: FileCheck %s --check-prefix=DEFAULT-REPORT < %t/report.json
// DEFAULT: remark: {{.*}}machine 'haswell', {{.*}}; rates: family default
// DEFAULT: conv.machine = #conv.machine<{{.*}}, threads = 1, fmas = [{{.*}}]>
// DEFAULT-REPORT: "rates_source": "family default"

// Kernels are the same code whatever the rates were: their names are.
// RUN: conv-opt %t/conv.mlir --conv-to-llvm="cpu=haswell" | grep -o "conv[0-9]*x[0-9_a-z]*" | sort -u > %t/names
// RUN: conv-opt %t/conv.mlir --conv-to-llvm="cpu=haswell machine=%t/rates.json" | grep -o "conv[0-9]*x[0-9_a-z]*" | sort -u > %t/names-rates
// RUN: diff %t/names %t/names-rates

// Errors name the file and what is wrong with it.
// RUN: not conv-opt %t/conv.mlir --conv-autotune="cpu=haswell machine=%t/none.json" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: cannot read the machine file '{{.*}}none.json': No such file
// RUN: not conv-opt %t/conv.mlir --conv-to-llvm="cpu=skylake machine=%t/haswell.json" 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: machine file '{{.*}}haswell.json' describes 'haswell', not 'skylake'; give cpu=haswell or another file
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/text.json" 2>&1 | FileCheck %s --check-prefix=TEXT
// TEXT: error: machine file '{{.*}}text.json': {{.*}}Invalid JSON value
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/empty.json" 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: error: machine file '{{.*}}empty.json': it is no machine file: "conv_machine": 1 is missing
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/version.json" 2>&1 | FileCheck %s --check-prefix=VERSION
// VERSION: error: machine file '{{.*}}version.json': its version is 2, known is 1
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/field.json" 2>&1 | FileCheck %s --check-prefix=FIELD
// FIELD: error: machine file '{{.*}}field.json': unknown field 'l4' (known: cpu, source, rates, n_fma, {{.*}}, l3)
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/rate.json" 2>&1 | FileCheck %s --check-prefix=RATE
// RATE: error: machine file '{{.*}}rate.json': unknown rate 'l4_stall'
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/absurd.json" 2>&1 | FileCheck %s --check-prefix=ABSURD
// ABSURD: error: machine file '{{.*}}absurd.json': rate 'l2_bandwidth' = -3.00 is outside [0.10, 4096.00] bytes per cycle
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/type.json" 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: machine file '{{.*}}type.json': rate 'fork' must be a number
// RUN: not conv-opt %t/conv.mlir --conv-print-machine="cpu=haswell machine=%t/range.json" 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: error: l1 = 12 (from: machine file '{{.*}}range.json') is outside [1024, 1073741824]

//--- conv.mlir
func.func @conv(%x: tensor<1x14x14x16xf32>, %f: tensor<3x3x16x32xf32>, %o: tensor<1x12x12x32xf32>) -> tensor<1x12x12x32xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %f : tensor<1x14x14x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x12x12x32xf32>) -> tensor<1x12x12x32xf32>
  return %r : tensor<1x12x12x32xf32>
}

//--- dlti.mlir
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"L1_cache_size_in_bytes" = 16384 : i32, "L2_cache_size_in_bytes" = 131072 : i32, "max_vector_op_width" = 128 : i32>>} {}

//--- haswell.json
{"conv_machine": 1, "cpu": "haswell", "source": "a test", "l2": 524288, "l3": 0, "rates": {"l3_stall": 2.5, "fork": 20000, "crossing": 0.7}}

//--- rates.json
{"conv_machine": 1, "rates": {"latency_slack": 1.3}}

//--- whole.json
{"conv_machine": 1, "n_fma": 1, "l_fma": 6, "n_vec": 8, "n_reg": 16, "l1": 32768}

//--- text.json
rates = 3

//--- empty.json
{}

//--- version.json
{"conv_machine": 2}

//--- field.json
{"conv_machine": 1, "l4": 3}

//--- rate.json
{"conv_machine": 1, "rates": {"l4_stall": 3}}

//--- absurd.json
{"conv_machine": 1, "rates": {"l2_bandwidth": -3}}

//--- type.json
{"conv_machine": 1, "rates": {"fork": "slow"}}

//--- range.json
{"conv_machine": 1, "l1": 12}
