//===- cost-network-test.cpp - Elimination against brute force ------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/CostNetwork.h"
#include "conv/Decide/ErrorBudget.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <random>

using namespace mlir;
using namespace mlir::conv;

static int failures = 0;

static void check(bool condition, const llvm::Twine &what) {
  if (condition)
    return;
  ++failures;
  llvm::errs() << "failed: " << what << "\n";
}

static std::mt19937 generator(7);

static unsigned draw(unsigned low, unsigned high) {
  return std::uniform_int_distribution<unsigned>(low, high)(generator);
}

/// Whole numbers, so that sums are the same in any order.
static std::vector<double> drawTable(size_t entries, bool impossible) {
  std::vector<double> table;
  for (size_t i = 0; i < entries; ++i)
    table.push_back(impossible && draw(0, 9) == 0 ? CostNetwork::infinity
                                                  : draw(0, 100));
  return table;
}

namespace {
struct Case {
  CostNetwork network;
  std::vector<unsigned> sizes;

  unsigned add(unsigned size) {
    sizes.push_back(size);
    return network.addVariable(size);
  }
  /// The least cost of all values there are.
  double getLeast() const {
    std::vector<unsigned> values(sizes.size(), 0);
    double least = CostNetwork::infinity;
    while (true) {
      least = std::min(least, network.evaluate(values));
      size_t i = 0;
      for (; i < sizes.size() && ++values[i] == sizes[i]; ++i)
        values[i] = 0;
      if (i == sizes.size())
        return least;
    }
  }
};
} // namespace

/// Tables over random variables, in random order.
static Case drawCase() {
  Case c;
  unsigned variables = draw(1, 8);
  for (unsigned i = 0; i < variables; ++i)
    c.add(draw(1, 3));
  unsigned tables = draw(0, 10);
  for (unsigned t = 0; t < tables; ++t) {
    std::vector<unsigned> scope;
    for (unsigned i = 0; i < variables; ++i)
      scope.push_back(i);
    std::shuffle(scope.begin(), scope.end(), generator);
    scope.resize(draw(1, std::min(3u, variables)));
    size_t entries = 1;
    for (unsigned variable : scope)
      entries *= c.sizes[variable];
    c.network.addCost(scope, drawTable(entries, /*impossible=*/true));
  }
  return c;
}

/// Like a network with residuals: values with two layouts, costs between
/// neighbours, conversions shared by several readers.
static Case drawLayouts() {
  Case c;
  unsigned values = draw(2, 9);
  for (unsigned i = 0; i < values; ++i)
    c.add(2);
  for (unsigned i = 0; i + 1 < values; ++i)
    c.network.addCost({i, i + 1}, drawTable(4, /*impossible=*/false));
  for (unsigned i = 0; i < values; ++i) {
    std::vector<unsigned> readers;
    for (unsigned j = i + 1; j < values; ++j)
      if (draw(0, 2) == 0)
        readers.push_back(j);
    if (readers.empty())
      continue;
    c.network.addCostIfAnyDiffers(i, readers, draw(0, 80));
    c.sizes.push_back(2);
  }
  return c;
}

static void checkAgainstBruteForce(const Case &c, unsigned number) {
  double least = c.getLeast();
  CostNetwork::Solution solution = c.network.solve();
  check(solution.exact, "case " + llvm::Twine(number) + ": not exact");
  check(solution.cost == least, llvm::formatv("case {0}: {1} instead of {2}",
                                              number, solution.cost, least)
                                    .str());
  check(solution.cost == c.network.evaluate(solution.values),
        "case " + llvm::Twine(number) + ": cost of other values");
  // Without room for tables: never better than the least, never out of range.
  CostNetwork::Solution rough = c.network.solve(/*maxEntries=*/2);
  check(rough.cost >= least && rough.cost == c.network.evaluate(rough.values),
        "case " + llvm::Twine(number) + ": heuristic");
  if (rough.exact)
    check(rough.cost == least, "case " + llvm::Twine(number) + ": said exact");
}

