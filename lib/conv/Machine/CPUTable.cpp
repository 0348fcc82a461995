//===- CPUTable.cpp - What LLVM does not know about CPUs ------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CPUTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::conv;
using llvm::StringRef;

/// A row needs a reason that a reader can check; it is shown to the user. A CPU
/// is listed only when LLVM 22's model is known to be wrong for it. Only znver5
/// was measured by the project, the others follow what is published.
static constexpr PipelineOverride pipelineOverrides[] = {
    // LLVM gives znver5 the model of Zen 4, whose 256-bit units take two cycles
    // for a zmm. With K independent zmm chains a Zen 5 server measures 0.25 * K
    // FMAs per cycle up to 2.
    {"znver5", "avx512_f32", 2, 4, "measured; LLVM borrows Zen 4's model"},
    {"znver5", "avx512_f64", 2, 4, "taken to be as avx512_f32, not measured"},
    // Two chains of vdpbf16ps on zmm at a time, each of six cycles.
    {"znver5", "avx512_bf16", 2, 6, "measured"},
    // As many vpdpbusd and vpdpwssd start on zmm, those of four cycles.
    {"znver5", "avx512vnni_u8", 2, 4, "measured; LLVM borrows Zen 4's model"},
    {"znver5", "avxvnni_u8", 2, 4, "measured; LLVM borrows Zen 4's model"},
    {"znver5", "avx512vnni_i8", 2, 0, "measured; LLVM borrows Zen 4's model"},
    {"znver5", "avx512vnni_i16", 2, 0, "measured; LLVM borrows Zen 4's model"},
    // LLVM's IceLake and SapphireRapids models know one zmm pipe (ports 0 and 1
    // fused), as clients have. Xeons have a second one on port 5.
    {"icelake-server sapphirerapids emeraldrapids graniterapids "
     "graniterapids-d",
     "avx512_f32", 2, 0, "servers have a second zmm pipe on port 5"},
    {"icelake-server sapphirerapids emeraldrapids graniterapids "
     "graniterapids-d",
     "avx512_f64", 2, 0, "servers have a second zmm pipe on port 5"},
    // LLVM gives these the model of Cortex-A57. Arm's Software Optimization
    // Guides, ASIMD FP multiply accumulate: latency 4 (2 from accumulator to
    // accumulator), throughput 2.
    {"cortex-a76 cortex-a76ae cortex-a77 cortex-a78 cortex-a78ae cortex-a78c",
     "neon_f32", 2, 2,
     "Arm optimization guide: 4 cycles, 2 into the accumulator"},
    {"cortex-a76 cortex-a76ae cortex-a77 cortex-a78 cortex-a78ae cortex-a78c",
     "neon_f64", 2, 2,
     "Arm optimization guide: 4 cycles, 2 into the accumulator"},
    // LLVM gives these the model of Cyclone (2013). Firestorm is known to have
    // four 128-bit pipes of four cycles; its successors are taken to be no
    // worse.
    {"apple-a14 apple-m1 apple-a15 apple-m2 apple-a16 apple-m3 apple-a17 "
     "apple-m4 apple-a18 apple-m5 apple-a19",
     "neon_f32", 4, 4,
     "Firestorm has four pipes; LLVM borrows Cyclone's model"},
    {"apple-a14 apple-m1 apple-a15 apple-m2 apple-a16 apple-m3 apple-a17 "
     "apple-m4 apple-a18 apple-m5 apple-a19",
     "neon_f64", 4, 4,
     "Firestorm has four pipes; LLVM borrows Cyclone's model"},
};

static constexpr int64_t operator""_KiB(unsigned long long n) {
  return static_cast<int64_t>(n) << 10;
}
static constexpr int64_t operator""_MiB(unsigned long long n) {
  return static_cast<int64_t>(n) << 20;
}

