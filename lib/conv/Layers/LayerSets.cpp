//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Layers/Layer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include "LayerSets.inc"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

// Named, so that llvm::json finds fromJSON by argument-dependent lookup.
namespace mlir::conv::bench {
/// One object of a layer set as it stands in the file.
struct LayerRecord { // NOLINT(misc-use-internal-linkage)
  std::string name, net, source;
  int64_t n = 1, c = 0, h = 0, w = 0, k = 0, r = 0, s = 0, groups = 1;
  int64_t strideH = 1, strideW = 1, padH = 0, padW = 0, dilation = 1;
  std::optional<int64_t> padHighH, padHighW, dilationH, dilationW;
  std::string form = "image";
  DepthAxis depth;
  int64_t outPadH = 0, outPadW = 0;
};

static bool fromJSON(const llvm::json::Value &value, LayerRecord &record,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  if (!map || !map.map("name", record.name) ||
      !map.mapOptional("net", record.net) ||
      !map.mapOptional("source", record.source) ||
      !map.mapOptional("n", record.n) || !map.map("c", record.c) ||
      !map.map("h", record.h) || !map.map("w", record.w) ||
      !map.map("k", record.k) || !map.map("r", record.r) ||
      !map.map("s", record.s) || !map.mapOptional("groups", record.groups) ||
      !map.mapOptional("stride_h", record.strideH) ||
      !map.mapOptional("stride_w", record.strideW) ||
      !map.mapOptional("pad_h", record.padH) ||
      !map.mapOptional("pad_w", record.padW) ||
      !map.mapOptional("dilation", record.dilation) ||
      !map.mapOptional("pad_h_high", record.padHighH) ||
      !map.mapOptional("pad_w_high", record.padHighW) ||
      !map.mapOptional("dilation_h", record.dilationH) ||
      !map.mapOptional("dilation_w", record.dilationW) ||
      !map.mapOptional("form", record.form) ||
      !map.mapOptional("d", record.depth.in) ||
      !map.mapOptional("t", record.depth.taps) ||
      !map.mapOptional("stride_d", record.depth.stride) ||
      !map.mapOptional("pad_d", record.depth.pad) ||
      !map.mapOptional("out_pad_h", record.outPadH) ||
      !map.mapOptional("out_pad_w", record.outPadW))
    return false;
  static const llvm::StringRef known[] = {
      "name",      "net",        "source",     "n",          "c",
      "h",         "w",          "k",          "r",          "s",
      "groups",    "stride_h",   "stride_w",   "pad_h",      "pad_w",
      "dilation",  "pad_h_high", "pad_w_high", "dilation_h", "dilation_w",
      "form",      "d",          "t",          "stride_d",   "pad_d",
      "out_pad_h", "out_pad_w"};
  for (const auto &entry : *value.getAsObject())
    if (!llvm::is_contained(known, llvm::StringRef(entry.first))) {
      path.field(entry.first).report("unknown field");
      return false;
    }
  return true;
}
} // namespace mlir::conv::bench

llvm::StringRef bench::getFormName(LayerForm form) {
  switch (form) {
  case LayerForm::Image:
    return "image";
  case LayerForm::Dynamic:
    return "dynamic";
  case LayerForm::Volume:
    return "volume";
  case LayerForm::Transposed:
    return "transposed";
  }
  llvm_unreachable("unknown form");
}

double Layer::flops() const {
  const Problem &p = problem;
  if (form == LayerForm::Transposed)
    return 2.0 * p.n * p.g * p.c * p.k * p.r * p.s * p.h * p.w;
  return problem.flops() * depth.taps * depth.out;
}

/// Computes the extents of the result. Fails where there is none.
static llvm::Error finishLayer(Layer &layer) {
  Problem &p = layer.problem;
  if (layer.form == LayerForm::Transposed) {
    if (p.n < 1 || p.ho < 1 || p.wo < 1 || p.lowH >= p.r || p.lowW >= p.s ||
        p.dilationH != 1 || p.dilationW != 1 || p.g != 1)
      return llvm::createStringError(
          "a transposed convolution cuts off less than its window, and has "
          "neither groups nor dilation");
    return llvm::Error::success();
  }
  DepthAxis &depth = layer.depth;
  int64_t room = depth.in + 2 * depth.pad - depth.taps;
  if (depth.taps < 1 || depth.stride < 1 || depth.pad < 0 || room < 0)
    return llvm::createStringError("the window does not fit along the depth");
  depth.out = room / depth.stride + 1;
  return finishProblem(p);
}

static std::optional<LayerForm> parseForm(llvm::StringRef name) {
  for (LayerForm form : {LayerForm::Image, LayerForm::Dynamic,
                         LayerForm::Volume, LayerForm::Transposed})
    if (getFormName(form) == name)
      return form;
  return std::nullopt;
}

