//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Packing of arguments: it moves from a function @NAME into a function
/// @NAME_pack that is called once, and @NAME takes the packed filters.
///
//===----------------------------------------------------------------------===//

#include "Prepack.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

namespace {

/// A function argument all of whose uses are packings that agree.
struct PackedArgument {
  unsigned index;
  SmallVector<PackingTarget> targets;
  /// Casts between the argument and its packings, users after what they use.
  SmallVector<Operation *> casts;
};

} // namespace

/// `argument` as a packed one; nothing when it has uses of another kind.
static std::optional<PackedArgument> getPackedArgument(BlockArgument argument) {
  PackedArgument packed{argument.getArgNumber(), {}, {}};
  SmallVector<OpOperand *> uses;
  auto push = [&](Value value) {
    for (OpOperand &use : value.getUses())
      uses.push_back(&use);
  };
  push(argument);
  for (size_t i = 0; i < uses.size(); ++i) { // NOLINT: grows in the loop
    OpOperand &use = *uses[i];
    if (isCast(use.getOwner())) {
      packed.casts.push_back(use.getOwner());
      push(use.getOwner()->getResult(0));
      continue;
    }
    auto op = dyn_cast<PackFilterOp>(use.getOwner());
    if (!op || &use != &op.getFilterMutable())
      return std::nullopt;
    std::optional<PackingTarget> target = getReplaceableTarget(op);
    if (!target)
      return std::nullopt;
    if (!packed.targets.empty()) {
      PackFilterOp first = packed.targets.front().op;
      if (op.getPackedType() != first.getPackedType() ||
          op.getFilterType() != first.getFilterType() ||
          op.getLayout() != first.getLayout() ||
          op.getCPack() != first.getCPack() ||
          op.getWinogradAttr() != first.getWinogradAttr())
        return std::nullopt;
    }
    packed.targets.push_back(std::move(*target));
  }
  if (packed.targets.empty())
    return std::nullopt;
  return packed;
}

/// Writes @NAME_pack for `arguments` of `func`.
static void createPackFunction(func::FuncOp func, StringRef name,
                               ArrayRef<PackedArgument> arguments,
                               SymbolTable &symbols) {
  // Plain filters come first, then the buffers to fill.
  SmallVector<Type> inputs, buffers, results;
  SmallVector<DictionaryAttr> attributes;
  for (const PackedArgument &packed : arguments) {
    inputs.push_back(func.getArgument(packed.index).getType());
    attributes.push_back(func.getArgAttrDict(packed.index));
    PackFilterOp op = packed.targets.front().op;
    Type type = op.getPackedType();
    (isa<MemRefType>(type) ? buffers : results).push_back(type);
  }
  llvm::append_range(inputs, buffers);
  attributes.resize(inputs.size());

  Location loc = func.getLoc();
  OpBuilder b(func.getContext());
  b.setInsertionPointAfter(func);
  auto pack =
      func::FuncOp::create(b, loc, name, b.getFunctionType(inputs, results));
  pack.setVisibility(func.getVisibility());
  // Whoever calls the function through its C interface calls this one so, too.
  StringRef cInterface = LLVM::LLVMDialect::getEmitCWrapperAttrName();
  if (Attribute attr = func->getAttr(cInterface))
    pack->setAttr(cInterface, attr);
  symbols.insert(pack);
  Block *body = pack.addEntryBlock();
  for (auto [i, attrs] : llvm::enumerate(attributes))
    if (attrs)
      pack.setArgAttrs(i, attrs);
  b.setInsertionPointToStart(body);
  SmallVector<Value> packedFilters;
  unsigned nextBuffer = arguments.size();
  for (auto [i, packed] : llvm::enumerate(arguments)) {
    PackFilterOp op = packed.targets.front().op;
    ShapedType type = op.getPackedType();
    TypeRange resultTypes;
    Value init;
    if (isa<MemRefType>(type)) {
      init = body->getArgument(nextBuffer++);
    } else {
      init = tensor::EmptyOp::create(b, loc, type.getShape(),
                                     type.getElementType());
      resultTypes = op->getResultTypes();
    }
    Value filter = body->getArgument(i);
    if (filter.getType() != op.getFilterType()) {
      if (isa<MemRefType>(type))
        filter = memref::CastOp::create(b, loc, op.getFilterType(), filter);
      else
        filter = tensor::CastOp::create(b, loc, op.getFilterType(), filter);
    }
    auto newOp = PackFilterOp::create(b, op.getLoc(), resultTypes, filter, init,
                                      op.getLayoutAttr(), op.getCPackAttr(),
                                      op.getLanesAttr(), op.getWinogradAttr());
    llvm::append_range(packedFilters, newOp->getResults());
  }
  func::ReturnOp::create(b, loc, packedFilters);
}

LogicalResult mlir::conv::prepack::packArguments(func::FuncOp func,
                                                 ModuleOp module,
                                                 SymbolTable &symbols) {
  if (func.isExternal())
    return success();
  SmallVector<PackedArgument> arguments;
  for (BlockArgument argument : func.getArguments())
    if (std::optional<PackedArgument> packed = getPackedArgument(argument))
      arguments.push_back(std::move(*packed));
  if (arguments.empty())
    return success();

  std::string name = (func.getSymName() + "_pack").str();
  if (Operation *existing = symbols.lookup(name)) {
    InFlightDiagnostic diag =
        func.emitOpError("cannot be given packed filters: '@")
        << name << "' already exists";
    diag.attachNote(existing->getLoc()) << "defined here";
    return diag;
  }
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(func, module);
  if (!uses || !uses->empty()) {
    InFlightDiagnostic diag = func.emitOpError(
        "cannot be given packed filters: it has callers in this module");
    if (uses)
      diag.attachNote(uses->begin()->getUser()->getLoc()) << "used here";
    return diag;
  }

  createPackFunction(func, name, arguments, symbols);
  for (PackedArgument &packed : arguments) {
    BlockArgument argument = func.getArgument(packed.index);
    argument.setType(packed.targets.front().op.getPackedType());
    // A layout asked for the plain filter says nothing about the packed one.
    func.removeArgAttr(
        packed.index,
        bufferization::BufferizationDialect::kBufferLayoutAttrName);
    for (PackingTarget &target : packed.targets)
      replacePacking(target, argument);
    for (Operation *cast : llvm::reverse(packed.casts))
      cast->erase();
  }
  func.setType(FunctionType::get(func.getContext(),
                                 func.getBody().getArgumentTypes(),
                                 func.getResultTypes()));
  return success();
}