/// As the vendors publish them. Where a size is the integrator's choice it is
/// the one of common parts: Intel's and Arm's L3, Arm's L1 and L2. AMD's L3 is
/// of one core complex.
static constexpr CacheSizes cacheSizes[] = {
    {"haswell broadwell core-avx2 core-4th-gen-avx core-4th-gen-avx-tsx "
     "core-5th-gen-avx core-5th-gen-avx-tsx",
     32_KiB, 8, 256_KiB, 8_MiB, "published by Intel; L3 of a desktop part"},
    {"skylake", 32_KiB, 8, 256_KiB, 8_MiB,
     "published by Intel; L3 of a desktop part"},
    {"skylake-avx512 skx cascadelake cooperlake", 32_KiB, 8, 1_MiB, 22_MiB,
     "published by Intel; L3 of a 16-core part"},
    {"icelake-client", 48_KiB, 12, 512_KiB, 8_MiB, "published by Intel"},
    {"icelake-server", 48_KiB, 12, 1280_KiB, 48_MiB,
     "published by Intel; L3 of a 32-core part"},
    {"tigerlake", 48_KiB, 12, 1280_KiB, 12_MiB, "published by Intel"},
    {"rocketlake", 48_KiB, 12, 512_KiB, 16_MiB, "published by Intel"},
    {"alderlake", 48_KiB, 12, 1280_KiB, 24_MiB,
     "published by Intel, performance core"},
    {"raptorlake meteorlake", 48_KiB, 12, 2_MiB, 24_MiB,
     "published by Intel, performance core"},
    {"sapphirerapids emeraldrapids graniterapids graniterapids-d", 48_KiB, 12,
     2_MiB, 60_MiB, "published by Intel; L3 of a 32-core part"},
    {"znver1", 32_KiB, 8, 512_KiB, 8_MiB, "published by AMD"},
    {"znver2", 32_KiB, 8, 512_KiB, 16_MiB, "published by AMD"},
    {"znver3", 32_KiB, 8, 512_KiB, 32_MiB, "published by AMD"},
    {"znver4", 32_KiB, 8, 1_MiB, 32_MiB, "published by AMD"},
    {"znver5", 48_KiB, 12, 1_MiB, 32_MiB, "published by AMD"},
    {"cortex-a53", 32_KiB, 4, 512_KiB, 0, "published by Arm, common part"},
    {"cortex-a57", 32_KiB, 2, 2_MiB, 0, "published by Arm, common part"},
    {"cortex-a72", 32_KiB, 2, 1_MiB, 0, "published by Arm, common part"},
    {"cortex-a76 cortex-a76ae cortex-a77", 64_KiB, 4, 512_KiB, 2_MiB,
     "published by Arm, common part"},
    {"neoverse-n1 neoverse-v1", 64_KiB, 4, 1_MiB, 32_MiB,
     "published by Arm, common part"},
    {"neoverse-n2 neoverse-v2", 64_KiB, 4, 1_MiB, 32_MiB,
     "published by Arm, common part"},
    {"a64fx", 64_KiB, 4, 8_MiB, 0, "published by Fujitsu"},
};

static constexpr LoadPorts loadPorts[] = {
    {"cortex-a53 cortex-a55 cortex-a57 cortex-a72", 1, 0, "one load pipe"},
    {"neoverse-v1 neoverse-v2", 3, 0, "three load pipes"},
    // A loop of vmovups loads two ymm or one zmm per cycle.
    {"znver4", 2, 32, "measured; two loads of 256 bits"},
    {"znver1", 2, 16, "published by AMD; two loads of 128 bits"},
};

/// In the order of MachineRates.def. `conv-tune --measure-machine --machine`
/// measures them.
static constexpr MachineRates machineRates[] = {
    {"znver5",
     {1.25, 2,   0.08, 1,    0.5, 64,                 // in the core
      30,   0.1, 0.3,  1.25, 6,   6,  800, 32, 16, 4, // caches and memory
      1.5,  1.3, 10,                                  // copies of the image
      10000},                                         // threads
     "measured on an EPYC server; docs/model.md"},
};

