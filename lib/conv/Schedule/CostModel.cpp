//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a schedule costs. One reduction step of a tile with P pixels and v
/// vectors takes
///
///   max(P v / N_fma,  (P + v) / loads,  L_fma + slack)
///
/// cycles; a tile adds a start-up that grows with its accumulators; filters
/// beyond L1 add their traffic, lines from beyond L2 what FMAs wait for them
/// (MemoryModel.cpp). docs/model.md derives the terms.
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/CostModel.h"

#include "ChannelVectors.h"
#include "Depthwise.h"
#include "ModelTerms.h"
#include "conv/Machine/Instructions.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/MemoryModel.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/TapSteps.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;

/// Filter elements fetched ahead.
static constexpr int64_t kPrefetchElements = 2048;

StringRef mlir::conv::stringifyResource(Resource resource) {
  switch (resource) {
  case Resource::FmaIssue:
    return "FMA issue";
  case Resource::FmaLatency:
    return "FMA latency";
  case Resource::LoadPorts:
    return "load ports";
  }
  llvm_unreachable("unknown resource");
}

static double getInputLoads(const Extents &e, double pixels, int64_t vectors) {
  double input = e.vectorInput ? pixels * double(vectors) : pixels;
  return input / double(e.stepsPerLoad);
}

static FilterForm getForm(const ContractNest &nest) {
  return nest.packedFilter ? FilterForm::Packed : FilterForm::Plain;
}

/// Prefetches of a step, which take the ports of loads: one for each line of
/// its part of the filter; of the input those of each pixel, once per line
/// of channels that an unrolled body reads, or where pixels are near each other
/// one for each line of a row.
static double fetchesPerStep(const Problem &p, MachineAttr m, const Extents &e,
                             int64_t rows, int64_t columns, int64_t vectors,
                             const ContractNest &nest) {
  double vectorBytes = double(m.getNVec()) * p.getChannelsPerStep();
  double fetches = 0;
  if (nest.filterAhead != 0)
    fetches += std::ceil(double(vectors) * vectorBytes *
                         p.getFilterBytes(getForm(nest)) / kLineBytes);
  if (nest.inputAhead == 0 || ShapedType::isDynamic(p.inputColumn))
    return fetches;
  double pixels = columns;
  double apart = double(std::abs(p.inputColumn * p.strideW)) * p.inputBytes;
  if (apart < kLineBytes)
    pixels = std::min(pixels, std::ceil(columns * apart / kLineBytes) + 1);
  double lines = 1, steps = 1;
  if (e.vectorInput)
    lines = std::ceil(vectors * vectorBytes * p.inputBytes / kLineBytes);
  else if (p.inputChannel == 1)
    steps = double(
        std::min({nest.unroll, e.steps,
                  kLineBytes / (p.inputBytes * p.getChannelsPerStep())}));
  return fetches + rows * pixels * lines / steps;
}

static double stepCycles(const Problem &p, MachineAttr m, const Extents &e,
                         int64_t rows, int64_t columns, int64_t vectors,
                         const ContractNest &nest, bool chosen,
                         double columnsInside, Resource *limit = nullptr) {
  double pixels = double(rows * columns) * columnsInside;
  double issue = pixels * double(vectors) * p.getSlots() / m.getNFma();
  double inputs = getInputLoads(e, pixels, vectors);
  double fetches =
      chosen ? fetchesPerStep(p, m, e, rows, columns, vectors, nest) : 0;
  // Channels of an instruction that are no neighbours are loaded one by one and
  // put into their places, then broadcast.
  int64_t scattered = 0;
  if (!e.vectorInput && p.getChannelsPerStep() > 1 && p.inputChannel != 1)
    scattered = std::min(p.c, p.getChannelsPerStep());
  int64_t filterBytes =
      p.getChannelsPerStep() * p.getFilterBytes(getForm(nest));
  double filter = double(vectors) * getVectorTurns(m, filterBytes);
  double input = e.vectorInput ? inputs * getVectorTurns(m, p.inputBytes)
                               : inputs * std::max<int64_t>(scattered, 1);
  double loads = (filter + input + fetches) / m.getLoads();
  if (scattered > 1)
    issue += inputs * double(scattered + 1) * m.getRates().getShuffle();
  // A packed filter is as wide as it is multiplied; single channels of one are
  // extended to sums, but for those of instructions that take several.
  bool extendsFilter = e.vectorInput && p.getChannelsPerStep() == 1;
  double extended = extendsFilter ? inputs + vectors : inputs;
  if (p.extendsElements())
    issue += extended * getExtensionCycles(p, m);
  if (p.rebasesInput())
    issue += inputs * getRebaseCycles(m);
  double slackShare = chosen ? getSlackShare(m, issue) : 1;
  return getStepCycles(m, issue, loads, slackShare, limit);
}

