//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Direct convolution (Zhang, Franchetti, Low 2018): no copy of the input and
/// no workspace. The contraction's map of the input is the convolution's own
/// index
///
///   a[n][g][ho * sh + r * dh - low_h][wo * sw + s * dw - low_w][c]
///
/// and what it says of points outside of `a` is the padding.
///
/// Four shapes get a contraction of their own. With `flatten` the rows and
/// columns of a 1x1 convolution are one dimension. With `vector = g` k runs
/// over the m output channels of all groups:
///
///   out[n][ho][wo][k] = sum over r, s, c of a[n][h'][w'][k / m][c]
///                                           * b[k][r][s][c]
/// Depthwise convolutions whose
/// channels are contiguous contract with k running over the groups:
///
///   out[n][ho][wo][k] = sum over r, s of a[n][h'][w'][k] * b[r][s][k]
///
/// Blocks of output channels are groups g that share their input:
///
///   out[n][g][ho][wo][k] = sum over r, s, c of a[n][c / b][h'][w'][c % b]
///                                              * b[g][r][s][c][k]
///
//===----------------------------------------------------------------------===//

#include "Direct.h"

#include "Defaults.h"
#include "Entries.h"
#include "Operands.h"
#include "Rebase.h"

#include "conv/Schedule/Problem.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::conv;

using Iterator = ContractOp::Iterator;

/// Dimensions of a tensor with letters; those of `merged` belong to the
/// dimension before them.
static SmallVector<ReassociationIndices> mergeLetters(StringRef letters,
                                                      StringRef merged) {
  SmallVector<ReassociationIndices> groups;
  for (auto [i, letter] : llvm::enumerate(letters)) {
    if (merged.contains(letter))
      groups.back().push_back(i);
    else
      groups.push_back({static_cast<int64_t>(i)});
  }
  return groups;
}

static Value collapse(Value value, ArrayRef<ReassociationIndices> groups,
                      Location loc, RewriterBase &rewriter) {
  if (isa<TensorType>(value.getType()))
    return tensor::CollapseShapeOp::create(rewriter, loc, value, groups);
  return memref::CollapseShapeOp::create(rewriter, loc, value, groups);
}

/// `value` with dimension `dim` split into blocks of `block`.
static Value splitDimension(Value value, int64_t dim, int64_t block,
                            Location loc, RewriterBase &rewriter) {
  auto type = cast<ShapedType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] /= block;
  shape.insert(shape.begin() + dim + 1, block);
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (i == dim)
      groups.push_back({i, i + 1});
    else
      groups.push_back({i + (i > dim ? 1 : 0)});
  }
  if (isa<TensorType>(type))
    return tensor::ExpandShapeOp::create(
        rewriter, loc, RankedTensorType::get(shape, type.getElementType()),
        value, groups);
  return memref::ExpandShapeOp::create(rewriter, loc, shape, value, groups);
}

/// The filter with its output channels split into the output's blocks, which
/// the contraction calls groups.
static FilterOperand splitChannels(FilterOperand filter, StringRef layout,
                                   const Problem &problem,
                                   RewriterBase &rewriter, ConvOp op) {
  Location loc = op.getLoc();
  MLIRContext *ctx = op.getContext();
  ScheduleAttr schedule = op.getScheduleAttr();
  if (schedule.getFilter() == FilterForm::Packed) {
    // [1][K / c_ob][...] is [K / block][block / c_ob][...].
    int64_t tiles = problem.outputBlock / schedule.getCOb();
    Value split = splitDimension(filter.value, 1, tiles, loc, rewriter);
    SmallVector<ReassociationIndices> groups{{0, 1}, {2}, {3}, {4}, {5}, {6}};
    if (filter.cPack > 1)
      groups.push_back({7});
    if (isa<TensorType>(split.getType()))
      filter.value =
          tensor::CollapseShapeOp::create(rewriter, loc, split, groups);
    else
      filter.value =
          memref::CollapseShapeOp::create(rewriter, loc, split, groups);
    return filter;
  }
  size_t k = layout.find('k');
  filter.value =
      splitDimension(filter.value, k, problem.outputBlock, loc, rewriter);
  SmallVector<AffineExpr> exprs(filter.map.getResults());
  exprs.insert(exprs.begin() + k, getAffineDimExpr(Iterator::G, ctx));
  filter.map = AffineMap::get(Iterator::NumIterators, 0, exprs, ctx);
  return filter;
}

