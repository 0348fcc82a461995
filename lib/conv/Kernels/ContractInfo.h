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

#ifndef LIB_CONV_KERNELS_CONTRACTINFO_H
#define LIB_CONV_KERNELS_CONTRACTINFO_H

#include "Address.h"
#include "EpilogueEmitter.h"
#include "conv/IR/Conv.h"
#include "conv/Schedule/ContractNest.h"

namespace mlir::conv {

struct ContractInfo {
  /// Reads `op`, with views of its operands made at `b`. Emits an error where
  /// there is no lowering.
  static FailureOr<ContractInfo> analyze(ContractOp op, OpBuilder &b);

  ContractOp op;
  ScheduleAttr schedule;
  SmallVector<int64_t> extents;
  int64_t lanes = 0;
  int64_t steps = 1;     ///< Channels that an FMA takes at once, or that
                         ///< vectors hold: c_pack.
  VectorType vectorType; ///< Of accumulators.
  /// Of A and of B as they are in memory; a packed B is what is multiplied.
  ElementKind aKind = ElementKind::F32, bKind = ElementKind::F32;
  VectorType fmaType; ///< Of the operands of an FMA.
  VectorType aType;   ///< Of A as it is loaded: FlatView::createBits.
  VectorType bType;   ///< The same of B.
  Value zero;         ///< A vector of zeros, as accumulators.
  /// A vector of A, as it is loaded, outside of the image.
  Value outside;
  /// Whether taps outside of the image are multiplied as well.
  bool countsOutside = false;
  bool rebasesInput = false; ///< Whether 128 is added to what A has.
  FlatView a, b, out;
  /// Elements that one step of each iterator moves by; in `b` the step of c is
  /// that of `steps` channels.
  Address aCoef[ContractOp::NumIterators], bCoef[ContractOp::NumIterators],
      outCoef[ContractOp::NumIterators];
  Address aOrigin; ///< Of A where all iterators are 0.
  Address bTile;   ///< Per block of c_ob.
  EpilogueEmitter epilogue;
  /// The same as the coefficients above for each operand of the epilogue.
  SmallVector<std::array<Address, ContractOp::NumIterators>> epilogueCoef;
  /// What is written between the columns of the output, and the same for it.
  std::optional<FlatView> beside;
  Address besideCoef[ContractOp::NumIterators];
  /// The operand of the epilogue that accumulators start from, if any.
  std::optional<unsigned> start;
  WindowAxis rowAxis, columnAxis;
  Address rowSize, columnSize; ///< Of A along them, where they are clipped.
  ContractNest nest;           ///< The loops, tiles and prefetches to emit.
  bool vectorA = false;        ///< A runs along k: depthwise.
  bool takesTaps = false;      ///< And an FMA takes several taps: TapSteps.h.
  /// Where k counts the channels of several groups: output channels of each,
  /// and elements of A from one to the next.
  int64_t groupOutputs = 0, groupStep = 0;
  int64_t channelBlock = 0; ///< Channels per block of A; 0: not blocked.
  Address aBlock;           ///< Distance between blocks of channels.

  bool isPacked() const { return schedule.getFilter() == FilterForm::Packed; }
  /// Whether vectors run along pixels of a row instead of channels.
  bool hasPixelVectors() const {
    return schedule.getVector() == VectorIterator::W;
  }
  /// Whether the lanes of a vector are input channels, added at the end.
  bool hasLaneSums() const { return nest.hasLaneSums(); }
  /// Whether the lanes of a vector are output channels of several groups.
  bool hasMergedGroups() const { return nest.hasMergedGroups(); }
  /// Whether vectors of pixels hold every second element of the input.
  bool readsEverySecond() const {
    const Address &step = aCoef[ContractOp::Wo];
    return !step.value && step.constant == 2 && lanes > 1 &&
           extents[ContractOp::Wo] != 1;
  }
  /// Pixels of one accumulator: a vector of neighbours, two, or one.
  int64_t getGroupSize() const { return nest.getGroupSize(); }
  /// Whether the lanes of a vector are output channels of two columns.
  bool hasColumnPairs() const { return nest.hasColumnPairs(); }

private:
  LogicalResult checkInstruction();
  void createOutside(OpBuilder &b);
  LogicalResult checkAxes(OpBuilder &builder);
  LogicalResult readOperands(OpBuilder &b);
  void readEpilogue(OpBuilder &b);
  LogicalResult checkVectors();
  LogicalResult checkGroups();
  void takeReductionLoops();
};

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_CONTRACTINFO_H