/// Bytes of the lines that hold the channels of one step: those of a packed
/// filter follow each other, those of a plain one begin anywhere.
static double getFilterStepBytes(const Problem &p, FilterForm form,
                                 int64_t channels) {
  double bytes = channels * p.getChannelsPerStep() * p.getFilterBytes(form);
  if (form == FilterForm::Packed)
    return bytes;
  return std::ceil(bytes / kLineBytes) * kLineBytes;
}

/// What a step waits for a plain filter whose rows are pages apart: for lines
/// that nothing fetches ahead.
static double getFilterPageCycles(const Problem &p, MachineAttr m,
                                  const Extents &e, FilterForm form,
                                  int64_t channels) {
  double row = double(e.outputs) * e.groups * p.filterBytes;
  if (form == FilterForm::Packed || row < kPageBytes)
    return 0;
  return kRunStalls * m.getRates().getL3Stall() *
         getFilterStepBytes(p, form, channels) / kLineBytes;
}

/// Bytes of the input that a step of a tile takes from L2. Pixels whose lines
/// share L1 sets have pushed them out by the next channel. Of a gathered image
/// with columns innermost, each step reads another line, which stays for the
/// next block of channels if those of all steps do.
static double getInputStepBytes(const Problem &p, MachineAttr m,
                                const Extents &e, int64_t rows, int64_t columns,
                                bool isGathered) {
  if (e.vectorInput || ShapedType::isDynamic(p.inputColumn))
    return 0;
  if (p.inputChannel == 1) {
    int64_t pixels = rows * columns;
    return pixels > getPixelLimit(p, m) ? double(pixels * kLineBytes) : 0;
  }
  if (!isGathered)
    return 0;
  double run = double(columns - 1) *
               double(std::abs(p.inputColumn * p.strideW) * p.inputBytes);
  double bytes =
      double(rows) * std::min<double>(run + kLineBytes, columns * kLineBytes);
  return staysInL1(m, bytes * e.steps * p.r * p.s) ? 0 : bytes;
}

/// Whether a block of the filter for tiles of `channels` stays in L1. The rows
/// of a plain filter are all output channels apart and share few sets.
static bool filterStaysInL1(const Problem &p, MachineAttr m, const Extents &e,
                            FilterForm form, double steps, int64_t channels) {
  double bytes = steps * getFilterStepBytes(p, form, channels);
  if (form == FilterForm::Packed)
    return staysInL1(m, bytes);
  double row = e.outputs * e.groups * p.filterBytes;
  double sets = double(countSets(m, row)) *
                getFilterStepBytes(p, form, channels) / kLineBytes;
  double allSets = double(m.getL1()) / m.getL1Ways() / kLineBytes;
  return staysInL1(m, bytes * std::max(1.0, allSets / sets));
}

int64_t mlir::conv::countTransposeShuffles(int64_t lanes, int64_t stored) {
  int64_t shuffles = 0;
  for (; stored > 0; stored -= lanes)
    for (int64_t made = 1; made < lanes; made *= 2)
      shuffles += std::min(lanes, made * stored);
  return shuffles;
}

