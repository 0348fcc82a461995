//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Upsampling.h"

#include "RaiseBias.h"
#include "RaiseDetail.h"
#include "RaiseForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Rows beyond this many are not computed one by one.
static constexpr int64_t kMostRows = 1 << 16;

/// By how much `shape` is `source`, dimension by dimension; nothing where that
/// is no whole number. A dimension that is not known is as it was.
static std::optional<SmallVector<int64_t>>
divideShapes(ArrayRef<int64_t> shape, ArrayRef<int64_t> source) {
  if (shape.size() != source.size())
    return std::nullopt;
  SmallVector<int64_t> factors;
  for (auto [size, of] : llvm::zip_equal(shape, source)) {
    bool known = !ShapedType::isDynamic(size) && !ShapedType::isDynamic(of);
    if (known && (of <= 0 || size <= 0 || size % of != 0))
      return std::nullopt;
    factors.push_back(known ? size / of : 1);
  }
  return factors;
}

//===----------------------------------------------------------------------===//
// Indices that are computed
//===----------------------------------------------------------------------===//

namespace {

/// Computes what the body of an operation makes of one loop's index.
class IndexArithmetic {
public:
  IndexArithmetic(linalg::GenericOp op, unsigned loop) : op(op), loop(loop) {}

  /// What `value` is where the loop is at `at`; nothing where something else
  /// decides it, too.
  std::optional<int64_t> compute(Value value, int64_t at) {
    known.clear();
    number = at;
    auto result = dyn_cast_or_null<IntegerAttr>(find(value));
    return result ? std::optional(result.getValue().getSExtValue())
                  : std::nullopt;
  }

private:
  Attribute find(Value value);
  Attribute findElement(tensor::ExtractOp extract);

  linalg::GenericOp op;
  unsigned loop;
  int64_t number = 0;
  llvm::DenseMap<Value, Attribute> known;
};

} // namespace

/// An element of a table of indices.
Attribute IndexArithmetic::findElement(tensor::ExtractOp extract) {
  ElementsAttr table;
  if (!matchPattern(extract.getTensor(), m_Constant(&table)))
    return {};
  SmallVector<uint64_t> at;
  for (Value index : extract.getIndices()) {
    auto place = dyn_cast_or_null<IntegerAttr>(find(index));
    if (!place)
      return {};
    at.push_back(place.getValue().getZExtValue());
  }
  auto values = table.tryGetValues<Attribute>();
  if (!values || !table.isValidIndex(at))
    return {};
  return (*values)[at];
}

Attribute IndexArithmetic::find(Value value) {
  if (Attribute before = known.lookup(value))
    return before;
  Operation *source = value.getDefiningOp();
  if (!source || source->getNumResults() != 1)
    return {};
  if (auto index = dyn_cast<linalg::IndexOp>(source))
    return source->getBlock() == op.getBlock() && index.getDim() == loop
               ? IntegerAttr::get(value.getType(), number)
               : IntegerAttr();
  if (auto extract = dyn_cast<tensor::ExtractOp>(source))
    return findElement(extract);
  if (!isa<tensor::DimOp>(source) &&
      !isa<arith::ArithDialect, math::MathDialect>(source->getDialect()))
    return {};
  SmallVector<Attribute> operands;
  for (Value operand : source->getOperands()) {
    // The tensor whose size is asked for is none.
    bool isNumber = operand.getType().isIntOrIndexOrFloat();
    operands.push_back(isNumber ? find(operand) : Attribute());
    if (isNumber && !operands.back())
      return {};
  }
  SmallVector<OpFoldResult> results;
  if (failed(source->fold(operands, results)) || results.size() != 1)
    return {};
  Attribute result = dyn_cast<Attribute>(results.front());
  if (!result)
    result = find(cast<Value>(results.front()));
  return known[value] = result;
}

