//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bucket elimination (Dechter 1999), and iterated conditional modes (Besag
/// 1986) where its tables would grow too large.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/CostNetwork.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

unsigned CostNetwork::addVariable(unsigned numValues) {
  assert(numValues > 0 && "a variable without a value");
  sizes.push_back(numValues);
  return sizes.size() - 1;
}

/// Counts through the values of `variables`, of the last one fastest.
static bool advance(MutableArrayRef<unsigned> values,
                    ArrayRef<unsigned> variables, ArrayRef<unsigned> sizes) {
  for (unsigned variable : llvm::reverse(variables)) {
    if (++values[variable] < sizes[variable])
      return true;
    values[variable] = 0;
  }
  return false;
}

/// Position of `values` in a table over `variables`.
static size_t getIndex(ArrayRef<unsigned> variables, ArrayRef<unsigned> values,
                       ArrayRef<unsigned> sizes) {
  size_t index = 0;
  for (unsigned variable : variables)
    index = index * sizes[variable] + values[variable];
  return index;
}

void CostNetwork::addCost(ArrayRef<unsigned> variables,
                          ArrayRef<double> table) {
  Table sorted;
  sorted.variables.assign(variables.begin(), variables.end());
  llvm::sort(sorted.variables);
  assert(llvm::adjacent_find(sorted.variables) == sorted.variables.end() &&
         "a variable twice");
  sorted.costs.resize(table.size());
  SmallVector<unsigned> values(sizes.size(), 0);
  for (double cost : table) {
    sorted.costs[getIndex(sorted.variables, values, sizes)] = cost;
    advance(values, variables, sizes);
  }
  tables.push_back(std::move(sorted));
}

void CostNetwork::addCostIfAnyDiffers(unsigned variable,
                                      ArrayRef<unsigned> others, double cost) {
  if (others.empty())
    return;
  unsigned paid = addVariable(2);
  addCost({paid}, {0, cost});
  for (unsigned other : others) {
    assert(sizes[other] == sizes[variable] && "other values");
    if (other == variable)
      continue;
    SmallVector<double> table;
    for (unsigned a = 0; a < sizes[variable]; ++a)
      for (unsigned b = 0; b < sizes[other]; ++b) {
        table.push_back(a == b ? 0 : infinity);
        table.push_back(0);
      }
    addCost({variable, other, paid}, table);
  }
}

double CostNetwork::evaluate(ArrayRef<unsigned> values) const {
  assert(values.size() == sizes.size() && "a value for each variable");
  double cost = 0;
  for (const Table &table : tables)
    cost += table.costs[getIndex(table.variables, values, sizes)];
  return cost;
}

/// Tables whose variables become fewer.
class CostNetwork::Solver {
public:
  Solver(const CostNetwork &network, size_t maxEntries);

  Solution solve();

private:
  void addTable(Table table);
  /// The variables that share a table with `variable`, itself among them.
  SmallVector<unsigned> getScope(unsigned variable) const;
  /// Entries of a table over `variables`; no more than maxEntries + 1.
  size_t getEntries(ArrayRef<unsigned> variables) const;
  /// Eliminates the variable with the smallest table; false when that is too
  /// large.
  bool eliminateOne();
  /// Values for the variables that are left.
  void improve(SmallVectorImpl<unsigned> &values) const;
  void improveFrom(SmallVectorImpl<unsigned> &values) const;
  /// The cost of the tables that are left.
  double evaluate(ArrayRef<unsigned> values) const;

  ArrayRef<unsigned> sizes;
  size_t maxEntries;
  /// Those of eliminated variables are empty.
  std::vector<Table> tables;
  /// By variable: its tables, and the entries of its scope. Eliminated ones
  /// have none.
  std::vector<SmallVector<unsigned>> uses;
  std::vector<size_t> entries;
  std::vector<bool> left;
  /// Eliminated variables and the tables they were in, in order.
  std::vector<std::pair<unsigned, std::vector<Table>>> buckets;
};

CostNetwork::Solver::Solver(const CostNetwork &network, size_t maxEntries)
    : sizes(network.sizes), maxEntries(maxEntries), uses(sizes.size()),
      left(sizes.size(), true) {
  for (const Table &table : network.tables)
    addTable(table);
  for (unsigned variable = 0; variable < sizes.size(); ++variable)
    entries.push_back(getEntries(getScope(variable)));
}

void CostNetwork::Solver::addTable(Table table) {
  for (unsigned variable : table.variables)
    uses[variable].push_back(tables.size());
  tables.push_back(std::move(table));
}

SmallVector<unsigned> CostNetwork::Solver::getScope(unsigned variable) const {
  SmallVector<unsigned> scope{variable};
  for (unsigned use : uses[variable])
    llvm::append_range(scope, tables[use].variables);
  llvm::sort(scope);
  scope.erase(llvm::unique(scope), scope.end());
  return scope;
}

