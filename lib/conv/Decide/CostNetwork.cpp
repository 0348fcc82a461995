//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Bucket elimination (Dechter 1999), of the least costs by weight as in
/// dynamic programs for knapsacks (Bellman 1957), and iterated conditional
/// modes (Besag 1986) where its tables would grow too large.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/CostNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <optional>

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

void CostNetwork::addWeight(unsigned variable, ArrayRef<unsigned> weights) {
  assert(weights.size() == sizes[variable] && "a weight for each value");
  weighed.push_back({variable, SmallVector<unsigned>(weights)});
}

double CostNetwork::evaluate(ArrayRef<unsigned> values) const {
  assert(values.size() == sizes.size() && "a value for each variable");
  uint64_t weight = 0;
  for (const Weights &table : weighed)
    weight += table.weights[values[table.variable]];
  if (weight > capacity)
    return infinity;
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
  struct Point {
    unsigned weight;
    double cost;
  };
  /// The least costs within weights: each point weighs more than the one before
  /// it and costs less. Empty where nothing is possible.
  using Front = SmallVector<Point, 1>;
  /// Leaves out what others beat.
  static Front prune(MutableArrayRef<Point> points);
  /// The sums of a point of `a` and one of `b` that weigh at most `limit`.
  static Front add(const Front &a, const Front &b, unsigned limit);

  /// A table of costs by weight.
  struct FrontTable {
    SmallVector<unsigned> variables; ///< Ascending.
    std::vector<Front> entries;
    /// The bucket it is the minimum of; none of what the network has.
    std::optional<size_t> bucket;
  };
  /// An eliminated variable, and the tables it was in.
  struct Bucket {
    unsigned variable;
    std::vector<FrontTable> tables;
    unsigned weight = 0; ///< What its minimum may weigh in the solution.
  };

  void addTable(FrontTable table);
  /// The variables that share a table with `variable`, itself among them.
  SmallVector<unsigned> getScope(unsigned variable) const;
  /// Entries of a table over `variables`; no more than maxEntries + 1.
  size_t getEntries(ArrayRef<unsigned> variables) const;
  /// Eliminates the variable with the smallest table; false when that is too
  /// large.
  bool eliminateOne();
  const Front &getFront(const FrontTable &table,
                        ArrayRef<unsigned> values) const {
    return table.entries[getIndex(table.variables, values, sizes)];
  }
  /// The sum of what `among` have for `values`, within `limit`.
  Front sum(ArrayRef<FrontTable> among, ArrayRef<unsigned> values,
            unsigned limit) const;
  /// Divides `limit` among the buckets whose minima are in `among`, so that the
  /// sum for `values` is least.
  void divide(ArrayRef<FrontTable> among, ArrayRef<unsigned> values,
              unsigned limit);
  /// Values for the variables that are left.
  void improve(SmallVectorImpl<unsigned> &values) const;
  void improveFrom(SmallVectorImpl<unsigned> &values) const;
  /// The least cost of the tables that are left.
  double evaluate(ArrayRef<unsigned> values) const {
    Front front = sum(tables, values, capacity);
    return front.empty() ? infinity : front.back().cost;
  }

  ArrayRef<unsigned> sizes;
  unsigned capacity;
  size_t maxEntries;
  /// Those of eliminated variables are zero.
  std::vector<FrontTable> tables;
  /// By variable: its tables, and the entries of its scope. Eliminated ones
  /// have none.
  std::vector<SmallVector<unsigned>> uses;
  std::vector<size_t> entries;
  std::vector<bool> left;
  std::vector<Bucket> buckets; ///< In order of elimination.
};

CostNetwork::Solver::Front
CostNetwork::Solver::prune(MutableArrayRef<Point> points) {
  llvm::sort(points, [](const Point &a, const Point &b) {
    return std::pair(a.weight, a.cost) < std::pair(b.weight, b.cost);
  });
  Front front;
  for (const Point &point : points)
    if (point.cost < (front.empty() ? infinity : front.back().cost))
      front.push_back(point);
  return front;
}

CostNetwork::Solver::Front
CostNetwork::Solver::add(const Front &a, const Front &b, unsigned limit) {
  std::vector<double> least(size_t(limit) + 1, infinity);
  for (const Point &x : a)
    for (const Point &y : b) {
      uint64_t weight = uint64_t(x.weight) + y.weight;
      if (weight > limit)
        break;
      least[weight] = std::min(least[weight], x.cost + y.cost);
    }
  Front sum;
  for (auto [weight, cost] : llvm::enumerate(least))
    if (cost < (sum.empty() ? infinity : sum.back().cost))
      sum.push_back({unsigned(weight), cost});
  return sum;
}

/// An entry with costs by weight is so many times as large as one without that
/// fewer are admitted. Chosen: a chain's tables have some points per entry.
static constexpr size_t kEntriesPerFront = 64;

