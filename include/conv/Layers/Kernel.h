//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One convolution as a function of its own, `@conv(input, filter, [bias],
/// [residual], out)` on memrefs: the unit conv-bench and conv-tune measure.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LAYERS_KERNEL_H
#define CONV_LAYERS_KERNEL_H

#include "conv/Schedule/Problem.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <optional>
#include <string>

namespace mlir::conv::bench {

/// Letters of the three tensors, slowest first, as in `#conv.dims`.
struct Letters {
  std::string input, filter, output;
};

/// The letters of `problem` in a layout: "nhwc", "nchw" or "blocked". Grouped
/// problems get an explicit group dimension, depthwise ones vectors over the
/// groups. Fails on other layouts.
llvm::Expected<Letters> getLetters(const Problem &problem,
                                   llvm::StringRef layout);

/// A tensor's dimensions by letter.
struct Operand {
  std::string letters;
  SmallVector<int64_t> shape;

  int64_t numElements() const;
  /// Distance in elements between neighbours along `letter`; 0 when absent.
  int64_t getStride(char letter) const;
  /// Offset in elements of a channel ('c' or 'k'), blocked or not.
  int64_t getChannelOffset(char letter, int64_t channel) const;
};

/// What to build: a problem (with its types, `hasBias`, `hasResidual` and
/// `hasClamp`), its layout and, optionally, how to compute it.
struct KernelSpec {
  Problem problem;
  Letters letters;
  /// Bounds when `problem.hasClamp`; an absent one does not bound.
  std::optional<double> clampLower = 0.0, clampUpper;
  bool clampBoundsNaN = false;
  /// `<algorithm = ...>` with or without "#conv.schedule"; empty: autotuned.
  std::string schedule;

  Operand getInput() const;
  Operand getFilter() const;
  Operand getOutput() const;
  Operand getBias() const;
  /// Bytes of all operands.
  int64_t getNumBytes() const;
  /// Types of elements; those of an operation that are not known are f32's. The
  /// output, bias and residual have the sums'.
  FactorTypes getTypes() const { return problem.types.value_or(FactorTypes()); }
};

bool fromJSON(const llvm::json::Value &value, KernelSpec &spec,
              llvm::json::Path path);
llvm::json::Value toJSON(const KernelSpec &spec);

/// `op` as a kernel of its own, with its epilogue and without a schedule. What
/// it accumulates onto becomes a residual, a dynamic batch `batch` images.
KernelSpec getKernelSpec(ConvOp op, int64_t batch);

/// Builds the module. Fails when the schedule does not parse or the operation
/// does not verify.
FailureOr<OwningOpRef<ModuleOp>> buildKernel(const KernelSpec &spec,
                                             MLIRContext *context);

/// The problem with what follows from its operands' layouts: the distances
/// between elements. Fails as buildKernel does.
FailureOr<Problem> getKernelProblem(const KernelSpec &spec,
                                    MLIRContext *context);

} // namespace mlir::conv::bench

#endif // CONV_LAYERS_KERNEL_H
