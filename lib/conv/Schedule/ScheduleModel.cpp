//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The choice: of all tiles (TileEnumeration.cpp) in the order of loops that
/// waits least for memory (MemoryModel.cpp), the one that costs least
/// (CostModel.cpp).
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/ScheduleModel.h"

#include "ModelTerms.h"
#include "Parallelism.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/MemoryModel.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/TileEnumeration.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

static Choice chooseUndivided(const Problem &problem, MachineAttr machine,
                              MLIRContext *context) {
  return chooseSchedule(problem, machine, getInPlaceAlgorithm(), Form::Whole,
                        context);
}

/// The choice for `problem` whose first output channels are those of `front`.
static Choice join(const Problem &problem, MachineAttr machine,
                   const Problem &front, const Choice &first,
                   const Problem &back, const Choice &second) {
  Choice choice;
  choice.schedule =
      joinParts({{0, front, first.schedule}, {front.k, back, second.schedule}});
  choice.cost = estimate(problem, machine, choice.schedule);
  choice.numCandidates = first.numCandidates + second.numCandidates;
  return choice;
}

std::optional<Choice> mlir::conv::chooseDivided(const Problem &problem,
                                                MachineAttr machine,
                                                MLIRContext *context) {
  int64_t rest = problem.k % machine.getNVec();
  if (rest == 0 || rest == problem.k ||
      findDivisionObstacle(problem, getInPlaceAlgorithm()))
    return std::nullopt;
  int64_t filling = problem.k - rest;
  Problem front = takeChannels(problem, filling);
  Problem back = takeChannels(problem, rest);
  Choice first = chooseUndivided(front, machine, context);
  Choice second = chooseUndivided(back, machine, context);
  // Tiles of the same lanes are what one schedule has, too.
  if (first.schedule.getVector() == second.schedule.getVector())
    return std::nullopt;
  return join(problem, machine, front, first, back, second);
}

/// Where no tile divides the output channels evenly: as many of them as do, and
/// the others in one thread. Nothing where that is no gain, or not possible.
static std::optional<Choice> chooseEvenPart(const Problem &problem,
                                            MachineAttr machine,
                                            const Choice &undivided,
                                            MLIRContext *context) {
  if (machine.getThreads() == undivided.schedule.getThreads() ||
      findDivisionObstacle(problem, getInPlaceAlgorithm()))
    return std::nullopt;
  int64_t unit = machine.getThreads() * undivided.schedule.getCOb();
  int64_t even = problem.k / unit * unit;
  if (even == 0 || even == problem.k)
    return std::nullopt;
  Problem front = takeChannels(problem, even);
  Problem back = takeChannels(problem, problem.k - even);
  Choice first = chooseUndivided(front, machine, context);
  if (first.schedule.getThreads() == 1)
    return std::nullopt;
  Choice second = chooseUndivided(back, machine, context);
  return join(problem, machine, front, first, back, second);
}

Choice mlir::conv::chooseDirect(const Problem &problem, MachineAttr machine,
                                MLIRContext *context) {
  Choice undivided = chooseUndivided(problem, machine, context);
  Choice best = undivided;
  size_t numCandidates = undivided.numCandidates;
  for (const std::optional<Choice> &divided :
       {chooseDivided(problem, machine, context),
        chooseEvenPart(problem, machine, undivided, context)}) {
    if (!divided)
      continue;
    numCandidates += divided->numCandidates;
    if (divided->getElapsed() < best.getElapsed())
      best = *divided;
  }
  best.numCandidates = numCandidates;
  return best;
}

/// The division among threads of a tile that takes so many `cycles`. A
/// transformed input has no border that would be known in shares of different
/// sizes.
static Division divide(const Problem &problem, MachineAttr machine,
                       Algorithm algorithm, const RegisterTile &tile,
                       double cycles) {
  return chooseDivision(
      problem, machine, tile, cycles,
      /*evenShares=*/!getTraits(algorithm).contractsInPlace());
}

/// The schedule of a tile in an order: what the machine prescribes filled in.
static ScheduleAttr
completeSchedule(const Problem &problem, MachineAttr machine,
                 const NamedAlgorithm &named, Form form, RegisterTile tile,
                 const Division &division, OrderedBand walk,
                 int64_t prefetchInput, MLIRContext *context) {
  const Split &parallel = division.split;
  if (parallel.k != 1)
    tile.rows = parallel.h != 1 ? 1 : tile.rows;
  else if (parallel.h != 1)
    tile = getOneRowTile(problem, machine, tile);
  ScheduleFields fields = describeTile(problem, machine, tile);
  fields.setNamedAlgorithm(named);
  fields.form = form;
  walk.assignTo(fields);
  fields.flatten = division.flatten;
  fields.prefetchInput = prefetchInput;
  fields.prefetchOutput = choosePrefetchOutput(problem, machine, tile);
  fields.parallel = parallel;
  fields.epilogue = problem.heavyEpilogue && problem.allowsStoredEpilogue()
                        ? EpilogueForm::Output
                        : EpilogueForm::Registers;
  return fields.toAttr(context);
}

