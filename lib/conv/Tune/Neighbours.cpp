//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/Neighbours.h"

#include "conv/Schedule/KernelKinds.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/ScheduleModel.h"
#include "conv/Schedule/TileEnumeration.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::conv;

namespace {
/// Collects schedules that can be honoured, each once.
class Collector {
public:
  Collector(const Problem &problem, MachineAttr machine,
            const Constraints &constraints)
      : problem(problem), machine(machine), constraints(constraints) {}

  void add(ScheduleAttr schedule) {
    if (schedule && !findScheduleObstacle(problem, machine, schedule) &&
        !findConstraintObstacle(problem, schedule, constraints))
      schedules.insert(schedule);
  }
  SmallVector<ScheduleAttr> take() { return schedules.takeVector(); }

private:
  const Problem &problem;
  MachineAttr machine;
  const Constraints &constraints;
  llvm::SmallSetVector<ScheduleAttr, 16> schedules;
};
} // namespace

/// Adds `count` of the register tiles of the algorithm of `schedule`, those of
/// the least predicted cost.
static void addTiles(const Problem &problem, MachineAttr machine,
                     ScheduleAttr schedule, size_t count,
                     Collector &collector) {
  Problem contraction = getAlgorithmInfo(schedule.getAlgorithm())
                            .getContraction(problem, schedule);
  std::vector<std::pair<double, RegisterTile>> tiles;
  for (const RegisterTile &tile :
       enumerateTilesOf(schedule.getAlgorithm(), contraction, machine,
                        schedule.getBand() != 0))
    tiles.push_back({estimate(contraction, machine, tile).cycles, tile});
  llvm::sort(tiles, [](const auto &a, const auto &b) {
    auto key = [](const auto &entry) {
      const RegisterTile &tile = entry.second;
      return std::tuple(entry.first, tile.rows, tile.columns, tile.vectors,
                        tile.channels);
    };
    return key(a) < key(b);
  });
  for (const auto &[cycles, tile] : ArrayRef(tiles).take_front(count)) {
    ScheduleFields fields(schedule);
    fields.parts = {};
    tile.assignTo(fields);
    if (const KernelKind &kind = getKernelKind(tile.vector);
        tile.vector != schedule.getVector()) {
      fields.broadcast = kind.getBroadcast(contraction, machine, tile);
      fields.unroll = kind.getUnroll(fields.broadcast, machine, contraction);
    }
    if (fields.hOb > 1)
      fields.flatten = false;
    collector.add(fields.toAttrIfValid(schedule.getContext()));
  }
}

SmallVector<ScheduleAttr>
mlir::conv::getFirstCandidates(const Problem &problem, MachineAttr machine,
                               const Constraints &constraints, size_t top,
                               MLIRContext *context) {
  Collector collector(problem, machine, constraints);
  CandidateList list =
      enumerateCandidates(problem, machine, constraints, context);
  const Candidate *best = list.getBest();
  if (!best)
    return {};
  // The pick is in the list, and first.
  for (const Candidate &candidate :
       ArrayRef(list.candidates).take_front(top + 1))
    collector.add(candidate.choice.schedule);
  if (std::optional<Choice> divided = chooseDivided(problem, machine, context))
    collector.add(divided->schedule);
  addTiles(problem, machine, best->choice.schedule, 2 * top, collector);
  return collector.take();
}

/// Ways to divide work among `threads`, without those that are never legal.
static SmallVector<Split> getDivisions(int64_t threads) {
  SmallVector<Split> divisions;
  if (threads == 1)
    return divisions;
  divisions.push_back({});
  for (auto dimension : {&Split::n, &Split::g, &Split::h, &Split::w, &Split::k})
    divisions.emplace_back().*dimension = threads;
  for (int64_t parts = 2; parts <= threads / 2; ++parts)
    if (threads % parts == 0) {
      Split &both = divisions.emplace_back();
      both.h = threads / parts;
      both.k = parts;
    }
  return divisions;
}

