//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The table of algorithms, and what follows from its entries.
///
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Algorithms.h"

#include "Entries.h"
#include "conv/Machine/Instructions.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/ModelConstants.h"
#include "conv/Schedule/Parts.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

ArrayRef<AlgorithmInfo> mlir::conv::getAlgorithms() {
  static const AlgorithmInfo table[] = {
      getNaive(),  getDirect(),   getIm2col(),   getIm2row(),   getKn2row(),
      getKn2col(), getKn2rowAs(), getKn2colAs(), getKn2rowAa(), getMecA(),
      getMecB(),   getIm2win(),   getWinograd()};
  return table;
}

const AlgorithmInfo &mlir::conv::getAlgorithmInfo(Algorithm algorithm) {
  const AlgorithmInfo &info = getAlgorithms()[static_cast<size_t>(algorithm)];
  assert(info.algorithm == algorithm && "table is not in enumeration order");
  return info;
}

Obstacle mlir::conv::findInputObstacle(const Problem &problem,
                                       ScheduleAttr schedule) {
  const AlgorithmTraits &traits = getTraits(schedule.getAlgorithm());
  StringRef name = schedule.getAlgorithmName();
  if (problem.padsWithValue && !traits.contractsInPlace() &&
      !traits.isReference)
    return llvm::formatv("algorithm '{0}' pads with zeros only", name).str();
  const Instruction *row = findInstruction(schedule);
  if (traits.sums != TapSums::None && problem.types && row &&
      row->rebases(*problem.types))
    return llvm::formatv("algorithm '{0}' cannot add up taps by fma = {1}, "
                         "which takes unsigned bytes",
                         name, row->name)
        .str();
  return std::nullopt;
}

Obstacle mlir::conv::findScheduleObstacle(const Problem &problem,
                                          MachineAttr machine,
                                          ScheduleAttr schedule) {
  if (Obstacle obstacle = conv::findObstacle(problem, machine, ScheduleAttr()))
    return obstacle;
  const AlgorithmInfo &info = getAlgorithmInfo(schedule.getAlgorithm());
  const AlgorithmTraits &traits = info.getTraits();
  StringRef name = schedule.getAlgorithmName();
  if (schedule.getForm() == Form::Banded && !traits.hasBandedForm())
    return llvm::formatv("algorithm '{0}' has no banded form", name).str();
  if (schedule.getImages() != 1 && !traits.hasTile)
    return llvm::formatv("algorithm '{0}' has no blocks of several images",
                         name)
        .str();
  if (Obstacle obstacle = info.findObstacle(problem, schedule))
    return obstacle;
  if (Obstacle obstacle = findInputObstacle(problem, schedule))
    return obstacle;
  if (Obstacle obstacle = findPartsObstacle(problem, schedule))
    return obstacle;
  if (traits.contractsInPlace())
    return conv::findObstacle(problem, machine, schedule);
  if (problem.hasUnknownImage() && !traits.isReference)
    return llvm::formatv("algorithm '{0}' needs to know the size of the image",
                         name)
        .str();
  if (!traits.readsBlocks &&
      (problem.inputBlock != 0 || problem.outputBlock != 0))
    return llvm::formatv("algorithm '{0}' does not read blocked layouts", name)
        .str();
  if (!getKernelKind(schedule.getVector()).isAllowed(traits))
    return llvm::formatv("algorithm '{0}' has no vectors along {1}", name,
                         stringifyVectorIterator(schedule.getVector()))
        .str();
  if (schedule.getFlatten())
    return llvm::formatv("algorithm '{0}' does not flatten rows", name).str();
  // What is divided is the contraction, whose rows may be those of the input.
  Problem contraction = info.getContraction(problem, schedule);
  int64_t parts = schedule.getParallel().h;
  if (parts != 1 && !traits.hasTile && contraction.ho % parts != 0)
    return llvm::formatv("parallel = {0}: {1} rows do not divide by {2}",
                         schedule.getParallel(), contraction.ho, parts)
        .str();
  return conv::findObstacle(contraction, machine, schedule);
}

int64_t mlir::conv::getWorkspaceBytes(const Problem &problem,
                                      ScheduleAttr schedule) {
  const AlgorithmInfo &info = getAlgorithmInfo(schedule.getAlgorithm());
  // Sums of single taps, or copies of the input.
  bool holdsSums = info.getTraits().sums != TapSums::None;
  return (holdsSums ? problem.getSumBytes() : problem.inputBytes) *
         info.getWorkspaceElements(problem, schedule);
}

