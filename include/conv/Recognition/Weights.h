//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Weights that stand beside a module instead of in it. The module names them,
///
///   module attributes {conv.weights = "model.safetensors"} {
///     ... arith.constant dense_resource<conv1.weight> : tensor<64x3x7x7xf32>
///
/// and has no value for them; the bytes are a file's, or a caller's, and are
/// read where they lie.
///
/// A context gives a name it has seen before another number: whoever compiles
/// such modules takes a context for each.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_RECOGNITION_WEIGHTS_H
#define CONV_RECOGNITION_WEIGHTS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <optional>
#include <string>

namespace mlir::conv {

/// Attribute of a module that names the file of its weights, relative to the
/// module's own.
inline constexpr llvm::StringLiteral kWeightsAttrName = "conv.weights";

/// Bytes of a constant: dense, row-major, little endian.
struct NamedBlob {
  ArrayRef<char> data;
  /// Of the file, "F32[64, 3, 7, 7]"; empty when that is not known.
  std::string type;
};

/// Blobs by name. `owner` keeps their bytes alive.
struct Weights {
  llvm::StringMap<NamedBlob> blobs;
  std::shared_ptr<void> owner;
};

/// Maps the .safetensors file `path` into memory.
llvm::Expected<Weights> readWeights(llvm::StringRef path);

/// The file of weights that the text of a module called `name` speaks of; an
/// empty string when it speaks of none. Nothing when it does in a way that only
/// a parser understands.
std::optional<std::string> findWeightsFile(llvm::StringRef source,
                                           llvm::StringRef name);

/// Gives every constant of `module` that names a resource without a value the
/// one of that name in `weights`. Fails, at the constant, on one of another
/// size or type. Names `weights` does not have are left alone.
LogicalResult attachWeights(ModuleOp module, const Weights &weights);

/// Attaches the weights of `file`, or, when that is empty, of the file that the
/// module's attribute names; the attribute is removed. Does nothing when there
/// is neither. `mapped` becomes the file, if there is one: once its constants
/// are packed, its pages need not stay in memory.
LogicalResult
loadWeights(ModuleOp module, llvm::StringRef file,
            std::shared_ptr<llvm::MemoryBuffer> *mapped = nullptr);

/// Takes the pages of `file`, if it is mapped, out of memory; who reads it
/// again finds them in the file.
void releasePages(const llvm::MemoryBuffer &file);

} // namespace mlir::conv

#endif // CONV_RECOGNITION_WEIGHTS_H