/// One conversion serves all readers, and is paid if one differs.
static void checkSharedConversion() {
  for (unsigned readers : {1u, 2u, 40u}) {
    CostNetwork network;
    unsigned producer = network.addVariable(2);
    std::vector<unsigned> others;
    for (unsigned i = 0; i < readers; ++i)
      others.push_back(network.addVariable(2));
    network.addCostIfAnyDiffers(producer, others, 5);
    // The producer wants 0, all readers want 1.
    network.addCost({producer}, {0, 7});
    for (unsigned reader : others)
      network.addCost({reader}, {3, 0});
    CostNetwork::Solution solution = network.solve();
    double least = std::min({3.0 * readers, 5.0, 7.0});
    check(solution.exact && solution.cost == least,
          llvm::formatv("{0} readers cost {1}", readers, solution.cost).str());
  }
}

/// Networks of eight convolutions with algorithms that round differently: each
/// has costs by algorithm and layouts, and errors by algorithm. Within a bound
/// on the sum of errors, which may be too tight for anything.
static void checkWeights() {
  for (unsigned number = 0; number < 200; ++number) {
    constexpr unsigned convolutions = 8;
    Case c;
    std::vector<unsigned> layouts, algorithms;
    for (unsigned i = 0; i <= convolutions; ++i)
      layouts.push_back(c.add(2));
    unsigned least = 0, most = 0;
    for (unsigned i = 0; i < convolutions; ++i) {
      algorithms.push_back(c.add(draw(1, 3)));
      unsigned size = c.sizes.back();
      // Some have a short cut around them.
      unsigned input = layouts[draw(0, 3) == 0 ? i / 2 : i];
      c.network.addCost({algorithms[i], input, layouts[i + 1]},
                        drawTable(size_t(size) * 4, /*impossible=*/true));
      std::vector<unsigned> errors;
      for (unsigned a = 0; a < size; ++a)
        errors.push_back(draw(0, 300));
      c.network.addWeight(algorithms[i], errors);
      least += *std::min_element(errors.begin(), errors.end());
      most += *std::max_element(errors.begin(), errors.end());
    }
    c.network.setCapacity(draw(least / 2, most));
    checkAgainstBruteForce(c, 1000 + number);
  }
}

/// Eight convolutions under a bound on their errors together: the choice keeps
/// the bound, and none that is further within it, by what rounding to parts of
/// the budget may cost, is cheaper.
static void checkErrorBudget() {
  constexpr unsigned convolutions = 8;
  for (unsigned number = 0; number < 200; ++number) {
    double bound = draw(60, 240) / 100.0;
    ErrorBudget budget(bound);
    std::vector<std::vector<double>> errors, costs;
    for (unsigned i = 0; i < convolutions; ++i) {
      errors.push_back({0.7, 1});
      costs.push_back(drawTable(2, /*impossible=*/false));
      if (draw(0, 1)) {
        errors.back().push_back(2);
        costs.back().push_back(draw(0, 50));
      }
      budget.add(draw(0, 3000), 0.7);
    }
    if (!budget.isPossible()) {
      check(bound < 0.7, llvm::formatv("bound {0} is possible", bound).str());
      continue;
    }
    CostNetwork network;
    network.setCapacity(ErrorBudget::kParts);
    for (unsigned i = 0; i < convolutions; ++i) {
      network.addCost(network.addVariable(costs[i].size()), costs[i]);
      network.addWeight(i, budget.getWeights(i, errors[i]));
    }
    CostNetwork::Solution solution = network.solve();
    auto getError = [&](llvm::ArrayRef<unsigned> values) {
      std::vector<double> chosen;
      for (unsigned i = 0; i < convolutions; ++i)
        chosen.push_back(errors[i][values[i]]);
      return budget.getError(chosen);
    };
    check(getError(solution.values) <= bound * (1 + 1e-6),
          llvm::formatv("errors of {0} within {1}", getError(solution.values),
                        bound)
              .str());
    // Each choice may lose a part of the budget to rounding.
    double parts = double(convolutions) / ErrorBudget::kParts;
    double strict =
        std::sqrt(bound * bound - parts * (bound * bound - 0.7 * 0.7));
    std::vector<unsigned> values(convolutions, 0);
    double least = CostNetwork::infinity;
    for (size_t i = 0; i < convolutions;) {
      double cost = 0;
      for (unsigned j = 0; j < convolutions; ++j)
        cost += costs[j][values[j]];
      if (cost < least && getError(values) <= strict)
        least = cost;
      for (i = 0; i < convolutions && ++values[i] == costs[i].size(); ++i)
        values[i] = 0;
    }
    check(solution.cost <= least,
          llvm::formatv("{0} within a bound of {1}, {2} within {3}",
                        solution.cost, bound, least, strict)
              .str());
  }
}