/// The first that fits, the widest first. Without FMA, LLVM multiplies and adds
/// by two instructions, of four cycles each on CPUs with vectors; one pair per
/// cycle is what all of these reach.
static constexpr BaselinePipeline baselines[] = {
    {llvm::Triple::x86_64, "avx", 8, 16, 1, 8, "AVX without FMA"},
    {llvm::Triple::x86_64, "sse", 4, 16, 1, 8, "SSE, no FMA"},
    {llvm::Triple::x86, "avx", 8, 8, 1, 8, "AVX without FMA"},
    {llvm::Triple::x86, "sse", 4, 8, 1, 8, "SSE, no FMA"},
    {llvm::Triple::arm, "neon", 4, 16, 1, 8, "NEON of 32-bit Arm"},
    {llvm::Triple::thumb, "neon", 4, 16, 1, 8, "NEON of 32-bit Arm"},
    {llvm::Triple::arm, "", 1, 32, 1, 4, "no vectors of f32"},
    {llvm::Triple::thumb, "", 1, 32, 1, 4, "no vectors of f32"},
    {llvm::Triple::riscv64, "", 1, 32, 1, 4, "no vectors of f32"},
    {llvm::Triple::riscv32, "", 1, 32, 1, 4, "no vectors of f32"},
    {llvm::Triple::UnknownArch, "", 1, 16, 1, 4, "no vectors known"},
};

/// Every row of a table says where it comes from.
template <typename RowT, size_t n>
static constexpr bool haveReasons(const RowT (&rows)[n]) {
  for (const RowT &row : rows)
    if (row.cpus.empty() || row.reason.empty())
      return false;
  return true;
}
static_assert(haveReasons(pipelineOverrides) && haveReasons(cacheSizes) &&
                  haveReasons(loadPorts) && haveReasons(machineRates),
              "a row has no source");

static constexpr CacheSizes x86Default = {"", 32_KiB, 8, 256_KiB, 0, ""};
static constexpr CacheSizes genericDefault = {"", 32_KiB, 4, 512_KiB, 0, ""};

/// The first row whose list names `cpu` and which `accepts` takes. x86 has
/// second spellings with underscores.
template <typename RowT>
static const RowT *findRow(
    llvm::ArrayRef<RowT> rows, StringRef cpu,
    llvm::function_ref<bool(const RowT &)> accepts = [](const RowT &) {
      return true;
    }) {
  std::string name = cpu.str();
  llvm::replace(name, '_', '-');
  const RowT *row = llvm::find_if(rows, [&](const RowT &candidate) {
    return llvm::is_contained(llvm::split(candidate.cpus, ' '), name) &&
           accepts(candidate);
  });
  return row == rows.end() ? nullptr : row;
}

const PipelineOverride *
mlir::conv::findPipelineOverride(StringRef cpu, StringRef instruction) {
  return findRow<PipelineOverride>(pipelineOverrides, cpu,
                                   [&](const PipelineOverride &row) {
                                     return row.instruction == instruction;
                                   });
}

const BaselinePipeline &
mlir::conv::getBaseline(llvm::Triple::ArchType arch,
                        llvm::function_ref<bool(llvm::StringRef feature)> has) {
  return *llvm::find_if(baselines, [&](const BaselinePipeline &row) {
    return (row.arch == arch || row.arch == llvm::Triple::UnknownArch) &&
           (row.feature.empty() || has(row.feature));
  });
}

const CacheSizes *mlir::conv::findCacheSizes(StringRef cpu) {
  return findRow(llvm::ArrayRef(cacheSizes), cpu);
}

const LoadPorts *mlir::conv::findLoadPorts(StringRef cpu) {
  return findRow(llvm::ArrayRef(loadPorts), cpu);
}

const MachineRates *mlir::conv::findMachineRates(StringRef cpu) {
  return findRow(llvm::ArrayRef(machineRates), cpu);
}

const CacheSizes &
mlir::conv::getDefaultCacheSizes(llvm::Triple::ArchType arch) {
  return arch == llvm::Triple::x86_64 || arch == llvm::Triple::x86
             ? x86Default
             : genericDefault;
}
