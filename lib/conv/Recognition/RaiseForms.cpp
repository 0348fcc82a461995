//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Reading and writing of convolutions in forms `conv.conv` has no name for.
///
//===----------------------------------------------------------------------===//

#include "RaiseForms.h"

#include "RaiseDetail.h"
#include "RaiseFormSteps.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// `whole + divided floordiv divisor`.
struct DividedExpr {
  AffineExpr whole, divided;
  int64_t divisor = 1;
};

} // namespace

/// Takes the division out of the sum `expr`; nothing where there are several.
static std::optional<DividedExpr> readDivided(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  AffineExpr none = getAffineConstantExpr(0, expr.getContext());
  if (expr.getKind() == AffineExprKind::FloorDiv) {
    auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
    if (!divisor || divisor.getValue() < 1)
      return std::nullopt;
    return DividedExpr{none, binary.getLHS(), divisor.getValue()};
  }
  if (expr.getKind() != AffineExprKind::Add)
    return DividedExpr{expr, none};
  std::optional<DividedExpr> lhs = readDivided(binary.getLHS()),
                             rhs = readDivided(binary.getRHS());
  if (!lhs || !rhs || (lhs->divisor != 1 && rhs->divisor != 1))
    return std::nullopt;
  return DividedExpr{lhs->whole + rhs->whole, lhs->divided + rhs->divided,
                     lhs->divisor * rhs->divisor};
}

/// The index `expr` of the input, or nothing when it is no such sum.
static std::optional<InputIndex>
readIndex(AffineExpr expr, unsigned loops,
          ArrayRef<utils::IteratorType> iterators) {
  std::optional<DividedExpr> parts = readDivided(expr);
  if (!parts)
    return std::nullopt;
  SmallVector<int64_t> flat;
  // Other divisions and remainders come back as additional columns.
  if (failed(getFlattenedAffineExpr(
          parts->whole * parts->divisor + parts->divided, loops, 0, &flat)) ||
      flat.size() != loops + 1)
    return std::nullopt;
  InputIndex index;
  index.divisor = parts->divisor;
  index.offset = flat.back();
  for (auto [loop, coefficient] :
       llvm::enumerate(ArrayRef<int64_t>(flat).drop_back())) {
    if (coefficient == 0)
      continue;
    bool parallel = iterators[loop] == utils::IteratorType::parallel;
    std::optional<unsigned> &place = parallel ? index.out : index.window;
    if (place)
      return std::nullopt;
    place = loop;
    (parallel ? index.stride : index.dilation) = coefficient;
  }
  return index;
}

/// Whether every index is a loop of its own.
static bool isLoops(AffineMap map) { return map.isProjectedPermutation(); }

static std::optional<LoopForm> readWith(linalg::LinalgOp op,
                                        unsigned inputIndex) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  LoopForm form{op,
                inputIndex,
                maps[inputIndex],
                maps[1 - inputIndex],
                maps[2],
                op.getIteratorTypesArray(),
                op.getStaticLoopRanges(),
                {}};
  if (!isLoops(form.filter) || !isLoops(form.output))
    return std::nullopt;
  llvm::SmallBitVector used(op.getNumLoops());
  bool hasWindow = false;
  for (AffineExpr expr : form.input.getResults()) {
    std::optional<InputIndex> index =
        readIndex(expr, op.getNumLoops(), form.iterators);
    if (!index)
      return std::nullopt;
    for (std::optional<unsigned> loop : {index->out, index->window}) {
      if (loop && used.test(*loop))
        return std::nullopt;
      if (loop)
        used.set(*loop);
    }
    hasWindow |= index->out && index->window;
    form.indices.push_back(*index);
  }
  if (!hasWindow && !isa<linalg::ConvolutionOpInterface>(op.getOperation()))
    return std::nullopt;
  return form;
}

bool mlir::conv::raise::hasWindow(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return false;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  auto usesLoop = [&](AffineExpr expr, utils::IteratorType type) {
    for (auto [loop, iterator] : llvm::enumerate(iterators))
      if (iterator == type && expr.isFunctionOfDim(loop))
        return true;
    return false;
  };
  return llvm::any_of(op.getIndexingMapsArray(), [&](AffineMap map) {
    return llvm::any_of(map.getResults(), [&](AffineExpr expr) {
      return usesLoop(expr, utils::IteratorType::parallel) &&
             usesLoop(expr, utils::IteratorType::reduction);
    });
  });
}

std::optional<LoopForm> LoopForm::read(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !(op.hasPureTensorSemantics() || op.hasPureBufferSemantics()))
    return std::nullopt;
  for (AffineMap map : op.getIndexingMapsArray())
    if (map.getNumSymbols() != 0)
      return std::nullopt;
  for (Value operand : op->getOperands()) {
    auto tensor = dyn_cast<RankedTensorType>(operand.getType());
    if (!isa<ShapedType>(operand.getType()) || (tensor && tensor.getEncoding()))
      return std::nullopt;
  }
  if (!hasKnownTypes(op) || !isMultiplyAdd(*op.getBlock()))
    return std::nullopt;
  std::optional<LoopForm> form = readWith(op, 0);
  if (!form && isa<linalg::GenericOp>(op.getOperation()))
    form = readWith(op, 1);
  return form;
}

bool LoopForm::isDivided() const {
  return llvm::any_of(
      indices, [](const InputIndex &index) { return index.divisor != 1; });
}

unsigned LoopForm::countImageDims() const {
  return llvm::count_if(
      indices, [](const InputIndex &index) { return !index.isPlain(); });
}