static llvm::Expected<Layer> makeLayer(const LayerRecord &record) {
  Layer layer;
  layer.name = record.name;
  layer.net = record.net;
  layer.source = record.source;
  if (record.groups < 1 || record.c % record.groups || record.k % record.groups)
    return llvm::createStringError(
        llvm::formatv("groups = {0} does not divide c = {1} and k = {2}",
                      record.groups, record.c, record.k));
  Problem &p = layer.problem;
  p.n = record.n;
  p.g = record.groups;
  p.c = record.c / record.groups;
  p.k = record.k / record.groups;
  p.h = record.h;
  p.w = record.w;
  p.r = record.r;
  p.s = record.s;
  p.strideH = record.strideH;
  p.strideW = record.strideW;
  p.dilationH = record.dilationH.value_or(record.dilation);
  p.dilationW = record.dilationW.value_or(record.dilation);
  p.lowH = record.padH;
  p.lowW = record.padW;
  p.highH = record.padHighH.value_or(record.padH);
  p.highW = record.padHighW.value_or(record.padW);
  std::optional<LayerForm> form = parseForm(record.form);
  if (!form)
    return llvm::createStringError(
        "unknown form '" + record.form +
        "' (known: image, dynamic, volume, transposed)");
  layer.form = *form;
  if (*form == LayerForm::Volume)
    layer.depth = record.depth;
  if (*form == LayerForm::Transposed) {
    p.ho = (p.h - 1) * p.strideH + p.r + record.outPadH - p.lowH - p.highH;
    p.wo = (p.w - 1) * p.strideW + p.s + record.outPadW - p.lowW - p.highW;
  }
  if (auto error = finishLayer(layer))
    return std::move(error);
  return layer;
}

llvm::Expected<std::vector<Layer>> bench::parseLayers(llvm::StringRef json,
                                                      llvm::StringRef file) {
  auto value = llvm::json::parse(json);
  if (!value)
    return llvm::createStringError(file + ": " +
                                   llvm::toString(value.takeError()));
  std::vector<LayerRecord> records;
  llvm::json::Path::Root root("layers");
  if (!llvm::json::fromJSON(*value, records, root))
    return llvm::createStringError(file + ": " +
                                   llvm::toString(root.getError()));
  std::vector<Layer> layers;
  for (auto [i, record] : llvm::enumerate(records)) {
    auto layer = makeLayer(record);
    if (!layer)
      return llvm::createStringError(
          llvm::formatv("{0}: layers[{1}] ('{2}'): {3}", file, i, record.name,
                        llvm::toString(layer.takeError())));
    layers.push_back(std::move(*layer));
  }
  return layers;
}

std::vector<llvm::StringRef> bench::getNetNames() {
  std::vector<llvm::StringRef> names;
  for (const EmbeddedNet &net : kEmbeddedNets)
    names.push_back(net.name);
  return names;
}

llvm::Expected<std::vector<Layer>> bench::getNet(llvm::StringRef name) {
  for (const EmbeddedNet &net : kEmbeddedNets)
    if (net.name == name)
      return parseLayers(net.json, (name + ".json").str());
  return llvm::createStringError("unknown net '" + name + "' (known: " +
                                 llvm::join(getNetNames(), ", ") + ")");
}

llvm::Expected<std::vector<Layer>>
bench::collectLayers(const LayerSources &sources) {
  std::vector<Layer> layers;
  auto append = [&](llvm::Expected<std::vector<Layer>> more) -> llvm::Error {
    if (!more)
      return more.takeError();
    layers.insert(layers.end(), more->begin(), more->end());
    return llvm::Error::success();
  };
  for (const std::string &problem : sources.problems) {
    auto layer = parseProblemString(problem);
    if (!layer)
      return layer.takeError();
    layers.push_back(std::move(*layer));
  }
  for (const std::string &file : sources.files) {
    auto text = llvm::MemoryBuffer::getFile(file, /*IsText=*/true);
    if (!text)
      return llvm::createStringError("cannot read " + file + ": " +
                                     text.getError().message());
    if (auto error = append(parseLayers((*text)->getBuffer(), file)))
      return std::move(error);
  }
  for (const std::string &net : sources.nets)
    if (auto error = append(getNet(net)))
      return std::move(error);
  if (sources.batch > 0)
    for (Layer &layer : layers) {
      layer.problem.n = sources.batch;
      if (auto error = finishLayer(layer))
        return llvm::createStringError(layer.name + ": " +
                                       llvm::toString(std::move(error)));
    }
  return layers;
}
