//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/ModuleReport.h"
#include "conv/Measure/Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

/// What is fused into a convolution, for its name.
static std::string getEpilogueName(const KernelSpec &spec) {
  std::string text;
  if (spec.problem.hasBias)
    text += "+bias";
  if (spec.problem.hasResidual)
    text += "+add";
  if (spec.problem.hasClamp)
    text += spec.clampUpper ? "+clamp" : "+relu";
  return text;
}

std::string bench::getName(const ModuleConvolution &convolution) {
  return llvm::formatv("{0}x {1}{2}", convolution.count,
                       convolution.spec.problem.str(),
                       getEpilogueName(convolution.spec));
}

/// The time of another program, and how far its results are from ours.
static void printOther(llvm::raw_ostream &os, const std::string &name,
                       double ms, double speedup, const Agreement &agreement) {
  os << "  " << llvm::left_justify(name, 9) << llvm::format(" %10.3f ms\n", ms);
  // Twice as fast or a little faster: as many digits as mean something.
  os << llvm::format(speedup < 10 ? "  speed-up  %10.2f x\n"
                                  : "  speed-up  %10.1f x\n",
                     speedup);
  if (agreement.mismatch.empty())
    os << llvm::format("  results agree: largest difference %.1e of the "
                       "largest value\n",
                       agreement.maxReference > 0
                           ? agreement.maxDifference / agreement.maxReference
                           : 0.0);
  else
    os << "  results DIFFER: " << agreement.mismatch << "\n";
}

void bench::printModule(llvm::raw_ostream &os, const ModuleRequest &request,
                        const ModuleResult &r) {
  int64_t count = r.numUnscheduled;
  for (const ModuleConvolution &convolution : r.convolutions)
    count += convolution.count;
  os << request.file << " @" << request.entry << ", " << request.threads
     << (request.threads == 1 ? " thread" : " threads") << ", " << count
     << " convolutions, " << llvm::format("%.3f", r.flops / 1e9) << " GFLOP\n";
  os << llvm::format(
      "  conv-opt  %10.3f ms  %7.1f GFLOP/s  %5.1f %% of peak  %s allocated\n",
      r.medianMs, r.gflops, 100 * r.peakFraction,
      formatBytes(r.workspaceBytes).c_str());
  if (r.numPacked)
    os << llvm::format("  (%lld filters packed once before, in %.1f ms)\n",
                       static_cast<long long>(r.numPacked), r.packMs);
  if (request.compareUpstream)
    printOther(os, "upstream", r.upstreamMs, r.upstreamMs / r.medianMs,
               r.agreement);
  if (r.peer)
    printOther(os, request.peer.name + " " + r.peer->version, r.peer->ms,
               r.peer->speedup, r.peer->agreement);
  if (r.numUnscheduled)
    os << "  " << r.numUnscheduled
       << " convolutions took upstream's way (see --conv-autotune's "
          "warnings)\n";
  os << "\n";
  os.flush();
}
