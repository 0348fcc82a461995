//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What people read about the machine and the library compared with.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MACHINEREPORT_H
#define CONV_MEASURE_MACHINEREPORT_H

#include "conv/Measure/MachineCheck.h"
#include "conv/Measure/MeasureRates.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace mlir::conv::bench {

/// One line about what describeMachine() found.
void printMachine(llvm::raw_ostream &os, const llvm::json::Object &machine);

/// Says that the probe missed the peak; empty when it did not.
std::string getProbeWarning(const llvm::json::Object &machine);

/// One line about what checkMachine() found.
void printMachine(llvm::raw_ostream &os, const MachineCheck &check);

/// Says of each number that is not the model's how far it is off.
std::vector<std::string> getWarnings(const MachineCheck &check);

/// What measureRates() found, a line per rate, and how well it predicts.
void printRates(llvm::raw_ostream &os, const MeasuredRates &measured);

/// One line about what describePeer() found.
void printPeer(llvm::raw_ostream &os, const llvm::json::Object &peer);

/// "oneDNN 2.6.3".
std::string getPeerTitle(const llvm::json::Object &peer);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MACHINEREPORT_H
