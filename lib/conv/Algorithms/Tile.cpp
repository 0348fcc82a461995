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
///         transformation of the rows the band reads    (form = banded)
///         conv.contract row_origin(ho)
///
//===----------------------------------------------------------------------===//

#include "conv/Algorithms/Passes.h"

#include "conv/IR/Conv.h"
#include "conv/Schedule/Nest.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVTILEPASS
#include "conv/Algorithms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// True when `op` is a tap of a sum whose next tap takes its result: it is
/// tiled together with the last one.
bool isInnerTap(ContractOp op) {
  if (op->getNumResults() == 0 || !op->getResult(0).hasOneUse())
    return false;
  OpOperand &use = *op->getResult(0).use_begin();
  auto user = dyn_cast<ContractOp>(use.getOwner());
  return user && user.isDpsInit(&use) && user.getSchedule() == op.getSchedule();
}

/// What moves into the loops of a contraction: earlier taps of the same sum,
/// and data transformations that are to be made band by band. While loops are
/// made, a tap's result has the uses of the loops as well: that it is an inner
/// one was found before.
std::optional<scf::SCFTileAndFuseOptions::ControlFnResult>
controlFusion(const DenseSet<Operation *> &innerTaps,
              tensor::ExtractSliceOp slice, OpResult producer, bool isInit) {
  bool fuse = isInit && innerTaps.contains(producer.getOwner());
  if (isa<GatherOpInterface>(producer.getOwner()))
    for (Operation *user : slice->getUsers())
      if (auto consumer = dyn_cast<ContractOp>(user))
        fuse |= consumer.getSchedule().getForm() == Form::Banded;
  if (!fuse)
    return std::nullopt;
  return scf::SCFTileAndFuseOptions::ControlFnResult{};
}

/// The taps that `op` is the last one of the sum of.
DenseSet<Operation *> getInnerTaps(ContractOp op) {
  DenseSet<Operation *> taps;
  for (auto tap = op.getInit().getDefiningOp<ContractOp>();
       tap && isInnerTap(tap); tap = tap.getInit().getDefiningOp<ContractOp>())
    taps.insert(tap);
  return taps;
}

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
  auto target = cast<TilingInterface>(op.getOperation());
  auto fail = [&]() -> FailureOr<ContractOp> {
    return op.emitOpError("could not be tiled as its schedule says"), failure();
  };
  if (op->getNumResults() == 0) {
    FailureOr<scf::SCFTilingResult> tiled =
        scf::tileUsingSCF(rewriter, target, options);
    if (failed(tiled) || tiled->tiledOps.empty())
      return fail();
    rewriter.eraseOp(op);
    return cast<ContractOp>(tiled->tiledOps.front());
  }
  scf::SCFTileAndFuseOptions fuse;
  fuse.setTilingOptions(options);
  DenseSet<Operation *> innerTaps = getInnerTaps(op);
  fuse.setFusionControlFn(
      [&](tensor::ExtractSliceOp slice, OpResult producer, bool isInit) {
        return controlFusion(innerTaps, slice, producer, isInit);
      });
  FailureOr<scf::SCFTileAndFuseResult> tiled =
      scf::tileConsumerAndFuseProducersUsingSCF(rewriter, target, fuse);
  if (failed(tiled) || tiled->tiledAndFusedOps.empty())
    return fail();
  auto tile = cast<ContractOp>(tiled->tiledAndFusedOps.front());
  rewriter.replaceOp(op, tiled->replacements[op->getResult(0)]);
  for (Operation *producer : tiled->fusedProducers)
    if (isOpTriviallyDead(producer))
      rewriter.eraseOp(producer);
  return tile;
}

/// Divides `op` among threads. Shares whose extent divides evenly are static.
FailureOr<ContractOp> divide(ContractOp op, RewriterBase &rewriter) {
  constexpr unsigned iterators[] = {ContractOp::N, ContractOp::G,
                                    ContractOp::Ho, ContractOp::Wo,
                                    ContractOp::K};
  Contraction contraction = Contraction::fromOp(op);
  for (auto [parts, iterator] :
       llvm::zip(op.getSchedule().getParallel().getParts(), iterators))
    if (parts != 1 && ShapedType::isDynamic(contraction.extents[iterator]))
      return op.emitOpError("parallel = ")
                 << op.getSchedule().getParallel().str()
                 << " divides a dimension of unknown extent",
             failure();
  std::optional<LevelSizes> sizes =
      getShareSizes(contraction, ScheduleFields(op.getSchedule()));
  if (!sizes)
    return op;
  return tileBy(op, *sizes, scf::SCFTilingOptions::LoopType::ForallOp,
                rewriter);
}

