//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileReduction.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

Accumulators
TileReduction::loop(Value lower, Value upper, int64_t stride, Accumulators acc,
                    function_ref<Accumulators(Value, Accumulators)> body) {
  OpBuilder::InsertionGuard guard(b);
  auto forOp = scf::ForOp::create(b, loc, lower, upper, addr.constant(stride),
                                  ValueRange(acc));
  b.setInsertionPointToStart(forOp.getBody());
  Accumulators result =
      body(forOp.getInductionVar(),
           llvm::to_vector_of<Value>(forOp.getRegionIterArgs()));
  scf::YieldOp::create(b, loc, ValueRange(result));
  return llvm::to_vector_of<Value>(forOp.getResults());
}

Accumulators TileReduction::run(Accumulators acc) {
  if (info.takesTaps)
    return reduceTaps(std::move(acc));
  if (at.dynamicColumn)
    boundColumns();
  return reduceRows(std::move(acc));
}

Address TileReduction::launder(Address base) {
  // With its constant: equal operands would be laundered as one.
  return Address{OpaqueOp::create(b, loc, addr.materialize(base)), 0};
}

SmallVector<TileReduction::Active>
TileReduction::getStepTaps(const Active &active) const {
  if (!windowTaps.empty())
    return windowTaps;
  return {active.empty() ? getAll() : active};
}

TileReduction::Positions
TileReduction::getPositions(ArrayRef<Active> taps) const {
  Positions positions;
  int64_t perRow = getGroupsPerRow();
  for (auto [s, pixels] : llvm::enumerate(taps))
    for (auto [pixel, range] : llvm::enumerate(pixels))
      if (!range.empty()) {
        int64_t column = getColumn(static_cast<int64_t>(pixel), 0) *
                             info.columnAxis.outStep +
                         static_cast<int64_t>(s) * info.columnAxis.tapStep;
        positions[{pixel / perRow, column}].push_back(
            {static_cast<int64_t>(pixel), static_cast<int64_t>(s)});
      }
  return positions;
}

Address TileReduction::getProduct(Address a, const Product &product) {
  return addr.add(getGroup(a, product.pixel),
                  addr.mul({Value(), product.tap}, info.aCoef[ContractOp::S]));
}

TileReduction::Active TileReduction::getAll() const {
  Active all;
  for (int64_t group = 0; group < getNumGroups(); ++group)
    all.push_back(getPixels(group));
  return all;
}

TileReduction::Active TileReduction::insideRows(Active active,
                                                int64_t tap) const {
  for (auto [group, range] : llvm::enumerate(active))
    if (!info.rowAxis.isInside(*at.row + group / getGroupsPerRow(), tap))
      range = Range();
  return active;
}

/// As the window moves forwards, pixels that are inside follow each other.
TileReduction::Active TileReduction::insideColumns(Active active,
                                                   int64_t tap) const {
  const WindowAxis &axis = at.columnAxis ? *at.columnAxis : info.columnAxis;
  for (auto [group, range] : llvm::enumerate(active)) {
    auto inside = [&, group = group](int64_t pixel) {
      return axis.isInside(*at.column + getColumn(group, pixel), tap);
    };
    while (!range.empty() && !inside(range.first))
      ++range.first;
    while (!range.empty() && !inside(range.last - 1))
      --range.last;
    if (range.empty())
      range = Range();
  }
  return active;
}

template <typename Ranges> static bool isIdle(const Ranges &active) {
  return llvm::all_of(active, [](const auto &range) { return range.empty(); });
}

bool TileReduction::isSkipped(const Active &active) const {
  return !info.countsOutside && isIdle(active);
}

/// Columns of the window outside: its rows read the vectors that the row before
/// has read for the pixels below, which only they have to be kept for.
///
///   for s, for r:  acc[h] += A[h + r, s] * B[r, s]     for all rows h
Accumulators TileReduction::reduceSharedTaps(Accumulators acc) {
  Active all = getAll();
  for (int64_t s = 0; s < info.extents[ContractOp::S]; ++s)
    for (int64_t r = 0; r < info.extents[ContractOp::R]; ++r) {
      Active active = at.row ? insideRows(all, r) : all;
      if (at.column)
        active = insideColumns(std::move(active), s);
      if (isSkipped(active))
        continue;
      auto move = [&](Address from, ArrayRef<Address> coefficients) {
        from =
            addr.add(from, addr.mul({Value(), r}, coefficients[ContractOp::R]));
        return addr.add(from,
                        addr.mul({Value(), s}, coefficients[ContractOp::S]));
      };
      if (active == all)
        active.clear();
      acc = reduceChannels(move(at.a, info.aCoef), move(at.b, info.bCoef),
                           std::move(acc), active);
    }
  return acc;
}

