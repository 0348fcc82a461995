//===- Roofline.h - What memory allows a convolution ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Where a convolution stands under the roofline of a machine: floating point
/// operations per byte against operations per cycle (Williams, Waterman,
/// Patterson 2009).
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_ROOFLINE_H
#define CONV_SCHEDULE_ROOFLINE_H

#include "conv/Schedule/Problem.h"

namespace mlir::conv {

/// Bytes that have to be moved at least: every element of the input some window
/// reads, the filter, bias and residual read once, the output written once, and
/// read once if it is accumulated into. Dynamic batches count as one image.
double getCompulsoryBytes(ConvOp op);

/// One convolution under the roofline of one core.
struct Roofline {
  double flops = 0;         ///< Nominal.
  double bytes = 0;         ///< Compulsory.
  double bytesPerCycle = 0; ///< The roof's slope.
  double peak = 0;          ///< Flops per cycle of the FMA units.

  /// Flops per byte.
  double getIntensity() const { return flops / bytes; }
  bool isMemoryBound() const { return getIntensity() * bytesPerCycle < peak; }
  /// Flops per cycle under the roof.
  double getAttainable() const {
    return isMemoryBound() ? getIntensity() * bytesPerCycle : peak;
  }
};

Roofline getRoofline(ConvOp op, const Problem &problem, MachineAttr machine);

} // namespace mlir::conv

#endif // CONV_SCHEDULE_ROOFLINE_H
