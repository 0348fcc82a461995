//===- LanePlan.h - Which loop of an operation fills vectors ----*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How a linalg operation on tensors becomes loops over vectors: one of its
/// loops, the *lane loop*, fills vectors; all others stay loops, or are
/// unrolled. Nothing is rewritten here.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_REST_LANEPLAN_H
#define CONV_REST_LANEPLAN_H

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <optional>
#include <string>

namespace mlir::conv {

/// An input of the operation: the tensor that is read, which is that before
/// padding where the operand is padded by a constant.
struct LaneOperand {
  Value source;
  AffineMap map;
  /// Elements added before and behind each dimension; empty: not padded.
  SmallVector<int64_t> low, high;
  TypedAttr padding; ///< What they are.
  /// How far neighbouring lanes are apart in the last dimension: 0, where all
  /// lanes read one element, 1 or more.
  int64_t step = 0;
  /// The last dimension read for lane 0 and all values of the other loops.
  int64_t least = 0, most = 0;

  bool isPadded() const { return !low.empty(); }
};

/// Lanes [begin, end) are computed `width` at a time. In a `border` they may
/// read padding along the last dimension; then width is 1, or all there is.
struct LaneSegment {
  int64_t begin, end, width;
  bool border;
};

struct LanePlan {
  unsigned lane;
  /// The lane loop is a reduction, by `kind` from `neutral`.
  bool reduces = false;
  vector::CombiningKind kind = vector::CombiningKind::ADD;
  TypedAttr neutral;
  SmallVector<unsigned> outer; ///< Parallel loops, outermost first.
  SmallVector<unsigned> inner; ///< Reductions, but for the lane loop.
  SmallVector<bool> unrolled;  ///< By loop.
  SmallVector<int64_t> extents;
  SmallVector<LaneSegment> segments;
  SmallVector<LaneOperand> operands; ///< By input; scalars have no map.
  /// Lanes of `operands[*strided]` are every `stride`-th element: what the
  /// window, loop `*stridedLoop`, has between them is loaded together and taken
  /// apart.
  std::optional<unsigned> strided, stridedLoop;
  int64_t stride = 1;
  /// Lanes take elements from places that are computed: the same ones in each
  /// iteration of the outer loops, inside of which the lane loop is not.
  bool gathers = false;
  /// Lanes look bytes up in tables by shuffles.
  bool looksUp = false;
  /// The loop that threads divide, and among how many; one: none is.
  std::optional<unsigned> shared;
  int64_t threads = 1;
  /// An elementwise operation that takes the result along, or null.
  linalg::GenericOp tail;
  /// An index into padding may be moved to the nearest element of the image:
  /// that is one of the window, and a maximum takes it twice.
  bool clamps = false;
};

/// Plans `op`, which makes one tensor, for `machine`, which shuffles
/// `shuffledBytes` at once. Without a plan `obstacle` says why, as the rest of
/// a sentence.
std::optional<LanePlan> planLanes(linalg::LinalgOp op, MachineAttr machine,
                                  int64_t shuffledBytes, std::string &obstacle);

/// Writes `op` as planned, and returns the result of its tail, or its own. Both
/// stay.
Value emitLanes(OpBuilder &b, linalg::LinalgOp op, const LanePlan &plan);

} // namespace mlir::conv

#endif // CONV_REST_LANEPLAN_H
