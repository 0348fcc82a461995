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
  // Of no padding the value means nothing; vectors that cannot count padding
  // may be chosen.
  setPaddingValue(op.getDims().isPadded() ? op.getPaddingValue() : 0);
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

/// One map for each operand, from the eight iterators to its dimensions.
static LogicalResult verifyMaps(ContractOp op) {
  if (op.getIndexingMaps().size() != 3)
    return op.emitOpError("needs three indexing maps, got ")
           << op.getIndexingMaps().size();
  ShapedType types[] = {op.getAType(), op.getBType(), op.getOutType()};
  for (unsigned i = 0; i < 3; ++i) {
    AffineMap map = op.getMap(i);
    if (map.getNumDims() != ContractOp::NumIterators ||
        map.getNumSymbols() != 0)
      return op.emitOpError("map ")
             << i << " must have the eight iterators n, g, ho, wo, k, r, s, c";
    if (map.getNumResults() != static_cast<unsigned>(types[i].getRank()))
      return op.emitOpError("map ")
             << i << " has " << map.getNumResults()
             << " results for a tensor of rank " << types[i].getRank();
  }
  return success();
}

/// Dimensions of `a` are linear in the iterators, but for blocks of channels
/// and groups of output channels.
static LogicalResult verifyInputMap(ContractOp op) {
  std::optional<int64_t> channelBlock = findChannelBlock(op.getMap(0));
  if (!channelBlock)
    return op.emitOpError("map 0 must have both c floordiv b and c mod b of "
                          "one positive b, or neither");
  for (AffineExpr expr : op.getMap(0).getResults()) {
    SmallVector<int64_t> coefficients(ContractOp::NumIterators + 1, 0);
    if ((*channelBlock != 0 && isBlockOfChannels(expr)) ||
        isGroupOfChannels(expr))
      continue;
    if (!addLinear(expr, /*factor=*/1, coefficients))
      return op.emitOpError("map 0 is not linear in the iterators with "
                            "coefficients in [-2^31, 2^31]");
  }
  return success();
}

static LogicalResult verifyOutputMap(ContractOp op) {
  llvm::SmallBitVector seen(ContractOp::NumIterators);
  for (AffineExpr expr : op.getMap(2).getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || dim.getPosition() > ContractOp::K ||
        seen.test(dim.getPosition()))
      return op.emitOpError("map 2 must name distinct iterators among n, g, "
                            "ho, wo, k");
    seen.set(dim.getPosition());
  }
  return success();
}

/// A packed filter has one order of dimensions.
static LogicalResult verifyPackedMap(ContractOp op) {
  MLIRContext *ctx = op.getContext();
  auto d = [&](unsigned i) { return getAffineDimExpr(i, ctx); };
  int64_t cOb = op.getSchedule().getCOb(), cPack = op.getCPack();
  AffineExpr k = d(ContractOp::K), c = d(ContractOp::C);
  SmallVector<AffineExpr> want = {
      d(ContractOp::G), k.floorDiv(cOb), d(ContractOp::R), d(ContractOp::S), c,
      k % cOb};
  if (cPack > 1) {
    want[4] = c.floorDiv(cPack);
    want.push_back(c % cPack);
  }
  if (op.getMap(1) == AffineMap::get(ContractOp::NumIterators, 0, want, ctx))
    return success();
  InFlightDiagnostic diag =
      op.emitOpError("map 1 of a packed filter must be (g, k floordiv ")
      << cOb << ", r, s, c";
  if (cPack > 1)
    diag << " floordiv " << cPack;
  diag << ", k mod " << cOb;
  if (cPack > 1)
    diag << ", c mod " << cPack;
  return diag << ")";
}

static LogicalResult verifyPlainMap(ContractOp op) {
  llvm::SmallBitVector named(ContractOp::NumIterators);
  for (AffineExpr expr : op.getMap(1).getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    unsigned position = dim ? dim.getPosition() : unsigned(ContractOp::N);
    if (position == ContractOp::N || position == ContractOp::Ho ||
        position == ContractOp::Wo || named.test(position))
      return op.emitOpError("map 1 of a plain filter must name distinct "
                            "iterators among g, k, r, s, c");
    named.set(position);
  }
  if (op.getCPack() != 1)
    return op.emitOpError("c_pack = ")
           << op.getCPack() << " needs a packed filter";
  return success();
}

