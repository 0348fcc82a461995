//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The plain definition in C++, on integer-valued data, which any order of
/// summation computes exactly.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_REFERENCE_H
#define CONV_MEASURE_REFERENCE_H

#include "conv/IR/Winograd.h"
#include "conv/Layers/Kernel.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// How an operand is filled: with integers of magnitude `amplitude` at most,
/// the one at index i by a hash of seed + i.
struct OperandFill {
  int64_t amplitude;
  uint64_t seed;
};

/// Of all operands.
struct ReferenceFills {
  OperandFill input, filter, bias, residual;
};
ReferenceFills getReferenceFills(const KernelSpec &spec);

/// The sum of integers, each times a hash of its index, modulo 2^64: what a
/// machine that has no reference compares its own result with.
uint64_t getDigest(llvm::ArrayRef<float> values);

/// Operands of a kernel in its own layout, and the exact result. Values are
/// integers so small that no sum of products' magnitudes reaches 2^24.
struct ReferenceData {
  std::vector<float> input, filter, bias, residual, output;

  /// Fills the operands; computes `output` when `withOutput`.
  ReferenceData(const KernelSpec &spec, bool withOutput);
};

/// How far from the exact result a kernel may be that computes by the points of
/// `tile` rather than by a sum of products; 0 without a tile.
double getErrorBound(const KernelSpec &spec, const ReferenceData &data,
                     std::optional<WinogradTile> tile);

/// Compares values, which may be `bound` apart. Empty when all are near, else
/// which element differs and how many.
std::string compareWithin(const Operand &operand, const float *got,
                          const std::vector<float> &want, double bound);

/// Compares bit for bit, but for the sign of zero. Empty when equal, else which
/// element differs and how many.
std::string compareExactly(const Operand &operand, const float *got,
                           const std::vector<float> &want);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_REFERENCE_H
