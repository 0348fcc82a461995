//===- ContractInfo.h - What the micro-kernel knows of conv.contract -----===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The maps of a contraction on memrefs as numbers: how far one step of each
/// iterator moves in each operand, where the window leaves the input, and which
/// lanes a vector has. Found once, read by everything that emits code.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_CONVERSION_CONTRACTINFO_H
#define LIB_CONV_CONVERSION_CONTRACTINFO_H

#include "Address.h"
#include "conv/Analysis/BorderCode.h"
#include "conv/IR/Conv.h"

namespace mlir::conv {

/// One dimension of A that the window moves over: index =
/// out * outStep + tap * tapStep + first, valid in [0, size).
struct Axis {
  int64_t outStep = 0, tapStep = 0, first = 0, size = 0;
  bool clipped = false; ///< Some point of the iteration space leaves A.

  /// Whether every tap of outputs [begin, begin + count) is inside.
  bool isInside(int64_t begin, int64_t count, int64_t taps) const {
    return begin * outStep + first >= 0 &&
           (begin + count - 1) * outStep + (taps - 1) * tapStep + first < size;
  }
  bool isInside(int64_t out, int64_t tap) const {
    int64_t index = out * outStep + tap * tapStep + first;
    return index >= 0 && index < size;
  }
  /// The outputs [begin, end) among the first `outputs` of which every tap is
  /// inside: neighbours, as windows move forwards.
  std::pair<int64_t, int64_t> getInside(int64_t outputs, int64_t taps) const;
  /// The axis as what decides about the code of its borders.
  BorderAxis getBorder(int64_t outputs, int64_t taps) const;
};

struct ContractInfo {
  /// Reads `op`, with views of its operands made at `b`. Emits an error where
  /// there is no lowering.
  static FailureOr<ContractInfo> analyze(ContractOp op, OpBuilder &b);

  ContractOp op;
  ScheduleAttr schedule;
  SmallVector<int64_t> extents;
  int64_t lanes = 0;
  VectorType vectorType;
  Value zero; ///< A vector of zeros.
  FlatView a, b, out, residual, bias;
  /// Elements that one step of each iterator moves by.
  Address aCoef[ContractOp::NumIterators], bCoef[ContractOp::NumIterators],
      outCoef[ContractOp::NumIterators], residualCoef[ContractOp::NumIterators];
  Address aOrigin;             ///< Of A where all iterators are 0.
  Address bTile, biasG, biasK; ///< Per block of c_ob; per g and k.
  Axis rowAxis, columnAxis;
  bool vectorA = false;     ///< A runs along k: depthwise.
  int64_t channelBlock = 0; ///< Channels per block of A; 0: not blocked.
  Address aBlock;           ///< Distance between blocks of channels.

  bool isPacked() const { return schedule.getFilter() == FilterForm::Packed; }
  /// Whether vectors run along pixels of a row instead of channels.
  bool hasPixelVectors() const {
    return schedule.getVector() == VectorIterator::W;
  }
  /// Whether rows of a depthwise window share vectors of columns.
  bool sharesWindow() const;
  /// Whether neighbouring columns of the window are unrolled.
  bool sharesColumns() const;
  /// Whether the borders peeled are more code than they may be, so that their
  /// taps are bounded at run time.
  bool boundsBorders() const;
  /// Whether vectors of pixels hold every second element of the input.
  bool readsEverySecond() const {
    const Address &step = aCoef[ContractOp::Wo];
    return !step.value && step.constant == 2 && lanes > 1 &&
           extents[ContractOp::Wo] > 1;
  }
  /// Pixels of one accumulator: a vector of neighbours, or one.
  int64_t getGroupSize() const { return hasPixelVectors() ? lanes : 1; }

private:
  LogicalResult readAxes();
  LogicalResult readOperands(OpBuilder &b);
  LogicalResult checkVectors();
  void mergeReductions();
  Axis readAxis(unsigned outIterator, unsigned tapIterator, unsigned dim);
};

} // namespace mlir::conv

#endif // LIB_CONV_CONVERSION_CONTRACTINFO_H
