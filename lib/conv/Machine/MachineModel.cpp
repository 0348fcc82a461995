//===- MachineModel.cpp - N_fma, L_fma, N_vec and where from --------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineModel.h"

#include "conv/Machine/ByteShuffles.h"

#include "conv/Machine/MachineFields.h"
#include "conv/Machine/MachineFile.h"

#include "CPUTable.h"
#include "TargetQuery.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::conv;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;
using llvm::MCSubtargetInfo;

static Error makeError(const Twine &text) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

/// Sets a field nobody has set. Sources are asked in order of precedence.
static void fill(MachineField &field, int64_t value, const Twine &source) {
  if (field.source.empty() && value != 0)
    field = {value, source.str()};
}

/// Checks the fields that are set.
static Error checkFields(const MachineModel &model) {
  for (const MachineFieldInfo &info : getMachineFields()) {
    const MachineField &field = model.*info.field;
    if (field.source.empty())
      continue;
    if (field.value < info.low || field.value > info.high)
      return makeError(formatv("{0} = {1} (from: {2}) is outside [{3}, {4}]",
                               info.option, field.value, field.source, info.low,
                               info.high)
                           .str());
  }
  if (!model.nVec.source.empty() && !llvm::isPowerOf2_64(model.nVec.value))
    return makeError(formatv("n-vec = {0} (from: {1}) is not a power of two",
                             model.nVec.value, model.nVec.source)
                         .str());
  return Error::success();
}

static void fillFromOptions(MachineModel &model,
                            const MachineOptions &options) {
  for (const MachineFieldInfo &info : getHardwareFields())
    if (options.*info.given != kNotGiven)
      model.*info.field = {options.*info.given, "option"};
  model.threads = {options.threads,
                   options.threads == 1 ? "default" : "option"};
}

//===----------------------------------------------------------------------===//
// The machine file
//===----------------------------------------------------------------------===//

/// Reads the file that `options` names, if they do, for code for `cpu`.
static Error fillFromFile(MachineModel &model, const MachineOptions &options,
                          StringRef cpu) {
  if (options.machine.empty())
    return Error::success();
  Expected<MachineFile> file = readMachineFile(options.machine);
  if (!file)
    return file.takeError();
  std::string source = "machine file '" + options.machine + "'";
  if (!file->cpu.empty() && file->cpu != cpu)
    return makeError(source + " describes '" + file->cpu + "', not '" + cpu +
                     "'; give cpu=" + file->cpu + " or another file");
  // Zero is an answer here, unlike in options: a machine without an L3.
  for (const MachineFieldInfo &info : getHardwareFields()) {
    MachineField &field = model.*info.field;
    if (auto it = file->fields.find(info.name.str());
        it != file->fields.end() && field.source.empty())
      field = {it->second, source};
  }
  for (auto [rate, value] : llvm::zip(model.rates, file->rates))
    if (value)
      rate = {*value, source};
  return Error::success();
}

static void fillRates(MachineModel &model, StringRef cpu) {
  const MachineRates *row = findMachineRates(cpu);
  const LoadPorts *ports = findLoadPorts(cpu);
  RateField &bytes = model.rates[size_t(Rate::LoadBytes)];
  if (!row && ports && ports->bytes && bytes.source.empty())
    bytes = {double(ports->bytes), ("table (" + ports->reason + ")").str()};
  RateValues values = row ? row->values : getDefaultRates();
  std::string source =
      row ? ("table (" + row->reason + ")").str() : kFamilyDefault.str();
  for (auto [rate, value] : llvm::zip(model.rates, values))
    if (rate.source.empty())
      rate = {value, source};
}

RateValues MachineModel::getRateValues() const {
  RateValues values;
  llvm::transform(rates, values.begin(),
                  [](const RateField &rate) { return rate.value; });
  return values;
}

/// How the sources of a baseline begin.
static constexpr llvm::StringLiteral kBaseline = "default (";

bool MachineModel::hasBaselinePipeline() const {
  return StringRef(nFma.source).starts_with(kBaseline);
}

std::string MachineModel::getRatesSource() const {
  llvm::MapVector<StringRef, unsigned> counts;
  for (const RateField &rate : rates)
    ++counts[rate.source];
  if (counts.size() == 1)
    return counts.front().first.str();
  std::string text;
  llvm::ListSeparator comma;
  for (auto [source, count] : counts)
    text += formatv("{0}{1} for {2} of {3}", StringRef(comma), source, count,
                    kNumRates);
  return text;
}

//===----------------------------------------------------------------------===//
// The module's DLTI specification
//===----------------------------------------------------------------------===//

