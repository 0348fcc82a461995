//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Finds the loop of an operation that fills vectors: the one along the last
/// dimension of the output, else a reduction along the last dimension of the
/// inputs.
///
//===----------------------------------------------------------------------===//

#include "LanePlan.h"

#include "ByteTables.h"
#include "conv/IR/Arithmetic.h"
#include "conv/Rest/Threads.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;
using linalg::LinalgOp;

/// Steps of a window that are written out, one after the other: a window of 5 x
/// 5 is. LLVM unrolls loops of about as many loads itself.
static constexpr int64_t kMostUnrolledSteps = 32;

/// One register in so many holds an accumulator: as many operands, and what a
/// maximum that lets NaN through needs besides, stay in registers, too.
static constexpr int64_t kRegistersPerAccumulator = 4;

/// Windows that move further along a row of NCHW images are averages over whole
/// parts of it; a vector is then the shuffle of as many vectors.
static constexpr int64_t kMostStride = 8;

//===----------------------------------------------------------------------===//
// What can be planned
//===----------------------------------------------------------------------===//

/// The largest element of `op`'s operands in bits; 0 when one is no number.
static int64_t getElementBits(LinalgOp op) {
  int64_t bits = 0;
  for (Type type : op->getOperandTypes()) {
    Type element = getElementTypeOrSelf(type);
    if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() < 8)
      return 0;
    bits = std::max<int64_t>(bits, element.getIntOrFloatBitWidth());
  }
  return bits;
}

/// Whether `op` reads or writes bf16.
static bool holdsBF16(LinalgOp op) {
  return llvm::any_of(op->getOperandTypes(), [](Type type) {
    return getElementTypeOrSelf(type).isBF16();
  });
}

/// Whether vectors can read what `op` takes out of a tensor.
static bool isReadable(tensor::ExtractOp op) {
  RankedTensorType type = op.getTensor().getType();
  return type.hasStaticShape() && type.getRank() != 0 &&
         type.getElementType().isIntOrFloat() &&
         type.getElementTypeBitWidth() >= 8 &&
         // Gathers count in 32 bits.
         type.getNumElements() <= std::numeric_limits<int32_t>::max();
}

/// Whether the body of `op` is as well written on vectors.
static bool isElementwiseBody(LinalgOp op) {
  return llvm::all_of(op.getBlock()->without_terminator(), [](Operation &op) {
    if (auto extract = dyn_cast<tensor::ExtractOp>(op))
      return isReadable(extract);
    return op.getNumRegions() == 0 && op.getNumResults() == 1 &&
           (op.hasTrait<OpTrait::ConstantLike>() || isa<linalg::IndexOp>(op) ||
            OpTrait::hasElementwiseMappableTraits(&op));
  });
}

/// The factors of the loops in `expr` and, last, what is added; nothing when it
/// is not linear.
static std::optional<SmallVector<int64_t>> getFactors(AffineExpr expr,
                                                      unsigned numDims) {
  SmallVector<int64_t> factors;
  if (failed(getFlattenedAffineExpr(expr, numDims, /*numSymbols=*/0, &factors)))
    return std::nullopt;
  // More columns are those of quotients.
  if (factors.size() != numDims + 1)
    return std::nullopt;
  return factors;
}

/// Looks through padding by a constant.
static void lookThroughPadding(LaneOperand &operand) {
  auto pad = operand.source.getDefiningOp<tensor::PadOp>();
  if (!pad || !pad.getLow().empty() || !pad.getHigh().empty())
    return;
  for (auto [size, low, high] :
       llvm::zip_equal(pad.getSourceType().getShape(), pad.getStaticLow(),
                       pad.getStaticHigh()))
    if (ShapedType::isDynamic(size) && (low != 0 || high != 0))
      return;
  Value value = pad.getConstantPaddingValue();
  TypedAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return;
  operand.source = pad.getSource();
  operand.low = llvm::to_vector(pad.getStaticLow());
  operand.high = llvm::to_vector(pad.getStaticHigh());
  operand.padding = constant;
}

namespace {
/// Plans one operation.
struct Planner {
  LinalgOp op;
  MachineAttr machine;
  int64_t shuffledBytes; ///< At once; 0: none.
  LanePlan plan;
  std::string &obstacle;
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  int64_t lanes = 1; ///< Of one vector.

