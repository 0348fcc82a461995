//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The search whose candidates are compiled here and run on a board.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_TUNE_BOARDSEARCH_H
#define LIB_CONV_TUNE_BOARDSEARCH_H

#include "conv/Tune/Tuner.h"

namespace mlir::conv::bench {

/// Searches on `request.board`, and goes on from `result`, which another
/// process may have left; `stage` is told what is known before each candidate
/// is compiled. Fails with the reason why nothing is to be recorded.
llvm::Error searchOnBoard(const TuneRequest &request, StageFunction stage,
                          TuneResult &result);

} // namespace mlir::conv::bench

#endif // LIB_CONV_TUNE_BOARDSEARCH_H
