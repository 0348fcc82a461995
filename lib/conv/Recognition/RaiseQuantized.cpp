//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A convolution in f32 of dequantised integers, and what follows it until that
/// is quantised again, as one of the integers:
///
///   quantise(relu(conv(sx (x - zx), sw[k] (w - zw)) + b[k] + sr (r - zr)))
///     = requantize(M[k] acc + b[k] / sy + (sr / sy) (r - zr))
///
/// where acc = sum (x - zx) (w - zw), M = f32(f32(sx sw) / sy), and bounds are
/// those of the result. A bias of integers in the scale sx sw[k] is part of
/// acc. This is what ONNX Runtime computes: acc is exact, which the sum in f32
/// is not, so that results differ from the literal ones by at most one, near
/// ties.
///
//===----------------------------------------------------------------------===//

#include "RaiseQuantized.h"

#include "RaiseBias.h"
#include "RaiseDetail.h"
#include "RaiseForms.h"
#include "conv/IR/Arithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// Quantisers round the scale of a bias to f32, or compute it in another order.
static constexpr double kSameScale = 1e-5;

namespace {

/// Numbers of output channels: one, or one for each index of dimensions.
struct ChannelNumbers {
  SmallVector<double> values{0};
  SmallVector<int64_t> dims; ///< Of the output; none for one number.
};

/// A filter that is known, dequantised.
struct KnownFilter {
  Value integers;
  /// The dimension of `integers` that is each of the operation's operand.
  SmallVector<int64_t> order;
  int64_t zero = 0;
  ChannelNumbers scale; ///< Dimensions are the filter's.
};

class QuantizedConvolution {
public:
  QuantizedConvolution(RewriterBase &b, linalg::LinalgOp op)
      : b(b), op(op), loc(op.getLoc()) {}

  /// False where it is none, or, with an obstacle, cannot be rewritten.
  bool read();
  StringRef getObstacle() const { return obstacle; }
  void rewrite();

private:
  bool refuse(StringRef why) {
    obstacle = why.str();
    return false;
  }
  bool readFactors(unsigned inputIndex);
  bool readFilter(Value value);
  bool readInit();
  bool dropZeros();
  bool readVector(Value value, SmallVector<int64_t> dims);
  bool readScale();
  void readFollowing();
  std::optional<AffineMap> getMap(ArrayRef<int64_t> dims);

  Value createSums();
  Value createOperand(const ChannelNumbers &numbers, Type element);
  Value createResult(Value sums);

  RewriterBase &b;
  linalg::LinalgOp op;
  Location loc;
  std::string obstacle;

  unsigned inputIndex = 0;
  AffineMap input, filterMap, output;
  Dequantization x;
  KnownFilter filter;
  ChannelNumbers scale; ///< sx sw[k]
  std::optional<ChannelNumbers> integerBias, realBias;
  /// A bias of run time, and the output's dimensions it varies with.
  Value unknownBias;
  SmallVector<int64_t> unknownBiasDims;

  /// The result as what follows sees it, its groups and channels joined.
  Value seen;
  tensor::CollapseShapeOp collapse;
  Value residual;
  PassingBounds bounds;
  std::optional<Quantization> end;
  SmallVector<Operation *> folded; ///< What follows, up to the end.
};

} // namespace

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// A constant in another shape, which stays a constant.
static Value reshapeConstant(OpBuilder &b, Value value, RankedTensorType type) {
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)))
    return {};
  if (auto dense = dyn_cast<DenseElementsAttr>(constant))
    return arith::ConstantOp::create(b, value.getLoc(), dense.reshape(type));
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return arith::ConstantOp::create(
        b, value.getLoc(),
        DenseResourceElementsAttr::get(type, resource.getRawHandle()));
  return {};
}

/// The dimensions of `op`'s result that are dimension `dim` of its source, or
/// the other way round; those of one element do not count.
static SmallVector<int64_t> getReshaped(Operation *op, int64_t dim) {
  auto expand = dyn_cast<tensor::ExpandShapeOp>(op);
  auto groups =
      expand ? expand.getReassociationIndices()
             : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
  auto source = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> dims;
  for (auto [i, group] : llvm::enumerate(groups)) {
    if (expand && static_cast<int64_t>(i) == dim)
      for (int64_t split : group)
        if (result.getDimSize(split) != 1)
          dims.push_back(split);
    // Joined with others that have one element.
    if (!expand && llvm::is_contained(group, dim) &&
        result.getDimSize(i) == source.getDimSize(dim))
      dims.push_back(i);
  }
  return dims;
}

