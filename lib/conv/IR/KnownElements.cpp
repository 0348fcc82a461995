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

#include "conv/IR/KnownElements.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;

namespace {

/// The bytes of a constant, of one element where it is a splat.
struct KnownBytes {
  ArrayRef<char> bytes;
  bool isSplat = false;
};

} // namespace

static std::optional<KnownBytes> readBytes(Attribute constant, size_t width) {
  if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(constant))
    return KnownBytes{dense.getRawData(), dense.isSplat()};
  auto resource = dyn_cast<DenseResourceElementsAttr>(constant);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob)
    return std::nullopt;
  ArrayRef<char> bytes = blob->getData();
  size_t count = resource.getNumElements();
  if (bytes.size() == count * width)
    return KnownBytes{bytes, false};
  return std::nullopt;
}

/// The elements of a constant that are stored as `Stored`.
template <typename T, typename Stored>
static std::optional<KnownElements<T>> readAs(Attribute constant) {
  std::optional<KnownBytes> known = readBytes(constant, sizeof(Stored));
  if (!known)
    return std::nullopt;
  KnownElements<T> elements;
  elements.isSplat = known->isSplat;
  size_t count = known->isSplat ? 1 : known->bytes.size() / sizeof(Stored);
  elements.values.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, known->bytes.data() + i * sizeof(Stored),
                sizeof(Stored));
    elements.values.push_back(static_cast<T>(stored));
  }
  return elements;
}

/// The type of the elements of `constant`, or its own where it is a number.
static Type getElement(Attribute constant) {
  auto typed = dyn_cast<TypedAttr>(constant);
  return typed ? getElementTypeOrSelf(typed.getType()) : Type();
}

std::optional<KnownElements<int64_t>>
mlir::conv::readIntegers(Attribute constant) {
  if (auto scalar = dyn_cast<IntegerAttr>(constant))
    return KnownElements<int64_t>{{scalar.getValue().getSExtValue()}, true};
  Type element = getElement(constant);
  if (!element)
    return std::nullopt;
  if (element.isSignlessInteger(8))
    return readAs<int64_t, int8_t>(constant);
  if (element.isSignlessInteger(16))
    return readAs<int64_t, int16_t>(constant);
  if (element.isSignlessInteger(32))
    return readAs<int64_t, int32_t>(constant);
  if (element.isSignlessInteger(64))
    return readAs<int64_t, int64_t>(constant);
  return std::nullopt;
}

std::optional<KnownElements<double>>
mlir::conv::readNumbers(Attribute constant) {
  if (std::optional<KnownElements<int64_t>> integers = readIntegers(constant)) {
    KnownElements<double> numbers;
    numbers.isSplat = integers->isSplat;
    numbers.values.assign(integers->values.begin(), integers->values.end());
    return numbers;
  }
  if (auto scalar = dyn_cast<FloatAttr>(constant))
    return KnownElements<double>{{scalar.getValueAsDouble()}, true};
  Type element = getElement(constant);
  if (!element)
    return std::nullopt;
  if (element.isF32())
    return readAs<double, float>(constant);
  if (element.isF64())
    return readAs<double, double>(constant);
  if (!element.isF16() && !element.isBF16())
    return std::nullopt;
  std::optional<KnownElements<double>> numbers =
      readAs<double, uint16_t>(constant);
  const llvm::fltSemantics &semantics =
      cast<FloatType>(element).getFloatSemantics();
  if (numbers)
    for (double &number : numbers->values)
      number = llvm::APFloat(semantics,
                             llvm::APInt(16, static_cast<uint64_t>(number)))
                   .convertToDouble();
  return numbers;
}

void mlir::conv::visitStrided(ArrayRef<int64_t> shape, ArrayRef<int64_t> steps,
                              function_ref<void(int64_t)> visit) {
  if (llvm::is_contained(shape, 0))
    return;
  SmallVector<int64_t> at(shape.size(), 0);
  int64_t position = 0;
  for (;;) {
    visit(position);
    // The next element: the last dimension that does not begin again.
    int64_t dim = static_cast<int64_t>(shape.size()) - 1;
    for (; dim >= 0; --dim) {
      position += steps[dim];
      if (++at[dim] < shape[dim])
        break;
      position -= steps[dim] * shape[dim];
      at[dim] = 0;
    }
    if (dim < 0)
      return;
  }
}
