//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// From a user's module to kernels and functions with the plain C calling
/// convention, and the description of the functions that callers need.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_EXECUTION_COMPILER_H
#define CONV_EXECUTION_COMPILER_H

#include "conv/Execution/Emit.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Pipelines/Pipelines.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::conv {

/// What a function does with an argument.
enum class ArgumentRole {
  Input,  ///< A tensor or scalar, only read.
  InOut,  ///< A memref of the source, perhaps written.
  Output, ///< A result of the source, only written.
};

/// Kinds of elements, numbered as DLPack does.
enum class ElementCode { Int = 0, UInt = 1, Float = 2, BFloat = 4, Bool = 6 };

/// In a shape: only the caller knows.
inline constexpr int64_t kUnknownExtent = -1;

/// An argument or result. Rank 0 and `scalar`: passed by value.
struct ArgumentInfo {
  ArgumentRole role = ArgumentRole::Input;
  ElementCode code = ElementCode::Float;
  unsigned bits = 32;
  bool scalar = false;
  std::vector<int64_t> shape;
  std::string name; ///< In the source's own terms; empty when it has none.

  /// Both are 0 where an extent is unknown.
  int64_t numElements() const;
  int64_t numBytes() const;
  int64_t numUnknown() const;
};

/// A function a caller can use. It takes its arguments, pointers to its
/// results, where extents of arguments are unknown a pointer to these, and a
/// pointer to the workspace, aligned to 64 bytes.
struct FunctionInfo {
  std::string name;                         ///< In the source.
  std::string symbol;                       ///< In the code.
  std::vector<ArgumentInfo> arguments;      ///< Without results and workspace.
  std::vector<ArgumentInfo> results;        ///< Buffers, role Output.
  std::optional<ArgumentInfo> scalarResult; ///< Returned by value.
  int64_t workspaceBytes = 0;               ///< Of a function without sizes.

  /// Unknown extents of arguments. Of a function that has any,
  /// SYMBOL_result_sizes and SYMBOL_workspace_size take them, too.
  int64_t numSizes() const;
  /// Unknown extents of results.
  int64_t numResultSizes() const;
};

/// What is added to the symbol of a function for the one that says the bytes of
/// its workspace.
inline constexpr llvm::StringLiteral kWorkspaceSizeSuffix = "_workspace_size";

/// A module on memrefs that calls kernels, as compileToObjects takes it.
/// Functions that are not public are internal.
struct LoweredModule {
  OwningOpRef<ModuleOp> module;
  /// What the rest of the way needs to know; with `abi=c`.
  std::unique_ptr<ConvToLLVMOptions> options;
  ResolvedTarget target;
  bool openMP = false;
  std::vector<FunctionInfo> functions;
};

/// How symbols are named: prefix + name + suffix, with prefix + name made an
/// identifier of C and C++ that no other symbol of the module has.
struct SymbolNames {
  std::string prefix, suffix;
};

/// Parses text or bytecode; `name` is what diagnostics call it. A file of
/// another program's is refused with what turns it into a module.
OwningOpRef<ModuleOp> parseModule(llvm::StringRef source, llvm::StringRef name,
                                  MLIRContext *context);

/// Attaches weights that stand in a file (see Weights.h) and runs the pipeline
/// of --conv-to-llvm up to its kernels with `abi=c`, whatever `options` say
/// about it. Arguments and results are called what the attribute `conv.name`
/// says, or `tf.entry_function` of TensorFlow's importers. Fails, with
/// diagnostics in the module's context, on unsupported types in the signature
/// of a public function and results whose extents do not follow from those of
/// arguments, on constants whose value was elided, when there is no public
/// function, and where the pipeline does.
FailureOr<LoweredModule> lowerForC(OwningOpRef<ModuleOp> module,
                                   const ConvToLLVMOptions &options,
                                   const SymbolNames &names = {});

/// Compiles `lowered`, which is used up, into one file of `kind`.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> emit(LoweredModule &lowered,
                                                         OutputKind kind);

/// The functions' name of an element type: "float32", "int8", ...
std::string getElementName(const ArgumentInfo &argument);

} // namespace mlir::conv

#endif // CONV_EXECUTION_COMPILER_H
