//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Folding of what surrounds a convolution: padding, init and the elementwise
/// operations that follow.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

static Value skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<tensor::CastOp>())
    value = cast.getSource();
  return value;
}

/// Low and high padding of `pad` when it is static, zero-valued and on rows
/// and columns only. A negative one would be a slice.
static bool readPadding(tensor::PadOp pad, DimsAttr dims,
                        SmallVector<int64_t> &low, SmallVector<int64_t> &high) {
  Value value = pad.getConstantPaddingValue();
  // A padding of -0.0 could make a sum -0.0 that clipped taps leave at +0.0.
  if (!value || !matchPattern(value, m_PosZeroFloat()))
    return false;
  low = llvm::to_vector(dims.getLow());
  high = llvm::to_vector(dims.getHigh());
  for (auto [pos, letter] : llvm::enumerate(dims.getInput())) {
    int64_t before = pad.getStaticLow()[pos], after = pad.getStaticHigh()[pos];
    if (ShapedType::isDynamic(before) || ShapedType::isDynamic(after) ||
        before < 0 || after < 0)
      return false;
    if (before == 0 && after == 0)
      continue;
    if (letter != 'h' && letter != 'w')
      return false;
    unsigned axis = letter == 'h' ? 0 : 1;
    low[axis] += before;
    high[axis] += after;
    if (low[axis] > (int64_t(1) << 31) || high[axis] > (int64_t(1) << 31))
      return false;
  }
  return true;
}

/// The type of the source of `pad`, with the sizes the convolution has seen:
/// casts may have forgotten them on the way. Null when one is contradictory.
static RankedTensorType refineSource(tensor::PadOp pad,
                                     RankedTensorType padded) {
  RankedTensorType source = pad.getSourceType();
  SmallVector<int64_t> shape(source.getShape());
  for (auto [pos, size] : llvm::enumerate(shape)) {
    if (ShapedType::isDynamic(padded.getDimSize(pos)))
      continue;
    int64_t want = padded.getDimSize(pos) - pad.getStaticLow()[pos] -
                   pad.getStaticHigh()[pos];
    if (want <= 0 || (!ShapedType::isDynamic(size) && size != want))
      return {};
    size = want;
  }
  return RankedTensorType::get(shape, source.getElementType(),
                               source.getEncoding());
}

void mlir::conv::raise::foldPadding(Parts &parts, OpBuilder &builder) {
  for (;;) {
    auto pad = skipCasts(parts.input).getDefiningOp<tensor::PadOp>();
    SmallVector<int64_t> low, high;
    if (!pad || !readPadding(pad, parts.dims, low, high))
      return;
    RankedTensorType type =
        refineSource(pad, cast<RankedTensorType>(parts.input.getType()));
    if (!type || type.getEncoding())
      return;
    Value source = pad.getSource();
    if (type != source.getType())
      source = tensor::CastOp::create(builder, pad.getLoc(), type, source);
    parts.input = source;
    parts.dims = DimsAttr::get(builder.getContext(), parts.dims.getInput(),
                               parts.dims.getFilter(), parts.dims.getOutput(),
                               parts.dims.getStrides(),
                               parts.dims.getDilations(), low, high);
  }
}

void mlir::conv::raise::foldFilterTranspose(Parts &parts) {
  auto transpose = parts.filter.getDefiningOp<linalg::TransposeOp>();
  if (!transpose || !transpose.hasPureTensorSemantics())
    return;
  DimsAttr dims = parts.dims;
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  std::string letters(permutation.size(), 0);
  for (auto [i, letter] : llvm::enumerate(dims.getFilter()))
    letters[permutation[i]] = letter;
  parts.filter = transpose.getInput();
  parts.dims = DimsAttr::get(
      dims.getContext(), dims.getInput(), letters, dims.getOutput(),
      dims.getStrides(), dims.getDilations(), dims.getLow(), dims.getHigh());
}

//===----------------------------------------------------------------------===//
// Init and bias
//===----------------------------------------------------------------------===//

RankedTensorType mlir::conv::raise::getBiasType(const Parts &parts) {
  SmallVector<int64_t> shape;
  for (char letter : {'g', 'k'})
    if (int pos = parts.dims.outputPos(letter); pos >= 0)
      shape.push_back(parts.outputType.getDimSize(pos));
  return RankedTensorType::get(shape, parts.outputType.getElementType());
}

