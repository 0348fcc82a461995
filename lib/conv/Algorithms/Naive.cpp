//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The definition itself, for comparison:
///
///   for n, g, k, ho, wo
///     out[n][ho][wo][k] = sum over c, r, s of x[n][h'][w'][c] * f[k][c][r][s]
///
/// One conv.contract on the plain operands, lowered to scalar loops. No
/// workspace.
///
//===----------------------------------------------------------------------===//

#include "Defaults.h"
#include "Direct.h"
#include "Entries.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

AlgorithmInfo mlir::conv::getNaive() {
  return {Algorithm::Naive,
          [](ConvOp op, RewriterBase &rewriter) {
            return applyInPlace(op, rewriter);
          },
          [](const Problem &, ScheduleAttr schedule) -> Obstacle {
            if (schedule.getBand() != 0 || schedule.getThreads() != 1)
              return "algorithm 'naive' is one loop nest without bands or "
                     "threads";
            return std::nullopt;
          },
          [](const Problem &p, ScheduleAttr) {
            Problem q = p;
            q.vectorGroups = q.flattenable = false;
            return q;
          },
          getOnePass,
          getNoElements,
          getNoMoves};
}
