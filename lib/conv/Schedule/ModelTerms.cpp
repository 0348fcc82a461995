//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelTerms.h"

#include "conv/Schedule/MemoryModel.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;

static Extents makeExtents(const Problem &p, MachineAttr m,
                           const Contraction &contraction,
                           VectorIterator vector) {
  const auto &extents = contraction.extents;
  int64_t steps = llvm::divideCeilSigned(p.c, p.getChannelsPerStep());
  bool merges = vector == VectorIterator::G;
  Extents e{extents[ContractOp::Ho],
            extents[ContractOp::Wo],
            extents[ContractOp::C],
            extents[ContractOp::K],
            extents[ContractOp::G],
            p.vectorGroups || merges ? p.g * p.c : p.c,
            steps,
            contraction.vectorInput && !merges,
            1};
  if (!merges && getBroadcast(p, m) == Broadcast::Lane)
    e.stepsPerLoad = m.getNVec();
  return e;
}

Extents mlir::conv::getExtents(const Problem &problem, MachineAttr machine,
                               VectorIterator vector) {
  return makeExtents(problem, machine,
                     Contraction::fromProblem(problem, vector), vector);
}

Extents mlir::conv::getExtents(const Problem &problem, MachineAttr machine,
                               const ProblemNest &nest) {
  return makeExtents(problem, machine, nest.contraction, nest.contract.vector);
}

int64_t mlir::conv::getPixelDistance(const Problem &p, const Extents &e) {
  bool tall =
      e.columns == 1 && e.rows > 1 && !ShapedType::isDynamic(p.inputRow);
  int64_t elements = tall ? p.inputRow * p.strideH : p.inputColumn * p.strideW;
  return elements * p.inputBytes;
}

bool mlir::conv::isTransposed(const Problem &p, const Extents &e) {
  return !e.vectorInput && p.outputChannel != 1;
}

double mlir::conv::getExtensionCycles(const Problem &p, MachineAttr m) {
  bool isShift = p.types && p.types->a == ElementKind::BF16;
  double shuffles = isShift ? kShiftShuffles : kConversionShuffles;
  return shuffles * m.getRates().getShuffle() / m.getNFma();
}

double mlir::conv::getRebaseCycles(MachineAttr m) {
  return kShiftShuffles * m.getRates().getShuffle() / m.getNFma();
}

double mlir::conv::getSlackShare(MachineAttr m, double issue) {
  // Two units take turns unevenly; a single one has each sum in its turn.
  if (m.getNFma() == 1)
    return 0;
  return std::pow(std::min(issue / double(m.getLFma()), 1.0), kSlackExponent);
}

double mlir::conv::getLoadTurns(MachineAttr m, double bytes) {
  return std::max(bytes / m.getRates().getLoadBytes(), 1.0);
}

double mlir::conv::getStepCycles(MachineAttr m, double issue, double loads,
                                 double slackShare, Resource *limit) {
  double latency = m.getLFma() + m.getRates().getLatencySlack() * slackShare;
  double cycles = std::max({issue, loads, latency});
  if (limit)
    *limit = cycles == issue   ? Resource::FmaIssue
             : cycles == loads ? Resource::LoadPorts
                               : Resource::FmaLatency;
  return cycles;
}

double mlir::conv::getStartCycles(MachineAttr m, int64_t accumulators) {
  int64_t exposed = std::max<int64_t>(0, accumulators - kHiddenAccumulators);
  return m.getRates().getTileStart() +
         m.getRates().getAccumulator() * exposed * exposed;
}

bool mlir::conv::storesConflict(const Problem &p, MachineAttr m,
                                int64_t channels) {
  if (ShapedType::isDynamic(p.outputChannel))
    return false;
  return channels >
         m.getL1Ways() * countSets(m, p.outputChannel * p.outputBytes);
}

double mlir::conv::getRowsInside(const Contraction &c) {
  return c.rows.getShareInside(c.extents[ContractOp::Ho],
                               c.extents[ContractOp::R]);
}

double mlir::conv::getColumnsInside(const Contraction &c) {
  return c.columns.getShareInside(c.extents[ContractOp::Wo],
                                  c.extents[ContractOp::S]);
}

/// Widest tile of rows of unknown length: each number of columns that may be
/// left over is code of its own, which grows with the square of the width.
static constexpr int64_t kMaxUnknownColumns = 8;

int64_t mlir::conv::getMaxColumns(const Problem &p, MachineAttr m,
                                  const Extents &e) {
  int64_t most = std::min<int64_t>(e.columns, m.getNReg());
  return p.unknownColumns ? std::min(most, kMaxUnknownColumns) : most;
}

int64_t mlir::conv::countPositions(const Problem &p, int64_t columns) {
  int64_t span = (columns - 1) * p.strideW + (p.s - 1) * p.dilationW + 1;
  return std::min(columns * p.s, span);
}
