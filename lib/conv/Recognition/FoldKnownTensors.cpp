//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elementwise operations on constants, computed at compile time: weights that
/// are stored as f16 or as integers with a scale, those that a model converts
/// before it uses them, and the factors of a normalisation. Each operation of a
/// body is computed for all elements before the next one, in the type it is
/// written in.
///
//===----------------------------------------------------------------------===//

#include "FoldKnown.h"
#include "RaiseBias.h"
#include "RaiseConstants.h"

#include "conv/IR/KnownElements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// A result of up to so many elements may be larger than what it is computed
/// from: what is saved is a loop of a call, and the object grows by a page or a
/// few.
static constexpr int64_t kFewElements = 4096;

namespace {

/// A number for each element, or one for all. Those of f64 and narrower are
/// exact in f64, integers of 32 bits and less in i64.
struct Column {
  std::vector<double> reals;
  std::vector<int64_t> integers;
};

/// Computes the body of one operation.
class Evaluator {
public:
  explicit Evaluator(linalg::LinalgOp op)
      : op(op), type(cast<RankedTensorType>(op->getResult(0).getType())) {}

  /// The elements of the result; null where it is not known or not understood.
  TypedAttr evaluate();

private:
  /// Numbers of the inputs, each read once.
  using Numbers = SmallVector<KnownElements<double>>;

  bool readNumbersOfInputs(Numbers &numbers);
  void readInput(OpOperand *input, const KnownElements<double> &numbers);
  bool step(Operation &inner);
  bool stepReal(Operation &inner);
  bool stepInteger(Operation &inner);
  template <typename Compute> bool makeReals(Operation &inner, Compute compute);
  template <typename Compute>
  bool makeIntegers(Operation &inner, Compute compute);
  const Column *find(Value value);
  const Column &getOperand(Operation &inner, unsigned index) {
    return columns.find(inner.getOperand(index))->second;
  }
  linalg::LinalgOp op;
  RankedTensorType type;
  int64_t count = 1; ///< Numbers of a column: one, where all inputs repeat one.
  DenseMap<Value, Column> columns;
};

} // namespace

static bool isKnownFloat(Type type) {
  return type.isF64() || type.isF32() || type.isF16() || type.isBF16();
}

static bool isShortInteger(Type type) {
  return type.isSignlessInteger() && type.getIntOrFloatBitWidth() <= 32;
}

/// `value` as the nearest number of type `type`, ties to even. The sum,
/// product, quotient or root of numbers of a narrower type, computed in f64, is
/// rounded as if it had been exact: f64 has more than twice the bits of all of
/// them.
static double roundTo(double value, FloatType type) {
  if (type.isF64())
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  llvm::APFloat number(value);
  bool losesInfo = false;
  number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToDouble();
}

TypedAttr mlir::conv::raise::makeConstant(RankedTensorType type,
                                          AsmResourceBlob blob) {
  // What is no longer than a line, or repeats one number.
  if (blob.getData().size() <= kConstantAlignment)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, "known_tensor", std::move(blob));
}

bool Evaluator::readNumbersOfInputs(Numbers &numbers) {
  int64_t most = 1;
  for (OpOperand *input : op.getDpsInputOperands()) {
    auto source = dyn_cast<RankedTensorType>(input->get().getType());
    if (source && (!source.hasStaticShape() || source.getEncoding()))
      return false;
    // Dimensions of one element may be read at the first of them.
    if (!op.getMatchingIndexingMap(input).isProjectedPermutation(
            /*allowZeroInResults=*/true))
      return false;
    Type element = getElementTypeOrSelf(input->get().getType());
    if (!isKnownFloat(element) && !isShortInteger(element))
      return false;
    std::optional<KnownElements<double>> known = readNumbers(input->get());
    if (!known)
      return false;
    if (!known->isSplat) {
      most = std::max<int64_t>(most, known->values.size());
      count = type.getNumElements();
    }
    numbers.push_back(std::move(*known));
  }
  return count <= std::max(most, kFewElements);
}

