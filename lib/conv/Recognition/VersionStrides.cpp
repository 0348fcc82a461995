//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-version-strides`: convolutions on memrefs whose strides are known at
/// run time only become
///
///   if columns and what lies within them follow each other in memory
///     conv.conv on memrefs that say so
///   else
///     conv.conv as it was
///
/// What is not contiguous otherwise, rows and images a pitch apart, costs the
/// kernels nothing.
///
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVVERSIONSTRIDESPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// The strides of `type` where those of dimension `first` and after it are what
/// a contiguous memref has. Nothing when it has none to replace, or when a
/// known one contradicts.
std::optional<SmallVector<int64_t>> getDenseStrides(MemRefType type,
                                                    unsigned first) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  bool replaced = false;
  int64_t step = 1;
  for (unsigned dim = type.getRank(); dim-- > first;) {
    if (ShapedType::isDynamic(strides[dim])) {
      strides[dim] = step;
      replaced = true;
    } else if (strides[dim] != step && type.getDimSize(dim) != 1) {
      return std::nullopt;
    }
    if (ShapedType::isDynamic(type.getDimSize(dim)))
      break;
    step *= type.getDimSize(dim);
  }
  if (!replaced)
    return std::nullopt;
  return strides;
}

/// The dimension from which on an operand is wanted contiguous: the columns of
/// images, the last one of others.
unsigned getFirstDense(ConvOp op, OpOperand &operand) {
  auto type = cast<MemRefType>(operand.get().getType());
  int64_t last = std::max<int64_t>(type.getRank(), 1) - 1;
  if (operand.get() == op.getFilter())
    return last;
  DimsAttr dims = op.getDims();
  for (auto [i, use] : llvm::enumerate(op.getEpilogueOperandsMutable()))
    if (&use == &operand) {
      auto map = cast<AffineMapAttr>(op.getEpilogueMaps()[i]).getValue();
      int w = dims.outputPos('w');
      int column = w < 0 ? -1 : findResult(map, w);
      return column < 0 ? last : column;
    }
  int w = &operand == &op.getInputMutable() ? dims.inputPos('w')
                                            : dims.outputPos('w');
  return w < 0 ? last : w;
}

/// Writes the two versions of `op`.
void writeVersions(ConvOp op, RewriterBase &rewriter) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  struct Operand {
    unsigned index;
    SmallVector<int64_t> strides;
    memref::ExtractStridedMetadataOp metadata;
  };
  SmallVector<Operand> operands;
  Value condition;
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || type.getRank() == 0)
      continue;
    auto dense = getDenseStrides(type, getFirstDense(op, operand));
    if (!dense)
      continue;
    auto metadata =
        memref::ExtractStridedMetadataOp::create(rewriter, loc, operand.get());
    SmallVector<int64_t> strides;
    int64_t offset;
    (void)type.getStridesAndOffset(strides, offset);
    for (auto [dim, stride] : llvm::enumerate(*dense)) {
      // Nobody walks along a dimension of one element.
      if (stride == strides[dim] || type.getDimSize(dim) == 1)
        continue;
      Value want = arith::ConstantIndexOp::create(rewriter, loc, stride);
      Value equal =
          arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq,
                                metadata.getStrides()[dim], want);
      condition = condition
                      ? arith::AndIOp::create(rewriter, loc, condition, equal)
                            .getResult()
                      : equal;
    }
    operands.push_back({operand.getOperandNumber(), *dense, metadata});
  }
  if (!condition)
    return;
  auto versions = scf::IfOp::create(rewriter, loc, TypeRange(), condition,
                                    /*withElseRegion=*/true);
  rewriter.setInsertionPoint(versions.elseYield());
  rewriter.clone(*op);
  rewriter.setInsertionPoint(versions.thenYield());
  auto fast = cast<ConvOp>(rewriter.clone(*op));
  rewriter.setInsertionPoint(fast);
  for (auto &[index, strides, metadata] : operands) {
    OpOperand &operand = fast->getOpOperand(index);
    auto type = cast<MemRefType>(operand.get().getType());
    SmallVector<int64_t> old;
    int64_t offset;
    (void)type.getStridesAndOffset(old, offset);
    SmallVector<OpFoldResult> mixed;
    for (auto [dim, stride] : llvm::enumerate(strides))
      mixed.push_back(ShapedType::isDynamic(stride)
                          ? OpFoldResult(metadata.getStrides()[dim])
                          : OpFoldResult(rewriter.getIndexAttr(stride)));
    OpFoldResult mixedOffset =
        ShapedType::isDynamic(offset)
            ? OpFoldResult(metadata.getOffset())
            : OpFoldResult(rewriter.getIndexAttr(offset));
    auto layout = StridedLayoutAttr::get(op.getContext(), offset, strides);
    auto dense = MemRefType::get(type.getShape(), type.getElementType(), layout,
                                 type.getMemorySpace());
    operand.set(memref::ReinterpretCastOp::create(
        rewriter, loc, dense, metadata.getBaseBuffer(), mixedOffset,
        memref::getMixedSizes(rewriter, loc, operand.get()), mixed));
  }
  rewriter.eraseOp(op);
}

struct ConvVersionStridesPass
    : conv::impl::ConvVersionStridesPassBase<ConvVersionStridesPass> {
  void runOnOperation() override {
    SmallVector<ConvOp> ops;
    getOperation()->walk([&](ConvOp op) {
      // A schedule was made for the strides that are there.
      if (isa<MemRefType>(op.getInit().getType()) && !op.getScheduleAttr())
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ConvOp op : ops)
      writeVersions(op, rewriter);
  }
};

} // namespace
