//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/MachineReport.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

static double getProbeRate(const json::Object &machine) {
  return machine.getNumber("probe_fma_per_cycle").value_or(0);
}

void bench::printMachine(llvm::raw_ostream &os, const json::Object &machine) {
  double rate = getProbeRate(machine);
  os << llvm::formatv("{0}, code for {1}: {2} FMA/cycle x {3} lanes, {4:f1} "
                      "GFLOP/s measured per core",
                      machine.getString("host").value_or("host"),
                      machine.getString("cpu").value_or(""),
                      machine.getInteger("n_fma").value_or(0),
                      machine.getInteger("n_vec").value_or(0),
                      machine.getNumber("probe_gflops").value_or(0));
  if (rate > 0)
    os << llvm::formatv(" ({0:f2} FMA/cycle)", rate);
  os << "\n\n";
  os.flush();
}

std::string bench::getProbeWarning(const json::Object &machine) {
  double rate = getProbeRate(machine);
  int64_t nFma = machine.getInteger("n_fma").value_or(0);
  if (rate <= 0 || rate >= 0.97 * nFma)
    return "";
  return llvm::formatv("the peak probe reached only {0:f2} of {1} FMA per "
                       "cycle: fractions of peak are too high",
                       rate, nFma);
}

void bench::printMachine(llvm::raw_ostream &os, const MachineCheck &check) {
  os << (check.host.empty() ? "host" : check.host) << ", code for " << check.cpu
     << ", " << check.nVec << " lanes:";
  for (const CheckedField &field : check.fields) {
    os << " " << field.name << " = " << field.modelled;
    if (field.measured)
      os << llvm::format(" (measured %.2f)", *field.measured);
    os << ",";
  }
  os << llvm::format(" %.1f GFLOP/s per core\n", check.gflops);
  os.flush();
}

std::vector<std::string> bench::getWarnings(const MachineCheck &check) {
  std::vector<std::string> warnings;
  for (const CheckedField &field : check.fields)
    if (field.deviates())
      warnings.push_back(llvm::formatv(
          "{0} is {1:F2} here, the model of '{2}' says {3}: other work on this "
          "core, or a wrong model",
          field.name, *field.measured, check.cpu, field.modelled));
  return warnings;
}

void bench::printRates(llvm::raw_ostream &os, const MeasuredRates &measured) {
  for (auto [info, value] : llvm::zip(getRateInfos(), measured.file.rates))
    if (value)
      os << llvm::formatv("{0,-16} {1,10:F3}  {2}\n", info.name, *value,
                          info.unit);
  os << llvm::formatv("{0} samples: predictions off by {1:F1} %, before {2:F1} "
                      "% (geometric mean)\n",
                      measured.numSamples, 100 * measured.errorAfter,
                      100 * measured.errorBefore);
}

void bench::printPeer(llvm::raw_ostream &os, const json::Object &peer) {
  os << "peer: " << getPeerTitle(peer);
  if (auto core = peer.getString("core"))
    os << ", kernels for " << *core;
  if (auto forced = peer.getString("core_forced"))
    os << " (" << *forced << ")";
  if (auto fraction = peer.getNumber("sgemm_fraction"))
    os << llvm::format(", sgemm(1024) at %.1f %% of peak", 100 * *fraction);
  os << "\n\n";
}

std::string bench::getPeerTitle(const json::Object &peer) {
  return (peer.getString("name").value_or("") + " " +
          peer.getString("version").value_or(""))
      .str();
}
