//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Winograd's minimal filtering (Lavin and Gray 2016), fused (Gelashvili,
/// Shavit, Zlateski 2019): a block of tiles stays in L2 from the image to the
/// output, and each block passes over the filter once. f are the windows at the
/// points of a tile, packed ahead.
///
///   for phases                               of dilated rows and columns
///     for n by images, for g
///       for blocks of rows of tiles          the band of a schedule
///         v[points][tiles][C] = B x B^T      conv.winograd_input
///         for k by C_ob
///           m[points][tiles][C_ob] = v f     conv.contract, a group per point
///           out = epilogue(A m A^T)          conv.winograd_output
///
//===----------------------------------------------------------------------===//

#include "Winograd.h"

#include "Operands.h"
#include "conv/Schedule/Nest.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Rows of output from `row` on, of which there are `count`.
struct RowRange {
  OpFoldResult row;
  int64_t tileRows, count;
};

/// Images from `first` on, of which there are `count`.
struct ImageRange {
  OpFoldResult first;
  int64_t count;
};

/// A part of the output: offsets and sizes of its dimensions.
struct OutputPart {
  SmallVector<OpFoldResult> offsets, sizes;
};

/// The phase of the output that is being written: every dilation-th row and
/// column from the first ones on.
struct Phase {
  WinogradPhases rows, columns;
  OpFoldResult row, column; ///< The first ones, of the output.
};

/// What is being written: a part of a phase of the output, as a value of its
/// own.
struct Target {
  Value value;
  SmallVector<OpFoldResult> offsets; ///< Of the part in the phase.
};

class WinogradWriter {
public:
  WinogradWriter(ConvOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), dims(op.getDims()),
        schedule(op.getScheduleAttr()), given(Problem::fromOp(op)),
        problem(getWinogradPhase(given)),
        blocks(problem, *schedule.getTile(), schedule.getBand(),
               schedule.getImages()) {}

  void run();

private:
  using Body = function_ref<Value(OpFoldResult, Target)>;

  OpFoldResult at(int64_t index) { return b.getIndexAttr(index); }
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineApply(b, loc, expr, operands);
  }
  OpFoldResult apply(AffineMap map, ArrayRef<OpFoldResult> operands) {
    return affine::makeComposedFoldedAffineMin(b, loc, map, operands);
  }
  OpFoldResult multiply(OpFoldResult index, int64_t factor) {
    return apply(b.getAffineDimExpr(0) * factor, {index});
  }
  OpFoldResult add(OpFoldResult x, OpFoldResult y) {
    return apply(b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y});
  }
  /// Passes `target` through `body` for indices from `first` up to `last`.
  Value forEach(OpFoldResult first, OpFoldResult last, Target target,
                Body body);
  /// The same for `count` indices that threads divide into `parts` equal shares
  /// of a dimension of the output, whose first element and count `getPart`
  /// says.
  Value forEachShare(int64_t count, int64_t parts, Target target,
                     function_ref<OutputPart(OpFoldResult, int64_t)> getPart,
                     Body body);
  /// Passes a share of `target` for each of `parts` threads through `body`.
  Value forAll(int64_t parts, Target target,
               function_ref<OutputPart(OpFoldResult)> getPart, Body body);
  OpFoldResult getBatch();

  void packFilter();
  Value slice(Value value, ArrayRef<OpFoldResult> offsets,
              ArrayRef<OpFoldResult> sizes);
  /// Every dilation-th row and column of an operand with `letters`, `part` in
  /// phases, whose first ones are `row` and `column`: offsets and strides.
  std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
  getPlace(StringRef letters, ArrayRef<OpFoldResult> offsets, OpFoldResult row,
           OpFoldResult column);
  bool isDilated() const {
    return given.dilationH != 1 || given.dilationW != 1;
  }
  /// All of a phase; the rows of an image; and so on.
  OutputPart getWhole();
  void setRange(OutputPart &part, char letter, OpFoldResult first,
                OpFoldResult count);
  void setChannels(OutputPart &part, OpFoldResult first, int64_t count);
  /// `part` of `target`, by its place in the phase.
  OutputPart getLocal(const OutputPart &part, const Target &target);

  /// The image of one n and g; `count` channels of it from `channel` on.
  Value getImage(OpFoldResult n, OpFoldResult g, OpFoldResult channel,
                 int64_t count);
  /// The input of a block at the points: `[point][tile][channel]`, the tiles of
  /// one image after those of another.
  Value transformInput(ImageRange images, OpFoldResult g, RowRange rows);
  /// `body` for each of `images`, of which the first tile is the second
  /// argument.
  Value
  forEachImage(ImageRange images, RowRange rows, Target target,
               function_ref<Value(OpFoldResult, OpFoldResult, Target)> body);
  /// Makes the phases of `rows` and `columns` what is written.
  void setPhases(const WinogradPhases &rows, const WinogradPhases &columns);
  Value writePhase(Value output);
  /// All images and groups of a phase.
  Value writeImages(Target target);
  /// Blocks of rows divided among `parts` threads.
  Value writeShares(ImageRange images, OpFoldResult g, int64_t parts,
                    Target target);
  Value writeBlock(ImageRange images, OpFoldResult g, RowRange rows,
                   Target target);
  /// `count` output channels, those of block `block`, of the tiles in `planes`.
  Value writeChannels(ImageRange images, OpFoldResult g, RowRange rows,
                      OpFoldResult block, int64_t count, Value planes,
                      Target target);
  Value contract(Value planes, OpFoldResult g, OpFoldResult block,
                 int64_t count, int64_t tiles);
  Epilogue getEpilogue(const OutputPart &part, OpFoldResult channel,
                       int64_t count);

  ConvOp op;
  RewriterBase &b;
  Location loc;
  DimsAttr dims;
  ScheduleAttr schedule;
  Problem given;
  /// Of the phase that is being written.
  Problem problem;
  WinogradBlocks blocks;
  Phase phase;
  Value filter;
  TensorOperands operands;
};

} // namespace

