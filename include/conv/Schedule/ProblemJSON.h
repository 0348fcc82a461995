//===- ProblemJSON.h - Problems as JSON -------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What records, requests to child processes and reports write of a problem:
/// its extents and its epilogue. Layouts and distances in memory are for
/// whoever needs them to add.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_PROBLEMJSON_H
#define CONV_SCHEDULE_PROBLEMJSON_H

#include "conv/Schedule/Problem.h"

#include "llvm/Support/JSON.h"

namespace mlir::conv {

/// An object of n (null: not known), g, c, h, w, k, r, s, ho, wo; strides,
/// dilations, low and high as pairs of rows and columns; bias, residual, clamp.
llvm::json::Object describeProblem(const Problem &problem);

/// Reads the same into `problem`.
bool readProblem(const llvm::json::Value &value, Problem &problem,
                 llvm::json::Path path);

/// `extent`, or null where only the program knows it.
llvm::json::Value describeExtent(int64_t extent);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_PROBLEMJSON_H