bool QuantizedConvolution::readFilter(Value value) {
  // Linear layers transpose what is dequantised.
  auto transpose = value.getDefiningOp<linalg::TransposeOp>();
  if (transpose) {
    filter.order = llvm::to_vector(transpose.getPermutation());
    value = transpose.getInput();
  }
  Operation *reshape = value.getDefiningOp();
  if (!isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(reshape))
    reshape = nullptr;
  std::optional<Dequantization> found =
      readDequantization(reshape ? reshape->getOperand(0) : value);
  if (!found)
    return false;
  Type element = getElementTypeOrSelf(found->integers.getType());
  if (!element.isInteger(8))
    return refuse(llvm::formatv("its filter is of {0}, only bytes are computed "
                                "on integers",
                                element)
                      .str());
  auto type = cast<RankedTensorType>(value.getType());
  std::optional<double> zero = found->zero.getSingle();
  if (!zero)
    return refuse("its filter has a zero point for each channel");
  if (!type.hasStaticShape())
    return refuse("its filter has an unknown size");
  filter.zero = static_cast<int64_t>(*zero);
  if (std::optional<double> single = found->scale.getSingle()) {
    filter.scale = {{*single}, {}};
  } else {
    if (found->scale.map.getNumResults() != 1)
      return refuse("its filter's scales vary with several dimensions");
    int64_t dim = found->scale.map.getDimPosition(0);
    filter.scale.values = found->scale.numbers.values;
    filter.scale.dims = {dim};
    if (reshape)
      filter.scale.dims = getReshaped(reshape, dim);
    if (filter.scale.dims.empty())
      return refuse("its filter's scales vary within a channel");
  }
  filter.integers = found->integers;
  if (reshape) {
    b.setInsertionPoint(op);
    filter.integers =
        reshapeConstant(b, filter.integers, type.clone(b.getI8Type()));
  }
  Attribute constant;
  if (!filter.integers || !matchPattern(filter.integers, m_Constant(&constant)))
    return refuse("its filter is not known");
  // Signed numbers are what products take.
  if (found->isUnsigned)
    return refuse("its filter's numbers are unsigned");
  return true;
}

/// Whether `value` is dequantised, reshaped afterwards or not.
static bool isDequantized(Value value) {
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    value = transpose.getInput();
  return readDequantization(skipReshapes(value)).has_value();
}

bool QuantizedConvolution::readFactors(unsigned index) {
  inputIndex = index;
  std::optional<Dequantization> found =
      readDequantization(op->getOperand(index));
  if (!found)
    return false;
  Type element = getElementTypeOrSelf(found->integers.getType());
  if (!element.isInteger(8))
    return isDequantized(op->getOperand(1 - index)) &&
           refuse(llvm::formatv("its input is of {0}, only bytes are computed "
                                "on integers",
                                element)
                      .str());
  x = std::move(*found);
  if (!readFilter(op->getOperand(1 - index)))
    return false;
  if (!x.scale.getSingle() || !x.zero.getSingle())
    return refuse("its input has several scales or zero points");
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  input = maps[index];
  filterMap = maps[1 - index];
  if (!filter.order.empty()) {
    SmallVector<AffineExpr> exprs(filter.order.size());
    for (auto [from, expr] :
         llvm::zip_equal(filter.order, filterMap.getResults()))
      exprs[from] = expr;
    filterMap =
        AffineMap::get(filterMap.getNumDims(), 0, exprs, b.getContext());
  }
  output = maps[2];
  return true;
}

/// Takes a bias of zeros for none.
bool QuantizedConvolution::dropZeros() {
  for (std::optional<ChannelNumbers> *bias : {&integerBias, &realBias})
    if (*bias &&
        llvm::all_of((*bias)->values, [](double value) { return value == 0; }))
      bias->reset();
  return true;
}

