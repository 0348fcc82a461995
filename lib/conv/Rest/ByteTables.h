//===- ByteTables.h - Tables that bytes are looked up in --------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `tensor.extract` from a table of bytes at a place that follows from a byte,
/// which is what `tosa.table` becomes: by shuffles of bytes, since no CPU
/// gathers such.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_BYTETABLES_H
#define CONV_REST_BYTETABLES_H

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <array>
#include <optional>

namespace mlir::conv {

/// Bytes of a row of the table: what one shuffle looks up.
constexpr int64_t kTableRow = 16;

/// What is looked up in a table.
struct ByteLookup {
  Value byte; ///< In the body.
  /// Where the table has its elements for bytes 16 i, 16 i + 1, ...
  std::array<int64_t, 16> rows;
};

/// What `op` looks up; nothing where its place does not follow from a byte, or
/// where neighbouring bytes have no neighbouring places.
std::optional<ByteLookup> readByteLookup(tensor::ExtractOp op);

/// The elements of `table` for `bytes`, a vector of at most as many as are
/// shuffled at once.
Value emitByteLookup(OpBuilder &b, Location loc, Value table,
                     const ByteLookup &lookup, Value bytes);

} // namespace mlir::conv

#endif // CONV_REST_BYTETABLES_H
