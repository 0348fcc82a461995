//===- MachineFile.h - A machine described in a file ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What `conv-tune --measure-machine --machine FILE` writes and `machine=FILE`
/// reads:
///
///   { "conv_machine": 1,                       the format's version
///     "cpu": "znver4",                         as LLVM spells it
///     "source": "measured on an AMD EPYC",     for readers
///     "l2": 1048576,                           fields of #conv.machine
///     "rates": { "l3_stall": 1.9, ... } }      rates of #conv.machine_rates
///
/// All but the version may be absent: what is absent comes from where it came
/// from without the file.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_MACHINEFILE_H
#define CONV_MACHINE_MACHINEFILE_H

#include "conv/IR/MachineRates.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mlir::conv {

struct MachineFile {
  /// Of the CPU the rest is about; empty: any.
  std::string cpu;
  std::string source;
  /// By their names in #conv.machine: n_fma to l3, without the threads.
  std::map<std::string, int64_t> fields;
  /// In the order of Rate.
  std::array<std::optional<double>, kNumRates> rates;
};

llvm::json::Object toJSON(const MachineFile &file);

/// Fails on text that is not such a file, on unknown fields, and on rates that
/// make no sense; `name` is the file's. Ranges of the other fields are checked
/// where options are.
llvm::Expected<MachineFile> parseMachineFile(llvm::StringRef text,
                                             llvm::StringRef name);

/// Likewise, and when the file cannot be read.
llvm::Expected<MachineFile> readMachineFile(llvm::StringRef path);

/// Writes the file as a whole or not at all.
llvm::Error writeMachineFile(const MachineFile &file, llvm::StringRef path);

} // namespace mlir::conv

#endif // CONV_MACHINE_MACHINEFILE_H
