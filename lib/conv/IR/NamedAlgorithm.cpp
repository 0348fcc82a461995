//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/IR/NamedAlgorithm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using llvm::ArrayRef;
using llvm::StringRef;
using namespace mlir::conv;

/// The names of tiles, in the order in which they are listed.
static constexpr std::pair<WinogradTile, llvm::StringLiteral> kTileNames[] = {
    {{4, 4}, "winograd_4"},
    {{4, 2}, "winograd_4x2"},
    {{2, 2}, "winograd_2"},
};

bool mlir::conv::hasTile(Algorithm algorithm) {
  return algorithm == Algorithm::Winograd;
}

ArrayRef<NamedAlgorithm> mlir::conv::getNamedAlgorithms() {
  static const auto all = [] {
    llvm::SmallVector<NamedAlgorithm> all;
    for (uint64_t i = 0; i <= getMaxEnumValForAlgorithm(); ++i) {
      auto algorithm = static_cast<Algorithm>(i);
      if (!hasTile(algorithm))
        all.emplace_back(algorithm);
      else
        for (const auto &[tile, name] : kTileNames)
          all.emplace_back(algorithm, tile);
    }
    return all;
  }();
  return all;
}

StringRef NamedAlgorithm::getName() const {
  if (!tile)
    return stringifyAlgorithm(algorithm);
  return llvm::find_if(kTileNames,
                       [&](const auto &entry) { return entry.first == tile; })
      ->second;
}

std::optional<NamedAlgorithm> NamedAlgorithm::parse(StringRef name) {
  for (const NamedAlgorithm &known : getNamedAlgorithms())
    if (known.getName() == name)
      return known;
  return std::nullopt;
}