Value WinogradWriter::forEach(OpFoldResult first, OpFoldResult last,
                              Target target, Body body) {
  std::optional<int64_t> begin = getConstantIntValue(first);
  std::optional<int64_t> end = getConstantIntValue(last);
  if (begin && end && *begin >= *end)
    return target.value;
  if (begin && end && *begin + 1 == *end)
    return body(first, target);
  auto index = [&](OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, loc, size);
  };
  auto loop = scf::ForOp::create(b, loc, index(first), index(last),
                                 index(at(1)), ValueRange(target.value));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value result = body(OpFoldResult(loop.getInductionVar()),
                      {loop.getRegionIterArg(0), target.offsets});
  scf::YieldOp::create(b, loc, result);
  return loop.getResult(0);
}

Value WinogradWriter::forAll(int64_t parts, Target target,
                             function_ref<OutputPart(OpFoldResult)> getPart,
                             Body body) {
  auto loop =
      scf::ForallOp::create(b, loc, ArrayRef<OpFoldResult>{at(parts)},
                            ValueRange(target.value), /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getTerminator());
  OpFoldResult thread(loop.getInductionVar(0));
  Target shared{loop.getRegionIterArgs().front(), target.offsets};
  OutputPart part = getPart(thread), local = getLocal(part, shared);
  Value share = slice(shared.value, local.offsets, local.sizes);
  Value written = body(thread, {share, part.offsets});
  b.setInsertionPointToStart(loop.getTerminator().getBody());
  SmallVector<OpFoldResult> strides(local.offsets.size(), at(1));
  tensor::ParallelInsertSliceOp::create(b, loc, written, shared.value,
                                        local.offsets, local.sizes, strides);
  return loop.getResult(0);
}

Value WinogradWriter::forEachShare(
    int64_t count, int64_t parts, Target target,
    function_ref<OutputPart(OpFoldResult, int64_t)> getPart, Body body) {
  if (parts == 1)
    return forEach(at(0), at(count), target, body);
  int64_t share = count / parts;
  return forAll(
      parts, target,
      [&](OpFoldResult thread) {
        return getPart(multiply(thread, share), share);
      },
      [&](OpFoldResult thread, Target target) {
        return forEach(multiply(thread, share),
                       apply((b.getAffineDimExpr(0) + 1) * share, {thread}),
                       target, body);
      });
}

