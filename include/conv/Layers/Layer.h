//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolution layers to measure: benchdnn's problem strings and sets of
/// layers in JSON.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LAYERS_LAYER_H
#define CONV_LAYERS_LAYER_H

#include "conv/Schedule/Problem.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::conv::bench {

/// What a layer computes.
enum class LayerForm {
  Image,      ///< A convolution of images of known size.
  Dynamic,    ///< One of images whose rows and columns calls bring.
  Volume,     ///< One of images of three dimensions.
  Transposed, ///< A transposed convolution.
};

/// "image", "dynamic", ...: as sets of layers name it.
llvm::StringRef getFormName(LayerForm form);

/// The third axis of a volume. It is padded equally at both ends.
struct DepthAxis {
  int64_t in = 1, taps = 1, stride = 1, pad = 0, out = 1;
};

/// One layer with the name it is reported under. The channels of `problem` are
/// per group. Of a volume it is what one slice and one tap of depth make; of a
/// transposed convolution it has the extents of image and result, the window
/// and strides, and as low padding what is cut off at each side.
struct Layer {
  std::string name, net, source;
  Problem problem;
  LayerForm form = LayerForm::Image;
  DepthAxis depth;

  /// Twice its products. A transposed convolution has one for each tap of each
  /// element of the image: inserted zeros do not count.
  double flops() const;
};

/// Parses benchdnn's notation, "mb1_g1ic64oc64_ih56oh56kh3sh1dh0ph1n\"name\"":
/// channels are totals, `dh0` is undilated, what is said of rows only holds for
/// columns too. `ph` is the low padding; the high one follows from `oh` when
/// that is given and equals the low one otherwise. Fails, naming the token,
/// on what is unknown, repeated, missing or contradictory.
llvm::Expected<Layer> parseProblemString(llvm::StringRef text);

/// Computes ho and wo of `problem` from everything else. Fails when a size is
/// not positive, the window does not fit or an element count overflows.
llvm::Error finishProblem(Problem &problem);

/// Parses a set of layers: a JSON array of objects with name, net, n, c, h, w,
/// k, r, s, groups (totals, not per group), and, where not 1 or 0, stride_h,
/// stride_w, dilation (or dilation_h, dilation_w), pad_h, pad_w, pad_h_high,
/// pad_w_high. `form` is as in getFormName; a volume has d, t, stride_d and
/// pad_d, and a transposed convolution may have out_pad_h and out_pad_w. Errors
/// name `file` and the line or the field.
llvm::Expected<std::vector<Layer>> parseLayers(llvm::StringRef json,
                                               llvm::StringRef file);

/// Names of the sets built into the library, sorted.
std::vector<llvm::StringRef> getNetNames();

/// The layers of a built-in set. Fails, listing the names, on an unknown one.
llvm::Expected<std::vector<Layer>> getNet(llvm::StringRef name);

/// Where a tool's layers come from, as its options name them.
struct LayerSources {
  std::vector<std::string> problems; ///< Problem strings.
  std::vector<std::string> files;    ///< Sets of layers in JSON.
  std::vector<std::string> nets;     ///< Names of built-in sets.
  int64_t batch = 0;                 ///< Of all layers; 0: as they say.
};

/// The layers of all sources, in the order of the fields. Fails with the errors
/// of the functions above and on files that cannot be read.
llvm::Expected<std::vector<Layer>> collectLayers(const LayerSources &sources);

} // namespace mlir::conv::bench

#endif // CONV_LAYERS_LAYER_H