/// Positions of g and k in what the epilogue sees, those present, in this
/// order; one position once they are joined.
static SmallVector<int64_t> channelPositions(const Parts &parts) {
  if (parts.collapse)
    return {parts.dims.outputPos('g')};
  SmallVector<int64_t> positions;
  for (char letter : {'g', 'k'})
    if (int pos = parts.dims.outputPos(letter); pos >= 0)
      positions.push_back(pos);
  return positions;
}

/// Takes `value`, which varies with the channels only, as the bias when it can
/// be reshaped to one.
static bool setBias(Parts &parts, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  RankedTensorType want = getBiasType(parts);
  if (type != want && !getReassociationIndicesForReshape(type, want))
    return false;
  parts.bias = value;
  return true;
}

/// True for a reshape that does nothing but split or join, as `groups` says,
/// the output's g and the k behind it.
static bool reshapesGroups(ArrayRef<ReassociationIndices> groups,
                           DimsAttr dims) {
  int g = dims.outputPos('g');
  if (g < 0 || dims.outputPos('k') != g + 1)
    return false;
  for (auto [i, group] : llvm::enumerate(groups))
    if (group.size() != (static_cast<int>(i) == g ? 2u : 1u))
      return false;
  return true;
}

/// True when the results of `map` are exactly the loops `positions`.
static bool selects(AffineMap map, ArrayRef<int64_t> positions) {
  return map.getNumResults() == positions.size() &&
         llvm::all_of(llvm::zip_equal(map.getResults(), positions),
                      [](auto pair) {
                        auto dim = dyn_cast<AffineDimExpr>(std::get<0>(pair));
                        return dim && dim.getPosition() == std::get<1>(pair);
                      });
}

static bool hasIdentityParallelLoops(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         op.getNumLoops() == op.getNumParallelLoops() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity();
}

/// The static vector over dimensions `positions` that `value` repeats along
/// all others, or null.
static Value matchBroadcast(Value value, ArrayRef<int64_t> positions) {
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  if (!op || op.getNumDpsInputs() != 1 || !hasIdentityParallelLoops(op))
    return {};
  Block *body = op.getBlock();
  auto yield = dyn_cast<linalg::YieldOp>(body->front());
  OpOperand *input = op.getDpsInputOperand(0);
  auto type = dyn_cast<RankedTensorType>(input->get().getType());
  if (!yield || yield.getOperand(0) != body->getArgument(0) || !type ||
      !type.hasStaticShape() || type.getEncoding() ||
      !type.getElementType().isF32() ||
      !selects(op.getMatchingIndexingMap(input), positions))
    return {};
  return input->get();
}

/// Takes `value` as the bias when it repeats a vector of channels.
static bool matchBias(Parts &parts, Value value) {
  SmallVector<int64_t> positions = channelPositions(parts);
  if (positions.empty())
    return false;
  if (Value vector = matchBroadcast(value, positions))
    return setBias(parts, vector);
  // Grouped: a vector over g * k, broadcast before the groups were split off.
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand || parts.collapse ||
      !reshapesGroups(expand.getReassociationIndices(), parts.dims))
    return false;
  Value vector = matchBroadcast(expand.getSrc(), positions.front());
  return vector && setBias(parts, vector);
}

/// Looks through operations that only change how a uniform tensor is seen.
static Value skipReshapes(Value value) {
  for (;;) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<tensor::CastOp, tensor::ExpandShapeOp,
                         tensor::CollapseShapeOp>(op))
      return value;
    value = op->getOperand(0);
  }
}

void mlir::conv::raise::foldInit(Parts &parts, Value init) {
  Value origin = skipReshapes(init);
  auto fill = origin.getDefiningOp<linalg::FillOp>();
  if (fill && matchPattern(fill.value(), m_AnyZeroFloat())) {
    if (fill.output().getType() == parts.outputType)
      parts.init = fill.output();
    return;
  }
  // The source reads undefined contents; any result will do.
  if (origin.getDefiningOp<tensor::EmptyOp>()) {
    if (origin == init)
      parts.init = init;
    return;
  }
  if (matchPattern(origin, m_AnyZeroFloat()))
    return;
  if (matchBias(parts, init)) {
    // What the bias was broadcast into will do as the destination.
    if (auto broadcast = init.getDefiningOp<linalg::LinalgOp>())
      parts.init = broadcast.getDpsInits().front();
    return;
  }
  parts.init = init;
  parts.accumulate = true;
}

