//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass around the algorithms.
///
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Passes.h"

#include "conv/Algorithms/Algorithms.h"
#include "conv/Schedule/FilterValues.h"
#include "conv/Schedule/Parts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVAPPLYSCHEDULEPASS
#include "conv/Algorithms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// Erases the deallocation of packed filters in functions where bufferization
/// is to allocate: it frees everything or nothing.
static void leaveDeallocation(FunctionOpInterface func) {
  bool mixed = false;
  func->walk([&](bufferization::ToTensorOp) { mixed = true; });
  if (!mixed)
    return;
  func->walk([](PackFilterOp op) {
    auto alloc = op.getInit().getDefiningOp<memref::AllocOp>();
    if (!alloc)
      return;
    for (Operation *user : llvm::make_early_inc_range(alloc->getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->erase();
  });
}

/// Replaces `op` by a convolution for each part of its schedule, on slices of
/// the output channels; leaves it where there are no parts.
static SmallVector<ConvOp> divideChannels(ConvOp op, RewriterBase &rewriter) {
  ScheduleAttr schedule = op.getScheduleAttr();
  if (schedule.getParts().empty())
    return {op};
  SmallVector<ConvOp> divided;
  rewriter.setInsertionPoint(op);
  for (const ProblemPart &part :
       divideIntoParts(Problem::fromOp(op), schedule)) {
    ConvOp conv = op.createChannelTile(rewriter, part.first, part.problem.k);
    conv.setScheduleAttr(part.schedule);
    divided.push_back(conv);
    auto slice = conv.getInit().getDefiningOp<tensor::ExtractSliceOp>();
    if (!slice)
      continue;
    // The next part is written beside this one.
    Value output = tensor::InsertSliceOp::create(
        rewriter, op.getLoc(), conv->getResult(0), slice.getSource(),
        slice.getMixedOffsets(), slice.getMixedSizes(),
        slice.getMixedStrides());
    rewriter.modifyOpInPlace(op, [&] { op.getInitMutable().assign(output); });
  }
  if (op->getNumResults() != 0)
    rewriter.replaceOp(op, op.getInit());
  else
    rewriter.eraseOp(op);
  return divided;
}

namespace {

struct ConvApplySchedulePass
    : conv::impl::ConvApplySchedulePassBase<ConvApplySchedulePass> {
  void runOnOperation() override {
    SmallVector<ConvOp> ops;
    getOperation()->walk([&](ConvOp op) {
      if (op.getScheduleAttr())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ConvOp op : ops) {
      Algorithm algorithm = op.getScheduleAttr().getAlgorithm();
      Obstacle obstacle = findFilterObstacle(op, algorithm);
      Problem problem = Problem::fromOp(op);
      if (!obstacle)
        obstacle = findInputObstacle(problem, op.getScheduleAttr());
      if (!obstacle)
        obstacle = findPartsObstacle(problem, op.getScheduleAttr());
      if (obstacle) {
        op.emitOpError("schedule cannot be honoured: ") << *obstacle;
        return signalPassFailure();
      }
      for (ConvOp part : divideChannels(op, rewriter))
        if (failed(getAlgorithmInfo(algorithm).apply(part, rewriter)))
          return signalPassFailure();
    }
    getOperation()->walk(leaveDeallocation);
  }
};

} // namespace
