//===- Algorithms.h - What the algorithms' files share ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pieces the algorithms are made of, and the entries they register.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_ALGORITHMS_H
#define LIB_CONV_ALGORITHMS_ALGORITHMS_H

#include "conv/Algorithms/Algorithms.h"
#include "conv/IR/Conv.h"

namespace mlir::conv {

//===----------------------------------------------------------------------===//
// Entries of the table, one per algorithm
//===----------------------------------------------------------------------===//

AlgorithmInfo getNaive();
AlgorithmInfo getDirect();
AlgorithmInfo getIm2col();
AlgorithmInfo getIm2row();
AlgorithmInfo getKn2row();
AlgorithmInfo getKn2col();
AlgorithmInfo getKn2rowAs();
AlgorithmInfo getKn2colAs();
AlgorithmInfo getKn2rowAa();
AlgorithmInfo getMecA();
AlgorithmInfo getMecB();
AlgorithmInfo getIm2win();

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The filter operand of `op` as the contraction wants it: packed by a
/// conv.pack_filter, or as it is. `layout` names its dimensions. `temporary` is
/// the buffer to free afterwards on memrefs, else null.
struct FilterOperand {
  Value value, temporary;
  AffineMap map;
  int64_t cPack = 1; ///< Channels that lie side by side for one lane.
};
FilterOperand prepareFilter(ConvOp op, StringRef layout,
                            RewriterBase &rewriter);

/// Store mode the output's memory allows; `channel` is the letter vectors run
/// along.
StoreMode getStoreMode(ConvOp op, char channel);

/// The padding behind the image, as conv.contract has it; null without any.
DenseI64ArrayAttr getHighPadding(DimsAttr dims);

/// Operands of a convolution as tensors. On memrefs they are wrapped, so that
/// tiling can fuse the transformation and bufferization finds the buffers.
struct TensorOperands {
  Value input, init;
  Epilogue epilogue;
};
TensorOperands wrapOperands(ConvOp op, RewriterBase &rewriter);

/// Replaces `op` by a contraction that reads the image where it is
/// (Direct.cpp).
LogicalResult applyInPlace(ConvOp op, RewriterBase &rewriter);

/// A tensor that is, or stands for the buffer of, `filter.value`.
Value wrapFilter(ConvOp op, const FilterOperand &filter,
                 RewriterBase &rewriter);

/// Replaces `op` by `result`: on memrefs by writing it to the output.
void replaceByTensor(ConvOp op, Value result, RewriterBase &rewriter);

//===----------------------------------------------------------------------===//
// Algorithms that gather
//===----------------------------------------------------------------------===//

/// Creates the transformation of `input` into `init`.
using CreateGather = Operation *(*)(OpBuilder &, Location, Value input,
                                    Value init, DimsAttr, const Problem &);

/// Replaces `op` by a gather into dimensions `order` and a contraction.
/// `reductions` lists r, s and c in the order the contraction visits them. The
/// filter is packed in the same order, and where the letters follow each other
/// in the transformed image as well, the three loops are one.
LogicalResult applyGather(ConvOp op, StringRef order, StringRef reductions,
                          CreateGather create, RewriterBase &rewriter);

/// Why the image of `problem` cannot be gathered in the form of `schedule`.
Obstacle findGatherObstacle(const Problem &problem, ScheduleAttr schedule);

/// The contraction over a result of dimensions `order`.
Problem getGatherContraction(const Problem &problem, StringRef order,
                             StringRef reductions);

/// The product of two counts of elements, or more than can be addressed.
int64_t multiplyElements(int64_t x, int64_t y);

/// Elements of the result, of one band with `form = banded`.
int64_t getGatherElements(const Problem &problem, StringRef order,
                          ScheduleAttr schedule);

/// Cycles of the gather, and those the contraction waits for its result.
double getGatherCycles(const Problem &problem, MachineAttr machine,
                       StringRef order, ScheduleAttr schedule);

/// One contraction does it all.
int64_t getOnePass(const Problem &problem);

/// The entry of an algorithm that gathers. `Spec` has its `algorithm`, and, for
/// a problem, `getOrder` (letters of the transformed image), `getReductions`
/// and `create`.
template <typename Spec> AlgorithmInfo makeGatherInfo() {
  return {Spec::algorithm,
          /*hasBandedForm=*/true,
          [](ConvOp op, RewriterBase &rewriter) {
            Problem p = Problem::fromOp(op);
            return applyGather(op, Spec::getOrder(p), Spec::getReductions(p),
                               Spec::create, rewriter);
          },
          findGatherObstacle,
          [](const Problem &p) {
            return getGatherContraction(p, Spec::getOrder(p),
                                        Spec::getReductions(p));
          },
          getOnePass,
          [](const Problem &p, ScheduleAttr schedule) {
            return getGatherElements(p, Spec::getOrder(p), schedule);
          },
          [](const Problem &p, MachineAttr machine, ScheduleAttr schedule) {
            return getGatherCycles(p, machine, Spec::getOrder(p), schedule);
          }};
}

/// No problem is refused, nothing is stored.
Obstacle findNothing(const Problem &problem, ScheduleAttr schedule);
int64_t getNoElements(const Problem &problem, ScheduleAttr schedule);

/// Nothing is moved before the contraction.
double getNoMoves(const Problem &problem, MachineAttr machine,
                  ScheduleAttr schedule);

/// Whole images only.
Obstacle findWholeObstacle(const Problem &problem, ScheduleAttr schedule);

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_ALGORITHMS_H
