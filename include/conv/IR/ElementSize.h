//===- ElementSize.h - Bytes of elements in memory --------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// How far apart the elements of a buffer are. That is more than their bits:
/// LLVM rounds up to what a type is aligned to, an i48 takes 8 bytes and an f80
/// 16. Everything that counts the bytes of a buffer asks here.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_ELEMENTSIZE_H
#define CONV_IR_ELEMENTSIZE_H

#include "mlir/IR/BuiltinTypes.h"

#include <optional>

namespace mlir::conv {

/// Whether 64 bits can count the elements of `shape` and their bytes, whatever
/// its dynamic extents are.
bool isAddressable(ArrayRef<int64_t> shape);

/// Bytes from one element of type `element` to the next: what LLVM's data
/// layout allocates for one. Takes the larger of the layout that the module
/// around `scope` names, if it does, and that of the 64-bit targets the code
/// may be generated for after all, whose sizes those of other targets do not
/// exceed. Nothing for types that have no size, such as memrefs.
std::optional<int64_t> getElementBytes(Type element,
                                       Operation *scope = nullptr);

/// Bytes of a dense buffer of static shape; nothing for other types, where
/// elements have no size and where the number does not fit.
std::optional<int64_t> getBufferBytes(ShapedType type,
                                      Operation *scope = nullptr);

} // namespace mlir::conv

#endif // CONV_IR_ELEMENTSIZE_H
