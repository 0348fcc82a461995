//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Whether the machine is what the model takes it for.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MACHINECHECK_H
#define CONV_MEASURE_MACHINECHECK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// A number of the model and the same as measured.
struct CheckedField {
  std::string name;
  int64_t modelled = 0;
  /// Nothing where the clock cannot be calibrated.
  std::optional<double> measured;

  /// More than a tenth apart.
  bool deviates() const;
};

struct MachineCheck {
  std::string cpu, host;
  /// n_fma and l_fma, at the model's n_vec.
  std::vector<CheckedField> fields;
  int64_t nVec = 0;
  double gflops = 0; ///< Of one core.
};

/// Runs chains of FMAs in a child process: many independent ones for N_fma, a
/// single one for L_fma, against the clock of a chain of integer instructions.
/// Fails when the code cannot be compiled or run.
llvm::Expected<MachineCheck> checkMachine(llvm::StringRef cpu);

llvm::json::Object toJSON(const MachineCheck &check);
bool fromJSON(const llvm::json::Value &value, MachineCheck &check,
              llvm::json::Path path);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MACHINECHECK_H
