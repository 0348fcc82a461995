//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Programs that run whole models, timed beside a module: packages of Python,
/// each in a process of its own, whose timed calls alternate with ours.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MODELPEER_H
#define CONV_MEASURE_MODELPEER_H

#include "conv/Measure/Coprocess.h"
#include "conv/Measure/Invocation.h"

namespace mlir::conv::bench {

/// The names `--peer` takes for modules.
llvm::ArrayRef<llvm::StringRef> getModelPeerNames();

/// Which program runs which file.
struct ModelPeerRequest {
  std::string name;   ///< One of getModelPeerNames(); empty: none.
  std::string model;  ///< What it reads: .onnx, or .param with a .bin beside.
  std::string python; ///< The interpreter that has its package.
  int64_t threads = 1;
};

class ModelPeer {
public:
  /// Loads the model, gives it `inputs` in their order and calls it once. Fails
  /// when the interpreter has no such package, with how to get it, and on a
  /// model that does not take such inputs.
  static llvm::Expected<ModelPeer>
  create(const ModelPeerRequest &request,
         llvm::ArrayRef<Invocation::Input> inputs);

  /// Seconds that `count` calls took; with one thread those of its process,
  /// as getSeconds() counts after pinToOneCPU().
  llvm::Expected<double> run(int64_t count);

  const std::string &getVersion() const { return version; }
  /// Every value of the results.
  const std::vector<double> &getValues() const { return values; }

private:
  explicit ModelPeer(Coprocess process) : process(std::move(process)) {}

  Coprocess process;
  std::string version;
  std::vector<double> values;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MODELPEER_H
