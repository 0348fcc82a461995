//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A vector whose halves are a scalar each (vector = kw) is two broadcasts,
/// which loads do on their way, and a blend. LLVM makes one shuffle of scalars
/// of it, for x86 three instructions that all need the unit of shuffles,
///
///   vmovss, vmovss, vinsertf32x4, vshufps, vpermpd
///
/// Two things keep it from that: with AVX-512 a mask whose bits it does not
/// know,
///
///   vbroadcastss zmm, vbroadcastss zmm {k}
///
/// and with AVX an empty inline assembly on one of the broadcasts:
///
///   vbroadcastss ymm, vbroadcastss ymm, vblendps
///
//===----------------------------------------------------------------------===//

#include "LowerHalves.h"

#include "conv/Machine/Instructions.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::conv;

/// The scalar in all lanes of `value`; nothing where they are others.
static Value getBroadcastScalar(Value value) {
  auto shuffle = value.getDefiningOp<LLVM::ShuffleVectorOp>();
  if (!shuffle ||
      !llvm::all_of(shuffle.getMask(), [](int32_t lane) { return lane == 0; }))
    return {};
  auto insert = shuffle.getV1().getDefiningOp<LLVM::InsertElementOp>();
  return insert && matchPattern(insert.getPosition(), m_Zero())
             ? insert.getValue()
             : Value();
}

/// Whether `shuffle` has the lanes of its first operand, then those of its
/// second one.
static bool joinsHalves(LLVM::ShuffleVectorOp shuffle) {
  auto type = cast<VectorType>(shuffle.getV1().getType());
  ArrayRef<int32_t> mask = shuffle.getMask();
  return static_cast<int64_t>(mask.size()) == 2 * type.getNumElements() &&
         llvm::all_of(llvm::enumerate(mask), [](const auto &lane) {
           return lane.value() == static_cast<int32_t>(lane.index());
         });
}

/// `value`, of which LLVM does not know what it is.
static Value hideValue(OpBuilder &b, Location loc, Value value,
                       StringRef constraints) {
  return LLVM::InlineAsmOp::create(
             b, loc, TypeRange(value.getType()), ValueRange(value),
             /*asm_string=*/"", constraints, /*has_side_effects=*/false,
             /*is_align_stack=*/false, LLVM::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

namespace {
class HalfLowering {
public:
  explicit HalfLowering(const ResolvedTarget &target)
      : hasAVX(has("fma3_f64", target)), hasAVX512(has("avx512_f64", target)) {}

  void lower(LLVM::ShuffleVectorOp shuffle);

private:
  static bool has(StringRef name, const ResolvedTarget &target) {
    const Instruction *row = findInstruction(name);
    return row && !findTargetObstacle(*row, target);
  }
  /// `scalar` in all lanes of `type`, or zeros where there is none.
  static Value broadcast(OpBuilder &b, Location loc, VectorType type,
                         Value scalar);
  /// A mask whose upper `lanes` / 2 bits are set, made where `region` begins.
  Value getUpperMask(Region *region, Location loc, int64_t lanes);

  bool hasAVX, hasAVX512;
  llvm::DenseMap<std::pair<Region *, int64_t>, Value> masks;
};
} // namespace

Value HalfLowering::broadcast(OpBuilder &b, Location loc, VectorType type,
                              Value scalar) {
  if (!scalar)
    return LLVM::ZeroOp::create(b, loc, type);
  Value poison = LLVM::PoisonOp::create(b, loc, type);
  Value zero = LLVM::ConstantOp::create(b, loc, b.getI64IntegerAttr(0));
  Value first =
      LLVM::InsertElementOp::create(b, loc, type, poison, scalar, zero);
  SmallVector<int32_t> lanes(type.getNumElements(), 0);
  return LLVM::ShuffleVectorOp::create(b, loc, first, poison, lanes);
}

Value HalfLowering::getUpperMask(Region *region, Location loc, int64_t lanes) {
  Value &mask = masks[{region, lanes}];
  if (mask)
    return mask;
  OpBuilder b = OpBuilder::atBlockBegin(&region->front());
  Type bits = b.getIntegerType(lanes);
  Value known = LLVM::ConstantOp::create(
      b, loc,
      b.getIntegerAttr(bits, llvm::APInt::getHighBitsSet(lanes, lanes / 2)));
  // Masks are made from registers of 32 bits at least.
  Value wide = LLVM::ZExtOp::create(b, loc, b.getI32Type(), known);
  Value hidden =
      LLVM::TruncOp::create(b, loc, bits, hideValue(b, loc, wide, "=r,0"));
  mask = LLVM::BitcastOp::create(
      b, loc, VectorType::get({lanes}, b.getI1Type()), hidden);
  return mask;
}

void HalfLowering::lower(LLVM::ShuffleVectorOp shuffle) {
  auto half = cast<VectorType>(shuffle.getV1().getType());
  Type element = half.getElementType();
  if ((!element.isF32() && !element.isF64()) || !joinsHalves(shuffle) ||
      shuffle.getV1() == shuffle.getV2())
    return;
  Value low = getBroadcastScalar(shuffle.getV1());
  Value high = getBroadcastScalar(shuffle.getV2());
  auto isKnown = [](Value vector, Value scalar) {
    return scalar || matchPattern(vector, m_AnyZeroFloat());
  };
  if (!isKnown(shuffle.getV1(), low) || !isKnown(shuffle.getV2(), high))
    return;
  int64_t lanes = 2 * half.getNumElements();
  int64_t bits = lanes * element.getIntOrFloatBitWidth();
  auto type = VectorType::get({lanes}, element);
  OpBuilder b(shuffle);
  Location loc = shuffle.getLoc();
  Value joined;
  if (bits == 512 && hasAVX512) {
    Value mask = getUpperMask(shuffle->getParentRegion(), loc, lanes);
    joined = LLVM::SelectOp::create(b, loc, mask, broadcast(b, loc, type, high),
                                    broadcast(b, loc, type, low));
  } else if (bits == 256 && hasAVX && low && high) {
    Value pinned = hideValue(b, loc, broadcast(b, loc, type, low), "=x,0");
    SmallVector<int32_t> blend;
    for (int32_t lane = 0; lane < lanes; ++lane)
      blend.push_back(lane < lanes / 2 ? lane : lanes + lane);
    joined = LLVM::ShuffleVectorOp::create(
        b, loc, pinned, broadcast(b, loc, type, high), blend);
  } else {
    return;
  }
  shuffle.getResult().replaceAllUsesWith(joined);
  shuffle.erase();
}

void mlir::conv::lowerHalves(LLVM::LLVMFuncOp func,
                             const ResolvedTarget &target) {
  if (!llvm::Triple(target.triple).isX86_64())
    return;
  HalfLowering lowering(target);
  func.walk([&](LLVM::ShuffleVectorOp shuffle) { lowering.lower(shuffle); });
}
