//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Passes.h"

#include "conv/IR/Conv.h"
#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/Nest.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPRINTNESTPASS
#include "conv/Algorithms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {
struct ConvPrintNestPass
    : conv::impl::ConvPrintNestPassBase<ConvPrintNestPass> {
  void runOnOperation() override {
    auto print = [](const Contraction &contraction, ScheduleAttr schedule) {
      llvm::outs() << toJSON(buildNest(contraction, schedule)) << "\n";
    };
    getOperation()->walk([&](ContractOp op) {
      print(Contraction::fromOp(op), op.getSchedule());
    });
    // What is computed in place is one contraction, of which the cost model
    // knows the nest before there is an operation.
    getOperation()->walk([&](ConvOp op) {
      ScheduleAttr schedule = op.getScheduleAttr();
      if (!schedule || !schedule.getParts().empty())
        return;
      const AlgorithmTraits &traits = getTraits(schedule.getAlgorithm());
      if (!traits.contractsInPlace() || traits.isReference)
        return;
      Problem problem = Problem::fromOp(op);
      problem.flattenable = schedule.getFlatten();
      print(Contraction::fromProblem(problem, schedule.getVector()), schedule);
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
