//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How large the results of a function are, without computing them: a copy of
/// the function that returns extents in the place of results, from which
/// upstream's rules about the extents of operations take everything else.
///
//===----------------------------------------------------------------------===//

#include "SizeUtils.h"
#include "conv/IR/Conv.h"
#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVRESULTSIZESPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

static Value getDim(OpBuilder &b, Location loc, Value shaped, int64_t pos) {
  if (isa<TensorType>(shaped.getType()))
    return b.createOrFold<tensor::DimOp>(loc, shaped, pos);
  return b.createOrFold<memref::DimOp>(loc, shaped, pos);
}

//===----------------------------------------------------------------------===//
// What must hold
//===----------------------------------------------------------------------===//

namespace {

/// Collects what the extents of operations have to satisfy, as values of i1.
class Conditions {
public:
  Conditions(OpBuilder &b, Location loc) : b(b), loc(loc) {}

  /// What `op` takes for granted.
  void add(Operation *op);
  void addNotNegative(Value extent) {
    add(arith::CmpIPredicate::sge, extent,
        arith::ConstantIndexOp::create(b, loc, 0));
  }
  ArrayRef<Value> get() const { return all; }

private:
  void add(arith::CmpIPredicate predicate, Value left, Value right) {
    all.push_back(arith::CmpIOp::create(b, loc, predicate, left, right));
  }
  /// Of dimensions that stand for one loop, the first is the measure.
  void addEqual(ArrayRef<std::pair<Value, AffineMap>> operands);
  void addConv(ConvOp op);
  void addSlice(Value whole, ArrayRef<OpFoldResult> offsets,
                ArrayRef<OpFoldResult> sizes, ArrayRef<OpFoldResult> strides);

  OpBuilder &b;
  Location loc;
  SmallVector<Value> all;
};

} // namespace

void Conditions::addEqual(ArrayRef<std::pair<Value, AffineMap>> operands) {
  DenseMap<unsigned, std::pair<Value, int64_t>> measures;
  for (auto [operand, map] : operands) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type || !type.hasRank())
      continue;
    for (auto [pos, expr] : llvm::enumerate(map.getResults())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      if (!loop)
        continue;
      auto [entry, isNew] = measures.try_emplace(loop.getPosition(), operand,
                                                 static_cast<int64_t>(pos));
      if (isNew)
        continue;
      auto [other, at] = entry->second;
      if (type.isDynamicDim(pos) ||
          cast<ShapedType>(other.getType()).isDynamicDim(at))
        add(arith::CmpIPredicate::eq, getDim(b, loc, operand, pos),
            getDim(b, loc, other, at));
    }
  }
}

void Conditions::addConv(ConvOp op) {
  DimsAttr dims = op.getDims();
  MLIRContext *ctx = op.getContext();
  // Letters are loops; those of rows and columns differ between both images.
  std::string loops = "ngckCK";
  auto getMap = [&](StringRef letters) {
    SmallVector<AffineExpr> results;
    for (char letter : letters) {
      size_t loop = loops.find(letter);
      results.push_back(loop == std::string::npos
                            ? getAffineConstantExpr(0, ctx)
                            : getAffineDimExpr(loop, ctx));
    }
    return AffineMap::get(loops.size(), 0, results, ctx);
  };
  // Blocks of channels count others than whole ones.
  bool isBlocked =
      dims.getInput().contains('C') || dims.getOutput().contains('K');
  if (!isBlocked)
    addEqual({{op.getInput(), getMap(dims.getInput())},
              {op.getFilter(), getMap(dims.getFilter())},
              {op.getInit(), getMap(dims.getOutput())}});
  for (auto [axis, image, window] :
       {std::tuple(0, 'h', 'r'), std::tuple(1, 'w', 's')}) {
    int in = dims.inputPos(image), out = dims.outputPos(image);
    int64_t taps = op.getExtent(window);
    if (in < 0 || out < 0 || ShapedType::isDynamic(taps) ||
        (!op.getInputType().isDynamicDim(in) &&
         !op.getOutputType().isDynamicDim(out)))
      continue;
    // The last window begins at (outputs - 1) * stride - low.
    int64_t stride = dims.getStrides()[axis];
    int64_t reach = dims.getDilations()[axis] * (taps - 1) + 1;
    int64_t pads = dims.getLow()[axis] + dims.getHigh()[axis];
    AffineExpr d0, d1;
    bindDims(ctx, d0, d1);
    OpFoldResult inputs = getDim(b, loc, op.getInput(), in),
                 outputs = getDim(b, loc, op.getInit(), out);
    addNotNegative(affine::makeComposedAffineApply(
        b, loc, d0 - (d1 - 1) * stride + (pads - reach), {inputs, outputs}));
    // An image without any window would have an empty result, which nobody
    // wants.
    addNotNegative(
        affine::makeComposedAffineApply(b, loc, d0 + (pads - reach), {inputs}));
  }
  // What the epilogue reads has extents of the output.
  SmallVector<std::pair<Value, AffineMap>> operands;
  unsigned rank = op.getOutputType().getRank();
  operands.emplace_back(op.getInit(),
                        AffineMap::getMultiDimIdentityMap(rank, ctx));
  for (auto [operand, map] :
       llvm::zip(op.getEpilogueOperands(),
                 op.getEpilogueMaps().getAsValueRange<AffineMapAttr>()))
    operands.emplace_back(operand, map);
  addEqual(operands);
}

