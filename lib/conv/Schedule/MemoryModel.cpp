//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the caches do to the loops around the register tile. How often input
/// and filter come from beyond L2 follows from the order of the loops:
///
///   khw   input per block of k, unless it stays      filter once
///   khw in bands of rows                             filter per band
///   hkw   input once                   filter per row,  unless it stays
///   hwk   input once                   filter per tile, unless it stays
///
/// A block of the filter that does not stay comes again for each tile.
/// Each line costs the FMAs some cycles, fewer where it is fetched ahead; the
/// order with the smallest sum is chosen. docs/model.md has the measurements.
///
//===----------------------------------------------------------------------===//

#include "conv/Schedule/MemoryModel.h"

#include "Depthwise.h"
#include "GroupVectors.h"
#include "ModelTerms.h"
#include "conv/Schedule/KernelKinds.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Bytes of one image and group.
struct Operands {
  double input, filter, output, inputRow;
  double getSum() const { return input + filter + output; }
};

Operands getOperands(const Problem &p, const Extents &e) {
  Operands bytes;
  bytes.inputRow = double(p.w) * e.inputChannels * p.inputBytes;
  bytes.input = bytes.inputRow * p.h;
  bytes.filter =
      double(e.outputs) * e.channels * p.r * p.s *
      p.getFilterBytes(e.vectorInput ? FilterForm::Plain : FilterForm::Packed);
  bytes.output = double(e.outputs) * p.ho * p.wo * p.outputBytes;
  return bytes;
}

bool staysInL2(const Operands &bytes, MachineAttr m) {
  return bytes.getSum() < kStayingShare * m.getL2();
}

/// Bytes of input and filter from beyond L2, for one image and group.
std::pair<double, double> getTraffic(const Problem &p, MachineAttr m,
                                     const Operands &bytes,
                                     const ProblemNest &nest) {
  const ContractNest &loops = nest.contract;
  double kTiles = countTiles(loops.channels);
  double filterTile = bytes.filter / kTiles;
  double l2 = kStayingShare * m.getL2();
  double bands = 1;
  bool inputStays = bytes.input + filterTile < l2;
  if (nest.bands) {
    int64_t band = nest.bands->sizes[ContractOp::Ho];
    bands =
        llvm::divideCeilSigned(nest.contraction.extents[ContractOp::Ho], band);
    double rows = (band - 1) * p.strideH + (p.r - 1) * p.dilationH + 1;
    inputStays = bytes.inputRow * rows + filterTile < kBandShare * m.getL2();
  }
  double rowTiles = countTiles(loops.rows);
  double columnTiles = countTiles(loops.columns);
  // Beside the rows of the window, or a tile's pixels and the next one's.
  double rows = p.flattenable
                    ? 2 * bytes.input * loops.tile.pixels() / (p.ho * p.wo)
                    : p.r * bytes.inputRow;
  bool filterStays = bytes.filter + rows < l2;
  bool blockStays = filterTile + rows < l2;
  auto readFilter = [&](double times) {
    return bytes.filter * (filterStays ? 1 : times);
  };
  // Groups of one channel read lines of their own, where a block fills them.
  double visits = kTiles;
  if (nest.contraction.vectorInput)
    visits = std::max(1.0, kLineBytes / double(loops.tile.getCOb(loops.lanes) *
                                               p.inputBytes));
  switch (loops.getDepthOfChannels()) {
  case 0:
    return {bytes.input * (inputStays ? 1 : visits),
            readFilter(blockStays ? bands : rowTiles * columnTiles)};
  case 1:
    return {bytes.input, readFilter(rowTiles * (blockStays ? 1 : columnTiles))};
  default:
    return {bytes.input, readFilter(rowTiles * columnTiles)};
  }
}

} // namespace

int64_t mlir::conv::countSets(MachineAttr m, int64_t stride) {
  int64_t period = std::max<int64_t>(m.getL1() / m.getL1Ways(), kLineBytes);
  return period / std::gcd(stride, period);
}