//===----------------------------------------------------------------------===//
// Elementwise operations after the convolution
//===----------------------------------------------------------------------===//

namespace {

/// One bound of a clamp as written in the source.
struct Bound {
  bool isLower;
  FloatAttr value;
  NaNMode nan;
  /// A strict comparison with a selection, the form `#conv.clamp` is defined
  /// by.
  bool strict;
};

/// Follows the value of the convolution through the body of one elementwise
/// operation. All of the body is folded, or nothing.
class BodyFolder {
public:
  BodyFolder(linalg::LinalgOp op, OpOperand &use, Parts parts)
      : op(op), use(use), parts(parts) {}

  /// True when the whole body was folded into `result()`.
  bool fold();
  Parts result() const { return parts; }

private:
  bool step(Value &current);
  bool foldAdd(Value addend);
  bool isPerChannel(AffineMap map, RankedTensorType type);
  bool foldBound(const Bound &bound);
  std::optional<Bound> matchExtremum(Operation *user, Value current);
  std::optional<Bound> matchSelect(arith::CmpFOp cmp, arith::SelectOp select,
                                   Value current);
  FloatAttr matchConstant(Value value);
  OpOperand *operandOf(Value value);

  linalg::LinalgOp op;
  OpOperand &use;
  Parts parts;
  /// Operations of the body that have been accounted for.
  unsigned folded = 0;
};

} // namespace

/// The operand a block argument of the body stands for; null for other values.
OpOperand *BodyFolder::operandOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || argument.getOwner() != op.getBlock())
    return nullptr;
  return &op->getOpOperand(argument.getArgNumber());
}

/// The constant `value` always has: a constant of its own or captured, or an
/// element of a uniform tensor, whatever its map.
FloatAttr BodyFolder::matchConstant(Value value) {
  if (OpOperand *operand = operandOf(value)) {
    if (op.isDpsInit(operand))
      return {};
    value = skipReshapes(operand->get());
    if (auto fill = value.getDefiningOp<linalg::FillOp>())
      value = fill.value();
  }
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return {};
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    attr = dense.isSplat() ? dense.getSplatValue<Attribute>() : Attribute();
  auto constant = dyn_cast_if_present<FloatAttr>(attr);
  return constant && constant.getType().isF32() ? constant : FloatAttr();
}

/// `arith.maximumf` and its siblings.
std::optional<Bound> BodyFolder::matchExtremum(Operation *user, Value current) {
  if (!isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
           arith::MinNumFOp>(user))
    return std::nullopt;
  Value other = user->getOperand(user->getOperand(0) == current ? 1 : 0);
  FloatAttr value = matchConstant(other);
  if (!value)
    return std::nullopt;
  return Bound{isa<arith::MaximumFOp, arith::MaxNumFOp>(user), value,
               isa<arith::MaximumFOp, arith::MinimumFOp>(user)
                   ? NaNMode::Propagate
                   : NaNMode::Bound,
               /*strict=*/false};
}

/// `x > b`, seen from the other side: `b < x`.
static arith::CmpFPredicate exchange(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::OGT:
    return P::OLT;
  case P::OGE:
    return P::OLE;
  case P::OLT:
    return P::OGT;
  case P::OLE:
    return P::OGE;
  case P::UGT:
    return P::ULT;
  case P::UGE:
    return P::ULE;
  case P::ULT:
    return P::UGT;
  case P::ULE:
    return P::UGE;
  default:
    return P::AlwaysFalse;
  }
}

/// The predicate that is true exactly when `predicate` is false, NaN included:
/// the opposite of an ordered comparison is unordered.
static arith::CmpFPredicate negate(arith::CmpFPredicate predicate) {
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::OGT:
    return P::ULE;
  case P::OGE:
    return P::ULT;
  case P::OLT:
    return P::UGE;
  case P::OLE:
    return P::UGT;
  case P::UGT:
    return P::OLE;
  case P::UGE:
    return P::OLT;
  case P::ULT:
    return P::OGE;
  case P::ULE:
    return P::OGT;
  default:
    return P::AlwaysFalse;
  }
}