void Conditions::addSlice(Value whole, ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes,
                          ArrayRef<OpFoldResult> strides) {
  auto type = cast<ShapedType>(whole.getType());
  for (auto [pos, offset, size, stride] :
       llvm::enumerate(offsets, sizes, strides)) {
    std::optional<int64_t> step = getConstantIntValue(stride);
    if (!step || (getConstantIntValue(offset) && getConstantIntValue(size) &&
                  !type.isDynamicDim(pos)))
      continue;
    addNotNegative(getValueOrCreateConstantIndexOp(b, loc, offset));
    addNotNegative(getValueOrCreateConstantIndexOp(b, loc, size));
    AffineExpr d0, d1, d2;
    bindDims(b.getContext(), d0, d1, d2);
    Value room = affine::makeComposedAffineApply(
        b, loc, d0 - d1 - (d2 - 1) * *step - 1,
        {OpFoldResult(getDim(b, loc, whole, pos)), offset, size});
    // Nothing may be taken from anywhere.
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value isEmpty = arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::eq,
        getValueOrCreateConstantIndexOp(b, loc, size), zero);
    Value fits =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, room, zero);
    all.push_back(arith::OrIOp::create(b, loc, isEmpty, fits));
  }
}

void Conditions::add(Operation *op) {
  if (auto conv = dyn_cast<ConvOp>(op))
    return addConv(conv);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    SmallVector<std::pair<Value, AffineMap>> operands;
    for (OpOperand &operand : op->getOpOperands())
      operands.emplace_back(operand.get(),
                            linalgOp.getMatchingIndexingMap(&operand));
    return addEqual(operands);
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return addSlice(slice.getSource(), slice.getMixedOffsets(),
                    slice.getMixedSizes(), slice.getMixedStrides());
  if (auto slice = dyn_cast<tensor::InsertSliceOp>(op))
    return addSlice(slice.getDest(), slice.getMixedOffsets(),
                    slice.getMixedSizes(), slice.getMixedStrides());
  if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
    for (Value extent : empty.getDynamicSizes())
      addNotNegative(extent);
    return;
  }
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    for (Value extent : alloc.getDynamicSizes())
      addNotNegative(extent);
    return;
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    auto from = dyn_cast<RankedTensorType>(cast.getSource().getType());
    auto to = dyn_cast<RankedTensorType>(cast.getType());
    if (from && to)
      for (int64_t pos = 0; pos < to.getRank(); ++pos)
        if (from.isDynamicDim(pos) && !to.isDynamicDim(pos))
          add(arith::CmpIPredicate::eq, getDim(b, loc, cast.getSource(), pos),
              arith::ConstantIndexOp::create(b, loc, to.getDimSize(pos)));
  }
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// Resolves the extents of what operations of `func` return to those of what
/// they are given.
static LogicalResult resolveExtents(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  tensor::DimOp::getCanonicalizationPatterns(patterns, func.getContext());
  memref::DimOp::getCanonicalizationPatterns(patterns, func.getContext());
  // Of loops and branches, which say it of their results.
  for (RegisteredOperationName name :
       func.getContext()->getRegisteredOperationsByDialect("scf"))
    name.getCanonicalizationPatterns(patterns, func.getContext());
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(func, std::move(patterns), config);
}