/// What is worth its weight, of many that have nothing in common.
static void checkKnapsack() {
  CostNetwork network;
  constexpr unsigned items = 60;
  for (unsigned i = 0; i < items; ++i) {
    unsigned item = network.addVariable(2);
    network.addCost(item, {double(1 + i % 3), 0});
    network.addWeight(item, {0, 10});
  }
  // Room for 25: twenty that cost 3 and five that cost 2.
  network.setCapacity(259);
  CostNetwork::Solution solution = network.solve();
  double all = items / 3 * (1 + 2 + 3);
  check(solution.exact && solution.cost == all - 20 * 3 - 5 * 2,
        llvm::formatv("the knapsack costs {0}", solution.cost).str());
}

/// A chain of thousands, and one with short cuts of a residual network.
static void checkLongChains() {
  for (unsigned shortCut : {0u, 4u}) {
    CostNetwork network;
    constexpr unsigned length = 2000;
    for (unsigned i = 0; i < length; ++i)
      network.addVariable(2);
    for (unsigned i = 0; i + 1 < length; ++i)
      network.addCost({i, i + 1}, {2, 1, 1, 2});
    if (shortCut)
      for (unsigned i = 0; i + shortCut < length; i += shortCut)
        network.addCost({i, i + shortCut}, {0, 9, 9, 0});
    CostNetwork::Solution solution = network.solve();
    // Neighbours differ everywhere, which agrees with even short cuts.
    check(solution.exact && solution.cost == length - 1,
          llvm::formatv("chain with short cuts of {0} costs {1}", shortCut,
                        solution.cost)
              .str());
  }
}

/// A grid is too wide; the heuristic finds what two starts show it.
static void checkGrid() {
  CostNetwork network;
  constexpr unsigned side = 24;
  for (unsigned i = 0; i < side * side; ++i) {
    network.addVariable(2);
    network.addCost({i}, {1, 0});
  }
  for (unsigned y = 0; y < side; ++y)
    for (unsigned x = 0; x < side; ++x) {
      if (x + 1 < side)
        network.addCost({y * side + x, y * side + x + 1}, {0, 3, 3, 0});
      if (y + 1 < side)
        network.addCost({y * side + x, (y + 1) * side + x}, {0, 3, 3, 0});
    }
  CostNetwork::Solution solution = network.solve(/*maxEntries=*/64);
  check(!solution.exact, "the grid was not too wide");
  check(solution.cost == 0, "the grid's heuristic");
}

int main() {
  for (unsigned i = 0; i < 500; ++i)
    checkAgainstBruteForce(drawCase(), i);
  for (unsigned i = 500; i < 1000; ++i)
    checkAgainstBruteForce(drawLayouts(), i);
  checkSharedConversion();
  checkWeights();
  checkErrorBudget();
  checkKnapsack();
  checkLongChains();
  checkGrid();
  CostNetwork empty;
  check(empty.solve().exact && empty.solve().cost == 0, "nothing to choose");
  if (failures == 0)
    llvm::outs() << "all choices agree\n";
  return failures != 0;
}