double mlir::conv::getPlaneConflict(const Problem &p, MachineAttr m) {
  if (p.inputChannel == 1 || p.c == 1 || ShapedType::isDynamic(p.inputChannel))
    return 0;
  int64_t sets = countSets(m, p.inputChannel * p.inputBytes);
  int64_t ways = std::max<int64_t>(m.getL1Ways() - kReservedWays, 1);
  return p.c > ways * sets ? 1.0 / (sets * sets) : 0;
}

double mlir::conv::getPlaneCycles(const Problem &problem, MachineAttr machine,
                                  double step) {
  double wait = kPlaneExposure * machine.getRates().getConflict();
  return wait * getPlaneConflict(problem, machine) / step;
}

bool mlir::conv::staysInL2(const Problem &p, MachineAttr m) {
  return staysInL2(getOperands(p, getExtents(p, m)), m);
}

SmallVector<OrderedBand> mlir::conv::enumerateOrders(const Problem &problem,
                                                     MachineAttr machine,
                                                     const RegisterTile &tile) {
  Extents e = getExtents(problem, machine, tile.vector);
  SmallVector<OrderedBand> orders{{LoopOrder::KHW, 0}};
  // A single block of channels is visited the same way in all.
  if (e.outputs <= tile.getCOb(machine.getNVec()))
    return orders;
  // Pixels of all channels are many places to write to, where rows are more.
  // Those of merged groups are one run.
  if (tile.hasPixelVectors() || e.rows == 1 || tile.mergesGroups())
    orders.push_back({LoopOrder::HWK, 0});
  if (e.rows == 1)
    return orders;
  orders.push_back({LoopOrder::HKW, 0});
  // Of columns whose number is not known no band is cut out of a padded image.
  if (tile.rows == 1 && !tile.hasPixelVectors() && !e.vectorInput &&
      !tile.mergesGroups() && !problem.hasUnknownImage())
    for (int64_t band : {4, 2})
      if (e.rows > band)
        orders.push_back({LoopOrder::KHW, band});
  return orders;
}

int64_t mlir::conv::choosePrefetchInput(const Problem &p, MachineAttr m,
                                        const RegisterTile &tile) {
  Extents e = getExtents(p, m, tile.vector);
  Operands bytes = getOperands(p, e);
  // Where groups are few channels a step loads as much as it computes.
  if (e.vectorInput || tile.mergesGroups() ||
      ShapedType::isDynamic(p.inputColumn) || staysInL2(bytes, m))
    return 0;
  // So has a tile whose rows share: one output of 64 channels at 224x224, NCHW,
  // 18 and 26 % of the peak.
  if (getKernelKind(tile.vector).fetchesNextRow ||
      (tile.hasPixelVectors() && tile.share))
    return 1;
  // Planes: two lines per step, which lines from L3 are not worth, nor are
  // there free loads for them in short steps.
  if (p.inputChannel != 1) {
    double loads = tile.hasPixelVectors() ? tile.rows * tile.vectors * 2 + 1
                                          : 2 * tile.vectors + 2;
    loads += tile.hasPixelVectors() ? tile.channels : tile.pixels();
    double step = double(tile.accumulators()) / m.getNFma();
    bool areFree = loads <= kFreeLoads * m.getLoads() * step;
    return areFree && bytes.getSum() > kL3Share * m.getL3() ? 1 : 0;
  }
  // Short tiles are over before a line arrives. The lines of all these tiles
  // must not push each other out of L1.
  double cycles =
      double(tile.accumulators()) / m.getNFma() * e.steps * p.r * p.s;
  double ahead = std::ceil(m.getRates().getMemoryLatency() / cycles);
  int64_t tiles = std::clamp<int64_t>(ahead, 1, kMostInputAhead);
  int64_t sets = countSets(m, getPixelDistance(p, e));
  return std::clamp<int64_t>(m.getL1Ways() * sets / tile.pixels() - 1, 0,
                             tiles);
}

/// Whether an image and group does not stay in L3, so that what it writes goes
/// to memory.
static bool writesMemory(const Operands &bytes, MachineAttr m) {
  return !staysInL2(bytes, m) && bytes.getSum() > kL3Share * m.getL3();
}

