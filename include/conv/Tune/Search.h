//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Measures everything the model chose from, and how far its choice is from
/// the best.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_SEARCH_H
#define CONV_TUNE_SEARCH_H

#include "conv/Measure/Measurer.h"

#include <string>
#include <vector>

namespace mlir::conv::bench {

/// What is searched: every legal register tile of the direct algorithm in the
/// loop order of the model's pick and then the fastest four in the other
/// orders; every tile in every order; or the model's schedule of every
/// algorithm in every form.
enum class SearchSpace { Tiles, Exhaustive, Algorithms };

/// One candidate. Fractions are of the measured peak, on nominal flops.
struct SearchEntry {
  std::string algorithm, form, schedule;
  int64_t workspaceBytes = 0;
  /// Model; a quick look; among the finalists, 0 for others.
  double predictedFraction = 0, quickFraction = 0, fraction = 0;
  /// Time of the pick over this one's: median of neighbouring samples, of
  /// finalists.
  double speedup = 0;
  /// Why it was not measured; empty when it was.
  std::string refused;
};

struct SearchResult {
  std::vector<SearchEntry> entries;
  /// Index of the model's pick.
  size_t pick = 0;
  /// Why there is nothing; empty when there is.
  std::string refused;

  /// The fastest finalist.
  const SearchEntry &getBest() const;
  /// The best one's time over the pick's: 1 when the model is right.
  double getQuality() const { return 1 / getBest().speedup; }
};

llvm::json::Object toJSON(const SearchResult &result);
bool fromJSON(const llvm::json::Value &value, SearchResult &result,
              llvm::json::Path path);

/// Measures each candidate for `request` quickly, then the fastest three and
/// the model's pick again, taking turns, with samples of their own. All of it
/// in one child process.
SearchResult search(const MeasureRequest &request, SearchSpace space);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_SEARCH_H
