//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass that decides. Everything it decides stands in the IR afterwards:
/// `conv.machine` on the module and a schedule on each convolution.
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Passes.h"

#include "conv/Analysis/MachineModel.h"
#include "conv/Analysis/ScheduleModel.h"
#include "conv/IR/Conv.h"
#include "conv/Transforms/MachineOptionsUtils.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVAUTOTUNEPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

static remark::RemarkOpts getRemarkOpts() {
  return remark::RemarkOpts::name("autotune").category("conv");
}

/// "14x2" or, with two rows, "2x7x2": pixels by vectors.
static std::string describeTile(ScheduleAttr schedule) {
  int64_t vectors = schedule.getCOb() / schedule.getNVec();
  if (schedule.getHOb() == 1)
    return llvm::formatv("{0}x{1}", schedule.getWOb(), vectors);
  return llvm::formatv("{0}x{1}x{2}", schedule.getHOb(), schedule.getWOb(),
                       vectors);
}

static void explain(ConvOp op, const Problem &problem, MachineAttr machine,
                    ScheduleAttr schedule, const Cost &cost,
                    StringRef candidates) {
  double percent = 100 * cost.fmaCycles / cost.cycles;
  remark::analysis(op.getLoc(), getRemarkOpts())
      << llvm::formatv(
             "{0}: {1}, {2}; register tile {3} (C_ob = {4}, W_ob = {5}), {6} "
             "of {7} vector registers, limited by {8}; predicted {9:F0} cycles "
             "= {10:F1} % of the FMA peak",
             problem.str(), stringifyAlgorithm(schedule.getAlgorithm()),
             candidates, describeTile(schedule), schedule.getCOb(),
             schedule.getWOb(), cost.registers, machine.getNReg(),
             stringifyResource(cost.limit), cost.cycles, percent)
             .str();
}

namespace {

struct ConvAutotunePass : conv::impl::ConvAutotunePassBase<ConvAutotunePass> {
  using ConvAutotunePassBase::ConvAutotunePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (algorithm != "auto" && !symbolizeAlgorithm(algorithm)) {
      module.emitError("unknown algorithm '") << algorithm << "'";
      return signalPassFailure();
    }
    SmallVector<ConvOp> ops;
    module.walk([&](ConvOp op) { ops.push_back(op); });
    if (ops.empty())
      return;
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model) {
      module.emitError(llvm::toString(model.takeError()));
      return signalPassFailure();
    }
    MachineAttr machine = model->toAttr(&getContext());
    module->setAttr("conv.machine", machine);
    for (ConvOp op : ops)
      if (failed(decide(op, machine)))
        return signalPassFailure();
  }

  LogicalResult decide(ConvOp op, MachineAttr machine) {
    Problem problem = Problem::fromOp(op);
    if (ScheduleAttr given = op.getScheduleAttr())
      return checkGiven(op, problem, machine, given);
    bool forced = algorithm != "auto";
    std::optional<std::string> obstacle;
    if (!op.getOutputType().getElementType().isF32())
      obstacle = "element type is not f32";
    else
      obstacle = findObstacle(problem, machine, ScheduleAttr());
    Choice choice;
    if (!obstacle) {
      choice = chooseDirect(problem, machine, &getContext());
      ScheduleAttr schedule = choice.schedule;
      if (forced && *symbolizeAlgorithm(algorithm) != Algorithm::Direct)
        obstacle = llvm::formatv("algorithm '{0}' has no lowering", algorithm);
      else
        obstacle = findObstacle(problem, machine, schedule);
    }
    if (obstacle) {
      if (forced)
        return op.emitOpError("algorithm '")
               << algorithm << "' cannot compute " << problem.str() << ": "
               << *obstacle;
      op.emitWarning("convolution ")
          << problem.str() << " is left to the plain lowering: " << *obstacle;
      remark::missed(op.getLoc(), getRemarkOpts())
          << (problem.str() + ": " + *obstacle);
      return success();
    }
    op.setScheduleAttr(choice.schedule);
    explain(op, problem, machine, choice.schedule, choice.cost,
            llvm::formatv("{0} candidate tiles", choice.numCandidates).str());
    return success();
  }

  LogicalResult checkGiven(ConvOp op, const Problem &problem,
                           MachineAttr machine, ScheduleAttr given) {
    if (std::optional<std::string> obstacle =
            findObstacle(problem, machine, given))
      return op.emitOpError("schedule cannot be honoured: ") << *obstacle;
    if (algorithm != "auto" &&
        *symbolizeAlgorithm(algorithm) != given.getAlgorithm())
      return op.emitOpError("has a schedule for algorithm '")
             << stringifyAlgorithm(given.getAlgorithm()) << "' but algorithm '"
             << algorithm << "' is forced";
    RegisterTile tile{given.getHOb(), given.getWOb(),
                      given.getCOb() / given.getNVec()};
    explain(op, problem, machine, given, estimate(problem, machine, tile),
            "schedule given");
    return success();
  }
};

} // namespace
