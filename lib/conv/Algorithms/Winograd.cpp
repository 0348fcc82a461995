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
///   for n, for g
///     for blocks of rows of tiles            the band of a schedule
///       v[points][tiles][C] = B x B^T        conv.winograd_input
///       for k by C_ob
///         m[points][tiles][C_ob] = v f       conv.contract, a group per point
///         out = epilogue(A m A^T)            conv.winograd_output
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

/// What is written: rows of output from `row` on, of which there are `count`.
struct RowRange {
  OpFoldResult row;
  int64_t tileRows, count;
};

class WinogradWriter {
public:
  WinogradWriter(ConvOp op, WinogradTile tile, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), dims(op.getDims()),
        schedule(op.getScheduleAttr()), problem(Problem::fromOp(op)),
        blocks(problem, tile, schedule.getBand()) {}

  void run();

private:
  using Body = function_ref<Value(OpFoldResult, Value)>;
  /// A part of the output: offsets and sizes of its dimensions.
  struct Part {
    SmallVector<OpFoldResult> offsets, sizes;
  };

  OpFoldResult at(int64_t index) { return b.getIndexAttr(index); }
  OpFoldResult multiply(OpFoldResult index, int64_t factor);
  /// Passes `value` through `body` for indices below `count`.
  Value forEach(OpFoldResult count, Value value, Body body);
  OpFoldResult getBatch();

  void packFilter();
  Value slice(Value value, ArrayRef<OpFoldResult> offsets,
              ArrayRef<OpFoldResult> sizes);
  /// The image of one n and g.
  Value getImage(OpFoldResult n, OpFoldResult g);
  Value writeImage(OpFoldResult n, OpFoldResult g, Value output);
  Value writeBlock(OpFoldResult n, OpFoldResult g, RowRange rows, Value output);
  /// `count` output channels, those of block `block`, of the tiles in `planes`.
  Value writeChannels(OpFoldResult n, OpFoldResult g, RowRange rows,
                      OpFoldResult block, int64_t count, Value planes,
                      Value output);
  Value contract(Value planes, OpFoldResult g, OpFoldResult block,
                 int64_t count, int64_t tiles);
  Part getPart(OpFoldResult n, OpFoldResult g, RowRange rows,
               OpFoldResult channel, int64_t count, Value output);
  Epilogue getEpilogue(const Part &part);

  ConvOp op;
  RewriterBase &b;
  Location loc;
  DimsAttr dims;
  ScheduleAttr schedule;
  Problem problem;
  WinogradBlocks blocks;
  Value filter;
  TensorOperands operands;
};

} // namespace

OpFoldResult WinogradWriter::multiply(OpFoldResult index, int64_t factor) {
  return affine::makeComposedFoldedAffineApply(
      b, loc, b.getAffineDimExpr(0) * factor, {index});
}

Value WinogradWriter::forEach(OpFoldResult count, Value value, Body body) {
  std::optional<int64_t> constant = getConstantIntValue(count);
  if (constant && *constant < 1)
    return value;
  if (constant == 1)
    return body(at(0), value);
  auto index = [&](OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, loc, size);
  };
  auto loop = scf::ForOp::create(b, loc, index(at(0)), index(count),
                                 index(at(1)), ValueRange(value));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value result =
      body(OpFoldResult(loop.getInductionVar()), loop.getRegionIterArg(0));
  scf::YieldOp::create(b, loc, result);
  return loop.getResult(0);
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
    filter = PackFilterOp::create(b, loc, empty.getType(), op.getFilter(),
                                  empty, layout, /*c_pack=*/1, schedule.getNVec(), tile)
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

Value WinogradWriter::getImage(OpFoldResult n, OpFoldResult g) {
  if (problem.n == 1 && problem.g == 1)
    return operands.input;
  SmallVector<OpFoldResult> offsets, sizes;
  for (auto [i, letter] : llvm::enumerate(dims.getInput())) {
    bool one = letter == 'n' || letter == 'g';
    offsets.push_back(letter == 'n' ? n : letter == 'g' ? g : at(0));
    sizes.push_back(one ? at(1)
                        : tensor::getMixedSize(b, loc, operands.input, i));
  }
  return slice(operands.input, offsets, sizes);
}

WinogradWriter::Part WinogradWriter::getPart(OpFoldResult n, OpFoldResult g,
                                             RowRange rows,
                                             OpFoldResult channel,
                                             int64_t count, Value output) {
  Part part;
  for (auto [i, letter] : llvm::enumerate(dims.getOutput())) {
    switch (letter) {
    case 'n':
      part.offsets.push_back(n);
      part.sizes.push_back(at(1));
      break;
    case 'g':
      part.offsets.push_back(g);
      part.sizes.push_back(at(1));
      break;
    case 'h':
      part.offsets.push_back(rows.row);
      part.sizes.push_back(at(rows.count));
      break;
    case 'k':
      part.offsets.push_back(channel);
      part.sizes.push_back(at(count));
      break;
    default:
      part.offsets.push_back(at(0));
      part.sizes.push_back(tensor::getMixedSize(b, loc, output, i));
      break;
    }
  }
  return part;
}