/// Replaces the extents of the first `count` arguments of `func` by elements of
/// the argument behind them.
static void readExtents(func::FuncOp func, unsigned count) {
  OpBuilder b(func.getBody());
  Value sizes = func.getArgument(count);
  int64_t index = 0;
  for (Value argument : func.getArguments().take_front(count)) {
    SmallVector<Operation *> dims;
    for (Operation *user : argument.getUsers())
      if (isa<tensor::DimOp, memref::DimOp>(user))
        dims.push_back(user);
    auto type = dyn_cast<ShapedType>(argument.getType());
    for (int64_t pos = 0; type && pos < type.getRank(); ++pos) {
      if (!type.isDynamicDim(pos))
        continue;
      Value extent = loadSize(b, func.getLoc(), sizes, index++);
      for (Operation *dim : dims)
        if (getConstantIntValue(dim->getOperand(1)) == pos)
          dim->getResult(0).replaceAllUsesWith(extent);
    }
  }
}

namespace {

struct ConvResultSizesPass
    : conv::impl::ConvResultSizesPassBase<ConvResultSizesPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp func : functions)
      if (func.isPublic() && !func.isDeclaration() &&
          (countSizes(func.getArgumentTypes()) > 0 ||
           countSizes(func.getResultTypes()) > 0))
        if (failed(process(func, symbols)))
          return signalPassFailure();
  }

private:
  LogicalResult process(func::FuncOp func, SymbolTable &symbols);
  /// Leaves of the body of `sizes` what says the `extents` of the results of
  /// `func`, which its return gives before the conditions.
  LogicalResult reduce(func::FuncOp sizes, func::FuncOp func, int64_t extents);
};

} // namespace

/// Gives callers of `func` a private copy, which stays as it is.
static LogicalResult separateCallers(func::FuncOp func, SymbolTable &symbols,
                                     ModuleOp module) {
  if (SymbolTable::symbolKnownUseEmpty(func, module))
    return success();
  auto copy = func.clone();
  copy.setPrivate();
  copy.setSymName((func.getSymName() + "_inside").str());
  StringAttr name = symbols.insert(copy, std::next(Block::iterator(func)));
  return SymbolTable::replaceAllSymbolUses(func, name, module);
}

/// Whether `op` is what a function of extents may consist of.
static bool isArithmetic(Operation *op) {
  return isa<memref::LoadOp>(op) ||
         (op->getNumRegions() == 0 && isMemoryEffectFree(op) &&
          !llvm::any_of(op->getOperandTypes(), llvm::IsaPred<ShapedType>));
}

/// Adds to `needed` what `value` is computed from. Says what is no arithmetic
/// on extents, in `culprit`, which is null for one of the first `count`
/// arguments.
static LogicalResult follow(Value value, unsigned count,
                            llvm::SetVector<Operation *> &needed,
                            Operation *&culprit) {
  culprit = nullptr;
  llvm::SetVector<Operation *> slice;
  SmallVector<Value> work = {value};
  while (!work.empty()) {
    Value next = work.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op) {
      if (cast<BlockArgument>(next).getArgNumber() < count)
        return failure();
      continue;
    }
    if (!isArithmetic(op)) {
      culprit = op;
      return failure();
    }
    if (slice.insert(op))
      llvm::append_range(work, op->getOperands());
  }
  needed.insert_range(slice);
  return success();
}

/// Replaces the return of `func`, of `extents` and then of conditions, by
/// stores to its last argument and the status.
static void finish(func::FuncOp func, ArrayRef<Value> extents,
                   ArrayRef<Value> conditions) {
  Operation *end = func.getBody().front().getTerminator();
  Location loc = func.getLoc();
  OpBuilder b(end);
  for (auto [i, extent] : llvm::enumerate(extents))
    memref::StoreOp::create(
        b, loc, arith::IndexCastOp::create(b, loc, b.getI64Type(), extent),
        func.getArguments().back(),
        ValueRange{arith::ConstantIndexOp::create(b, loc, i)});
  Value fits = arith::ConstantIntOp::create(b, loc, 1, 1);
  for (Value condition : conditions)
    fits = arith::AndIOp::create(b, loc, fits, condition);
  Value fails = arith::XOrIOp::create(
      b, loc, fits, arith::ConstantIntOp::create(b, loc, 1, 1));
  func::ReturnOp::create(
      b, loc,
      arith::ExtUIOp::create(b, loc, b.getI32Type(), fails).getResult());
  end->erase();
}

