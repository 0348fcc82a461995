//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Modules.h"
#include "conv/Recognition/Passes.h"

#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVFLATTENMODULESPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// Whether the attribute `name` of a module decides how it is compiled.
static bool isMeaningful(StringRef name) {
  return name.starts_with("conv.") || name.starts_with("dlti.") ||
         name.starts_with("llvm.");
}

/// Gives `module` the attributes of `nested`.
static LogicalResult moveAttributes(ModuleOp nested, ModuleOp module) {
  for (NamedAttribute attr : nested->getDiscardableAttrs()) {
    Attribute known = module->getDiscardableAttr(attr.getName());
    if (!known)
      module->setDiscardableAttr(attr.getName(), attr.getValue());
    else if (known != attr.getValue() && isMeaningful(attr.getName()))
      return nested.emitError("the attribute '")
             << attr.getName().getValue()
             << "' of this module differs from that of the module it is "
                "compiled with";
  }
  return success();
}

/// Whether both are declarations of one function.
static bool declareTheSame(Operation *a, Operation *b) {
  auto x = dyn_cast<FunctionOpInterface>(a);
  auto y = dyn_cast<FunctionOpInterface>(b);
  return x && y && x.isDeclaration() && y.isDeclaration() &&
         x->getName() == y->getName() &&
         x.getFunctionType() == y.getFunctionType();
}

/// Leaves no name that a symbol of `nested` and one of `module` have.
static LogicalResult separateNames(ModuleOp nested, ModuleOp module) {
  SymbolTable inner(nested), outer(module);
  for (auto symbol :
       llvm::make_early_inc_range(nested.getOps<SymbolOpInterface>())) {
    Operation *other = outer.lookup(symbol.getNameAttr());
    if (!other || other == nested)
      continue;
    if (declareTheSame(symbol, other)) {
      inner.erase(symbol);
      continue;
    }
    FailureOr<StringAttr> renamed = failure();
    if (!symbol.isPublic()) {
      renamed = inner.renameToUnique(symbol, {&outer});
    } else if (!cast<SymbolOpInterface>(other).isPublic()) {
      renamed = outer.renameToUnique(other, {&inner});
    } else {
      InFlightDiagnostic diag = symbol->emitError("'")
                                << symbol.getName()
                                << "' is public in two modules, which are "
                                   "compiled as one";
      diag.attachNote(other->getLoc()) << "the other one";
      return diag;
    }
    if (failed(renamed))
      return symbol->emitError("cannot be renamed");
  }
  return success();
}

LogicalResult conv::flattenModules(ModuleOp module) {
  for (ModuleOp nested :
       llvm::make_early_inc_range(module.getOps<ModuleOp>())) {
    if (failed(flattenModules(nested)) ||
        failed(moveAttributes(nested, module)) ||
        failed(separateNames(nested, module)))
      return failure();
    module.getBody()->getOperations().splice(nested->getIterator(),
                                             nested.getBody()->getOperations());
    nested.erase();
  }
  return success();
}

namespace {
struct ConvFlattenModulesPass
    : conv::impl::ConvFlattenModulesPassBase<ConvFlattenModulesPass> {
  void runOnOperation() override {
    if (getOperation().getOps<ModuleOp>().empty())
      return markAllAnalysesPreserved();
    if (failed(flattenModules(getOperation())))
      signalPassFailure();
  }
};
} // namespace
