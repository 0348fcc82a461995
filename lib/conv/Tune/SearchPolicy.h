//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What a search demands and spends, wherever candidates run.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_TUNE_SEARCHPOLICY_H
#define LIB_CONV_TUNE_SEARCHPOLICY_H

namespace mlir::conv::bench {

/// A challenger must beat the best by this much, and the fastest the model's
/// pick in the end.
inline constexpr double kMargin = 0.01, kFinalMargin = 0.005;
/// Seconds for pairs with a challenger, for those with the pick at the end, and
/// for the time that is recorded.
inline constexpr double kPairSeconds = 0.15, kFinalPairSeconds = 0.4,
                        kRecordSeconds = 0.15;
/// A challenger this much slower at its first calls is not compared.
inline constexpr double kHopeless = 1.5;
/// A candidate that takes longer to compile and run is given up.
inline constexpr unsigned kCandidateSeconds = 30;

} // namespace mlir::conv::bench

#endif // LIB_CONV_TUNE_SEARCHPOLICY_H
