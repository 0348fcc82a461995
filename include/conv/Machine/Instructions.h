//===- Instructions.h - The instructions that multiply and add --*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The table of instructions a micro-kernel can be made of. An instruction of
/// shape m x n x k computes, for n lanes,
///
///   acc[i][j] += sum over l < k of  a[i][l] * b[l][j]        i < m, j < n
///
/// where a holds the scalar side (k elements that all lanes share) and b the
/// vector side. Schedules and `conv.fma` name a row; what it is stands here and
/// nowhere else. Adding an instruction is adding a row to Instructions.cpp and,
/// where LLVM's scheduling model is wrong about it, its rates to CPUTable.cpp.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MACHINE_INSTRUCTIONS_H
#define CONV_MACHINE_INSTRUCTIONS_H

#include "conv/IR/Conv.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/TargetParser/Triple.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::conv {

/// Types of elements the instructions know. Integers are signed, but for U8,
/// which the IR spells i8 as well.
enum class ElementKind { F64, F32, F16, BF16, U8, I8, I16, I32 };

Type getElementType(ElementKind kind, MLIRContext *context);
/// The kind of `type`, of integers the signed one, where there is one.
std::optional<ElementKind> getElementKind(Type type);
constexpr int64_t getBits(ElementKind kind) {
  switch (kind) {
  case ElementKind::U8:
  case ElementKind::I8:
    return 8;
  case ElementKind::F16:
  case ElementKind::BF16:
  case ElementKind::I16:
    return 16;
  case ElementKind::F32:
  case ElementKind::I32:
    return 32;
  case ElementKind::F64:
    return 64;
  }
  return 0;
}
constexpr bool isFloat(ElementKind kind) {
  return kind == ElementKind::F64 || kind == ElementKind::F32 ||
         kind == ElementKind::F16 || kind == ElementKind::BF16;
}

/// Types of the factors of products and of their sums; plain f32 by default.
struct FactorTypes {
  ElementKind a = ElementKind::F32, b = ElementKind::F32,
              acc = ElementKind::F32;

  /// Nothing where the table knows one of the types not, or not as unsigned.
  static std::optional<FactorTypes> fromTypes(Type a, Type b, Type acc,
                                              bool isUnsignedA = false);
  constexpr bool operator==(const FactorTypes &o) const {
    return a == o.a && b == o.b && acc == o.acc;
  }
  /// "bf16 x bf16 -> f32"
  std::string str() const;
};

/// Instruction sets a row belongs to; `Any` are the rows LLVM can select, or
/// expand, on every target.
enum class TargetFamily { Any, X86, AArch64, RISCV };

/// How a row is said to LLVM.
enum class InstructionForm {
  /// Extended, multiplied and added, one step after the other:
  /// `llvm.intr.fmuladd` where the types of operands and accumulator are one.
  Generic,
  /// A call of the intrinsic with (acc, b, a): instructions that take their
  /// last operand from memory, and broadcast it on the way, want the scalar
  /// side there.
  IntrinsicAccBA,
  /// The same with (acc, a, b): the operands' types differ.
  IntrinsicAccAB,
  /// The same for an intrinsic of (b, a) whose result is added to acc.
  IntrinsicThenAdd,
};

/// A row of the table.
struct Instruction {
  llvm::StringLiteral name; ///< What schedules and `conv.fma` say.
  TargetFamily family;
  /// The shape. m is 1 but for instructions on matrices; n is 0 where vectors
  /// of any number of lanes will do, and the model takes those that fill the
  /// machine's.
  int64_t m, n, k;
  FactorTypes types; ///< a is the scalar side, b the vector side.
  /// What elements of a and b are extended to before they are multiplied, and
  /// what a packed filter has; the same as they are where the instruction takes
  /// them so.
  ElementKind multiplied;
  /// How the scalar side reaches all lanes at least cost.
  Broadcast arrival;
  /// LLVM's names of the features needed, separated by spaces.
  llvm::StringLiteral features;
  InstructionForm form;
  llvm::StringLiteral intrinsic; ///< Empty for InstructionForm::Generic.
  /// LLVM's name of the machine instruction, which the scheduling model is
  /// asked about. Empty where rates are nobody's question.
  llvm::StringLiteral opcode;

  bool isPlainF32() const { return k == 1 && types == FactorTypes(); }
  /// Whether operands are made wider before they are multiplied.
  bool extends() const { return getBits(types.b) < getBits(multiplied); }
  /// Whether this computes products of `factors`, whose scalar side is signed
  /// bytes, once 128 was added to each of them: it takes unsigned ones.
  bool rebases(const FactorTypes &factors) const {
    return types.a == ElementKind::U8 && factors.a == ElementKind::I8 &&
           types.b == factors.b && types.acc == factors.acc && !extends();
  }
  /// Multiplications and additions of a register that one of these stands for:
  /// of a target without the instruction, and where products are added apart.
  int64_t getSlots() const;
  /// Products of a lane for each of these.
  double getRate() const { return double(k) / double(getSlots()); }
};

/// All rows, within a family and of equal types the widest first.
llvm::ArrayRef<Instruction> getInstructions();

/// The row called `name`, or null.
const Instruction *findInstruction(llvm::StringRef name);

/// The row a schedule names; without `fma` it is the plain f32 one. Null when
/// there is no such row.
const Instruction *findInstruction(ScheduleAttr schedule);

/// Why the row `schedule` names, if there is one, does not make its vectors.
std::optional<std::string> findInstructionObstacle(ScheduleAttr schedule);

/// The row that computes what `row` does with vectors of `lanes`, on `machine`:
/// itself, another one of its types and steps, or what LLVM makes of them on
/// any target. Null for an operation that only the target's words say.
const Instruction *findInstructionOfLanes(const Instruction &row, int64_t lanes,
                                          MachineAttr machine);

/// The rows to compute products of `types` with, for each number of steps one
/// that `machine` has, or else one that every target has, or else one that
/// rebases them. Empty when there is none.
llvm::SmallVector<const Instruction *, 2>
getInstructionsFor(const FactorTypes &types, MachineAttr machine);

/// The row that makes the most products of `types` on some CPU.
const Instruction *findBestInstruction(const FactorTypes &types);

/// The full `machine` with the rates, the lanes and the way of broadcasting of
/// `row`.
MachineAttr getMachineFor(const Instruction &row, MachineAttr machine);

/// The same for the row that `schedule` names, if there is one.
MachineAttr getMachineFor(ScheduleAttr schedule, MachineAttr machine);

/// Whether `machine` has `row`, as far as it says.
bool hasInstruction(MachineAttr machine, const Instruction &row);

TargetFamily getFamily(const llvm::Triple &triple);

} // namespace mlir::conv

#endif // CONV_MACHINE_INSTRUCTIONS_H