/// Adds schedules in which one of the parts of `schedule` is a neighbour.
static void addNeighboursOfParts(const Problem &problem, MachineAttr machine,
                                 const Constraints &constraints,
                                 ScheduleAttr schedule, Collector &collector) {
  SmallVector<ProblemPart, 2> parts = divideIntoParts(problem, schedule);
  for (ProblemPart &part : parts) {
    ScheduleAttr given = part.schedule;
    for (ScheduleAttr other :
         getNeighbours(part.problem, machine, constraints, given)) {
      part.schedule = other;
      collector.add(joinParts(parts));
    }
    part.schedule = given;
  }
}

SmallVector<ScheduleAttr>
mlir::conv::getNeighbours(const Problem &problem, MachineAttr machine,
                          const Constraints &constraints,
                          ScheduleAttr schedule) {
  Collector collector(problem, machine, constraints);
  if (!schedule.getParts().empty()) {
    addNeighboursOfParts(problem, machine, constraints, schedule, collector);
    return collector.take();
  }
  auto add = [&](llvm::function_ref<void(ScheduleFields &)> change) {
    ScheduleFields fields(schedule);
    change(fields);
    ScheduleAttr changed = fields.toAttrIfValid(schedule.getContext());
    if (changed != schedule)
      collector.add(changed);
  };
  for (LoopOrder order : {LoopOrder::KHW, LoopOrder::HKW, LoopOrder::HWK})
    add([&](ScheduleFields &f) { f.order = order; });
  for (const Split &division : getDivisions(machine.getThreads())) {
    add([&](ScheduleFields &f) {
      f.parallel = division;
      // Columns are divided where rows are part of them, rows where not.
      f.flatten = division.w != 1 || (f.flatten && division.h == 1);
    });
  }
  for (int64_t distance : {0, 512, 2048, 8192})
    add([&](ScheduleFields &f) { f.prefetch = distance; });
  for (int64_t tiles : {0, 1, 2})
    add([&](ScheduleFields &f) { f.prefetchInput = tiles; });
  for (int64_t tiles : {0, 2, 4, 8})
    add([&](ScheduleFields &f) { f.prefetchOutput = tiles; });
  // Bands of the direct algorithm are rows beside a filter tile; without any,
  // or with those of a transformation, twice and half as many.
  SmallVector<int64_t> bands;
  if (schedule.getBand() != 0)
    bands = {2 * schedule.getBand(), schedule.getBand() / 2};
  if (schedule.getForm() == Form::Whole)
    bands.append({0, 2, 4, 8});
  for (int64_t band : bands)
    if (band < problem.ho)
      add([&](ScheduleFields &f) { f.band = band; });
  // Lanes are taken from a whole vector of channels.
  if (schedule.getBroadcast() != Broadcast::Lane)
    for (int64_t unroll : {2, 4, 8})
      add([&](ScheduleFields &f) { f.unroll = unroll; });
  add([](ScheduleFields &f) { f.flatten = !f.flatten; });
  bool alongColumns = schedule.getVector() == VectorIterator::W;
  bool addsLanes = schedule.getVector() == VectorIterator::C;
  bool inPairs = schedule.getVector() == VectorIterator::KW;
  if (schedule.getVector() != VectorIterator::K)
    add([](ScheduleFields &f) { f.share = !f.share; });
  for (int64_t step : {1, -1}) {
    add([&](ScheduleFields &f) {
      f.wOb += step * (alongColumns ? f.nVec : inPairs ? 2 : 1);
    });
    add([&](ScheduleFields &f) {
      f.cOb += step * (alongColumns || addsLanes ? 1
                       : inPairs                 ? f.nVec / 2
                                                 : f.nVec);
    });
    add([&](ScheduleFields &f) {
      f.hOb += step;
      f.flatten = f.flatten && f.hOb == 1;
    });
  }
  return collector.take();
}