SmallVector<TileReduction::Active>
TileReduction::getColumnTaps(int64_t tap) const {
  Active columns = at.column ? insideColumns(getAll(), tap) : getAll();
  SmallVector<Active> taps;
  for (int64_t r = 0; r < info.extents[ContractOp::R]; ++r)
    taps.push_back(at.row ? insideRows(columns, r) : columns);
  return taps;
}

/// All rows of the window in one step, which loads each row of the input once:
///
///   for s, for c:  acc[h] += A[h + r, s] * B[r, s]    for all h and r
Accumulators TileReduction::reduceWindowRows(Accumulators acc) {
  auto isSkippedTap = [&](const Active &active) { return isSkipped(active); };
  // Runs of columns that touch the same pixels are a loop.
  int64_t columns = info.extents[ContractOp::S];
  for (int64_t s = 0; s < columns;) {
    windowTaps = getColumnTaps(s);
    int64_t run = 1;
    while (s + run < columns && getColumnTaps(s + run) == windowTaps)
      ++run;
    auto reduce = [&](Address column, Accumulators in) {
      // Neighbours would keep what they both read in registers.
      Address a =
          launder(addr.add(at.a, addr.mul(column, info.aCoef[ContractOp::S])));
      Address f = addr.add(at.b, addr.mul(column, info.bCoef[ContractOp::S]));
      return reduceChannels(a, f, std::move(in), {});
    };
    if (!llvm::all_of(windowTaps, isSkippedTap)) {
      if (run == 1)
        acc = reduce({Value(), s}, std::move(acc));
      else
        acc = loop(addr.constant(s), addr.constant(s + run), 1, std::move(acc),
                   [&](Value column, Accumulators in) {
                     return reduce({column, 0}, std::move(in));
                   });
    }
    s += run;
  }
  windowTaps.clear();
  return acc;
}

/// The same for one column of the window after the other, with the channels
/// outside: the lines that a plane has for the tile stay in L1 for all columns.
///
///   for c, for s:  acc[h] += A[h + r, s] * B[r, s]    for all h and r
Accumulators TileReduction::reduceWholeWindow(Accumulators acc) {
  auto isSkippedTap = [&](const Active &active) { return isSkipped(active); };
  acc = loop(addr.constant(0), addr.constant(info.extents[ContractOp::C]), 1,
             std::move(acc), [&](Value c, Accumulators in) {
               Address a =
                   addr.add(at.a, addr.mul({c, 0}, info.aCoef[ContractOp::C]));
               Address f =
                   addr.add(at.b, addr.mul({c, 0}, info.bCoef[ContractOp::C]));
               prefetchInput(a, /*step=*/0, /*active=*/{});
               for (int64_t s = 0; s < info.extents[ContractOp::S]; ++s) {
                 windowTaps = getColumnTaps(s);
                 if (llvm::all_of(windowTaps, isSkippedTap))
                   continue;
                 Address tap{Value(), s};
                 in = stepPixelRows(
                     addr.add(a, addr.mul(tap, info.aCoef[ContractOp::S])),
                     addr.add(f, addr.mul(tap, info.bCoef[ContractOp::S])),
                     std::move(in));
               }
               return in;
             });
  windowTaps.clear();
  return acc;
}