/// Operands of an epilogue with their channels in blocks of `block`, as the
/// output has them.
static void splitChannels(Epilogue &epilogue, int64_t block, Location loc,
                          RewriterBase &rewriter) {
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    SmallVector<AffineExpr> exprs;
    for (AffineExpr expr : map.getResults()) {
      std::optional<BlockedChannel> blocked = matchBlockedChannel(expr);
      if (!blocked) {
        exprs.push_back(expr);
        continue;
      }
      operand = splitDimension(operand, exprs.size(), block, loc, rewriter);
      exprs.push_back(rewriter.getAffineDimExpr(blocked->block));
      exprs.push_back(rewriter.getAffineDimExpr(blocked->channel));
    }
    map = AffineMap::get(map.getNumDims(), 0, exprs, rewriter.getContext());
  }
}

/// Operands of an epilogue for an output whose dimension `first` and the one
/// behind it have become one.
static void mergeDimensions(Epilogue &epilogue, unsigned first, Location loc,
                            RewriterBase &rewriter) {
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    SmallVector<AffineExpr> exprs;
    SmallVector<ReassociationIndices> groups;
    bool merges = false;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (dim && dim.getPosition() == first + 1) {
        groups.back().push_back(i);
        merges = true;
        continue;
      }
      groups.push_back({static_cast<int64_t>(i)});
      bool moves = dim && dim.getPosition() > first;
      exprs.push_back(moves ? rewriter.getAffineDimExpr(dim.getPosition() - 1)
                            : expr);
    }
    if (merges)
      operand = collapse(operand, groups, loc, rewriter);
    map = AffineMap::get(map.getNumDims() - 1, 0, exprs, rewriter.getContext());
  }
}

/// A window along a dimension that the image does not have reads nothing.
static LogicalResult checkWindows(ConvOp op, const Problem &problem) {
  for (auto [image, window, taps] :
       {std::tuple('h', 'r', problem.r), std::tuple('w', 's', problem.s)})
    if (op.getDims().inputPos(image) < 0 && taps > 1)
      return op.emitOpError("has a window of ")
             << taps << " taps along '" << Twine(window)
             << "' but no image dimension '" << Twine(image) << "'";
  return success();
}

namespace {

/// What the iterators of a contraction that reads the image itself stand for,
/// and its maps of image and output.
class ImageMaps {
public:
  ImageMaps(ConvOp op, const Problem &problem)
      : ctx(op.getContext()), dims(op.getDims()),
        inputBlock(problem.inputBlock), channels(problem.k),
        flatten(op.getScheduleAttr().getFlatten()) {
    ScheduleAttr schedule = op.getScheduleAttr();
    bool naive = schedule.getAlgorithm() == Algorithm::Naive;
    depthwise = problem.vectorGroups && !naive;
    mergesGroups = schedule.getVector() == VectorIterator::G && !naive;
  }

  AffineMap getInput() const { return getMap(dims.getInput(), true); }
  AffineMap getOutput() const { return getMap(dims.getOutput(), false); }

private:
  AffineExpr getDim(unsigned i) const { return getAffineDimExpr(i, ctx); }
  AffineExpr getWindow(unsigned out, unsigned tap, unsigned axis) const {
    return getDim(out) * dims.getStrides()[axis] +
           getDim(tap) * dims.getDilations()[axis] - dims.getLow()[axis];
  }
  AffineExpr getGroup(bool isInput) const;
  /// The dimension of `letter`; none where another one has it.
  AffineExpr getExpr(char letter, bool isInput) const;
  AffineMap getMap(StringRef letters, bool isInput) const;

  MLIRContext *ctx;
  DimsAttr dims;
  int64_t inputBlock, channels;

public:
  bool flatten;      ///< Rows and columns are one dimension.
  bool depthwise;    ///< Groups are what the contraction calls channels.
  bool mergesGroups; ///< So are groups and their channels.
};

} // namespace

AffineExpr ImageMaps::getGroup(bool isInput) const {
  if (!mergesGroups)
    return getDim(depthwise ? Iterator::K : Iterator::G);
  AffineExpr merged = getDim(Iterator::K);
  return isInput ? merged.floorDiv(channels) : merged;
}