Epilogue WinogradWriter::getEpilogue(const Part &part) {
  Epilogue epilogue = operands.epilogue;
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || type.getRank() == 0)
      continue;
    SmallVector<OpFoldResult> offsets, sizes;
    for (AffineExpr expr : map.getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      offsets.push_back(dim ? part.offsets[dim.getPosition()] : at(0));
      sizes.push_back(dim ? part.sizes[dim.getPosition()] : at(1));
    }
    operand = slice(operand, offsets, sizes);
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

Value WinogradWriter::writeChannels(OpFoldResult n, OpFoldResult g,
                                    RowRange rows, OpFoldResult block,
                                    int64_t count, Value planes, Value output) {
  int64_t tiles = rows.tileRows * blocks.columns;
  Value products = contract(planes, g, block, count, tiles);
  Part part =
      getPart(n, g, rows, multiply(block, schedule.getCOb()), count, output);
  Value target = slice(output, part.offsets, part.sizes);
  auto result = WinogradOutputOp::create(
      b, loc, TypeRange(target.getType()), products, target, getEpilogue(part),
      dims, blocks.tile, ArrayRef<int64_t>{rows.tileRows, blocks.columns},
      schedule.getNVec(), schedule.getEpilogue() == EpilogueForm::Output,
      op.getAccumulate());
  SmallVector<OpFoldResult> strides(part.offsets.size(), at(1));
  return tensor::InsertSliceOp::create(b, loc, result->getResult(0), output,
                                       part.offsets, part.sizes, strides);
}

Value WinogradWriter::writeBlock(OpFoldResult n, OpFoldResult g, RowRange rows,
                                 Value output) {
  int64_t tiles = rows.tileRows * blocks.columns;
  WinogradPlanes planes =
      getWinogradPlanes(problem, blocks, schedule.getNVec());
  Value empty = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{blocks.points, planes.tiles, planes.channels},
      b.getF32Type());
  Value origin;
  if (getConstantIntValue(rows.row) != 0)
    origin = getValueOrCreateConstantIndexOp(b, loc, rows.row);
  Value transformed =
      WinogradInputOp::create(
          b, loc, TypeRange(empty.getType()), getImage(n, g), empty, origin,
          dims, b.getDenseI64ArrayAttr(blocks.tile),
          b.getDenseI64ArrayAttr({rows.tileRows, blocks.columns}),
          b.getI64IntegerAttr(schedule.getNVec()))
          ->getResult(0);
  transformed = slice(transformed, {at(0), at(0), at(0)},
                      {at(blocks.points), at(tiles), at(problem.c)});
  int64_t cOb = schedule.getCOb();
  int64_t whole = problem.k / cOb, rest = problem.k % cOb;
  output = forEach(at(whole), output, [&](OpFoldResult block, Value output) {
    return writeChannels(n, g, rows, block, cOb, transformed, output);
  });
  if (rest == 0)
    return output;
  return writeChannels(n, g, rows, at(whole), rest, transformed, output);
}

Value WinogradWriter::writeImage(OpFoldResult n, OpFoldResult g, Value output) {
  int64_t blockRows = blocks.blockRows, height = blocks.tile[0];
  // Blocks of which all rows are outputs are a loop; what is left is apart.
  int64_t whole = problem.ho / (blockRows * height);
  int64_t rest = blocks.rows - whole * blockRows;
  output = forEach(at(whole), output, [&](OpFoldResult block, Value output) {
    RowRange rows{multiply(block, blockRows * height), blockRows,
                  blockRows * height};
    return writeBlock(n, g, rows, output);
  });
  if (rest == 0)
    return output;
  int64_t first = whole * blockRows * height;
  return writeBlock(n, g, {at(first), rest, problem.ho - first}, output);
}

void WinogradWriter::run() {
  b.setInsertionPoint(op);
  packFilter();
  operands = wrapOperands(op, b);
  Value output =
      forEach(getBatch(), operands.init, [&](OpFoldResult n, Value output) {
        return forEach(at(problem.g), output,
                       [&](OpFoldResult g, Value output) {
                         return writeImage(n, g, output);
                       });
      });
  replaceByTensor(op, output, b);
}

LogicalResult mlir::conv::applyWinograd(ConvOp op, WinogradTile tile,
                                        RewriterBase &rewriter) {
  WinogradWriter(op, tile, rewriter).run();
  return success();
}
