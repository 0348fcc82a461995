//===- TargetQuery.cpp - Questions to LLVM about a target -----------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetQuery.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSchedule.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/RISCVTargetParser.h"

#include <map>

using namespace mlir::conv;
using llvm::Expected;
using llvm::MCInst;
using llvm::MCInstrDesc;
using llvm::MCInstrInfo;
using llvm::MCOperand;
using llvm::MCRegisterInfo;
using llvm::MCSchedClassDesc;
using llvm::MCSchedModel;
using llvm::MCSubtargetInfo;
using llvm::StringRef;
using llvm::Triple;

template <typename... ArgsT>
static llvm::Error makeError(const ArgsT &...args) {
  std::string text;
  llvm::raw_string_ostream os(text);
  (os << ... << args);
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

//===----------------------------------------------------------------------===//
// Triple, CPU, features
//===----------------------------------------------------------------------===//

static void initializeTargets() {
  static const bool once = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    return true;
  }();
  (void)once;
}

static Triple getHostTriple() {
  return Triple(Triple::normalize(llvm::sys::getProcessTriple()));
}

static std::unique_ptr<MCSubtargetInfo>
createBareSubtarget(const FoundTarget &found) {
  return std::unique_ptr<MCSubtargetInfo>(
      found.target->createMCSubtargetInfo(found.triple, "", ""));
}

static bool isKnownCPU(const FoundTarget &found) {
  // One table serves both widths of RISC-V; a CPU of the wrong one stops LLVM.
  // "generic" is not in the parser's list; it means the triple's width.
  if (found.triple.isRISCV() && found.cpu != "generic" &&
      !llvm::RISCV::parseCPU(found.cpu, found.triple.isRISCV64()))
    return false;
  std::unique_ptr<MCSubtargetInfo> bare = createBareSubtarget(found);
  if (!bare || !bare->isCPUStringValid(found.cpu))
    return false;
  // Likewise for x86, where the old CPUs have no 64-bit mode.
  if (!found.triple.isArch64Bit() || !found.triple.isX86())
    return true;
  return hasFeature(*createSubtarget(found, ""), "64bit");
}

static Expected<FoundTarget> lookupTriple(const Triple &triple, StringRef cpu) {
  FoundTarget found;
  std::string ignored;
  found.triple = triple;
  found.cpu = cpu.str();
  found.target = llvm::TargetRegistry::lookupTarget(triple, ignored);
  if (!found.target || !createBareSubtarget(found))
    return makeError("unknown target triple '", triple.str(),
                     "'; give triple= as LLVM spells it, for example "
                     "x86_64-pc-linux-gnu or aarch64-linux-gnu");
  found.cpuKnown = isKnownCPU(found);
  return found;
}

/// Tries the architectures the project generates code for, the host's first.
static Expected<FoundTarget> findTripleOfCPU(StringRef cpu) {
  Expected<FoundTarget> onHost = lookupTriple(getHostTriple(), cpu);
  if (!onHost || onHost->cpuKnown)
    return onHost;
  for (StringRef name :
       {"x86_64-pc-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu"}) {
    Expected<FoundTarget> found =
        lookupTriple(Triple(Triple::normalize(name)), cpu);
    // An LLVM built without that target is no reason to fail.
    if (!found)
      llvm::consumeError(found.takeError());
    else if (found->cpuKnown)
      return found;
  }
  return onHost;
}

Expected<FoundTarget> mlir::conv::findTarget(StringRef cpu,
                                             StringRef tripleName) {
  initializeTargets();
  Triple host = getHostTriple();
  Triple triple =
      tripleName.empty() ? host : Triple(Triple::normalize(tripleName));
  bool isHostArch = triple.getArch() == host.getArch();
  if (cpu == "native" && !isHostArch)
    return makeError("cpu 'native' is not of triple '", triple.str(),
                     "'; give the name of a CPU");
  if (tripleName.empty() && !cpu.empty() && cpu != "native")
    return findTripleOfCPU(cpu);
  bool onHost = isHostArch && (cpu.empty() || cpu == "native");
  StringRef name = onHost        ? llvm::sys::getHostCPUName()
                   : cpu.empty() ? StringRef("generic")
                                 : cpu;
  Expected<FoundTarget> found = lookupTriple(triple, name);
  if (found) {
    found->isHost = onHost;
    found->tripleGiven = !tripleName.empty();
  }
  return found;
}

llvm::Error mlir::conv::makeUnknownCPUError(const FoundTarget &found) {
  std::string where = found.tripleGiven
                          ? "for '" + found.triple.str() + "'"
                          : "for the host, x86_64, aarch64 or riscv64";
  return makeError("unknown CPU '", found.cpu, "' ", where,
                   "; give cpu= (and triple=) as LLVM spells them (llc "
                   "-mtriple=TRIPLE -mcpu=help lists them), or describe the "
                   "machine with n-fma= l-fma= n-vec= n-reg=");
}

