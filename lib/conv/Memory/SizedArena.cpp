//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizedArena.h"

#include "SizeUtils.h"
#include "conv/IR/ElementSize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// What sizes are taken for where buffers are compared: rows or columns of a
/// common image. It decides who shares a slot, never how large that is.
static constexpr int64_t kUsualExtent = 224;

static bool isElementOf(Operation *op, Value sizes) {
  auto load = dyn_cast<memref::LoadOp>(op);
  return load && load.getMemref() == sizes;
}

bool conv::followsFrom(Value value, Value sizes) {
  DenseSet<Operation *> seen;
  SmallVector<Value> work = {value};
  while (!work.empty()) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (!op)
      return false;
    if (!seen.insert(op).second)
      continue;
    if (isElementOf(op, sizes)) {
      // Its index is a constant, which is no reason to look at the memref.
      work.push_back(cast<memref::LoadOp>(op).getIndices().front());
      continue;
    }
    if (op->getNumRegions() > 0 || !isMemoryEffectFree(op))
      return false;
    llvm::append_range(work, op->getOperands());
  }
  return true;
}

/// `value` where each of the sizes is the usual extent; nothing where it does
/// not fold.
static std::optional<int64_t>
estimate(Value value, DenseMap<Value, std::optional<int64_t>> &known) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  auto compute = [&]() -> std::optional<int64_t> {
    if (std::optional<int64_t> constant = getConstantIntValue(value))
      return constant;
    Operation *op = value.getDefiningOp();
    if (isa<memref::LoadOp>(op))
      return kUsualExtent;
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands()) {
      std::optional<int64_t> number = estimate(operand, known);
      if (!number)
        return std::nullopt;
      operands.push_back(IntegerAttr::get(operand.getType(), *number));
    }
    SmallVector<OpFoldResult> results;
    if (failed(op->fold(operands, results)) || results.empty())
      return std::nullopt;
    OpFoldResult result = results[cast<OpResult>(value).getResultNumber()];
    if (auto same = dyn_cast<Value>(result))
      return estimate(same, known);
    if (auto number = dyn_cast<IntegerAttr>(cast<Attribute>(result)))
      return number.getInt();
    return std::nullopt;
  };
  std::optional<int64_t> number = compute();
  known[value] = number;
  return number;
}

/// Elements of a buffer of `type` that its type says.
static int64_t countKnownElements(MemRefType type) {
  int64_t count = 1;
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      count *= extent;
  return count;
}

void SizedArena::add(memref::AllocOp alloc, Lifetime lifetime) {
  DenseMap<Value, std::optional<int64_t>> known;
  uint64_t bytes = countKnownElements(alloc.getType());
  for (Value extent : alloc.getDynamicSizes())
    bytes = llvm::SaturatingMultiply<uint64_t>(
        bytes,
        std::max<int64_t>(1, estimate(extent, known).value_or(kUsualExtent)));
  lifetime.bytes = std::min<uint64_t>(bytes, int64_t(1) << 62);
  buffers.push_back({alloc.getType(), alloc.getDynamicSizes(), lifetime});
}

/// The largest first: whoever comes later fits into what is there.
SmallVector<unsigned> SizedArena::assignSlots() const {
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, buffers.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    int64_t bytesA = buffers[a].lifetime.bytes,
            bytesB = buffers[b].lifetime.bytes;
    return bytesA != bytesB ? bytesA > bytesB : a < b;
  });
  SmallVector<SmallVector<unsigned>> slots;
  SmallVector<unsigned> slotOf(buffers.size());
  for (unsigned i : order) {
    const Lifetime &own = buffers[i].lifetime;
    auto isFree = [&](const SmallVector<unsigned> &slot) {
      return llvm::none_of(slot, [&](unsigned other) {
        const Lifetime &taken = buffers[other].lifetime;
        return own.first <= taken.last && taken.first <= own.last;
      });
    };
    // The last that is free is the smallest.
    unsigned slot = slots.size();
    while (slot > 0 && !isFree(slots[slot - 1]))
      --slot;
    if (slot == 0) {
      slots.emplace_back();
      slot = slots.size();
    }
    slots[slot - 1].push_back(i);
    slotOf[i] = slot - 1;
  }
  return slotOf;
}

Value SizedArena::emit(OpBuilder &b, Location loc, Value sizes, Value here,
                       int64_t begin, SmallVectorImpl<Value> &offsets) const {
  IRMapping mapping;
  mapping.map(sizes, here);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  SmallVector<unsigned> slotOf = assignSlots();
  SmallVector<Value> slots;
  for (auto [buffer, slot] : llvm::zip_equal(buffers, slotOf)) {
    std::optional<int64_t> element =
        getElementBytes(buffer.type.getElementType());
    Value bytes = constant(countKnownElements(buffer.type) * element.value());
    for (Value extent : buffer.extents)
      bytes = arith::MulIOp::create(b, loc, bytes,
                                    copyArithmetic(b, extent, mapping));
    bytes =
        arith::AddIOp::create(b, loc, bytes, constant(kWorkspaceAlignment - 1));
    bytes =
        arith::DivUIOp::create(b, loc, bytes, constant(kWorkspaceAlignment));
    bytes = arith::MulIOp::create(b, loc, bytes, constant(kWorkspaceAlignment));
    if (slots.size() <= slot)
      slots.resize(slot + 1);
    slots[slot] = slots[slot]
                      ? arith::MaxSIOp::create(b, loc, slots[slot], bytes)
                      : bytes;
  }
  // Where each slot begins, and after the last where it ends.
  SmallVector<Value> begins = {
      constant(llvm::alignTo(begin, kWorkspaceAlignment))};
  for (Value bytes : slots)
    begins.push_back(
        arith::AddIOp::create(b, loc, begins.back(), bytes).getResult());
  for (unsigned slot : slotOf)
    offsets.push_back(begins[slot]);
  return slots.empty() ? constant(begin) : begins.back();
}
