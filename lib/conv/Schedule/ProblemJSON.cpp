//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/ProblemJSON.h"

#include <tuple>
#include <vector>

using namespace mlir;
using namespace mlir::conv;
namespace json = llvm::json;

/// Calls `visit` with name and member of each extent but the batch.
template <typename ProblemT, typename VisitT>
static bool visitExtents(ProblemT &p, VisitT visit) {
  return visit("g", p.g) && visit("c", p.c) && visit("h", p.h) &&
         visit("w", p.w) && visit("k", p.k) && visit("r", p.r) &&
         visit("s", p.s) && visit("ho", p.ho) && visit("wo", p.wo);
}

/// The same with the members for rows and for columns.
template <typename ProblemT, typename VisitT>
static bool visitAxes(ProblemT &p, VisitT visit) {
  return visit("strides", p.strideH, p.strideW) &&
         visit("dilations", p.dilationH, p.dilationW) &&
         visit("low", p.lowH, p.lowW) && visit("high", p.highH, p.highW);
}

/// The same for what follows the sum.
template <typename ProblemT, typename VisitT>
static bool visitEpilogue(ProblemT &p, VisitT visit) {
  return visit("bias", p.hasBias) && visit("residual", p.hasResidual) &&
         visit("clamp", p.hasClamp);
}

json::Value mlir::conv::describeExtent(int64_t extent) {
  return ShapedType::isDynamic(extent) ? json::Value(nullptr)
                                       : json::Value(extent);
}

json::Object mlir::conv::describeProblem(const Problem &problem) {
  json::Object object{{"n", describeExtent(problem.n)}};
  auto write = [&](StringRef name, auto value) {
    object[name] = value;
    return true;
  };
  visitExtents(problem, write);
  visitAxes(problem, [&](StringRef name, int64_t rows, int64_t columns) {
    object[name] = json::Array{rows, columns};
    return true;
  });
  visitEpilogue(problem, write);
  return object;
}

bool mlir::conv::readProblem(const json::Value &value, Problem &problem,
                             json::Path path) {
  json::ObjectMapper map(value, path);
  if (!map)
    return false;
  std::optional<int64_t> n;
  if (!map.map("n", n))
    return false;
  problem.n = n.value_or(ShapedType::kDynamic);
  auto read = [&](StringLiteral name, auto &member) {
    return map.map(name, member);
  };
  auto readPair = [&](StringLiteral name, int64_t &rows, int64_t &columns) {
    std::vector<int64_t> pair;
    if (!map.map(name, pair))
      return false;
    if (pair.size() != 2) {
      path.field(name).report("expected a pair of rows and columns");
      return false;
    }
    std::tie(rows, columns) = std::pair(pair[0], pair[1]);
    return true;
  };
  return visitExtents(problem, read) && visitAxes(problem, readPair) &&
         visitEpilogue(problem, read);
}
