//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemoryBudget.h"

#include "conv/IR/ElementSize.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::conv;

/// Bytes of `type` with one for each extent that is not known; 0 for what has
/// no elements or too many.
static int64_t getBytes(ShapedType type, Operation *scope) {
  if (!type.hasRank())
    return 0;
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = 1;
  auto known = RankedTensorType::get(shape, type.getElementType());
  // More than any memory, and so little that many of them can be added.
  constexpr int64_t kMostBytes = int64_t(1) << 47;
  return std::min<int64_t>(
      llvm::alignTo(getBufferBytes(known, scope).value_or(0),
                    kWorkspaceAlignment),
      kMostBytes);
}

/// The operand whose memory the result is in, if it is a view of it; null where
/// `op` makes no view.
static Value getViewSource(Operation *op) {
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp,
          tensor::ExtractSliceOp, ViewLikeOpInterface>(op))
    return op->getOperand(0);
  return {};
}

int64_t MemoryBudget::findBuffer(Value value) const {
  auto it = numbers.find(value);
  return it == numbers.end() ? -1 : it->second;
}

int64_t MemoryBudget::getPosition(Operation *op) const {
  for (; op; op = op->getParentOp())
    if (auto it = positions.find(op); it != positions.end())
      return it->second;
  return 0;
}

void MemoryBudget::addResult(Operation *op, OpResult result, int64_t position) {
  auto type = dyn_cast<ShapedType>(result.getType());
  if (!type || op->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::EmptyOp>(op))
    return;
  int64_t number = -1;
  if (Value source = getViewSource(op)) {
    // What is a view of an argument is not ours.
    number = findBuffer(source);
    if (number < 0 && !source.getDefiningOp<tensor::EmptyOp>())
      return;
  } else if (isa<BaseMemRefType>(type) &&
             !hasEffect<MemoryEffects::Allocate>(op, Value(result))) {
    return;
  } else if (auto writer = dyn_cast<DestinationStyleOpInterface>(op)) {
    // Written over what it begins with, unless somebody else wants that.
    OpOperand *init = writer.getTiedOpOperand(result);
    if (init && init->get().hasOneUse())
      number = findBuffer(init->get());
  }
  if (number < 0) {
    number = buffers.size();
    buffers.push_back({getBytes(type, op), position, position, 0});
  }
  numbers[result] = number;
}

MemoryBudget::MemoryBudget(FunctionOpInterface func, int64_t bytes)
    : bound(bytes) {
  if (func.isExternal())
    return;
  if (func.getFunctionBody().hasOneBlock())
    for (auto [i, op] : llvm::enumerate(func.getFunctionBody().front()))
      positions[&op] = i;
  SmallVector<int64_t> returned;
  func->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op == func.getOperation())
      return;
    int64_t position = getPosition(op);
    bool returns = op->hasTrait<OpTrait::ReturnLike>() &&
                   op->getParentOp() == func.getOperation();
    for (Value operand : op->getOperands())
      if (int64_t number = findBuffer(operand); number >= 0) {
        buffers[number].last = std::max(buffers[number].last, position);
        if (returns)
          returned.push_back(number);
      }
    for (OpResult result : op->getResults())
      addResult(op, result, position);
  });
  // Results are in the caller's memory.
  for (int64_t number : returned)
    buffers[number].bytes = 0;
}

int64_t MemoryBudget::getLiveBytes(Operation *op) const {
  int64_t position = getPosition(op), bytes = 0;
  for (const Lifetime &buffer : buffers)
    if (buffer.first <= position && position <= buffer.last)
      bytes += buffer.bytes;
  return bytes;
}

int64_t MemoryBudget::place(const Workspaces &workspaces) const {
  SmallVector<Lifetime> all(buffers);
  for (auto [op, bytes] : workspaces) {
    int64_t position = getPosition(op);
    all.push_back({bytes, position, position, 0});
  }
  llvm::erase_if(all, [](const Lifetime &it) { return it.bytes == 0; });
  return placeInArena(all);
}