/// The non-negative integer at `key` of device "CPU", 0 when there is none.
static Expected<int64_t> queryDLTI(ModuleOp module, StringRef key) {
  FailureOr<Attribute> attr = dlti::query(module, {"CPU", key});
  if (failed(attr))
    return 0;
  if (auto integer = dyn_cast<IntegerAttr>(*attr)) {
    llvm::APInt value = integer.getValue();
    if (integer.getType().isUnsignedInteger())
      value = value.zext(value.getBitWidth() + 1);
    if (value.isNonNegative() && value.isSignedIntN(64))
      return value.getSExtValue();
  }
  return makeError("DLTI entry \"CPU\", \"" + key +
                   "\" must be a non-negative integer");
}

static Error fillFromDLTI(MachineModel &model, ModuleOp module) {
  if (!module || !module->hasAttr(DLTIDialect::kTargetSystemDescAttrName))
    return Error::success();
  // Upstream's documented keys, their obvious siblings, and the names of
  // #conv.machine for what upstream has no key for.
  static constexpr std::pair<StringRef, MachineField MachineModel::*> keys[] = {
      {"L1_cache_size_in_bytes", &MachineModel::l1},
      {"L1_cache_ways", &MachineModel::l1Ways},
      {"L2_cache_size_in_bytes", &MachineModel::l2},
      {"L3_cache_size_in_bytes", &MachineModel::l3},
      {"n_fma", &MachineModel::nFma},
      {"l_fma", &MachineModel::lFma},
      {"n_reg", &MachineModel::nReg},
      {"loads", &MachineModel::loads}};
  for (auto [key, field] : keys) {
    Expected<int64_t> value = queryDLTI(module, key);
    if (!value)
      return value.takeError();
    fill(model.*field, *value, "DLTI");
  }
  Expected<int64_t> bits = queryDLTI(module, "max_vector_op_width");
  if (!bits)
    return bits.takeError();
  if (*bits % 32 != 0)
    return makeError("DLTI entry \"CPU\", \"max_vector_op_width\" must be a "
                     "multiple of 32 bits");
  fill(model.nVec, *bits / 32, "DLTI");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The CPU
//===----------------------------------------------------------------------===//

static void fillTiming(MachineModel &model, const FoundTarget &found,
                       const MCSubtargetInfo &subtarget) {
  const Instruction *widest = findWidestFMA(subtarget);
  if (!widest)
    return;
  if (const PipelineOverride *row =
          findPipelineOverride(found.cpu, widest->name)) {
    std::string source = ("table (" + row->reason + ")").str();
    fill(model.nFma, row->perCycle, source);
    fill(model.lFma, row->latency, source);
  }
  std::optional<FMATiming> timing =
      getFMATiming(found, subtarget, *findFMA(subtarget, model.nVec.value));
  if (!timing)
    return;
  StringRef source = "LLVM scheduling model";
  // The model counts whole instructions; at least one can start at some time.
  int64_t nFma = std::max<int64_t>(std::llround(timing->perCycle), 1);
  fill(model.nFma, nFma,
       nFma == timing->perCycle
           ? source.str()
           : formatv("{0} ({1:f2} per cycle)", source, timing->perCycle).str());
  // Accumulators wait for each other only, so their forwarding path counts.
  fill(model.lFma, timing->accumulateWait,
       timing->accumulateWait == timing->latency
           ? source.str()
           : formatv("{0} ({1}, {2} into the accumulator)", source,
                     timing->latency, timing->accumulateWait)
                 .str());
}

/// The instructions for other types than f32, and those for f32 of narrower
/// vectors, of which more may start per cycle. What neither the table nor LLVM
/// knows the rates of is taken to be as fast as the f32 FMA.
static void fillInstructions(MachineModel &model, const FoundTarget &found,
                             const MCSubtargetInfo &subtarget) {
  for (const Instruction &row : getInstructions()) {
    bool isWhole =
        row.isPlainF32() && (row.n == 0 || row.n >= model.nVec.value);
    if (row.family == TargetFamily::Any || isWhole ||
        !hasInstruction(subtarget, row))
      continue;
    InstructionRate rate{&row, model.nFma.value, model.lFma.value,
                         "those of f32"};
    if (std::optional<FMATiming> timing = getFMATiming(found, subtarget, row)) {
      rate.perCycle = std::max<int64_t>(std::llround(timing->perCycle), 1);
      rate.latency = timing->accumulateWait;
      rate.source = "LLVM scheduling model";
    }
    if (const auto *known = findPipelineOverride(found.cpu, row.name)) {
      rate.perCycle = known->perCycle ? known->perCycle : rate.perCycle;
      rate.latency = known->latency ? known->latency : rate.latency;
      rate.source = ("table (" + known->reason + ")").str();
    }
    if (rate.perCycle && rate.latency)
      model.fmas.push_back(rate);
  }
}

/// What is still missing of the pipeline. A CPU without FMAs, or of whose FMAs
/// LLVM has no model, gets code all the same: the source says why it may not be
/// the fastest.
static void fillFromBaseline(MachineModel &model, const FoundTarget &found,
                             const MCSubtargetInfo &subtarget) {
  const BaselinePipeline &row =
      getBaseline(found.triple.getArch(), [&](StringRef feature) {
        return hasFeature(subtarget, feature);
      });
  std::string reason = findWidestFMA(subtarget)
                           ? "LLVM has no scheduling model of its FMAs"
                           : row.reason.str();
  std::string source = (kBaseline + reason + ")").str();
  fill(model.nFma, row.perCycle, source);
  fill(model.lFma, row.latency, source);
  fill(model.nVec, row.lanes, source);
  fill(model.nReg, row.registers, source);
}

/// Vectors of a named CPU cannot be said to be wider than they are: LLVM would
/// split each of them, and every number that is derived from their width would
/// be wrong. RISC-V's have any width from LLVM's least, and a module may have
/// been written for another machine.
static Error checkLanes(const MachineModel &model, const FoundTarget &found,
                        const MCSubtargetInfo &subtarget) {
  int64_t lanes = getVectorLanes(subtarget);
  if (found.triple.isRISCV() || model.nVec.source == "DLTI" || !lanes ||
      model.nVec.value <= lanes)
    return Error::success();
  return makeError(formatv("n-vec = {0} (from: {1}), vectors of '{2}' have {3} "
                           "f32 lanes",
                           model.nVec.value, model.nVec.source, found.cpu,
                           lanes)
                       .str());
}

static void fillFromCPU(MachineModel &model, const FoundTarget &found,
                        const MCSubtargetInfo &subtarget) {
  fill(model.nVec, getVectorLanes(subtarget), "LLVM target");
  if (model.nVec.value)
    fill(model.nReg, getVectorRegisters(subtarget, model.nVec.value),
         "LLVM target");
  fillTiming(model, found, subtarget);
  fillInstructions(model, found, subtarget);
  if (const LoadPorts *row = findLoadPorts(found.cpu))
    fill(model.loads, row->loads, "table (" + row->reason + ")");
}

//===----------------------------------------------------------------------===//
// Caches
//===----------------------------------------------------------------------===//

static std::string readSysfs(const Twine &path) {
  // The size a file of sysfs claims to have is not the size of its text.
  auto buffer = llvm::MemoryBuffer::getFileAsStream(path);
  return buffer ? (*buffer)->getBuffer().trim().str() : std::string();
}

/// A decimal number with an optional K, M or G, 0 when it is none.
static int64_t parseSize(StringRef text) {
  int64_t value = 0;
  if (text.consumeInteger(10, value))
    return 0;
  int shift = text.starts_with("K")   ? 10
              : text.starts_with("M") ? 20
              : text.starts_with("G") ? 30
                                      : 0;
  return value << shift;
}

/// The caches of the first processor, as the kernel describes them. `sysconf`
/// would report the L3 of the whole socket, which no core reaches.
static void fillFromSysfs(MachineModel &model) {
  for (int index = 0; index < 16; ++index) {
    std::string directory =
        formatv("/sys/devices/system/cpu/cpu0/cache/index{0}/", index);
    std::string type = readSysfs(directory + "type");
    if (type != "Data" && type != "Unified")
      continue;
    int64_t size = parseSize(readSysfs(directory + "size"));
    int64_t level = parseSize(readSysfs(directory + "level"));
    if (level == 1) {
      fill(model.l1, size, "sysfs");
      fill(model.l1Ways,
           parseSize(readSysfs(directory + "ways_of_associativity")), "sysfs");
    } else if (level == 2) {
      fill(model.l2, size, "sysfs");
    } else if (level == 3) {
      fill(model.l3, size, "sysfs");
    }
  }
}

static void fillCaches(MachineModel &model, const CacheSizes &sizes,
                       const Twine &source) {
  fill(model.l1, sizes.l1, source);
  fill(model.l1Ways, sizes.l1Ways, source);
  fill(model.l2, sizes.l2, source);
  fill(model.l3, sizes.l3, source);
}

static void fillFromCacheTable(MachineModel &model, StringRef cpu) {
  if (const CacheSizes *row = findCacheSizes(cpu))
    fillCaches(model, *row, "table (" + row->reason + ")");
}

//===----------------------------------------------------------------------===//
// Resolution
//===----------------------------------------------------------------------===//

static Broadcast chooseBroadcast(const llvm::Triple &triple,
                                 const MCSubtargetInfo *subtarget) {
  if (subtarget)
    if (const Instruction *row = findWidestFMA(*subtarget))
      return row->arrival;
  return triple.isAArch64() ? Broadcast::Lane : Broadcast::Splat;
}

static bool hasPipeline(const MachineModel &model) {
  return model.nFma.value && model.lFma.value && model.nVec.value &&
         model.nReg.value;
}

Expected<ResolvedTarget>
mlir::conv::resolveTarget(StringRef cpu, StringRef triple, StringRef features) {
  Expected<FoundTarget> found = findTarget(cpu, triple);
  if (!found)
    return found.takeError();
  if (!found->cpuKnown)
    return makeUnknownCPUError(*found);
  Expected<std::string> all = resolveFeatures(*found, features);
  if (!all)
    return all.takeError();
  return ResolvedTarget{found->triple.str(), found->cpu, *all};
}

/// Asks the sources below the options, in order. A CPU that was named comes
/// before the module's specification, the host after it.
static Error fillFromTarget(MachineModel &model, const FoundTarget &found,
                            const MCSubtargetInfo *subtarget, bool named,
                            ModuleOp module) {
  if (!named)
    if (Error error = fillFromDLTI(model, module))
      return error;
  if (subtarget)
    fillFromCPU(model, found, *subtarget);
  if (found.isHost)
    fillFromSysfs(model);
  fillFromCacheTable(model, found.cpu);
  if (named)
    if (Error error = fillFromDLTI(model, module))
      return error;
  if (subtarget)
    fillFromBaseline(model, found, *subtarget);
  return Error::success();
}

static void fillDefaults(MachineModel &model, const llvm::Triple &triple) {
  fill(model.loads, 2, "default");
  fillCaches(model, getDefaultCacheSizes(triple.getArch()), "default");
  if (model.l3.source.empty())
    model.l3.source = "default";
}

Expected<MachineModel> mlir::conv::resolveMachine(const MachineOptions &options,
                                                  ModuleOp module) {
  MachineModel model;
  fillFromOptions(model, options);
  if (Error error = checkFields(model))
    return error;

  Expected<FoundTarget> found = findTarget(options.cpu, options.triple);
  if (!found)
    return found.takeError();
  if (Error error = fillFromFile(model, options, found->cpu))
    return error;
  if (Error error = checkFields(model))
    return error;
  // A machine that is described completely need not have a name LLVM knows.
  if (!found->cpuKnown && !hasPipeline(model))
    return makeUnknownCPUError(*found);
  Expected<std::string> features = resolveFeatures(*found, options.features);
  if (!features)
    return features.takeError();
  model.cpu = found->cpu;
  model.triple = found->triple.str();
  model.features = *features;

  std::unique_ptr<MCSubtargetInfo> subtarget;
  if (found->cpuKnown)
    subtarget = createSubtarget(*found, *features);
  bool named = !options.cpu.empty() && options.cpu != "native";
  if (Error error =
          fillFromTarget(model, *found, subtarget.get(), named, module))
    return error;
  if (named && subtarget)
    if (Error error = checkLanes(model, *found, *subtarget))
      return error;
  fillDefaults(model, found->triple);
  fillRates(model, found->cpu);
  model.broadcast = chooseBroadcast(found->triple, subtarget.get());
  if (Error error = checkFields(model))
    return error;
  return model;
}

MachineAttr MachineModel::toAttr(MLIRContext *ctx) const {
  SmallVector<FmaRateAttr> fmaRates;
  for (const InstructionRate &rate : fmas)
    fmaRates.push_back(
        FmaRateAttr::get(ctx, rate.row->name, rate.perCycle, rate.latency));
  return MachineAttr::get(
      ctx, nFma.value, lFma.value, nVec.value, nReg.value, loads.value,
      broadcast, l1.value, l1Ways.value, l2.value, l3.value, threads.value,
      MachineRatesAttr::get(ctx, getRateValues(), getRatesSource()), fmaRates);
}

/// Names of the features that `a` has and `b` lacks, sorted.
static std::vector<std::string> getExcess(const MCSubtargetInfo &a,
                                          const MCSubtargetInfo &b) {
  std::vector<std::string> names;
  for (const llvm::SubtargetFeatureKV &feature : a.getAllProcessorFeatures())
    if (a.hasFeature(feature.Value) && !b.hasFeature(feature.Value))
      names.push_back(feature.Key);
  llvm::sort(names);
  return names;
}

std::string mlir::conv::getUnusualFeatures(const MachineModel &machine) {
  Expected<FoundTarget> found = findTarget(machine.cpu, machine.triple);
  if (!found || !found->cpuKnown) {
    if (!found)
      llvm::consumeError(found.takeError());
    return machine.features;
  }
  auto usual = createSubtarget(*found, ""),
       here = createSubtarget(*found, machine.features);
  std::vector<std::string> names;
  for (const std::string &name : getExcess(*usual, *here))
    names.push_back("-" + name);
  for (const std::string &name : getExcess(*here, *usual))
    names.push_back("+" + name);
  return llvm::join(names, ",");
}

std::optional<std::string>
mlir::conv::findTargetObstacle(const Instruction &row,
                               const std::optional<ResolvedTarget> &target) {
  if (row.family == TargetFamily::Any)
    return std::nullopt;
  std::string needs = "needs " + row.features.str();
  if (!target)
    return needs + ", and no target is named";
  Expected<FoundTarget> found = findTarget(target->cpu, target->triple);
  if (!found)
    return llvm::toString(found.takeError());
  if (found->cpuKnown &&
      hasInstruction(*createSubtarget(*found, target->features), row))
    return std::nullopt;
  return needs + ", which '" + target->cpu + "' for '" + target->triple +
         "' does not have";
}

/// Whether `target` has one of the features that `x86`, `arm` and `riscv` name
/// for their families; not where its CPU is unknown.
static bool hasAnyFeature(const ResolvedTarget &target, ArrayRef<StringRef> x86,
                          ArrayRef<StringRef> arm, ArrayRef<StringRef> riscv) {
  Expected<FoundTarget> found = findTarget(target.cpu, target.triple);
  if (!found) {
    llvm::consumeError(found.takeError());
    return false;
  }
  if (!found->cpuKnown)
    return false;
  auto subtarget = createSubtarget(*found, target.features);
  auto has = [&](ArrayRef<StringRef> names) {
    return llvm::any_of(
        names, [&](StringRef name) { return hasFeature(*subtarget, name); });
  };
  switch (getFamily(found->triple)) {
  case TargetFamily::X86:
    return has(x86);
  case TargetFamily::AArch64:
    return has(arm);
  case TargetFamily::RISCV:
    return has(riscv);
  case TargetFamily::Any:
    return false;
  }
  llvm_unreachable("not a family of targets");
}

bool mlir::conv::hasBF16Rounding(const ResolvedTarget &target) {
  return hasAnyFeature(target, {"avx512bf16", "avxneconvert"}, {"bf16"},
                       {"zvfbfmin"});
}

bool mlir::conv::hasMaskedStores(const ResolvedTarget &target) {
  return hasAnyFeature(target, {"avx512vl"}, {"sve"}, {"v"});
}

int64_t mlir::conv::getShuffledBytes(const ResolvedTarget &target) {
  // What AVX-512 has without VBMI LLVM does not make of wider vectors.
  if (hasAnyFeature(target, {"avx512vbmi"}, {}, {}))
    return 64;
  if (hasAnyFeature(target, {"avx2"}, {}, {}))
    return 32;
  return hasAnyFeature(target, {"ssse3"}, {"neon"}, {}) ? 16 : 0;
}

std::optional<std::string>
mlir::conv::findHostObstacle(const ResolvedTarget &target) {
  Expected<FoundTarget> host = findTarget("native", ""),
                        found = findTarget(target.cpu, target.triple);
  if (!host || !found) {
    std::string why =
        llvm::toString(host ? found.takeError() : host.takeError());
    if (!host)
      llvm::consumeError(found.takeError());
    return why;
  }
  if (host->triple.getArch() != found->triple.getArch() ||
      host->triple.getOS() != found->triple.getOS())
    return "it is code for " + found->triple.str() + ", this is " +
           host->triple.str();
  if (host->cpu != found->cpu)
    return "this is '" + host->cpu + "'";
  Expected<std::string> features = resolveFeatures(*host, "");
  if (!features)
    return llvm::toString(features.takeError());
  std::vector<std::string> missing =
      getExcess(*createSubtarget(*found, target.features),
                *createSubtarget(*host, *features));
  if (!missing.empty())
    return "this machine lacks " + llvm::join(missing, ", ");
  return std::nullopt;
}
