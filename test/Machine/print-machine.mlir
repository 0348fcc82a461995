// The machine model of CPUs of three architectures, and the order in which its
// sources are asked. The module has a DLTI specification, which a CPU that is
// named overrides wherever it is known.

// RUN: conv-opt %s --conv-print-machine="cpu=haswell" -o /dev/null | FileCheck %s --check-prefix=HASWELL --strict-whitespace --match-full-lines
//      HASWELL:cpu        haswell
// HASWELL-NEXT:triple     x86_64-pc-linux-gnu
// HASWELL-NEXT:n_fma                 2  FMAs per cycle   LLVM scheduling model
// HASWELL-NEXT:l_fma                 5  cycles           LLVM scheduling model
// HASWELL-NEXT:n_vec                 8  f32 lanes        LLVM target
// HASWELL-NEXT:n_reg                16  vectors          LLVM target
// HASWELL-NEXT:loads                 2  loads per cycle  default
// HASWELL-NEXT:broadcast         splat                   LLVM target
// HASWELL-NEXT:l1                32768  bytes            table ({{.+}})
// HASWELL-NEXT:l1_ways               8  ways             table ({{.+}})
// HASWELL-NEXT:l2               262144  bytes            table ({{.+}})
// HASWELL-NEXT:l3              8388608  bytes            table ({{.+}})
// HASWELL-NEXT:threads               1  threads          default
// HASWELL-NEXT:fma3_f32_xmm        2 x 5  FMAs x cycles    LLVM scheduling model
// HASWELL-NEXT:fma3_f64          2 x 5  FMAs x cycles    LLVM scheduling model
// HASWELL-NEXT:avx2_i8           1 x 5  FMAs x cycles    LLVM scheduling model
// HASWELL-NEXT:avx2_u8           1 x 5  FMAs x cycles    LLVM scheduling model
// HASWELL-NEXT:avx2_i16          1 x 5  FMAs x cycles    LLVM scheduling model
// HASWELL-NEXT:rates                                     family default
// HASWELL-NEXT:  latency_slack        1.25  cycles           family default
// HASWELL-NEXT:  tile_start              2  cycles           family default
// HASWELL-NEXT:  accumulator          0.08  cycles           family default
// HASWELL-NEXT:  store                   1  cycles per vector family default
// HASWELL-NEXT:  shuffle               0.5  cycles           family default
// HASWELL-NEXT:  load_bytes             64  bytes per cycle  family default
// HASWELL-NEXT:  conflict               30  cycles per line  family default
// HASWELL-NEXT:  l2_stall              0.1  cycles per line  family default
// HASWELL-NEXT:  ahead_stall           0.3  cycles per line  family default
// HASWELL-NEXT:  l3_stall             1.25  cycles per line  family default
// HASWELL-NEXT:  memory_stall            6  cycles per line  family default
// HASWELL-NEXT:  memory_store            6  cycles per line  family default
// HASWELL-NEXT:  memory_latency        800  cycles           family default
// HASWELL-NEXT:  l2_bandwidth           32  bytes per cycle  family default
// HASWELL-NEXT:  l3_bandwidth           16  bytes per cycle  family default
// HASWELL-NEXT:  memory_bandwidth        4  bytes per cycle  family default
// HASWELL-NEXT:  copy_run              1.5  cycles           family default
// HASWELL-NEXT:  copy_vector           1.3  cycles per vector family default
// HASWELL-NEXT:  copy_line              10  cycles per line  family default
// HASWELL-NEXT:  fork                10000  cycles           family default
//  HASWELL-NOT:{{.+}}

// Two units start one FMA of the widest vectors together, or one of half as many
// lanes each.
// RUN: conv-opt %s --conv-print-machine="cpu=znver4" -o /dev/null | FileCheck %s --check-prefix=JOINED
// JOINED: n_fma 1 FMAs per cycle
// JOINED: fma3_f32 2 x 4 FMAs x cycles LLVM scheduling model

// A CPU that was measured says so.
// RUN: conv-opt %s --conv-print-machine="cpu=znver5" -o /dev/null | FileCheck %s --check-prefix=MEASURED
// MEASURED: rates table (measured {{.+}})
// MEASURED-NOT: family default