/// Numbers of output channels, `dims` being the output's.
bool QuantizedConvolution::readVector(Value value, SmallVector<int64_t> dims) {
  if (std::optional<Dequantization> found = readDequantization(value)) {
    std::optional<KnownElements<double>> integers =
        readNumbers(found->integers);
    auto type = cast<RankedTensorType>(value.getType());
    if (!integers || type.getRank() != 1 || !type.hasStaticShape())
      return false;
    int64_t count = type.getNumElements();
    bool sameScale = true;
    ChannelNumbers whole{{}, dims}, real{{}, dims};
    for (int64_t i = 0; i < count; ++i) {
      auto at = [&](const KnownParameter &parameter) {
        return parameter.numbers[parameter.map.getNumResults() == 0 ? 0 : i];
      };
      double integer = (*integers)[i] - at(found->zero);
      double wanted = scale.values[scale.values.size() == 1 ? 0 : i];
      sameScale &= std::abs(at(found->scale) - wanted) <= kSameScale * wanted;
      whole.values.push_back(integer);
      real.values.push_back(integer * at(found->scale));
    }
    sameScale &= scale.dims.empty() || scale.dims == dims;
    (sameScale ? integerBias : realBias) = sameScale ? whole : real;
    return dropZeros();
  }
  if (std::optional<KnownElements<double>> numbers = readNumbers(value)) {
    if (numbers->isSplat)
      realBias = ChannelNumbers{{numbers->values.front()}, {}};
    else
      realBias = ChannelNumbers{{numbers->values}, dims};
    return dropZeros();
  }
  return false;
}

bool QuantizedConvolution::readInit() {
  Value init = op->getOperand(2);
  auto maker = init.getDefiningOp<linalg::LinalgOp>();
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(maker.getOperation());
      fill && isZero(fill.value()))
    return true;
  // Groups are split off behind the repetition.
  auto expand = init.getDefiningOp<tensor::ExpandShapeOp>();
  if (expand)
    maker = expand.getSrc().getDefiningOp<linalg::LinalgOp>();
  if (!maker || !isRepetition(maker))
    return refuse("it is added to a tensor");
  OpOperand *source = maker.getDpsInputOperand(0);
  SmallVector<int64_t> dims;
  for (AffineExpr expr : maker.getMatchingIndexingMap(source).getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return refuse("its bias is no vector of channels");
    if (expand)
      llvm::append_range(dims, getReshaped(expand, dim.getPosition()));
    else
      dims.push_back(dim.getPosition());
  }
  if (readVector(source->get(), dims))
    return true;
  if (expand || !isa<RankedTensorType>(source->get().getType()))
    return refuse("its bias is not known");
  unknownBias = source->get();
  unknownBiasDims = dims;
  return true;
}

/// The scale of the sums by dimensions of the output.
bool QuantizedConvolution::readScale() {
  float sx = static_cast<float>(*x.scale.getSingle());
  scale.values.clear();
  for (double sw : filter.scale.values)
    scale.values.push_back(sx * static_cast<float>(sw));
  for (int64_t dim : filter.scale.dims) {
    auto position = output.getResultPosition(filterMap.getResult(dim));
    if (!position)
      return refuse("its filter's scales vary within a channel");
    scale.dims.push_back(*position);
  }
  return true;
}

/// From dimensions of what is seen to those of a vector over dimensions `dims`
/// of the output; nothing where these are joined with others.
std::optional<AffineMap> QuantizedConvolution::getMap(ArrayRef<int64_t> dims) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<AffineExpr> exprs;
  if (!collapse) {
    for (int64_t dim : dims)
      exprs.push_back(b.getAffineDimExpr(dim));
    return AffineMap::get(type.getRank(), 0, exprs, b.getContext());
  }
  auto groups = collapse.getReassociationIndices();
  size_t found = 0;
  for (auto [i, group] : llvm::enumerate(groups)) {
    SmallVector<int64_t> whole;
    for (int64_t dim : group)
      if (type.getDimSize(dim) != 1)
        whole.push_back(dim);
    SmallVector<int64_t> wanted;
    for (int64_t dim : dims)
      if (llvm::is_contained(group, dim))
        wanted.push_back(dim);
    if (wanted.empty())
      continue;
    llvm::erase_if(wanted,
                   [&](int64_t dim) { return type.getDimSize(dim) == 1; });
    if (wanted != whole)
      return std::nullopt;
    exprs.push_back(b.getAffineDimExpr(i));
    ++found;
  }
  if (found > 1)
    return std::nullopt;
  return AffineMap::get(groups.size(), 0, exprs, b.getContext());
}

