//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Recognition of a bias: a vector of output channels that is broadcast by an
/// operation of its own, or by the map of the one that adds it.
///
//===----------------------------------------------------------------------===//

#include "RaiseBias.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

RankedTensorType mlir::conv::raise::getBiasType(const Parts &parts) {
  SmallVector<int64_t> shape;
  for (char letter : {'g', 'k'})
    if (int pos = parts.dims.outputPos(letter); pos >= 0)
      shape.push_back(parts.outputType.getDimSize(pos));
  return RankedTensorType::get(shape, parts.getSumType());
}

SmallVector<int64_t> mlir::conv::raise::channelPositions(const Parts &parts) {
  // A bias has whole channels; what varies with some of a block is a body.
  if (parts.dims.outputPos('K') >= 0)
    return {};
  if (parts.collapse)
    return {parts.dims.outputPos('g')};
  SmallVector<int64_t> positions;
  for (char letter : {'g', 'k'})
    if (int pos = parts.dims.outputPos(letter); pos >= 0)
      positions.push_back(pos);
  return positions;
}

bool mlir::conv::raise::setBias(Parts &parts, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType want = getBiasType(parts);
  if (type.getElementType() != want.getElementType())
    return false;
  if (type != want && !getReassociationIndicesForReshape(type, want))
    return false;
  parts.bias = value;
  return true;
}

bool mlir::conv::raise::reshapesGroups(ArrayRef<ReassociationIndices> groups,
                                       DimsAttr dims) {
  int g = dims.outputPos('g');
  if (g < 0 || dims.outputPos('k') != g + 1)
    return false;
  for (auto [i, group] : llvm::enumerate(groups))
    if (group.size() != (static_cast<int>(i) == g ? 2u : 1u))
      return false;
  return true;
}

bool mlir::conv::raise::selects(AffineMap map, ArrayRef<int64_t> positions) {
  return map.getNumResults() == positions.size() &&
         llvm::all_of(llvm::zip_equal(map.getResults(), positions),
                      [](auto pair) {
                        auto dim = dyn_cast<AffineDimExpr>(std::get<0>(pair));
                        return dim && dim.getPosition() == std::get<1>(pair);
                      });
}

bool mlir::conv::raise::hasIdentityParallelLoops(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         op.getNumLoops() == op.getNumParallelLoops() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

/// The static vector over dimensions `positions` that `value` repeats along
/// all others, or null.
static Value matchBroadcast(Value value, ArrayRef<int64_t> positions) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op.getNumDpsInputs() != 1 || !hasIdentityParallelLoops(op))
    return {};
  Block *body = op.getBlock();
  auto yield = dyn_cast<linalg::YieldOp>(body->front());
  OpOperand *input = op.getDpsInputOperand(0);
  auto type = dyn_cast<RankedTensorType>(input->get().getType());
  if (!yield || yield.getOperand(0) != body->getArgument(0) || !type ||
      !type.hasStaticShape() || type.getEncoding() ||
      !selects(op.getMatchingIndexingMap(input), positions))
    return {};
  return input->get();
}

bool mlir::conv::raise::matchBias(Parts &parts, Value value) {
  SmallVector<int64_t> positions = channelPositions(parts);
  if (positions.empty())
    return false;
  if (Value vector = matchBroadcast(value, positions))
    return setBias(parts, vector);
  // Grouped: a vector over g * k, broadcast before the groups were split off.
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand || parts.collapse ||
      !reshapesGroups(expand.getReassociationIndices(), parts.dims))
    return false;
  Value vector = matchBroadcast(expand.getSrc(), positions.front());
  return vector && setBias(parts, vector);
}

Value mlir::conv::raise::skipReshapes(Value value) {
  for (;;) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<tensor::CastOp, tensor::ExpandShapeOp,
                         tensor::CollapseShapeOp>(op))
      return value;
    value = op->getOperand(0);
  }
}