/// Whether the body of `op`, where loop `loop` is at any of its `size` numbers,
/// makes this number divided by `factor` of it.
static bool dividesIndex(linalg::GenericOp op, unsigned loop, Value index,
                         int64_t size, int64_t factor) {
  auto own = index.getDefiningOp<linalg::IndexOp>();
  if (own && own.getDim() == loop && own->getBlock() == op.getBlock())
    return factor == 1;
  if (ShapedType::isDynamic(size) || size > kMostRows)
    return false;
  IndexArithmetic arithmetic(op, loop);
  for (int64_t at = 0; at < size; ++at)
    if (arithmetic.compute(index, at) != at / factor)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Ways to write it
//===----------------------------------------------------------------------===//

/// An elementwise operation on tensors that extracts elements at indices of its
/// own.
static std::optional<Upsampling> readExtraction(linalg::GenericOp op) {
  auto extract = op.getBlock()
                     ->getTerminator()
                     ->getOperand(0)
                     .getDefiningOp<tensor::ExtractOp>();
  if (!extract || extract->getBlock() != op.getBlock() ||
      op->isProperAncestor(extract.getTensor().getParentBlock()->getParentOp()))
    return std::nullopt;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto source = cast<RankedTensorType>(extract.getTensor().getType());
  std::optional<SmallVector<int64_t>> factors =
      divideShapes(type.getShape(), source.getShape());
  if (!factors)
    return std::nullopt;
  for (auto [loop, index] : llvm::enumerate(extract.getIndices()))
    if (!dividesIndex(op, loop, index, type.getDimSize(loop), (*factors)[loop]))
      return std::nullopt;
  return Upsampling{extract.getTensor(), *factors};
}

/// An elementwise operation that reads its input by a map.
static std::optional<Upsampling> readDivision(linalg::GenericOp op) {
  auto argument =
      dyn_cast<BlockArgument>(op.getBlock()->getTerminator()->getOperand(0));
  if (!argument || argument.getOwner() != op.getBlock() ||
      argument.getArgNumber() >= op.getNumDpsInputs())
    return std::nullopt;
  OpOperand *input = op.getDpsInputOperand(argument.getArgNumber());
  auto source = dyn_cast<RankedTensorType>(input->get().getType());
  if (!source)
    return std::nullopt;
  std::optional<SmallVector<int64_t>> factors = divideShapes(
      cast<RankedTensorType>(op->getResult(0).getType()).getShape(),
      source.getShape());
  if (!factors)
    return std::nullopt;
  for (auto [loop, expr] :
       llvm::enumerate(op.getMatchingIndexingMap(input).getResults()))
    if (expr !=
        getAffineDimExpr(loop, op.getContext()).floorDiv((*factors)[loop]))
      return std::nullopt;
  return Upsampling{input->get(), *factors};
}

/// A repetition along dimensions of its own, each of which is joined with the
/// one in front of it.
static std::optional<Upsampling>
readRepetition(tensor::CollapseShapeOp collapse) {
  auto repeat = collapse.getSrc().getDefiningOp<linalg::LinalgOp>();
  if (!repeat || !repeat.hasPureTensorSemantics() || !isRepetition(repeat))
    return std::nullopt;
  OpOperand *input = repeat.getDpsInputOperand(0);
  auto source = dyn_cast<RankedTensorType>(input->get().getType());
  auto wide = cast<RankedTensorType>(collapse.getSrcType());
  AffineMap map = repeat.getMatchingIndexingMap(input);
  SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
  if (!source || source.getRank() != static_cast<int64_t>(groups.size()))
    return std::nullopt;
  Upsampling result{input->get(), {}};
  for (auto [dim, group] : llvm::enumerate(groups)) {
    int64_t size = source.getDimSize(dim);
    // A dimension of one element may be read at 0 instead.
    if (map.getResult(dim) !=
            getAffineDimExpr(group.front(), map.getContext()) ||
        wide.getDimSize(group.front()) != size)
      return std::nullopt;
    int64_t factor = 1;
    for (int64_t inner : ArrayRef<int64_t>(group).drop_front()) {
      if (wide.isDynamicDim(inner))
        return std::nullopt;
      factor *= wide.getDimSize(inner);
    }
    result.factors.push_back(factor);
  }
  return result;
}

std::optional<Upsampling> mlir::conv::raise::readUpsampling(Value value) {
  Operation *source = skipCasts(value).getDefiningOp();
  std::optional<Upsampling> result;
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(source)) {
    result = readRepetition(collapse);
  } else if (auto op = dyn_cast_or_null<linalg::GenericOp>(source)) {
    if (!op.hasPureTensorSemantics() || !hasIdentityParallelLoops(op))
      return std::nullopt;
    result = readDivision(op);
    if (!result)
      result = readExtraction(op);
  }
  auto type = result ? dyn_cast<RankedTensorType>(result->source.getType())
                     : RankedTensorType();
  if (!type || type.getEncoding() ||
      type.getElementType() != getElementTypeOrSelf(value.getType()) ||
      llvm::all_of(result->factors, [](int64_t f) { return f == 1; }))
    return std::nullopt;
  return result;
}
