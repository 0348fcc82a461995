//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Passes.h"

#include "conv/IR/Conv.h"
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
    getOperation()->walk([](ContractOp op) {
      llvm::outs() << toJSON(
                          buildNest(Contraction::fromOp(op), op.getSchedule()))
                   << "\n";
    });
    markAllAnalysesPreserved();
  }
};
} // namespace