SmallVector<Choice> mlir::conv::enumerateDirect(const Problem &problem,
                                                MachineAttr machine,
                                                MLIRContext *context) {
  Extents e = getExtents(problem, machine);
  SmallVector<Choice> candidates;
  SmallVector<RegisterTile> seen;
  SmallVector<RegisterTile> tiles = enumerateAllLegalTiles(problem, machine);
  for (RegisterTile tile : tiles) {
    // Widths that make the same parts of the columns are the same code.
    int64_t unit = tile.hasPixelVectors()
                       ? tile.columns / tile.vectors
                       : tile.getColumnUnit(machine.getNVec());
    tile.columns = unit * splitBalanced(llvm::divideCeilSigned(e.columns, unit),
                                        tile.columns / unit)
                              .front()
                              .second;
    if (tile.hasPixelVectors())
      tile.vectors = tile.columns / unit;
    if (llvm::is_contained(seen, tile))
      continue;
    seen.push_back(tile);
    int64_t ahead = choosePrefetchInput(problem, machine, tile);
    ScheduleFields fields = describeTile(problem, machine, tile);
    fields.prefetchInput = ahead;
    ProblemNest nest = buildProblemNest(problem, fields);
    Cost tileCost = estimate(problem, machine, nest);
    for (OrderedBand walk : enumerateOrders(problem, machine, tile)) {
      Cost cost = tileCost;
      walk.assignTo(fields);
      nest.setWalk(fields);
      cost.cycles = addMemoryCycles(cost.cycles, problem, machine, nest);
      Division division =
          divide(problem, machine, getInPlaceAlgorithm(), tile, cost.cycles);
      ScheduleAttr schedule =
          completeSchedule(problem, machine, getInPlaceAlgorithm(), Form::Whole,
                           tile, division, walk, ahead, context);
      if (!findObstacle(problem, machine, schedule))
        candidates.push_back({schedule, cost, 1});
    }
  }
  return candidates;
}

Choice mlir::conv::chooseSchedule(const Problem &problem, MachineAttr machine,
                                  const NamedAlgorithm &named, Form form,
                                  MLIRContext *context) {
  Algorithm algorithm = named.algorithm;
  const AlgorithmTraits &traits = getTraits(algorithm);
  // Bands are visited row by row.
  bool oneRow = form == Form::Banded;
  SmallVector<RegisterTile> tiles =
      enumerateTilesOf(algorithm, problem, machine, oneRow);
  Choice choice;
  choice.numCandidates = tiles.size();
  struct Option {
    RegisterTile tile;
    Cost cost;
    OrderedBand walk;
    int64_t ahead;
    size_t position;
  };
  auto balance = [](const RegisterTile &t) {
    return t.hasPixelVectors() ? t.rows * t.vectors + t.channels
                               : t.pixels() + t.vectors;
  };
  std::vector<Option> options;
  for (const RegisterTile &tile : tiles) {
    ScheduleFields fields = describeTile(problem, machine, tile);
    ProblemNest nest = buildProblemNest(problem, fields);
    OrderedBand walk = chooseWalk(problem, machine, nest, fields);
    if (!traits.contractsInPlace())
      walk.band = 0;
    bool image = traits.readsImage();
    int64_t ahead = image ? choosePrefetchInput(problem, machine, tile) : 0;
    walk.assignTo(fields);
    fields.prefetchInput = ahead;
    nest.setWalk(fields);
    Cost cost = estimate(problem, machine, nest);
    cost.cycles = addMemoryCycles(cost.cycles, problem, machine, nest, image);
    options.push_back({tile, cost, walk, ahead, options.size()});
  }
  // Ties go to the squarer tile: fewer loads.
  auto isBetter = [&](const Option &a, const Option &b) {
    return std::tuple(a.cost.cycles, balance(a.tile), a.position) <
           std::tuple(b.cost.cycles, balance(b.tile), b.position);
  };
  llvm::sort(options, isBetter);
  // A slower tile may be the one that threads divide evenly.
  const Option *best = nullptr;
  Division division;
  double elapsed = 0;
  for (const Option &option : options) {
    double cycles = option.cost.cycles;
    if (best && cycles / double(machine.getThreads()) >= elapsed)
      break;
    Division other = divide(problem, machine, algorithm, option.tile, cycles);
    if (best && other.getElapsed(cycles) >= elapsed)
      continue;
    best = &option;
    division = other;
    elapsed = other.getElapsed(cycles);
  }
  choice.schedule =
      completeSchedule(problem, machine, named, form, best->tile, division,
                       best->walk, best->ahead, context);
  choice.cost = estimate(problem, machine, choice.schedule);
  return choice;
}