OpFoldResult WinogradWriter::getBatch() {
  int pos = dims.inputPos('n');
  if (pos < 0)
    return at(1);
  return tensor::getMixedSize(b, loc, operands.input, pos);
}

Value WinogradWriter::slice(Value value, ArrayRef<OpFoldResult> offsets,
                            ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> strides(offsets.size(), at(1));
  return tensor::ExtractSliceOp::create(b, loc, value, offsets, sizes, strides);
}

void WinogradWriter::packFilter() {
  StringRef layout = dims.getFilter();
  ShapedType type = op.getFilterType();
  SmallVector<int64_t> shape = PackFilterOp::getPackedShape(
      type.getShape(), layout, schedule.getCOb(), /*cPack=*/1, blocks.tile);
  auto tile = b.getDenseI64ArrayAttr(blocks.tile);
  if (isa<TensorType>(type)) {
    Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
    filter =
        PackFilterOp::create(b, loc, empty.getType(), op.getFilter(), empty,
                             layout, /*c_pack=*/1, schedule.getNVec(), tile)
            ->getResult(0);
    return;
  }
  FilterOperand operand;
  operand.temporary = memref::AllocOp::create(
      b, loc, MemRefType::get(shape, type.getElementType()),
      b.getI64IntegerAttr(64));
  PackFilterOp::create(b, loc, TypeRange(), op.getFilter(), operand.temporary,
                       layout, /*c_pack=*/1, schedule.getNVec(), tile);
  operand.value = operand.temporary;
  filter = wrapFilter(op, operand, b);
}

Value WinogradWriter::getImage(OpFoldResult n, OpFoldResult g,
                               OpFoldResult channel, int64_t count) {
  if (given.n == 1 && given.g == 1 && count == given.c && !isDilated())
    return operands.input;
  SmallVector<OpFoldResult> offsets, sizes;
  for (size_t i = 0; i < dims.getInput().size(); ++i) {
    offsets.push_back(at(0));
    sizes.push_back(tensor::getMixedSize(b, loc, operands.input, i));
  }
  auto setPart = [&](char letter, OpFoldResult first, int64_t count) {
    int pos = dims.inputPos(letter);
    if (pos < 0)
      return;
    offsets[pos] = first;
    sizes[pos] = at(count);
  };
  setPart('n', n, 1);
  setPart('g', g, 1);
  if (int64_t block = problem.inputBlock)
    setPart('C', apply(b.getAffineDimExpr(0).floorDiv(block), {channel}),
            count / block);
  else
    setPart('c', channel, count);
  if (!isDilated())
    return slice(operands.input, offsets, sizes);
  setPart('h', at(0), problem.h);
  setPart('w', at(0), problem.w);
  auto [places, strides] =
      getPlace(dims.getInput(), offsets, add(phase.row, at(phase.rows.start)),
               add(phase.column, at(phase.columns.start)));
  return tensor::ExtractSliceOp::create(b, loc, operands.input, places, sizes,
                                        strides);
}

std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
WinogradWriter::getPlace(StringRef letters, ArrayRef<OpFoldResult> offsets,
                         OpFoldResult row, OpFoldResult column) {
  SmallVector<OpFoldResult> places(offsets), strides(offsets.size(), at(1));
  for (auto [letter, first, dilation] :
       {std::tuple('h', row, given.dilationH),
        std::tuple('w', column, given.dilationW)}) {
    size_t pos = letters.find(letter);
    places[pos] = add(multiply(places[pos], dilation), first);
    strides[pos] = at(dilation);
  }
  return {places, strides};
}

OutputPart WinogradWriter::getWhole() {
  OutputPart part;
  for (size_t i = 0; i < dims.getOutput().size(); ++i) {
    part.offsets.push_back(at(0));
    part.sizes.push_back(tensor::getMixedSize(b, loc, operands.init, i));
  }
  if (isDilated()) {
    setRange(part, 'h', at(0), at(problem.ho));
    setRange(part, 'w', at(0), at(problem.wo));
  }
  return part;
}

