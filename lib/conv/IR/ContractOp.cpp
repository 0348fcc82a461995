//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// conv.contract: verification of its maps, effects.
///
//===----------------------------------------------------------------------===//

#include "EpilogueSyntax.h"
#include "OpUtils.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

/// Adds `factor * expr` to `coefficients`, one per dimension and the constant
/// last. False when `expr` is not linear or its coefficients are not those of
/// strides, dilations and pads. Upstream's flattening asserts or overflows on
/// hand-written maps.
static bool addLinear(AffineExpr expr, int64_t factor,
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
static bool isBlockOfChannels(AffineExpr expr) {
  if (expr.getKind() != AffineExprKind::Mod &&
      expr.getKind() != AffineExprKind::FloorDiv)
    return false;
  auto dim = dyn_cast<AffineDimExpr>(cast<AffineBinaryOpExpr>(expr).getLHS());
  return dim && dim.getPosition() == ContractOp::C;
}

/// The b of `c floordiv b` and `c mod b` among the results of a map of `a`; 0
/// when there are neither, nothing when they do not fit together.
static std::optional<int64_t> findChannelBlock(AffineMap map) {
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

/// Whether `expr` is `k floordiv m`: the group of an output channel.
static bool isGroupOfChannels(AffineExpr expr) {
  if (expr.getKind() != AffineExprKind::FloorDiv)
    return false;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto dim = dyn_cast<AffineDimExpr>(binary.getLHS());
  auto size = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return dim && dim.getPosition() == ContractOp::K && size &&
         size.getValue() > 0;
}

/// Channels of `a`, of type `type`, in one piece or in blocks.
static int64_t countChannels(AffineMap map, ShapedType type) {
  int64_t channels = 1;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!isBlockOfChannels(expr) &&
        (!dim || dim.getPosition() != ContractOp::C))
      continue;
    int64_t size = type.getDimSize(i);
    if (ShapedType::isDynamic(size))
      return size;
    channels *= size;
  }
  return channels;
}

void ContractOp::setInputMeaning(ConvOp op) {
  setUnsignedInput(op.getUnsignedInput());
  setPaddingValue(op.getPaddingValue());
}

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
  // The packed dimension of c is c floordiv c_pack, filled up with zeros: `a`
  // knows how many channels there are.
  if (getSchedule().getFilter() == FilterForm::Packed && getCPack() > 1)
    extents[C] = countChannels(getMap(0), getAType());
  return extents;
}

int64_t ContractOp::getChannelBlock() {
  return findChannelBlock(getMap(0)).value_or(0);
}

int64_t ContractOp::getGroupOutputs() {
  for (AffineExpr expr : getMap(0).getResults()) {
    if (expr == getAffineDimExpr(K, getContext()))
      return 1;
    if (isGroupOfChannels(expr))
      return cast<AffineConstantExpr>(cast<AffineBinaryOpExpr>(expr).getRHS())
          .getValue();
  }
  return 0;
}

/// Zero rows and columns behind the end of dimension `expr` of `a`.
static int64_t getHighOf(ContractOp op, AffineExpr expr) {
  ArrayRef<int64_t> high = op.getHigh().value_or(ArrayRef<int64_t>());
  if (high.empty())
    return 0;
  bool rows = expr.isFunctionOfDim(ContractOp::Ho) ||
              expr.isFunctionOfDim(ContractOp::R);
  bool columns = expr.isFunctionOfDim(ContractOp::Wo) ||
                 expr.isFunctionOfDim(ContractOp::S);
  return (rows ? high[0] : 0) + (columns ? high[1] : 0);
}

bool ContractOp::isInBounds(unsigned dim) {
  AffineExpr expr = getMap(0).getResult(dim);
  // Blocks of channels and groups are whole, as the verifier knows.
  if (isBlockOfChannels(expr) || isGroupOfChannels(expr))
    return true;
  SmallVector<int64_t> extents = getExtents();
  int64_t size = getAType().getDimSize(dim);
  SmallVector<int64_t> flat;
  if (failed(getFlattenedAffineExpr(expr, NumIterators, 0, &flat)) ||
      (getRowOrigin() && flat[Ho] != 0))
    return false;
  // Where only the program knows the size, `high` says how far the iterators
  // leave it.
  if (ShapedType::isDynamic(size))
    return llvm::all_of(flat, [](int64_t c) { return c >= 0; }) &&
           getHighOf(*this, expr) == 0;
  int64_t low = flat.back(), high = flat.back();
  for (unsigned i = 0; i < NumIterators; ++i) {
    if (flat[i] == 0)
      continue;
    if (ShapedType::isDynamic(extents[i]))
      return false;
    int64_t &bound = flat[i] < 0 ? low : high;
    std::optional<int64_t> sum =
        llvm::checkedMulAdd(flat[i], extents[i] - 1, bound);
    if (!sum)
      return false;
    bound = *sum;
  }
  return low >= 0 && high < size;
}