/// A comparison of the current value and a constant that selects one of the
/// two, brought to the form `select(cmpf p x, b), x, b`.
std::optional<Bound> BodyFolder::matchSelect(arith::CmpFOp cmp,
                                             arith::SelectOp select,
                                             Value current) {
  if (select.getCondition() != cmp.getResult() || !cmp->hasOneUse())
    return std::nullopt;
  arith::CmpFPredicate predicate = cmp.getPredicate();
  Value compared = cmp.getRhs(), selected = select.getFalseValue();
  if (compared == current) {
    compared = cmp.getLhs();
    predicate = exchange(predicate);
  }
  if (selected == current) {
    selected = select.getTrueValue();
    predicate = negate(predicate);
  }
  FloatAttr value = matchConstant(compared), result = matchConstant(selected);
  // Comparing with +0.0 and selecting -0.0 is something else.
  if (!value || value != result)
    return std::nullopt;
  using P = arith::CmpFPredicate;
  // NaN makes an unordered comparison true and so selects itself.
  switch (predicate) {
  case P::UGT:
  case P::UGE:
    return Bound{true, value, NaNMode::Propagate, predicate == P::UGT};
  case P::OGT:
  case P::OGE:
    return Bound{true, value, NaNMode::Bound, predicate == P::OGT};
  case P::ULT:
  case P::ULE:
    return Bound{false, value, NaNMode::Propagate, predicate == P::ULT};
  case P::OLT:
  case P::OLE:
    return Bound{false, value, NaNMode::Bound, predicate == P::OLT};
  default:
    return std::nullopt;
  }
}

/// Adds a bound to the clamp `x > lower ? x : lower`, then `x < upper ? x :
/// upper`, when the result stays what the source computes:
///
/// - A bound of -0.0 is taken from a strict comparison only: `maximumf` and
///   `x >= -0.0` turn +0.0 into +0.0, `x > -0.0 ? x : -0.0` into -0.0. With
///   a bound of +0.0 the forms differ for x = -0.0 alone, a sign a sum in no
///   particular order does not promise.
/// - Both bounds are applied to one value, lower first. For numbers the order
///   does not matter when lower <= upper; bounds that are zeros of different
///   sign are left alone.
/// - NaN: with `propagate` it passes both bounds in either order. With `bound`
///   the first one applied replaces it, so the order must be the source's.
bool BodyFolder::foldBound(const Bound &bound) {
  const APFloat &value = bound.value.getValue();
  if (value.isNaN() || (value.isNegZero() && !bound.strict))
    return false;
  FloatAttr &same = bound.isLower ? parts.lower : parts.upper;
  FloatAttr other = bound.isLower ? parts.upper : parts.lower;
  if (same)
    return false;
  if (other) {
    const APFloat &low = bound.isLower ? value : other.getValue();
    const APFloat &high = bound.isLower ? other.getValue() : value;
    bool exchanged = bound.isLower;
    if (bound.nan != parts.nan || (exchanged && bound.nan == NaNMode::Bound) ||
        !(low < high || low.bitwiseIsEqual(high)))
      return false;
  }
  same = bound.value;
  parts.nan = bound.nan;
  return true;
}

/// Adds an operand of the elementwise operation: a bias or the residual.
bool BodyFolder::foldAdd(Value addend) {
  OpOperand *operand = operandOf(addend);
  if (!operand || op.isDpsInit(operand) || parts.lower || parts.upper)
    return false;
  Value value = operand->get();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.getElementType().isF32() || type.getEncoding())
    return false;
  AffineMap map = op.getMatchingIndexingMap(operand);
  bool biasFits = !parts.bias && !parts.residual;
  if (biasFits && isPerChannel(map, type))
    return setBias(parts, value);
  if (!map.isIdentity())
    return false;
  if (biasFits && matchBias(parts, value))
    return true;
  if (parts.residual || type != op->getResult(0).getType())
    return false;
  parts.residual = value;
  return true;
}

