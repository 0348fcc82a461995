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
/// instructions, of elements extended to what it multiplies, or
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

static Value extend(OpBuilder &b, Location loc, Value vector, VectorType type,
                    bool isUnsigned) {
  auto from = cast<VectorType>(vector.getType());
  if (from == type)
    return vector;
  if (from.getElementType().isBF16() && type.getElementType().isF32())
    return extendBF16(b, loc, vector, type);
  if (isa<FloatType>(type.getElementType()))
    return LLVM::FPExtOp::create(b, loc, type, vector);
  if (isUnsigned)
    return LLVM::ZExtOp::create(b, loc, type, vector);
  return LLVM::SExtOp::create(b, loc, type, vector);
}

/// Whether the elements of `operand`, of which `row` takes `kind`, are
/// unsigned: those that were extended before are not.
static bool isUnsigned(Value operand, ElementKind kind) {
  return kind == ElementKind::U8 &&
         getElementTypeOrSelf(operand.getType()).isInteger(8);
}

void mlir::conv::expandFma(FmaOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getAcc().getType());
  int64_t lanes = type.getNumElements(), steps = op.getSteps();
  const Instruction *row = findInstruction(op.getInstruction());
  bool isUnsignedA = row && isUnsigned(op.getA(), row->types.a);
  Value acc = op.getAcc();
  for (int64_t step = 0; step < steps; ++step) {
    auto take = [&](Value operand, bool isUnsigned) {
      return extend(b, loc, takeStep(b, loc, operand, lanes, steps, step), type,
                    isUnsigned);
    };
    Value x = take(op.getA(), isUnsignedA), y = take(op.getB(), false);
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
  // Operands may have been extended before.
  Type extended = want(lanes * row.k, row.multiplied);
  bool fits = op.getA().getType() == extended ||
              op.getOperandTypes() == ArrayRef(wanted);
  if (op.getAcc().getType() == wanted[0] && fits)
    return success();
  return op.emitOpError("instruction '")
         << row.name << "' takes " << wanted[0] << ", " << wanted[1] << ", "
         << wanted[2] << ", not " << op.getOperandTypes();
}

/// Hides from LLVM what `sum` is the sum of, by an empty inline assembly:
/// chains of additions of integers are rebalanced, and the products that then
/// wait for each other are spilled.
static Value hideSum(OpBuilder &b, Location loc, Value sum) {
  return LLVM::InlineAsmOp::create(
             b, loc, TypeRange(sum.getType()), ValueRange(sum),
             /*asm_string=*/"", /*constraints=*/"=v,0",
             /*has_side_effects=*/false, /*is_align_stack=*/false,
             LLVM::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

static void callIntrinsic(FmaOp op, const Instruction &row) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto extendOperand = [&](Value operand, ElementKind kind) {
    auto type = cast<VectorType>(operand.getType());
    Type element = getElementType(row.multiplied, op.getContext());
    return extend(b, loc, operand, type.cloneWith(std::nullopt, element),
                  isUnsigned(operand, kind));
  };
  Value acc = op.getAcc(), x = extendOperand(op.getA(), row.types.a),
        y = extendOperand(op.getB(), row.types.b);
  SmallVector<Value> arguments;
  if (row.form != InstructionForm::IntrinsicThenAdd)
    arguments.push_back(acc);
  if (row.form == InstructionForm::IntrinsicAccAB)
    arguments.append({x, y});
  else
    arguments.append({y, x});
  Value result =
      LLVM::CallIntrinsicOp::create(b, loc, acc.getType(),
                                    b.getStringAttr(row.intrinsic), arguments)
          .getResult(0);
  if (row.form == InstructionForm::IntrinsicThenAdd)
    result = hideSum(b, loc, LLVM::AddOp::create(b, loc, acc, result));
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
