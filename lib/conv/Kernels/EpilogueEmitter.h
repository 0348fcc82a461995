//===- EpilogueEmitter.h - Epilogues in registers ---------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The epilogue of an operation on memrefs, ready to be written behind sums: on
/// scalars or on vectors, wherever a lowering has finished them.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_KERNELS_EPILOGUEEMITTER_H
#define LIB_CONV_KERNELS_EPILOGUEEMITTER_H

#include "Address.h"
#include "conv/IR/Conv.h"

namespace mlir::conv {

/// What a body reads besides the sums.
struct EpilogueOperand {
  Type element;
  /// The only element of a scalar or an operand of rank 0; null for others.
  Value scalar;
  FlatView view; ///< Of the others.
  /// Elements that one step of each dimension of the output moves by; 0 where
  /// the operand does not vary.
  SmallVector<Address> steps;
  bool isWhole = false; ///< Has the dimensions of the output.
};

class EpilogueEmitter {
public:
  /// Loads one operand; called once for each that is needed.
  using Load = function_ref<Value(unsigned operand)>;

  /// Takes views of the operands, and loads the scalars, at `b`.
  static EpilogueEmitter create(OpBuilder &b, EpilogueOpInterface op);

  ArrayRef<EpilogueOperand> getOperands() const { return operands; }
  /// The additions the body begins with and which have not been absorbed.
  SmallVector<LeadingAddend> getLeading() const;
  /// Leaves out an addition: somebody else makes it.
  void absorb(const LeadingAddend &addend) { absorbed.insert(addend.add); }
  /// Whether nothing is left to be done.
  bool isEmpty() const;

  /// `sum`, a scalar or a vector, after the leading additions alone.
  Value applyLeading(OpBuilder &b, Location loc, Value sum, Load load) const;
  /// `sum`, a scalar or a vector, after all of the body but what was absorbed.
  Value apply(OpBuilder &b, Location loc, Value sum, Load load) const;

  /// Operand `i` in as many lanes as `like` has, the first `set` of which lie
  /// `step` apart from `at` on; a scalar where `like` is one.
  Value load(OpBuilder &b, Location loc, unsigned i, Type like, Address at,
             Address step, int64_t set) const;

private:
  Region *body = nullptr; ///< Null without an epilogue.
  SmallVector<EpilogueOperand> operands;
  llvm::SmallPtrSet<Operation *, 4> absorbed;
};

/// `element` in as many lanes as `like` has, a scalar where that is one.
Type getTypeLike(Type like, Type element);

/// Replaces functions of the bodies of epilogues that would be calls by
/// polynomials (exp, erf, tanh, expm1, log1p: at most 7 ulp in f32).
void expandFunctions(EpilogueOpInterface op);

} // namespace mlir::conv

#endif // LIB_CONV_KERNELS_EPILOGUEEMITTER_H