double mlir::conv::estimateTransformation(const Problem &problem,
                                          MachineAttr machine,
                                          ScheduleAttr schedule) {
  return getAlgorithmInfo(schedule.getAlgorithm())
      .getMoveCycles(problem, machine, schedule);
}

Cost mlir::conv::estimateSchedule(const Problem &problem, MachineAttr machine,
                                  ScheduleAttr schedule) {
  const AlgorithmInfo &info = getAlgorithmInfo(schedule.getAlgorithm());
  if (info.estimate)
    return info.estimate(problem, machine, schedule);
  Cost cost =
      estimate(info.getContraction(problem, schedule), machine, schedule);
  cost.cycles = cost.cycles * info.getPasses(problem) +
                estimateTransformation(problem, machine, schedule);
  Problem computed = problem;
  computed.fma = findInstruction(schedule);
  cost.fmaCycles = problem.flops() / computed.getPeak(machine);
  return cost;
}

/// The largest divisor of `rows` in (most / 2, most], or `most`. Takes no more
/// than about the square root of `rows` steps.
static int64_t findNearDivisor(int64_t rows, int64_t most) {
  if (most <= rows / most) {
    for (int64_t band = most; 2 * band > most; --band)
      if (rows % band == 0)
        return band;
    return most;
  }
  // By the number of bands, of which there are fewer.
  for (int64_t bands = llvm::divideCeilSigned(rows, most);
       2 * (rows / bands) > most; ++bands)
    if (rows % bands == 0)
      return rows / bands;
  return most;
}

/// Rows per band so that a band and the filter tile stay in L2: a divisor of
/// the rows if one is near, at least a register tile.
static int64_t chooseBand(const Problem &p, MachineAttr machine,
                          ScheduleAttr schedule,
                          std::optional<int64_t> maxWorkspace,
                          function_ref<ScheduleAttr(int64_t)> withBand) {
  double filterTile = 1.0 * p.getFilterBytes(schedule.getFilter()) *
                      schedule.getCOb() * p.c * p.r * p.s;
  int64_t share = std::max<int64_t>(p.ho / schedule.getParallel().h, 1);
  int64_t threads = schedule.getThreads();
  auto fits = [&](int64_t band) {
    int64_t workspace = getWorkspaceBytes(p, withBand(band));
    return double(workspace) / threads + filterTile <=
               kWorkspaceShare * machine.getL2() &&
           workspace <= maxWorkspace.value_or(workspace);
  };
  // The longest that fits: workspace grows with the rows.
  int64_t best = 1;
  for (int64_t tooLong = share + 1; tooLong - best > 1;) {
    int64_t band = best + (tooLong - best) / 2;
    (fits(band) ? best : tooLong) = band;
  }
  return findNearDivisor(share, best);
}

Choice mlir::conv::chooseFor(const Problem &problem, MachineAttr machine,
                             const NamedAlgorithm &named, Form form,
                             MLIRContext *context,
                             std::optional<int64_t> maxWorkspace) {
  const AlgorithmTraits &traits = getTraits(named.algorithm);
  if (traits.contractsInPlace())
    return chooseDirect(problem, machine, context);
  const AlgorithmInfo &info = getAlgorithmInfo(named.algorithm);
  if (info.choose)
    return info.choose(problem, machine, named, form, context, maxWorkspace);
  Problem contraction = info.getContraction(problem, ScheduleAttr());
  Choice choice = chooseSchedule(contraction, machine, named, form, context);
  // Windows that overlap within one unrolled body or from one to the next: LLVM
  // loads what they share once and keeps it, in registers of the accumulators.
  // (Channels-first im2win, where a pixel is one column of R elements on.)
  int64_t pixel = contraction.inputColumn * contraction.strideW;
  int64_t window = contraction.r * contraction.s * contraction.c;
  if (contraction.inputChannel == 1 &&
      choice.schedule.getBroadcast() != Broadcast::Lane &&
      pixel < std::min(window, 2 * choice.schedule.getUnroll()))
    choice.schedule =
        choice.schedule.with([](ScheduleFields &fields) { fields.unroll = 1; });
  ScheduleAttr s = choice.schedule;
  // The plain loops are never divided among threads.
  Split parallel = traits.isReference ? Split() : s.getParallel();
  auto withBand = [&](int64_t band) {
    return s.with([&](ScheduleFields &fields) {
      fields.band = band;
      fields.parallel = parallel;
    });
  };
  if (traits.isReference)
    choice.schedule = withBand(0);
  if (form == Form::Banded)
    choice.schedule =
        withBand(chooseBand(problem, machine, s, maxWorkspace, withBand));
  choice.cost = estimateSchedule(problem, machine, choice.schedule);
  return choice;
}
