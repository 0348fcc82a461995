//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/SearchReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir::conv;
using namespace mlir::conv::bench;

void bench::printSearch(llvm::raw_ostream &os, const Record &record,
                        const SearchResult &result, bool all) {
  os << record.name << ": ";
  if (!result.refused.empty()) {
    os << "refused: " << result.refused << "\n";
    return;
  }
  os << llvm::format("%zu candidates, best time / pick's time %.3f\n",
                     result.entries.size(), result.getQuality());
  for (auto [i, entry] : llvm::enumerate(result.entries)) {
    bool isFinalist = entry.speedup > 0;
    if (!isFinalist && !all)
      continue;
    os << llvm::format(
        "  %-4s  predicted %6.1f %%  measured %6.1f %%",
        i == result.pick ? "pick" : "", 100 * entry.predictedFraction,
        100 * (isFinalist ? entry.fraction : entry.quickFraction));
    if (isFinalist)
      os << llvm::format("  x%.3f", entry.speedup);
    os << "  "
       << (entry.refused.empty()
               ? abbreviateSchedule(entry.schedule)
               : entry.algorithm + " refused: " + entry.refused)
       << "\n";
    if (all && !entry.schedule.empty())
      os << "        " << entry.schedule << "\n";
  }
  os.flush();
}

void bench::printSearchSummary(llvm::raw_ostream &os,
                               llvm::ArrayRef<double> qualities,
                               size_t numLayers) {
  if (qualities.empty())
    return;
  double logs = 0;
  for (double quality : qualities)
    logs += std::log(quality);
  os << llvm::format(
      "\nbest time / pick's time: geometric mean %.3f, minimum %.3f, %zu of "
      "%zu layers\n",
      std::exp(logs / qualities.size()), *llvm::min_element(qualities),
      qualities.size(), numLayers);
}

llvm::json::Object bench::toJSON(const Record &record,
                                 const SearchResult &result) {
  llvm::json::Object object{{"name", record.name},
                            {"net", record.net},
                            {"layout", record.layout},
                            {"threads", record.request.threads},
                            {"max_workspace", record.request.maxWorkspace},
                            {"problem", record.request.spec.problem.str()},
                            {"flops", record.request.spec.problem.flops()},
                            {"quality", nullptr}};
  if (result.refused.empty())
    object["quality"] = result.getQuality();
  for (auto &member : toJSON(result))
    object[member.first] = std::move(member.second);
  return object;
}
