//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Roofline.h"

#include "conv/IR/ElementSize.h"
#include "conv/Schedule/MemoryRates.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace mlir::conv;

/// Share of the rows (or columns) of an image some window reads.
static double getTouchedShare(int64_t extent, int64_t out, int64_t taps,
                              int64_t stride, int64_t dilation, int64_t low) {
  // Neighbouring windows leave no gap; nor is one worth counting forever.
  constexpr int64_t most = 1 << 16;
  if ((dilation == 1 && taps >= stride) || extent > most || out > most ||
      taps > most || out * taps > most)
    return 1;
  llvm::BitVector touched(extent);
  for (int64_t o = 0; o < out; ++o)
    for (int64_t t = 0; t < taps; ++t)
      if (int64_t i = o * stride + t * dilation - low; i >= 0 && i < extent)
        touched.set(i);
  return double(touched.count()) / extent;
}

/// Bytes of a whole operand; a dynamic batch is one image.
static double getBytes(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  if (!type)
    return 0;
  double bytes =
      getElementBytes(type.getElementType(), value.getDefiningOp()).value_or(0);
  for (int64_t extent : type.getShape())
    bytes *= ShapedType::isDynamic(extent) ? 1 : extent;
  return bytes;
}

double mlir::conv::getCompulsoryBytes(ConvOp op) {
  Problem p = Problem::fromOp(op);
  double input = getBytes(op.getInput());
  auto isKnown = [](ArrayRef<int64_t> extents) {
    return llvm::none_of(extents, [](int64_t extent) {
      return ShapedType::isDynamic(extent) || extent == 0;
    });
  };
  if (isKnown({p.h, p.ho, p.r}))
    input *= getTouchedShare(p.h, p.ho, p.r, p.strideH, p.dilationH, p.lowH);
  if (isKnown({p.w, p.wo, p.s}))
    input *= getTouchedShare(p.w, p.wo, p.s, p.strideW, p.dilationW, p.lowW);
  double output = getBytes(op.getInit());
  double epilogue = 0;
  for (Value operand : op.getEpilogueOperands())
    epilogue += getBytes(operand);
  return input + getBytes(op.getFilter()) + epilogue +
         (p.accumulates ? 2 : 1) * output;
}

Roofline mlir::conv::getRoofline(ConvOp op, const Problem &problem,
                                 MachineAttr machine) {
  Roofline result;
  result.flops = problem.flops();
  result.bytes = getCompulsoryBytes(op);
  result.bytesPerCycle = getCopyRate(machine, result.bytes);
  result.peak = problem.getPeak(machine);
  return result;
}
