//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// kn2row and its relatives (Anderson, Vasudevan, Keane, Gregg 2017): a
/// convolution is the sum of R S shifted products of the image, as it is, with
/// one tap of the filter each.
///
///   kn2row, kn2col:             one buffer of all products, one image at a
///   time
///     for r, s:  t[r][s] = f[r][s] * x
///     for r, s:  out[ho][wo] += t[r][s][ho * sh + r * dh - low][...]
///   kn2row_as, kn2col_as:       one product at a time
///     for r, s:  t = f[r][s] * x
///                out[ho][wo] += t[ho * sh + r * dh - low][...]
///   kn2row_aa:                  no product is stored
///     for r, s:  out[ho][wo] += f[r][s] * x[ho * sh + r * dh - low][...]
///
/// The row forms store products [k][h][w], the col forms [h][w][k]. With
/// strides, products are computed only at the points the output needs. The last
/// form does not punch holes into the image: its contractions clip each tap to
/// the points inside of the image, which is exact and leaves the image alone.
/// In all forms the taps are outside of the output tile, and the output is read
/// again for each.
///
/// Workspace: R S K H W elements; K H W; none (Ho Wo for H W with strides).
///
//===----------------------------------------------------------------------===//

#include "Defaults.h"
#include "Entries.h"
#include "Operands.h"
#include "conv/Schedule/MemoryRates.h"
#include "conv/Schedule/ModelConstants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

/// Products are computed at the output's points, already in place.
static bool isStrided(const Problem &p) {
  return p.strideH != 1 || p.strideW != 1;
}

//===----------------------------------------------------------------------===//
// Pieces of IR
//===----------------------------------------------------------------------===//

namespace {

/// An epilogue divided among taps: what is only added, the first tap adds, and
/// the last one does the rest.
class EpilogueOfTaps {
public:
  explicit EpilogueOfTaps(const Epilogue &epilogue)
      : whole(epilogue), parts(splitEpilogue(epilogue)) {}

  const Epilogue &get(bool first, bool last) const {
    static const Epilogue none;
    if (first)
      return last ? whole : parts.first;
    return last ? parts.second : none;
  }

private:
  Epilogue whole;
  std::pair<Epilogue, Epilogue> parts;
};

/// Writes the contractions and sums of one convolution.
class Kn2Writer {
public:
  Kn2Writer(ConvOp op, RewriterBase &rewriter)
      : op(op), b(rewriter), loc(op.getLoc()), dims(op.getDims()),
        problem(Problem::fromOp(op)), filterLayout(dims.getFilter()) {
    b.setInsertionPoint(op);
    FilterOperand operand = prepareFilter(op, filterLayout, b);
    filter = wrapFilter(op, operand, b);
    filterMap = operand.map;
    cPack = operand.cPack;
    operands = wrapOperands(op, b);
  }

  /// Products stored in dimensions `order`, all of them or one at a time.
  void writeStored(StringRef order, bool oneByOne);
  /// Nothing stored.
  void writeAccumulating();

private:
  int64_t getRows() const {
    return isStrided(problem) ? problem.ho : problem.h;
  }
  int64_t getColumns() const {
    return isStrided(problem) ? problem.wo : problem.w;
  }
  AffineExpr dim(unsigned i) const { return b.getAffineDimExpr(i); }
  AffineMap map(ArrayRef<AffineExpr> results) const {
    return AffineMap::get(ContractOp::NumIterators, 0, results, b.getContext());
  }
  /// Map of the image: identity at image points, else those tap (r, s) meets.
  AffineMap getImageMap(bool atImagePoints, int64_t r, int64_t s) const;
  AffineMap getOutputMap(StringRef letters) const;
  Value getTap(int64_t r, int64_t s) const;
  /// The shape of the products of one image, whose dimensions follow `order`,
  /// and the letters of those that are no taps.
  std::pair<SmallVector<int64_t>, std::string> getProductShape(StringRef order,
                                                               bool oneByOne);
  /// The sum over the taps for one image; returns the new output.
  Value writeImage(Value input, Value output, const Epilogue &epilogue,
                   StringRef order, bool oneByOne);

  ConvOp op;
  RewriterBase &b;
  Location loc;
  DimsAttr dims;
  Problem problem;
  StringRef filterLayout;
  Value filter;
  AffineMap filterMap;
  int64_t cPack = 1;
  TensorOperands operands;
};

} // namespace

