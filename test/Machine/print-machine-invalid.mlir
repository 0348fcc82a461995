// Refusals name what was wrong and what to give. LLVM's own complaints about
// bad CPUs and features must not appear, let alone its fatal errors.

// RUN: split-file %s %t

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=nobodys-cpu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=nobodys-cpu n-fma=2 l-fma=4 n-vec=8" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU
// CPU-NOT: not a recognized processor
// CPU: error: unknown CPU 'nobodys-cpu' for the host, x86_64, aarch64 or riscv64; give cpu= (and triple=) {{.*}}n-fma= l-fma= n-vec= n-reg=
// CPU-NOT: not a recognized processor

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell triple=aarch64-linux-gnu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: error: unknown CPU 'haswell' for 'aarch64-unknown-linux-gnu'; give

// CPUs of the wrong width are in LLVM's tables but stop it.
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=i686 triple=x86_64-linux-gnu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=sifive-e31 triple=riscv64-linux-gnu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WIDTH
// WIDTH: error: unknown CPU '{{i686|sifive-e31}}' for '{{x86_64|riscv64}}-unknown-linux-gnu'

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="triple=nonsense" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TRIPLE
// TRIPLE: error: unknown target triple '{{.*}}nonsense{{.*}}'; give triple=

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=native triple=msp430" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NATIVE
// NATIVE: error: cpu 'native' is not of triple 'msp430

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell features=+nonsense" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell features=+avx2,+nonsense" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FEATURE
// FEATURE-NOT: not a recognized feature
// FEATURE: error: unknown target feature '+nonsense' for 'x86_64-pc-linux-gnu'; give features=
// FEATURE-NOT: not a recognized feature
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell features=avx2" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SIGN
// SIGN: error: unknown target feature 'avx2' {{.*}} as +NAME or -NAME

// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell n-vec=12" -o /dev/null 2>&1 | FileCheck %s --check-prefix=POWER
// POWER: error: n-vec = 12 (from: option) is not a power of two
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell n-fma=-2" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NFMA
// NFMA: error: n-fma = -2 (from: option) is outside [1, 64]
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell n-vec=1099511627776" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NVEC
// NVEC: error: n-vec = 1099511627776 (from: option) is outside [1, 256]
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell n-vec=64" -o /dev/null 2>&1 | FileCheck %s --check-prefix=WIDE
// WIDE: error: n-vec = 64 (from: option), vectors of 'haswell' have 8 f32 lanes
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell l1=0" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-L1
// NO-L1: error: l1 = 0 (from: option) is outside [1024,
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell n-reg=3" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NREG
// NREG: error: n-reg = 3 (from: option) is outside [4, 1024]
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell l1=32" -o /dev/null 2>&1 | FileCheck %s --check-prefix=L1
// L1: error: l1 = 32 (from: option) is outside [1024,
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell l3=-9223372036854775808" -o /dev/null 2>&1 | FileCheck %s --check-prefix=L3
// L3: error: l3 = -9223372036854775808 (from: option) is outside [0,
// RUN: not conv-opt %t/empty.mlir --conv-print-machine="cpu=haswell threads=0" -o /dev/null 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: error: threads = 0 (from: option) is outside [1,

// RUN: not conv-opt %t/dlti-type.mlir --conv-print-machine="cpu=native" -o /dev/null 2>&1 | FileCheck %s --check-prefix=DLTI-TYPE
// DLTI-TYPE: error: DLTI entry "CPU", "L1_cache_size_in_bytes" must be a non-negative integer
// RUN: not conv-opt %t/dlti-sign.mlir --conv-print-machine="cpu=native" -o /dev/null 2>&1 | FileCheck %s --check-prefix=DLTI-SIGN
// DLTI-SIGN: error: DLTI entry "CPU", "L2_cache_size_in_bytes" must be a non-negative integer
// RUN: not conv-opt %t/dlti-range.mlir --conv-print-machine="n-fma=2 l-fma=4 n-vec=8 n-reg=16" -o /dev/null 2>&1 | FileCheck %s --check-prefix=DLTI-RANGE
// DLTI-RANGE: error: l1 = 4 (from: DLTI) is outside [1024,
// RUN: not conv-opt %t/dlti-width.mlir --conv-print-machine="n-fma=2 l-fma=4 n-reg=16" -o /dev/null 2>&1 | FileCheck %s --check-prefix=DLTI-WIDTH
// DLTI-WIDTH: error: DLTI entry "CPU", "max_vector_op_width" must be a multiple of 32 bits

//--- empty.mlir
module {}

//--- dlti-type.mlir
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"L1_cache_size_in_bytes" = "much">>} {}

//--- dlti-sign.mlir
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"L2_cache_size_in_bytes" = -1 : i32>>} {}

//--- dlti-range.mlir
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"L1_cache_size_in_bytes" = 4 : ui32>>} {}

//--- dlti-width.mlir
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "CPU" = #dlti.target_device_spec<"max_vector_op_width" = 100 : ui32>>} {}