int64_t mlir::conv::choosePrefetchOutput(const Problem &p, MachineAttr m,
                                         const RegisterTile &tile) {
  Extents e = getExtents(p, m, tile.vector);
  // Long reductions leave the stores time to fetch their lines themselves.
  double cycles = double(e.steps) * p.r * p.s / m.getNFma();
  bool planes = p.outputColumn == 1 && e.outputs > 1;
  double advantage = planes ? kPlaneStoreAdvantage : kStoreAdvantage;
  if (((tile.hasPixelVectors() || p.outputChannel != 1) && !planes) ||
      cycles > advantage * m.getRates().getMemoryStore() ||
      !writesMemory(getOperands(p, e), m))
    return 0;
  int64_t elements = tile.pixels() * tile.getCOb(m.getNVec());
  int64_t lines = llvm::divideCeilSigned(elements * p.outputBytes, kLineBytes);
  return std::clamp<int64_t>(kLinesAhead / lines, 1, kMostOutputAhead);
}

/// Cycles it takes at least to write the output of an image and group to
/// memory.
static double getStoreCycles(const Problem &p, MachineAttr m,
                             const Operands &bytes) {
  // Planes are written in as many places as there are channels.
  if (p.outputChannel != 1 || !writesMemory(bytes, m))
    return 0;
  return bytes.output / kLineBytes * m.getRates().getMemoryStore();
}

double mlir::conv::addMemoryCycles(double cycles, const Problem &p,
                                   MachineAttr m, const ProblemNest &nest,
                                   bool readsImage, bool filterAhead) {
  cycles += getStreamCycles(p, m, nest, readsImage, filterAhead);
  Extents e = getExtents(p, m, nest);
  Operands bytes = getOperands(p, e);
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  return std::max(cycles, images * e.groups * getStoreCycles(p, m, bytes));
}

/// Whether all of the image passes for each block of channels.
static bool visitsImageByBlocks(const ProblemNest &nest) {
  return nest.contract.getDepthOfChannels() == 0 && !nest.bands;
}

double mlir::conv::getPartialLineCycles(const Problem &p, MachineAttr m,
                                        const ProblemNest &nest) {
  Extents e = getExtents(p, m, nest);
  Operands bytes = getOperands(p, e);
  const ContractNest &loops = nest.contract;
  double block = double(loops.tile.getCOb(loops.lanes) * p.outputBytes);
  // All channels of a pixel are followed by those of the next.
  bool isRun =
      p.outputColumn == p.k && e.outputs <= loops.tile.getCOb(loops.lanes);
  if (p.outputChannel != 1 || !visitsImageByBlocks(nest) ||
      block >= kLineBytes || isRun || staysInL2(bytes, m))
    return 0;
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  return images * e.groups * (kLineBytes / block - 1) * bytes.output /
         kLineBytes * m.getRates().getAheadStall();
}

double mlir::conv::getStreamCycles(const Problem &p, MachineAttr m,
                                   const ProblemNest &nest, bool readsImage,
                                   bool filterAhead) {
  Extents e = getExtents(p, m, nest);
  Operands bytes = getOperands(p, e);
  if (staysInL2(bytes, m))
    return 0;
  const ContractNest &loops = nest.contract;
  auto [input, filter] = getTraffic(p, m, bytes, nest);
  if (!readsImage)
    input = 0;
  MachineRatesAttr rates = m.getRates();
  // Read again, a small input is in L3 even where the first time it was not.
  double l3 = kL3Share * m.getL3();
  auto getInputCycles = [&](double needed) {
    return loops.inputAhead != 0 ? rates.getAheadStall()
           : needed > l3         ? rates.getMemoryStall()
                                 : rates.getL3Stall();
  };
  // Between two reads of a line lies a block of the filter, or all of it.
  double between =
      std::min(bytes.filter,
               visitsImageByBlocks(nest)
                   ? bytes.filter / e.outputs * loops.tile.getCOb(loops.lanes)
                   : bytes.filter);
  double ahead = filterAhead ? rates.getAheadStall() : rates.getL3Stall();
  double again =
      between > l3 ? std::max(rates.getMemoryStall() / kFilterAgainParts, ahead)
                   : ahead;
  double filterCycles = std::min(filter, bytes.filter) * ahead +
                        std::max(0.0, filter - bytes.filter) * again;
  double first = std::min(input, bytes.input);
  double cycles = first * getInputCycles(bytes.getSum()) +
                  (input - first) * getInputCycles(bytes.input) +
                  bytes.output * rates.getAheadStall() + filterCycles;
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  return images * e.groups * cycles / kLineBytes;
}