void WinogradWriter::setRange(OutputPart &part, char letter, OpFoldResult first,
                              OpFoldResult count) {
  int pos = dims.outputPos(letter);
  if (pos < 0)
    return;
  part.offsets[pos] = first;
  part.sizes[pos] = count;
}

void WinogradWriter::setChannels(OutputPart &part, OpFoldResult first,
                                 int64_t count) {
  int64_t block = problem.outputBlock;
  if (block == 0)
    return setRange(part, 'k', first, at(count));
  // Whole blocks, or a part of one.
  AffineExpr channel = b.getAffineDimExpr(0);
  setRange(part, 'K', apply(channel.floorDiv(block), {first}),
           at(std::max<int64_t>(count / block, 1)));
  if (count < block)
    setRange(part, 'k', apply(channel % block, {first}), at(count));
}

OutputPart WinogradWriter::getLocal(const OutputPart &part,
                                    const Target &target) {
  OutputPart local = part;
  for (auto [offset, base] : llvm::zip_equal(local.offsets, target.offsets))
    offset =
        apply(b.getAffineDimExpr(0) - b.getAffineDimExpr(1), {offset, base});
  return local;
}

Epilogue WinogradWriter::getEpilogue(const OutputPart &part,
                                     OpFoldResult channel, int64_t count) {
  Epilogue epilogue = operands.epilogue;
  auto [places, steps] =
      getPlace(op.getDims().getOutput(), part.offsets, phase.row, phase.column);
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || type.getRank() == 0)
      continue;
    SmallVector<OpFoldResult> offsets, sizes, strides;
    SmallVector<AffineExpr> exprs;
    for (AffineExpr expr : map.getResults()) {
      exprs.push_back(expr);
      strides.push_back(at(1));
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        offsets.push_back(places[dim.getPosition()]);
        sizes.push_back(part.sizes[dim.getPosition()]);
        strides.back() = steps[dim.getPosition()];
      } else if (std::optional<BlockedChannel> blocked =
                     matchBlockedChannel(expr)) {
        // The part lies in one block of the output.
        offsets.push_back(channel);
        sizes.push_back(at(count));
        exprs.back() = b.getAffineDimExpr(blocked->channel);
      } else {
        offsets.push_back(at(0));
        sizes.push_back(at(1));
      }
    }
    operand = tensor::ExtractSliceOp::create(b, loc, operand, offsets, sizes,
                                             strides);
    map = AffineMap::get(map.getNumDims(), 0, exprs, b.getContext());
  }
  return epilogue;
}

Value WinogradWriter::contract(Value planes, OpFoldResult g, OpFoldResult block,
                               int64_t count, int64_t tiles) {
  MLIRContext *ctx = op.getContext();
  int64_t cOb = schedule.getCOb();
  // The filter of one g and block has a group per point.
  auto packed = cast<RankedTensorType>(filter.getType());
  SmallVector<OpFoldResult> offsets(packed.getRank(), at(0)), sizes;
  offsets[0] = g;
  offsets[1] = block;
  for (int64_t size : packed.getShape())
    sizes.push_back(at(size));
  sizes[0] = sizes[1] = at(1);
  SmallVector<OpFoldResult> strides(packed.getRank(), at(1));
  auto panelType = RankedTensorType::get(packed.getShape().drop_front(2),
                                         packed.getElementType());
  Value panel = tensor::ExtractSliceOp::create(b, loc, panelType, filter,
                                               offsets, sizes, strides);
  Value products = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{blocks.points, tiles, count}, b.getF32Type());
  auto dim = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(ContractOp::NumIterators, 0, results, ctx);
  };
  ScheduleAttr inner =
      getInnerSchedule(schedule).with([](ScheduleFields &fields) {
        fields.epilogue = EpilogueForm::Registers;
      });
  auto contraction = ContractOp::create(
      b, loc, TypeRange(products.getType()), planes, panel, products,
      Epilogue(), /*row_origin=*/Value(),
      b.getAffineMapArrayAttr(
          {map({dim(ContractOp::G), dim(ContractOp::Wo), dim(ContractOp::C)}),
           map({dim(ContractOp::G), dim(ContractOp::K).floorDiv(cOb),
                dim(ContractOp::R), dim(ContractOp::S), dim(ContractOp::C),
                dim(ContractOp::K) % cOb}),
           map({dim(ContractOp::G), dim(ContractOp::Wo), dim(ContractOp::K)})}),
      StoreMode::KContiguous, /*c_pack=*/1, /*accumulate=*/false, inner);
  return contraction->getResult(0);
}

