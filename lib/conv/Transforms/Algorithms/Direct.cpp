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
/// Two shapes get a simpler contraction. With `flatten` the rows and columns of
/// a 1x1 convolution are one dimension. Depthwise convolutions whose channels
/// are contiguous contract with k running over the groups:
///
///   out[n][ho][wo][k] = sum over r, s of a[n][h'][w'][k] * b[r][s][k]
///
//===----------------------------------------------------------------------===//

#include "Algorithms.h"

#include "conv/Analysis/Problem.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::conv;

using Iterator = ContractOp::Iterator;

/// Dimensions of a tensor with letters, its rows and columns merged.
static SmallVector<ReassociationIndices> mergeRows(StringRef letters) {
  SmallVector<ReassociationIndices> groups;
  for (auto [i, letter] : llvm::enumerate(letters)) {
    if (letter == 'w')
      groups.back().push_back(i);
    else
      groups.push_back({static_cast<int64_t>(i)});
  }
  return groups;
}

static Value collapse(Value value, StringRef letters, Location loc,
                      RewriterBase &rewriter) {
  SmallVector<ReassociationIndices> groups = mergeRows(letters);
  if (isa<TensorType>(value.getType()))
    return tensor::CollapseShapeOp::create(rewriter, loc, value, groups);
  return memref::CollapseShapeOp::create(rewriter, loc, value, groups);
}

LogicalResult mlir::conv::applyInPlace(ConvOp op, RewriterBase &rewriter) {
  Location loc = op.getLoc();
  DimsAttr dims = op.getDims();
  ScheduleAttr schedule = op.getScheduleAttr();
  Problem problem = Problem::fromOp(op);
  for (auto [image, window, taps] :
       {std::tuple('h', 'r', problem.r), std::tuple('w', 's', problem.s)})
    if (dims.inputPos(image) < 0 && taps > 1)
      return op.emitOpError("has a window of ")
             << taps << " taps along '" << Twine(window)
             << "' but no image dimension '" << Twine(image) << "'";
  bool naive = schedule.getAlgorithm() == Algorithm::Naive;
  bool depthwise = problem.vectorGroups && !naive;
  bool flatten = schedule.getFlatten();

  MLIRContext *ctx = op.getContext();
  auto dim = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
  unsigned group = depthwise ? Iterator::K : Iterator::G;
  auto window = [&](unsigned out, unsigned tap, unsigned axis) {
    return dim(out) * dims.getStrides()[axis] +
           dim(tap) * dims.getDilations()[axis] - dims.getLow()[axis];
  };
  auto makeMap = [&](StringRef letters, bool isInput) {
    SmallVector<AffineExpr> exprs;
    for (char letter : letters) {
      switch (letter) {
      case 'n':
        exprs.push_back(dim(Iterator::N));
        break;
      case 'g':
        exprs.push_back(dim(group));
        break;
      case 'c':
        exprs.push_back(dim(Iterator::C));
        break;
      case 'k':
        exprs.push_back(dim(Iterator::K));
        break;
      case 'h':
        if (!flatten)
          exprs.push_back(isInput ? window(Iterator::Ho, Iterator::R, 0)
                                  : dim(Iterator::Ho));
        break;
      case 'w':
        exprs.push_back(isInput ? window(Iterator::Wo, Iterator::S, 1)
                                : dim(Iterator::Wo));
        break;
      default:
        llvm_unreachable("not a letter of an image");
      }
    }
    return AffineMap::get(Iterator::NumIterators, 0, exprs, ctx);
  };

  rewriter.setInsertionPoint(op);
  std::string filterLayout = dims.getFilter().str();
  if (depthwise)
    filterLayout[filterLayout.find('g')] = 'k';
  FilterOperand filter = prepareFilter(op, filterLayout, rewriter);

  Value input = op.getInput(), init = op.getInit(), residual = op.getResidual();
  if (flatten) {
    input = collapse(input, dims.getInput(), loc, rewriter);
    init = collapse(init, dims.getOutput(), loc, rewriter);
    if (residual)
      residual = collapse(residual, dims.getOutput(), loc, rewriter);
  }
  bool tensors = isa<TensorType>(init.getType());
  SmallVector<Type> results;
  if (tensors)
    results.push_back(init.getType());
  auto contract = ContractOp::create(
      rewriter, loc, results, input, filter.value, init, op.getBias(), residual,
      /*row_origin=*/Value(),
      rewriter.getAffineMapArrayAttr({makeMap(dims.getInput(), true),
                                      filter.map,
                                      makeMap(dims.getOutput(), false)}),
      getStoreMode(op, depthwise ? 'g' : 'k'), /*c_pack=*/1, op.getAccumulate(),
      op.getClampAttr(), schedule);
  if (filter.temporary)
    memref::DeallocOp::create(rewriter, loc, filter.temporary);
  if (!tensors) {
    rewriter.eraseOp(op);
    return success();
  }
  Value result = contract->getResult(0);
  if (flatten)
    result =
        tensor::ExpandShapeOp::create(rewriter, loc, op.getInit().getType(),
                                      result, mergeRows(dims.getOutput()));
  rewriter.replaceOp(op, result);
  return success();
}

AlgorithmInfo mlir::conv::getDirect() {
  return {Algorithm::Direct,
          /*hasBandedForm=*/false,
          applyInPlace,
          findNothing,
          [](const Problem &p) { return p; },
          getNoElements,
          getNoTraffic};
}
