//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/ContractLayout.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"

using namespace mlir;
using namespace mlir::conv;

/// How often `iterator` counts in a result of a map. Of a blocked dimension the
/// position in the block counts.
static int64_t getFactor(AffineExpr expr, unsigned iterator) {
  if (expr.getKind() == AffineExprKind::Mod)
    return expr.isFunctionOfDim(iterator);
  // Of merged groups a whole one counts.
  if (expr.getKind() == AffineExprKind::FloorDiv && iterator == ContractOp::K)
    return expr.isFunctionOfDim(iterator);
  SmallVector<int64_t> flat;
  if (failed(
          getFlattenedAffineExpr(expr, ContractOp::NumIterators, 0, &flat)) ||
      flat.size() != ContractOp::NumIterators + 1)
    return 0;
  return flat[iterator];
}

/// Elements a step of `iterator` moves by; nothing where only the program
/// knows.
static std::optional<int64_t> getStep(AffineMap map, unsigned iterator,
                                      ArrayRef<int64_t> strides) {
  int64_t step = 0;
  for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides)) {
    int64_t factor = getFactor(expr, iterator);
    if (factor == 0)
      continue;
    if (ShapedType::isDynamic(stride))
      return std::nullopt;
    step += factor * stride;
  }
  return step;
}

static bool isWithin(std::optional<int64_t> step, int64_t most) {
  return step && *step >= 1 && *step <= most;
}

bool LayoutDemand::isMet() const {
  auto type = cast<MemRefType>(operand->get().getType());
  return isWithin(getStep(map, iterator, type.getStridesAndOffset().first),
                  most);
}

bool LayoutDemand::isMetDense() const {
  auto type = cast<MemRefType>(operand->get().getType());
  auto dense = MemRefType::get(type.getShape(), type.getElementType());
  return isWithin(getStep(map, iterator, dense.getStridesAndOffset().first),
                  most);
}

SmallVector<LayoutDemand> mlir::conv::getLayoutDemands(ContractOp op) {
  ScheduleAttr schedule = op.getSchedule();
  SmallVector<int64_t> extents = op.getExtents();
  SmallVector<LayoutDemand> demands;
  auto demand = [&](OpOperand &operand, unsigned map, unsigned iterator,
                    int64_t most, llvm::StringLiteral otherwise) {
    // Of a dynamic dimension as well.
    if (extents[iterator] != 1)
      demands.push_back({&operand, op.getMap(map), iterator, most, otherwise});
  };
  OpOperand &a = op.getAMutable(), &b = op.getBMutable();
  OpOperand &out = op.getInitMutable();
  // With what lies between, two vectors of the output are one piece.
  int64_t columnsApart = op.getBeside() ? 2 : 1;
  if (schedule.getVector() == VectorIterator::W) {
    demand(
        a, 0, ContractOp::Wo, 2,
        "vector = w on an input whose wo is neither contiguous in memory nor "
        "every second element");
    constexpr llvm::StringLiteral otherwise =
        "vector = w on an output or residual whose wo is not contiguous in "
        "memory";
    demand(out, 2, ContractOp::Wo, columnsApart, otherwise);
    for (auto [i, map] : llvm::enumerate(
             op.getEpilogueMaps().getAsValueRange<AffineMapAttr>())) {
      AffineMap composed = map.compose(op.getMap(2));
      if (extents[ContractOp::Wo] != 1 &&
          composed.isFunctionOfDim(ContractOp::Wo))
        demands.push_back({&op.getEpilogueOperandsMutable()[i], composed,
                           ContractOp::Wo, 1, otherwise});
    }
    return demands;
  }
  if (schedule.getFilter() != FilterForm::Packed)
    demand(b, 1, ContractOp::K, 1,
           "has no lowering for a plain filter whose k is not contiguous");
  if (schedule.getVector() == VectorIterator::C)
    demand(a, 0, ContractOp::C, 1,
           "vector = c on an input whose c is not contiguous in memory");
  if (schedule.getBroadcast() == Broadcast::Lane)
    demand(a, 0, ContractOp::C, 1,
           "broadcast = lane on an input whose c is not contiguous in memory");
  if (schedule.getVector() == VectorIterator::G) {
    constexpr llvm::StringLiteral otherwise =
        "vector = g on an input whose groups of channels do not follow each "
        "other in memory";
    demand(a, 0, ContractOp::C, 1, otherwise);
    demand(a, 0, ContractOp::K, extents[ContractOp::C], otherwise);
  } else if (op.getMap(0).isFunctionOfDim(ContractOp::K)) {
    demand(a, 0, ContractOp::K, 1,
           "has no lowering for an input whose k is not contiguous");
  }
  if (op.getStore() == StoreMode::KContiguous)
    demand(out, 2, ContractOp::K, 1,
           "store = k_contiguous on a layout whose k is not contiguous in "
           "memory");
  if (op.getStore() == StoreMode::WContiguous)
    demand(out, 2, ContractOp::Wo, columnsApart,
           "store = w_contiguous on a layout whose wo is not contiguous in "
           "memory");
  return demands;
}
