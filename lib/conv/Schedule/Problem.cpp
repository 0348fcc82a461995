//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Problem.h"

#include "conv/IR/ElementSize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

/// Distance in elements between neighbours along each dimension: the layout of
/// a memref, or what a tensor gets when it is bufferized.
static SmallVector<int64_t> getElementStrides(ShapedType type) {
  if (auto memref = dyn_cast<MemRefType>(type)) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (succeeded(memref.getStridesAndOffset(strides, offset)))
      return strides;
  }
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t i = type.getRank() - 2; i >= 0; --i)
    strides[i] = ShapedType::isDynamic(type.getDimSize(i + 1)) ||
                         ShapedType::isDynamic(strides[i + 1])
                     ? ShapedType::kDynamic
                     : strides[i + 1] * type.getDimSize(i + 1);
  return strides;
}

/// What the epilogue of `op` computes and reads, and what the layouts of its
/// operands allow.
static void readEpilogue(Problem &p, ConvOp op) {
  Epilogue epilogue = Epilogue::of(op);
  if (epilogue.isEmpty())
    return;
  DimsAttr dims = op.getDims();
  int h = dims.outputPos('h'), w = dims.outputPos('w');
  AffineMap channels = op.getChannelMap();
  for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps)) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type)
      continue;
    SmallVector<int64_t> strides = getElementStrides(type);
    p.hasResidual |= map.isIdentity() && map != channels;
    int row = h < 0 ? -1 : findResult(map, h);
    int column = w < 0 ? -1 : findResult(map, w);
    if (column >= 0 && p.residualColumn == 1)
      p.residualColumn = strides[column];
    if (row >= 0 || column >= 0)
      p.flattenable &= row >= 0 && column == row + 1 &&
                       !ShapedType::isDynamic(strides[column]) &&
                       strides[row] == strides[column] * p.wo;
  }
  SmallVector<LeadingAddend> addends = getLeadingAddends(*epilogue.body);
  size_t leading = 0;
  for (const LeadingAddend &addend : addends) {
    p.hasBias |= epilogue.maps[addend.operand] == channels;
    ++leading;
  }
  p.heavyEpilogue = isHeavy(*epilogue.body);
  p.changesType = epilogue.body->getArgument(0).getType() !=
                  op.getOutputType().getElementType();
  // Operations besides the additions it begins with and its end.
  p.hasClamp = std::distance(epilogue.body->front().begin(),
                             epilogue.body->front().end()) >
               static_cast<ptrdiff_t>(leading + 1);
}

Problem Problem::fromOp(ConvOp op) {
  Problem p;
  DimsAttr dims = op.getDims();
  auto outExtent = [&](char letter) {
    int pos = dims.outputPos(letter);
    return pos < 0 ? 1 : op.getOutputType().getDimSize(pos);
  };
  p.n = op.getExtent('n');
  p.g = op.getExtent('g');
  p.c = op.getExtent('c');
  p.h = op.getExtent('h');
  p.w = op.getExtent('w');
  p.k = op.getExtent('k');
  p.r = op.getExtent('r');
  p.s = op.getExtent('s');
  p.ho = outExtent('h');
  p.wo = outExtent('w');
  p.strideH = dims.getStrides()[0];
  p.strideW = dims.getStrides()[1];
  p.dilationH = dims.getDilations()[0];
  p.dilationW = dims.getDilations()[1];
  p.lowH = dims.getLow()[0];
  p.lowW = dims.getLow()[1];
  p.highH = dims.getHigh()[0];
  p.highW = dims.getHigh()[1];
  SmallVector<int64_t> in = getElementStrides(op.getInputType());
  SmallVector<int64_t> out = getElementStrides(op.getOutputType());
  auto distance = [](ArrayRef<int64_t> strides, int pos) {
    return pos < 0 ? 1 : strides[pos];
  };
  p.inputColumn = distance(in, dims.inputPos('w'));
  p.inputRow = distance(in, dims.inputPos('h'));
  if (dims.inputPos('C') >= 0)
    p.inputBlock = op.getInputType().getDimSize(dims.inputPos('c'));
  if (dims.outputPos('K') >= 0)
    p.outputBlock = op.getOutputType().getDimSize(dims.outputPos('k'));
  p.types = FactorTypes::fromTypes(
      op.getInputType().getElementType(), op.getFilterType().getElementType(),
      cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType(),
      op.getUnsignedInput());
  auto bytesOf = [&](ShapedType type) {
    return getElementBytes(type.getElementType(), op).value_or(0);
  };
  p.inputBytes = bytesOf(op.getInputType());
  p.filterBytes = bytesOf(op.getFilterType());
  p.outputBytes = bytesOf(op.getOutputType());
  p.vectorGroups = p.types && p.g > 1 && dims.inputPos('c') < 0 &&
                   dims.outputPos('k') < 0 &&
                   distance(in, dims.inputPos('g')) == 1 &&
                   distance(out, dims.outputPos('g')) == 1;
  p.inputChannel = distance(in, dims.inputPos(p.vectorGroups ? 'g' : 'c'));
  p.outputChannel = distance(out, dims.outputPos(p.vectorGroups ? 'g' : 'k'));
  p.outputColumn = distance(out, dims.outputPos('w'));
  auto rowsFollow = [](ArrayRef<int64_t> strides, int h, int w, int64_t width) {
    return h >= 0 && w == h + 1 && !ShapedType::isDynamic(strides[w]) &&
           !ShapedType::isDynamic(width) && strides[h] == strides[w] * width;
  };
  p.flattenable =
      p.isPointwise() &&
      rowsFollow(in, dims.inputPos('h'), dims.inputPos('w'), p.w) &&
      rowsFollow(out, dims.outputPos('h'), dims.outputPos('w'), p.wo) &&
      p.h == p.ho && p.w == p.wo;
  p.hasRows = dims.inputPos('h') >= 0;
  p.hasColumns = dims.inputPos('w') >= 0;
  readEpilogue(p, op);
  p.accumulates = op.getAccumulate();
  return p;
}

double Problem::getPeak(MachineAttr machine) const {
  double rate = fma ? fma->getRate() : 1;
  return 2.0 * machine.getNVec() * machine.getNFma() * rate;
}

double Problem::flops() const {
  double images = ShapedType::isDynamic(n) ? 1 : n;
  return 2.0 * images * g * k * c * r * s * ho * wo;
}

std::string Problem::str() const {
  std::string text;
  auto number = [](int64_t extent) {
    return ShapedType::isDynamic(extent) ? std::string("?")
                                         : std::to_string(extent);
  };
  auto product = [&](int64_t x, int64_t y) {
    return ShapedType::isDynamic(x) || ShapedType::isDynamic(y)
               ? std::string("?")
               : number(x * y);
  };
  auto pair = [&](StringRef a, int64_t x, StringRef b, int64_t y) {
    text += a.str() + number(x);
    if (x != y)
      text += b.str() + number(y);
  };
  text += "mb" + number(n) + "_";
  if (g != 1)
    text += "g" + number(g);
  text += "ic" + product(g, c) + "oc" + product(g, k) + "_";
  pair("ih", h, "iw", w);
  pair("oh", ho, "ow", wo);
  pair("kh", r, "kw", s);
  pair("sh", strideH, "sw", strideW);
  if (dilationH != 1 || dilationW != 1)
    pair("dh", dilationH - 1, "dw", dilationW - 1);
  pair("ph", lowH, "pw", lowW);
  return text;
}