AffineMap Kn2Writer::getImageMap(bool atImagePoints, int64_t r,
                                 int64_t s) const {
  auto point = [&](unsigned iterator, int64_t tap, unsigned axis) {
    if (atImagePoints)
      return dim(iterator);
    return dim(iterator) * dims.getStrides()[axis] +
           (tap * dims.getDilations()[axis] - dims.getLow()[axis]);
  };
  SmallVector<AffineExpr> exprs;
  for (char letter : dims.getInput())
    exprs.push_back(letter == 'n'   ? dim(ContractOp::N)
                    : letter == 'g' ? dim(ContractOp::G)
                    : letter == 'c' ? dim(ContractOp::C)
                    : letter == 'h' ? point(ContractOp::Ho, r, 0)
                                    : point(ContractOp::Wo, s, 1));
  return map(exprs);
}

AffineMap Kn2Writer::getOutputMap(StringRef letters) const {
  SmallVector<AffineExpr> exprs;
  for (char letter : letters)
    exprs.push_back(letter == 'n'                    ? dim(ContractOp::N)
                    : letter == 'g'                  ? dim(ContractOp::G)
                    : letter == 'k'                  ? dim(ContractOp::K)
                    : letter == 'h' || letter == 'p' ? dim(ContractOp::Ho)
                                                     : dim(ContractOp::Wo));
  return map(exprs);
}

/// The part of the filter that belongs to one tap.
Value Kn2Writer::getTap(int64_t r, int64_t s) const {
  auto type = cast<RankedTensorType>(filter.getType());
  SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)),
      strides(type.getRank(), b.getIndexAttr(1)), sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(b.getIndexAttr(size));
  for (auto [iterator, tap] : {std::pair<unsigned, int64_t>(ContractOp::R, r),
                               std::pair<unsigned, int64_t>(ContractOp::S, s)})
    for (auto [i, expr] : llvm::enumerate(filterMap.getResults()))
      if (expr == dim(iterator)) {
        offsets[i] = b.getIndexAttr(tap);
        sizes[i] = b.getIndexAttr(1);
      }
  return tensor::ExtractSliceOp::create(b, loc, filter, offsets, sizes,
                                        strides);
}

std::pair<SmallVector<int64_t>, std::string>
Kn2Writer::getProductShape(StringRef order, bool oneByOne) {
  SmallVector<int64_t> shape;
  std::string kept;
  for (char letter : order) {
    switch (letter) {
    case 'n':
      shape.push_back(1);
      break;
    case 'g':
      shape.push_back(problem.g);
      break;
    case 'k':
      shape.push_back(problem.k);
      break;
    case 'r':
      shape.push_back(oneByOne ? 1 : problem.r);
      continue;
    case 's':
      shape.push_back(oneByOne ? 1 : problem.s);
      continue;
    default:
      shape.push_back(letter == 'h' || letter == 'p' ? getRows()
                                                     : getColumns());
      break;
    }
    kept += letter;
  }
  return {shape, kept};
}

Value Kn2Writer::writeImage(Value input, Value output, const Epilogue &epilogue,
                            StringRef order, bool oneByOne) {
  bool strided = isStrided(problem);
  Type element =
      cast<EpilogueOpInterface>(op.getOperation()).getAccumulatorType();
  auto [shape, kept] = getProductShape(order, oneByOne);
  StoreMode store =
      kept.back() == 'k' ? StoreMode::KContiguous : StoreMode::WContiguous;
  Value product = tensor::EmptyOp::create(b, loc, shape, element);
  EpilogueOfTaps parts(epilogue);
  auto sum = [&](int64_t r, int64_t s, bool first, bool last) {
    output = ShiftAddOp::create(
                 b, loc, TypeRange(output.getType()), product, output,
                 parts.get(first, last), dims, order, ArrayRef<int64_t>{r, s},
                 !first || op.getAccumulate(), op.getScheduleAttr().getNVec())
                 ->getResult(0);
  };
  for (int64_t r = 0; r < problem.r; ++r)
    for (int64_t s = 0; s < problem.s; ++s) {
      SmallVector<OpFoldResult> offsets, sizes, strides(7, b.getIndexAttr(1));
      SmallVector<int64_t> keptShape;
      for (auto [letter, size] : llvm::zip(order, shape)) {
        bool tap = letter == 'r' || letter == 's';
        offsets.push_back(
            b.getIndexAttr(!tap || oneByOne ? 0 : (letter == 'r' ? r : s)));
        sizes.push_back(b.getIndexAttr(tap ? 1 : size));
        if (!tap)
          keptShape.push_back(size);
      }
      auto keptType = RankedTensorType::get(keptShape, element);
      Value target = tensor::ExtractSliceOp::create(b, loc, keptType, product,
                                                    offsets, sizes, strides);
      auto contract = ContractOp::create(
          b, loc, TypeRange(keptType), input, getTap(r, s), target, Epilogue(),
          /*row_origin=*/Value(),
          b.getAffineMapArrayAttr(
              {getImageMap(!strided, r, s), filterMap, getOutputMap(kept)}),
          store, cPack, /*accumulate=*/false, op.getScheduleAttr(),
          strided ? getHighPadding(dims) : DenseI64ArrayAttr());
      contract.setInputMeaning(op);
      product = tensor::InsertSliceOp::create(b, loc, contract->getResult(0),
                                              product, offsets, sizes, strides);
      bool isFirst = r == 0 && s == 0;
      bool isLast = r == problem.r - 1 && s == problem.s - 1;
      if (oneByOne)
        sum(r, s, isFirst, isLast);
      else if (isLast)
        sum(0, 0, /*first=*/true, /*last=*/true);
    }
  return output;
}