static const llvm::SubtargetFeatureKV *
findFeature(const MCSubtargetInfo &subtarget, StringRef name) {
  auto features = subtarget.getAllProcessorFeatures();
  const auto *it = llvm::lower_bound(features, name);
  return it != features.end() && name == it->Key ? it : nullptr;
}

bool mlir::conv::hasFeature(const MCSubtargetInfo &subtarget, StringRef name) {
  const llvm::SubtargetFeatureKV *feature = findFeature(subtarget, name);
  return feature && subtarget.hasFeature(feature->Value);
}

Expected<std::string> mlir::conv::resolveFeatures(const FoundTarget &found,
                                                  StringRef user) {
  std::unique_ptr<MCSubtargetInfo> bare = createBareSubtarget(found);
  std::vector<std::string> result;
  if (found.isHost) {
    std::map<std::string, bool> sorted;
    for (const auto &entry : llvm::sys::getHostCPUFeatures())
      if (findFeature(*bare, entry.getKey()))
        sorted.emplace(entry.getKey(), entry.getValue());
    for (const auto &[name, enabled] : sorted)
      result.push_back((enabled ? "+" : "-") + name);
  }
  for (StringRef feature : llvm::split(user, ',')) {
    feature = feature.trim();
    if (feature.empty())
      continue;
    StringRef name = feature.drop_front();
    if (!llvm::is_contained({'+', '-'}, feature.front()) ||
        !findFeature(*bare, name))
      return makeError("unknown target feature '", feature, "' for '",
                       found.triple.str(),
                       "'; give features= as +NAME or -NAME with LLVM's names");
    result.push_back(feature.str());
  }
  return llvm::join(result, ",");
}

