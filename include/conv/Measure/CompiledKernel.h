//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A kernel compiled in this process, and calls of it.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_COMPILEDKERNEL_H
#define CONV_MEASURE_COMPILEDKERNEL_H

#include "conv/Measure/Compile.h"
#include "conv/Measure/Invocation.h"
#include "conv/Measure/Measurer.h"
#include "conv/Measure/Memory.h"
#include "conv/Measure/Reference.h"

namespace mlir::conv::bench {

/// Compiles the function `conv` of `request`, and `conv_pack` where it takes
/// the filter packed, with packed interfaces. Not for upstream's loops.
llvm::Expected<Objects> compileKernel(const MeasureRequest &request,
                                      MLIRContext *context,
                                      const ResolvedTarget &target,
                                      CompileLog &log);

/// A compiled kernel and how to call it.
class CompiledKernel {
public:
  static llvm::Expected<CompiledKernel> compile(const MeasureRequest &request,
                                                MLIRContext *context,
                                                const ResolvedTarget &target);

  /// Operands of one call.
  struct Operands {
    Buffer input, filter, packed, bias, residual, output;
  };
  llvm::Expected<Operands> allocate(const ReferenceData &data,
                                    Buffer::Placement placement) const;

  /// What a call has written to the output.
  std::vector<float> readOutput(const Operands &operands) const;

  /// The buffer of the packed filter, poisoned; empty when the kernel takes it
  /// plain.
  llvm::Expected<Buffer> allocatePacked(Buffer::Placement placement) const;

  /// A call ready to be repeated: it points into `operands`.
  class Call {
  public:
    void operator()() { function(packedArguments.data()); }

  private:
    friend class CompiledKernel;
    void add(Buffer &buffer, ArrayRef<int64_t> shape) {
      descriptors.push_back(std::make_unique<Descriptor>(buffer.data(), shape));
    }
    void finish();
    Engine::Function function = nullptr;
    std::vector<std::unique_ptr<Descriptor>> descriptors;
    std::vector<void *> arguments, packedArguments;
  };
  Call getCall(Operands &operands) const;
  /// Packs the filter; does nothing when the kernel takes it plain.
  Call getPackCall(Operands &operands) const;
  bool isPrepacked() const { return packFunction; }
  /// The outputs it computes together at Winograd's points; nothing where it
  /// sums products.
  std::optional<WinogradTile> getTile() const;

  CompileLog log;

private:
  explicit CompiledKernel(const KernelSpec &spec) : spec(spec) {}

  KernelSpec spec;
  std::optional<Engine> engine;
  Engine::Function function = nullptr, packFunction = nullptr;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_COMPILEDKERNEL_H
