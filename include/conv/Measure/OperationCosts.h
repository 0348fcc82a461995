//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What each operation of a compiled module computes and moves: the roofline it
/// is judged by, and the names of what it was made from.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_OPERATIONCOSTS_H
#define CONV_MEASURE_OPERATIONCOSTS_H

#include "conv/IR/Conv.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// What a file calls its operations, by their locations: passes keep these.
class Origins {
public:
  /// Reads the module as it was parsed, before any pass.
  explicit Origins(ModuleOp module);

  /// Of one operation of the file.
  struct Origin {
    /// Its name without `linalg.` and the like, a generic operation's with what
    /// its body computes.
    std::string kind;
    std::string place; ///< "12:5", or what the location is called.
  };

  /// Of all operations that `op` and what is in it were made from, each once.
  std::vector<Origin> find(Operation *op) const;

private:
  void collect(Location location, llvm::SetVector<unsigned> &found) const;

  std::vector<Origin> origins;
  llvm::DenseMap<Location, unsigned> byLocation;
};

/// An operation between two calls of `@conv_operation_done`.
struct OperationCost {
  int64_t number = 0; ///< What it is called with.
  /// A convolution or product, or what is done to data for one.
  bool isConvolution = false;
  std::string kind;
  std::vector<std::string> places;
  /// Of one run. Nominal for convolutions, as if all taps were inside; a
  /// function such as exp counts as what its polynomial takes.
  double flops = 0;
  /// Each element read or written, once.
  double bytes = 0;
  /// Least cycles of one core's arithmetic, and to move the bytes from where
  /// they lie.
  double arithmeticCycles = 0, memoryCycles = 0;
};

/// Reads a module that --conv-time-operations left.
std::vector<OperationCost> findOperationCosts(ModuleOp module,
                                              const Origins &origins,
                                              MachineAttr machine);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_OPERATIONCOSTS_H