CostNetwork::Solver::Solver(const CostNetwork &network, size_t maxEntries)
    : sizes(network.sizes), capacity(network.capacity),
      maxEntries(network.weighed.empty()
                     ? maxEntries
                     : llvm::divideCeil(maxEntries, kEntriesPerFront)),
      uses(sizes.size()), left(sizes.size(), true) {
  auto addFronts = [&](ArrayRef<unsigned> variables, auto values,
                       auto getPoint) {
    FrontTable table;
    table.variables.assign(variables.begin(), variables.end());
    for (auto value : values) {
      Point point = getPoint(value);
      bool possible = point.cost < infinity && point.weight <= capacity;
      table.entries.push_back(possible ? Front{point} : Front());
    }
    addTable(std::move(table));
  };
  for (const Table &table : network.tables)
    addFronts(table.variables, ArrayRef(table.costs),
              [](double cost) { return Point{0, cost}; });
  for (const Weights &table : network.weighed)
    addFronts(table.variable, ArrayRef(table.weights),
              [](unsigned weight) { return Point{weight, 0}; });
  for (unsigned variable = 0; variable < sizes.size(); ++variable)
    entries.push_back(getEntries(getScope(variable)));
}

void CostNetwork::Solver::addTable(FrontTable table) {
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

CostNetwork::Solver::Front CostNetwork::Solver::sum(ArrayRef<FrontTable> among,
                                                    ArrayRef<unsigned> values,
                                                    unsigned limit) const {
  // Most have one point.
  uint64_t weight = 0;
  double cost = 0;
  SmallVector<const Front *> fronts;
  for (const FrontTable &table : among) {
    const Front &front = getFront(table, values);
    if (front.empty())
      return {};
    if (front.size() > 1) {
      fronts.push_back(&front);
      continue;
    }
    weight += front.front().weight;
    cost += front.front().cost;
  }
  if (weight > limit)
    return {};
  Front result{{unsigned(weight), cost}};
  for (const Front *front : fronts)
    result = add(result, *front, limit);
  return result;
}

bool CostNetwork::Solver::eliminateOne() {
  std::optional<unsigned> best;
  for (unsigned variable = 0; variable < sizes.size(); ++variable)
    if (left[variable] && (!best || entries[variable] < entries[*best]))
      best = variable;
  if (!best || entries[*best] > maxEntries)
    return false;

  SmallVector<unsigned> scope = getScope(*best);
  Bucket bucket{*best, {}};
  const FrontTable zero{{}, {Front{{0, 0}}}, std::nullopt};
  for (unsigned use : SmallVector<unsigned>(uses[*best])) {
    for (unsigned variable : tables[use].variables)
      llvm::erase(uses[variable], use);
    bucket.tables.push_back(std::exchange(tables[use], zero));
  }
  FrontTable result;
  result.bucket = buckets.size();
  llvm::copy_if(scope, std::back_inserter(result.variables),
                [&](unsigned variable) { return variable != *best; });
  SmallVector<unsigned> values(sizes.size(), 0);
  do {
    SmallVector<Point> points;
    for (unsigned value = 0; value < sizes[*best]; ++value) {
      values[*best] = value;
      llvm::append_range(points, sum(bucket.tables, values, capacity));
    }
    result.entries.push_back(prune(points));
  } while (advance(values, result.variables, sizes));
  left[*best] = false;
  addTable(std::move(result));
  for (unsigned variable : scope)
    entries[variable] = getEntries(getScope(variable));
  buckets.push_back(std::move(bucket));
  return true;
}

void CostNetwork::Solver::divide(ArrayRef<FrontTable> among,
                                 ArrayRef<unsigned> values, unsigned limit) {
  // The sums of the first tables, each with one more.
  SmallVector<Front> sums{Front{{0, 0}}};
  for (const FrontTable &table : among)
    sums.push_back(add(sums.back(), getFront(table, values), limit));
  if (sums.back().empty())
    return;
  Point rest = sums.back().back();
  for (size_t i = among.size(); i-- > 0;) {
    // The points `rest` is the sum of.
    auto findParts = [&]() -> std::pair<Point, Point> {
      for (const Point &before : sums[i])
        for (const Point &own : getFront(among[i], values))
          if (before.weight + own.weight == rest.weight &&
              before.cost + own.cost == rest.cost)
            return {before, own};
      llvm_unreachable("a sum without parts");
    };
    auto [before, own] = findParts();
    if (among[i].bucket)
      buckets[*among[i].bucket].weight = own.weight;
    rest = before;
  }
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
  divide(tables, solution.values, capacity);
  // What was eliminated last has neighbours with known values only.
  for (const Bucket &bucket : llvm::reverse(buckets)) {
    double cheapest = infinity;
    unsigned best = 0;
    for (unsigned value = 0; value < sizes[bucket.variable]; ++value) {
      solution.values[bucket.variable] = value;
      Front front = sum(bucket.tables, solution.values, bucket.weight);
      // Of equal ones the first.
      if (!front.empty() && front.back().cost < cheapest) {
        cheapest = front.back().cost;
        best = value;
      }
    }
    solution.values[bucket.variable] = best;
    divide(bucket.tables, solution.values, bucket.weight);
  }
  return solution;
}

CostNetwork::Solution CostNetwork::solve(size_t maxEntries) const {
  Solution solution = Solver(*this, maxEntries).solve();
  solution.cost = evaluate(solution.values);
  return solution;
}