size_t CostNetwork::Solver::getEntries(ArrayRef<unsigned> variables) const {
  size_t product = 1;
  for (unsigned variable : variables) {
    product *= sizes[variable];
    if (product > maxEntries)
      return maxEntries + 1;
  }
  return product;
}

bool CostNetwork::Solver::eliminateOne() {
  std::optional<unsigned> best;
  for (unsigned variable = 0; variable < sizes.size(); ++variable)
    if (left[variable] && (!best || entries[variable] < entries[*best]))
      best = variable;
  if (!best || entries[*best] > maxEntries)
    return false;

  SmallVector<unsigned> scope = getScope(*best);
  std::vector<Table> bucket;
  for (unsigned use : SmallVector<unsigned>(uses[*best])) {
    for (unsigned variable : tables[use].variables)
      llvm::erase(uses[variable], use);
    bucket.push_back(std::exchange(tables[use], Table{{}, {0.0}}));
  }
  Table result;
  llvm::copy_if(scope, std::back_inserter(result.variables),
                [&](unsigned variable) { return variable != *best; });
  SmallVector<unsigned> values(sizes.size(), 0);
  do {
    double cheapest = infinity;
    for (unsigned value = 0; value < sizes[*best]; ++value) {
      values[*best] = value;
      double cost = 0;
      for (const Table &table : bucket)
        cost += table.costs[getIndex(table.variables, values, sizes)];
      cheapest = std::min(cheapest, cost);
    }
    result.costs.push_back(cheapest);
  } while (advance(values, result.variables, sizes));
  left[*best] = false;
  addTable(std::move(result));
  for (unsigned variable : scope)
    entries[variable] = getEntries(getScope(variable));
  buckets.push_back({*best, std::move(bucket)});
  return true;
}

double CostNetwork::Solver::evaluate(ArrayRef<unsigned> values) const {
  double cost = 0;
  for (const Table &table : tables)
    cost += table.costs[getIndex(table.variables, values, sizes)];
  return cost;
}

void CostNetwork::Solver::improveFrom(SmallVectorImpl<unsigned> &values) const {
  // Each variable alone and with each neighbour.
  SmallVector<SmallVector<unsigned>> moves;
  for (unsigned variable = 0; variable < sizes.size(); ++variable) {
    if (!left[variable])
      continue;
    moves.push_back({variable});
    for (unsigned other : getScope(variable))
      if (other > variable)
        moves.push_back({variable, other});
  }
  double cost = evaluate(values);
  for (bool changed = true; changed;) {
    changed = false;
    for (ArrayRef<unsigned> move : moves) {
      SmallVector<unsigned> candidate(values.begin(), values.end());
      for (unsigned variable : move)
        candidate[variable] = 0;
      do {
        double candidateCost = evaluate(candidate);
        if (candidateCost >= cost)
          continue;
        cost = candidateCost;
        values.assign(candidate.begin(), candidate.end());
        changed = true;
      } while (advance(candidate, move, sizes));
    }
  }
}

void CostNetwork::Solver::improve(SmallVectorImpl<unsigned> &values) const {
  // Starts: each value for all variables that have it.
  SmallVector<unsigned> best;
  unsigned most = *llvm::max_element(sizes);
  for (unsigned value = 0; value < most; ++value) {
    SmallVector<unsigned> start;
    for (unsigned size : sizes)
      start.push_back(std::min(value, size - 1));
    improveFrom(start);
    if (best.empty() || evaluate(start) < evaluate(best))
      best = start;
  }
  values.assign(best.begin(), best.end());
}

CostNetwork::Solution CostNetwork::Solver::solve() {
  while (eliminateOne())
    ;
  Solution solution;
  solution.values.assign(sizes.size(), 0);
  solution.exact = !llvm::is_contained(left, true);
  if (!solution.exact)
    improve(solution.values);
  // What was eliminated last has neighbours with known values only.
  for (auto &[variable, bucket] : llvm::reverse(buckets)) {
    double cheapest = infinity;
    unsigned best = 0;
    for (unsigned value = 0; value < sizes[variable]; ++value) {
      solution.values[variable] = value;
      double cost = 0;
      for (const Table &table : bucket)
        cost += table.costs[getIndex(table.variables, solution.values, sizes)];
      // Of equal ones the first.
      if (cost < cheapest) {
        cheapest = cost;
        best = value;
      }
    }
    solution.values[variable] = best;
  }
  return solution;
}

CostNetwork::Solution CostNetwork::solve(size_t maxEntries) const {
  Solution solution = Solver(*this, maxEntries).solve();
  solution.cost = evaluate(solution.values);
  return solution;
}