// RUN: conv-opt %s --conv-print-machine="cpu=broadwell" -o /dev/null | FileCheck %s --check-prefix=BROADWELL
// BROADWELL: n_fma 2 {{.*}} LLVM scheduling model
// BROADWELL: l_fma 5 {{.*}} LLVM scheduling model
// BROADWELL: n_vec 8 {{.*}} LLVM target
// BROADWELL: n_reg 16 {{.*}} LLVM target

// LLVM's tuning of these prefers 256 bits; the instruction set has 512.
// RUN: conv-opt %s --conv-print-machine="cpu=skylake-avx512" -o /dev/null | FileCheck %s --check-prefix=SKX
// RUN: conv-opt %s --conv-print-machine="cpu=cascadelake" -o /dev/null | FileCheck %s --check-prefix=SKX
// SKX: n_fma 2 {{.*}} LLVM scheduling model
// SKX: l_fma 4 {{.*}} LLVM scheduling model
// SKX: n_vec 16 {{.*}} LLVM target
// SKX: n_reg 32 {{.*}} LLVM target
// SKX: broadcast memory
// SKX: l1 32768 {{.*}} table (
// SKX: l2 1048576 {{.*}} table (

// RUN: conv-opt %s --conv-print-machine="cpu=sapphirerapids" -o /dev/null | FileCheck %s --check-prefix=SPR
// RUN: conv-opt %s --conv-print-machine="cpu=icelake-server" -o /dev/null | FileCheck %s --check-prefix=SPR
// RUN: conv-opt %s --conv-print-machine="cpu=icelake_server" -o /dev/null | FileCheck %s --check-prefix=SPR
// SPR: n_fma 2 {{.*}} table (servers have a second zmm pipe
// SPR: l_fma 4 {{.*}} LLVM scheduling model
// SPR: n_vec 16 {{.*}} LLVM target
// SPR: n_reg 32 {{.*}} LLVM target
// SPR: l1 49152 {{.*}} table (
// SPR: l1_ways 12 {{.*}} table (

// RUN: conv-opt %s --conv-print-machine="cpu=znver2" -o /dev/null | FileCheck %s --check-prefix=ZNVER2
// ZNVER2: n_fma 2 {{.*}} LLVM scheduling model
// ZNVER2: l_fma 5 {{.*}} LLVM scheduling model
// ZNVER2: n_vec 8 {{.*}} LLVM target
// ZNVER2: n_reg 16 {{.*}} LLVM target

// RUN: conv-opt %s --conv-print-machine="cpu=znver3" -o /dev/null | FileCheck %s --check-prefix=ZNVER3
// ZNVER3: n_fma 2 {{.*}} LLVM scheduling model
// ZNVER3: l_fma 4 {{.*}} LLVM scheduling model
// ZNVER3: n_vec 8 {{.*}} LLVM target
// ZNVER3: n_reg 16 {{.*}} LLVM target
// ZNVER3: l2 524288 {{.*}} table (

// Zen 4 takes two cycles for 512 bits, one for 256.
// RUN: conv-opt %s --conv-print-machine="cpu=znver5" -o /dev/null | FileCheck %s --check-prefix=BF16
// BF16: threads
// BF16-NEXT: avx512_bf16 2 x 6 FMAs x cycles table (measured)
// BF16-NEXT: fma3_f32 2 x 4
// BF16-NEXT: fma3_f32_xmm 2 x 4
// BF16-NEXT: avx512_f64 2 x 4 FMAs x cycles table (taken to be as avx512_f32, not measured)
// BF16: avx512vnni_u8 2 x 4 FMAs x cycles table (measured; LLVM borrows Zen 4's model)
// BF16: avxvnni_u8 2 x 4 FMAs x cycles table (measured; LLVM borrows Zen 4's model)
// RUN: conv-opt %s --conv-print-machine="cpu=znver4" -o /dev/null | FileCheck %s --check-prefix=ZNVER4
// ZNVER4: n_fma 1 {{.*}} LLVM scheduling model
// ZNVER4: l_fma 4 {{.*}} LLVM scheduling model
// ZNVER4: n_vec 16 {{.*}} LLVM target
// ZNVER4: n_reg 32 {{.*}} LLVM target
// ZNVER4: loads 2 {{.*}} table (
// ZNVER4: rates family default for 19 of 20, table ({{.*}} for 1 of 20
// ZNVER4: load_bytes 32 bytes per cycle table (
// RUN: conv-opt %s --conv-print-machine="cpu=znver4 n-vec=8" -o /dev/null | FileCheck %s --check-prefix=ZNVER4-YMM
// ZNVER4-YMM: n_fma 2 {{.*}} LLVM scheduling model
// ZNVER4-YMM: n_vec 8 {{.*}} option
// ZNVER4-YMM: n_reg 32 {{.*}} LLVM target

