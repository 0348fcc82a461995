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

Extents mlir::conv::getExtents(const Problem &p, MachineAttr m,
                               VectorIterator vector) {
  int64_t steps = llvm::divideCeilSigned(p.c, p.getChannelsPerStep());
  Extents e{p.ho, p.wo, p.c, p.k, p.g, p.c, steps, false, 1};
  if (getBroadcast(p, m) == Broadcast::Lane)
    e.stepsPerLoad = m.getNVec();
  if (p.flattenable) {
    e.columns = p.ho * p.wo;
    e.rows = 1;
  }
  // Blocks of output channels are groups that share their input.
  if (p.outputBlock != 0) {
    e.outputs = p.outputBlock;
    e.groups = p.k / p.outputBlock;
  }
  if (p.vectorGroups) {
    e.outputs = e.inputChannels = p.g;
    e.groups = 1;
    e.vectorInput = true;
  }
  if (vector == VectorIterator::G) {
    e.outputs = p.g * p.k;
    e.inputChannels = p.g * p.c;
    e.groups = 1;
    e.stepsPerLoad = 1;
  }
  return e;
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
  return std::pow(std::min(issue / double(m.getLFma()), 1.0), kSlackExponent);
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

/// The share of the taps of one axis that are inside of an image of `size` with
/// `low` zeros before it.
static double getTapsInside(int64_t outputs, int64_t taps, int64_t stride,
                            int64_t dilation, int64_t low, int64_t size) {
  if (ShapedType::isDynamic(outputs) || ShapedType::isDynamic(size))
    return 1;
  int64_t inside = 0;
  for (int64_t tap = 0; tap < taps; ++tap) {
    // Output i reads i * stride + tap * dilation - low, which is in [0, size).
    int64_t first = tap * dilation - low;
    int64_t begin =
        llvm::divideCeilSigned(std::max<int64_t>(-first, 0), stride);
    int64_t end = first < size ? (size - 1 - first) / stride + 1 : 0;
    inside += std::max<int64_t>(std::min(end, outputs) - begin, 0);
  }
  return double(inside) / double(outputs * taps);
}

// A contraction of one tap stands for those of all taps, each of which has
// borders of its own.
double mlir::conv::getRowsInside(const Problem &p) {
  if (p.r == 1 || (p.lowH == 0 && p.highH == 0))
    return 1;
  return getTapsInside(p.ho, p.r, p.strideH, p.dilationH, p.lowH, p.h);
}

double mlir::conv::getColumnsInside(const Problem &p) {
  if (p.s == 1 || (p.lowW == 0 && p.highW == 0))
    return 1;
  return getTapsInside(p.wo, p.s, p.strideW, p.dilationW, p.lowW, p.w);
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

SizeRuns mlir::conv::divideWithRest(int64_t extent, int64_t size) {
  SizeRuns parts;
  if (extent / size != 0)
    parts.push_back({extent / size, size});
  if (extent % size != 0)
    parts.push_back({1, extent % size});
  return parts;
}
