//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Transpositions by squares of vectors: as many rows as a vector has lanes are
/// loaded, turned in registers and stored. A square at an end overlaps the one
/// before.
///
//===----------------------------------------------------------------------===//

#include "RestSteps.h"
#include "conv/Rest/Threads.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::conv;

/// Lanes that shuffles of x86 and ARM combine in one instruction.
static constexpr int64_t kGroup = 4;

namespace {
/// A transposition whose neighbouring dimensions that stay neighbours are one.
struct TransposePlan {
  SmallVector<ReassociationIndices> inputGroups, outputGroups;
  SmallVector<int64_t> permutation; ///< By group of the output.
  SmallVector<int64_t> shape;       ///< Of the output's groups.
  int64_t across;                   ///< The output's group of input rows.
};
} // namespace

/// Plans `op` for vectors of `lanes`; nothing where rows stay rows or are
/// shorter than a vector.
static std::optional<TransposePlan> planTranspose(linalg::TransposeOp op,
                                                  int64_t lanes) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  if (!type.hasStaticShape() || type.getElementTypeBitWidth() != kLaneBits ||
      lanes < kGroup)
    return std::nullopt;
  TransposePlan plan;
  for (auto [i, from] : llvm::enumerate(permutation)) {
    if (i != 0 && from == permutation[i - 1] + 1) {
      plan.outputGroups.back().push_back(i);
      plan.shape.back() *= type.getDimSize(from);
      continue;
    }
    plan.outputGroups.push_back({int64_t(i)});
    plan.shape.push_back(type.getDimSize(from));
  }
  // The groups of the input, in its order.
  SmallVector<int64_t> order(plan.outputGroups.size());
  for (auto [i, group] : llvm::enumerate(plan.outputGroups))
    order[i] = i;
  llvm::sort(order, [&](int64_t x, int64_t y) {
    return permutation[plan.outputGroups[x].front()] <
           permutation[plan.outputGroups[y].front()];
  });
  plan.permutation.resize(order.size());
  for (auto [position, group] : llvm::enumerate(order)) {
    plan.permutation[group] = position;
    ReassociationIndices from;
    for (int64_t dim : plan.outputGroups[group])
      from.push_back(permutation[dim]);
    plan.inputGroups.push_back(from);
  }
  plan.across = order.back();
  int64_t last = plan.shape.size() - 1;
  if (plan.across == last || plan.shape[plan.across] < lanes ||
      plan.shape[last] < lanes)
    return std::nullopt;
  return plan;
}

namespace {
class TransposeEmitter {
public:
  TransposeEmitter(OpBuilder &b, Location loc, const TransposePlan &plan,
                   Value input, int64_t lanes)
      : b(b), loc(loc), plan(plan), input(input), lanes(lanes),
        at(plan.shape.size()) {}

  /// All of it into `output`.
  Value emit(Value output) {
    int64_t last = plan.shape.size() - 1;
    for (int64_t i = 0; i < last; ++i)
      if (i != plan.across)
        loops.push_back(i);
    // The longer of both runs inside.
    bool rows = plan.shape[plan.across] < plan.shape[last];
    loops.push_back(rows ? plan.across : last);
    loops.push_back(rows ? last : plan.across);
    return emitLoops(0, output);
  }

private:
  Value emitLoops(size_t level, Value output);
  Value emitSquare(Value output);
  void turn(SmallVectorImpl<Value> &rows);
  Value shuffle(Value x, Value y, llvm::function_ref<int64_t(int64_t)> from);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }

  OpBuilder &b;
  Location loc;
  const TransposePlan &plan;
  Value input;
  int64_t lanes;
  SmallVector<Value> at; ///< By group of the output.
  SmallVector<int64_t> loops;
};
} // namespace

Value TransposeEmitter::emitLoops(size_t level, Value output) {
  if (level == loops.size())
    return emitSquare(output);
  int64_t group = loops[level], extent = plan.shape[group];
  bool square = level + 2 >= loops.size();
  auto loop = scf::ForOp::create(b, loc, index(0), index(extent),
                                 index(square ? lanes : 1), output);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  at[group] = loop.getInductionVar();
  if (square && extent % lanes != 0)
    at[group] =
        arith::MinSIOp::create(b, loc, at[group], index(extent - lanes));
  Value result = emitLoops(level + 1, loop.getRegionIterArg(0));
  scf::YieldOp::create(b, loc, result);
  return loop.getResult(0);
}

