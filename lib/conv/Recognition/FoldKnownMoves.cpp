//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Constants that are only seen in another shape or written in another order.
/// Upstream folds these of constants whose bytes are part of the IR; weights
/// are resources.
///
//===----------------------------------------------------------------------===//

#include "FoldKnown.h"
#include "RaiseBias.h"

#include "conv/IR/KnownElements.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

void mlir::conv::raise::eraseIfDead(RewriterBase &rewriter, ValueRange values) {
  SmallVector<Operation *> worklist;
  llvm::SmallPtrSet<Operation *, 8> erased;
  auto push = [&](ValueRange operands) {
    for (Value operand : operands)
      if (Operation *maker = operand.getDefiningOp())
        worklist.push_back(maker);
  };
  push(values);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (erased.contains(op) || !isOpTriviallyDead(op))
      continue;
    push(op->getOperands());
    erased.insert(op);
    rewriter.eraseOp(op);
  }
}

/// `constant` in the shape of `type`, which has as many elements.
static TypedAttr reshape(ElementsAttr constant, RankedTensorType type) {
  if (auto dense = dyn_cast<DenseElementsAttr>(constant))
    return dense.reshape(type);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return {};
}

TypedAttr mlir::conv::raise::reshapeKnown(Operation *op) {
  ElementsAttr constant;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!type.hasStaticShape() || type.getEncoding() ||
      !matchPattern(op->getOperand(0), m_Constant(&constant)))
    return {};
  return reshape(constant, type);
}

/// The bytes of `constant`, `width` for each element; none where they are not
/// known or fewer.
static ArrayRef<char> readAll(ElementsAttr constant, size_t width) {
  ArrayRef<char> bytes;
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(constant))
    bytes = dense.getRawData();
  else if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      bytes = blob->getData();
  return bytes.size() == constant.getNumElements() * width ? bytes
                                                           : ArrayRef<char>();
}

/// The operand that `op` only permutes; null where it does more.
static OpOperand *getPermuted(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 1 || op->getNumResults() != 1 ||
      !hasIdentityParallelLoops(op))
    return nullptr;
  auto yield = dyn_cast<linalg::YieldOp>(op.getBlock()->front());
  OpOperand *input = op.getDpsInputOperand(0);
  return yield && yield.getOperand(0) == op.getBlock()->getArgument(0) &&
                 op.getMatchingIndexingMap(input).isPermutation()
             ? input
             : nullptr;
}

TypedAttr mlir::conv::raise::permuteKnown(linalg::LinalgOp op) {
  OpOperand *input = getPermuted(op);
  ElementsAttr constant;
  if (!input || !matchPattern(input->get(), m_Constant(&constant)))
    return {};
  AffineMap map = op.getMatchingIndexingMap(input);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!type.hasStaticShape() || type.getEncoding() ||
      !type.getElementType().isIntOrFloat() ||
      type.getElementTypeBitWidth() % 8 != 0)
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(constant))
    return splat.reshape(type);
  size_t width = type.getElementTypeBitWidth() / 8;
  ArrayRef<char> bytes = readAll(constant, width);
  if (bytes.empty())
    return {};
  auto source = cast<RankedTensorType>(constant.getType());
  // How far a step of each dimension of the result moves, in elements.
  SmallVector<int64_t> steps(type.getRank());
  int64_t stride = 1;
  for (int64_t i = source.getRank(); i-- > 0; stride *= source.getDimSize(i))
    steps[map.getDimPosition(i)] = stride;
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(
      bytes.size(), kConstantAlignment, /*dataIsMutable=*/true);
  char *out = blob.getMutableData().data();
  visitStrided(type.getShape(), steps, [&](int64_t from) {
    std::memcpy(out, bytes.data() + from * width, width);
    out += width;
  });
  return makeConstant(type, std::move(blob));
}
