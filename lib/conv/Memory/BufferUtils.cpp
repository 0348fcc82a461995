//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferUtils.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

Aliases mlir::conv::findAliases(Value root) {
  Aliases aliases;
  aliases.values.insert(root);
  for (size_t i = 0; i < aliases.values.size(); ++i)
    for (Operation *user : aliases.values[i].getUsers()) {
      bool passesOn = isa<ViewLikeOpInterface>(user);
      for (Value result : user->getResults()) {
        if (!isa<BaseMemRefType>(result.getType()))
          continue;
        aliases.values.insert(result);
        // A select, a call or a loop: what it yields may be the buffer.
        if (!passesOn && !isa<memref::ExtractStridedMetadataOp>(user))
          aliases.escape = user;
      }
      if (user->hasTrait<OpTrait::IsTerminator>())
        aliases.escape = user;
      if (isa<LoopLikeOpInterface>(user))
        aliases.escape = user;
      // A buffer stored as an element.
      if (auto store = dyn_cast<memref::StoreOp>(user))
        if (store.getValueToStore() == aliases.values[i])
          aliases.escape = user;
    }
  return aliases;
}

std::optional<SmallVector<int64_t>> mlir::conv::getExtents(Operation *loop) {
  SmallVector<int64_t> extents;
  auto add = [&](OpFoldResult low, OpFoldResult high, OpFoldResult step) {
    std::optional<int64_t> l = getConstantIntValue(low),
                           h = getConstantIntValue(high),
                           s = getConstantIntValue(step);
    if (!l || !h || !s || *s <= 0)
      return false;
    extents.push_back(
        std::max<int64_t>(llvm::divideCeilSigned(*h - *l, *s), 0));
    return true;
  };
  auto loopLike = cast<LoopLikeOpInterface>(loop);
  auto low = loopLike.getLoopLowerBounds(),
       high = loopLike.getLoopUpperBounds(), step = loopLike.getLoopSteps();
  if (!low || !high || !step)
    return std::nullopt;
  for (auto [l, h, s] : llvm::zip_equal(*low, *high, *step))
    if (!add(l, h, s))
      return std::nullopt;
  return extents;
}
