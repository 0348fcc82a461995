//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Prints what the model chooses from.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Passes.h"

#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Schedule/Legality.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/ScheduleModel.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPRINTSCHEDULESPASS
#include "conv/Decide/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// "2x7x2 khw/4": the register tile, order, rows per band.
static std::string describe(ScheduleAttr schedule) {
  std::string text = describeTiles(schedule);
  text += (" " + stringifyLoopOrder(schedule.getOrder())).str();
  if (schedule.getBand() != 0)
    text += llvm::formatv("/{0}", schedule.getBand());
  return text;
}

static void printLine(raw_ostream &os, char mark, const Choice &choice) {
  os << llvm::formatv("{0} {1,-12} {2,2} registers {3,12:F0} cycles  {4}\n",
                      mark, describe(choice.schedule), choice.cost.registers,
                      choice.cost.cycles, stringifyResource(choice.cost.limit));
}

namespace {
struct ConvPrintSchedulesPass
    : conv::impl::ConvPrintSchedulesPassBase<ConvPrintSchedulesPass> {
  using ConvPrintSchedulesPassBase::ConvPrintSchedulesPassBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    // The machine and each schedule is an attribute, also where nothing in the
    // input is of the dialect.
    registry.insert<ConvDialect>();
  }

  void runOnOperation() override {
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), getOperation());
    if (!model) {
      getOperation().emitError() << llvm::toString(model.takeError());
      return signalPassFailure();
    }
    MachineAttr machine = model->toAttr(&getContext());
    getOperation().walk(
        [&](ConvOp op) { print(llvm::outs(), Problem::fromOp(op), machine); });
    markAllAnalysesPreserved();
  }

private:
  void print(raw_ostream &os, const Problem &problem, MachineAttr machine) {
    os << problem.str() << ": ";
    if (auto obstacle = findObstacle(problem, machine, ScheduleAttr())) {
      os << "none: " << *obstacle << "\n";
      return;
    }
    SmallVector<Choice> choices =
        enumerateDirect(problem, machine, &getContext());
    Choice best = chooseDirect(problem, machine, &getContext());
    os << choices.size() << " schedules\n";
    printLine(os, '>', best);
    for (const Choice &choice : choices)
      if (choice.schedule != best.schedule)
        printLine(os, ' ', choice);
  }
};
} // namespace