void Evaluator::readInput(OpOperand *input,
                          const KnownElements<double> &numbers) {
  Type element = getElementTypeOrSelf(input->get().getType());
  // How far a step of each dimension of the result moves.
  SmallVector<int64_t> steps(type.getRank(), 0);
  if (auto source = dyn_cast<RankedTensorType>(input->get().getType())) {
    AffineMap map = op.getMatchingIndexingMap(input);
    int64_t stride = 1;
    for (int64_t i = source.getRank(); i-- > 0; stride *= source.getDimSize(i))
      if (auto dim = dyn_cast<AffineDimExpr>(map.getResult(i)))
        steps[dim.getPosition()] = stride;
  }
  Column column;
  auto take = [&](int64_t from) {
    double number = numbers[from];
    if (isKnownFloat(element))
      column.reals.push_back(number);
    else
      column.integers.push_back(static_cast<int64_t>(number));
  };
  // Of results that are equal one is computed.
  if (count == type.getNumElements())
    visitStrided(type.getShape(), steps, take);
  else
    take(0);
  columns[op.getMatchingBlockArgument(input)] = std::move(column);
}

/// The numbers of `value`; of a constant, as many as columns have.
const Column *Evaluator::find(Value value) {
  auto known = columns.find(value);
  if (known != columns.end())
    return &known->second;
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)))
    return nullptr;
  Column column;
  if (auto real = dyn_cast<FloatAttr>(constant);
      real && isKnownFloat(real.getType()))
    column.reals.assign(count, real.getValueAsDouble());
  else if (auto integer = dyn_cast<IntegerAttr>(constant);
           integer && integer.getType().isSignlessInteger() &&
           integer.getValue().getBitWidth() <= 64)
    column.integers.assign(count, integer.getValue().getSExtValue());
  else
    return nullptr;
  return &(columns[value] = std::move(column));
}

/// Gives `inner`, which makes real numbers, what `compute` makes of each place.
template <typename Compute>
bool Evaluator::makeReals(Operation &inner, Compute compute) {
  auto result = dyn_cast<FloatType>(inner.getResult(0).getType());
  if (!result || !isKnownFloat(result))
    return false;
  Column out;
  for (int64_t i = 0; i < count; ++i)
    out.reals.push_back(roundTo(compute(i), result));
  columns[inner.getResult(0)] = std::move(out);
  return true;
}

/// The same for integers, of which the lower bits are kept.
template <typename Compute>
bool Evaluator::makeIntegers(Operation &inner, Compute compute) {
  Type result = inner.getResult(0).getType();
  if (!result.isSignlessInteger() || result.getIntOrFloatBitWidth() > 64)
    return false;
  unsigned spare = 64 - result.getIntOrFloatBitWidth();
  Column out;
  for (int64_t i = 0; i < count; ++i) {
    auto bits = static_cast<uint64_t>(compute(i)) << spare;
    out.integers.push_back(static_cast<int64_t>(bits) >> spare);
  }
  columns[inner.getResult(0)] = std::move(out);
  return true;
}

bool Evaluator::stepReal(Operation &inner) {
  const Column &a = getOperand(inner, 0);
  if (isa<arith::ExtFOp, arith::TruncFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return a.reals[i]; });
  if (isa<arith::NegFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return -a.reals[i]; });
  if (isa<math::AbsFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return std::fabs(a.reals[i]); });
  if (isa<math::SqrtOp>(inner))
    return makeReals(inner, [&](int64_t i) { return std::sqrt(a.reals[i]); });
  // At run time, too, it is one divided by the root that has been rounded.
  if (auto rsqrt = dyn_cast<math::RsqrtOp>(inner))
    return makeReals(inner, [&](int64_t i) {
      return 1 /
             roundTo(std::sqrt(a.reals[i]), cast<FloatType>(rsqrt.getType()));
    });
  if (inner.getNumOperands() != 2)
    return false;
  const Column &b = getOperand(inner, 1);
  if (isa<arith::MulFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return a.reals[i] * b.reals[i]; });
  if (isa<arith::DivFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return a.reals[i] / b.reals[i]; });
  if (isa<arith::AddFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return a.reals[i] + b.reals[i]; });
  if (isa<arith::SubFOp>(inner))
    return makeReals(inner, [&](int64_t i) { return a.reals[i] - b.reals[i]; });
  return false;
}