Value WinogradWriter::forEachImage(
    ImageRange images, RowRange rows, Target target,
    function_ref<Value(OpFoldResult, OpFoldResult, Target)> body) {
  if (images.count == 1)
    return body(images.first, at(0), target);
  return forEach(
      at(0), at(images.count), target, [&](OpFoldResult number, Target target) {
        return body(add(images.first, number),
                    multiply(number, rows.tileRows * blocks.columns), target);
      });
}

Value WinogradWriter::writeChannels(ImageRange images, OpFoldResult g,
                                    RowRange rows, OpFoldResult block,
                                    int64_t count, Value planes,
                                    Target target) {
  int64_t tiles = rows.tileRows * blocks.columns;
  Value products = contract(planes, g, block, count, images.count * tiles);
  OpFoldResult channel = multiply(block, schedule.getCOb());
  auto writeImage = [&](OpFoldResult n, OpFoldResult tile, Target target) {
    Value ofImage = products;
    if (images.count != 1)
      ofImage = slice(products, {at(0), tile, at(0)},
                      {at(blocks.points), at(tiles), at(count)});
    OutputPart part = getWhole();
    setRange(part, 'n', n, at(1));
    setRange(part, 'g', g, at(1));
    setRange(part, 'h', rows.row, at(rows.count));
    setChannels(part, channel, count);
    OutputPart local = getLocal(part, target);
    Value piece = slice(target.value, local.offsets, local.sizes);
    auto result = WinogradOutputOp::create(
        b, loc, TypeRange(piece.getType()), ofImage, piece,
        getEpilogue(part, channel, count), dims, blocks.tile,
        ArrayRef<int64_t>{rows.tileRows, blocks.columns}, schedule.getNVec(),
        schedule.getEpilogue() == EpilogueForm::Output, op.getAccumulate());
    SmallVector<OpFoldResult> strides(local.offsets.size(), at(1));
    return tensor::InsertSliceOp::create(b, loc, result->getResult(0),
                                         target.value, local.offsets,
                                         local.sizes, strides)
        .getResult();
  };
  return forEachImage(images, rows, target, writeImage);
}

Value WinogradWriter::transformInput(ImageRange images, OpFoldResult g,
                                     RowRange rows) {
  WinogradPlanes planes =
      getWinogradPlanes(problem, blocks, schedule.getNVec());
  Value empty = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{blocks.points, planes.tiles, planes.channels},
      b.getF32Type());
  Value origin;
  if (getConstantIntValue(rows.row) != 0)
    origin = getValueOrCreateConstantIndexOp(b, loc, rows.row);
  auto transformImage = [&](OpFoldResult n, OpFoldResult channel, int64_t count,
                            Value into) -> Value {
    return WinogradInputOp::create(
               b, loc, TypeRange(into.getType()),
               getImage(n, g, channel, count), into, origin, dims,
               b.getDenseI64ArrayAttr(blocks.tile),
               b.getDenseI64ArrayAttr({rows.tileRows, blocks.columns}),
               b.getI64IntegerAttr(schedule.getNVec()))
        ->getResult(0);
  };
  // Into all tiles of all planes, of as many channels as `into` has.
  auto transform = [&](OpFoldResult channel, int64_t count, Value into) {
    if (images.count == 1)
      return transformImage(images.first, channel, count, into);
    auto type = cast<RankedTensorType>(into.getType());
    SmallVector<OpFoldResult> sizes = {at(blocks.points),
                                       at(rows.tileRows * blocks.columns),
                                       at(type.getDimSize(2))};
    SmallVector<OpFoldResult> strides(sizes.size(), at(1));
    return forEachImage(
        images, rows, {into, {}},
        [&](OpFoldResult n, OpFoldResult tile, Target target) -> Value {
          SmallVector<OpFoldResult> offsets = {at(0), tile, at(0)};
          Value tiles = slice(target.value, offsets, sizes);
          return tensor::InsertSliceOp::create(
              b, loc, transformImage(n, channel, count, tiles), target.value,
              offsets, sizes, strides);
        });
  };
  int64_t parts = schedule.getParallel().k;
  std::optional<int64_t> share =
      getInputShare(problem, parts, schedule.getNVec());
  if (parts == 1 || !share)
    return transform(at(0), problem.c, empty);
  return forAll(
      parts, {empty, {at(0), at(0), at(0)}},
      [&](OpFoldResult thread) {
        return OutputPart{{at(0), at(0), multiply(thread, *share)},
                          {at(blocks.points), at(planes.tiles), at(*share)}};
      },
      [&](OpFoldResult thread, Target target) {
        return transform(multiply(thread, *share), *share, target.value);
      });
}

