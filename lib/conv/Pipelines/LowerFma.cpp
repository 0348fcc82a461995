//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `conv.fma` in the LLVM dialect: the intrinsic of its row of the table of
/// instructions, of elements extended to what it takes, or
///
///   for l < k                                            unrolled
///     acc = fma(extend(a[l], a[k + l], ...), extend(b[...]), acc)
///
/// `--conv-expand-fma` takes the second way always.
///
//===----------------------------------------------------------------------===//

#include "LowerFma.h"

#include "conv/Machine/Instructions.h"
#include "conv/Pipelines/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/TypeUtilities.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVEXPANDFMAPASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// Elements `step`, `steps + step`, 2 `steps` + `step`, ... of `vector`.
static Value takeStep(OpBuilder &b, Location loc, Value vector, int64_t lanes,
                      int64_t steps, int64_t step) {
  if (steps == 1)
    return vector;
  SmallVector<int32_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane * steps + step);
  Value poison = LLVM::PoisonOp::create(b, loc, vector.getType());
  return LLVM::ShuffleVectorOp::create(b, loc, vector, poison, mask);
}

static Value createSplat(OpBuilder &b, Location loc, VectorType type,
                         int64_t value) {
  Attribute element = b.getIntegerAttr(type.getElementType(), value);
  return LLVM::ConstantOp::create(b, loc, type,
                                  DenseElementsAttr::get(type, element));
}

/// Elements of bf16 are the upper halves of those of f32. LLVM converts them
/// one by one where the target has no instruction for it.
static Value extendBF16(OpBuilder &b, Location loc, Value vector,
                        VectorType type) {
  auto narrow = VectorType::get(type.getShape(), b.getI16Type());
  auto wide = VectorType::get(type.getShape(), b.getI32Type());
  Value bits = LLVM::BitcastOp::create(b, loc, narrow, vector);
  bits = LLVM::ZExtOp::create(b, loc, wide, bits);
  bits = LLVM::ShlOp::create(b, loc, bits, createSplat(b, loc, wide, 16));
  return LLVM::BitcastOp::create(b, loc, type, bits);
}

/// Step `step` of pairs of bf16: the lower or the upper half of each lane.
static Value takeBF16(OpBuilder &b, Location loc, Value pairs, int64_t step,
                      VectorType type) {
  auto wide = VectorType::get(type.getShape(), b.getI32Type());
  Value bits = LLVM::BitcastOp::create(b, loc, wide, pairs);
  if (step == 0)
    bits = LLVM::ShlOp::create(b, loc, bits, createSplat(b, loc, wide, 16));
  else
    bits =
        LLVM::AndOp::create(b, loc, bits, createSplat(b, loc, wide, -0x10000));
  return LLVM::BitcastOp::create(b, loc, type, bits);
}

static Value extend(OpBuilder &b, Location loc, Value vector, VectorType type) {
  auto from = cast<VectorType>(vector.getType());
  if (from == type)
    return vector;
  if (from.getElementType().isBF16() && type.getElementType().isF32())
    return extendBF16(b, loc, vector, type);
  if (isa<FloatType>(type.getElementType()))
    return LLVM::FPExtOp::create(b, loc, type, vector);
  return LLVM::SExtOp::create(b, loc, type, vector);
}

void mlir::conv::expandFma(FmaOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getAcc().getType());
  int64_t lanes = type.getNumElements(), steps = op.getSteps();
  Value acc = op.getAcc();
  for (int64_t step = 0; step < steps; ++step) {
    auto take = [&](Value operand) {
      bool isPair = steps == 2 && type.getElementType().isF32() &&
                    getElementTypeOrSelf(operand.getType()).isBF16();
      if (isPair)
        return takeBF16(b, loc, operand, step, type);
      return extend(b, loc, takeStep(b, loc, operand, lanes, steps, step),
                    type);
    };
    Value x = take(op.getA()), y = take(op.getB());
    if (isa<FloatType>(type.getElementType())) {
      acc = LLVM::FMulAddOp::create(b, loc, x, y, acc);
    } else {
      Value product = LLVM::MulOp::create(b, loc, x, y);
      acc = LLVM::AddOp::create(b, loc, acc, product);
    }
  }
  op.getResult().replaceAllUsesWith(acc);
  op.erase();
}

/// Checks that `op` has the shape and the types of its row.
static LogicalResult checkShape(FmaOp op, const Instruction &row) {
  auto acc = cast<VectorType>(op.getAcc().getType());
  MLIRContext *context = op.getContext();
  int64_t lanes = row.n != 0 ? row.n : acc.getNumElements();
  auto want = [&](int64_t elements, ElementKind kind) {
    return VectorType::get({elements}, getElementType(kind, context));
  };
  Type wanted[] = {want(lanes, row.types.acc), want(lanes * row.k, row.types.a),
                   want(lanes * row.k, row.types.b)};
  if (op.getOperandTypes() == ArrayRef(wanted))
    return success();
  return op.emitOpError("instruction '")
         << row.name << "' takes " << wanted[0] << ", " << wanted[1] << ", "
         << wanted[2] << ", not " << op.getOperandTypes();
}

static void callIntrinsic(FmaOp op, const Instruction &row) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  Value acc = op.getAcc(), factors[] = {op.getB(), op.getA()};
  // Elements fill the register of the sums.
  for (Value &factor : factors) {
    auto type = cast<VectorType>(factor.getType());
    if (row.k * type.getElementTypeBitWidth() == getBits(row.types.acc))
      continue;
    Type wide = b.getIntegerType(getBits(row.types.acc) / row.k);
    factor = extend(b, loc, factor, type.cloneWith(std::nullopt, wide));
  }
  bool adds = row.form == InstructionForm::IntrinsicThenAdd;
  SmallVector<Value> arguments(factors, factors + 2);
  if (!adds)
    arguments.insert(arguments.begin(), acc);
  Value result =
      LLVM::CallIntrinsicOp::create(b, loc, acc.getType(),
                                    b.getStringAttr(row.intrinsic), arguments)
          .getResult(0);
  if (adds)
    result = LLVM::AddOp::create(b, loc, acc, result);
  op.getResult().replaceAllUsesWith(result);
  op.erase();
}

LogicalResult
mlir::conv::lowerFma(FmaOp op, const std::optional<ResolvedTarget> &target) {
  const Instruction *row = findInstruction(op.getInstruction());
  if (!row)
    return op.emitOpError("unknown instruction '")
           << op.getInstruction() << "'";
  if (failed(checkShape(op, *row)))
    return failure();
  if (std::optional<std::string> obstacle = findTargetObstacle(*row, target))
    return op.emitOpError("instruction '") << row->name << "' " << *obstacle;
  if (row->form == InstructionForm::Generic) {
    expandFma(op);
    return success();
  }
  callIntrinsic(op, *row);
  return success();
}

namespace {

struct ConvExpandFmaPass
    : conv::impl::ConvExpandFmaPassBase<ConvExpandFmaPass> {
  void runOnOperation() override { getOperation()->walk(expandFma); }
};

} // namespace