/// True when an operand varies with the channels only. Dimensions of extent 1
/// do not count, except in an operand of the output's shape, a residual.
bool BodyFolder::isPerChannel(AffineMap map, RankedTensorType type) {
  SmallVector<int64_t> channels = channelPositions(parts);
  if (channels.empty() || type.getRank() == 0 || !type.hasStaticShape() ||
      map.isIdentity())
    return false;
  auto output = cast<RankedTensorType>(op->getResult(0).getType());
  llvm::erase_if(channels,
                 [&](int64_t pos) { return output.getDimSize(pos) == 1; });
  SmallVector<AffineExpr> results;
  for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape()))
    if (size != 1)
      results.push_back(expr);
  return selects(AffineMap::get(map.getNumDims(), 0, results, map.getContext()),
                 channels);
}

/// Folds the operation that consumes `current` and moves on to its result.
bool BodyFolder::step(Value &current) {
  if (current.hasOneUse()) {
    Operation *user = *current.user_begin();
    if (auto add = dyn_cast<arith::AddFOp>(user)) {
      if (!foldAdd(add.getLhs() == current ? add.getRhs() : add.getLhs()))
        return false;
    } else {
      std::optional<Bound> bound = matchExtremum(user, current);
      if (!bound || !foldBound(*bound))
        return false;
    }
    folded += 1;
    current = user->getResult(0);
    return true;
  }
  // A comparison and the selection it decides.
  if (!current.hasNUses(2))
    return false;
  Operation *a = *current.user_begin(), *b = *std::next(current.user_begin());
  auto cmp = dyn_cast<arith::CmpFOp>(isa<arith::CmpFOp>(a) ? a : b);
  auto select = dyn_cast<arith::SelectOp>(isa<arith::CmpFOp>(a) ? b : a);
  if (!cmp || !select)
    return false;
  std::optional<Bound> bound = matchSelect(cmp, select, current);
  if (!bound || !foldBound(*bound))
    return false;
  folded += 2;
  current = select.getResult();
  return true;
}

bool BodyFolder::fold() {
  Block *body = op.getBlock();
  if (body->getNumArguments() != op->getNumOperands())
    return false;
  // With another destination its contents must not be read.
  BlockArgument out = body->getArguments().back();
  if (!op.isDpsInit(&use) && !out.use_empty())
    return false;
  auto yield = dyn_cast<linalg::YieldOp>(body->getTerminator());
  if (!yield || yield->getNumOperands() != 1)
    return false;
  Value current = body->getArgument(use.getOperandNumber());
  while (!(current.hasOneUse() && *current.user_begin() == yield))
    if (!step(current))
      return false;
  unsigned count = llvm::count_if(body->without_terminator(), [](Operation &o) {
    return !o.hasTrait<OpTrait::ConstantLike>();
  });
  // The convolution's own value unchanged would be a copy, not an epilogue,
  // and dead code in the body is for others to remove.
  return folded != 0 && folded == count;
}

SmallVector<Operation *> mlir::conv::raise::foldEpilogue(Parts &parts,
                                                         Value result) {
  SmallVector<Operation *> folded;
  while (result.hasOneUse()) {
    Parts trial = parts;
    auto collapse = dyn_cast<tensor::CollapseShapeOp>(*result.user_begin());
    if (collapse) {
      if (parts.collapse ||
          !reshapesGroups(collapse.getReassociationIndices(), parts.dims) ||
          !collapse.getResult().hasOneUse())
        break;
      trial.collapse = collapse;
    }
    Value seen = collapse ? collapse.getResult() : result;
    OpOperand &use = *seen.use_begin();
    auto op = dyn_cast<linalg::LinalgOp>(use.getOwner());
    // In another block, such as a loop's, the convolution would be repeated.
    if (!op || op->getBlock() != result.getParentBlock() ||
        !hasIdentityParallelLoops(op) ||
        !op.getMatchingIndexingMap(&use).isIdentity() ||
        op->getResult(0).getType() != seen.getType())
      break;
    BodyFolder folder(op, use, trial);
    if (!folder.fold())
      break;
    parts = folder.result();
    if (collapse)
      folded.push_back(collapse);
    folded.push_back(op);
    result = op->getResult(0);
  }
  return folded;
}
