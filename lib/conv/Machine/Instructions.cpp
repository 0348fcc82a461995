//===- Instructions.cpp - The instructions that multiply and add ----------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Machine/Instructions.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

using Family = TargetFamily;

static constexpr FactorTypes f32;
static constexpr FactorTypes f64{ElementKind::F64, ElementKind::F64,
                                 ElementKind::F64};
static constexpr FactorTypes f16{ElementKind::F16, ElementKind::F16,
                                 ElementKind::F32};
static constexpr FactorTypes bf16{ElementKind::BF16, ElementKind::BF16,
                                  ElementKind::F32};
static constexpr FactorTypes i8{ElementKind::I8, ElementKind::I8,
                                ElementKind::I32};
static constexpr FactorTypes u8{ElementKind::U8, ElementKind::I8,
                                ElementKind::I32};
static constexpr FactorTypes i16{ElementKind::I16, ElementKind::I16,
                                 ElementKind::I32};

/// A choice takes the first row that serves: what is wide, and what a target
/// has of its own, stands before what every target can do.
static constexpr Instruction table[] = {
    // x86. EVEX instructions broadcast an operand in memory themselves.
    {"avx512_f32", Family::X86, 1, 16, 1, f32, ElementKind::F32,
     Broadcast::Memory, "avx512f", InstructionForm::Generic, "",
     "VFMADD231PSZr"},
    {"avx512_bf16", Family::X86, 1, 16, 2, bf16, ElementKind::BF16,
     Broadcast::Memory, "avx512bf16", InstructionForm::IntrinsicAccBA,
     "llvm.x86.avx512bf16.dpbf16ps.512", "VDPBF16PSZr"},
    {"fma3_f32", Family::X86, 1, 8, 1, f32, ElementKind::F32, Broadcast::Splat,
     "fma", InstructionForm::Generic, "", "VFMADD231PSYr"},
    {"fma3_f32_xmm", Family::X86, 1, 4, 1, f32, ElementKind::F32,
     Broadcast::Splat, "fma", InstructionForm::Generic, "", "VFMADD231PSr"},
    {"avx512_f64", Family::X86, 1, 8, 1, f64, ElementKind::F64,
     Broadcast::Memory, "avx512f", InstructionForm::Generic, "",
     "VFMADD231PDZr"},
    {"fma3_f64", Family::X86, 1, 4, 1, f64, ElementKind::F64, Broadcast::Splat,
     "fma", InstructionForm::Generic, "", "VFMADD231PDYr"},
    // Sums of four products of bytes. The operand that may be in memory is the
    // signed one: unsigned scalars are broadcast apart.
    {"avx512vnni_u8", Family::X86, 1, 16, 4, u8, ElementKind::I8,
     Broadcast::Splat, "avx512vnni", InstructionForm::IntrinsicAccAB,
     "llvm.x86.avx512.vpdpbusd.512", "VPDPBUSDZrr"},
    {"avxvnni_u8", Family::X86, 1, 8, 4, u8, ElementKind::I8, Broadcast::Splat,
     "avxvnni", InstructionForm::IntrinsicAccAB, "llvm.x86.avx512.vpdpbusd.256",
     "VPDPBUSDYrr"},
    {"avxvnniint8_i8", Family::X86, 1, 8, 4, i8, ElementKind::I8,
     Broadcast::Splat, "avxvnniint8", InstructionForm::IntrinsicAccBA,
     "llvm.x86.avx2.vpdpbssd.256", "VPDPBSSDYrr"},
    // Sums of two products of i16, which bytes are extended to: of bytes no
    // multiplication is exact that adds within 16 bits.
    {"avx512vnni_i8", Family::X86, 1, 16, 2, i8, ElementKind::I16,
     Broadcast::Memory, "avx512vnni", InstructionForm::IntrinsicAccBA,
     "llvm.x86.avx512.vpdpwssd.512", "VPDPWSSDZrr"},
    {"avx512_i8", Family::X86, 1, 16, 2, i8, ElementKind::I16,
     Broadcast::Memory, "avx512bw", InstructionForm::IntrinsicThenAdd,
     "llvm.x86.avx512.pmaddw.d.512", "VPMADDWDZrr"},
    {"avxvnni_i8", Family::X86, 1, 8, 2, i8, ElementKind::I16, Broadcast::Splat,
     "avxvnni", InstructionForm::IntrinsicAccBA, "llvm.x86.avx512.vpdpwssd.256",
     "VPDPWSSDYrr"},
    {"avx2_i8", Family::X86, 1, 8, 2, i8, ElementKind::I16, Broadcast::Splat,
     "avx2", InstructionForm::IntrinsicThenAdd, "llvm.x86.avx2.pmadd.wd",
     "VPMADDWDYrr"},
    {"avx512_u8", Family::X86, 1, 16, 2, u8, ElementKind::I16,
     Broadcast::Memory, "avx512bw", InstructionForm::IntrinsicThenAdd,
     "llvm.x86.avx512.pmaddw.d.512", "VPMADDWDZrr"},
    {"avx2_u8", Family::X86, 1, 8, 2, u8, ElementKind::I16, Broadcast::Splat,
     "avx2", InstructionForm::IntrinsicThenAdd, "llvm.x86.avx2.pmadd.wd",
     "VPMADDWDYrr"},
    {"avx512vnni_i16", Family::X86, 1, 16, 2, i16, ElementKind::I16,
     Broadcast::Memory, "avx512vnni", InstructionForm::IntrinsicAccBA,
     "llvm.x86.avx512.vpdpwssd.512", "VPDPWSSDZrr"},
    {"avx512_i16", Family::X86, 1, 16, 2, i16, ElementKind::I16,
     Broadcast::Memory, "avx512bw", InstructionForm::IntrinsicThenAdd,
     "llvm.x86.avx512.pmaddw.d.512", "VPMADDWDZrr"},
    {"avxvnni_i16", Family::X86, 1, 8, 2, i16, ElementKind::I16,
     Broadcast::Splat, "avxvnni", InstructionForm::IntrinsicAccBA,
     "llvm.x86.avx512.vpdpwssd.256", "VPDPWSSDYrr"},
    {"avx2_i16", Family::X86, 1, 8, 2, i16, ElementKind::I16, Broadcast::Splat,
     "avx2", InstructionForm::IntrinsicThenAdd, "llvm.x86.avx2.pmadd.wd",
     "VPMADDWDYrr"},

    // AArch64. FMLA multiplies by a lane of a register.
    {"neon_f32", Family::AArch64, 1, 4, 1, f32, ElementKind::F32,
     Broadcast::Lane, "neon", InstructionForm::Generic, "", "FMLAv4f32"},
    {"neon_f64", Family::AArch64, 1, 2, 1, f64, ElementKind::F64,
     Broadcast::Lane, "neon", InstructionForm::Generic, "", "FMLAv2f64"},
    {"neon_bfdot", Family::AArch64, 1, 4, 2, bf16, ElementKind::BF16,
     Broadcast::Splat, "bf16", InstructionForm::IntrinsicAccBA,
     "llvm.aarch64.neon.bfdot", "BFDOTv8bf16"},
    {"neon_sdot", Family::AArch64, 1, 4, 4, i8, ElementKind::I8,
     Broadcast::Splat, "dotprod", InstructionForm::IntrinsicAccBA,
     "llvm.aarch64.neon.sdot", "SDOTv16i8"},
    {"neon_usdot", Family::AArch64, 1, 4, 4, u8, ElementKind::I8,
     Broadcast::Splat, "i8mm", InstructionForm::IntrinsicAccAB,
     "llvm.aarch64.neon.usdot", "USDOTv16i8"},

    // RISC-V: as many lanes as a register of the target holds. Plain
    // VFMACC_VV is modelled as LMUL 8.
    {"rvv_f32", Family::RISCV, 1, 0, 1, f32, ElementKind::F32, Broadcast::Splat,
     "zve32f", InstructionForm::Generic, "", "PseudoVFMACC_VV_M1_E32"},
    {"rvv_f64", Family::RISCV, 1, 0, 1, f64, ElementKind::F64, Broadcast::Splat,
     "zve64d", InstructionForm::Generic, "", "PseudoVFMACC_VV_M1_E64"},

    // What LLVM makes of them is a matter of the target.
    {"f32", Family::Any, 1, 0, 1, f32, ElementKind::F32, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"f64", Family::Any, 1, 0, 1, f64, ElementKind::F64, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"bf16", Family::Any, 1, 0, 1, bf16, ElementKind::F32, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"f16", Family::Any, 1, 0, 1, f16, ElementKind::F32, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"i8", Family::Any, 1, 0, 1, i8, ElementKind::I16, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"u8", Family::Any, 1, 0, 1, u8, ElementKind::I16, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
    {"i16", Family::Any, 1, 0, 1, i16, ElementKind::I16, Broadcast::Splat, "",
     InstructionForm::Generic, "", ""},
};

/// Whether the parts of a row fit each other.
static constexpr bool isConsistent(const Instruction &row) {
  bool generic = row.form == InstructionForm::Generic;
  bool shape = row.m == 1 && row.n >= 0 && (row.n & (row.n - 1)) == 0 &&
               (row.k == 1 || row.k == 2 || row.k == 4);
  // A vector of steps fits the register that the sums fill.
  bool widths = getBits(row.types.a) == getBits(row.types.b) &&
                getBits(row.types.b) <= getBits(row.multiplied) &&
                row.k * getBits(row.multiplied) <= getBits(row.types.acc) &&
                isFloat(row.types.b) == isFloat(row.multiplied);
  // Only what the target is known to have may be said in its own words.
  bool operation = generic == row.intrinsic.empty() &&
                   (generic || (!row.features.empty() && row.n != 0));
  bool target = (row.family == Family::Any) == row.features.empty();
  return !row.name.empty() && shape && widths && operation && target;
}

static constexpr bool isConsistent() {
  for (const Instruction &row : table)
    if (!isConsistent(row))
      return false;
  return true;
}
static_assert(isConsistent(), "a row of the table contradicts itself");

ArrayRef<Instruction> mlir::conv::getInstructions() { return table; }

const Instruction *mlir::conv::findInstruction(StringRef name) {
  const auto *row = llvm::find_if(
      table, [&](const Instruction &row) { return row.name == name; });
  return row == std::end(table) ? nullptr : row;
}

const Instruction *mlir::conv::findInstruction(ScheduleAttr schedule) {
  return findInstruction(schedule.getFma());
}

std::optional<std::string>
mlir::conv::findInstructionObstacle(ScheduleAttr schedule) {
  const Instruction *row = findInstruction(schedule);
  if (!row)
    return llvm::formatv("fma = {0} names no instruction", schedule.getFma())
        .str();
  if (row->n != 0 && row->n != schedule.getNVec())
    return llvm::formatv("fma = {0} has {1} lanes, not n_vec = {2}", row->name,
                         row->n, schedule.getNVec())
        .str();
  return std::nullopt;
}

bool mlir::conv::hasInstruction(MachineAttr machine, const Instruction &row) {
  return row.family == TargetFamily::Any || row.isPlainF32() ||
         llvm::any_of(machine.getFmas(), [&](FmaRateAttr rate) {
           return rate.getFma() == row.name;
         });
}

int64_t Instruction::getSlots() const {
  switch (form) {
  case InstructionForm::Generic:
    return isFloat(types.acc) ? k : 2 * k;
  // Additions of integers run beside multiplications.
  case InstructionForm::IntrinsicAccBA:
  case InstructionForm::IntrinsicAccAB:
  case InstructionForm::IntrinsicThenAdd:
    return 1;
  }
  llvm_unreachable("not a form");
}

/// Bits of the machine's vectors.
static int64_t getVectorBits(MachineAttr machine) {
  return machine.getNVec() * getBits(ElementKind::F32);
}

SmallVector<const Instruction *, 2>
mlir::conv::getInstructionsFor(const FactorTypes &types, MachineAttr machine) {
  // The machine's own rates are those of f32, whatever its row is.
  if (types == FactorTypes())
    return {findInstruction("f32")};
  SmallVector<const Instruction *, 2> rows;
  auto addRows = [&](auto computes) {
    for (const Instruction &row : table) {
      bool fits = row.n * getBits(row.types.acc) <= getVectorBits(machine);
      bool isFirst = llvm::none_of(
          rows, [&](const Instruction *other) { return other->k == row.k; });
      if (computes(row) && fits && isFirst && hasInstruction(machine, row))
        rows.push_back(&row);
    }
  };
  addRows([&](const Instruction &row) { return row.types == types; });
  addRows([&](const Instruction &row) { return row.rebases(types); });
  return rows;
}

const Instruction *mlir::conv::findInstructionOfLanes(const Instruction &row,
                                                      int64_t lanes,
                                                      MachineAttr machine) {
  if (row.n == 0 || row.n == lanes)
    return &row;
  if (row.form != InstructionForm::Generic)
    return nullptr;
  // The table has what every target takes last.
  const auto *found = llvm::find_if(table, [&](const Instruction &other) {
    return other.form == row.form && other.types == row.types &&
           other.k == row.k && (other.n == 0 || other.n == lanes) &&
           hasInstruction(machine, other);
  });
  return found == std::end(table) ? nullptr : found;
}

const Instruction *mlir::conv::findBestInstruction(const FactorTypes &types) {
  const Instruction *best = nullptr;
  for (const Instruction &row : table)
    if (row.types == types && (!best || row.getRate() > best->getRate()))
      best = &row;
  return best;
}

MachineAttr mlir::conv::getMachineFor(const Instruction &row, MachineAttr m) {
  if (row.isPlainF32())
    return m;
  int64_t lanes = row.n;
  if (lanes == 0)
    lanes = std::max<int64_t>(getVectorBits(m) / getBits(row.types.acc), 1);
  int64_t perCycle = m.getNFma(), latency = m.getLFma();
  for (FmaRateAttr rate : m.getFmas())
    if (rate.getFma() == row.name) {
      perCycle = rate.getPerCycle();
      latency = rate.getLatency();
    }
  return MachineAttr::get(m.getContext(), perCycle, latency, lanes, m.getNReg(),
                          m.getLoads(), row.arrival, m.getL1(), m.getL1Ways(),
                          m.getL2(), m.getL3(), m.getThreads(), m.getRates(),
                          m.getFmas());
}

MachineAttr mlir::conv::getMachineFor(ScheduleAttr schedule,
                                      MachineAttr machine) {
  const Instruction *row = findInstruction(schedule);
  return row ? getMachineFor(*row, machine) : machine;
}

std::optional<ElementKind> mlir::conv::getElementKind(Type type) {
  return type.isF32()                 ? std::optional(ElementKind::F32)
         : type.isF64()               ? std::optional(ElementKind::F64)
         : type.isF16()               ? std::optional(ElementKind::F16)
         : type.isBF16()              ? std::optional(ElementKind::BF16)
         : type.isSignlessInteger(8)  ? std::optional(ElementKind::I8)
         : type.isSignlessInteger(16) ? std::optional(ElementKind::I16)
         : type.isSignlessInteger(32) ? std::optional(ElementKind::I32)
                                      : std::nullopt;
}

std::optional<FactorTypes> FactorTypes::fromTypes(Type a, Type b, Type acc,
                                                  bool isUnsignedA) {
  auto x = getElementKind(a), y = getElementKind(b), sum = getElementKind(acc);
  if (!x || !y || !sum || (isUnsignedA && *x != ElementKind::I8))
    return std::nullopt;
  if (isUnsignedA)
    x = ElementKind::U8;
  return FactorTypes{*x, *y, *sum};
}

static StringRef getName(ElementKind kind) {
  switch (kind) {
  case ElementKind::F64:
    return "f64";
  case ElementKind::F32:
    return "f32";
  case ElementKind::F16:
    return "f16";
  case ElementKind::BF16:
    return "bf16";
  case ElementKind::U8:
    return "u8";
  case ElementKind::I8:
    return "i8";
  case ElementKind::I16:
    return "i16";
  case ElementKind::I32:
    return "i32";
  }
  llvm_unreachable("not a kind of element");
}

std::string FactorTypes::str() const {
  return llvm::formatv("{0} x {1} -> {2}", getName(a), getName(b), getName(acc))
      .str();
}

Type mlir::conv::getElementType(ElementKind kind, MLIRContext *context) {
  Builder b(context);
  switch (kind) {
  case ElementKind::F64:
    return b.getF64Type();
  case ElementKind::F32:
    return b.getF32Type();
  case ElementKind::F16:
    return b.getF16Type();
  case ElementKind::BF16:
    return b.getBF16Type();
  case ElementKind::U8:
  case ElementKind::I8:
    return b.getI8Type();
  case ElementKind::I16:
    return b.getI16Type();
  case ElementKind::I32:
    return b.getI32Type();
  }
  llvm_unreachable("not a kind of element");
}

TargetFamily mlir::conv::getFamily(const llvm::Triple &triple) {
  return triple.isX86()       ? TargetFamily::X86
         : triple.isAArch64() ? TargetFamily::AArch64
         : triple.isRISCV()   ? TargetFamily::RISCV
                              : TargetFamily::Any;
}
