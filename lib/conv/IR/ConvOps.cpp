//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Operations of the conv dialect: verification, canonicalization, effects.
///
//===----------------------------------------------------------------------===//

#include "OpUtils.h"
#include "conv/IR/Conv.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Assembly helper: letters without quotes
//===----------------------------------------------------------------------===//

static ParseResult parseLetters(OpAsmParser &parser, StringAttr &attr) {
  StringRef letters;
  if (parser.parseKeyword(&letters))
    return failure();
  attr = parser.getBuilder().getStringAttr(letters);
  return success();
}
static void printLetters(OpAsmPrinter &printer, Operation *, StringAttr attr) {
  printer << attr.getValue();
}

#include "conv/IR/ConvInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "conv/IR/ConvOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Shared pieces
//===----------------------------------------------------------------------===//

/// Reads of inputs, writes of the init; reads of the init when `readsInit`.
void mlir::conv::addDpsEffects(
    DestinationStyleOpInterface op, bool readsInit,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand *operand : op.getDpsInputOperands())
    if (isa<MemRefType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), operand,
                           SideEffects::DefaultResource::get());
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (readsInit)
      effects.emplace_back(MemoryEffects::Read::get(), &operand,
                           SideEffects::DefaultResource::get());
    effects.emplace_back(MemoryEffects::Write::get(), &operand,
                         SideEffects::DefaultResource::get());
  }
}

/// Tensors and memrefs do not mix, element types agree, the result has the
/// init's type, and no operand has more elements than 63 bits can count.
LogicalResult mlir::conv::verifyDps(Operation *op) {
  auto dps = cast<DestinationStyleOpInterface>(op);
  bool tensors = isa<RankedTensorType>(dps.getDpsInits().front().getType());
  Type element =
      cast<ShapedType>(dps.getDpsInits().front().getType()).getElementType();
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type)
      continue;
    if (isa<RankedTensorType>(type) != tensors)
      return op->emitOpError("mixes tensors and memrefs");
    if (type.getElementType() != element)
      return op->emitOpError("element type ")
             << type.getElementType() << " of an operand differs from the "
             << "output's " << element;
    if (auto memref = dyn_cast<MemRefType>(type))
      if (!memref.isStrided())
        return op->emitOpError("operand of type ") << type << " has no strides";
    int64_t count = 1;
    for (int64_t size : type.getShape()) {
      if (ShapedType::isDynamic(size))
        continue;
      std::optional<int64_t> product = llvm::checkedMul(count, size);
      // Byte counts must fit as well.
      if (!product || *product > (int64_t(1) << 59))
        return op->emitOpError("operand of type ")
               << type << " has more elements than can be addressed";
      count = *product;
    }
  }
  if (op->getNumResults() != (tensors ? 1u : 0u))
    return op->emitOpError(tensors ? "on tensors must have one result"
                                   : "on memrefs must not have a result");
  if (tensors &&
      op->getResult(0).getType() != dps.getDpsInits().front().getType())
    return op->emitOpError("result type differs from the type of outs");
  return success();
}

Speculation::Speculatability mlir::conv::speculatability(Operation *op) {
  bool pure = llvm::all_of(op->getOperandTypes(),
                           [](Type t) { return !isa<MemRefType>(t); });
  return pure ? Speculation::Speculatable : Speculation::NotSpeculatable;
}

