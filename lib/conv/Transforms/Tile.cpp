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
///   for n, g
///     for ho by band
///       conv.contract row_origin(ho)
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVTILEPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

struct ConvTilePass : conv::impl::ConvTilePassBase<ConvTilePass> {
  void runOnOperation() override {
    SmallVector<ContractOp> ops;
    getOperation()->walk([&](ContractOp op) {
      if (op.getSchedule().getBand() != 0)
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ContractOp op : ops)
      if (failed(tile(op, rewriter)))
        return signalPassFailure();
  }

  LogicalResult tile(ContractOp op, RewriterBase &rewriter) {
    SmallVector<int64_t> extents = op.getExtents();
    SmallVector<OpFoldResult> sizes(ContractOp::NumIterators,
                                    rewriter.getIndexAttr(0));
    int64_t band = op.getSchedule().getBand();
    if (!ShapedType::isDynamic(extents[ContractOp::Ho]) &&
        extents[ContractOp::Ho] <= band)
      return success();
    sizes[ContractOp::Ho] = rewriter.getIndexAttr(band);
    for (unsigned i : {ContractOp::N, ContractOp::G})
      if (extents[i] != 1)
        sizes[i] = rewriter.getIndexAttr(1);
    rewriter.setInsertionPoint(op);
    scf::SCFTilingOptions options;
    options.setTileSizes(sizes);
    FailureOr<scf::SCFTilingResult> tiled = scf::tileUsingSCF(
        rewriter, cast<TilingInterface>(op.getOperation()), options);
    if (failed(tiled))
      return op.emitOpError("could not be tiled by bands of ")
             << band << " rows";
    rewriter.replaceOp(op, tiled->replacements);
    return success();
  }
};

} // namespace
