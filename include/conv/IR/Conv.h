//===- Conv.h - The conv dialect --------------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The dialect, its attributes and its operations. What they mean is written
/// in ConvAttrs.td and ConvOps.td.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_IR_CONV_H
#define CONV_IR_CONV_H

#include "conv/IR/Enums.h"
#include "conv/IR/Epilogue.h"
#include "conv/IR/MachineRates.h"
#include "conv/IR/ScheduleFields.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include <array>
#include <string>

#include "conv/IR/ConvDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "conv/IR/ConvAttrs.h.inc"

#include "conv/IR/ConvInterfaces.h.inc"

#define GET_OP_CLASSES
#include "conv/IR/ConvOps.h.inc"

namespace mlir::conv {

/// Marks a function made by `--conv-outline-kernels`.
inline constexpr llvm::StringLiteral kKernelAttrName = "conv.kernel";

/// A schedule without its mnemonic, "<algorithm = direct, ...>", as records and
/// the tools' options hold it.
std::string getScheduleText(ScheduleAttr schedule);

/// The schedule of such a text, with or without the mnemonic; null after a
/// diagnostic when it is not one.
ScheduleAttr parseSchedule(StringRef text, MLIRContext *context);
/// The same without diagnostics.
ScheduleAttr parseScheduleIfValid(StringRef text, MLIRContext *context);

/// Registers how the dialect's operations bufferize.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);

} // namespace mlir::conv

#endif // CONV_IR_CONV_H
