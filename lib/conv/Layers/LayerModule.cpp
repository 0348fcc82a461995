//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Layers/LayerModule.h"

#include "conv/Layers/Kernel.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

using Shape = std::vector<int64_t>;

/// "1x?x?x64xf32".
static std::string print(const Shape &shape) {
  std::string text;
  for (int64_t extent : shape)
    text +=
        (ShapedType::isDynamic(extent) ? "?" : std::to_string(extent)) + "x";
  return text + "f32";
}

/// "1, 2".
static std::string list(const Shape &values) {
  return llvm::join(
      llvm::map_range(values,
                      [](int64_t value) { return std::to_string(value); }),
      ", ");
}

/// A constant of `shape`, small integers, as weights that are known are.
static std::string makeFilter(const Shape &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  std::vector<float> values(count);
  uint32_t state = 1;
  for (float &value : values) {
    // Knuth's multiplier of linear congruences.
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 24) / 32 - 4;
  }
  return "dense<\"0x" +
         llvm::toHex(ArrayRef(reinterpret_cast<const uint8_t *>(values.data()),
                              values.size() * sizeof(float))) +
         "\"> : tensor<" + print(shape) + ">";
}

/// The function around `body`, which computes `%r` from `%x`, the filter `%w`
/// and `%zero`, onto `%o`.
static std::string makeModule(const Shape &input, const Shape &filter,
                              const Shape &output, const std::string &body) {
  std::string text =
      llvm::formatv("func.func @main(%x: tensor<{0}>, %out: memref<{1}>) {{\n"
                    "  %zero = arith.constant 0.0 : f32\n"
                    "  %o = bufferization.to_tensor %out restrict writable"
                    " : memref<{1}> to tensor<{1}>\n",
                    print(input), print(output));
  text += "  %w = arith.constant " + makeFilter(filter) + "\n" + body;
  text += llvm::formatv(
      "  bufferization.materialize_in_destination %r in restrict writable %out"
      " : (tensor<{0}>, memref<{0}>) -> ()\n  return\n}\n",
      print(output));
  return text;
}

/// `%NAME`, which is `onto`, a tensor of `shape`, made zero.
static std::string makeZeros(llvm::StringRef name, llvm::StringRef onto,
                             const Shape &shape) {
  return llvm::formatv("  %{0} = linalg.fill ins(%zero : f32)"
                       " outs({1} : tensor<{2}>) -> tensor<{2}>\n",
                       name, onto, print(shape));
}

/// `%r`, an operation of linalg on `%p`.
static std::string makeConvolution(llvm::StringRef operation,
                                   const Shape &strides, const Shape &input,
                                   const Shape &filter, const Shape &output) {
  return llvm::formatv(
      "{0}  %r = linalg.{1} {{strides = dense<[{2}]> : vector<{3}xi64>}"
      " ins(%p, %w : tensor<{4}>, tensor<{5}>) outs(%init : tensor<{6}>)"
      " -> tensor<{6}>\n",
      makeZeros("init", "%o", output), operation, list(strides), strides.size(),
      print(input), print(filter), print(output));
}

static llvm::Expected<LayerModule> buildVolume(const Layer &layer,
                                               bool channelsFirst) {
  const Problem &p = layer.problem;
  const DepthAxis &depth = layer.depth;
  bool depthwise = p.isDepthwise();
  if ((p.g > 1 && !depthwise) || p.dilationH != 1 || p.dilationW != 1 ||
      p.lowH != p.highH || p.lowW != p.highW)
    return llvm::createStringError("volumes are dense or depthwise, without "
                                   "dilation, and padded equally");
  int64_t c = p.g * p.c, k = p.g * p.k;
  auto order = [&](int64_t channels, int64_t d, int64_t h, int64_t w) {
    return channelsFirst ? Shape{p.n, channels, d, h, w}
                         : Shape{p.n, d, h, w, channels};
  };
  Shape input = order(c, depth.in, p.h, p.w);
  Shape padded =
      order(c, depth.in + 2 * depth.pad, p.h + 2 * p.lowH, p.w + 2 * p.lowW);
  Shape output = order(k, depth.out, p.ho, p.wo);
  Shape filter = {depth.taps, p.r, p.s, c, k};
  llvm::StringRef operation = "conv_3d_ndhwc_dhwcf";
  if (depthwise) {
    filter = channelsFirst ? Shape{c, depth.taps, p.r, p.s}
                           : Shape{depth.taps, p.r, p.s, c};
    operation = channelsFirst ? "depthwise_conv_3d_ncdhw_cdhw"
                              : "depthwise_conv_3d_ndhwc_dhwc";
    // These have a multiplier, or a result without one.
    if (channelsFirst)
      return llvm::createStringError(
          "linalg has no depthwise volume without a multiplier in this layout");
  } else if (channelsFirst) {
    filter = {k, c, depth.taps, p.r, p.s};
    operation = "conv_3d_ncdhw_fcdhw";
  }
  Shape pads(5, 0);
  unsigned first = channelsFirst ? 2 : 1;
  pads[first] = depth.pad;
  pads[first + 1] = p.lowH;
  pads[first + 2] = p.lowW;
  std::string body = llvm::formatv(
      "  %p = tensor.pad %x low[{0}] high[{0}] {{\n"
      "  ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index):\n"
      "    tensor.yield %zero : f32\n  } : tensor<{1}> to tensor<{2}>\n",
      list(pads), print(input), print(padded));
  body += makeConvolution(operation, {depth.stride, p.strideH, p.strideW},
                          padded, filter, output);
  return LayerModule{makeModule(input, filter, output, body), {}};
}