namespace {

LogicalResult verifyClamp(Operation *op, ClampAttr clamp, ShapedType output) {
  if (clamp)
    for (FloatAttr bound : {clamp.getLower(), clamp.getUpper()})
      if (bound && bound.getType() != output.getElementType())
        return op->emitOpError("clamp bound of type ")
               << bound.getType() << " on elements of type "
               << output.getElementType();
  return success();
}

/// Adds `factor * expr` to `coefficients`, one per dimension and the constant
/// last. False when `expr` is not linear or its coefficients are not those of
/// strides, dilations and pads. Upstream's flattening asserts or overflows on
/// hand-written maps.
bool addLinear(AffineExpr expr, int64_t factor,
               MutableArrayRef<int64_t> coefficients) {
  constexpr int64_t kMax = int64_t(1) << 31;
  auto add = [&](int64_t &coefficient) {
    coefficient += factor;
    return coefficient >= -kMax && coefficient <= kMax;
  };
  if (factor < -kMax || factor > kMax)
    return false;
  switch (expr.getKind()) {
  case AffineExprKind::DimId:
    return add(coefficients[cast<AffineDimExpr>(expr).getPosition()]);
  case AffineExprKind::Constant: {
    std::optional<int64_t> product =
        llvm::checkedMul(factor, cast<AffineConstantExpr>(expr).getValue());
    if (!product || *product < -kMax || *product > kMax)
      return false;
    factor = *product;
    return add(coefficients.back());
  }
  case AffineExprKind::Add: {
    auto sum = cast<AffineBinaryOpExpr>(expr);
    return addLinear(sum.getLHS(), factor, coefficients) &&
           addLinear(sum.getRHS(), factor, coefficients);
  }
  case AffineExprKind::Mul: {
    auto product = cast<AffineBinaryOpExpr>(expr);
    auto constant = dyn_cast<AffineConstantExpr>(product.getRHS());
    if (!constant)
      return false;
    std::optional<int64_t> scaled =
        llvm::checkedMul(factor, constant.getValue());
    return scaled && addLinear(product.getLHS(), *scaled, coefficients);
  }
  default:
    return false;
  }
}

/// Whether `expr` is `c floordiv b` or `c mod b`.
bool isBlockOfChannels(AffineExpr expr) {
  if (expr.getKind() != AffineExprKind::Mod &&
      expr.getKind() != AffineExprKind::FloorDiv)
    return false;
  auto dim = dyn_cast<AffineDimExpr>(cast<AffineBinaryOpExpr>(expr).getLHS());
  return dim && dim.getPosition() == ContractOp::C;
}

/// The b of `c floordiv b` and `c mod b` among the results of a map of `a`; 0
/// when there are neither, nothing when they do not fit together.
std::optional<int64_t> findChannelBlock(AffineMap map) {
  SmallVector<int64_t> divisors;
  unsigned mods = 0;
  for (AffineExpr expr : map.getResults()) {
    if (!isBlockOfChannels(expr))
      continue;
    bool mod = expr.getKind() == AffineExprKind::Mod;
    auto divisor =
        dyn_cast<AffineConstantExpr>(cast<AffineBinaryOpExpr>(expr).getRHS());
    if (!divisor || divisor.getValue() < 1)
      return std::nullopt;
    divisors.push_back(divisor.getValue());
    mods += mod;
  }
  if (divisors.empty())
    return 0;
  if (divisors.size() != 2 || mods != 1 || divisors[0] != divisors[1])
    return std::nullopt;
  return divisors[0];
}

bool agree(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

} // namespace

//===----------------------------------------------------------------------===//
// ConvOp
//===----------------------------------------------------------------------===//

ShapedType ConvOp::getInputType() {
  return cast<ShapedType>(getInput().getType());
}
ShapedType ConvOp::getFilterType() {
  return cast<ShapedType>(getFilter().getType());
}
ShapedType ConvOp::getOutputType() {
  return cast<ShapedType>(getInit().getType());
}

int64_t ConvOp::getExtent(char letter) {
  DimsAttr dims = getDims();
  if (int pos = dims.filterPos(letter); pos >= 0)
    return getFilterType().getDimSize(pos);
  // h and w mean the input's; the output's are asked for through its type.
  if (int pos = dims.inputPos(letter); pos >= 0)
    return getInputType().getDimSize(pos);
  if (int pos = dims.outputPos(letter); pos >= 0)
    return getOutputType().getDimSize(pos);
  return 1;
}

void ConvOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                getAccumulate(), effects);
}

