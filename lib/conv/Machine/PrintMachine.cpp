//===- PrintMachine.cpp - Print the machine model -------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Machine/Passes.h"

#include "conv/Machine/MachineFields.h"
#include "conv/Machine/MachineOptionsUtils.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPRINTMACHINEPASS
#include "conv/Machine/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// One line of the table. Texts fill the columns a number would.
static void printLine(raw_ostream &os, StringRef name, StringRef value,
                      StringRef unit, StringRef source) {
  std::string line =
      llvm::formatv("{0,-10} {1,12}  {2,-16} {3}", name, value, unit, source);
  os << StringRef(line).rtrim() << "\n";
}

static void printMachine(raw_ostream &os, const MachineModel &model) {
  os << llvm::formatv("{0,-10} {1}\n", "cpu", model.cpu);
  os << llvm::formatv("{0,-10} {1}\n", "triple", model.triple);
  for (const MachineFieldInfo &info : getMachineFields()) {
    const MachineField &field = model.*info.field;
    printLine(os, info.name, std::to_string(field.value), info.unit,
              field.source);
    if (info.field == &MachineModel::loads)
      printLine(os, "broadcast", stringifyBroadcast(model.broadcast), "",
                "LLVM target");
  }
  for (const InstructionRate &rate : model.fmas)
    printLine(os, rate.row->name,
              llvm::formatv("{0} x {1}", rate.perCycle, rate.latency).str(),
              "FMAs x cycles", rate.source);
  printLine(os, "rates", "", "", model.getRatesSource());
  for (auto [info, rate] : llvm::zip(getRateInfos(), model.rates))
    os << llvm::formatv("  {0,-16} {1,8}  {2,-16} {3}\n", info.name,
                        formatRate(rate.value), info.unit, rate.source);
}

namespace {
struct ConvPrintMachinePass
    : conv::impl::ConvPrintMachinePassBase<ConvPrintMachinePass> {
  using ConvPrintMachinePassBase::ConvPrintMachinePassBase;

  void runOnOperation() override {
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), getOperation());
    if (!model) {
      getOperation().emitError() << llvm::toString(model.takeError());
      return signalPassFailure();
    }
    printMachine(llvm::outs(), *model);
    markAllAnalysesPreserved();
  }
};
} // namespace