Value WinogradWriter::writeBlock(ImageRange images, OpFoldResult g,
                                 RowRange rows, Target target) {
  int64_t tiles = images.count * rows.tileRows * blocks.columns;
  Value transformed =
      slice(transformInput(images, g, rows), {at(0), at(0), at(0)},
            {at(blocks.points), at(tiles), at(problem.c)});
  int64_t cOb = schedule.getCOb();
  int64_t whole = problem.k / cOb, rest = problem.k % cOb;
  target.value = forEachShare(
      whole, schedule.getParallel().k, target,
      [&](OpFoldResult first, int64_t count) {
        OutputPart part = getWhole();
        setRange(part, 'n', images.first, at(images.count));
        setRange(part, 'g', g, at(1));
        setRange(part, 'h', rows.row, at(rows.count));
        setChannels(part, multiply(first, cOb), count * cOb);
        return part;
      },
      [&](OpFoldResult block, Target target) {
        return writeChannels(images, g, rows, block, cOb, transformed, target);
      });
  if (rest == 0)
    return target.value;
  return writeChannels(images, g, rows, at(whole), rest, transformed, target);
}

Value WinogradWriter::writeShares(ImageRange images, OpFoldResult g,
                                  int64_t parts, Target target) {
  int64_t height = blocks.blockRows * blocks.tile[0];
  // Blocks of which all rows are outputs are a loop; what is left is apart.
  int64_t whole = blocks.countWhole(problem.ho);
  int64_t rest = blocks.countRest(problem.ho);
  auto write = [&](OpFoldResult first, OpFoldResult last, Target target) {
    return forEach(first, last, target, [&](OpFoldResult block, Target target) {
      RowRange rows{multiply(block, height), blocks.blockRows, height};
      return writeBlock(images, g, rows, target);
    });
  };
  RowRange last{at(whole * height), rest, problem.ho - whole * height};
  if (parts == 1) {
    target.value = write(at(0), at(whole), target);
    return rest == 0 ? target.value : writeBlock(images, g, last, target);
  }
  int64_t share = blocks.getShare(problem.ho, parts);
  int64_t shares = blocks.countShares(problem.ho, parts);
  AffineExpr d0 = b.getAffineDimExpr(0);
  auto minimum = [&](AffineExpr x, int64_t y, OpFoldResult operand) {
    return apply(
        AffineMap::get(1, 0, {x, b.getAffineConstantExpr(y)}, b.getContext()),
        {operand});
  };
  return forAll(
      shares, target,
      [&](OpFoldResult thread) {
        OutputPart part = getWhole();
        setRange(part, 'n', images.first, at(images.count));
        setRange(part, 'g', g, at(1));
        int64_t rows = share * height;
        setRange(part, 'h', multiply(thread, rows),
                 shares * rows == problem.ho
                     ? at(rows)
                     : minimum(problem.ho - d0 * rows, rows, thread));
        return part;
      },
      [&](OpFoldResult thread, Target target) {
        target.value = write(multiply(thread, share),
                             minimum((d0 + 1) * share, whole, thread), target);
        if (rest == 0)
          return target.value;
        // The last block is the last share's.
        OpFoldResult isLast = apply((d0 + 1).floorDiv(shares), {thread});
        return forEach(at(0), isLast, target, [&](OpFoldResult, Target target) {
          return writeBlock(images, g, last, target);
        });
      });
}

