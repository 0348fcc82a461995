//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Layers that are more than one convolution of images of known size, as
/// modules: what a front end would hand on, for tools that measure modules.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LAYERS_LAYERMODULE_H
#define CONV_LAYERS_LAYERMODULE_H

#include "conv/Layers/Layer.h"

#include <string>
#include <vector>

namespace mlir::conv::bench {

/// A module whose function `@main(input, out)` computes a layer in f32, `out`
/// being a memref. The filter is a constant.
struct LayerModule {
  std::string text;
  /// The dynamic extents of a call, in the order of the arguments.
  std::vector<int64_t> extents;
};

/// Builds the module. Fails on layouts that a form has no operation for.
llvm::Expected<LayerModule> buildLayerModule(const Layer &layer,
                                             llvm::StringRef layout);

} // namespace mlir::conv::bench

#endif // CONV_LAYERS_LAYERMODULE_H
