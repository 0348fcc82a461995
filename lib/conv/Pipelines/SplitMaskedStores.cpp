//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-split-masked-stores`: stores of the first lanes of a vector become
/// stores of parts where the target has no good instruction for them, and those
/// of one known lane stores of an element on every target.
///
/// The latter cost nothing, and LLVM 22 writes more than the lane where it
/// joins such a store with a truncation for AVX-512: three bytes behind an i8
/// that was an i32 (its pull request 179853 mends that).
///
//===----------------------------------------------------------------------===//

#include "conv/Machine/MachineModel.h"
#include "conv/Pipelines/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVSPLITMASKEDSTORESPASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {
/// Neighbouring lanes that a store is known to write.
struct StoredLanes {
  int64_t first, count;
};
} // namespace

/// The lanes that `op` stores, if these are constant and neighbours.
static std::optional<StoredLanes> findStoredLanes(vector::MaskedStoreOp op) {
  DenseElementsAttr mask;
  VectorType type = op.getVectorType();
  // A vector of smaller elements, or of odd ones, lies closer than they do.
  Type element = type.getElementType();
  if (!element.isIntOrIndexOrFloat() ||
      (!element.isIndex() &&
       (element.getIntOrFloatBitWidth() < 8 ||
        !llvm::isPowerOf2_64(element.getIntOrFloatBitWidth()))))
    return std::nullopt;
  if (type.getRank() != 1 || type.isScalable() ||
      !matchPattern(op.getMask(), m_Constant(&mask)))
    return std::nullopt;
  auto lanes = llvm::to_vector(mask.getValues<bool>());
  auto *begin = llvm::find(lanes, true);
  auto *end = std::find(begin, lanes.end(), false);
  if (std::find(end, lanes.end(), true) != lanes.end())
    return std::nullopt;
  return StoredLanes{begin == lanes.end() ? 0 : begin - lanes.begin(),
                     end - begin};
}

/// Stores `lanes` in parts of powers of two, the largest first: each is half of
/// a register, or a half of that.
static void storeParts(vector::MaskedStoreOp op, StoredLanes lanes) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<Value> indices(op.getIndices());
  Value last = indices.empty() ? Value() : indices.back();
  int64_t end = lanes.first + lanes.count;
  for (int64_t first = lanes.first; first < end;) {
    int64_t size = llvm::bit_floor(static_cast<uint64_t>(end - first));
    if (first != 0)
      indices.back() = arith::AddIOp::create(
          b, loc, last, arith::ConstantIndexOp::create(b, loc, first));
    if (size == 1) {
      Value lane =
          vector::ExtractOp::create(b, loc, op.getValueToStore(), first);
      memref::StoreOp::create(b, loc, lane, op.getBase(), indices);
    } else {
      Value part = vector::ExtractStridedSliceOp::create(
          b, loc, op.getValueToStore(), /*offsets=*/first, /*sizes=*/size,
          /*strides=*/1);
      vector::StoreOp::create(b, loc, part, op.getBase(), indices);
    }
    first += size;
  }
  op.erase();
}

namespace {

struct ConvSplitMaskedStoresPass
    : conv::impl::ConvSplitMaskedStoresPassBase<ConvSplitMaskedStoresPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<std::pair<vector::MaskedStoreOp, StoredLanes>> stores;
    getOperation()->walk([&](vector::MaskedStoreOp op) {
      auto lanes = findStoredLanes(op);
      if (lanes && !op.getIndices().empty() &&
          (lanes->first == 0 || lanes->count == 1))
        stores.emplace_back(op, *lanes);
    });
    if (stores.empty())
      return;
    bool keepsMasks = targetMasks();
    for (auto [op, lanes] : stores)
      if (!keepsMasks || lanes.count == 1)
        storeParts(op, lanes);
  }

  bool targetMasks() {
    if (cpu.empty())
      return true;
    llvm::Expected<ResolvedTarget> target =
        resolveTarget(cpu, triple, features);
    if (target)
      return hasMaskedStores(*target);
    llvm::consumeError(target.takeError());
    return true;
  }
};

} // namespace