Value WinogradWriter::writeImages(Target target) {
  Split split = schedule.getParallel();
  OutputPart all = getWhole();
  int64_t images = blocks.images;
  auto writeGroups = [&](ImageRange range, Target target) {
    return forEachShare(
        given.g, split.g, target,
        [&](OpFoldResult first, int64_t count) {
          OutputPart part = all;
          setRange(part, 'g', first, at(count));
          return part;
        },
        [&](OpFoldResult g, Target target) {
          return writeShares(range, g, split.h, target);
        });
  };
  auto writeBlocks = [&](OpFoldResult block, Target target) {
    return writeGroups({multiply(block, images), images}, target);
  };
  if (split.n == 1 && images == 1)
    return forEach(at(0), getBatch(), target, writeBlocks);
  // Shares of threads are whole blocks.
  target.value = forEachShare(
      given.n / images, split.n, target,
      [&](OpFoldResult first, int64_t count) {
        OutputPart part = all;
        setRange(part, 'n', multiply(first, images), at(count * images));
        return part;
      },
      writeBlocks);
  int64_t rest = given.n % images;
  if (rest == 0)
    return target.value;
  return writeGroups({at(given.n - rest), rest}, target);
}

void WinogradWriter::setPhases(const WinogradPhases &rows,
                               const WinogradPhases &columns) {
  phase.rows = rows;
  phase.columns = columns;
  problem = getWinogradPhase(given, rows, columns);
  blocks = WinogradBlocks(problem, blocks.tile, schedule.getBand(),
                          schedule.getImages());
  DimsAttr dilated = op.getDims();
  dims = DimsAttr::get(op.getContext(), dilated.getInput(), dilated.getFilter(),
                       dilated.getOutput(), dilated.getStrides(), {1, 1},
                       {rows.low, columns.low}, dilated.getHigh());
}

Value WinogradWriter::writePhase(Value output) {
  OutputPart part = getWhole();
  if (!isDilated())
    return writeImages({output, part.offsets});
  auto [places, strides] =
      getPlace(dims.getOutput(), part.offsets, phase.row, phase.column);
  Value piece = tensor::ExtractSliceOp::create(b, loc, output, places,
                                               part.sizes, strides);
  Value written = writeImages({piece, part.offsets});
  return tensor::InsertSliceOp::create(b, loc, written, output, places,
                                       part.sizes, strides);
}

void WinogradWriter::run() {
  b.setInsertionPoint(op);
  packFilter();
  operands = wrapOperands(op, b);
  Target target{operands.init, getWhole().offsets};
  for (const WinogradPhases &rows :
       getWinogradPhases(given.dilationH, given.h, given.ho, given.lowH))
    for (const WinogradPhases &columns :
         getWinogradPhases(given.dilationW, given.w, given.wo, given.lowW)) {
      setPhases(rows, columns);
      auto forPhases = [&](const WinogradPhases &phases, OpFoldResult &first,
                           Target target, function_ref<Value(Target)> body) {
        return forEach(at(phases.first), at(phases.first + phases.count),
                       target, [&](OpFoldResult number, Target target) {
                         first = number;
                         return body(target);
                       });
      };
      target.value = forPhases(rows, phase.row, target, [&](Target target) {
        return forPhases(columns, phase.column, target, [&](Target target) {
          return writePhase(target.value);
        });
      });
    }
  replaceByTensor(op, target.value, b);
}

LogicalResult mlir::conv::applyWinograd(ConvOp op, RewriterBase &rewriter) {
  WinogradWriter(op, rewriter).run();
  return success();
}