// RUN: conv-opt %s --conv-print-machine="cpu=znver5" -o /dev/null | FileCheck %s --check-prefix=ZNVER5
// ZNVER5: n_fma 2 {{.*}} table (measured; LLVM borrows Zen 4's model)
// ZNVER5: l_fma 4 {{.*}} table (measured; LLVM borrows Zen 4's model)
// ZNVER5: n_vec 16 {{.*}} LLVM target
// ZNVER5: n_reg 32 {{.*}} LLVM target
// ZNVER5: broadcast memory
// A name means the same machine everywhere, so no sysfs even on such a host.
// ZNVER5: l1 49152 {{.*}} table (

// RUN: conv-opt %s --conv-print-machine="cpu=znver5 features=-avx512f" -o /dev/null | FileCheck %s --check-prefix=NO-AVX512
// NO-AVX512: n_vec 8 {{.*}} LLVM target
// NO-AVX512: n_reg 16 {{.*}} LLVM target
// NO-AVX512: broadcast splat

// RUN: conv-opt %s --conv-print-machine="cpu=cortex-a57" -o /dev/null | FileCheck %s --check-prefix=A57
//      A57: cpu cortex-a57
// A57-NEXT: triple aarch64-unknown-linux-gnu
// A57-NEXT: n_fma 1 {{.*}} LLVM scheduling model
// A57-NEXT: l_fma 4 {{.*}} LLVM scheduling model (10, 4 into the accumulator)
// A57-NEXT: n_vec 4 {{.*}} LLVM target
// A57-NEXT: n_reg 32 {{.*}} LLVM target
// A57-NEXT: loads 1 {{.*}} table (
// A57-NEXT: broadcast lane
// A57-NEXT: l1 32768 {{.*}} table (
// A57-NEXT: l1_ways 2 {{.*}} table (
// A57-NEXT: l2 2097152 {{.*}} table (

// LLVM gives it the model of Cortex-A57.
// RUN: conv-opt %s --conv-print-machine="cpu=cortex-a76" -o /dev/null | FileCheck %s --check-prefix=A76
// A76: n_fma 2 {{.*}} table (Arm optimization guide
// A76: l_fma 2 {{.*}} table (Arm optimization guide: 4 cycles, 2 into the accumulator)
// A76: n_vec 4 {{.*}} LLVM target
// A76: n_reg 32 {{.*}} LLVM target

// RUN: conv-opt %s --conv-print-machine="cpu=neoverse-n1" -o /dev/null | FileCheck %s --check-prefix=N1
// N1: n_fma 2 {{.*}} LLVM scheduling model
// N1: l_fma 4 {{.*}} LLVM scheduling model
// N1: n_vec 4 {{.*}} LLVM target
// N1: n_reg 32 {{.*}} LLVM target

// RUN: conv-opt %s --conv-print-machine="cpu=neoverse-v1" -o /dev/null | FileCheck %s --check-prefix=V1
// V1: n_fma 4 {{.*}} LLVM scheduling model
// V1: l_fma 2 {{.*}} LLVM scheduling model (4, 2 into the accumulator)
// V1: n_vec 4 {{.*}} LLVM target
// V1: n_reg 32 {{.*}} LLVM target
// V1: loads 3 {{.*}} table (

// 32-bit mode has eight vector registers.
// RUN: conv-opt %s --conv-print-machine="cpu=haswell triple=i686-linux-gnu" -o /dev/null | FileCheck %s --check-prefix=I686
// I686: n_vec 8 {{.*}} LLVM target
// I686: n_reg 8 {{.*}} LLVM target

