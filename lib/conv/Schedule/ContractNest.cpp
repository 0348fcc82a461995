//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/ContractNest.h"

#include "conv/Machine/Instructions.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/RegisterTile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <tuple>

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Axes
//===----------------------------------------------------------------------===//

std::pair<int64_t, int64_t> WindowAxis::getInside(int64_t outputs,
                                                  int64_t taps) const {
  if (!clipped)
    return {0, outputs};
  int64_t reach = (taps - 1) * tapStep + first;
  if (outStep == 0)
    return {0, first >= 0 && reach < size ? outputs : 0};
  int64_t begin = llvm::divideCeilSigned(std::max<int64_t>(-first, 0), outStep);
  int64_t end =
      reach < size ? llvm::divideFloorSigned(size - 1 - reach, outStep) + 1 : 0;
  begin = std::min(begin, outputs);
  return {begin, std::clamp(end, begin, std::max(begin, outputs))};
}

BorderAxis WindowAxis::getBorder(int64_t outputs, int64_t taps) const {
  if (!clipped)
    return {outputs, taps, outStep, 0, 0};
  int64_t last = (outputs - 1) * outStep + (taps - 1) * tapStep + first;
  return {outputs, taps, outStep, std::max<int64_t>(-first, 0),
          std::max<int64_t>(last - (size - 1), 0)};
}

double WindowAxis::getShareInside(int64_t outputs, int64_t taps) const {
  // A contraction of one tap stands for those of all taps, each of which has
  // borders of its own.
  if (!clipped || taps == 1 || outStep == 0 || ShapedType::isDynamic(outputs) ||
      ShapedType::isDynamic(size))
    return 1;
  // Taps of an output are neighbours as outputs of a tap are, so that the axis
  // can be counted along the shorter of the two. Of very many, every n-th
  // speaks for those beside it: a share of the time is all this is for.
  constexpr int64_t most = 1 << 10;
  WindowAxis across = *this;
  if (outputs < taps && tapStep != 0) {
    std::swap(across.outStep, across.tapStep);
    std::swap(outputs, taps);
  }
  int64_t stride = llvm::divideCeilSigned(taps, most), counted = 0;
  double inside = 0;
  for (int64_t tap = stride / 2; tap < taps; tap += stride, ++counted) {
    WindowAxis single = across;
    single.first += tap * across.tapStep;
    auto [begin, end] = single.getInside(outputs, /*taps=*/1);
    inside += end - begin;
  }
  return inside / (double(counted) * double(outputs));
}