Speculation::Speculatability ConvOp::getSpeculatability() {
  return speculatability(getOperation());
}

LogicalResult ConvOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  DimsAttr dims = getDims();
  struct Operand {
    StringRef name, letters;
    ShapedType type;
  } operands[] = {{"input", dims.getInput(), getInputType()},
                  {"filter", dims.getFilter(), getFilterType()},
                  {"output", dims.getOutput(), getOutputType()}};
  for (const Operand &o : operands)
    if (static_cast<int64_t>(o.letters.size()) != o.type.getRank())
      return emitOpError(o.name) << " has rank " << o.type.getRank()
                                 << " but dims names '" << o.letters << "'";
  auto extent = [](const Operand &o, char letter) -> std::optional<int64_t> {
    size_t pos = o.letters.find(letter);
    if (pos == StringRef::npos)
      return std::nullopt;
    int64_t size = o.type.getDimSize(pos);
    // Blocked channels: all blocks together.
    size_t block = letter == 'c'   ? o.letters.find('C')
                   : letter == 'k' ? o.letters.find('K')
                                   : StringRef::npos;
    if (block == StringRef::npos)
      return size;
    int64_t blocks = o.type.getDimSize(block);
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(blocks))
      return ShapedType::kDynamic;
    return size * blocks;
  };
  for (auto [o, block, within] :
       {std::tuple(operands[0], 'C', 'c'), std::tuple(operands[2], 'K', 'k')})
    if (extent(o, block) && (ShapedType::isDynamic(*extent(o, block)) ||
                             ShapedType::isDynamic(*extent(o, within))))
      return emitOpError("blocks of channels of the ")
             << o.name << " must have static extents";
  for (char letter : {'n', 'g', 'c', 'k'}) {
    std::optional<int64_t> first;
    StringRef firstName;
    for (const Operand &o : operands) {
      std::optional<int64_t> size = extent(o, letter);
      if (!size)
        continue;
      if (first && !agree(*first, *size))
        return emitOpError("dimension '")
               << Twine(letter) << "' is " << *first << " in the " << firstName
               << " and " << *size << " in the " << o.name;
      if (!first || ShapedType::isDynamic(*first)) {
        first = size;
        firstName = o.name;
      }
    }
  }
  for (auto [i, image, window] :
       {std::tuple(0, 'h', 'r'), std::tuple(1, 'w', 's')}) {
    int64_t in = extent(operands[0], image).value_or(1);
    int64_t taps = extent(operands[1], window).value_or(1);
    int64_t out = extent(operands[2], image).value_or(1);
    if (ShapedType::isDynamic(in) || ShapedType::isDynamic(taps) ||
        ShapedType::isDynamic(out))
      continue;
    if (taps < 1)
      return emitOpError("dimension '") << Twine(window) << "' is empty";
    // All factors are below 2^31 or checked shapes, but their sum may not fit.
    std::optional<int64_t> reach =
        llvm::checkedMul(dims.getDilations()[i], taps - 1);
    std::optional<int64_t> padded =
        llvm::checkedAdd(in, dims.getLow()[i] + dims.getHigh()[i]);
    if (!reach || !padded)
      return emitOpError("geometry of '") << Twine(image) << "' overflows";
    // Front ends may leave unread rows behind the last window, never the
    // opposite.
    int64_t expected = *padded <= *reach
                           ? 0
                           : (*padded - *reach - 1) / dims.getStrides()[i] + 1;
    if (out > expected)
      return emitOpError("output has ")
             << out << " in dimension '" << Twine(image)
             << "', the window fits only " << expected << " times";
  }
  if (getBias()) {
    auto type = cast<ShapedType>(getBias().getType());
    SmallVector<int64_t> want;
    for (char letter : {'g', 'k'})
      if (std::optional<int64_t> size = extent(operands[2], letter))
        want.push_back(*size);
    if (type.getRank() != static_cast<int64_t>(want.size()) ||
        !llvm::all_of(llvm::zip(type.getShape(), want), [](auto pair) {
          return agree(std::get<0>(pair), std::get<1>(pair));
        }))
      return emitOpError("bias of type ")
             << type << " does not have the output's g and k dimensions";
  }
  if (getResidual()) {
    auto type = cast<ShapedType>(getResidual().getType());
    if (type.getRank() != getOutputType().getRank() ||
        !llvm::all_of(llvm::zip(type.getShape(), getOutputType().getShape()),
                      [](auto pair) {
                        return agree(std::get<0>(pair), std::get<1>(pair));
                      }))
      return emitOpError("residual of type ")
             << type << " does not have the output's shape";
  }
  return verifyClamp(getOperation(), getClampAttr(), getOutputType());
}