/// Filter and output both say the extent of an iterator they share.
static LogicalResult verifyExtents(ContractOp op, ArrayRef<int64_t> extents) {
  for (auto [i, expr] : llvm::enumerate(op.getMap(1).getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      if (int64_t size = op.getBType().getDimSize(i);
          !agree(size, extents[dim.getPosition()]))
        return op.emitOpError("dimension ")
               << i << " of the filter is " << size << " but the output says "
               << extents[dim.getPosition()];
  for (auto [i, letter] :
       {std::pair(ContractOp::G, 'g'), std::pair(ContractOp::K, 'k')})
    if (!op.getMap(2).isFunctionOfDim(i) && extents[i] != 1)
      return op.emitOpError("the filter has ")
             << extents[i] << " of '" << Twine(letter)
             << "', which the output does not have";
  for (unsigned i :
       {ContractOp::R, ContractOp::S, ContractOp::C, ContractOp::K})
    if (ShapedType::isDynamic(extents[i]))
      return op.emitOpError("extents of k, r, s and c must be static");
  return success();
}

static LogicalResult verifyPackedShape(ContractOp op,
                                       ArrayRef<int64_t> extents) {
  int64_t cOb = op.getSchedule().getCOb(), cPack = op.getCPack();
  int64_t blocks = llvm::divideCeilSigned(extents[ContractOp::K], cOb);
  ShapedType type = op.getBType();
  if (!agree(type.getDimSize(1), blocks) || type.getDimSize(5) != cOb ||
      (cPack > 1 && type.getDimSize(6) != cPack))
    return op.emitOpError("packed filter of type ")
           << type << " does not hold " << extents[ContractOp::K]
           << " channels in blocks of " << cOb;
  return success();
}

/// `a` holds what the iterators say of channels in blocks and of groups of
/// output channels, and a filter in steps holds all channels of `a`.
static LogicalResult verifyInputChannels(ContractOp op,
                                         ArrayRef<int64_t> extents) {
  int64_t channels = extents[ContractOp::C];
  if (int64_t block = *findChannelBlock(op.getMap(0)); block != 0)
    for (auto [dim, expr] : llvm::enumerate(op.getMap(0).getResults())) {
      int64_t size = op.getAType().getDimSize(dim);
      int64_t want = expr.getKind() == AffineExprKind::Mod ? block
                     : expr.getKind() == AffineExprKind::FloorDiv
                         ? channels / block
                         : size;
      if (channels % block != 0 || size != want)
        return op.emitOpError("dimension ")
               << dim << " of a is " << size << ", which does not hold "
               << channels << " channels in blocks of " << block;
    }
  for (auto [dim, expr] : llvm::enumerate(op.getMap(0).getResults())) {
    if (!isGroupOfChannels(expr))
      continue;
    int64_t size = op.getAType().getDimSize(dim);
    int64_t outputs = op.getGroupOutputs(), all = extents[ContractOp::K];
    if (all % outputs != 0 || size != all / outputs)
      return op.emitOpError("dimension ")
             << dim << " of a is " << size << ", which is not the groups that "
             << all << " output channels are, " << outputs << " of each";
  }
  if (int64_t cPack = op.getCPack();
      cPack > 1 &&
      op.getBType().getDimSize(4) != llvm::divideCeilSigned(channels, cPack))
    return op.emitOpError("packed filter of type ")
           << op.getBType() << " does not hold the " << channels
           << " channels of a in steps of " << cPack;
  return success();
}

/// Only windows may leave `a`; anything else is a wrong shape.
static LogicalResult verifyBounds(ContractOp op, ArrayRef<int64_t> extents) {
  for (auto [dim, expr] : llvm::enumerate(op.getMap(0).getResults())) {
    auto depends = [expr = expr](unsigned i) {
      return expr.isFunctionOfDim(i);
    };
    if (llvm::any_of(ArrayRef<unsigned>{ContractOp::Ho, ContractOp::Wo,
                                        ContractOp::R, ContractOp::S},
                     depends))
      continue;
    bool isStatic = op.getAType().getDimSize(dim) != ShapedType::kDynamic;
    for (unsigned i :
         {ContractOp::N, ContractOp::G, ContractOp::K, ContractOp::C})
      isStatic &= !depends(i) || !ShapedType::isDynamic(extents[i]);
    if (isStatic && !op.isInBounds(dim))
      return op.emitOpError("dimension ")
             << dim << " of a is " << op.getAType().getDimSize(dim)
             << ", too small for its iterators";
  }
  return success();
}

/// What is stored as a run is the output's last dimension.
static LogicalResult verifyStore(ContractOp op) {
  auto lastIs = [&](unsigned iterator) {
    return op.getMap(2).getNumResults() != 0 &&
           op.getMap(2).getResults().back() ==
               getAffineDimExpr(iterator, op.getContext());
  };
  if (op.getStore() == StoreMode::KContiguous && !lastIs(ContractOp::K))
    return op.emitOpError("store = k_contiguous needs k as the output's last "
                          "dimension");
  if (op.getStore() == StoreMode::WContiguous && !lastIs(ContractOp::Wo))
    return op.emitOpError("store = w_contiguous needs wo as the output's last "
                          "dimension");
  return success();
}

/// Signs, offsets and padding that the elements of `a` may have.
static LogicalResult verifyInputMeaning(ContractOp op) {
  Type element = op.getAType().getElementType();
  if (op.getUnsignedInput() && isa<FloatType>(element))
    return op.emitOpError("unsigned_input on elements of type ") << element;
  if (op.getRebasedInput() && (op.getUnsignedInput() || !element.isInteger(8)))
    return op.emitOpError("rebased_input on elements other than signed i8");
  return verifyPaddingValue(op, op.getPaddingValue(), element,
                            op.getUnsignedInput());
}

LogicalResult ContractOp::verify() {
  if (!getSchedule().getParts().empty())
    return emitOpError("computes all its output channels in one way; parts are "
                       "for conv.conv");
  if (failed(verifyDps(getOperation(), {getA(), getB()})) ||
      failed(verifyMaps(*this)) || failed(verifyInputMap(*this)) ||
      failed(verifyOutputMap(*this)))
    return failure();
  if (!isChannelPack(getCPack()))
    return emitOpError("c_pack must be a power of two up to 256, got ")
           << getCPack();
  bool packed = getSchedule().getFilter() == FilterForm::Packed;
  if (failed(packed ? verifyPackedMap(*this) : verifyPlainMap(*this)))
    return failure();
  SmallVector<int64_t> extents = getExtents();
  if (failed(verifyExtents(*this, extents)) ||
      (packed && failed(verifyPackedShape(*this, extents))) ||
      failed(verifyInputChannels(*this, extents)) ||
      failed(verifyBounds(*this, extents)) || failed(verifyPadding(*this)) ||
      failed(verifyStore(*this)) || failed(verifyBeside(*this)) ||
      failed(verifyInputMeaning(*this)))
    return failure();
  return verifyEpilogue(cast<EpilogueOpInterface>(getOperation()));
}