/// Lets `op`, with `form = banded`, read a transformation of its own instead of
/// a slice of one that others read as well.
LogicalResult takeTransformation(ContractOp op, RewriterBase &rewriter) {
  auto slice = op.getA().getDefiningOp<tensor::ExtractSliceOp>();
  if (op.getSchedule().getForm() != Form::Banded || !slice)
    return success();
  auto producer = dyn_cast<OpResult>(slice.getSource());
  if (!producer || !isa<GatherOpInterface>(producer.getOwner()))
    return success();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(slice);
  FailureOr<TilingResult> tile =
      tensor::replaceExtractSliceWithTiledProducer(rewriter, slice, producer);
  if (failed(tile))
    return failure();
  rewriter.modifyOpInPlace(
      op, [&] { op.getAMutable().assign(tile->tiledValues.front()); });
  return success();
}

/// Makes two contractions of `op`, of `rows` rows and of the others; the second
/// writes into the result of the first.
FailureOr<std::pair<ContractOp, ContractOp>>
splitRows(ContractOp op, int64_t rows, RewriterBase &rewriter) {
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  SmallVector<OpFoldResult> offsets, sizes;
  for (Range range : op.getIterationDomain(rewriter)) {
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
  }
  int64_t all = op.getExtents()[ContractOp::Ho];
  SmallVector<ContractOp> parts;
  Value result = op.getInit();
  for (auto [first, count] : {std::pair<int64_t, int64_t>(0, rows),
                              std::pair<int64_t, int64_t>(rows, all - rows)}) {
    rewriter.modifyOpInPlace(op, [&] { op.getInitMutable().assign(result); });
    offsets[ContractOp::Ho] = rewriter.getIndexAttr(first);
    sizes[ContractOp::Ho] = rewriter.getIndexAttr(count);
    FailureOr<TilingResult> part =
        op.getTiledImplementation(rewriter, offsets, sizes);
    SmallVector<OpFoldResult> outOffsets, outSizes;
    if (failed(part) || failed(op.getResultTilePosition(
                            rewriter, 0, offsets, sizes, outOffsets, outSizes)))
      return failure();
    SmallVector<OpFoldResult> strides(outSizes.size(),
                                      rewriter.getIndexAttr(1));
    result =
        tensor::InsertSliceOp::create(rewriter, loc, part->tiledValues.front(),
                                      result, outOffsets, outSizes, strides);
    auto contract = cast<ContractOp>(part->tiledOps.front());
    parts.push_back(contract);
    if (failed(takeTransformation(contract, rewriter)))
      return failure();
  }
  rewriter.replaceOp(op, result);
  return std::pair(parts[0], parts[1]);
}

/// Bands of rows; batch and groups one at a time around them. The rows left
/// over make a nest of their own: all sizes stay constant where the result of
/// a transformation is read.
LogicalResult makeBands(ContractOp op, RewriterBase &rewriter) {
  std::optional<Bands> bands =
      getBands(Contraction::fromOp(op), ScheduleFields(op.getSchedule()));
  if (!bands)
    return success();
  if (bands->splitRows != 0) {
    FailureOr<std::pair<ContractOp, ContractOp>> parts =
        splitRows(op, bands->splitRows, rewriter);
    return success(succeeded(parts) &&
                   succeeded(makeBands(parts->first, rewriter)) &&
                   succeeded(makeBands(parts->second, rewriter)));
  }
  return tileBy(op, bands->sizes, scf::SCFTilingOptions::LoopType::ForOp,
                rewriter);
}

struct ConvTilePass : conv::impl::ConvTilePassBase<ConvTilePass> {
  void runOnOperation() override {
    SmallVector<ContractOp> ops;
    getOperation()->walk([&](ContractOp op) {
      if (!isInnerTap(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (ContractOp op : ops) {
      FailureOr<ContractOp> share = divide(op, rewriter);
      if (failed(share) || failed(makeBands(*share, rewriter)))
        return signalPassFailure();
    }
    // What is left to do stands in the schedules of the tiles.
    getOperation()->walk([](ContractOp op) {
      op.setScheduleAttr(getInnerSchedule(op.getSchedule()));
    });
  }
};

} // namespace