void Kn2Writer::writeStored(StringRef order, bool oneByOne) {
  int inputPos = dims.inputPos('n'), outputPos = dims.outputPos('n');
  if (problem.n == 1 || inputPos < 0)
    return replaceByTensor(op,
                           writeImage(operands.input, operands.init,
                                      operands.epilogue, order, oneByOne),
                           b);
  // One image at a time: the products of one are enough.
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value count = b.createOrFold<tensor::DimOp>(loc, operands.input, inputPos);
  auto loop = scf::ForOp::create(b, loc, zero, count, one, operands.init);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    struct Slice {
      SmallVector<OpFoldResult> offsets, sizes, strides;
    };
    auto getSlice = [&](Value value, int position) {
      Slice slice;
      auto type = cast<RankedTensorType>(value.getType());
      slice.sizes = tensor::getMixedSizes(b, loc, value);
      slice.offsets.assign(type.getRank(), b.getIndexAttr(0));
      slice.strides.assign(type.getRank(), b.getIndexAttr(1));
      slice.offsets[position] = loop.getInductionVar();
      slice.sizes[position] = b.getIndexAttr(1);
      return slice;
    };
    auto take = [&](Value value, int position) -> Value {
      Slice s = getSlice(value, position);
      return tensor::ExtractSliceOp::create(b, loc, value, s.offsets, s.sizes,
                                            s.strides);
    };
    Value whole = loop.getRegionIterArg(0);
    Epilogue epilogue = operands.epilogue;
    for (auto [operand, map] : llvm::zip(epilogue.operands, epilogue.maps))
      for (auto [i, expr] : llvm::enumerate(map.getResults()))
        if (expr == dim(outputPos))
          operand = take(operand, i);
    Value result =
        writeImage(take(operands.input, inputPos), take(whole, outputPos),
                   epilogue, order, oneByOne);
    Slice s = getSlice(whole, outputPos);
    Value next = tensor::InsertSliceOp::create(b, loc, result, whole, s.offsets,
                                               s.sizes, s.strides);
    scf::YieldOp::create(b, loc, next);
  }
  replaceByTensor(op, loop.getResult(0), b);
}

