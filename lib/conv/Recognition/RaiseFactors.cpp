//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bodies that compute something of an element before it is multiplied: a
/// scale, a conversion. It is computed ahead, once for each element, which
/// gives the same products.
///
///   acc + (s * x) * w  =  acc + x' * w,  x' = s * x
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseFormSteps.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {

/// The factors of the product a body adds to its accumulator, that of the first
/// operand first.
struct Factors {
  Value values[2];
};

} // namespace

/// The arguments of `body` that `value` is computed from; nothing when
/// something else than arithmetic on scalars computes it.
static std::optional<llvm::SmallBitVector> findArguments(Value value,
                                                         Block &body) {
  llvm::SmallBitVector used(body.getNumArguments());
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getOwner() == &body) {
    used.set(argument.getArgNumber());
    return used;
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != &body)
    return used; // The same for all elements.
  if (op->getNumRegions() != 0 || !isPure(op) || isa<linalg::IndexOp>(op))
    return std::nullopt;
  for (Value operand : op->getOperands()) {
    std::optional<llvm::SmallBitVector> of = findArguments(operand, body);
    if (!of)
      return std::nullopt;
    used |= *of;
  }
  return used;
}

static std::optional<Factors> findFactors(Block &body) {
  auto yield = dyn_cast<linalg::YieldOp>(body.getTerminator());
  if (body.getNumArguments() != 3 || !yield || yield->getNumOperands() != 1)
    return std::nullopt;
  Value acc = body.getArgument(2);
  Value a, b;
  if (auto fma = yield.getOperand(0).getDefiningOp<math::FmaOp>()) {
    if (fma.getC() != acc)
      return std::nullopt;
    a = fma.getA();
    b = fma.getB();
  } else if (auto add = yield.getOperand(0).getDefiningOp<arith::AddFOp>()) {
    Value product = add.getLhs() == acc ? add.getRhs() : add.getLhs();
    auto mul = product.getDefiningOp<arith::MulFOp>();
    if (!llvm::is_contained(add->getOperands(), acc) || !mul)
      return std::nullopt;
    a = mul.getLhs();
    b = mul.getRhs();
  } else {
    return std::nullopt;
  }
  std::optional<llvm::SmallBitVector> ofA = findArguments(a, body),
                                      ofB = findArguments(b, body);
  if (!ofA || !ofB || ofA->count() != 1 || ofB->count() != 1)
    return std::nullopt;
  if (ofA->test(1))
    std::swap(a, b);
  if (ofA->test(2) || ofB->test(2) || ofA->test(0) == ofB->test(0))
    return std::nullopt;
  return Factors{{a, b}};
}

/// What the body of `op` makes of operand `index` before it multiplies, for all
/// its elements.
static Value createFactor(RewriterBase &rewriter, linalg::LinalgOp op,
                          unsigned index, Value factor,
                          SmallVectorImpl<Value> &buffers) {
  Block &body = *op.getBlock();
  Value operand = op->getOperand(index);
  if (factor == body.getArgument(index))
    return operand;
  Location loc = op.getLoc();
  auto type = cast<ShapedType>(operand.getType());
  bool tensor = isa<RankedTensorType>(type);
  Value to;
  if (tensor) {
    to = tensor::EmptyOp::create(rewriter, loc,
                                 tensor::getMixedSizes(rewriter, loc, operand),
                                 factor.getType());
  } else {
    to = memref::AllocOp::create(rewriter, loc,
                                 memref::getMixedSizes(rewriter, loc, operand),
                                 factor.getType());
    buffers.push_back(to);
  }
  SmallVector<AffineMap> maps(2,
                              rewriter.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  options.filter = [&](Operation *inner) { return inner->getBlock() == &body; };
  llvm::SetVector<Operation *> slice;
  (void)getBackwardSlice(factor, &slice, options);
  auto generic = linalg::GenericOp::create(
      rewriter, loc, tensor ? TypeRange(to.getType()) : TypeRange(), operand,
      to, maps, iterators, [&](OpBuilder &b, Location l, ValueRange args) {
        IRMapping values;
        values.map(body.getArgument(index), args.front());
        for (Operation &inner : body)
          if (slice.contains(&inner))
            b.clone(inner, values);
        linalg::YieldOp::create(b, l, values.lookup(factor));
      });
  return tensor ? generic.getResult(0) : to;
}

bool mlir::conv::raise::simplifyBody(RewriterBase &rewriter,
                                     linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      isMultiplyAdd(*op.getBlock()))
    return false;
  std::optional<Factors> factors = findFactors(*op.getBlock());
  Type sums = getElementTypeOrSelf(op->getOperand(2).getType());
  if (!factors || !sums.isF32() ||
      llvm::any_of(factors->values,
                   [&](Value factor) { return factor.getType() != sums; }))
    return false;
  rewriter.setInsertionPoint(op);
  SmallVector<Value> buffers;
  SmallVector<Value> inputs;
  for (auto [index, factor] : llvm::enumerate(factors->values))
    inputs.push_back(createFactor(rewriter, op, index, factor, buffers));
  Value init = op->getOperand(2);
  auto generic = linalg::GenericOp::create(
      rewriter, op.getLoc(), op->getResultTypes(), inputs, init,
      op.getIndexingMapsArray(), op.getIteratorTypesArray(),
      [](OpBuilder &b, Location l, ValueRange args) {
        Value product = arith::MulFOp::create(b, l, args[0], args[1]);
        linalg::YieldOp::create(
            b, l, arith::AddFOp::create(b, l, args[2], product).getResult());
      });
  for (Value buffer : buffers)
    memref::DeallocOp::create(rewriter, op.getLoc(), buffer);
  rewriter.replaceOp(op, generic->getResults());
  return true;
}