namespace {

/// Drops `tensor.cast` that only forgets static sizes of inputs.
struct FoldInputCasts : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    bool changed = false;
    for (OpOperand &operand : op->getOpOperands()) {
      if (op.isDpsInit(&operand))
        continue;
      auto cast = operand.get().getDefiningOp<tensor::CastOp>();
      if (!cast || !tensor::canFoldIntoConsumerOp(cast))
        continue;
      rewriter.modifyOpInPlace(op, [&] { operand.set(cast.getSource()); });
      changed = true;
    }
    return success(changed);
  }
};

/// Without `accumulate` the contents of outs do not matter: a fill is skipped.
struct DropUnreadInit : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAccumulate())
      return failure();
    auto fill = op.getInit().getDefiningOp<linalg::FillOp>();
    if (!fill || !fill.hasPureTensorSemantics())
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op.getInitMutable().assign(fill.output()); });
    return success();
  }
};

} // namespace

void ConvOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                         MLIRContext *context) {
  results.add<FoldInputCasts, DropUnreadInit>(context);
}

//===----------------------------------------------------------------------===//
// PackFilterOp
//===----------------------------------------------------------------------===//

ShapedType PackFilterOp::getFilterType() {
  return cast<ShapedType>(getFilter().getType());
}
ShapedType PackFilterOp::getPackedType() {
  return cast<ShapedType>(getInit().getType());
}

void PackFilterOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                /*readsInit=*/false, effects);
}

Speculation::Speculatability PackFilterOp::getSpeculatability() {
  return speculatability(getOperation());
}

SmallVector<int64_t> PackFilterOp::getPackedShape(ArrayRef<int64_t> shape,
                                                  StringRef layout, int64_t cOb,
                                                  int64_t cPack) {
  auto extent = [&](char letter) -> int64_t {
    size_t pos = layout.find(letter);
    return pos == StringRef::npos ? 1 : shape[pos];
  };
  SmallVector<int64_t> packed{
      extent('g'), llvm::divideCeilSigned(extent('k'), cOb),   extent('r'),
      extent('s'), llvm::divideCeilSigned(extent('c'), cPack), cOb};
  if (cPack > 1)
    packed.push_back(cPack);
  return packed;
}

LogicalResult PackFilterOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  StringRef layout = getLayout();
  if (layout.empty())
    return emitOpError("layout names no dimension");
  for (auto [i, letter] : llvm::enumerate(layout))
    if (!StringRef("gkcrs").contains(letter) ||
        layout.drop_front(i + 1).contains(letter))
      return emitOpError("layout '") << layout
                                     << "' is not made of distinct letters of "
                                        "'gkcrs'";
  if (static_cast<int64_t>(layout.size()) != getFilterType().getRank())
    return emitOpError("filter has rank ")
           << getFilterType().getRank() << " but layout names '" << layout
           << "'";
  if (!getFilterType().hasStaticShape())
    return emitOpError("filter of type ")
           << getFilterType() << " must have a static shape";
  int64_t cPack = getCPack();
  if (cPack != 1 && cPack != 2 && cPack != 4)
    return emitOpError("c_pack must be 1, 2 or 4, got ") << cPack;
  if (getPackedType().getRank() != (cPack > 1 ? 7 : 6))
    return emitOpError("packed filter of type ")
           << getPackedType() << " must have rank " << (cPack > 1 ? 7 : 6);
  if (ShapedType::isDynamic(getPackedType().getDimSize(5)) ||
      getPackedType().getDimSize(5) == 0)
    return emitOpError("packed filter of type ")
           << getPackedType()
           << " must have a static block of k in dimension 5";
  SmallVector<int64_t> want = getPackedShape(
      getFilterType().getShape(), layout, getPackedType().getDimSize(5), cPack);
  if (llvm::ArrayRef<int64_t>(want) != getPackedType().getShape())
    return emitOpError("packed filter of type ")
           << getPackedType() << " should be "
           << RankedTensorType::get(want, getPackedType().getElementType());
  return success();
}

