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
/// are stored as f16 or as integers with a scale, and those that a model
/// converts before it uses them. Each operation of a body is computed for all
/// elements before the next one, in the type it is written in.
///
//===----------------------------------------------------------------------===//

#include "RaiseBias.h"
#include "RaiseConstants.h"
#include "RaiseQuantized.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Alignment of constants in the object: a line of the caches.
static constexpr size_t kLine = 64;

namespace {

/// A number for each element. Those of f32 and narrower are exact in f32,
/// integers of 32 bits and less in i64.
struct Column {
  std::vector<float> reals;
  std::vector<int64_t> integers;
};

/// Computes the body of one operation.
class Evaluator {
public:
  explicit Evaluator(linalg::GenericOp op)
      : op(op), type(cast<RankedTensorType>(op->getResult(0).getType())) {}

  /// The elements of the result; null where it is not known or not understood.
  TypedAttr evaluate();

private:
  bool readInput(OpOperand *input);
  bool step(Operation &inner);
  const Column *find(Value value);
  TypedAttr write(const Column &column);

  linalg::GenericOp op;
  RankedTensorType type;
  DenseMap<Value, Column> columns;
};

} // namespace

static bool isShortFloat(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

static bool isShortInteger(Type type) {
  return type.isSignlessInteger() && type.getIntOrFloatBitWidth() <= 32;
}

/// `value` as the nearest number of type `type`, ties to even.
static float roundTo(float value, FloatType type) {
  if (type.isF32())
    return value;
  llvm::APFloat number(value);
  bool losesInfo = false;
  number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                 &losesInfo);
  return number.convertToFloat();
}

bool Evaluator::readInput(OpOperand *input) {
  auto source = dyn_cast<RankedTensorType>(input->get().getType());
  if (!source || !source.hasStaticShape() || source.getEncoding())
    return false;
  AffineMap map = op.getMatchingIndexingMap(input);
  if (!map.isProjectedPermutation())
    return false;
  bool isReal = isShortFloat(source.getElementType());
  if (!isReal && !isShortInteger(source.getElementType()))
    return false;
  std::optional<KnownElements<double>> numbers = readNumbers(input->get());
  if (!numbers)
    return false;
  // How far a step of each dimension of the result moves.
  SmallVector<int64_t> steps(type.getRank(), 0), at(type.getRank(), 0);
  int64_t stride = 1;
  for (int64_t i = source.getRank(); i-- > 0; stride *= source.getDimSize(i))
    steps[map.getDimPosition(i)] = stride;
  Column column;
  int64_t from = 0;
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    double number = (*numbers)[from];
    if (isReal)
      column.reals.push_back(static_cast<float>(number));
    else
      column.integers.push_back(static_cast<int64_t>(number));
    for (int64_t dim = type.getRank(); dim-- > 0;) {
      from += steps[dim];
      if (++at[dim] < type.getDimSize(dim))
        break;
      from -= steps[dim] * type.getDimSize(dim);
      at[dim] = 0;
    }
  }
  columns[op.getMatchingBlockArgument(input)] = std::move(column);
  return true;
}

/// The numbers of `value`, of a constant as many as there are elements.
const Column *Evaluator::find(Value value) {
  auto known = columns.find(value);
  if (known != columns.end())
    return &known->second;
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)))
    return nullptr;
  Column column;
  if (auto real = dyn_cast<FloatAttr>(constant);
      real && isShortFloat(real.getType()))
    column.reals.assign(type.getNumElements(),
                        static_cast<float>(real.getValueAsDouble()));
  else if (auto integer = dyn_cast<IntegerAttr>(constant);
           integer && integer.getType().isSignlessInteger() &&
           integer.getValue().getBitWidth() <= 64)
    column.integers.assign(type.getNumElements(),
                           integer.getValue().getSExtValue());
  else
    return nullptr;
  return &(columns[value] = std::move(column));
}

