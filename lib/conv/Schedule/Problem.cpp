//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Problem.h"

#include "conv/IR/ElementSize.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

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

/// Whether rows of `value` still follow each other where it is part of a larger
/// tensor: such slices become views, in which rows that are shorter than those
/// of the whole, or apart, are not one run of pixels.
static bool keepsRowsTogether(Value value, int row, int column) {
  while (auto slice = value.getDefiningOp<tensor::ExtractSliceOp>()) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    SmallVector<int> kept;
    for (int dim = 0, e = dropped.size(); dim < e; ++dim)
      if (!dropped.test(dim))
        kept.push_back(dim);
    row = kept[row];
    column = kept[column];
    ArrayRef<int64_t> strides = slice.getStaticStrides();
    if (strides[row] != 1 || strides[column] != 1 ||
        slice.getStaticSizes()[column] !=
            slice.getSourceType().getDimSize(column))
      return false;
    value = slice.getSource();
  }
  return true;
}

/// Whether an operand of an epilogue has the channels of all groups as one
/// dimension, or none of them.
static bool allowsMerging(DimsAttr dims, AffineMap map, ShapedType type,
                          ArrayRef<int64_t> strides) {
  int gOut = dims.outputPos('g'), kOut = dims.outputPos('k');
  if (gOut < 0 || kOut < 0)
    return true;
  int g = findResult(map, gOut), k = findResult(map, kOut);
  if (g < 0 && k < 0)
    return true;
  return g >= 0 && k == g + 1 && !ShapedType::isDynamic(strides[k]) &&
         strides[g] == strides[k] * type.getDimSize(k);
}