//===----------------------------------------------------------------------===//
// ContractOp
//===----------------------------------------------------------------------===//

ShapedType ContractOp::getAType() { return cast<ShapedType>(getA().getType()); }
ShapedType ContractOp::getBType() { return cast<ShapedType>(getB().getType()); }
ShapedType ContractOp::getOutType() {
  return cast<ShapedType>(getInit().getType());
}

AffineMap ContractOp::getMap(unsigned i) {
  return cast<AffineMapAttr>(getIndexingMaps()[i]).getValue();
}

void ContractOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  addDpsEffects(cast<DestinationStyleOpInterface>(getOperation()),
                getAccumulate(), effects);
}

Speculation::Speculatability ContractOp::getSpeculatability() {
  return speculatability(getOperation());
}

SmallVector<int64_t> ContractOp::getExtents() {
  SmallVector<int64_t> extents(NumIterators, 1);
  auto read = [&](AffineMap map, ShapedType type) {
    for (auto [i, expr] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        extents[dim.getPosition()] = type.getDimSize(i);
  };
  read(getMap(1), getBType());
  read(getMap(2), getOutType());
  // The packed dimension of c is c floordiv c_pack.
  if (getSchedule().getFilter() == FilterForm::Packed && getCPack() > 1) {
    int64_t blocks = getBType().getDimSize(4);
    extents[C] =
        ShapedType::isDynamic(blocks) ? blocks : blocks * (int64_t)getCPack();
  }
  return extents;
}

int64_t ContractOp::getChannelBlock() {
  return findChannelBlock(getMap(0)).value_or(0);
}

bool ContractOp::isInBounds(unsigned dim) {
  // Blocks of channels are whole, as the verifier knows.
  if (isBlockOfChannels(getMap(0).getResult(dim)))
    return true;
  SmallVector<int64_t> extents = getExtents();
  int64_t size = getAType().getDimSize(dim);
  SmallVector<int64_t> flat;
  if (failed(getFlattenedAffineExpr(getMap(0).getResult(dim), NumIterators, 0,
                                    &flat)))
    return false;
  int64_t low = flat.back(), high = flat.back();
  for (unsigned i = 0; i < NumIterators; ++i) {
    if (flat[i] == 0)
      continue;
    // A whole dynamic dimension is in bounds of the other whole dimension.
    if (ShapedType::isDynamic(extents[i]) && ShapedType::isDynamic(size))
      return flat.back() == 0 && flat[i] == 1 &&
             llvm::count_if(flat, [](int64_t c) { return c != 0; }) == 1;
    if (ShapedType::isDynamic(extents[i]))
      return false;
    int64_t &bound = flat[i] < 0 ? low : high;
    std::optional<int64_t> sum =
        llvm::checkedMulAdd(flat[i], extents[i] - 1, bound);
    if (!sum)
      return false;
    bound = *sum;
  }
  if (getRowOrigin() && flat[Ho] != 0)
    return false;
  return low >= 0 && !ShapedType::isDynamic(size) && high < size;
}

LogicalResult ContractOp::verify() {
  if (failed(verifyDps(getOperation())))
    return failure();
  if (getIndexingMaps().size() != 3)
    return emitOpError("needs three indexing maps, got ")
           << getIndexingMaps().size();
  ShapedType types[] = {getAType(), getBType(), getOutType()};
  for (unsigned i = 0; i < 3; ++i) {
    AffineMap map = getMap(i);
    if (map.getNumDims() != NumIterators || map.getNumSymbols() != 0)
      return emitOpError("map ")
             << i << " must have the eight iterators n, g, ho, wo, k, r, s, c";
    if (map.getNumResults() != static_cast<unsigned>(types[i].getRank()))
      return emitOpError("map ")
             << i << " has " << map.getNumResults()
             << " results for a tensor of rank " << types[i].getRank();
  }
  std::optional<int64_t> channelBlock = findChannelBlock(getMap(0));
  if (!channelBlock)
    return emitOpError("map 0 must have both c floordiv b and c mod b of one "
                       "positive b, or neither");
  for (AffineExpr expr : getMap(0).getResults()) {
    SmallVector<int64_t> coefficients(NumIterators + 1, 0);
    if (*channelBlock != 0 && isBlockOfChannels(expr))
      continue;
    if (!addLinear(expr, /*factor=*/1, coefficients))
      return emitOpError("map 0 is not linear in the iterators with "
                         "coefficients in [-2^31, 2^31]");
  }
  llvm::SmallBitVector seen(NumIterators);
  for (AffineExpr expr : getMap(2).getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || dim.getPosition() > K || seen.test(dim.getPosition()))
      return emitOpError("map 2 must name distinct iterators among n, g, ho, "
                         "wo, k");
    seen.set(dim.getPosition());
  }
  int64_t cPack = getCPack();
  if (cPack != 1 && cPack != 2 && cPack != 4)
    return emitOpError("c_pack must be 1, 2 or 4, got ") << cPack;
  bool packed = getSchedule().getFilter() == FilterForm::Packed;
  if (packed) {
    MLIRContext *ctx = getContext();
    auto d = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
    int64_t cOb = getSchedule().getCOb();
    SmallVector<AffineExpr> want = {d(G), d(K).floorDiv(cOb), d(R), d(S),
                                    d(C), d(K) % cOb};
    if (cPack > 1) {
      want[4] = d(C).floorDiv(cPack);
      want.push_back(d(C) % cPack);
    }
    if (getMap(1) != AffineMap::get(NumIterators, 0, want, ctx)) {
      InFlightDiagnostic diag =
          emitOpError("map 1 of a packed filter must be (g, k floordiv ")
          << cOb << ", r, s, c";
      if (cPack > 1)
        diag << " floordiv " << cPack;
      diag << ", k mod " << cOb;
      if (cPack > 1)
        diag << ", c mod " << cPack;
      return diag << ")";
    }
  } else {
    llvm::SmallBitVector named(NumIterators);
    for (AffineExpr expr : getMap(1).getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      unsigned position = dim ? dim.getPosition() : unsigned(N);
      if (position == N || position == Ho || position == Wo ||
          named.test(position))
        return emitOpError("map 1 of a plain filter must name distinct "
                           "iterators among g, k, r, s, c");
      named.set(position);
    }
    if (cPack != 1)
      return emitOpError("c_pack = ") << cPack << " needs a packed filter";
  }
  // Both operands say the extent of an iterator they share.
  SmallVector<int64_t> extents = getExtents();
  for (auto [i, expr] : llvm::enumerate(getMap(1).getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      if (int64_t size = getBType().getDimSize(i);
          !agree(size, extents[dim.getPosition()]))
        return emitOpError("dimension ")
               << i << " of the filter is " << size << " but the output says "
               << extents[dim.getPosition()];
  for (auto [i, letter] : {std::pair(G, 'g'), std::pair(K, 'k')})
    if (!seen.test(i) && extents[i] != 1)
      return emitOpError("the filter has ")
             << extents[i] << " of '" << Twine(letter)
             << "', which the output does not have";
  for (unsigned i : {R, S, C, K})
    if (ShapedType::isDynamic(extents[i]))
      return emitOpError("extents of k, r, s and c must be static");
  if (packed) {
    int64_t cOb = getSchedule().getCOb();
    int64_t blocks = llvm::divideCeilSigned(extents[K], cOb);
    if (!agree(getBType().getDimSize(1), blocks) ||
        getBType().getDimSize(5) != cOb ||
        (cPack > 1 && getBType().getDimSize(6) != cPack))
      return emitOpError("packed filter of type ")
             << getBType() << " does not hold " << extents[K]
             << " channels in blocks of " << cOb;
  }
  if (*channelBlock != 0) {
    for (auto [dim, expr] : llvm::enumerate(getMap(0).getResults())) {
      int64_t want = expr.getKind() == AffineExprKind::Mod ? *channelBlock
                     : expr.getKind() == AffineExprKind::FloorDiv
                         ? extents[C] / *channelBlock
                         : getAType().getDimSize(dim);
      if (extents[C] % *channelBlock != 0 || getAType().getDimSize(dim) != want)
        return emitOpError("dimension ")
               << dim << " of a is " << getAType().getDimSize(dim)
               << ", which does not hold " << extents[C]
               << " channels in blocks of " << *channelBlock;
    }
  }
  // Only windows may leave `a`; anything else is a wrong shape. Packed pairs
  // of c may run over the last channel.
  for (unsigned dim = 0; dim < getMap(0).getNumResults(); ++dim) {
    AffineExpr expr = getMap(0).getResult(dim);
    if (llvm::any_of(ArrayRef<unsigned>{Ho, Wo, R, S},
                     [&](unsigned i) { return expr.isFunctionOfDim(i); }) ||
        (cPack > 1 && expr.isFunctionOfDim(C)))
      continue;
    bool isStatic = getAType().getDimSize(dim) != ShapedType::kDynamic;
    for (unsigned i : {N, G, K, C})
      isStatic &=
          !expr.isFunctionOfDim(i) || !ShapedType::isDynamic(extents[i]);
    if (isStatic && !isInBounds(dim))
      return emitOpError("dimension ")
             << dim << " of a is " << getAType().getDimSize(dim)
             << ", too small for its iterators";
  }
  auto lastIs = [&](unsigned iterator) {
    return getMap(2).getNumResults() != 0 &&
           getMap(2).getResults().back() ==
               getAffineDimExpr(iterator, getContext());
  };
  if (getStore() == StoreMode::KContiguous && !lastIs(K))
    return emitOpError("store = k_contiguous needs k as the output's last "
                       "dimension");
  if (getStore() == StoreMode::WContiguous && !lastIs(Wo))
    return emitOpError("store = w_contiguous needs wo as the output's last "
                       "dimension");
  auto hasShape = [](ShapedType type, ArrayRef<int64_t> shape) {
    return type.getRank() == static_cast<int64_t>(shape.size()) &&
           llvm::all_of(llvm::zip(type.getShape(), shape), [](auto pair) {
             return agree(std::get<0>(pair), std::get<1>(pair));
           });
  };
  if (getBias()) {
    auto type = cast<ShapedType>(getBias().getType());
    SmallVector<int64_t> want;
    for (unsigned i : {G, K})
      if (seen.test(i))
        want.push_back(extents[i]);
    if (!hasShape(type, want))
      return emitOpError("bias of type ")
             << type << " does not have the output's g and k dimensions";
  }
  if (getResidual()) {
    auto type = cast<ShapedType>(getResidual().getType());
    if (!hasShape(type, getOutType().getShape()))
      return emitOpError("residual of type ")
             << type << " does not have the output's shape";
  }
  return verifyClamp(getOperation(), getClampAttr(), getOutType());
}