/// Lane i is lane `from(i)` of `x` and `y`, one behind the other.
Value TransposeEmitter::shuffle(Value x, Value y,
                                llvm::function_ref<int64_t(int64_t)> from) {
  SmallVector<int64_t> mask;
  for (int64_t i = 0; i < lanes; ++i)
    mask.push_back(from(i));
  return vector::ShuffleOp::create(b, loc, x, y, mask);
}

/// Transposes the square of `rows`: groups of four lanes first, each in itself,
/// then the groups, halves by halves.
void TransposeEmitter::turn(SmallVectorImpl<Value> &rows) {
  auto inGroups = [&](Value x, Value y, ArrayRef<int64_t> lanesOfGroup) {
    return shuffle(x, y, [&](int64_t i) {
      int64_t lane = lanesOfGroup[i % kGroup];
      int64_t base = i / kGroup * kGroup;
      return lane < kGroup ? base + lane : lanes + base + lane - kGroup;
    });
  };
  for (int64_t r = 0; r < lanes; r += kGroup) {
    Value low01 = inGroups(rows[r], rows[r + 1], {0, 4, 1, 5});
    Value high01 = inGroups(rows[r], rows[r + 1], {2, 6, 3, 7});
    Value low23 = inGroups(rows[r + 2], rows[r + 3], {0, 4, 1, 5});
    Value high23 = inGroups(rows[r + 2], rows[r + 3], {2, 6, 3, 7});
    rows[r] = inGroups(low01, low23, {0, 1, 4, 5});
    rows[r + 1] = inGroups(low01, low23, {2, 3, 6, 7});
    rows[r + 2] = inGroups(high01, high23, {0, 1, 4, 5});
    rows[r + 3] = inGroups(high01, high23, {2, 3, 6, 7});
  }
  for (int64_t half = kGroup; half < lanes; half *= 2)
    for (int64_t r = 0; r < lanes; ++r) {
      if (r & half)
        continue;
      Value x = rows[r], y = rows[r + half];
      rows[r] = shuffle(
          x, y, [&](int64_t i) { return i & half ? lanes + i - half : i; });
      rows[r + half] = shuffle(
          x, y, [&](int64_t i) { return i & half ? lanes + i : i + half; });
    }
}

Value TransposeEmitter::emitSquare(Value output) {
  int64_t last = plan.shape.size() - 1;
  auto type = VectorType::get(
      {lanes}, cast<RankedTensorType>(input.getType()).getElementType());
  auto plus = [&](Value value, int64_t add) -> Value {
    return affine::makeComposedAffineApply(
        b, loc, AffineMap::get(1, 0, b.getAffineDimExpr(0) + add),
        OpFoldResult(value));
  };
  SmallVector<Value> rows;
  for (int64_t r = 0; r < lanes; ++r) {
    SmallVector<Value> indices(at.size());
    for (auto [group, position] : llvm::enumerate(plan.permutation))
      indices[position] =
          int64_t(group) == last ? plus(at[group], r) : at[group];
    rows.push_back(vector::TransferReadOp::create(b, loc, type, input, indices,
                                                  /*padding=*/std::nullopt,
                                                  ArrayRef<bool>{true}));
  }
  turn(rows);
  for (int64_t r = 0; r < lanes; ++r) {
    SmallVector<Value> indices(at);
    indices[plan.across] = plus(at[plan.across], r);
    output = vector::TransferWriteOp::create(b, loc, rows[r], output, indices,
                                             ArrayRef<bool>{true})
                 .getResult();
  }
  return output;
}

static Value collapse(OpBuilder &b, Location loc, Value value,
                      ArrayRef<ReassociationIndices> groups) {
  if (int64_t(groups.size()) ==
      cast<RankedTensorType>(value.getType()).getRank())
    return value;
  return tensor::CollapseShapeOp::create(b, loc, value, groups);
}

void mlir::conv::vectorizeTranspose(RewriterBase &rewriter,
                                    linalg::TransposeOp op,
                                    MachineAttr machine) {
  int64_t lanes = machine.getNVec();
  std::optional<TransposePlan> plan = planTranspose(op, lanes);
  if (!plan)
    return;
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  Value input = collapse(rewriter, loc, op.getInput(), plan->inputGroups);
  Value output = collapse(rewriter, loc, op.getInit(), plan->outputGroups);
  Value result =
      TransposeEmitter(rewriter, loc, *plan, input, lanes).emit(output);
  if (result.getType() != op.getResult()[0].getType())
    result = tensor::ExpandShapeOp::create(
        rewriter, loc, op.getResult()[0].getType(), result, plan->outputGroups);
  rewriter.replaceOp(op, result);
}