Cost mlir::conv::estimateChannelTile(const Problem &problem,
                                     MachineAttr machine,
                                     const ProblemNest &nest,
                                     const TileUse &use) {
  if (takesTaps(problem))
    return estimateTapTile(problem, machine, nest.contract);
  MachineRatesAttr rates = machine.getRates();
  const ContractNest &loops = nest.contract;
  const RegisterTile &tile = loops.tile;
  FilterForm form = getForm(loops);
  Extents e = getExtents(problem, machine, nest);
  int64_t lanes = loops.lanes;
  int64_t vectors = llvm::divideCeilSigned(e.outputs, lanes);
  double steps = double(e.steps) * problem.r * problem.s;
  // At the upper and lower border steps are left out, at the left and right one
  // pixels of a step: on the average.
  bool skipsTaps = use.skipsTaps && problem.skipsTaps();
  double inside = steps * (skipsTaps ? getRowsInside(nest.contraction) : 1);
  double columnsInside = skipsTaps ? getColumnsInside(nest.contraction) : 1;
  bool transposed = isTransposed(problem, e);
  // A block of the filter beyond L1 comes from L2 for each tile.
  bool filterInL1 =
      filterStaysInL1(problem, machine, e, form, steps, tile.vectors * lanes);

  Cost cost;
  for (auto [numK, channels] : countSizes(loops.channels))
    for (auto [numH, h] : countSizes(loops.rows))
      for (auto [numW, w] : countSizes(loops.columns)) {
        int64_t v = llvm::divideCeilSigned(channels, lanes);
        double step = stepCycles(problem, machine, e, h, w, v, loops,
                                 use.chosen, columnsInside);
        double fromL2 =
            filterInL1 ? 0 : getFilterStepBytes(problem, form, v * lanes);
        if (use.chosen)
          fromL2 +=
              getInputStepBytes(problem, machine, e, h, w, use.isGathered);
        step = std::max(step, fromL2 / rates.getL2Bandwidth());
        if (!filterInL1)
          step += getFilterPageCycles(problem, machine, e, form, v * lanes);
        step += getPlaneCycles(problem, machine, step);
        double cycles = step * inside + getStartCycles(machine, h * w * v);
        if (transposed) {
          // Rows of one column follow each other like columns.
          int64_t run = e.columns == 1 ? h : w;
          double squares =
              double(h * w / run) * llvm::divideCeilSigned(run, lanes);
          double stores = squares * channels;
          cycles += squares * countTransposeShuffles(lanes, channels) *
                        rates.getShuffle() +
                    stores * rates.getStore();
          // Parts of a line meet again when its neighbour tile is stored. The
          // stores drain beside the computation of the next tile.
          bool wholeLines = run * problem.outputBytes % kLineBytes == 0;
          if (!wholeLines && storesConflict(problem, machine, v * lanes))
            cycles = std::max(cycles, stores * rates.getConflict());
        }
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  if (!filterInL1) {
    double tiles = double(countTiles(loops.rows)) * countTiles(loops.columns);
    cost.cycles += rates.getL2Stall() * tiles * vectors * steps * lanes *
                   problem.getChannelsPerStep() * problem.getFilterBytes(form) /
                   kLineBytes;
  }
  double images = ShapedType::isDynamic(problem.n) ? 1.0 : double(problem.n);
  cost.cycles *= images * e.groups;
  cost.fmaCycles = problem.flops() / problem.getPeak(machine);
  (void)stepCycles(problem, machine, e, tile.rows, tile.columns, tile.vectors,
                   loops, use.chosen, /*columnsInside=*/1, &cost.limit);
  cost.registers = countRegisters(loops);
  return cost;
}

ScheduleFields mlir::conv::describeTile(const Problem &problem,
                                        MachineAttr machine,
                                        const RegisterTile &tile) {
  const KernelKind &kind = getKernelKind(tile.vector);
  ScheduleFields fields;
  // Vectors of columns may be narrower than the machine's.
  fields.nVec =
      tile.hasPixelVectors() ? tile.columns / tile.vectors : machine.getNVec();
  tile.assignTo(fields);
  fields.cIb = problem.inputBlock;
  fields.flatten = problem.flattenable;
  fields.broadcast = kind.getBroadcast(problem, machine, tile);
  fields.unroll = kind.getUnroll(fields.broadcast, machine, problem);
  // The few elements of a depthwise filter come in lines of many channels.
  fields.prefetch =
      problem.isDepthwise() || kind.hasSmallFilter ? 0 : kPrefetchElements;
  if (problem.fma) {
    const Instruction *row =
        findInstructionOfLanes(*problem.fma, fields.nVec, machine);
    fields.fma = (row ? row : problem.fma)->name.str();
  }
  return fields;
}

/// FMAs of vectors of `lanes` that start per cycle: those of the narrowest
/// vectors that hold as many. Two units may start one FMA of 512 bits together,
/// or one of 256 bits each. Integers that no instruction multiplies and adds
/// are taken to have the units of floats of their size.
static int64_t countFmas(const Problem &p, MachineAttr m, int64_t lanes) {
  int64_t fmas = m.getNFma(), width = m.getNVec();
  for (FmaRateAttr rate : m.getFmas()) {
    const Instruction *row = findInstruction(rate.getFma());
    if (row && row->form == InstructionForm::Generic && row->n >= lanes &&
        row->n < width && getBits(row->types.acc) == 8 * p.getSumBytes()) {
      fmas = rate.getPerCycle();
      width = row->n;
    }
  }
  return fmas;
}

/// The machine as `nest` uses it: the vectors and the broadcasts it says. Where
/// FMAs take no lane, a shuffle takes the place of each load.
static MachineAttr getUsedMachine(const Problem &p, MachineAttr m,
                                  const ContractNest &nest) {
  Broadcast broadcast = nest.broadcast;
  if (m.getBroadcast() != Broadcast::Lane && broadcast == Broadcast::Lane)
    broadcast = m.getBroadcast();
  if (nest.lanes == m.getNVec() && broadcast == m.getBroadcast())
    return m;
  return MachineAttr::get(m.getContext(), countFmas(p, m, nest.lanes),
                          m.getLFma(), nest.lanes, m.getNReg(), m.getLoads(),
                          broadcast, m.getL1(), m.getL1Ways(), m.getL2(),
                          m.getL3(), m.getThreads(), m.getRates(), m.getFmas());
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          const ProblemNest &nest) {
  MachineAttr used = nest.contract.lanes == machine.getNVec()
                         ? machine
                         : getUsedMachine(problem, machine, nest.contract);
  return getKernelKind(nest.contract.vector).estimate(problem, used, nest, {});
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          const RegisterTile &tile) {
  return estimate(
      problem, machine,
      buildProblemNest(problem, describeTile(problem, machine, tile)));
}

/// How much longer the largest share of threads is than an even one.
static double getShareImbalance(const ProblemNest &nest, Split split) {
  // Nothing is divided: one has it all.
  if (!nest.shares)
    return double(split.getThreads());
  double imbalance = 1;
  for (auto [iterator, parts] :
       llvm::zip_equal(kShareIterators, split.getParts()))
    if (int64_t extent = nest.contraction.extents[iterator];
        parts != 1 && !ShapedType::isDynamic(extent))
      imbalance *=
          double((*nest.shares)[iterator]) * double(parts) / double(extent);
  return imbalance;
}

/// The cost of parts, one after the other: each reads the input again.
static Cost estimateParts(const Problem &problem, MachineAttr machine,
                          ScheduleAttr schedule) {
  Cost sum;
  double most = 0;
  for (const ProblemPart &part : divideIntoParts(problem, schedule)) {
    Cost cost = estimate(part.problem, machine, part.schedule);
    // Threads that have no share of a part wait.
    cost.cycles *=
        double(schedule.getThreads()) / double(part.schedule.getThreads());
    if (cost.cycles > most)
      sum.limit = cost.limit;
    most = std::max(most, cost.cycles);
    sum.cycles += cost.cycles;
    sum.fmaCycles += cost.fmaCycles;
    sum.registers = std::max(sum.registers, cost.registers);
  }
  return sum;
}

/// Cycles over all threads: those of the largest share, times their number.
Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          ScheduleAttr schedule) {
  if (!schedule.getParts().empty())
    return estimateParts(problem, machine, schedule);
  Problem flattened = problem;
  flattened.flattenable = schedule.getFlatten();
  flattened.fma = findInstruction(schedule);
  const AlgorithmTraits &traits = getTraits(schedule.getAlgorithm());
  ProblemNest nest = buildProblemNest(flattened, ScheduleFields(schedule));
  const KernelKind &kind = getKernelKind(nest.contract.vector);
  MachineAttr used = getUsedMachine(flattened, machine, nest.contract);
  Cost cost = kind.estimate(
      flattened, used, nest,
      {/*chosen=*/true, traits.contractsInPlace(), !traits.readsImage()});
  // The few lines of a small filter are at hand without.
  bool filterAhead = nest.contract.filterAhead != 0 || problem.isDepthwise() ||
                     kind.hasSmallFilter;
  cost.cycles = addMemoryCycles(cost.cycles, flattened, used, nest,
                                traits.readsImage(), filterAhead);
  cost.cycles = addTransferCycles(cost.cycles, flattened, used, nest,
                                  traits.readsImage());
  cost.cycles *= getShareImbalance(nest, schedule.getParallel());
  cost.fmaCycles = problem.flops() / flattened.getPeak(machine);
  cost.registers = countRegisters(nest.contract);
  return cost;
}