// VLEN is 512 bits: 16 lanes. Half an FMA per cycle is modelled as one.
// RUN: conv-opt %s --conv-print-machine="cpu=sifive-x280" -o /dev/null | FileCheck %s --check-prefix=X280
// X280: triple riscv64-unknown-linux-gnu
// X280: n_fma 1 {{.*}} LLVM scheduling model (0.50 per cycle)
// X280: l_fma 8 {{.*}} LLVM scheduling model
// X280: n_vec 16 {{.*}} LLVM target
// X280: n_reg 32 {{.*}} LLVM target
// X280: broadcast splat
// What the table does not know of a named CPU, DLTI may say.
// X280: l1 16384 {{.*}} DLTI
// X280: l1_ways 2 {{.*}} DLTI
// X280: l3 0 {{.*}} default

// Options come first, whatever the CPU.
// RUN: conv-opt %s --conv-print-machine="cpu=haswell n-fma=3 l-fma=7 n-vec=4 n-reg=12 loads=5 l1=65536 l1-ways=16 l2=2097152 l3=4194304 threads=6" -o /dev/null | FileCheck %s --check-prefix=OPTIONS
//      OPTIONS: cpu haswell
//      OPTIONS: n_fma 3 {{.*}} option
// OPTIONS-NEXT: l_fma 7 {{.*}} option
// OPTIONS-NEXT: n_vec 4 {{.*}} option
// OPTIONS-NEXT: n_reg 12 {{.*}} option
// OPTIONS-NEXT: loads 5 {{.*}} option
// OPTIONS-NEXT: broadcast splat
// OPTIONS-NEXT: l1 65536 {{.*}} option
// OPTIONS-NEXT: l1_ways 16 {{.*}} option
// OPTIONS-NEXT: l2 2097152 {{.*}} option
// OPTIONS-NEXT: l3 4194304 {{.*}} option
// OPTIONS-NEXT: threads 6 {{.*}} option

// A machine need not have an L3.
// RUN: conv-opt %s --conv-print-machine="cpu=haswell l3=0" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-L3
// NO-L3: l3 0 {{.*}} option

// Four numbers make up for a model LLVM lacks, and for a CPU it does not know.
// RUN: conv-opt %s --conv-print-machine="cpu=generic-rv64 n-fma=1 l-fma=6 n-vec=4 n-reg=32" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FOUR
// RUN: conv-opt %s --conv-print-machine="cpu=nobodys-cpu n-fma=1 l-fma=6 n-vec=4 n-reg=32" -o /dev/null 2>&1 | FileCheck %s --check-prefix=FOUR
//  FOUR-NOT: {{warning|error|not a recognized}}
//      FOUR: cpu {{generic-rv64|nobodys-cpu}}
//      FOUR: n_fma 1 {{.*}} option
// FOUR-NEXT: l_fma 6 {{.*}} option
// FOUR-NEXT: n_vec 4 {{.*}} option
// FOUR-NEXT: n_reg 32 {{.*}} option
// FOUR-NEXT: loads 2 {{.*}} default

// With no CPU named, the module's specification comes before the host. The
// numbers keep the test independent of it.
// RUN: conv-opt %s --conv-print-machine="n-fma=2 l-fma=4 n-reg=16" -o /dev/null | FileCheck %s --check-prefix=DLTI
// RUN: conv-opt %s --conv-print-machine="cpu=native n-fma=2 l-fma=4 n-reg=16" -o /dev/null | FileCheck %s --check-prefix=DLTI
// DLTI: n_vec 8 {{.*}} DLTI
// DLTI: l1 16384 {{.*}} DLTI
// DLTI: l1_ways 2 {{.*}} DLTI
// DLTI: l2 131072 {{.*}} DLTI

// RUN: conv-opt %s --conv-print-machine="l1=8192 n-fma=2 l-fma=4 n-vec=4 n-reg=16" -o /dev/null | FileCheck %s --check-prefix=OVER-DLTI
// OVER-DLTI: n_vec 4 {{.*}} option
// OVER-DLTI: l1 8192 {{.*}} option
// OVER-DLTI: l2 131072 {{.*}} DLTI

module attributes {
  dlti.target_system_spec = #dlti.target_system_spec<
    "CPU" = #dlti.target_device_spec<
      "L1_cache_size_in_bytes" = 16384 : ui32,
      "L2_cache_size_in_bytes" = 131072 : i64,
      "max_vector_op_width" = 256 : ui32,
      "L1_cache_ways" = 2 : i32>,
    "GPU" = #dlti.target_device_spec<
      "max_vector_op_width" = 4096 : ui32>>
} {}
