//===- CostNetwork.h - Choices that depend on each other --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The cheapest choice of values for variables whose costs depend on several of
/// them at once: layouts of the values of a program, say, where an operation's
/// cost depends on what it reads and writes and a conversion is paid where two
/// differ.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_COSTNETWORK_H
#define CONV_DECIDE_COSTNETWORK_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>
#include <vector>

namespace mlir::conv {

/// A sum of tables, each over a few variables with a few values each.
class CostNetwork {
public:
  /// What cannot be.
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  struct Solution {
    SmallVector<unsigned> values; ///< By variable.
    double cost = 0;
    bool exact = true; ///< No other values cost less.
  };

  /// Returns the number of a new variable with values 0 .. numValues - 1.
  unsigned addVariable(unsigned numValues);

  /// Adds `table[i]` to the cost; i counts through the values of `variables`,
  /// of the last one fastest. The variables are distinct.
  void addCost(ArrayRef<unsigned> variables, ArrayRef<double> table);

  /// Adds `cost`, once, if the values of some of `others` differ from that of
  /// `variable`; all have the same number of values. Adds a variable of its
  /// own, so that the number of `others` does not make the tables larger.
  void addCostIfAnyDiffers(unsigned variable, ArrayRef<unsigned> others,
                           double cost);

  /// Adds `weights[i]` to what a solution weighs where `variable` has value i.
  void addWeight(unsigned variable, ArrayRef<unsigned> weights);

  /// The most a solution may weigh; 0, to begin with. Sums of costs are found
  /// for each weight up to there, so that it must be small.
  void setCapacity(unsigned weight) { capacity = weight; }

  /// The cost of values for all variables: infinite where they weigh too much.
  double evaluate(ArrayRef<unsigned> values) const;

  /// The cheapest values, by elimination of one variable after the other: all
  /// tables with the variable are added, and the minimum over its values is a
  /// table over the others,
  ///
  ///   min over x, y, z of a(x, y) + b(y, z) = min over y, z of a'(y) + b(y, z)
  ///   a'(y) = min over x of a(x, y)
  ///
  /// The next variable is the one whose table is smallest. Where values have
  /// weights an entry is not one cost, but the least for each weight:
  ///
  ///   min over x, u + v <= w of a(x, u) + b(x, v)
  ///
  /// This is exact, and fast where the graph is a chain or a chain with short
  /// cuts: the tables stay small. Where all would exceed `maxEntries`, what is
  /// left is improved from several starts by changing single variables and
  /// neighbouring pairs, as long as that saves something; the solution is then
  /// not `exact`. The cost is infinite where no values are possible, or none
  /// were found.
  Solution solve(size_t maxEntries = size_t(1) << 16) const;

private:
  struct Table {
    SmallVector<unsigned> variables; ///< Ascending.
    std::vector<double> costs;
  };
  class Solver;

  /// What the values of a variable weigh.
  struct Weights {
    unsigned variable;
    SmallVector<unsigned> weights;
  };

  SmallVector<unsigned> sizes;
  std::vector<Weights> weighed;
  unsigned capacity = 0;
  std::vector<Table> tables;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_COSTNETWORK_H
