//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/NonFinite.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <cstring>

using namespace mlir;
using namespace mlir::conv;

/// Whether one of the elements of type `T`, an integer as wide as the float,
/// has all bits of `exponent`.
template <typename T>
static bool hasExponent(ArrayRef<char> bytes, uint64_t exponent) {
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T element;
    std::memcpy(&element, bytes.data() + at, sizeof(T));
    if ((element & exponent) == exponent)
      return true;
  }
  return false;
}

/// The bytes of a constant without gaps, one element of a splat; empty where
/// they are not known.
static ArrayRef<char> getBytes(Attribute constant) {
  if (auto dense = dyn_cast<DenseFPElementsAttr>(constant))
    return dense.getRawData();
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  return blob ? blob->getData() : ArrayRef<char>();
}

bool conv::hasNonFiniteElements(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  auto element =
      type ? dyn_cast<FloatType>(type.getElementType()) : FloatType();
  Attribute constant;
  if (!element || !matchPattern(value, m_Constant(&constant)))
    return false;
  // Such values are marked by the exponent of infinity.
  const llvm::fltSemantics &semantics = element.getFloatSemantics();
  if (!llvm::APFloat::semanticsHasInf(semantics))
    return false;
  llvm::APInt infinity = llvm::APFloat::getInf(semantics).bitcastToAPInt();
  if (infinity.getBitWidth() > 64)
    return false;
  uint64_t exponent = infinity.getZExtValue();
  switch (element.getWidth()) {
  case 8:
    return hasExponent<uint8_t>(getBytes(constant), exponent);
  case 16:
    return hasExponent<uint16_t>(getBytes(constant), exponent);
  case 32:
    return hasExponent<uint32_t>(getBytes(constant), exponent);
  case 64:
    return hasExponent<uint64_t>(getBytes(constant), exponent);
  default:
    return false;
  }
}
