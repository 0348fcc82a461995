//===- NamedAlgorithm.h - Algorithms as they are named ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the name of an algorithm stands for: an algorithm and, where it has
/// one, the tile.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_NAMEDALGORITHM_H
#define CONV_IR_NAMEDALGORITHM_H

#include "conv/IR/Enums.h"
#include "conv/IR/Winograd.h"

#include "llvm/ADT/StringRef.h"

#include <optional>

namespace mlir::conv {

/// `direct`, or `winograd_4`, which is `winograd` with the tile [4, 4].
struct NamedAlgorithm {
  Algorithm algorithm;
  std::optional<WinogradTile> tile;

  NamedAlgorithm(Algorithm algorithm,
                 std::optional<WinogradTile> tile = std::nullopt)
      : algorithm(algorithm), tile(tile) {}

  /// Must be one of getNamedAlgorithms.
  llvm::StringRef getName() const;
  /// Nothing where none is called `name`: an algorithm that has a tile is not,
  /// without it.
  static std::optional<NamedAlgorithm> parse(llvm::StringRef name);

  bool operator==(const NamedAlgorithm &o) const {
    return algorithm == o.algorithm && tile == o.tile;
  }
};

/// All of them, in the order of the enumeration.
llvm::ArrayRef<NamedAlgorithm> getNamedAlgorithms();

/// Whether `algorithm` needs a tile; others have none.
bool hasTile(Algorithm algorithm);

} // namespace mlir::conv

#endif // CONV_IR_NAMEDALGORITHM_H