Accumulators TileReduction::reduceRows(Accumulators acc) {
  if (!at.dynamicRow && !at.dynamicColumn) {
    if (info.nest.window == WindowForm::Unrolled)
      return splitsRows() ? reduceSplitRows(std::move(acc))
                          : reduceSharedTaps(std::move(acc));
    if (info.nest.window == WindowForm::Rows)
      return reduceWindowRows(std::move(acc));
    if (info.nest.window == WindowForm::Whole)
      return reduceWholeWindow(std::move(acc));
  }
  const WindowAxis &rowAxis = info.rowAxis;
  int64_t taps = info.extents[ContractOp::R];
  auto tap = [&](Address r, Accumulators in, const Active &active) {
    return reduceColumns(addr.add(at.a, addr.mul(r, info.aCoef[ContractOp::R])),
                         addr.add(at.b, addr.mul(r, info.bCoef[ContractOp::R])),
                         std::move(in), active);
  };
  if (at.row) {
    // A border tile of several rows: each tap updates the rows it is inside of.
    for (int64_t r = 0; r < taps; ++r) {
      Active active = insideRows(getAll(), r);
      if (!isSkipped(active))
        acc = tap({Value(), r}, std::move(acc), active);
    }
    return acc;
  }
  Value lower = addr.constant(0), upper = addr.constant(taps);
  if (at.dynamicRow) {
    // r runs from ceil(-start / step) to ceil((size - start) / step), where
    // start is the row of A that tap 0 reads.
    Address start = addr.mul({at.dynamicRow, 0}, {Value(), rowAxis.outStep});
    start.constant += rowAxis.first;
    Value startValue = addr.materialize(start);
    auto ceilTaps = [&](Address limit) {
      limit.constant += std::max<int64_t>(rowAxis.tapStep, 1) - 1;
      Value distance =
          arith::SubIOp::create(b, loc, addr.materialize(limit), startValue);
      distance = arith::MaxSIOp::create(b, loc, distance, addr.constant(0));
      if (rowAxis.tapStep > 1)
        distance = arith::DivUIOp::create(b, loc, distance,
                                          addr.constant(rowAxis.tapStep));
      return distance;
    };
    lower = ceilTaps({Value(), 0});
    upper = arith::MinSIOp::create(b, loc, ceilTaps(info.rowSize), upper);
    if (info.countsOutside) {
      lower = arith::MinSIOp::create(b, loc, lower, upper);
      acc = reduceOutsideRows({lower, upper}, std::move(acc));
    }
  } else if (taps == 1) {
    return tap({Value(), 0}, std::move(acc), {});
  }
  return loop(lower, upper, 1, std::move(acc), [&](Value r, Accumulators in) {
    return tap({r, 0}, std::move(in), {});
  });
}

Accumulators TileReduction::reduceColumns(Address a, Address f,
                                          Accumulators acc,
                                          const Active &active) {
  int64_t taps = info.extents[ContractOp::S];
  if (at.dynamicColumn) {
    assert(active.empty() && "rows are clipped statically only beside columns "
                             "that are");
    return reduceBoundedColumns(a, f, std::move(acc));
  }
  if (info.nest.window == WindowForm::Row)
    return reduceWindowRow(a, f, std::move(acc), active);
  if (!at.column)
    return reduceColumnRun(a, f, taps, std::move(acc), active);
  Active whole = getAll();
  auto activeAt = [&](int64_t s) {
    return insideColumns(active.empty() ? whole : active, s);
  };
  // Runs of taps that touch the same pixels stay one loop.
  for (int64_t s = 0; s < taps;) {
    Active current = activeAt(s);
    int64_t run = 1;
    while (s + run < taps && activeAt(s + run) == current)
      ++run;
    if (!isSkipped(current)) {
      if (current == whole)
        current.clear();
      acc = reduceColumnRun(
          addr.add(a, addr.mul({Value(), s}, info.aCoef[ContractOp::S])),
          addr.add(f, addr.mul({Value(), s}, info.bCoef[ContractOp::S])), run,
          std::move(acc), current);
    }
    s += run;
  }
  return acc;
}

Accumulators TileReduction::reduceWindowRow(Address a, Address f,
                                            Accumulators acc,
                                            const Active &active) {
  Active pixels = active.empty() ? getAll() : active;
  for (int64_t s = 0; s < info.extents[ContractOp::S]; ++s)
    windowTaps.push_back(at.column ? insideColumns(pixels, s) : pixels);
  if (!llvm::all_of(windowTaps, isIdle<Active>))
    acc = reduceChannels(a, f, std::move(acc), active);
  windowTaps.clear();
  return acc;
}

