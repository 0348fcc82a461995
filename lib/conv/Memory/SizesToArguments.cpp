//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Pointers in the place of memrefs of dynamic shape, and one more to the
/// extents that their types do not say: what a C function can be given.
///
//===----------------------------------------------------------------------===//

#include "SizeUtils.h"
#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVSIZESTOARGUMENTSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// What `computation`, a function of --conv-result-sizes, would write, computed
/// where `b` stands.
static SmallVector<Value> inlineSizes(OpBuilder &b, func::FuncOp computation,
                                      Value sizes) {
  IRMapping mapping;
  mapping.map(computation.getArgument(0), sizes);
  auto target = cast<MemRefType>(computation.getArgument(1).getType());
  SmallVector<Value> written(target.getNumElements());
  for (auto store : computation.getOps<memref::StoreOp>()) {
    Value value = copyArithmetic(b, store.getValueToStore(), mapping);
    written[*getConstantIntValue(store.getIndices().front())] =
        b.createOrFold<arith::IndexCastOp>(store.getLoc(), b.getIndexType(),
                                           value);
  }
  return written;
}

/// A memref of `type`, dense, at `begin`. The next of `extents` are those that
/// its type does not say.
static Value createView(OpBuilder &b, Location loc, MemRefType type,
                        Value begin, ArrayRef<Value> &extents) {
  SmallVector<OpFoldResult> sizes, strides(type.getRank());
  for (int64_t extent : type.getShape()) {
    if (!ShapedType::isDynamic(extent)) {
      sizes.push_back(b.getIndexAttr(extent));
      continue;
    }
    sizes.push_back(extents.front());
    extents = extents.drop_front();
  }
  auto toValue = [&](OpFoldResult size) -> Value {
    if (auto value = dyn_cast<Value>(size))
      return value;
    return arith::ConstantIndexOp::create(b, loc, *getConstantIntValue(size));
  };
  OpFoldResult stride = b.getIndexAttr(1);
  for (int64_t pos = type.getRank() - 1; pos >= 0; --pos) {
    strides[pos] = stride;
    std::optional<int64_t> known = getConstantIntValue(stride),
                           size = getConstantIntValue(sizes[pos]);
    if (known && size)
      stride = b.getIndexAttr(*known * *size);
    else
      stride =
          arith::MulIOp::create(b, loc, toValue(stride), toValue(sizes[pos]))
              .getResult();
  }
  return memref::ReinterpretCastOp::create(b, loc, type, begin,
                                           b.getIndexAttr(0), sizes, strides);
}

/// Replaces the extents that are asked of `view` by those it was made with.
static void replaceDims(Value view) {
  auto cast = view.getDefiningOp<memref::ReinterpretCastOp>();
  for (Operation *user : llvm::make_early_inc_range(view.getUsers())) {
    auto dim = dyn_cast<memref::DimOp>(user);
    std::optional<int64_t> pos = dim ? dim.getConstantIndex() : std::nullopt;
    SmallVector<OpFoldResult> sizes = cast.getMixedSizes();
    // A dimension that the type has not is whatever it is where the code runs.
    if (!pos || *pos < 0 || *pos >= static_cast<int64_t>(sizes.size()))
      continue;
    if (auto extent = dyn_cast<Value>(sizes[*pos])) {
      dim.replaceAllUsesWith(extent);
      dim.erase();
    }
  }
}

namespace {

struct ConvSizesToArgumentsPass
    : conv::impl::ConvSizesToArgumentsPassBase<ConvSizesToArgumentsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> computations;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (func->hasAttr(kSizesOfAttrName))
        computations.push_back(func);
    for (func::FuncOp computation : computations) {
      auto name =
          computation->getAttrOfType<FlatSymbolRefAttr>(kSizesOfAttrName);
      auto func = symbols.lookup<func::FuncOp>(name.getValue());
      if (failed(process(func, computation)))
        return signalPassFailure();
      computation.setPublic();
    }
  }

private:
  LogicalResult process(func::FuncOp func, func::FuncOp computation);
};

} // namespace

LogicalResult ConvSizesToArgumentsPass::process(func::FuncOp func,
                                                func::FuncOp computation) {
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes())) {
    auto memref = dyn_cast<MemRefType>(type);
    if (isa<BaseMemRefType>(type) &&
        (!memref || !memref.getLayout().isIdentity()))
      return func.emitOpError("cannot be called from C: argument ")
             << i << " is " << type
             << ", whose strides a pointer does not have";
  }
  Location loc = func.getLoc();
  unsigned last = func.getNumArguments();
  Builder builder(&getContext());
  if (failed(func.insertArgument(last, computation.getArgument(0).getType(),
                                 builder.getDictionaryAttr(builder.getNamedAttr(
                                     kSizesAttrName, builder.getUnitAttr())),
                                 loc)))
    return func.emitOpError("cannot be given sizes");
  Value sizes = func.getArgument(last);
  OpBuilder b(func.getBody());
  int64_t count = cast<MemRefType>(sizes.getType()).getNumElements();
  SmallVector<Value> known;
  for (int64_t i = 0; i < count; ++i)
    known.push_back(loadSize(b, loc, sizes, i));
  SmallVector<Value> computed = inlineSizes(b, computation, sizes);
  ArrayRef<Value> ofArguments = known, ofResults = computed;
  SmallVector<Type> types(func.getArgumentTypes());
  for (unsigned i = 0; i < last; ++i) {
    auto type = dyn_cast<MemRefType>(types[i]);
    if (!type || type.hasStaticShape())
      continue;
    bool isResult = static_cast<bool>(func.getArgAttr(i, "bufferize.result"));
    BlockArgument argument = func.getArgument(i);
    types[i] = MemRefType::get({}, type.getElementType());
    func.setArgAttr(i, kTypeAttrName, TypeAttr::get(type));
    SmallVector<OpOperand *> uses(llvm::make_pointer_range(argument.getUses()));
    argument.setType(types[i]);
    Value view = createView(b, argument.getLoc(), type, argument,
                            isResult ? ofResults : ofArguments);
    for (OpOperand *use : uses)
      use->set(view);
    replaceDims(view);
  }
  func.setType(b.getFunctionType(types, func.getResultTypes()));
  return success();
}
