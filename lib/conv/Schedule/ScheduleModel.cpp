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
  Choice choice;
  choice.schedule =
      joinParts({{0, front, first.schedule}, {filling, back, second.schedule}});
  choice.cost = estimate(problem, machine, choice.schedule);
  choice.numCandidates = first.numCandidates + second.numCandidates;
  return choice;
}

Choice mlir::conv::chooseDirect(const Problem &problem, MachineAttr machine,
                                MLIRContext *context) {
  Choice choice = chooseUndivided(problem, machine, context);
  std::optional<Choice> divided = chooseDivided(problem, machine, context);
  if (!divided)
    return choice;
  divided->numCandidates += choice.numCandidates;
  // Cycles are those of all threads, of which the two may have different ones.
  auto getElapsed = [](const Choice &one) {
    return one.cost.cycles / double(one.schedule.getThreads());
  };
  return getElapsed(*divided) < getElapsed(choice) ? *divided : choice;
}

/// The schedule of a tile in an order: what threads divide and what the machine
/// prescribes filled in.
static ScheduleAttr completeSchedule(const Problem &problem,
                                     MachineAttr machine, Algorithm algorithm,
                                     Form form, RegisterTile tile,
                                     double cycles, OrderedBand walk,
                                     int64_t prefetchInput,
                                     MLIRContext *context) {
  bool flatten = problem.flattenable;
  // A transformed input has no border that would be known in shares of
  // different sizes.
  Split parallel = chooseParallel(
      problem, machine, tile, cycles,
      /*evenShares=*/!getTraits(algorithm).contractsInPlace(), flatten);
  if (parallel.k != 1)
    tile.rows = parallel.h != 1 ? 1 : tile.rows;
  else if (parallel.h != 1)
    tile = getOneRowTile(problem, machine, tile);
  ScheduleFields fields = describeTile(problem, machine, tile);
  fields.algorithm = algorithm;
  fields.form = form;
  walk.assignTo(fields);
  fields.flatten = flatten;
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
    int64_t unit = tile.getColumnUnit(machine.getNVec());
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
      ScheduleAttr schedule =
          completeSchedule(problem, machine, getInPlaceAlgorithm(), Form::Whole,
                           tile, cost.cycles, walk, ahead, context);
      if (!findObstacle(problem, machine, schedule))
        candidates.push_back({schedule, cost, 1});
    }
  }
  return candidates;
}

Choice mlir::conv::chooseSchedule(const Problem &problem, MachineAttr machine,
                                  Algorithm algorithm, Form form,
                                  MLIRContext *context) {
  const AlgorithmTraits &traits = getTraits(algorithm);
  // Bands are visited row by row.
  bool oneRow = form == Form::Banded;
  SmallVector<RegisterTile> tiles =
      enumerateTilesOf(algorithm, problem, machine, oneRow);
  Choice choice;
  choice.numCandidates = tiles.size();
  RegisterTile best = tiles.front();
  OrderedBand bestWalk{LoopOrder::KHW, 0};
  int64_t bestAhead = 0;
  auto balance = [](const RegisterTile &t) {
    return t.hasPixelVectors() ? t.rows * t.vectors + t.channels
                               : t.pixels() + t.vectors;
  };
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
    // Ties go to the squarer tile: fewer loads.
    bool better =
        choice.cost.cycles == 0 || cost.cycles < choice.cost.cycles ||
        (cost.cycles == choice.cost.cycles && balance(tile) < balance(best));
    if (!better)
      continue;
    choice.cost = cost;
    best = tile;
    bestWalk = walk;
    bestAhead = ahead;
  }
  choice.schedule =
      completeSchedule(problem, machine, algorithm, form, best,
                       choice.cost.cycles, bestWalk, bestAhead, context);
  choice.cost = estimate(problem, machine, choice.schedule);
  return choice;
}
