//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The outer loops of scheduled contractions:
///
///   forall shares of n, g, ho, wo, k             one per thread
///     for n, g
///       for ho by band
///         conv.contract row_origin(ho)
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVTILEPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Tiles `op` by `sizes` (0: not at all) and returns the contraction of a tile.
FailureOr<ContractOp> tileBy(ContractOp op, ArrayRef<int64_t> sizes,
                             scf::SCFTilingOptions::LoopType loopType,
                             RewriterBase &rewriter) {
  SmallVector<OpFoldResult> tileSizes;
  for (int64_t size : sizes)
    tileSizes.push_back(rewriter.getIndexAttr(size));
  rewriter.setInsertionPoint(op);
  scf::SCFTilingOptions options;
  options.setTileSizes(tileSizes);
  options.setLoopType(loopType);
  FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
      rewriter, cast<TilingInterface>(op.getOperation()), options);
  if (failed(tiled) || tiled->tiledOps.empty())
    return op.emitOpError("could not be tiled as its schedule says"), failure();
  rewriter.replaceOp(op, tiled->replacements);
  return cast<ContractOp>(tiled->tiledOps.front());
}

/// Divides `op` among threads. Shares whose extent divides evenly are static.
FailureOr<ContractOp> divide(ContractOp op, RewriterBase &rewriter) {
  std::array<int64_t, 5> split = op.getSchedule().getSplit();
  SmallVector<int64_t> extents = op.getExtents();
  SmallVector<int64_t> sizes(ContractOp::NumIterators, 0);
  constexpr unsigned iterators[] = {ContractOp::N, ContractOp::G,
                                    ContractOp::Ho, ContractOp::Wo,
                                    ContractOp::K};
  bool any = false;
  for (auto [parts, iterator] : llvm::zip(split, iterators)) {
    if (parts == 1)
      continue;
    if (ShapedType::isDynamic(extents[iterator]))
      return op.emitOpError("parallel = ")
                 << op.getSchedule().getParallel()
                 << " divides a dimension of unknown extent",
             failure();
    sizes[iterator] = llvm::divideCeilSigned(extents[iterator], parts);
    any = any || sizes[iterator] < extents[iterator];
  }
  if (!any)
    return op;
  return tileBy(op, sizes, scf::SCFTilingOptions::LoopType::ForallOp, rewriter);
}

/// Bands of rows; batch and groups one at a time around them.
LogicalResult makeBands(ContractOp op, RewriterBase &rewriter) {
  int64_t band = op.getSchedule().getBand();
  SmallVector<int64_t> extents = op.getExtents();
  if (band == 0 || (!ShapedType::isDynamic(extents[ContractOp::Ho]) &&
                    extents[ContractOp::Ho] <= band))
    return success();
  SmallVector<int64_t> sizes(ContractOp::NumIterators, 0);
  sizes[ContractOp::Ho] = band;
  for (unsigned i : {ContractOp::N, ContractOp::G})
    if (extents[i] != 1)
      sizes[i] = 1;
  return tileBy(op, sizes, scf::SCFTilingOptions::LoopType::ForOp, rewriter);
}

struct ConvTilePass : conv::impl::ConvTilePassBase<ConvTilePass> {
  void runOnOperation() override {
    SmallVector<ContractOp> ops;
    getOperation()->walk([&](ContractOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (ContractOp op : ops) {
      FailureOr<ContractOp> share = divide(op, rewriter);
      if (failed(share) || failed(makeBands(*share, rewriter)))
        return signalPassFailure();
    }
  }
};

} // namespace
