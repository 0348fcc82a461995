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
#include "ModelTerms.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

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

ContractionInput mlir::conv::getContractionInput(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::Naive:
  case Algorithm::Direct:
    return ContractionInput::Image;
  case Algorithm::Kn2row:
  case Algorithm::Kn2col:
  case Algorithm::Kn2rowAs:
  case Algorithm::Kn2colAs:
  case Algorithm::Kn2rowAa:
    return ContractionInput::ImagePerTap;
  case Algorithm::Im2col:
  case Algorithm::Im2row:
  case Algorithm::MecA:
  case Algorithm::MecB:
  case Algorithm::Im2win:
    return ContractionInput::Gathered;
  }
  llvm_unreachable("unknown algorithm");
}

bool mlir::conv::readsImage(Algorithm algorithm) {
  return algorithm != Algorithm::Naive &&
         getContractionInput(algorithm) != ContractionInput::Gathered;
}

static double loadsPerStep(const Extents &e, int64_t pixels, int64_t vectors) {
  double input = e.vectorInput ? pixels * vectors : pixels;
  return vectors + input / e.stepsPerLoad;
}

static double stepCycles(MachineAttr m, const Extents &e, int64_t pixels,
                         int64_t vectors, Resource *limit = nullptr) {
  double issue = double(pixels * vectors) / m.getNFma();
  double loads = loadsPerStep(e, pixels, vectors) / m.getLoads();
  return getStepCycles(m, issue, loads, limit);
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          const RegisterTile &tile) {
  if (tile.hasPixelVectors())
    return estimatePixelTile(problem, machine, tile);
  Extents e = getExtents(problem, machine);
  int64_t lanes = machine.getNVec();
  int64_t vectors = llvm::divideCeilSigned(e.outputs, lanes);
  double steps = double(e.channels) * problem.r * problem.s;
  bool transposed = isTransposed(problem, e);
  // A block of the filter beyond L1 comes from L2 for each tile.
  double filterBytes = steps * tile.vectors * lanes * kElementBytes;
  bool filterInL1 = staysInL1(machine, filterBytes);

  Cost cost;
  for (auto [numK, v] : divideWithRest(vectors, tile.vectors))
    for (auto [numH, h] : divideWithRest(e.rows, tile.rows))
      for (auto [numW, w] : splitBalanced(e.columns, tile.columns)) {
        double step = stepCycles(machine, e, h * w, v);
        if (!filterInL1)
          step = std::max(step, v * lanes * kElementBytes / kL2BytesPerCycle);
        step += getPlaneCycles(problem, machine, step);
        double cycles = step * steps + getStartCycles(h * w * v);
        if (transposed) {
          // log2(lanes) shuffles per row of a square, then its stores. Rows of
          // one column follow each other like columns.
          int64_t run = e.columns == 1 ? h : w;
          double stores = double(h * w / run) *
                          llvm::divideCeilSigned(run, lanes) * v * lanes;
          cycles += stores * (llvm::Log2_64(lanes) / 2.0 + 1);
          // Parts of a line meet again when its neighbour tile is stored. The
          // stores drain beside the computation of the next tile.
          bool wholeLines = run * kElementBytes % kLineBytes == 0;
          if (!wholeLines && storesConflict(problem, machine, v * lanes))
            cycles = std::max(cycles, stores * kConflictCycles);
        }
        cost.cycles += double(numK) * numH * numW * cycles;
      }
  if (!filterInL1) {
    double tiles = double(llvm::divideCeilSigned(e.rows, tile.rows)) *
                   llvm::divideCeilSigned(e.columns, tile.columns);
    cost.cycles += kFilterExposure * tiles * vectors * steps * lanes *
                   kElementBytes / kLineBytes;
  }
  double images = ShapedType::isDynamic(problem.n) ? 1.0 : double(problem.n);
  cost.cycles *= images * e.groups;
  cost.fmaCycles = problem.flops() / (2.0 * lanes * machine.getNFma());
  (void)stepCycles(machine, e, tile.pixels(), tile.vectors, &cost.limit);
  cost.registers = getRegisters(getBroadcast(problem, machine), lanes, tile);
  return cost;
}

Cost mlir::conv::estimate(const Problem &problem, MachineAttr machine,
                          ScheduleAttr schedule) {
  RegisterTile tile = RegisterTile::fromSchedule(schedule);
  Cost cost = estimate(problem, machine, tile);
  cost.cycles = addMemoryCycles(cost.cycles, problem, machine, tile,
                                {schedule.getOrder(), schedule.getBand()},
                                schedule.getPrefetchInput(),
                                readsImage(schedule.getAlgorithm()));
  return cost;
}