/// Follows the result to where it is quantised again.
void QuantizedConvolution::readFollowing() {
  seen = op->getResult(0);
  if (seen.hasOneUse())
    collapse = dyn_cast<tensor::CollapseShapeOp>(*seen.user_begin());
  if (collapse &&
      (!getMap(scale.dims) || (integerBias && !getMap(integerBias->dims)) ||
       (realBias && !getMap(realBias->dims)) || unknownBias))
    collapse = {};
  if (collapse)
    seen = collapse.getResult();
  Value current = seen;
  auto type = cast<RankedTensorType>(seen.getType());
  SmallVector<Operation *> passed;
  Value added;
  PassingBounds within;
  while (current.hasOneUse()) {
    auto user = dyn_cast<linalg::LinalgOp>(*current.user_begin());
    if (!user || user->getBlock() != op->getBlock() ||
        user->getNumResults() != 1 ||
        cast<RankedTensorType>(user->getResult(0).getType()).getShape() !=
            type.getShape())
      return;
    passed.push_back(user);
    if (std::optional<Quantization> found = readQuantization(user)) {
      end = found;
      residual = added;
      bounds = within;
      folded = passed;
      return;
    }
    Value other = readAddition(user, current);
    std::optional<PassingBounds> passing = readBounds(user);
    // What is added behind a bound is not bounded.
    if (other && !added && std::isinf(within.lower) &&
        std::isinf(within.upper)) {
      added = other;
    } else if (passing) {
      within.lower = std::max(within.lower, passing->lower);
      within.upper = std::min(within.upper, passing->upper);
    } else {
      return;
    }
    current = user->getResult(0);
  }
}

bool QuantizedConvolution::read() {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !op.hasPureTensorSemantics() || op->getNumResults() != 1 ||
      !isMultiplyAdd(*op.getBlock()) || op->hasAttr("conv.keep"))
    return false;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType());
        !type || !type.getElementType().isF32() || type.getEncoding())
      return false;
  for (AffineMap map : op.getIndexingMapsArray())
    if (map.getNumSymbols() != 0)
      return false;
  bool products = !isa<linalg::ConvolutionOpInterface>(op.getOperation());
  if (!LoopForm::read(op) && !recognize(op, products))
    return false;
  if (!readFactors(0) && (!obstacle.empty() || !products || !readFactors(1)))
    return false;
  if (!filterMap.isProjectedPermutation() || !output.isProjectedPermutation())
    return false;
  if (!readScale() || !readInit())
    return false;
  readFollowing();
  return true;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Value mlir::conv::raise::createDequantization(OpBuilder &b, Location loc,
                                              Value integers, bool isUnsigned,
                                              double scale, int64_t zero) {
  auto type = cast<RankedTensorType>(integers.getType());
  Value out = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, integers), b.getF32Type());
  SmallVector<AffineMap> maps(2, b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, out.getType(), integers, out, maps, parallel,
             [&](OpBuilder &inside, Location l, ValueRange args) {
               linalg::YieldOp::create(
                   inside, l,
                   createDequantized(inside, l, args.front(), isUnsigned, scale,
                                     zero));
             })
      .getResult(0);
}

/// A constant of f32.
static Value createReal(OpBuilder &b, Location loc, double value) {
  return arith::ConstantOp::create(
      b, loc, b.getF32FloatAttr(static_cast<float>(value)));
}

Value mlir::conv::raise::createDequantized(OpBuilder &b, Location loc,
                                           Value element, bool isUnsigned,
                                           double scale, int64_t zero) {
  Type i32 = b.getI32Type();
  Value wide = isUnsigned
                   ? arith::ExtUIOp::create(b, loc, i32, element).getResult()
                   : arith::ExtSIOp::create(b, loc, i32, element).getResult();
  if (zero != 0)
    wide = arith::SubIOp::create(
        b, loc, wide,
        arith::ConstantOp::create(
            b, loc, b.getI32IntegerAttr(static_cast<int32_t>(zero))));
  Value real = arith::SIToFPOp::create(b, loc, b.getF32Type(), wide);
  return arith::MulFOp::create(b, loc, real, createReal(b, loc, scale));
}

