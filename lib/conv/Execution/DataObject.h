//===- DataObject.h - Constants that LLVM does not see ----------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A model's weights as a relocatable object of their own, written where they
/// lie: as constants of LLVM they would be held several times on their way to
/// one.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_EXECUTION_DATAOBJECT_H
#define LIB_CONV_EXECUTION_DATAOBJECT_H

#include "conv/Machine/MachineModel.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::conv {

/// Where each constant begins: a line of the cache, and any vector.
inline constexpr uint64_t kDataAlignment = 64;

/// A constant and the symbol that stands for it: equal ones have equal symbols.
struct DataConstant {
  std::string symbol;
  ElementsAttr value;
};

/// Takes the values of large constants out of `module`, which is in the LLVM
/// dialect and keeps declarations of their symbols. None, where no object can
/// be written for `target`.
std::vector<DataConstant> takeConstants(ModuleOp module,
                                        const ResolvedTarget &target);

/// An object that defines `constants`, of the machine that the object `code` is
/// for. What the compiler itself made of them, packed filters, is freed.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
makeDataObject(ArrayRef<DataConstant> constants, llvm::MemoryBufferRef code);

/// A constant of an object, and where it lies.
struct PlacedConstant {
  llvm::StringRef symbol;
  const char *address;
};

/// The constants of `object` where they lie in it, if it has nothing else and
/// they are aligned there; nothing for an object that has to be linked.
std::optional<std::vector<PlacedConstant>>
findPlacedConstants(llvm::MemoryBufferRef object);

} // namespace mlir::conv

#endif // LIB_CONV_EXECUTION_DATAOBJECT_H