/// Cycles it takes at least to move what goes through L3, and where an image
/// does not stay there from and to memory. Of a filter that is read again, L2
/// still has a part.
static double getTransferCycles(const Problem &p, MachineAttr m,
                                const Extents &e, const Operands &bytes,
                                const ProblemNest &nest, bool readsImage) {
  if (staysInL2(bytes, m))
    return 0;
  auto [input, filter] = getTraffic(p, m, bytes, nest);
  if (!readsImage)
    input = 0;
  double images = ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
  double first = std::min(filter, bytes.filter);
  double left = std::max(0.0, 1 - kStayingShare * m.getL2() / bytes.filter);
  MachineRatesAttr rates = m.getRates();
  // An output is fetched, and written back.
  double inside = first + (filter - first) * left, outside = 0, stores = 0;
  if (!writesMemory(bytes, m)) {
    inside += input + 2 * bytes.output;
  } else {
    // A small input is in L3 when it is read again.
    bool returns = bytes.input <= kL3Share * m.getL3();
    outside = returns ? std::min(input, bytes.input) : input;
    inside += input - outside;
    stores = getStoreCycles(p, m, bytes);
  }
  return images * e.groups *
         (inside / rates.getL3Bandwidth() +
          outside / rates.getMemoryBandwidth() + stores);
}

double mlir::conv::addTransferCycles(double cycles, const Problem &p,
                                     MachineAttr m, const ProblemNest &nest,
                                     bool readsImage) {
  Extents e = getExtents(p, m, nest);
  Operands bytes = getOperands(p, e);
  cycles += getPartialLineCycles(p, m, nest);
  return std::max(cycles, getTransferCycles(p, m, e, bytes, nest, readsImage));
}

/// The order for vectors along columns: the one that takes fewer bytes from
/// beyond L2. Columns are outside of k only where there are no rows: few pixels
/// of all channels are many planes to write to. Where input and filter stay, k
/// inside finds the input in L1; outputs beyond L2 are better written to few
/// planes at a time.
static LoopOrder choosePixelOrder(const Problem &p, MachineAttr m,
                                  ProblemNest nest, ScheduleFields fields) {
  if (p.k <= nest.contract.tile.channels)
    return LoopOrder::KHW;
  Extents e = getExtents(p, m, nest);
  Operands bytes = getOperands(p, e);
  auto getBytes = [&](LoopOrder order) {
    fields.order = order;
    nest.setWalk(fields);
    auto [input, filter] = getTraffic(p, m, bytes, nest);
    return input + filter;
  };
  LoopOrder inner = e.rows == 1 ? LoopOrder::HWK : LoopOrder::HKW;
  double outside = getBytes(LoopOrder::KHW), inside = getBytes(inner);
  bool outputStays = bytes.input + bytes.output < kStayingShare * m.getL2();
  bool goesInside = inside == outside ? outputStays : inside < outside;
  return goesInside ? inner : LoopOrder::KHW;
}

OrderedBand mlir::conv::chooseWalk(const Problem &problem, MachineAttr machine,
                                   ProblemNest nest, ScheduleFields fields) {
  const RegisterTile tile = nest.contract.tile;
  if (tile.hasPixelVectors())
    return {choosePixelOrder(problem, machine, nest, fields), 0};
  if (nest.contract.vectorInput)
    return {chooseDepthwiseOrder(problem, machine), 0};
  if (tile.mergesGroups())
    return {chooseGroupOrder(problem, machine, tile), 0};
  SmallVector<OrderedBand> walks = enumerateOrders(problem, machine, tile);
  if (walks.size() == 1)
    return walks.front();
  fields.prefetchInput = choosePrefetchInput(problem, machine, tile);
  OrderedBand best{LoopOrder::KHW, 0};
  double least = -1;
  for (OrderedBand walk : walks) {
    walk.assignTo(fields);
    nest.setWalk(fields);
    double cycles = getStreamCycles(problem, machine, nest);
    if (least >= 0 && cycles >= least)
      continue;
    best = walk;
    least = cycles;
  }
  return best;
}