  bool plannable();
  bool tryLane(unsigned lane);
  bool readOperand(OpOperand *input);
  bool readStep(LaneOperand &operand);
  bool findReduction();
  bool isOneCombiner();
  void findTail();
  void unrollWindow();
  bool findSegments();
  bool canRepeat();
  bool knowsPositions(const LaneOperand &operand);
  bool divideWithBorders(int64_t begin, int64_t end);
  void divide(int64_t begin, int64_t end);
  bool findClamps();
  bool findGathers();
  void shareOut();
  bool refuse(const Twine &reason) {
    obstacle = reason.str();
    return false;
  }
};
} // namespace

bool Planner::plannable() {
  // Sums that keep their dimensions write to the only element of those.
  if (!outputMap.isProjectedPermutation(/*allowZeroInResults=*/true))
    return refuse("its output is not written along its loops");
  int64_t bits = getElementBits(op);
  if (bits == 0)
    return refuse("its elements are no numbers of 8 bits or more");
  if (!isElementwiseBody(op))
    return refuse("its body has operations that vectors do not have");
  lanes = std::max<int64_t>(machine.getNVec() * kLaneBits / bits, 1);
  plan.extents = op.getStaticLoopRanges();
  for (auto [i, extent] : llvm::enumerate(plan.extents))
    if (extent == 0 || (ShapedType::isDynamic(extent) &&
                        iterators[i] != utils::IteratorType::parallel))
      return refuse("it sums over an unknown number of elements or none");
  return true;
}

/// How the lanes of `operand` lie.
bool Planner::readStep(LaneOperand &operand) {
  for (auto [i, expr] : llvm::enumerate(operand.map.getResults())) {
    auto factors = getFactors(expr, op.getNumLoops());
    if (!factors)
      return refuse("an index is not linear");
    int64_t factor = (*factors)[plan.lane];
    bool last = i + 1 == operand.map.getNumResults();
    if (factor == 0)
      continue;
    // What is loaded of bf16 must not be an odd number of elements.
    int64_t most = holdsBF16(op) ? 2 : kMostStride;
    if (!last || factor < 0 || factor > most)
      return refuse("neighbouring elements are far apart");
    operand.step = factor;
    operand.least = operand.most = factors->back();
    std::optional<unsigned> window;
    for (auto [loop, extent] : llvm::enumerate(plan.extents)) {
      int64_t other = (*factors)[loop];
      if (loop == plan.lane || other == 0)
        continue;
      if (ShapedType::isDynamic(extent) || other < 0)
        return refuse("an index depends on an unknown extent");
      operand.most += other * (extent - 1);
      if (factor > 1 && (other != 1 || window ||
                         iterators[loop] != utils::IteratorType::reduction))
        return refuse("elements of rows are left out by no plain window");
      window = loop;
    }
    if (factor == 1)
      continue;
    if (!window || plan.strided || plan.reduces || !isOneCombiner())
      return refuse("elements of rows are left out by no plain window");
    plan.strided = plan.operands.size();
    plan.stridedLoop = window;
    plan.stride = factor;
  }
  return true;
}

bool Planner::readOperand(OpOperand *input) {
  LaneOperand operand;
  operand.source = input->get();
  if (isa<RankedTensorType>(operand.source.getType())) {
    operand.map = op.getMatchingIndexingMap(input);
    // The window of a pooling is only a shape.
    if (!op.payloadUsesValueFromOperand(input)) {
      operand.source = Value();
    } else {
      lookThroughPadding(operand);
      if (!readStep(operand))
        return false;
    }
  }
  plan.operands.push_back(std::move(operand));
  return true;
}

/// What combines the lanes, where the lane loop is a reduction.
bool Planner::findReduction() {
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) ||
      combiners.size() != 1)
    return refuse("its lanes are not combined by one operation");
  auto kind = linalg::getCombinerOpKind(combiners.front());
  auto neutral = arith::getNeutralElement(combiners.front());
  if (!kind || !neutral)
    return refuse("vectors cannot combine their lanes by its operation");
  plan.kind = *kind;
  plan.neutral = *neutral;
  return true;
}