LogicalResult ConvResultSizesPass::reduce(func::FuncOp sizes, func::FuncOp func,
                                          int64_t extents) {
  unsigned count = func.getNumArguments();
  if (failed(resolveExtents(sizes)))
    return func.emitOpError("has extents that do not resolve");
  readExtents(sizes, count);
  Operation *end = sizes.getBody().front().getTerminator();
  llvm::SetVector<Operation *> needed;
  SmallVector<Value> results, conditions;
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    bool isExtent = static_cast<int64_t>(i) < extents;
    Operation *culprit = nullptr;
    if (succeeded(follow(value, count, needed, culprit))) {
      if (isExtent)
        results.push_back(value);
      else if (!llvm::is_contained(conditions, value))
        conditions.push_back(value);
      continue;
    }
    // What cannot be checked beforehand is taken for granted.
    if (!isExtent)
      continue;
    InFlightDiagnostic diag =
        func.emitOpError("cannot be called with sizes: those of its results do "
                         "not follow from those of its arguments");
    if (culprit)
      diag.attachNote(culprit->getLoc()) << "but from what this computes";
    return diag;
  }
  // Everything else may have effects: it is not dead by itself.
  end->setOperands({});
  for (Operation *op = end->getPrevNode(); op;) {
    Operation *unneeded = op;
    op = op->getPrevNode();
    if (!needed.contains(unneeded)) {
      unneeded->dropAllUses();
      unneeded->erase();
    }
  }
  finish(sizes, results, conditions);
  BitVector originals(sizes.getNumArguments());
  originals.set(0, count);
  if (failed(sizes.eraseArguments(originals)))
    return failure();
  OpPassManager cleanup(func::FuncOp::getOperationName());
  cleanup.addPass(createCanonicalizerPass());
  cleanup.addPass(createCSEPass());
  cleanup.addPass(createCanonicalizerPass());
  return runPipeline(cleanup, sizes);
}

LogicalResult ConvResultSizesPass::process(func::FuncOp func,
                                           SymbolTable &symbols) {
  Location loc = func.getLoc();
  if (!func.getBody().hasOneBlock())
    return func.emitOpError("has branches, behind which the sizes of results "
                            "are not known");
  std::string name = (func.getSymName() + kResultSizesSuffix).str();
  if (Operation *existing = symbols.lookup(name)) {
    InFlightDiagnostic diag = func.emitOpError("needs a function '@")
                              << name << "', which exists";
    diag.attachNote(existing->getLoc()) << "defined here";
    return diag;
  }
  if (failed(separateCallers(func, symbols, getOperation())))
    return func.emitOpError("has callers that cannot be changed");
  OpBuilder b(&getContext());
  auto getType = [&](TypeRange types) {
    return MemRefType::get({countSizes(types)}, b.getI64Type());
  };
  SmallVector<Type> types(func.getArgumentTypes());
  types.push_back(getType(func.getArgumentTypes()));
  types.push_back(getType(func.getResultTypes()));
  b.setInsertionPointAfter(func);
  auto sizes = func::FuncOp::create(b, loc, name,
                                    b.getFunctionType(types, b.getI32Type()));
  sizes.setPrivate();
  sizes->setAttr(kSizesOfAttrName, FlatSymbolRefAttr::get(func));
  symbols.insert(sizes);
  Block *body = sizes.addEntryBlock();
  IRMapping mapping;
  mapping.map(func.getArguments(),
              body->getArguments().take_front(func.getNumArguments()));
  b.setInsertionPointToStart(body);
  for (Operation &op : func.getBody().front())
    b.clone(op, mapping);

  Operation *end = body->getTerminator();
  b.setInsertionPoint(end);
  Conditions conditions(b, loc);
  for (Operation &op : llvm::make_early_inc_range(*body))
    if (&op != end && op.isBeforeInBlock(end))
      conditions.add(&op);
  SmallVector<Value> returned;
  for (Value result : end->getOperands()) {
    auto type = dyn_cast<ShapedType>(result.getType());
    for (int64_t pos = 0; type && pos < type.getRank(); ++pos) {
      if (!type.isDynamicDim(pos))
        continue;
      returned.push_back(getDim(b, loc, result, pos));
      conditions.addNotNegative(returned.back());
    }
  }
  int64_t extents = returned.size();
  llvm::append_range(returned, conditions.get());
  end->setOperands(returned);
  return reduce(sizes, func, extents);
}
