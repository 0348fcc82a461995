//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/ErrorBudget.h"

#include "conv/Schedule/Problem.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mlir::conv;

/// What sums of doubles are wrong by, with room to spare: a choice that just
/// meets the bound meets it.
static constexpr double kTolerance = 1e-9;

double mlir::conv::getSumVariance(const Problem &problem) {
  if (problem.types && problem.types->acc != ElementKind::F32)
    return 0;
  return double(problem.c) * double(problem.r) * double(problem.s);
}

void ErrorBudget::add(double variance, double least) {
  convolutions.push_back({variance, least});
}

double ErrorBudget::getError(llvm::ArrayRef<double> errors) const {
  double sum = 0, plain = 0;
  for (auto [convolution, error] : llvm::zip_equal(convolutions, errors)) {
    sum += error * error * convolution.variance;
    plain += convolution.variance;
  }
  return plain == 0 ? 0 : std::sqrt(sum / plain);
}

double ErrorBudget::getLeast() const {
  return getError(llvm::map_to_vector(
      convolutions, [](const Convolution &c) { return c.least; }));
}

bool ErrorBudget::isPossible() const {
  return getLeast() <= bound * (1 + kTolerance);
}

llvm::SmallVector<unsigned>
ErrorBudget::getWeights(size_t index, llvm::ArrayRef<double> errors) const {
  double budget = 0;
  for (const Convolution &c : convolutions)
    budget += (bound * bound - c.least * c.least) * c.variance;
  const Convolution &c = convolutions[index];
  return llvm::map_to_vector(errors, [&](double error) -> unsigned {
    double more = (error * error - c.least * c.least) * c.variance;
    if (more <= 0)
      return 0;
    double parts = std::ceil(kParts * more / budget * (1 - kTolerance));
    return budget > 0 && parts <= kParts ? unsigned(parts) : kParts + 1;
  });
}
