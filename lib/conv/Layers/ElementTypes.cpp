//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Layers/ElementTypes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

using Kind = ElementKind;

static constexpr struct {
  llvm::StringLiteral name;
  FactorTypes types;
} names[] = {
    {"f32", {}},
    {"f64", {Kind::F64, Kind::F64, Kind::F64}},
    {"f16", {Kind::F16, Kind::F16, Kind::F32}},
    {"bf16", {Kind::BF16, Kind::BF16, Kind::F32}},
    {"i16", {Kind::I16, Kind::I16, Kind::I32}},
    {"s8s8", {Kind::I8, Kind::I8, Kind::I32}},
    {"u8s8", {Kind::U8, Kind::I8, Kind::I32}},
};

llvm::Expected<FactorTypes> bench::parseElementTypes(llvm::StringRef name) {
  for (const auto &known : names)
    if (known.name == name)
      return known.types;
  return llvm::createStringError(
      "unknown element type '" + name + "' (known: " +
      llvm::join(llvm::map_range(
                     names, [](const auto &known) { return known.name.str(); }),
                 ", ") +
      ")");
}

llvm::StringRef bench::getElementTypesName(const FactorTypes &types) {
  const auto *known = llvm::find_if(
      names, [&](const auto &known) { return known.types == types; });
  return known == std::end(names) ? "" : llvm::StringRef(known->name);
}

void bench::setElementTypes(Problem &problem, const FactorTypes &types) {
  constexpr int64_t bits = 8;
  problem.types = types;
  problem.inputBytes = getBits(types.a) / bits;
  problem.filterBytes = getBits(types.b) / bits;
  problem.outputBytes = getBits(types.acc) / bits;
}
