//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Arena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::conv;

int64_t mlir::conv::placeInArena(MutableArrayRef<Lifetime> lifetimes) {
  SmallVector<Lifetime *> order;
  for (Lifetime &lifetime : lifetimes)
    order.push_back(&lifetime);
  // Of equal ones in the order they are given: addresses follow it.
  llvm::sort(order, [](const Lifetime *a, const Lifetime *b) {
    return a->bytes != b->bytes ? a->bytes > b->bytes : a < b;
  });
  SmallVector<Lifetime *> placed;
  int64_t size = 0;
  for (Lifetime *lifetime : order) {
    lifetime->offset = 0;
    for (const Lifetime *other : placed) {
      if (other->last < lifetime->first || lifetime->last < other->first)
        continue;
      if (lifetime->offset + lifetime->bytes <= other->offset)
        break;
      lifetime->offset = std::max<int64_t>(
          lifetime->offset,
          llvm::alignTo(other->offset + other->bytes, kWorkspaceAlignment));
    }
    size = std::max(size, lifetime->offset + lifetime->bytes);
    placed.insert(llvm::upper_bound(placed, lifetime,
                                    [](const Lifetime *a, const Lifetime *b) {
                                      return a->offset < b->offset;
                                    }),
                  lifetime);
  }
  return size;
}