void Kn2Writer::writeAccumulating() {
  Value output = operands.init;
  StoreMode store = getStoreMode(op, 'k');
  EpilogueOfTaps parts(operands.epilogue);
  for (int64_t r = 0; r < problem.r; ++r)
    for (int64_t s = 0; s < problem.s; ++s) {
      bool first = r == 0 && s == 0;
      bool last = r == problem.r - 1 && s == problem.s - 1;
      auto contract = ContractOp::create(
          b, loc, TypeRange(output.getType()), operands.input, getTap(r, s),
          output, parts.get(first, last), /*row_origin=*/Value(),
          b.getAffineMapArrayAttr({getImageMap(/*atImagePoints=*/false, r, s),
                                   filterMap, getOutputMap(dims.getOutput())}),
          store, cPack, !first || op.getAccumulate(), op.getScheduleAttr(),
          getHighPadding(dims));
      contract.setInputMeaning(op);
      output = contract->getResult(0);
    }
  replaceByTensor(op, output, b);
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// A tap is a few contractions of code.
static constexpr int64_t kMaxTaps = 128;

static Obstacle findTapObstacle(const Problem &p, ScheduleAttr schedule) {
  if (p.r * p.s > kMaxTaps)
    return llvm::formatv("{0} taps are more code than one per tap is worth "
                         "(limit {1})",
                         p.r * p.s, kMaxTaps)
        .str();
  if ((!p.hasRows && (p.r > 1 || p.lowH > 0)) ||
      (!p.hasColumns && (p.s > 1 || p.lowW > 0)))
    return "the window moves along a dimension the image does not have";
  if (p.changesType)
    return "the sums are kept in the output, whose elements have another type";
  return findWholeObstacle(p, schedule);
}

/// Elements of one tap's products of one image.
static int64_t getProductElements(const Problem &p) {
  int64_t channels = multiplyElements(p.g, p.k);
  return multiplyElements(channels, isStrided(p) ? multiplyElements(p.ho, p.wo)
                                                 : multiplyElements(p.h, p.w));
}

static double getImages(const Problem &p) {
  return ShapedType::isDynamic(p.n) ? 1.0 : double(p.n);
}

/// One tap over the points products are computed at, which lie in planes or
/// next to each other.
template <bool columnsLast>
static Problem getProductContraction(const Problem &p, ScheduleAttr) {
  Problem q = p;
  q.vectorGroups = q.flattenable = false;
  q.r = q.s = 1;
  if (!isStrided(p)) {
    q.ho = p.h;
    q.wo = p.w;
    q.lowH = q.lowW = q.highH = q.highW = 0;
  }
  q.outputChannel = columnsLast ? q.ho * q.wo : 1;
  q.outputColumn = columnsLast ? 1 : q.k;
  return q;
}

static int64_t getTaps(const Problem &p) { return p.r * p.s; }

/// The steps of all taps; that they are apart costs what the output's traffic
/// does.
static Problem getTapContraction(const Problem &p, ScheduleAttr) {
  Problem q = p;
  q.vectorGroups = q.flattenable = false;
  return q;
}

static double getOutputElements(const Problem &p) {
  return double(p.g) * p.k * p.ho * p.wo;
}

/// Every tap's products are written, read, and added to the output.
template <bool oneByOne>
static double getProductCycles(const Problem &p, MachineAttr machine,
                               ScheduleAttr) {
  double product = getProductElements(p), output = getOutputElements(p);
  double stored = product * (oneByOne ? 1 : p.r * p.s);
  double moved = getImages(p) * p.r * p.s * 2 * (product + output);
  return getRunCycles(machine, p.getSumBytes() * moved,
                      p.getSumBytes() * (stored + output));
}

static int64_t getAllProducts(const Problem &p, ScheduleAttr) {
  return multiplyElements(p.r * p.s, getProductElements(p));
}

static int64_t getOneProduct(const Problem &p, ScheduleAttr) {
  return getProductElements(p);
}

/// The dimensions of products; with strides they are at the output's points.
static StringRef getOrder(const Problem &p, bool columnsLast) {
  if (columnsLast)
    return isStrided(p) ? "ngrskhw" : "ngrskpq";
  return isStrided(p) ? "nghwrsk" : "ngpqrsk";
}

template <bool columnsLast, bool oneByOne>
static LogicalResult applyStored(ConvOp op, RewriterBase &rewriter) {
  Kn2Writer(op, rewriter)
      .writeStored(getOrder(Problem::fromOp(op), columnsLast), oneByOne);
  return success();
}

/// The entry of a form that stores products.
template <bool columnsLast, bool oneByOne>
static AlgorithmInfo makeStoredInfo(Algorithm algorithm) {
  return {algorithm,
          applyStored<columnsLast, oneByOne>,
          findTapObstacle,
          getProductContraction<columnsLast>,
          getTaps,
          oneByOne ? getOneProduct : getAllProducts,
          getProductCycles<oneByOne>};
}

AlgorithmInfo mlir::conv::getKn2row() {
  return makeStoredInfo<true, false>(Algorithm::Kn2row);
}
AlgorithmInfo mlir::conv::getKn2col() {
  return makeStoredInfo<false, false>(Algorithm::Kn2col);
}
AlgorithmInfo mlir::conv::getKn2rowAs() {
  return makeStoredInfo<true, true>(Algorithm::Kn2rowAs);
}
AlgorithmInfo mlir::conv::getKn2colAs() {
  return makeStoredInfo<false, true>(Algorithm::Kn2colAs);
}

AlgorithmInfo mlir::conv::getKn2rowAa() {
  return {Algorithm::Kn2rowAa,
          [](ConvOp op, RewriterBase &rewriter) {
            Kn2Writer(op, rewriter).writeAccumulating();
            return success();
          },
          findTapObstacle, getTapContraction, getOnePass, getNoElements,
          // The output is read and written once per tap.
          [](const Problem &p, MachineAttr machine, ScheduleAttr) {
            double output = getOutputElements(p);
            double moved = getImages(p) * p.r * p.s * 2 * output;
            return getRunCycles(machine, p.getSumBytes() * moved,
                                p.getSumBytes() * output);
          }};
}