Accumulators TileReduction::reduceColumnRun(Address a, Address f, int64_t taps,
                                            Accumulators acc,
                                            const Active &active) {
  // Neighbouring taps read the same scalars: without the launder they are kept
  // in registers across taps, and accumulators spill.
  if (info.nest.window == WindowForm::Columns ||
      info.nest.window == WindowForm::Unrolled) {
    for (int64_t s = 0; s < taps; ++s)
      acc = reduceChannels(
          addr.add(a, addr.mul({Value(), s}, info.aCoef[ContractOp::S])),
          addr.add(f, addr.mul({Value(), s}, info.bCoef[ContractOp::S])),
          std::move(acc), active);
    return acc;
  }
  // A tap apart from the others stands next to them in one block.
  if (taps == 1)
    return reduceChannels(at.column && info.nest.hidesTaps ? launder(a) : a, f,
                          std::move(acc), active);
  return loop(
      addr.constant(0), addr.constant(taps), 1, std::move(acc),
      [&](Value s, Accumulators in) {
        Address base =
            launder(addr.add(a, addr.mul({s, 0}, info.aCoef[ContractOp::S])));
        return reduceChannels(
            base, addr.add(f, addr.mul({s, 0}, info.bCoef[ContractOp::S])),
            std::move(in), active);
      });
}

Accumulators TileReduction::reduceChannels(Address a, Address f,
                                           Accumulators acc,
                                           const Active &active) {
  int64_t channels = info.extents[ContractOp::C], block = info.channelBlock;
  if (block == 0 || block == channels)
    return reduceChannelRun(a, f, channels, std::move(acc), active);
  return loop(
      addr.constant(0), addr.constant(channels / block), 1, std::move(acc),
      [&](Value i, Accumulators in) {
        Address filter =
            addr.mul({Value(), block / info.steps}, info.bCoef[ContractOp::C]);
        return reduceChannelRun(addr.add(a, addr.mul({i, 0}, info.aBlock)),
                                addr.add(f, addr.mul({i, 0}, filter)), block,
                                std::move(in), active);
      });
}

/// Steps of `info.steps` channels, of which the last may have fewer.
Accumulators TileReduction::reduceChannelRun(Address a, Address f,
                                             int64_t channels, Accumulators acc,
                                             const Active &active) {
  if (info.hasMergedGroups())
    return stepGroups(a, f, std::move(acc), active);
  int64_t size = info.steps, full = channels / size;
  int64_t unroll = std::min(this->unroll, std::max<int64_t>(full, 1));
  int64_t whole = full / unroll * unroll;
  Address aC = addr.mul({Value(), size}, info.aCoef[ContractOp::C]);
  const Address &bC = info.bCoef[ContractOp::C];
  // FMAs that take a lane of the input read a vector of channels of each pixel
  // first.
  bool lane = info.schedule.getBroadcast() == Broadcast::Lane &&
              !info.vectorA && !info.hasPixelVectors();
  const Address &channel = info.aCoef[ContractOp::C];
  bool neighbours = !channel.value && channel.constant == 1;
  auto steps = [&](Address c, int64_t channels, Accumulators in) {
    Address aBase = addr.add(a, addr.mul(c, aC));
    Address fBase = addr.add(f, addr.mul(c, bC));
    int64_t count = llvm::divideCeilSigned(channels, size);
    SmallVector<Value> pixels;
    for (int64_t u = 0; u < count; ++u) {
      Address x = addr.add(aBase, addr.mul({Value(), u}, aC));
      Address y = addr.add(fBase, addr.mul({Value(), u}, bC));
      prefetchInput(x, u, active);
      if (info.hasPixelVectors()) {
        in = windowTaps.empty() ? stepPixels(x, y, std::move(in), active)
                                : stepPixelRows(x, y, std::move(in));
        continue;
      }
      if (info.hasColumnPairs()) {
        in = stepPairs(x, y, std::move(in), active);
        continue;
      }
      if (info.hasLaneSums()) {
        in = stepSums(x, y, std::min(size, channels - u * size), std::move(in),
                      active);
        continue;
      }
      if (lane && u % info.lanes == 0)
        pixels = u + info.lanes <= count ? loadPixels(x, active)
                                         : SmallVector<Value>();
      in = stepChannels(x, y, std::move(in), active,
                        {std::min(size, channels - u * size), pixels,
                         u % info.lanes, neighbours && u + 1 < count,
                         neighbours && u != 0});
    }
    return in;
  };
  if (whole == unroll)
    acc = steps({Value(), 0}, unroll * size, std::move(acc));
  else if (whole != 0)
    acc = loop(addr.constant(0), addr.constant(whole), unroll, std::move(acc),
               [&](Value c, Accumulators in) {
                 return steps({c, 0}, unroll * size, std::move(in));
               });
  return steps({Value(), whole}, channels - whole * size, std::move(acc));
}
