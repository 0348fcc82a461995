//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/RegisterTile.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

RegisterTile RegisterTile::fromSchedule(ScheduleAttr s) {
  return fromFields(ScheduleFields(s));
}

RegisterTile RegisterTile::fromFields(const ScheduleFields &s) {
  RegisterTile tile{s.hOb, s.wOb, s.cOb / s.nVec, s.vector};
  tile.share = s.share;
  if (s.vector == VectorIterator::W)
    tile.vectors = s.wOb / s.nVec;
  if (s.vector == VectorIterator::C)
    tile.vectors = 1;
  if (s.vector == VectorIterator::KW)
    tile.vectors = 2 * s.cOb / s.nVec;
  if (s.vector == VectorIterator::W || s.vector == VectorIterator::C)
    tile.channels = s.cOb;
  return tile;
}

void RegisterTile::assignTo(ScheduleFields &fields) const {
  fields.vector = vector;
  fields.hOb = rows;
  fields.wOb = columns;
  fields.cOb = getCOb(fields.nVec);
  fields.share = share;
}

std::string RegisterTile::str() const {
  std::string text = rows == 1 ? "" : std::to_string(rows) + "x";
  if (hasPixelVectors())
    return text + llvm::formatv("{0}wx{1}", vectors, channels).str();
  if (vector == VectorIterator::C)
    return text + llvm::formatv("{0}x{1}c", columns, channels).str();
  return text + llvm::formatv("{0}x{1}{2}", columns, vectors,
                              mergesGroups()     ? "g"
                              : hasColumnPairs() ? "kw"
                                                 : "")
                    .str();
}

Broadcast mlir::conv::getBroadcast(const Problem &problem,
                                   MachineAttr machine) {
  if (machine.getBroadcast() != Broadcast::Lane)
    return machine.getBroadcast();
  int64_t run = problem.inputBlock != 0 ? problem.inputBlock : problem.c;
  bool lanes = !problem.vectorGroups && problem.inputChannel == 1 &&
               run >= machine.getNVec();
  // A vector per pixel costs registers: with a single vector of channels to
  // share it, too few accumulators may be left to hide the latency.
  int64_t vectors =
      llvm::divideCeilSigned(problem.k, int64_t(machine.getNVec()));
  if (vectors == 1 &&
      (machine.getNReg() - 1) / 2 < machine.getNFma() * machine.getLFma())
    lanes = false;
  return lanes ? Broadcast::Lane : Broadcast::Splat;
}

bool mlir::conv::hidesLatency(MachineAttr machine, const RegisterTile &tile) {
  return tile.accumulators() >= machine.getNFma() * machine.getLFma();
}

SizeRuns mlir::conv::splitBalanced(int64_t extent, int64_t width) {
  SizeRuns parts;
  if (extent <= 0)
    return parts;
  int64_t count = llvm::divideCeilSigned(extent, width);
  int64_t size = extent / count, wider = extent % count;
  if (wider != 0)
    parts.push_back({wider, size + 1});
  parts.push_back({count - wider, size});
  return parts;
}

void mlir::conv::dropSlowTiles(MachineAttr machine,
                               SmallVectorImpl<RegisterTile> &tiles) {
  auto isSlow = [&](const RegisterTile &tile) {
    return !hidesLatency(machine, tile);
  };
  if (!llvm::all_of(tiles, isSlow))
    llvm::erase_if(tiles, isSlow);
}