LoopKind LoopForm::getKind(unsigned loop) const {
  bool inInput = false;
  for (const InputIndex &index : indices) {
    if (index.out != loop && index.window != loop)
      continue;
    if (!index.isPlain())
      return LoopKind::Other;
    inInput = true;
  }
  bool inFilter = filter.isFunctionOfDim(loop),
       inOutput = output.isFunctionOfDim(loop);
  bool parallel = iterators[loop] == utils::IteratorType::parallel;
  if (parallel != inOutput)
    return LoopKind::Other;
  if (inInput && inFilter)
    return inOutput ? LoopKind::Group : LoopKind::InputChannel;
  if (inOutput && inInput != inFilter)
    return inInput ? LoopKind::Batch : LoopKind::OutputChannel;
  return LoopKind::Other;
}

unsigned LoopForm::countLoops(LoopKind kind) const {
  unsigned count = 0;
  for (unsigned loop = 0; loop < iterators.size(); ++loop)
    count += getKind(loop) == kind;
  return count;
}

unsigned LoopForm::getMostLoops(LoopKind kind) const {
  if (kind == LoopKind::Other)
    return iterators.size();
  unsigned images = countImageDims();
  return kind == LoopKind::Batch && images < 2 ? 3 - images : 1;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Value mlir::conv::raise::createProduct(RewriterBase &rewriter,
                                       const LoopForm &form,
                                       const Product &product, Value init) {
  SmallVector<Value> inputs{product.input, product.filter};
  SmallVector<AffineMap> maps{product.inputMap, product.filterMap,
                              product.outputMap};
  if (form.inputIndex == 1) {
    std::swap(inputs[0], inputs[1]);
    std::swap(maps[0], maps[1]);
  }
  auto generic = linalg::GenericOp::create(
      rewriter, form.getLoc(),
      form.isTensor() ? TypeRange(init.getType()) : TypeRange(), inputs, init,
      maps, product.iterators);
  rewriter.cloneRegionBefore(form.op->getRegion(0), generic.getRegion(),
                             generic.getRegion().begin());
  for (NamedAttribute attr : form.op->getDiscardableAttrs())
    if (attr.getName() != linalg::LinalgDialect::kMemoizedIndexingMapsAttrName)
      generic->setDiscardableAttr(attr.getName(), attr.getValue());
  return form.isTensor() ? generic.getResult(0) : init;
}

Value mlir::conv::raise::cloneElementwise(RewriterBase &rewriter,
                                          linalg::LinalgOp op,
                                          ArrayRef<Value> operands,
                                          ArrayRef<AffineMap> maps) {
  SmallVector<utils::IteratorType> iterators(maps.back().getNumDims(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      rewriter, op.getLoc(), operands.back().getType(), operands.drop_back(),
      operands.back(), maps, iterators);
  rewriter.cloneRegionBefore(op->getRegion(0), generic.getRegion(),
                             generic.getRegion().begin());
  return generic.getResult(0);
}

AffineMap mlir::conv::raise::dropLoops(AffineMap map,
                                       const llvm::SmallBitVector &dropped) {
  MLIRContext *ctx = map.getContext();
  SmallVector<AffineExpr> loops;
  unsigned kept = 0;
  for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
    loops.push_back(dropped.test(loop) ? getAffineConstantExpr(0, ctx)
                                       : getAffineDimExpr(kept++, ctx));
  SmallVector<AffineExpr> results;
  for (AffineExpr expr : map.getResults()) {
    bool goes = llvm::any_of(dropped.set_bits(), [&](unsigned loop) {
      return expr.isFunctionOfDim(loop);
    });
    if (!goes)
      results.push_back(expr.replaceDims(loops));
  }
  return AffineMap::get(kept, 0, results, ctx);
}

void mlir::conv::raise::remarkForm(Location loc, const Twine &what) {
  remark::passed(loc, remark::RemarkOpts::name("raise").category("conv"))
      << what.str();
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// One step for `form`; false when none applies.
static bool rewriteForm(RewriterBase &rewriter, const LoopForm &form,
                        AliasAnalysis &aliases) {
  return simplifyIndices(rewriter, form) || joinNeighbours(rewriter, form) ||
         orderFilter(rewriter, form) || splitDepth(rewriter, form, aliases) ||
         joinBlocks(rewriter, form);
}

namespace {

/// Hears of the products that are written.
struct WrittenProducts : RewriterBase::Listener {
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      written.push_back(generic);
  }
  void notifyOperationErased(Operation *op) override {
    llvm::erase(written, op);
  }
  SmallVector<Operation *> written;
};

} // namespace

void mlir::conv::raise::rewriteForms(RewriterBase &rewriter, Operation *root,
                                     FormOptions options,
                                     AliasAnalysis &aliases) {
  bool products = options.products;
  WrittenProducts listener;
  root->walk([&](linalg::LinalgOp op) { listener.written.push_back(op); });
  // The last stands at the back.
  std::reverse(listener.written.begin(), listener.written.end());
  rewriter.setListener(&listener);
  while (!listener.written.empty()) {
    auto op = cast<linalg::LinalgOp>(listener.written.pop_back_val());
    if (op->hasAttr("conv.keep"))
      continue;
    if ((products && skipRepeats(rewriter, op)) ||
        foldTranspositions(rewriter, op) || narrowSums(rewriter, op) ||
        removeZeroPoints(rewriter, op) || widenSums(rewriter, op, products) ||
        (hasWindow(op) && simplifyBody(rewriter, op)))
      continue;
    std::optional<LoopForm> form = LoopForm::read(op);
    if (!form || splitPhases(rewriter, *form, aliases) ||
        splitConcatenated(rewriter, *form, options.keepUpsampled, aliases) ||
        splitUpsampled(rewriter, *form, options.keepUpsampled, aliases) ||
        form->isDivided() || recognize(op, products))
      continue;
    rewriteForm(rewriter, *form, aliases);
  }
  rewriter.setListener(nullptr);
}