bool Evaluator::stepInteger(Operation &inner) {
  const Column &a = getOperand(inner, 0);
  unsigned width = inner.getOperand(0).getType().getIntOrFloatBitWidth();
  auto toUnsigned = [&](int64_t value) {
    return width < 64 ? value & ((int64_t(1) << width) - 1) : value;
  };
  if (isa<arith::SIToFPOp>(inner))
    return makeReals(
        inner, [&](int64_t i) { return static_cast<double>(a.integers[i]); });
  if (isa<arith::UIToFPOp>(inner) && width < 64)
    return makeReals(inner, [&](int64_t i) {
      return static_cast<double>(toUnsigned(a.integers[i]));
    });
  if (isa<arith::ExtSIOp, arith::TruncIOp>(inner))
    return makeIntegers(inner, [&](int64_t i) { return a.integers[i]; });
  if (isa<arith::ExtUIOp>(inner))
    return makeIntegers(inner,
                        [&](int64_t i) { return toUnsigned(a.integers[i]); });
  if (!isa<arith::SubIOp>(inner))
    return false;
  const Column &b = getOperand(inner, 1);
  return makeIntegers(inner, [&](int64_t i) {
    return static_cast<uint64_t>(a.integers[i]) -
           static_cast<uint64_t>(b.integers[i]);
  });
}

bool Evaluator::step(Operation &inner) {
  if (inner.hasTrait<OpTrait::ConstantLike>())
    return true;
  if (inner.getNumResults() != 1 || inner.getNumOperands() == 0 ||
      inner.getNumOperands() > 2)
    return false;
  // All of them first: a new column moves the others.
  for (Value operand : inner.getOperands())
    if (!find(operand))
      return false;
  return isa<FloatType>(inner.getOperand(0).getType()) ? stepReal(inner)
                                                       : stepInteger(inner);
}

TypedAttr mlir::conv::raise::makeNumbers(RankedTensorType type,
                                         ArrayRef<double> numbers) {
  Type element = type.getElementType();
  size_t width = element.getIntOrFloatBitWidth() / 8;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      numbers.size() * width, kConstantAlignment, /*dataIsMutable=*/true);
  char *out = blob.getMutableData().data();
  for (double number : numbers) {
    llvm::APFloat value(number);
    bool losesInfo = false;
    value.convert(cast<FloatType>(element).getFloatSemantics(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    uint64_t bits = value.bitcastToAPInt().getZExtValue();
    std::memcpy(out, &bits, width);
    out += width;
  }
  return makeConstant(type, std::move(blob));
}

TypedAttr Evaluator::evaluate() {
  if (!type.hasStaticShape() || type.getEncoding() ||
      type.getNumElements() == 0 || !isKnownFloat(type.getElementType()))
    return {};
  Numbers numbers;
  if (!readNumbersOfInputs(numbers))
    return {};
  for (auto [input, known] : llvm::zip_equal(op.getDpsInputOperands(), numbers))
    readInput(input, known);
  numbers.clear();
  Block &body = *op.getBlock();
  for (Operation &inner : body.without_terminator())
    if (!step(inner))
      return {};
  const Column *result = find(body.getTerminator()->getOperand(0));
  return result && !result->reals.empty() ? makeNumbers(type, result->reals)
                                          : TypedAttr();
}

/// Whether `op` may be computed: it does something, to constants.
static bool hasKnownInputs(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() == 0 || op->getNumResults() != 1 ||
      !hasIdentityParallelLoops(op) || op.hasIndexSemantics() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
      llvm::hasSingleElement(*op.getBlock()))
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [](OpOperand *input) {
    Attribute constant;
    return matchPattern(skipReshapes(input->get()), m_Constant(&constant));
  });
}

TypedAttr mlir::conv::raise::computeKnown(linalg::LinalgOp op) {
  return hasKnownInputs(op) ? Evaluator(op).evaluate() : TypedAttr();
}

void mlir::conv::raise::foldKnown(RewriterBase &rewriter, Operation *root,
                                  bool permutations) {
  SmallVector<Operation *> ops;
  root->walk([&](Operation *op) {
    if (isa<linalg::LinalgOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
            op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    TypedAttr known;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      known = computeKnown(linalgOp);
      if (!known && permutations)
        known = permuteKnown(linalgOp);
    } else {
      known = reshapeKnown(op);
    }
    if (!known)
      continue;
    SmallVector<Value> operands(op->getOperands());
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, known);
    eraseIfDead(rewriter, operands);
  }
}