/// Whether the channels `letter` of the groups of an operand follow each other,
/// neighbours in memory. Of `inOrder` the groups stand in front of them.
static bool hasRunOfGroups(ArrayRef<int64_t> strides, int g, int channel,
                           int64_t channels, bool inOrder) {
  if (g < 0 || strides[g] != channels)
    return false;
  return channel < 0 ||
         (strides[channel] == 1 && (!inOrder || channel == g + 1));
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
    p.mergeableGroups &= allowsMerging(dims, map, type, strides);
    int row = h < 0 ? -1 : findResult(map, h);
    int column = w < 0 ? -1 : findResult(map, w);
    if (column >= 0 && p.residualColumn == 1)
      p.residualColumn = strides[column];
    if (row >= 0 || column >= 0)
      p.flattenable &= row >= 0 && column == row + 1 &&
                       !ShapedType::isDynamic(strides[column]) &&
                       strides[row] == strides[column] * p.wo &&
                       keepsRowsTogether(operand, row, column);
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

/// Rows or columns of an output nothing is known of. Networks halve the image
/// where they double the channels: ResNets, which see 224 x 224, have 56 x 56
/// of 64, and end at 7 x 7.
static int64_t getCommonExtent(int64_t channels) {
  constexpr int64_t extentTimesChannels = 56 * 64, least = 7, most = 112;
  return std::clamp(extentTimesChannels / std::max<int64_t>(channels, 1), least,
                    most);
}

/// Fills in what only the program knows of the rows or columns of an image, in
/// the input (`in`) and in the output. `declared` are those of the input, 0
/// where nobody says: the output then has `common`. Whether there was something
/// to fill in.
static bool assumeExtents(int64_t &in, int64_t &out, int64_t declared,
                          int64_t common, int64_t stride, int64_t reach,
                          int64_t padding) {
  if (!ShapedType::isDynamic(in) && !ShapedType::isDynamic(out))
    return false;
  if (ShapedType::isDynamic(in)) {
    int64_t outputs = ShapedType::isDynamic(out) ? common : out;
    std::optional<int64_t> read =
        llvm::checkedMulAdd(outputs - 1, stride, reach - padding);
    bool isDeclared = declared > 0 && ShapedType::isDynamic(out);
    in = std::max<int64_t>(isDeclared ? declared : read.value_or(outputs), 1);
  }
  if (ShapedType::isDynamic(out))
    out = std::max<int64_t>(in + padding - reach, 0) / stride + 1;
  return true;
}

/// `type` with the rows and columns of an image that stands for all.
static ShapedType assumeShape(ShapedType type, DimsAttr dims, bool isInput,
                              int64_t rows, int64_t columns) {
  // Known distances stay what they are.
  if (auto memref = dyn_cast<MemRefType>(type))
    if (!memref.getLayout().isIdentity())
      return type;
  SmallVector<int64_t> shape(type.getShape());
  for (auto [letter, extent] : {std::pair('h', rows), std::pair('w', columns)})
    if (int pos = isInput ? dims.inputPos(letter) : dims.outputPos(letter);
        pos >= 0)
      shape[pos] = extent;
  return RankedTensorType::get(shape, type.getElementType());
}

/// What types and dims say: extents, strides, dilations and padding.
static void readExtents(Problem &p, ConvOp op) {
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
  p.hasRows = dims.inputPos('h') >= 0;
  p.hasColumns = dims.inputPos('w') >= 0;
}

/// Assumes rows and columns that only the program knows.
static void assumeImage(Problem &p, ConvOp op) {
  ArrayRef<int64_t> image;
  if (auto declared = dyn_cast_or_null<DenseI64ArrayAttr>(
          op->getDiscardableAttr("conv.image")))
    image = declared.asArrayRef();
  auto getDeclared = [&](size_t axis) {
    return image.size() == 2 ? image[axis] : 0;
  };
  auto getReach = [](int64_t taps, int64_t dilation) {
    return ShapedType::isDynamic(taps) ? 1 : (taps - 1) * dilation + 1;
  };
  int64_t channels = llvm::SaturatingMultiply<uint64_t>(
      std::max<int64_t>(p.g, 1), std::max<int64_t>(std::min(p.c, p.k), 1));
  int64_t common = getCommonExtent(channels);
  p.unknownRows = assumeExtents(p.h, p.ho, getDeclared(0), common, p.strideH,
                                getReach(p.r, p.dilationH), p.lowH + p.highH);
  p.unknownColumns =
      assumeExtents(p.w, p.wo, getDeclared(1), common, p.strideW,
                    getReach(p.s, p.dilationW), p.lowW + p.highW);
}

static void readTypes(Problem &p, ConvOp op) {
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
}

/// Where elements of image and output lie, and what of them is one dimension.
static void readLayout(Problem &p, ConvOp op) {
  DimsAttr dims = op.getDims();
  SmallVector<int64_t> in = getElementStrides(
      assumeShape(op.getInputType(), dims, /*isInput=*/true, p.h, p.w));
  SmallVector<int64_t> out = getElementStrides(
      assumeShape(op.getOutputType(), dims, /*isInput=*/false, p.ho, p.wo));
  auto distance = [](ArrayRef<int64_t> strides, int pos) {
    return pos < 0 ? 1 : strides[pos];
  };
  p.inputColumn = distance(in, dims.inputPos('w'));
  p.inputRow = distance(in, dims.inputPos('h'));
  if (dims.inputPos('C') >= 0)
    p.inputBlock = op.getInputType().getDimSize(dims.inputPos('c'));
  if (dims.outputPos('K') >= 0)
    p.outputBlock = op.getOutputType().getDimSize(dims.outputPos('k'));
  p.vectorGroups = p.types && p.g > 1 && dims.inputPos('c') < 0 &&
                   dims.outputPos('k') < 0 &&
                   distance(in, dims.inputPos('g')) == 1 &&
                   distance(out, dims.outputPos('g')) == 1;
  p.mergeableGroups =
      p.types && p.g > 1 && !p.vectorGroups &&
      hasRunOfGroups(in, dims.inputPos('g'), dims.inputPos('c'), p.c,
                     /*inOrder=*/false) &&
      hasRunOfGroups(out, dims.outputPos('g'), dims.outputPos('k'), p.k,
                     /*inOrder=*/true);
  p.inputChannel = distance(in, dims.inputPos(p.vectorGroups ? 'g' : 'c'));
  p.outputChannel = distance(out, dims.outputPos(p.vectorGroups ? 'g' : 'k'));
  p.outputColumn = distance(out, dims.outputPos('w'));
  auto rowsFollow = [](ArrayRef<int64_t> strides, int h, int w, int64_t width) {
    return h >= 0 && w == h + 1 && !ShapedType::isDynamic(strides[w]) &&
           !ShapedType::isDynamic(width) && strides[h] == strides[w] * width;
  };
  p.flattenable =
      p.isPointwise() && !p.hasUnknownImage() &&
      rowsFollow(in, dims.inputPos('h'), dims.inputPos('w'), p.w) &&
      rowsFollow(out, dims.outputPos('h'), dims.outputPos('w'), p.wo) &&
      p.h == p.ho && p.w == p.wo &&
      keepsRowsTogether(op.getInput(), dims.inputPos('h'),
                        dims.inputPos('w')) &&
      keepsRowsTogether(op.getInit(), dims.outputPos('h'), dims.outputPos('w'));
}

Problem Problem::fromOp(ConvOp op) {
  Problem p;
  readExtents(p, op);
  assumeImage(p, op);
  readTypes(p, op);
  readLayout(p, op);
  p.padsWithValue = op.getPaddingValue() != 0 && p.isPadded();
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
  auto known = [](bool unknown, int64_t extent) {
    return unknown ? ShapedType::kDynamic : extent;
  };
  pair("ih", known(unknownRows, h), "iw", known(unknownColumns, w));
  pair("oh", known(unknownRows, ho), "ow", known(unknownColumns, wo));
  pair("kh", r, "kw", s);
  pair("sh", strideH, "sw", strideW);
  if (dilationH != 1 || dilationW != 1)
    pair("dh", dilationH - 1, "dw", dilationW - 1);
  pair("ph", lowH, "pw", lowW);
  return text;
}
