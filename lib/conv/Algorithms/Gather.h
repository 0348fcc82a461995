//===- Gather.h - Algorithms that gather ------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the algorithms have in common that gather the image into another order
/// before they contract it.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_GATHER_H
#define LIB_CONV_ALGORITHMS_GATHER_H

#include "Defaults.h"

namespace mlir::conv {

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

/// Elements of the result, of one band with `form = banded`.
int64_t getGatherElements(const Problem &problem, StringRef order,
                          ScheduleAttr schedule);

/// Cycles of the gather, and those the contraction waits for its result.
double getGatherCycles(const Problem &problem, MachineAttr machine,
                       StringRef order, ScheduleAttr schedule);

/// The entry of an algorithm that gathers. `Spec` has its `algorithm`, and, for
/// a problem, `getOrder` (letters of the transformed image), `getReductions`
/// and `create`.
template <typename Spec> AlgorithmInfo makeGatherInfo() {
  return {Spec::algorithm,
          [](ConvOp op, RewriterBase &rewriter) {
            Problem p = Problem::fromOp(op);
            return applyGather(op, Spec::getOrder(p), Spec::getReductions(p),
                               Spec::create, rewriter);
          },
          findGatherObstacle,
          [](const Problem &p, ScheduleAttr) {
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

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_GATHER_H