/// The sums of products of integers, with the bias of integers.
Value QuantizedConvolution::createSums() {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Type i32 = b.getI32Type();
  Value sums = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, op->getOperand(2)), i32);
  if (integerBias) {
    Value bias = createOperand(*integerBias, i32);
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : integerBias->dims)
      exprs.push_back(b.getAffineDimExpr(dim));
    AffineMap maps[] = {
        AffineMap::get(type.getRank(), 0, exprs, b.getContext()),
        b.getMultiDimIdentityMap(type.getRank())};
    SmallVector<utils::IteratorType> parallel(type.getRank(),
                                              utils::IteratorType::parallel);
    sums = linalg::GenericOp::create(
               b, loc, sums.getType(), bias, sums, maps, parallel,
               [](OpBuilder &inside, Location l, ValueRange args) {
                 linalg::YieldOp::create(inside, l, args.front());
               })
               .getResult(0);
  } else {
    Value zero = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
    sums = linalg::FillOp::create(b, loc, zero, sums).getResult(0);
  }
  int64_t zx = static_cast<int64_t>(*x.zero.getSingle());
  auto scalar = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  };
  AffineMap none = AffineMap::get(op.getNumLoops(), 0, b.getContext());
  AffineMap maps[] = {input, filterMap, none, none, output};
  auto generic = linalg::GenericOp::create(
      b, loc, sums.getType(),
      ValueRange{x.integers, filter.integers, scalar(zx), scalar(filter.zero)},
      sums, maps, op.getIteratorTypesArray(),
      [&](OpBuilder &inside, Location l, ValueRange args) {
        Value factors[2];
        for (unsigned i : {0, 1}) {
          Value wide =
              extendTo(inside, l, args[i], i32, i == 0 && x.isUnsigned);
          factors[i] = arith::SubIOp::create(inside, l, wide, args[i + 2]);
        }
        Value product =
            arith::MulIOp::create(inside, l, factors[0], factors[1]);
        linalg::YieldOp::create(
            inside, l,
            arith::AddIOp::create(inside, l, args[4], product).getResult());
      });
  for (NamedAttribute attr : op->getDiscardableAttrs())
    if (attr.getName() != linalg::LinalgDialect::kMemoizedIndexingMapsAttrName)
      generic->setDiscardableAttr(attr.getName(), attr.getValue());
  if (!collapse)
    return generic.getResult(0);
  return tensor::CollapseShapeOp::create(
      b, loc, cast<RankedTensorType>(seen.getType()).clone(i32),
      generic.getResult(0), collapse.getReassociationIndices());
}

/// A tensor of `numbers`, one dimension for each of the output's.
Value QuantizedConvolution::createOperand(const ChannelNumbers &numbers,
                                          Type element) {
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> shape;
  for (int64_t dim : numbers.dims)
    shape.push_back(result.getDimSize(dim));
  if (element.isF32()) {
    // Behind what joins groups and channels there is one dimension.
    if (collapse && shape.size() > 1)
      shape = {static_cast<int64_t>(numbers.values.size())};
    SmallVector<float> values(numbers.values.begin(), numbers.values.end());
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(RankedTensorType::get(shape, element),
                               ArrayRef<float>(values)));
  }
  SmallVector<int32_t> values(numbers.values.begin(), numbers.values.end());
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(RankedTensorType::get(shape, element),
                             ArrayRef<int32_t>(values)));
}

