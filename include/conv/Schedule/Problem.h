//===- Problem.h - The numbers of one convolution ---------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A convolution as the model sees it: extents and geometry, no IR.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_PROBLEM_H
#define CONV_SCHEDULE_PROBLEM_H

#include "conv/IR/Conv.h"
#include "conv/Machine/Instructions.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::conv {

/// One convolution. Channel counts are per group. Distances between elements
/// are in elements of the operand, as the strides of its memory layout.
struct Problem {
  int64_t n = 1; ///< Batch; ShapedType::kDynamic when not known.
  int64_t g = 1, c = 1, h = 1, w = 1, k = 1, r = 1, s = 1, ho = 1, wo = 1;
  int64_t strideH = 1, strideW = 1, dilationH = 1, dilationW = 1;
  int64_t lowH = 0, lowW = 0, highH = 0, highW = 0;

  /// Distance in elements between neighbouring columns, rows and channels of
  /// the input, and between neighbouring output channels and columns.
  int64_t inputColumn = 1, inputRow = 1, inputChannel = 1;
  int64_t outputChannel = 1, outputColumn = 1;
  /// The same for columns of the residual; 1 without one.
  int64_t residualColumn = 1;

  /// Whether the image has dimensions for rows and for columns.
  bool hasRows = true, hasColumns = true;
  /// Whether only the program knows how many there are. `h`, `w`, `ho`, `wo`
  /// and what follows from them are then those of an image that stands for all:
  /// the one `conv.image` names, or one of a common size.
  bool unknownRows = false, unknownColumns = false;
  bool hasUnknownImage() const { return unknownRows || unknownColumns; }

  /// Channels per block of a blocked input or output; 0 when not blocked.
  int64_t inputBlock = 0, outputBlock = 0;

  /// Types of elements; nothing where no instruction is made for such.
  std::optional<FactorTypes> types = FactorTypes();
  /// Whether taps outside the image count as elements other than zero.
  bool padsWithValue = false;
  /// Bytes of an element of each operand.
  int64_t inputBytes = 4, filterBytes = 4, outputBytes = 4;
  /// The row of the table that computes it, once it has been chosen; null is
  /// the plain f32 one.
  const Instruction *fma = nullptr;

  bool hasBias = false, hasResidual = false, hasClamp = false,
       accumulates = false;
  /// Whether the epilogue has functions that take tens of instructions, and
  /// whether it makes elements of another type of the sums.
  bool heavyEpilogue = false, changesType = false;
  /// Whether sums may lie in the output before the epilogue has run.
  bool allowsStoredEpilogue() const { return !changesType && !hasResidual; }

  static Problem fromOp(ConvOp op);

  /// Whether input, filter and output are f32.
  bool isF32() const { return types && *types == FactorTypes(); }
  /// Channels one instruction takes at once, and the registers it multiplies
  /// and adds.
  int64_t getChannelsPerStep() const { return fma ? fma->k : 1; }
  int64_t getSlots() const { return fma ? fma->getSlots() : 1; }
  bool extendsElements() const { return fma && fma->extends(); }
  /// Whether the instruction wants 128 added to the input's elements.
  bool rebasesInput() const { return fma && types && fma->rebases(*types); }
  /// Whether taps outside the image are left out.
  bool skipsTaps() const { return !padsWithValue && !rebasesInput(); }
  /// Bytes of an element of the filter as it is read: packed, it is as wide as
  /// it is multiplied.
  int64_t getFilterBytes(FilterForm form) const {
    return form == FilterForm::Packed && fma ? getBits(fma->multiplied) / 8
                                             : filterBytes;
  }
  /// Bytes of a sum, which may be other than those of the output.
  int64_t getSumBytes() const {
    return types ? getBits(types->acc) / 8 : outputBytes;
  }
  /// Floating point operations, or those on integers, that the instruction does
  /// in a cycle on `machine`, whose lanes and rates are the instruction's.
  double getPeak(MachineAttr machine) const;
  /// One input and one output channel per group.
  bool isDepthwise() const { return g > 1 && c == 1 && k == 1; }
  /// Depthwise without dimensions for c and k, and neighbouring groups are
  /// neighbours in memory: vectors run over groups.
  bool vectorGroups = false;
  /// Several groups, whose channels are neighbours in memory and follow each
  /// other, in input and output: lanes may be channels of several groups.
  bool mergeableGroups = false;
  /// 1x1, stride 1, no padding.
  bool isPointwise() const {
    return r == 1 && s == 1 && strideH == 1 && strideW == 1 && !isPadded();
  }
  /// Rows and columns can be seen as one dimension: pointwise, and the rows of
  /// input, output and residual follow each other in memory.
  bool flattenable = false;
  bool isPadded() const { return lowH || lowW || highH || highW; }
  /// Nominal floating point operations: 2 N K (C/g) R S Ho Wo, taps in the
  /// padding included; per image when the batch is dynamic.
  double flops() const;
  /// A benchdnn-like string: "mb1_ic64oc64_ih56oh56kh3sh1ph1".
  std::string str() const;
};

} // namespace mlir::conv

#endif // CONV_SCHEDULE_PROBLEM_H