/// Whether the body combines an element with the accumulator and does no more.
bool Planner::isOneCombiner() {
  return llvm::hasSingleElement(op.getBlock()->without_terminator()) &&
         findReduction();
}

/// Finds the one user of `op`, where it computes nothing but with its result.
void Planner::findTail() {
  OpOperand *init = op.getDpsInitOperand(0);
  if (!op->hasOneUse() || (op.payloadUsesValueFromOperand(init) &&
                           !init->get().getDefiningOp<linalg::FillOp>()))
    return;
  auto user = dyn_cast<linalg::GenericOp>(*op->user_begin());
  if (!user || !user.hasPureTensorSemantics() || user.getNumDpsInputs() != 1 ||
      user.getNumDpsInits() != 1 || user->getBlock() != op->getBlock() ||
      user.getNumLoops() != user.getNumParallelLoops() ||
      user.payloadUsesValueFromOperand(user.getDpsInitOperand(0)) ||
      user.hasIndexSemantics() || !isElementwiseBody(user) ||
      getElementBits(user) == 0 ||
      !llvm::all_of(user.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return;
  plan.tail = user;
}

void Planner::unrollWindow() {
  plan.unrolled.assign(op.getNumLoops(), false);
  int64_t steps = 1;
  for (unsigned loop : llvm::reverse(plan.inner)) {
    steps *= plan.extents[loop];
    if (steps > kMostUnrolledSteps)
      return;
    plan.unrolled[loop] = true;
  }
}

/// Whether lanes may be computed twice: they begin from a known value.
bool Planner::canRepeat() {
  OpOperand *init = op.getDpsInitOperand(0);
  return !plan.reduces && (!op.payloadUsesValueFromOperand(init) ||
                           init->get().getDefiningOp<linalg::FillOp>());
}

/// Divides lanes [begin, end), which read no padding, into vectors.
void Planner::divide(int64_t begin, int64_t end) {
  int64_t accumulators = std::min(machine.getNFma() * machine.getLFma(),
                                  machine.getNReg() / kRegistersPerAccumulator);
  // What is between the lanes takes registers, too.
  accumulators = std::max<int64_t>(accumulators / plan.stride, 1);
  // A lookup is long as it is.
  if (plan.looksUp)
    accumulators = 1;
  int64_t width = lanes;
  while (width * 2 <= std::min(end - begin, lanes * accumulators))
    width *= 2;
  int64_t whole = begin + (end - begin) / width * width;
  if (whole > begin)
    plan.segments.push_back({begin, whole, width, /*border=*/false});
  int64_t rest = end - whole;
  if (rest == 0)
    return;
  int64_t rounded = llvm::alignTo(rest, lanes);
  if (rounded <= end - begin && canRepeat())
    plan.segments.push_back({end - rounded, end, rounded, /*border=*/false});
  else if (breaksBF16(rest) && holdsBF16(op))
    plan.segments.append(
        {{whole, end - 1, rest - 1, false}, {end - 1, end, 1, false}});
  else
    plan.segments.push_back({whole, end, rest, /*border=*/false});
}

/// Whether which element of a row of `operand` the first lane reads is a number
/// wherever the lane loop is at one.
bool Planner::knowsPositions(const LaneOperand &operand) {
  auto factors = getFactors(operand.map.getResults().back(), op.getNumLoops());
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    if (loop != plan.lane && (*factors)[loop] != 0 && !plan.unrolled[loop])
      return false;
  return true;
}

/// Divides all lanes into vectors, of which the first and the last ones reach
/// over the padding beside [begin, end): what they read of a row is shuffled to
/// where it belongs. False where that cannot be.
bool Planner::divideWithBorders(int64_t begin, int64_t end) {
  int64_t extent = plan.extents[plan.lane], width = std::min(lanes, extent);
  if (plan.strided || plan.gathers || plan.looksUp || !canRepeat())
    return false;
  for (const LaneOperand &operand : plan.operands) {
    if (operand.step == 0 || !operand.isPadded())
      continue;
    if (!knowsPositions(operand))
      return false;
    auto type = cast<ShapedType>(operand.source.getType());
    width = std::min(width, type.getShape().back());
  }
  if (width < 2 || begin > width || extent - end > width ||
      (breaksBF16(width) && holdsBF16(op)))
    return false;
  // One vector, both ends of which may be borders.
  if (width == extent) {
    plan.segments.push_back({0, extent, width, /*border=*/true});
    return true;
  }
  int64_t first = begin > 0 ? width : 0;
  int64_t last = end < extent ? extent - width : extent;
  if (begin > 0)
    plan.segments.push_back({0, width, width, /*border=*/true});
  if (last > first)
    divide(first, last);
  if (end < extent)
    plan.segments.push_back({extent - width, extent, width, /*border=*/true});
  return true;
}

bool Planner::findSegments() {
  int64_t begin = 0, extent = plan.extents[plan.lane], end = extent;
  for (const LaneOperand &operand : plan.operands) {
    if (operand.step == 0)
      continue;
    int64_t low = operand.isPadded() ? operand.low.back() : 0;
    int64_t size = cast<ShapedType>(operand.source.getType()).getShape().back();
    if (ShapedType::isDynamic(size))
      return refuse("a row has an unknown length");
    // Elements up to the next lane's are loaded, which may be behind a window
    // that is narrower.
    int64_t taps = operand.most - operand.least + 1;
    int64_t reach = operand.most + std::max<int64_t>(operand.step - taps, 0);
    begin = std::max(begin,
                     llvm::divideCeilSigned(low - operand.least, operand.step));
    end = std::min(
        end, llvm::divideFloorSigned(size - 1 + low - reach, operand.step) + 1);
  }
  if (plan.reduces && (begin != 0 || end != extent))
    return refuse("it sums over padding along a row");
  if ((begin > 0 || end < extent) && divideWithBorders(begin, end))
    return true;
  if (end - begin < 2)
    return refuse("its rows are too short");
  if (begin > 0)
    plan.segments.push_back({0, begin, 1, /*border=*/true});
  divide(begin, end);
  if (end < extent)
    plan.segments.push_back({end, extent, 1, /*border=*/true});
  return true;
}

/// Whether `a` is at most `b`, to a maximum of unsigned numbers or another.
static bool isAtMost(TypedAttr a, TypedAttr b, bool isUnsigned) {
  if (auto x = dyn_cast<FloatAttr>(a))
    if (auto y = dyn_cast<FloatAttr>(b))
      return x.getValue() <= y.getValue();
  auto x = dyn_cast<IntegerAttr>(a);
  auto y = dyn_cast<IntegerAttr>(b);
  if (!x || !y)
    return false;
  return isUnsigned ? x.getValue().ule(y.getValue())
                    : x.getValue().sle(y.getValue());
}

/// A maximum over windows that all reach into the image, begun at no less than
/// the padding.
bool Planner::findClamps() {
  auto fill = op.getDpsInitOperand(0)->get().getDefiningOp<linalg::FillOp>();
  TypedAttr begin;
  if (!fill || !matchPattern(fill.getInputs().front(), m_Constant(&begin)) ||
      !llvm::hasNItems(op.getBlock()->without_terminator(), 1) ||
      !isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MaxSIOp, arith::MaxUIOp>(
          op.getBlock()->front()))
    return false;
  bool isUnsigned = isa<arith::MaxUIOp>(op.getBlock()->front());
  const LaneOperand &image = plan.operands.front();
  if (!image.isPadded() || !isAtMost(image.padding, begin, isUnsigned))
    return false;
  ArrayRef<int64_t> shape = cast<ShapedType>(image.source.getType()).getShape();
  for (auto [i, expr] : llvm::enumerate(image.map.getResults())) {
    if (image.low[i] == 0 && image.high[i] == 0)
      continue;
    auto factors = getFactors(expr, op.getNumLoops());
    int64_t lastWindow = factors->back(), reach = 0;
    for (auto [loop, extent] : llvm::enumerate(plan.extents)) {
      int64_t factor = (*factors)[loop];
      if (iterators[loop] == utils::IteratorType::parallel) {
        if (factor == 0)
          continue;
        if (ShapedType::isDynamic(extent))
          return false;
        lastWindow += factor * (extent - 1);
        continue;
      }
      if (factor != 0 && factor != 1)
        return false;
      reach += factor * (extent - 1);
    }
    if (reach < image.low[i] - factors->back() ||
        lastWindow > image.low[i] + shape[i] - 1)
      return false;
  }
  return true;
}

/// Finds out whether lanes read from places that the body computes.
bool Planner::findGathers() {
  DenseSet<Value> varies;
  bool computes = false;
  plan.gathers = false;
  plan.looksUp = false;
  auto isVarying = [&](Value value) { return varies.contains(value); };
  for (Operation &inner : op.getBlock()->without_terminator()) {
    auto index = dyn_cast<linalg::IndexOp>(inner);
    if (index ? index.getDim() == plan.lane
              : llvm::any_of(inner.getOperands(), isVarying))
      varies.insert(inner.getResult(0));
    auto extract = dyn_cast<tensor::ExtractOp>(inner);
    if (!extract) {
      computes |= isa<FloatType>(inner.getResult(0).getType()) &&
                  !inner.hasTrait<OpTrait::ConstantLike>();
      continue;
    }
    if (shuffledBytes != 0 && readByteLookup(extract)) {
      plan.looksUp = true;
      lanes = std::min(lanes, shuffledBytes);
      continue;
    }
    auto last = extract.getIndices().back().getDefiningOp<linalg::IndexOp>();
    bool isRow = last && last.getDim() == plan.lane;
    auto places = extract.getIndices();
    plan.gathers |=
        llvm::any_of(isRow ? places.drop_back() : places, isVarying);
  }
  if (plan.gathers && !computes)
    return refuse("it only copies elements from places that are computed");
  return true;
}

/// Divides an outer loop among threads, if that pays.
void Planner::shareOut() {
  int64_t steps = 1;
  for (int64_t extent : plan.extents)
    steps *= ShapedType::isDynamic(extent) ? 1 : extent;
  if (!paysThreads(machine, steps / lanes))
    return;
  plan.threads = machine.getThreads();
  plan.shared = chooseShared(plan.outer, plan.extents, plan.threads);
}

bool Planner::tryLane(unsigned lane) {
  plan.lane = lane;
  plan.reduces = iterators[lane] == utils::IteratorType::reduction;
  plan.operands.clear();
  plan.strided = plan.stridedLoop = std::nullopt;
  plan.stride = 1;
  plan.segments.clear();
  plan.outer.clear();
  plan.inner.clear();
  if (ShapedType::isDynamic(plan.extents[lane]) || plan.extents[lane] < 2)
    return refuse("its rows are short or of unknown length");
  if (plan.reduces && plan.extents[lane] < lanes)
    return refuse("it sums along rows shorter than a vector");
  for (AffineExpr expr : outputMap.getResults())
    if (auto dim = dyn_cast<AffineDimExpr>(expr);
        dim && dim.getPosition() != lane)
      plan.outer.push_back(dim.getPosition());
  for (auto [loop, iterator] : llvm::enumerate(iterators))
    if (iterator == utils::IteratorType::reduction && loop != lane)
      plan.inner.push_back(loop);
  if (plan.outer.size() + plan.inner.size() + 1 != op.getNumLoops())
    return refuse("it has loops of which its output knows nothing");
  unrollWindow();
  for (OpOperand *input : op.getDpsInputOperands())
    if (!readOperand(input))
      return false;
  if (plan.reduces && (llvm::none_of(plan.operands,
                                     [](const LaneOperand &operand) {
                                       return operand.step == 1;
                                     }) ||
                       !findReduction()))
    return refuse("it does not sum along rows");
  if (!findGathers() || !findSegments())
    return false;
  plan.clamps = !plan.reduces && findClamps();
  findTail();
  shareOut();
  return true;
}

std::optional<LanePlan> mlir::conv::planLanes(LinalgOp op, MachineAttr machine,
                                              int64_t shuffledBytes,
                                              std::string &obstacle) {
  Planner planner{op, machine, shuffledBytes, {}, obstacle};
  if (!planner.plannable())
    return std::nullopt;
  if (planner.outputMap.getNumResults() != 0) {
    auto last = dyn_cast<AffineDimExpr>(planner.outputMap.getResults().back());
    if (last && planner.tryLane(last.getPosition()))
      return planner.plan;
  }
  for (unsigned loop = op.getNumLoops(); loop-- > 0;)
    if (planner.iterators[loop] == utils::IteratorType::reduction &&
        planner.tryLane(loop))
      return planner.plan;
  return std::nullopt;
}