bool Evaluator::step(Operation &inner) {
  if (inner.hasTrait<OpTrait::ConstantLike>())
    return true;
  if (inner.getNumResults() != 1 || inner.getNumOperands() > 2)
    return false;
  for (Value operand : inner.getOperands())
    if (!find(operand))
      return false;
  Type result = inner.getResult(0).getType();
  size_t count = type.getNumElements();
  const Column &a = columns.find(inner.getOperand(0))->second;
  Column out;
  auto real = [&](auto compute) {
    if (!isShortFloat(result))
      return false;
    for (size_t i = 0; i < count; ++i)
      out.reals.push_back(
          roundTo(static_cast<float>(compute(i)), cast<FloatType>(result)));
    return true;
  };
  auto integer = [&](auto compute) {
    if (!result.isSignlessInteger() || result.getIntOrFloatBitWidth() > 64)
      return false;
    unsigned spare = 64 - result.getIntOrFloatBitWidth();
    for (size_t i = 0; i < count; ++i) {
      auto bits = static_cast<uint64_t>(compute(i)) << spare;
      out.integers.push_back(static_cast<int64_t>(bits) >> spare);
    }
    return true;
  };
  unsigned width = inner.getOperand(0).getType().getIntOrFloatBitWidth();
  auto toUnsigned = [&](int64_t value) {
    return width < 64 ? value & ((int64_t(1) << width) - 1) : value;
  };
  bool done = false;
  if (isa<arith::ExtFOp, arith::TruncFOp>(inner))
    done = real([&](size_t i) { return a.reals[i]; });
  else if (isa<arith::SIToFPOp>(inner))
    done = real([&](size_t i) { return a.integers[i]; });
  else if (isa<arith::UIToFPOp>(inner) && width < 64)
    done = real([&](size_t i) { return toUnsigned(a.integers[i]); });
  else if (isa<arith::ExtSIOp, arith::TruncIOp>(inner))
    done = integer([&](size_t i) { return a.integers[i]; });
  else if (isa<arith::ExtUIOp>(inner))
    done = integer([&](size_t i) { return toUnsigned(a.integers[i]); });
  if (!done && inner.getNumOperands() == 2) {
    const Column &b = columns.find(inner.getOperand(1))->second;
    if (isa<arith::MulFOp>(inner))
      done = real([&](size_t i) { return a.reals[i] * b.reals[i]; });
    else if (isa<arith::AddFOp>(inner))
      done = real([&](size_t i) { return a.reals[i] + b.reals[i]; });
    else if (isa<arith::SubFOp>(inner))
      done = real([&](size_t i) { return a.reals[i] - b.reals[i]; });
    else if (isa<arith::SubIOp>(inner))
      done = integer([&](size_t i) {
        return static_cast<uint64_t>(a.integers[i]) -
               static_cast<uint64_t>(b.integers[i]);
      });
  }
  if (done)
    columns[inner.getResult(0)] = std::move(out);
  return done;
}

/// A constant of the numbers `column`.
TypedAttr Evaluator::write(const Column &column) {
  Type element = type.getElementType();
  if (!isShortFloat(element))
    return {};
  size_t width = element.getIntOrFloatBitWidth() / 8;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      column.reals.size() * width, kLine, /*dataIsMutable=*/true);
  char *out = blob.getMutableData().data();
  for (float number : column.reals) {
    llvm::APFloat value(number);
    bool losesInfo = false;
    if (!element.isF32())
      value.convert(cast<FloatType>(element).getFloatSemantics(),
                    llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    uint64_t bits = value.bitcastToAPInt().getZExtValue();
    std::memcpy(out, &bits, width);
    out += width;
  }
  // As the attributes of f32 are stored: constants of less than a line are
  // text.
  if (blob.getData().size() <= kLine)
    return DenseElementsAttr::getFromRawBuffer(type, blob.getData());
  return DenseResourceElementsAttr::get(type, "known_tensor", std::move(blob));
}

TypedAttr Evaluator::evaluate() {
  if (!type.hasStaticShape() || type.getEncoding() ||
      !isShortFloat(type.getElementType()))
    return {};
  Block &body = *op.getBlock();
  for (OpOperand *input : op.getDpsInputOperands())
    if (!readInput(input))
      return {};
  for (Operation &inner : body.without_terminator())
    if (!step(inner))
      return {};
  const Column *result = find(body.getTerminator()->getOperand(0));
  return result && !result->reals.empty() ? write(*result) : TypedAttr();
}

/// Whether `op` may be computed: it does something, to constants.
static bool hasKnownInputs(linalg::GenericOp op) {
  if (op.getNumDpsInputs() == 0 || op->getNumResults() != 1 ||
      !hasIdentityParallelLoops(op) || op.hasIndexSemantics() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)) ||
      llvm::hasSingleElement(*op.getBlock()))
    return false;
  return llvm::all_of(op.getDpsInputOperands(), [](OpOperand *input) {
    Attribute constant;
    return matchPattern(input->get(), m_Constant(&constant));
  });
}

void mlir::conv::raise::foldKnownTensors(RewriterBase &rewriter,
                                         Operation *root) {
  SmallVector<linalg::GenericOp> generics;
  root->walk([&](linalg::GenericOp op) { generics.push_back(op); });
  for (linalg::GenericOp op : generics) {
    if (!hasKnownInputs(op))
      continue;
    TypedAttr known = Evaluator(op).evaluate();
    if (!known)
      continue;
    SmallVector<Value> operands(op->getOperands());
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, known);
    eraseIfDead(rewriter, operands);
  }
}