AffineExpr ImageMaps::getExpr(char letter, bool isInput) const {
  switch (letter) {
  case 'n':
    return getDim(Iterator::N);
  case 'g':
    return getGroup(isInput);
  case 'C':
    return getDim(Iterator::C).floorDiv(inputBlock);
  case 'c':
    return inputBlock != 0 ? getDim(Iterator::C) % inputBlock
                           : getDim(Iterator::C);
  case 'K':
    return getDim(Iterator::G);
  case 'k':
    return mergesGroups ? AffineExpr() : getDim(Iterator::K);
  case 'h':
    if (flatten)
      return {};
    return isInput ? getWindow(Iterator::Ho, Iterator::R, 0)
                   : getDim(Iterator::Ho);
  case 'w':
    return isInput ? getWindow(Iterator::Wo, Iterator::S, 1)
                   : getDim(Iterator::Wo);
  }
  llvm_unreachable("not a letter of an image");
}

AffineMap ImageMaps::getMap(StringRef letters, bool isInput) const {
  SmallVector<AffineExpr> exprs;
  for (char letter : letters)
    if (AffineExpr expr = getExpr(letter, isInput))
      exprs.push_back(expr);
  return AffineMap::get(Iterator::NumIterators, 0, exprs, ctx);
}

LogicalResult mlir::conv::applyInPlace(ConvOp op, RewriterBase &rewriter) {
  Location loc = op.getLoc();
  DimsAttr dims = op.getDims();
  Problem problem = Problem::fromOp(op);
  if (failed(checkWindows(op, problem)))
    return failure();
  ImageMaps maps(op, problem);

  rewriter.setInsertionPoint(op);
  std::string filterLayout = dims.getFilter().str();
  if (maps.depthwise)
    filterLayout[filterLayout.find('g')] = 'k';
  FilterOperand filter = prepareFilter(op, filterLayout, rewriter);

  Value input = op.getInput(), init = op.getInit();
  bool tensors = isa<TensorType>(init.getType());
  Epilogue epilogue = Epilogue::of(op);
  bool rebased = rebaseInput(op, epilogue, tensors, rewriter);
  if (problem.outputBlock != 0) {
    filter = splitChannels(filter, filterLayout, problem, rewriter, op);
    splitChannels(epilogue, problem.outputBlock, loc, rewriter);
  }
  std::string merged;
  if (maps.flatten) {
    input = collapse(input, mergeLetters(dims.getInput(), "w"), loc, rewriter);
    mergeDimensions(epilogue, dims.outputPos('h'), loc, rewriter);
    merged = "w";
  }
  // Where the output has no k, its groups are the channels already.
  if (maps.mergesGroups && dims.outputPos('k') >= 0) {
    bool isBehindRows =
        maps.flatten && dims.outputPos('g') > dims.outputPos('w');
    mergeDimensions(epilogue, dims.outputPos('g') - (isBehindRows ? 1 : 0), loc,
                    rewriter);
    merged += 'k';
  }
  SmallVector<ReassociationIndices> outGroups =
      mergeLetters(dims.getOutput(), merged);
  if (!merged.empty())
    init = collapse(init, outGroups, loc, rewriter);
  bool groupsAreChannels =
      maps.depthwise || (maps.mergesGroups && dims.outputPos('k') < 0);
  char channel = groupsAreChannels ? 'g' : 'k';
  SmallVector<Type> results;
  if (tensors)
    results.push_back(init.getType());
  auto contract = ContractOp::create(
      rewriter, loc, results, input, filter.value, init, epilogue,
      /*row_origin=*/Value(),
      rewriter.getAffineMapArrayAttr(
          {maps.getInput(), filter.map, maps.getOutput()}),
      getStoreMode(op, channel), filter.cPack, op.getAccumulate(),
      op.getScheduleAttr(), getHighPadding(dims));
  contract.setInputMeaning(op);
  contract.setRebasedInput(rebased);
  if (filter.temporary)
    memref::DeallocOp::create(rewriter, loc, filter.temporary);
  if (!tensors) {
    rewriter.eraseOp(op);
    return success();
  }
  Value result = contract->getResult(0);
  if (!merged.empty())
    result = tensor::ExpandShapeOp::create(
        rewriter, loc, op.getInit().getType(), result, outGroups);
  rewriter.replaceOp(op, result);
  return success();
}

AlgorithmInfo mlir::conv::getDirect() {
  return {Algorithm::Direct, applyInPlace,
          findNothing,       [](const Problem &p, ScheduleAttr) { return p; },
          getOnePass,        getNoElements,
          getNoMoves};
}
