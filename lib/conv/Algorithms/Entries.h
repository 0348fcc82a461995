//===- Entries.h - The algorithms there are ---------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The entry of each algorithm, which its own file defines.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_ALGORITHMS_ENTRIES_H
#define LIB_CONV_ALGORITHMS_ENTRIES_H

#include "conv/Algorithms/Algorithms.h"

namespace mlir::conv {

AlgorithmInfo getNaive();
AlgorithmInfo getDirect();
AlgorithmInfo getIm2col();
AlgorithmInfo getIm2row();
AlgorithmInfo getKn2row();
AlgorithmInfo getKn2col();
AlgorithmInfo getKn2rowAs();
AlgorithmInfo getKn2colAs();
AlgorithmInfo getKn2rowAa();
AlgorithmInfo getMecA();
AlgorithmInfo getMecB();
AlgorithmInfo getIm2win();
AlgorithmInfo getWinograd();

} // namespace mlir::conv

#endif // LIB_CONV_ALGORITHMS_ENTRIES_H