std::unique_ptr<MCSubtargetInfo>
mlir::conv::createSubtarget(const FoundTarget &found, StringRef features) {
  return std::unique_ptr<MCSubtargetInfo>(
      found.target->createMCSubtargetInfo(found.triple, found.cpu, features));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

/// Bits of the shortest vector register the features promise. TTI assumes
/// LMUL 2 and would say twice that.
static int64_t getRISCVVectorBits(const MCSubtargetInfo &subtarget) {
  if (!hasFeature(subtarget, "zve32f"))
    return 0;
  for (int64_t bits = 65536; bits > 32; bits /= 2)
    if (hasFeature(subtarget, "zvl" + std::to_string(bits) + "b"))
      return bits;
  return 32;
}

bool mlir::conv::hasInstruction(const MCSubtargetInfo &subtarget,
                                const Instruction &row) {
  if (row.family == TargetFamily::Any)
    return true;
  return row.family == getFamily(subtarget.getTargetTriple()) &&
         llvm::all_of(llvm::split(row.features, ' '), [&](StringRef feature) {
           return hasFeature(subtarget, feature);
         });
}

const Instruction *mlir::conv::findWidestFMA(const MCSubtargetInfo &subtarget) {
  // The widest the instruction set has, even where LLVM's tuning prefers 256
  // bits: an explicit vector<16xf32> becomes a zmm in any case.
  for (const Instruction &row : getInstructions())
    if (row.family != TargetFamily::Any && row.isPlainF32() &&
        hasInstruction(subtarget, row))
      return &row;
  return nullptr;
}

int64_t mlir::conv::getVectorLanes(const MCSubtargetInfo &subtarget) {
  const Instruction *row = findWidestFMA(subtarget);
  if (!row)
    return 0;
  return row->n != 0 ? row->n
                     : getRISCVVectorBits(subtarget) / getBits(row->types.acc);
}

int64_t mlir::conv::getVectorRegisters(const MCSubtargetInfo &subtarget,
                                       int64_t lanes) {
  if (!subtarget.getTargetTriple().isX86())
    return 32;
  // Without 64-bit mode the encodings have no room for more.
  if (!subtarget.getTargetTriple().isArch64Bit())
    return 8;
  bool evex = hasFeature(subtarget, "avx512vl") ||
              (hasFeature(subtarget, "avx512f") && lanes >= 16);
  return evex ? 32 : 16;
}

//===----------------------------------------------------------------------===//
// Scheduling model
//===----------------------------------------------------------------------===//

const Instruction *mlir::conv::findFMA(const MCSubtargetInfo &subtarget,
                                       int64_t lanes) {
  const Instruction *widest = findWidestFMA(subtarget), *best = widest;
  if (!widest)
    return nullptr;
  for (const Instruction &row : getInstructions())
    if (row.family == widest->family && row.isPlainF32() &&
        row.n >= std::min(lanes, widest->n) && row.n <= best->n &&
        hasInstruction(subtarget, row))
      best = &row;
  return best;
}

static std::optional<unsigned> findOpcode(const MCInstrInfo &instrs,
                                          StringRef name) {
  for (unsigned opcode = 0, e = instrs.getNumOpcodes(); opcode < e; ++opcode)
    if (instrs.getName(opcode) == name)
      return opcode;
  return std::nullopt;
}

/// An instruction with distinct registers and zero immediates, for predicates
/// of variant scheduling classes to look at.
static MCInst makeInstruction(unsigned opcode, const MCInstrInfo &instrs,
                              const MCRegisterInfo &registers,
                              unsigned hwMode) {
  MCInst inst;
  inst.setOpcode(opcode);
  for (auto [index, operand] : llvm::enumerate(instrs.get(opcode).operands())) {
    if (operand.OperandType != llvm::MCOI::OPERAND_REGISTER &&
        operand.RegClass < 0) {
      inst.addOperand(MCOperand::createImm(0));
      continue;
    }
    const auto &regClass =
        registers.getRegClass(instrs.getOpRegClassID(operand, hwMode));
    unsigned last = regClass.getNumRegs() - 1;
    inst.addOperand(MCOperand::createReg(
        regClass.getRegister(std::min<unsigned>(index, last))));
  }
  return inst;
}

/// The class the CPU gives the instruction, or null.
static const MCSchedClassDesc *
resolveSchedClass(const FoundTarget &found, const MCSubtargetInfo &subtarget,
                  const MCInstrInfo &instrs, unsigned opcode) {
  const MCSchedModel &model = subtarget.getSchedModel();
  unsigned index = instrs.get(opcode).getSchedClass();
  const MCSchedClassDesc *desc = model.getSchedClassDesc(index);
  if (desc->isValid() && desc->isVariant()) {
    std::unique_ptr<MCRegisterInfo> registers(
        found.target->createMCRegInfo(found.triple));
    MCInst inst =
        makeInstruction(opcode, instrs, *registers,
                        subtarget.getHwMode(MCSubtargetInfo::HwMode_RegInfo));
    // A variant may resolve to a variant; 0 means that no predicate holds.
    while (index && desc->isVariant()) {
      index = subtarget.resolveVariantSchedClass(index, &inst, &instrs,
                                                 model.getProcessorID());
      desc = model.getSchedClassDesc(index);
    }
    if (!index)
      return nullptr;
  }
  return desc->isValid() ? desc : nullptr;
}

/// How many cycles after the start of the instruction its accumulator is read.
static int64_t getAccumulatorAdvance(const MCSubtargetInfo &subtarget,
                                     const MCInstrDesc &instr,
                                     const MCSchedClassDesc &desc) {
  if (!desc.NumWriteLatencyEntries)
    return 0;
  for (unsigned i = instr.getNumDefs(), e = instr.getNumOperands(); i < e; ++i)
    if (instr.getOperandConstraint(i, llvm::MCOI::TIED_TO) == 0)
      return subtarget.getReadAdvanceCycles(
          &desc, i - instr.getNumDefs(),
          subtarget.getWriteLatencyEntry(&desc, 0)->WriteResourceID);
  return 0;
}

std::optional<FMATiming>
mlir::conv::getFMATiming(const FoundTarget &found,
                         const MCSubtargetInfo &subtarget,
                         const Instruction &row) {
  // "generic" borrows some CPU's model where it has one: that says nothing
  // about the machine the code will run on.
  if (StringRef(found.cpu).starts_with("generic") ||
      !subtarget.getSchedModel().hasInstrSchedModel())
    return std::nullopt;
  std::unique_ptr<MCInstrInfo> instrs(found.target->createMCInstrInfo());
  std::optional<unsigned> opcode = findOpcode(*instrs, row.opcode);
  if (!opcode)
    return std::nullopt;
  const MCSchedClassDesc *desc =
      resolveSchedClass(found, subtarget, *instrs, *opcode);
  if (!desc)
    return std::nullopt;

  double reciprocal = MCSchedModel::getReciprocalThroughput(subtarget, *desc);
  int64_t latency = MCSchedModel::computeInstrLatency(subtarget, *desc);
  // A multiplication and addition of one cycle marks a model that was never
  // filled in.
  if (reciprocal <= 0 || latency <= 1)
    return std::nullopt;
  int64_t advance =
      getAccumulatorAdvance(subtarget, instrs->get(*opcode), *desc);
  return FMATiming{1 / reciprocal, latency,
                   std::max<int64_t>(latency - advance, 1)};
}