/// The window may leave `a` behind its end by as much as `high` says, no more.
static LogicalResult verifyPadding(ContractOp op) {
  constexpr int64_t most = int64_t(1) << 31;
  if (std::optional<ArrayRef<int64_t>> high = op.getHigh())
    if (high->size() != 2 ||
        llvm::any_of(*high, [](int64_t h) { return h < 0 || h > most; }))
      return op.emitOpError("high must be two numbers, of rows and of columns, "
                            "in [0, 2^31]");
  SmallVector<int64_t> extents = op.getExtents();
  for (auto [dim, expr] : llvm::enumerate(op.getMap(0).getResults())) {
    SmallVector<int64_t> coefficients(ContractOp::NumIterators + 1, 0);
    int64_t size = op.getAType().getDimSize(dim);
    if (ShapedType::isDynamic(size) || isBlockOfChannels(expr) ||
        !addLinear(expr, /*factor=*/1, coefficients))
      continue;
    // What the last point of each iterator reads; a row_origin adds to it.
    std::optional<int64_t> last = coefficients.back();
    bool isKnown = true;
    for (unsigned i = 0; i < ContractOp::NumIterators && isKnown && last; ++i) {
      if (coefficients[i] <= 0)
        continue;
      isKnown = !ShapedType::isDynamic(extents[i]) && extents[i] != 0;
      if (isKnown)
        last = llvm::checkedMulAdd(coefficients[i], extents[i] - 1, *last);
    }
    int64_t high = getHighOf(op, expr);
    if (!isKnown || (last && *last - size < high))
      continue;
    InFlightDiagnostic diag = op.emitOpError("dimension ")
                              << dim << " of a is " << size;
    if (last)
      diag << " with " << high << " behind it, but the iterators reach index "
           << *last;
    else
      diag << ", which the iterators leave by more than 2^63";
    return diag;
  }
  return success();
}

/// Columns of the output lie two elements apart, those of `beside` follow each
/// other, and vectors are stored along them.
static LogicalResult verifyBeside(ContractOp op) {
  if (!op.getBeside())
    return success();
  auto type = cast<MemRefType>(op.getBeside().getType());
  auto out = cast<MemRefType>(op.getOutType());
  if (type.getShape() != out.getShape() ||
      type.getElementType() != out.getElementType())
    return op.emitOpError("beside of type ")
           << type << " does not have the elements of " << out;
  auto getColumnStep = [](MemRefType memref) {
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(memref.getStridesAndOffset(strides, offset)))
      return ShapedType::kDynamic;
    return strides.back();
  };
  if (op.getStore() != StoreMode::WContiguous || getColumnStep(out) != 2 ||
      getColumnStep(type) != 1)
    return op.emitOpError("beside needs store = w_contiguous, an output whose "
                          "columns lie two elements apart, and columns of its "
                          "own that follow each other");
  ScheduleAttr schedule = op.getSchedule();
  VectorIterator vector = schedule.getVector();
  if (op.getAccumulate() || schedule.getEpilogue() == EpilogueForm::Output ||
      vector == VectorIterator::C || vector == VectorIterator::G)
    return op.emitOpError("beside with accumulate, epilogue = output or vector "
                          "= c or g");
  return success();
}

LogicalResult ContractOp::verify() {
  if (!getSchedule().getParts().empty())
    return emitOpError("computes all its output channels in one way; parts are "
                       "for conv.conv");
  if (failed(verifyDps(getOperation(), {getA(), getB()})))
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
    if ((*channelBlock != 0 && isBlockOfChannels(expr)) ||
        isGroupOfChannels(expr))
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
  if (!isChannelPack(cPack))
    return emitOpError("c_pack must be a power of two up to 256, got ")
           << cPack;
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
  for (auto [dim, expr] : llvm::enumerate(getMap(0).getResults())) {
    if (!isGroupOfChannels(expr))
      continue;
    int64_t outputs = getGroupOutputs();
    if (extents[K] % outputs != 0 ||
        getAType().getDimSize(dim) != extents[K] / outputs)
      return emitOpError("dimension ")
             << dim << " of a is " << getAType().getDimSize(dim)
             << ", which is not the groups that " << extents[K]
             << " output channels are, " << outputs << " of each";
  }
  if (cPack > 1 &&
      getBType().getDimSize(4) != llvm::divideCeilSigned(extents[C], cPack))
    return emitOpError("packed filter of type ")
           << getBType() << " does not hold the " << extents[C]
           << " channels of a in steps of " << cPack;
  // Only windows may leave `a`; anything else is a wrong shape.
  for (unsigned dim = 0; dim < getMap(0).getNumResults(); ++dim) {
    AffineExpr expr = getMap(0).getResult(dim);
    if (llvm::any_of(ArrayRef<unsigned>{Ho, Wo, R, S},
                     [&](unsigned i) { return expr.isFunctionOfDim(i); }))
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
  if (failed(verifyPadding(*this)))
    return failure();
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
  if (failed(verifyBeside(*this)))
    return failure();
  if (getUnsignedInput() && isa<FloatType>(getAType().getElementType()))
    return emitOpError("unsigned_input on elements of type ")
           << getAType().getElementType();
  if (getRebasedInput() &&
      (getUnsignedInput() || !getAType().getElementType().isInteger(8)))
    return emitOpError("rebased_input on elements other than signed i8");
  if (failed(verifyPaddingValue(getOperation(), getPaddingValue(),
                                getAType().getElementType(),
                                getUnsignedInput())))
    return failure();
  return verifyEpilogue(cast<EpilogueOpInterface>(getOperation()));
}
