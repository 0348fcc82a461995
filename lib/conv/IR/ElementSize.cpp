//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/ElementSize.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/Error.h"

using namespace mlir;
using namespace mlir::conv;

/// What x86-64, AArch64 and RISC-V have in common.
static constexpr llvm::StringLiteral kCommonLayout =
    "e-p:64:64-i64:64-i128:128-f80:128-f128:128";

/// The name of the LLVM dialect's attribute. The analysis does not depend on
/// that dialect.
static constexpr llvm::StringLiteral kLayoutAttribute = "llvm.data_layout";

/// The type that the conversion to the LLVM dialect makes of `type`; null where
/// it makes none.
static llvm::Type *convert(Type type, unsigned indexBits,
                           llvm::LLVMContext &context) {
  if (type.isIndex())
    return llvm::IntegerType::get(context, indexBits);
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() == 0
               ? nullptr
               : llvm::IntegerType::get(context, integer.getWidth());
  if (type.isF16())
    return llvm::Type::getHalfTy(context);
  if (type.isBF16())
    return llvm::Type::getBFloatTy(context);
  if (type.isF32())
    return llvm::Type::getFloatTy(context);
  if (type.isF64())
    return llvm::Type::getDoubleTy(context);
  if (type.isF80())
    return llvm::Type::getX86_FP80Ty(context);
  if (type.isF128())
    return llvm::Type::getFP128Ty(context);
  // Small floats are kept as integers; there is nothing for TF32.
  if (auto number = dyn_cast<FloatType>(type))
    return number.getWidth() <= 8
               ? llvm::IntegerType::get(context, number.getWidth())
               : nullptr;
  if (auto complex = dyn_cast<ComplexType>(type)) {
    llvm::Type *part = convert(complex.getElementType(), indexBits, context);
    return part ? llvm::StructType::get(part, part) : nullptr;
  }
  if (auto vector = dyn_cast<VectorType>(type)) {
    llvm::Type *inner = convert(vector.getElementType(), indexBits, context);
    if (!inner || vector.isScalable() || vector.getRank() == 0)
      return nullptr;
    inner = llvm::FixedVectorType::get(inner, vector.getShape().back());
    for (int64_t extent : llvm::reverse(vector.getShape().drop_back()))
      inner = llvm::ArrayType::get(inner, extent);
    return inner;
  }
  return nullptr;
}

bool mlir::conv::isAddressable(ArrayRef<int64_t> shape) {
  // Elements have up to 16 bytes.
  constexpr int64_t kMostElements = int64_t(1) << 59;
  int64_t count = 1;
  for (int64_t extent : shape) {
    if (ShapedType::isDynamic(extent))
      continue;
    std::optional<int64_t> product = llvm::checkedMul(count, extent);
    if (!product || *product > kMostElements)
      return false;
    count = *product;
  }
  return true;
}

std::optional<int64_t> mlir::conv::getElementBytes(Type element,
                                                   Operation *scope) {
  // These are as large as they look everywhere.
  if (element.isIntOrFloat())
    if (unsigned bits = element.getIntOrFloatBitWidth();
        bits == 8 || bits == 16 || bits == 32 || bits == 64)
      return bits / 8;
  unsigned indexBits = 64;
  if (scope && element.isIndex())
    indexBits =
        DataLayout::closest(scope).getTypeSizeInBits(element).getFixedValue();
  llvm::LLVMContext context;
  llvm::Type *type = convert(element, indexBits, context);
  if (!type)
    return std::nullopt;
  auto sizeIn = [&](llvm::StringRef text) -> int64_t {
    llvm::Expected<llvm::DataLayout> layout = llvm::DataLayout::parse(text);
    if (layout)
      return layout->getTypeAllocSize(type).getFixedValue();
    // The LLVM dialect's verifier reports it.
    llvm::consumeError(layout.takeError());
    return 0;
  };
  int64_t bytes = sizeIn(kCommonLayout);
  for (; scope; scope = scope->getParentOp())
    if (auto attr = scope->getAttrOfType<StringAttr>(kLayoutAttribute)) {
      bytes = std::max(bytes, sizeIn(attr.getValue()));
      break;
    }
  return bytes;
}

std::optional<int64_t> mlir::conv::getBufferBytes(ShapedType type,
                                                  Operation *scope) {
  if (!type.hasStaticShape())
    return std::nullopt;
  std::optional<int64_t> bytes = getElementBytes(type.getElementType(), scope);
  for (int64_t extent : type.getShape()) {
    if (!bytes)
      return std::nullopt;
    bytes = llvm::checkedMul(*bytes, extent);
  }
  return bytes;
}