bool WindowAxis::operator==(const WindowAxis &o) const {
  return std::tie(outStep, tapStep, first, size, clipped, high) ==
         std::tie(o.outStep, o.tapStep, o.first, o.size, o.clipped, o.high);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

SizeRuns mlir::conv::countSizes(const TileRuns &runs, int64_t unit) {
  SizeRuns sizes;
  for (const TileRun &run : runs) {
    int64_t size = llvm::divideCeilSigned(run.size, unit);
    auto *same = llvm::find_if(
        sizes, [&](const auto &known) { return known.second == size; });
    if (same == sizes.end())
      sizes.push_back({run.count, size});
    else
      same->first += run.count;
  }
  return sizes;
}

int64_t mlir::conv::countTiles(const TileRuns &runs) {
  int64_t count = 0;
  for (const TileRun &run : runs)
    count += run.count;
  return count;
}

//===----------------------------------------------------------------------===//
// Comparison and names
//===----------------------------------------------------------------------===//

bool TileRun::operator==(const TileRun &o) const {
  return std::tie(begin, count, size, border, gapBegin, gapEnd) ==
         std::tie(o.begin, o.count, o.size, o.border, o.gapBegin, o.gapEnd);
}

bool ColumnCase::operator==(const ColumnCase &o) const {
  return std::tie(count, overhang, axis, begin, runs) ==
         std::tie(o.count, o.overhang, o.axis, o.begin, o.runs);
}

bool UnknownColumns::operator==(const UnknownColumns &o) const {
  return std::tie(first, width, narrow, rests, shortRows) ==
         std::tie(o.first, o.width, o.narrow, o.rests, o.shortRows);
}

bool ContractNest::operator==(const ContractNest &o) const {
  auto tie = [](const ContractNest &x) {
    return std::tie(x.images, x.groups, x.order, x.channels, x.rows, x.columns,
                    x.tile, x.borderCode, x.borderCodeLimit, x.findsRows,
                    x.unknownColumns, x.lanes, x.vector, x.broadcast,
                    x.vectorInput, x.r, x.s, x.c, x.channelBlock, x.unroll,
                    x.window, x.hidesTaps, x.packedFilter, x.filterAhead,
                    x.inputAhead, x.outputAhead, x.inputAlongRows,
                    x.outputAlongRows, x.fetchesResidual);
  };
  return tie(*this) == tie(o);
}

StringRef mlir::conv::stringifyBorder(Border border) {
  switch (border) {
  case Border::Inside:
    return "inside";
  case Border::Peeled:
    return "peeled";
  case Border::Bounded:
    return "bounded";
  }
  llvm_unreachable("unknown border");
}

StringRef mlir::conv::stringifyWindowForm(WindowForm form) {
  switch (form) {
  case WindowForm::Loops:
    return "loops";
  case WindowForm::Columns:
    return "columns";
  case WindowForm::Row:
    return "row";
  case WindowForm::Rows:
    return "rows";
  case WindowForm::Whole:
    return "whole";
  case WindowForm::Unrolled:
    return "unrolled";
  }
  llvm_unreachable("unknown form of a window");
}

unsigned ContractNest::getDepthOfChannels() const {
  return llvm::find(order, ContractOp::K) - order.begin();
}

int64_t ContractNest::countAccumulators(int64_t tileRows, int64_t tileColumns,
                                        int64_t tileChannels) const {
  int64_t groups =
      tileRows * llvm::divideCeilSigned(tileColumns, getGroupSize());
  return groups * llvm::divideCeilSigned(tileChannels, getChannelLanes());
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

std::array<unsigned, 3> mlir::conv::getTileOrder(LoopOrder order) {
  switch (order) {
  case LoopOrder::KHW:
    return {ContractOp::K, ContractOp::Ho, ContractOp::Wo};
  case LoopOrder::HKW:
    return {ContractOp::Ho, ContractOp::K, ContractOp::Wo};
  case LoopOrder::HWK:
    return {ContractOp::Ho, ContractOp::Wo, ContractOp::K};
  }
  llvm_unreachable("unknown loop order");
}

/// Widest tiles whose taps are bounded at run time: their code grows with their
/// columns. The columns of a pair have different taps: they stand alone.
static constexpr int64_t kNarrow = 4, kNarrowPairs = 1;
/// FMAs of the code of a step of all taps: windows of up to 7x7, of few rows.
static constexpr int64_t kMaxWindowCode = 1024;
/// FMAs of the code of all ends that rows of unknown length may have: some
/// seconds of compilation.
static constexpr uint64_t kMaxUnknownCode = 6000;

namespace {

/// Finds the loops of one contraction.
class ContractNestBuilder {
public:
  ContractNestBuilder(const Contraction &contraction,
                      const ScheduleFields &schedule)
      : in(contraction), schedule(schedule) {}

  ContractNest build() {
    nest.images = in.extents[ContractOp::N];
    nest.groups = in.extents[ContractOp::G];
    nest.order = getTileOrder(schedule.order);
    nest.lanes = schedule.nVec;
    nest.vector = schedule.vector;
    nest.broadcast = schedule.broadcast;
    nest.vectorInput =
        in.vectorInput && !nest.hasPixelVectors() && !nest.hasMergedGroups();
    nest.packedFilter = schedule.filter == FilterForm::Packed;
    nest.tile = RegisterTile::fromFields(schedule);
    mergeReductions();
    nest.channelBlock = in.channelBlock;
    nest.window = getWindowForm();
    nest.hidesTaps = !nest.vectorInput;
    // The tile with fewer channels stands alone.
    int64_t k = in.extents[ContractOp::K], cOb = schedule.cOb;
    addRun(nest.channels, {0, k / cOb, cOb});
    addRun(nest.channels, {k / cOb * cOb, 1, k % cOb});
    bool bounds = boundsBorders();
    addRows(bounds);
    addColumns(bounds);
    setUnroll();
    setPrefetches();
    return std::move(nest);
  }

private:
  static void addRun(TileRuns &runs, TileRun run) {
    if (run.count != 0 && run.size != 0)
      runs.push_back(run);
  }

  void mergeReductions();
  WindowForm getWindowForm() const;
  bool boundsBorders();
  void addRows(bool bounds);
  void addColumns(bool bounds);
  int64_t getNarrow() const {
    return nest.hasColumnPairs() ? kNarrowPairs : kNarrow;
  }
  void addUnknownColumns();
  TileRuns divideColumns(const WindowAxis &axis, int64_t outputs, int64_t begin,
                         int64_t end) const;
  ColumnCase makeColumnCase(int64_t before, int64_t count,
                            int64_t overhang) const;
  uint64_t countCode(const ColumnCase &columns) const;
  void setUnroll();
  void setPrefetches();

  const Contraction &in;
  const ScheduleFields &schedule;
  ContractNest nest;
};

} // namespace

/// Makes one loop of reductions that follow each other in both operands, as
/// the taps and channels of a transformed input do. Taps of an image that is
/// read where it is keep their loops: neighbours read the same elements.
void ContractNestBuilder::mergeReductions() {
  nest.r = {in.extents[ContractOp::R], ContractOp::R};
  nest.s = {in.extents[ContractOp::S], ContractOp::S};
  nest.c = {in.extents[ContractOp::C], ContractOp::C};
  if (getTraits(schedule.algorithm).contractsInPlace() || in.channelBlock != 0)
    return;
  // Lanes of FMAs that take one are neighbours along the innermost reduction.
  bool needsLanes =
      nest.broadcast == Broadcast::Lane && !nest.hasPixelVectors();
  auto follows = [](const Contraction::Steps &steps, const ReductionLoop &outer,
                    const ReductionLoop &inner) {
    return steps[outer.step] && steps[inner.step] &&
           *steps[outer.step] == *steps[inner.step] * inner.extent;
  };
  auto merge = [&](ReductionLoop &outer, ReductionLoop &inner,
                   const WindowAxis &axis) {
    if (axis.clipped || outer.extent == 1)
      return;
    if (inner.extent == 1) {
      if (needsLanes && in.inputStep[outer.step] != 1)
        return;
      inner.step = outer.step;
    } else if (!follows(in.inputStep, outer, inner) ||
               !follows(in.filterStep, outer, inner)) {
      return;
    }
    inner.extent *= outer.extent;
    outer.extent = 1;
  };
  // Instructions that take several channels take those of one tap.
  const Instruction *row = findInstruction(schedule.fma);
  if (row && row->k > 1)
    return merge(nest.r, nest.s, in.rows);
  merge(nest.s, nest.c, in.columns);
  if (nest.s.extent == 1)
    merge(nest.r, nest.c, in.rows);
  else
    merge(nest.r, nest.s, in.rows);
}

/// Depthwise kernels read vectors of the input that serve several taps:
/// unrolled, LLVM loads each once. The tile leaves registers for them.
WindowForm ContractNestBuilder::getWindowForm() const {
  if (schedule.share && nest.hasPixelVectors()) {
    // Channels outside of all taps read each line of a plane once.
    int64_t taps = nest.r.extent * nest.s.extent;
    return taps * nest.tile.accumulators() <= kMaxWindowCode ? WindowForm::Whole
                                                             : WindowForm::Rows;
  }
  if (schedule.share)
    return WindowForm::Row;
  if (nest.hasPixelVectors() && nest.c.extent == 1 &&
      in.extents[ContractOp::K] == 1 &&
      isUnrolledWindow(nest.r.extent, nest.s.extent))
    return WindowForm::Unrolled;
  if (nest.vectorInput && nest.s.extent > 1 && nest.s.extent <= kSharedTaps)
    return WindowForm::Columns;
  return WindowForm::Loops;
}

/// Counts the code of the borders; whether it is more than it may be.
bool ContractNestBuilder::boundsBorders() {
  RegisterTile tile = nest.tile;
  int64_t rows = in.extents[ContractOp::Ho];
  // Places along rows that only the program knows are not code of their own;
  // columns have cases that count theirs.
  if (in.hasUnknownRows()) {
    tile.rows = 1;
    rows = 1;
  }
  nest.borderCodeLimit = getBorderCodeLimit(tile);
  if (in.hasUnknownColumns())
    return false;
  nest.borderCode = countBorderCode(
      tile, in.rows.getBorder(rows, nest.r.extent),
      in.columns.getBorder(in.extents[ContractOp::Wo], nest.s.extent),
      nest.window != WindowForm::Loops,
      std::min(schedule.unroll, nest.c.extent));
  if (in.hasUnknownRows() && schedule.hOb > 1)
    nest.borderCode =
        llvm::SaturatingMultiply<uint64_t>(nest.borderCode, schedule.hOb + 1);
  return nest.borderCode > nest.borderCodeLimit;
}

void ContractNestBuilder::addRows(bool bounds) {
  int64_t ho = in.extents[ContractOp::Ho], rows = schedule.hOb;
  Border border = in.rows.clipped ? Border::Bounded : Border::Inside;
  if (rows == 1)
    return addRun(nest.rows, {0, ho, 1, border});
  if (in.hasUnknownRows()) {
    // Tiles inside, as many as there are, and single rows around them.
    nest.findsRows = true;
    addRun(nest.rows, {0, ShapedType::kDynamic, rows, Border::Inside});
    return addRun(nest.rows, {0, ShapedType::kDynamic, 1, border});
  }
  // Tiles inside are a loop. The others are peeled and clip their rows
  // statically, or, where that is too much code, are single rows of one loop,
  // which leaves the tiles inside out.
  auto [first, last] = in.rows.getInside(ho, nest.r.extent);
  if (bounds && in.rows.clipped) {
    int64_t tiles = (last - first) / rows, below = first + tiles * rows;
    addRun(nest.rows, {first, tiles, rows});
    return addRun(nest.rows,
                  {0, first + ho - below, 1, Border::Bounded, first, below});
  }
  for (int64_t begin = 0; begin < ho;) {
    int64_t count = std::min(rows, ho - begin);
    if (begin < first || begin + count > last) {
      // One row alone loops over what is inside, unless rows of the window
      // stand in one block.
      bool isBounded = count == 1 && nest.window != WindowForm::Unrolled &&
                       nest.window != WindowForm::Rows &&
                       nest.window != WindowForm::Whole;
      addRun(nest.rows,
             {begin, 1, count, isBounded ? Border::Bounded : Border::Peeled});
      begin += count;
      continue;
    }
    int64_t tiles = count == rows ? (last - begin) / rows : 1;
    addRun(nest.rows, {begin, tiles, count});
    begin += tiles * count;
  }
}

void ContractNestBuilder::addColumns(bool bounds) {
  if (in.hasUnknownColumns())
    return addUnknownColumns();
  int64_t wo = in.extents[ContractOp::Wo];
  if (!bounds) {
    nest.columns = divideColumns(in.columns, wo, 0, wo);
    return;
  }
  // The columns inside are tiles as ever. The others are narrow ones, as their
  // code grows with their columns, and with what is left over.
  auto [first, last] = in.columns.getInside(wo, nest.s.extent);
  nest.columns = divideColumns(in.columns, wo, first, last);
  int64_t width = schedule.wOb;
  if (!nest.hasPixelVectors())
    width = std::min(width, getNarrow());
  int64_t left = first / width, right = (wo - last) / width;
  addRun(nest.columns,
         {0, left + right, width, Border::Bounded, left * width, last});
  addRun(nest.columns, {left * width, 1, first % width, Border::Bounded});
  addRun(nest.columns,
         {last + right * width, 1, (wo - last) % width, Border::Bounded});
}

/// Balanced tiles of the columns [begin, end) of rows of `outputs`. They hold
/// whole vectors of pixels, but for the last of a row.
TileRuns ContractNestBuilder::divideColumns(const WindowAxis &axis,
                                            int64_t outputs, int64_t begin,
                                            int64_t end) const {
  TileRuns runs;
  if (begin == end)
    return runs;
  int64_t group = nest.getGroupSize();
  SizeRuns parts = splitBalanced(llvm::divideCeilSigned(end - begin, group),
                                 std::max<int64_t>(schedule.wOb / group, 1));
  for (auto &[count, width] : parts)
    width *= group;
  if (int64_t rest = (end - begin) % group; rest != 0) {
    int64_t width = parts.back().second - (group - rest);
    if (--parts.back().first == 0)
      parts.pop_back();
    parts.push_back({1, width});
  }
  // Tiles inside are a loop; the others are peeled and clip their columns
  // statically.
  auto [inBegin, inEnd] = axis.getInside(outputs, nest.s.extent);
  for (auto [count, width] : parts) {
    int64_t first = std::clamp<int64_t>(
        llvm::divideCeilSigned(inBegin - begin, width), 0, count);
    int64_t last =
        std::clamp(llvm::divideFloorSigned(inEnd - begin, width), first, count);
    addRun(runs, {begin, first, width, Border::Peeled});
    addRun(runs, {begin + first * width, last - first, width});
    addRun(runs, {begin + last * width, count - last, width, Border::Peeled});
    begin += count * width;
  }
  return runs;
}

/// The `count` last columns of rows with `before` in front of them, whose last
/// window leaves the image by `overhang`.
ColumnCase ContractNestBuilder::makeColumnCase(int64_t before, int64_t count,
                                               int64_t overhang) const {
  ColumnCase result{count, overhang, in.columns, before, {}};
  int64_t outputs = before + count;
  WindowAxis &axis = result.axis;
  axis.size = (outputs - 1) * axis.outStep +
              (nest.s.extent - 1) * axis.tapStep + axis.first + 1 - overhang;
  result.runs = divideColumns(axis, outputs, before, outputs);
  return result;
}

/// FMAs of the code of `columns`, or what starts and stores as many.
uint64_t ContractNestBuilder::countCode(const ColumnCase &columns) const {
  uint64_t code = 0;
  for (const TileRun &run : columns.runs) {
    bool peeled = run.border == Border::Peeled;
    uint64_t accumulators = nest.countAccumulators(1, run.size, schedule.cOb);
    // All channels of a group are one step.
    int64_t channels =
        nest.hasMergedGroups()
            ? nest.c.extent
            : std::min({schedule.unroll, nest.c.extent, kUnrollOfCases});
    uint64_t steps = channels * (peeled ? nest.s.extent : 1);
    code +=
        (peeled ? run.count : 1) * accumulators * std::max(kStoreCode, steps);
  }
  return code;
}

void ContractNestBuilder::addUnknownColumns() {
  UnknownColumns &columns = nest.unknownColumns.emplace();
  const WindowAxis &axis = in.columns;
  columns.width = schedule.wOb;
  columns.narrow = std::min(columns.width,
                            nest.hasPixelVectors() ? nest.lanes : getNarrow());
  int64_t padded = 0, least = 0, most = 0;
  if (axis.clipped) {
    int64_t step = std::max<int64_t>(axis.outStep, 1);
    padded = llvm::divideCeilSigned(std::max<int64_t>(-axis.first, 0), step);
    // All that windows leave unread at the end is less than a step.
    most = axis.high;
    least = std::max<int64_t>(most - step + 1, 0);
  }
  int64_t before =
      llvm::divideCeilSigned(padded, columns.width) * columns.width;
  columns.first = makeColumnCase(0, before, 0);
  uint64_t code = countCode(columns.first);
  auto add = [&](SmallVector<ColumnCase, 0> &cases, int64_t begin,
                 int64_t longest, int64_t overhang) {
    for (int64_t count = 1; count <= longest && code <= kMaxUnknownCode;
         ++count) {
      ColumnCase columns = makeColumnCase(begin, count, overhang);
      // No image is that short.
      if (columns.axis.size < 1)
        continue;
      code += countCode(columns);
      cases.push_back(std::move(columns));
    }
  };
  for (int64_t overhang = least; overhang <= most && code <= kMaxUnknownCode;
       ++overhang) {
    int64_t outside =
        overhang == 0 ? 0 : llvm::divideCeilSigned(overhang, axis.outStep);
    add(columns.rests, before, columns.width - 1 + outside, overhang);
    if (before != 0)
      add(columns.shortRows, 0, before - 1 + outside, overhang);
  }
  if (code <= kMaxUnknownCode)
    return;
  columns.first = makeColumnCase(0, padded, 0);
  columns.first.runs.clear();
  columns.rests.clear();
  columns.shortRows.clear();
}

/// Channels per iteration of the innermost loop; blocks of a blocked input are
/// looped over around it.
void ContractNestBuilder::setUnroll() {
  int64_t channels = nest.c.extent;
  if (nest.channelBlock == channels)
    nest.channelBlock = 0;
  nest.unroll = std::min(schedule.unroll,
                         nest.channelBlock ? nest.channelBlock : channels);
}

/// Tiles ahead lie along the columns, or along the rows where the columns of a
/// tile share lines with the next one's, where there is but one, or where tiles
/// are too short for a line to arrive before the next one.
void ContractNestBuilder::setPrefetches() {
  nest.filterAhead = schedule.prefetch;
  nest.inputAhead = schedule.prefetchInput;
  nest.outputAhead = schedule.prefetchOutput;
  std::optional<int64_t> column = in.inputStep[ContractOp::Wo];
  bool isNear = column && std::abs(*column) < kCacheLineElements;
  bool oneColumn = in.extents[ContractOp::Wo] == 1;
  nest.inputAlongRows = (isNear || oneColumn || nest.hasLaneSums()) &&
                        in.extents[ContractOp::Ho] != 1;
  nest.outputAlongRows = oneColumn;
}

ContractNest mlir::conv::buildContractNest(const Contraction &contraction,
                                           const ScheduleFields &schedule) {
  return ContractNestBuilder(contraction, schedule).build();
}

ContractNest mlir::conv::buildContractNest(const Contraction &contraction,
                                           ScheduleAttr schedule) {
  return buildContractNest(contraction, ScheduleFields(schedule));
}
