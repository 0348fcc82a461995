//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Rest/Threads.h"

#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;
using namespace mlir::conv;

bool mlir::conv::paysThreads(MachineAttr machine, int64_t steps) {
  int64_t threads = machine.getThreads();
  if (threads == 1)
    return false;
  // A vector arrives at the rate of L2: the data are another operation's
  // results, in caches at best.
  MachineRatesAttr rates = machine.getRates();
  double bytes = double(machine.getNVec()) * kLaneBits / 8;
  double cycles = double(steps) * bytes / rates.getL2Bandwidth();
  return cycles * double(threads - 1) / double(threads) > rates.getFork();
}

std::optional<unsigned> mlir::conv::chooseShared(ArrayRef<unsigned> loops,
                                                 ArrayRef<int64_t> extents,
                                                 int64_t threads) {
  std::optional<unsigned> enough;
  for (unsigned loop : loops) {
    int64_t extent = extents[loop];
    if (ShapedType::isDynamic(extent) || extent < threads)
      continue;
    if (extent % threads == 0)
      return loop;
    if (!enough)
      enough = loop;
  }
  return enough;
}

FailureOr<linalg::LinalgOp>
mlir::conv::divideAmongThreads(RewriterBase &rewriter, linalg::LinalgOp op,
                               MachineAttr machine,
                               llvm::function_ref<bool(unsigned)> admits) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t points = 1;
  SmallVector<unsigned> loops;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    points *= ShapedType::isDynamic(extent) ? 1 : extent;
    // Rows stay whole.
    if ((extents.size() == 1 || i + 1 < extents.size()) && admits(i))
      loops.push_back(i);
  }
  auto tiled = dyn_cast<TilingInterface>(op.getOperation());
  if (!tiled || !paysThreads(machine, points / machine.getNVec()))
    return op;
  std::optional<unsigned> shared =
      chooseShared(loops, extents, machine.getThreads());
  if (!shared)
    return op;
  SmallVector<OpFoldResult> parts(extents.size(), rewriter.getIndexAttr(0));
  parts[*shared] = rewriter.getIndexAttr(machine.getThreads());
  scf::SCFTilingOptions options;
  options.setNumThreads(parts);
  options.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  rewriter.setInsertionPoint(op);
  FailureOr<scf::SCFTilingResult> result =
      scf::tileUsingSCF(rewriter, tiled, options);
  if (failed(result))
    return op.emitOpError("cannot be divided among threads");
  rewriter.replaceOp(op, result->replacements);
  return cast<linalg::LinalgOp>(result->tiledOps.front());
}
