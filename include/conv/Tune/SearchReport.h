//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Searches for people and as JSON.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_SEARCHREPORT_H
#define CONV_TUNE_SEARCHREPORT_H

#include "conv/Measure/Report.h"
#include "conv/Tune/Search.h"

namespace mlir::conv::bench {

/// One line per candidate: predicted and measured share of the peak, and how
/// much faster than the pick it is. With `all`, those that were not among the
/// finalists, too, and schedules in full.
void printSearch(llvm::raw_ostream &os, const Record &record,
                 const SearchResult &result, bool all);

/// What the qualities of the layers that were searched amount to; `numLayers`
/// counts the others, too. Nothing without qualities.
void printSearchSummary(llvm::raw_ostream &os, llvm::ArrayRef<double> qualities,
                        size_t numLayers);

/// One element of `searches`.
llvm::json::Object toJSON(const Record &record, const SearchResult &result);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_SEARCHREPORT_H
