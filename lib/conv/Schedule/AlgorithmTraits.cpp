//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/AlgorithmTraits.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

static AlgorithmTraits makeReference(Algorithm algorithm) {
  AlgorithmTraits traits{algorithm, ContractionInput::Image};
  traits.isReference = true;
  traits.readsBlocks = true;
  return traits;
}

static AlgorithmTraits makeInPlace(Algorithm algorithm) {
  AlgorithmTraits traits{algorithm, ContractionInput::Image};
  traits.readsBlocks = true;
  return traits;
}

static AlgorithmTraits makeGathering(Algorithm algorithm) {
  return {algorithm, ContractionInput::Gathered, Transformation::Banded};
}

static AlgorithmTraits makePerTap(Algorithm algorithm, TapSums sums) {
  AlgorithmTraits traits{algorithm, ContractionInput::ImagePerTap};
  if (sums != TapSums::InPlace)
    traits.transformation = Transformation::Whole;
  traits.sums = sums;
  return traits;
}

static AlgorithmTraits makeMec(Algorithm algorithm) {
  AlgorithmTraits traits = makeGathering(algorithm);
  traits.family = "mec";
  return traits;
}

static AlgorithmTraits makeBatchedMec(Algorithm algorithm, Algorithm inner) {
  AlgorithmTraits traits = makeMec(algorithm);
  traits.visitsImagesInside = true;
  traits.inner = inner;
  return traits;
}

static AlgorithmTraits makeWinograd(Algorithm algorithm) {
  AlgorithmTraits traits = makeGathering(algorithm);
  traits.family = "winograd";
  traits.readsBlocks = true;
  traits.hasTile = true;
  return traits;
}

ArrayRef<AlgorithmTraits> mlir::conv::getAllTraits() {
  static const AlgorithmTraits table[] = {
      makeReference(Algorithm::Naive),
      makeInPlace(Algorithm::Direct),
      makeGathering(Algorithm::Im2col),
      makeGathering(Algorithm::Im2row),
      makePerTap(Algorithm::Kn2row, TapSums::AtOnce),
      makePerTap(Algorithm::Kn2col, TapSums::AtOnce),
      makePerTap(Algorithm::Kn2rowAs, TapSums::OneByOne),
      makePerTap(Algorithm::Kn2colAs, TapSums::OneByOne),
      makePerTap(Algorithm::Kn2rowAa, TapSums::InPlace),
      makeBatchedMec(Algorithm::MecA, /*inner=*/Algorithm::MecB),
      makeMec(Algorithm::MecB),
      makeGathering(Algorithm::Im2win),
      makeWinograd(Algorithm::Winograd)};
  return table;
}

const AlgorithmTraits &mlir::conv::getTraits(Algorithm algorithm) {
  const AlgorithmTraits &traits =
      getAllTraits()[static_cast<size_t>(algorithm)];
  assert(traits.algorithm == algorithm && "table is not in enumeration order");
  return traits;
}

bool mlir::conv::isCalled(const NamedAlgorithm &named, StringRef name) {
  StringRef family = getTraits(named.algorithm).family;
  return name == named.getName() || (!family.empty() && name == family);
}

std::optional<double> mlir::conv::getRounding(const NamedAlgorithm &named) {
  if (!named.tile)
    return std::nullopt;
  return llvm::find_if(getWinogradErrors(),
                       [&](const WinogradError &error) {
                         return error.tile == named.tile;
                       })
      ->mean;
}

Algorithm mlir::conv::getInPlaceAlgorithm() {
  return llvm::find_if(getAllTraits(),
                       [](const AlgorithmTraits &traits) {
                         return traits.contractsInPlace();
                       })
      ->algorithm;
}
