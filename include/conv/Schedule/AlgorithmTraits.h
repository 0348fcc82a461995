//===- AlgorithmTraits.h - What tells algorithms apart ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What tells the algorithms apart for whoever decides or lowers: a table, so
/// that nobody else asks which one it is. Their rewritings and costs stand in
/// the table of conv/Algorithms/Algorithms.h.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_ALGORITHMTRAITS_H
#define CONV_SCHEDULE_ALGORITHMTRAITS_H

#include "conv/IR/Conv.h"

#include <optional>

namespace mlir::conv {

/// What the contraction of an algorithm reads: the image, the image for one tap
/// at a time, or what was gathered from it.
enum class ContractionInput { Image, ImagePerTap, Gathered };

/// What an algorithm makes beside the output: nothing, something that has to be
/// made for the whole image, or something that can be made by bands of rows.
enum class Transformation { None, Whole, Banded };

/// Where the products of single taps are summed: nowhere, as a contraction sums
/// all taps; after the last tap; after each; or by the contraction itself,
/// where they belong in the output.
enum class TapSums { None, AtOnce, OneByOne, InPlace };

struct AlgorithmTraits {
  Algorithm algorithm;
  ContractionInput input;
  Transformation transformation = Transformation::None;
  /// The plain definition, for comparison: never chosen, never divided among
  /// threads, without register tiles.
  bool isReference = false;
  /// Input and output may lie in blocks of channels.
  bool readsBlocks = false;
  /// Bands hold the rows of all images of a batch.
  bool visitsImagesInside = false;
  /// What is left once bands are loops, where these tell two apart.
  std::optional<Algorithm> inner = std::nullopt;
  TapSums sums = TapSums::None;
  /// A name that stands for this algorithm and its siblings, one of which
  /// represents them; empty: there are none.
  llvm::StringLiteral family = "";
  /// Outputs are computed together at Winograd's points, by tiles that
  /// schedules say; else taps are multiplied by themselves.
  bool hasTile = false;

  /// Register tiles read the image where it is, padding and all.
  bool contractsInPlace() const {
    return input == ContractionInput::Image && !isReference;
  }
  /// Whether contractions read the image itself rather than what was gathered,
  /// whose moves count what leaves L2.
  bool readsImage() const {
    return input != ContractionInput::Gathered && !isReference;
  }
  /// Products of single taps have layouts of their own.
  bool allowsPixelVectors() const {
    return input != ContractionInput::ImagePerTap && !isReference && !hasTile;
  }
  Algorithm getInner() const { return inner.value_or(algorithm); }
  bool hasBandedForm() const {
    return transformation == Transformation::Banded;
  }
};

/// All of them, in the order of the enumeration.
llvm::ArrayRef<AlgorithmTraits> getAllTraits();
const AlgorithmTraits &getTraits(Algorithm algorithm);

/// Whether `name` is that of `named` or its family.
bool isCalled(const NamedAlgorithm &named, llvm::StringRef name);

/// The root of the mean square of the outputs' errors as a multiple of that of
/// the plain sum; nothing where the sum is plain but for its order.
std::optional<double> getRounding(const NamedAlgorithm &named);

/// The one that contracts in place.
Algorithm getInPlaceAlgorithm();

} // namespace mlir::conv

#endif // CONV_SCHEDULE_ALGORITHMTRAITS_H
