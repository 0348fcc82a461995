//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/ModuleReport.h"
#include "conv/Measure/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
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
  os << "  " << llvm::left_justify(name, 9)
     << llvm::format(" %10.*f ms\n", getMsDigits(ms), ms);
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
     << " convolutions, "
     << (r.flops < 1e6 ? llvm::format("%.3f MFLOP\n", r.flops / 1e6)
                       : llvm::format("%.3f GFLOP\n", r.flops / 1e9));
  os << llvm::format(
      "  conv-opt  %10.*f ms  %7.1f GFLOP/s  %5s %% of peak  %s allocated\n",
      getMsDigits(r.medianMs), r.medianMs, r.gflops,
      formatPercent(r.peakFraction, request.threads).c_str(),
      formatBytes(r.workspaceBytes).c_str());
  if (r.numPacked)
    os << llvm::format("  (%lld filters packed once before, in %.*f ms)\n",
                       static_cast<long long>(r.numPacked),
                       r.packMs < 0.1 ? 4 : 1, r.packMs);
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

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Share of the time from which on an operation has a row of its own.
static constexpr double kRowShare = 0.01;

/// "3x pad + pooling_nchw_max (12:5, 14:5, ...)", of at most two places.
static std::string describe(const OperationTime &operation) {
  llvm::ArrayRef<std::string> places = operation.cost.places;
  std::string text = operation.cost.kind;
  if (operation.runs > 1)
    text = llvm::formatv("{0:f0}x {1}", operation.runs, text);
  if (places.empty())
    return text;
  constexpr size_t most = 2;
  text += " (" + llvm::join(places.take_front(most), ", ");
  return text + (places.size() > most ? ", ...)" : ")");
}

static void printOperation(llvm::raw_ostream &os,
                           const OperationTime &operation, double total) {
  const OperationCost &cost = operation.cost;
  os << llvm::format("  %5.1f %%  %9.4f  %8.1f ", 100 * operation.ms / total,
                     operation.ms, cost.flops / operation.ms / 1e6)
     << llvm::right_justify(formatBytes(int64_t(cost.bytes)), 10)
     << llvm::format("  %5.0f %% %s", 100 * operation.getBoundFraction(),
                     operation.isMemoryBound() ? "bytes" : "FMAs ")
     << "  " << describe(operation) << "\n";
}

/// Which operations are slow, or that none is.
static void printSlow(llvm::raw_ostream &os,
                      llvm::ArrayRef<OperationTime> operations, double total) {
  std::string limits = llvm::formatv(
      "above {0:f0} % of the time and below {1:f0} % of its bound",
      100 * kSlowShare, 100 * kSlowBound);
  bool any = false;
  for (const OperationTime &operation : operations) {
    if (!isSlow(operation, total))
      continue;
    any = true;
    os << "  slow, " << limits << ": " << describe(operation)
       << llvm::format(" (%.1f %%, %.0f %%)\n", 100 * operation.ms / total,
                       100 * operation.getBoundFraction());
  }
  if (!any)
    os << "  no operation but convolutions is " << limits << "\n";
}

void bench::printOperations(llvm::raw_ostream &os, const ModuleResult &r) {
  std::vector<OperationTime> operations = joinKinds(r.operations);
  double total = 0, convolutions = 0, small = 0;
  for (const OperationTime &operation : operations) {
    total += operation.ms;
    if (operation.cost.isConvolution)
      convolutions += operation.ms;
  }
  if (total == 0)
    return;
  llvm::sort(operations, [](const OperationTime &a, const OperationTime &b) {
    return a.ms > b.ms;
  });
  int digits = getMsDigits(r.medianMs);
  os << llvm::format("operations: %.*f ms of %.*f with a clock read behind "
                     "each, %.*f without\n",
                     digits, total, digits, r.timedMs, digits, r.medianMs);
  os << "    share         ms   GFLOP/s      moved  of bound       operation "
        "(line:column)\n";
  int64_t numSmall = 0;
  for (const OperationTime &operation : operations) {
    if (operation.ms >= kRowShare * total) {
      printOperation(os, operation, total);
      continue;
    }
    numSmall += int64_t(operation.runs);
    small += operation.ms;
  }
  if (numSmall > 0)
    os << llvm::format("  %5.1f %%  %9.4f  %lld more below %.0f %% each\n",
                       100 * small / total, small,
                       static_cast<long long>(numSmall), 100 * kRowShare);
  os << llvm::format("  convolutions %.1f %%, other operations %.1f %%\n",
                     100 * convolutions / total,
                     100 * (total - convolutions) / total);
  printSlow(os, operations, total);
  os << "\n";
  os.flush();
}
