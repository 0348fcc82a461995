//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Buffers of results that the caller brings, as a C function has them.
///
//===----------------------------------------------------------------------===//

#include "SeparateResults.h"
#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVRESULTSTOARGUMENTSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// True when a caller of `func` knows how large each result is.
static bool hasStaticResults(func::FuncOp func) {
  return llvm::all_of(func.getResultTypes(), [](Type type) {
    if (!isa<BaseMemRefType>(type))
      return true;
    auto memref = dyn_cast<MemRefType>(type);
    return memref && memref.hasStaticShape() && memref.getLayout().isIdentity();
  });
}

namespace {

struct ConvResultsToArgumentsPass
    : conv::impl::ConvResultsToArgumentsPassBase<ConvResultsToArgumentsPass> {
  void runOnOperation() override {
    // Upstream replaces the allocation behind a result, which must then be that
    // of no other one.
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>())
      separateResults(func);
    bufferization::BufferResultsToOutParamsOpts options;
    options.addResultAttribute = true;
    options.hoistStaticAllocs = true;
    options.hoistDynamicAllocs = true;
    options.modifyPublicFunctions = true;
    options.filterFn = [](func::FuncOp *func) {
      return func->isPublic() || hasStaticResults(*func);
    };
    if (failed(bufferization::promoteBufferResultsToOutParams(getOperation(),
                                                              options)))
      signalPassFailure();
  }
};

} // namespace