/// As torch-mlir writes it: a convolution of the image with zeros between its
/// elements. Its filter is turned around, which is another filter.
static LayerModule buildTransposed(const Layer &layer, bool channelsFirst) {
  const Problem &p = layer.problem;
  auto order = [&](int64_t n, int64_t channels, int64_t h, int64_t w) {
    return channelsFirst ? Shape{n, channels, h, w} : Shape{n, h, w, channels};
  };
  Shape input = order(p.n, p.c, p.h, p.w),
        spread = order(p.n, p.c, p.ho + p.r - 1, p.wo + p.s - 1),
        output = order(p.n, p.k, p.ho, p.wo);
  Shape filter =
      channelsFirst ? Shape{p.k, p.c, p.r, p.s} : Shape{p.r, p.s, p.c, p.k};
  std::string body =
      "  %empty = tensor.empty() : tensor<" + print(spread) + ">\n";
  body += makeZeros("zeros", "%empty", spread);
  body += llvm::formatv(
      "  %p = tensor.insert_slice %x into %zeros[{0}] [{1}] [{2}]"
      " : tensor<{3}> into tensor<{4}>\n",
      list(order(0, 0, p.r - 1 - p.lowH, p.s - 1 - p.lowW)), list(input),
      list(order(1, 1, p.strideH, p.strideW)), print(input), print(spread));
  body +=
      makeConvolution(channelsFirst ? "conv_2d_nchw_fchw" : "conv_2d_nhwc_hwcf",
                      {1, 1}, spread, filter, output);
  return {makeModule(input, filter, output, body), {}};
}

static llvm::Expected<LayerModule> buildDynamic(const Layer &layer,
                                                llvm::StringRef layout) {
  const Problem &p = layer.problem;
  auto letters = getLetters(p, layout);
  if (!letters)
    return letters.takeError();
  KernelSpec spec;
  spec.problem = p;
  spec.letters = *letters;
  std::vector<int64_t> extents;
  auto hide = [&](const Operand &operand) {
    Shape shape(operand.shape.begin(), operand.shape.end());
    for (auto [extent, letter] : llvm::zip_equal(shape, operand.letters))
      if (letter == 'h' || letter == 'w') {
        extents.push_back(extent);
        extent = ShapedType::kDynamic;
      }
    return shape;
  };
  Operand filterOperand = spec.getFilter();
  Shape input = hide(spec.getInput()),
        filter(filterOperand.shape.begin(), filterOperand.shape.end()),
        output = hide(spec.getOutput());
  std::string body = llvm::formatv(
      "  %r = conv.conv dims<{0} x {1} -> {2}, strides = [{3}],"
      " dilations = [{4}], low = [{5}], high = [{6}]>"
      " ins(%x, %w : tensor<{7}>, tensor<{8}>) outs(%o : tensor<{9}>)"
      " -> tensor<{9}>\n",
      letters->input, letters->filter, letters->output,
      list({p.strideH, p.strideW}), list({p.dilationH, p.dilationW}),
      list({p.lowH, p.lowW}), list({p.highH, p.highW}), print(input),
      print(filter), print(output));
  return LayerModule{makeModule(input, filter, output, body), extents};
}

llvm::Expected<LayerModule> bench::buildLayerModule(const Layer &layer,
                                                    llvm::StringRef layout) {
  if (layout != "nhwc" && layout != "nchw")
    return llvm::createStringError("layers of the form '" +
                                   getFormName(layer.form) +
                                   "' are nhwc or nchw");
  bool channelsFirst = layout == "nchw";
  switch (layer.form) {
  case LayerForm::Image:
    return llvm::createStringError("the layer is a convolution by itself");
  case LayerForm::Dynamic:
    return buildDynamic(layer, layout);
  case LayerForm::Volume:
    return buildVolume(layer, channelsFirst);
  case LayerForm::Transposed:
    return buildTransposed(layer, channelsFirst);
  }
  llvm_unreachable("unknown form");
}