/// What becomes of `sums`: real numbers, or the quantised result of all that
/// follows.
Value QuantizedConvolution::createResult(Value sums) {
  SmallVector<Value> inputs{sums};
  auto type = cast<RankedTensorType>(seen.getType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineMap> maps{identity};
  auto addInput = [&](Value value, AffineMap map) {
    inputs.push_back(value);
    maps.push_back(map);
    return inputs.size() - 1;
  };
  float unit = end ? end->scale : 1.0F;
  auto addNumbers = [&](const ChannelNumbers &numbers) {
    ChannelNumbers scaled = numbers;
    for (double &value : scaled.values)
      value = static_cast<float>(value) / unit;
    return addInput(createOperand(scaled, b.getF32Type()),
                    *getMap(numbers.dims));
  };
  size_t scaleAt = addNumbers(scale);
  size_t biasAt = 0, residualAt = 0;
  if (realBias)
    biasAt = addNumbers(*realBias);
  else if (unknownBias)
    biasAt = addInput(unknownBias, *getMap(unknownBiasDims));
  std::optional<Dequantization> added;
  if (residual) {
    added = readDequantization(residual);
    if (added && (!added->scale.getSingle() || !added->zero.getSingle()))
      added = std::nullopt;
    residualAt = addInput(added ? added->integers : residual, identity);
  }
  maps.push_back(identity);
  Type element = b.getF32Type();
  if (end)
    element = getElementTypeOrSelf(end->op->getResult(0).getType());
  Value out = tensor::EmptyOp::create(
      b, loc, tensor::getMixedSizes(b, loc, sums), element);
  SmallVector<utils::IteratorType> parallel(type.getRank(),
                                            utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, out.getType(), inputs, out, maps, parallel,
      [&](OpBuilder &inside, Location l, ValueRange args) {
        Type f32 = inside.getF32Type();
        Value value = arith::SIToFPOp::create(inside, l, f32, args[0]);
        value = arith::MulFOp::create(inside, l, value, args[scaleAt]);
        if (biasAt) {
          Value bias = args[biasAt];
          if (unknownBias && end)
            bias = arith::DivFOp::create(inside, l, bias,
                                         createReal(inside, l, unit));
          value = arith::AddFOp::create(inside, l, value, bias);
        }
        if (residualAt) {
          Value term = args[residualAt];
          if (added)
            term = createDequantized(
                inside, l, term, added->isUnsigned,
                static_cast<float>(*added->scale.getSingle()) / unit,
                static_cast<int64_t>(*added->zero.getSingle()));
          else
            term = arith::DivFOp::create(inside, l, term,
                                         createReal(inside, l, unit));
          value = arith::AddFOp::create(inside, l, value, term);
        }
        if (end)
          value = createQuantized(inside, l, value, element, *end, bounds);
        linalg::YieldOp::create(inside, l, value);
      });
  return generic.getResult(0);
}

std::pair<int64_t, int64_t>
mlir::conv::raise::getIntegerBounds(const Quantization &quantization,
                                    const PassingBounds &bounds) {
  // A bound of a real number is one of the integers it is rounded to.
  auto round = [&](double bound) {
    double steps =
        std::nearbyint(static_cast<float>(bound) / quantization.scale) +
        static_cast<double>(quantization.zero);
    return static_cast<int64_t>(
        std::clamp(steps, static_cast<double>(quantization.lower),
                   static_cast<double>(quantization.upper)));
  };
  return {std::isinf(bounds.lower) ? quantization.lower : round(bounds.lower),
          std::isinf(bounds.upper) ? quantization.upper : round(bounds.upper)};
}

Value mlir::conv::raise::createQuantized(OpBuilder &b, Location loc,
                                         Value scaled, Type element,
                                         const Quantization &quantization,
                                         const PassingBounds &bounds) {
  auto [lower, upper] = getIntegerBounds(quantization, bounds);
  return RequantizeOp::create(
      b, loc, element, RequantizeKind::F32Even, scaled, ValueRange(),
      /*large_shifts=*/false, static_cast<int32_t>(quantization.zero),
      b.getI32IntegerAttr(static_cast<int32_t>(lower)),
      b.getI32IntegerAttr(static_cast<int32_t>(upper)));
}

void QuantizedConvolution::rewrite() {
  // A residual dominates the end only.
  b.setInsertionPoint(end        ? end->op.getOperation()
                      : collapse ? collapse.getOperation()
                                 : op.getOperation());
  SmallVector<Value> operands(op->getOperands());
  if (residual)
    operands.push_back(residual);
  remarkForm(loc, "a convolution in f32 of quantised numbers is computed on "
                  "integers");
  Value result = createResult(createSums());
  // The last is replaced, those before it have no other use.
  SmallVector<Operation *> replaced{op};
  if (collapse)
    replaced.push_back(collapse);
  llvm::append_range(replaced, folded);
  b.replaceOp(replaced.pop_back_val(), result);
  for (Operation *before : llvm::reverse(replaced))
    b.eraseOp(before);
  eraseIfDead(b, operands);
}

void mlir::conv::raise::raiseQuantizedConvolution(RewriterBase &rewriter,
                                                  linalg::LinalgOp op) {
  QuantizedConvolution convolution(rewriter, op);
  if (convolution.read())
    return convolution.rewrite();
  if (convolution.getObstacle().empty())
    return;
  op.emitWarning("quantised convolution is computed in f32: ")
      << convolution.getObstacle();
  remark::missed(op.getLoc(),
                 remark::RemarkOpts::name("raise").category("conv"))
      << "quantised convolution is computed in f32: " +
             convolution.getObstacle().str();
}

void mlir::conv::raise::rewriteQuantized(RewriterBase &rewriter,
                                         Operation *root) {
  joinMaxima(rewriter, root);
  sinkDequantizations(rewriter, root);
  joinQuantizations(rewriter, root);
  // Those whose input another one makes come behind it.
  SmallVector<Operation *> candidates;
  root->walk([&](linalg::LinalgOp op) {
    if (op.getNumReductionLoops() != 0)
      candidates.push_back(op);
  });
  for (Operation *op : candidates)
    raiseQuantizedConvolution(rewriter, cast<linalg::LinalgOp>(op));
  writeQuantizations(rewriter, root);
}
