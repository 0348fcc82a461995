//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Elements of constants as numbers.
///
//===----------------------------------------------------------------------===//

#include "RaiseConstants.h"

#include "RaiseBias.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The attribute of a constant; null of others.
static Attribute getConstant(Value value) {
  Attribute constant;
  if (!matchPattern(skipReshapes(value), m_Constant(&constant)))
    return {};
  return constant;
}

std::optional<KnownElements<int64_t>>
mlir::conv::raise::readIntegers(Value value) {
  Attribute constant = getConstant(value);
  return constant ? conv::readIntegers(constant) : std::nullopt;
}

std::optional<KnownElements<double>>
mlir::conv::raise::readNumbers(Value value) {
  Attribute constant = getConstant(value);
  return constant ? conv::readNumbers(constant) : std::nullopt;
}
