//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Calling a function of an MLIR module with made-up arguments.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_INVOCATION_H
#define CONV_MEASURE_INVOCATION_H

#include "conv/Measure/Compile.h"
#include "conv/Measure/Memory.h"

#include "mlir/IR/BuiltinTypes.h"

#include <deque>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// Arguments for a function type and room for its results. Shaped arguments
/// hold small distinct values; from the second argument on, those of rank two
/// and more are taken for weights and scaled so that deep networks neither
/// overflow nor vanish.
class Invocation {
public:
  /// Dynamic dimensions get the next of `extents`, in the order of the
  /// arguments, and `dynamicExtent` where there are none. Fails on types that
  /// cannot be made up, naming them.
  static llvm::Expected<Invocation> create(FunctionType type,
                                           int64_t dynamicExtent,
                                           ArrayRef<int64_t> extents = {});

  /// A shaped argument that is only read.
  struct Input {
    Type elementType;
    std::vector<int64_t> shape;
    ArrayRef<char> bytes;
  };
  /// All of them, in their order; as they are before pack().
  std::vector<Input> getInputs() const;

  /// Calls `@NAME_pack` and puts what it packs in the place of the plain
  /// arguments. Fails when there is no memory.
  llvm::Error pack(Engine::Function function, ArrayRef<PackedArgument> packed);

  /// Calls and keeps the results until the next call or release().
  void call(Engine::Function function);
  void release();

  /// Every value of the results and, for memref arguments, of the arguments,
  /// as doubles.
  std::vector<double> getValues() const;

private:
  struct Shaped {
    Type elementType;
    Buffer buffer;
    std::vector<int64_t> shape;
    bool isOutput = false;
  };
  struct Result {
    Type elementType;
    unsigned rank = 0;
    size_t offset = 0; ///< In words, in `resultWords`.
  };

  llvm::Error addArgument(Type type, int64_t dynamicExtent,
                          ArrayRef<int64_t> &extents);
  llvm::Error addResults(TypeRange types);

  // Deques: the packed arguments point at elements.
  std::deque<Shaped> shaped;
  std::deque<Descriptor> descriptors;
  std::deque<int64_t> scalars;
  std::vector<void *> arguments;
  /// Of the shaped arguments, by index; null for scalars.
  std::vector<Descriptor *> argumentDescriptors;
  std::deque<Buffer> packedBuffers;
  std::vector<Result> results;
  std::vector<int64_t> resultWords;
  bool scalarResult = false, holdsResults = false;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_INVOCATION_H
