//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// `--conv-version-shapes`: convolutions of images whose rows or columns only
/// the program knows become
///
///   if the image has the first declared size
///     conv.conv on types that say so
///   else if ...
///   else
///     conv.conv as it was, decided for the first declared size
///
/// What a size of the network's image makes of the images inside of it follows
/// from the program, by upstream's bounds of values.
///
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Passes.h"

#include "conv/IR/Conv.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVVERSIONSHAPESPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Rows and columns of an image.
using ImageSize = std::pair<int64_t, int64_t>;
using ImageSizes = llvm::SmallSetVector<ImageSize, 4>;

/// A dimension of a value.
using Dimension = std::pair<Value, int64_t>;

} // namespace

/// "224x160", as rows and columns.
static FailureOr<ImageSize> parseSize(StringRef text) {
  auto [rows, columns] = text.split('x');
  ImageSize size;
  // What the verifier of shapes bears.
  constexpr int64_t most = int64_t(1) << 31;
  if (rows.getAsInteger(10, size.first) ||
      columns.getAsInteger(10, size.second) || size.first < 1 ||
      size.second < 1 || size.first > most || size.second > most)
    return failure();
  return size;
}

/// Whether only the program knows the rows or columns of the image or of what
/// `op` makes of it.
static bool hasUnknownImage(ConvOp op) {
  DimsAttr dims = op.getDims();
  return llvm::any_of(StringRef("hw"), [&](char letter) {
    int in = dims.inputPos(letter), out = dims.outputPos(letter);
    return (in >= 0 && op.getInputType().isDynamicDim(in)) ||
           (out >= 0 && op.getOutputType().isDynamicDim(out));
  });
}

/// Where dimension `pos` of `value` comes from, through what keeps its size.
static Dimension traceDimension(Value value, int64_t pos) {
  for (;;) {
    Operation *source = value.getDefiningOp();
    if (auto cast = dyn_cast_or_null<tensor::CastOp>(source)) {
      value = cast.getSource();
    } else if (auto transpose = dyn_cast_or_null<linalg::TransposeOp>(source)) {
      value = transpose.getInput();
      pos = transpose.getPermutation()[pos];
    } else {
      return {value, pos};
    }
  }
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

namespace {

/// The images of one function whose argument has a size.
class SizedFunction {
public:
  explicit SizedFunction(FunctionOpInterface func);

  /// Whether its image may have `size`, as far as its type says.
  bool admits(ImageSize size) const;
  /// The size of the input of `op` where the function's image has `size`;
  /// nothing where it does not follow from that.
  std::optional<ImageSize> evaluate(ConvOp op, ImageSize size) const;

private:
  std::optional<int64_t> evaluate(Value value, int64_t pos,
                                  ImageSize size) const;

  /// Rows and columns of its arguments, and which of both.
  DenseMap<Dimension, bool> isColumn;
};

} // namespace

/// The image of a function is what its convolutions read of its arguments.
SizedFunction::SizedFunction(FunctionOpInterface func) {
  func.walk([&](ConvOp op) {
    for (auto [letter, column] :
         {std::pair('h', false), std::pair('w', true)}) {
      int pos = op.getDims().inputPos(letter);
      if (pos < 0)
        continue;
      Dimension source = traceDimension(op.getInput(), pos);
      if (isa<BlockArgument>(source.first))
        isColumn.try_emplace(source, column);
    }
  });
}

bool SizedFunction::admits(ImageSize size) const {
  return llvm::all_of(isColumn, [&](const auto &entry) {
    auto [value, pos] = entry.first;
    int64_t known = cast<ShapedType>(value.getType()).getDimSize(pos);
    return ShapedType::isDynamic(known) ||
           known == (entry.second ? size.second : size.first);
  });
}

std::optional<int64_t> SizedFunction::evaluate(Value value, int64_t pos,
                                               ImageSize size) const {
  if (int64_t known = cast<ShapedType>(value.getType()).getDimSize(pos);
      !ShapedType::isDynamic(known))
    return known;
  auto find = [&](Value of, int64_t dim) -> std::optional<int64_t> {
    auto known = isColumn.find({of, dim});
    if (known == isColumn.end())
      return std::nullopt;
    return known->second ? size.second : size.first;
  };
  Dimension source = traceDimension(value, pos);
  if (auto known = find(source.first, source.second))
    return known;
  // As a map of the sizes of arguments.
  AffineMap bound;
  ValueDimList operands;
  if (failed(ValueBoundsConstraintSet::computeBound(
          bound, operands, presburger::BoundType::EQ,
          ValueBoundsConstraintSet::Variable(value, pos),
          [&](Value of, std::optional<int64_t> dim,
              ValueBoundsConstraintSet &) {
            return dim && isColumn.contains({of, *dim});
          })))
    return std::nullopt;
  SmallVector<Attribute> constants;
  Builder b(value.getContext());
  for (auto [of, dim] : operands) {
    std::optional<int64_t> known = dim ? find(of, *dim) : std::nullopt;
    if (!known)
      return std::nullopt;
    constants.push_back(b.getIndexAttr(*known));
  }
  SmallVector<Attribute> results;
  if (failed(bound.constantFold(constants, results)) || results.size() != 1)
    return std::nullopt;
  return cast<IntegerAttr>(results.front()).getInt();
}

std::optional<ImageSize> SizedFunction::evaluate(ConvOp op,
                                                 ImageSize size) const {
  int64_t extents[] = {1, 1};
  for (auto [letter, extent] : llvm::zip(StringRef("hw"), extents)) {
    int pos = op.getDims().inputPos(letter);
    if (pos < 0)
      continue;
    std::optional<int64_t> known = evaluate(op.getInput(), pos, size);
    if (!known || *known < 1)
      return std::nullopt;
    extent = *known;
  }
  return ImageSize(extents[0], extents[1]);
}

//===----------------------------------------------------------------------===//
// Versions
//===----------------------------------------------------------------------===//

/// How many windows of `taps` fit along an axis of `size`.
static int64_t countOutputs(ConvOp op, unsigned axis, int64_t size,
                            int64_t taps) {
  DimsAttr dims = op.getDims();
  int64_t reach = dims.getDilations()[axis] * (taps - 1) + 1;
  int64_t room = size + dims.getLow()[axis] + dims.getHigh()[axis] - reach;
  return room < 0 ? 0 : room / dims.getStrides()[axis] + 1;
}

/// `shape` with the rows and columns at these positions.
static void setImage(SmallVectorImpl<int64_t> &shape, int rows, int columns,
                     ImageSize size) {
  for (auto [pos, extent] :
       {std::pair(rows, size.first), std::pair(columns, size.second)})
    if (pos >= 0 && ShapedType::isDynamic(shape[pos]))
      shape[pos] = extent;
}

namespace {

/// A convolution on images of one size.
class Version {
public:
  /// Of images of `size`; `isPossible` says whether there are such.
  Version(ConvOp op, ImageSize size);
  bool isPossible() const { return possible; }
  /// Whether the operands have the sizes.
  Value createCondition(OpBuilder &b);
  /// The convolution, on operands cast to the sizes. Returns its result as the
  /// original has it, or null.
  Value create(OpBuilder &b);

private:
  ConvOp op;
  /// The shape of each operand.
  SmallVector<SmallVector<int64_t>> shapes;
  bool possible = true;
};

} // namespace

Version::Version(ConvOp op, ImageSize size) : op(op) {
  DimsAttr dims = op.getDims();
  SmallVector<int64_t> input(op.getInputType().getShape());
  setImage(input, dims.inputPos('h'), dims.inputPos('w'), size);
  SmallVector<int64_t> output(op.getOutputType().getShape());
  ImageSize outputs(1, 1);
  for (auto [axis, window, extent] : {std::tuple(0u, 'r', &outputs.first),
                                      std::tuple(1u, 's', &outputs.second)}) {
    int64_t taps = op.getExtent(window);
    int64_t in = axis == 0 ? size.first : size.second;
    if (ShapedType::isDynamic(taps))
      possible = false;
    else
      *extent = countOutputs(op, axis, in, taps);
    possible &= *extent > 0;
  }
  setImage(output, dims.outputPos('h'), dims.outputPos('w'), outputs);
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<ShapedType>(operand.get().getType());
    SmallVector<int64_t> &shape = shapes.emplace_back();
    if (!type)
      continue;
    shape.assign(type.getShape().begin(), type.getShape().end());
    if (&operand == &op.getInputMutable())
      shape = input;
    else if (op.isDpsInit(&operand))
      shape = output;
  }
  // What the epilogue reads has rows and columns of the output.
  for (auto [use, map] :
       llvm::zip(op.getEpilogueOperandsMutable(),
                 op.getEpilogueMaps().getAsValueRange<AffineMapAttr>()))
    for (auto [extent, expr] :
         llvm::zip(shapes[use.getOperandNumber()], map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr);
          dim && ShapedType::isDynamic(extent))
        extent = output[dim.getPosition()];
  // What stands in the type already, this size may contradict.
  for (auto [letter, extent] :
       {std::pair('h', outputs.first), std::pair('w', outputs.second)})
    if (int pos = dims.outputPos(letter); pos >= 0)
      possible &= output[pos] <= extent;
}

Value Version::createCondition(OpBuilder &b) {
  Location loc = op.getLoc();
  Value condition;
  for (auto [operand, shape] : llvm::zip(op->getOperands(), shapes)) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    if (!type)
      continue;
    for (auto [pos, extent] : llvm::enumerate(shape)) {
      if (!type.isDynamicDim(pos) || ShapedType::isDynamic(extent))
        continue;
      Value size = isa<TensorType>(type)
                       ? b.createOrFold<tensor::DimOp>(loc, operand, pos)
                       : b.createOrFold<memref::DimOp>(loc, operand, pos);
      Value isEqual =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, size,
                                arith::ConstantIndexOp::create(b, loc, extent));
      condition =
          condition
              ? arith::AndIOp::create(b, loc, condition, isEqual).getResult()
              : isEqual;
    }
  }
  return condition;
}

Value Version::create(OpBuilder &b) {
  Location loc = op.getLoc();
  auto sized = cast<ConvOp>(b.clone(*op));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(sized);
  for (auto [operand, shape] : llvm::zip(sized->getOpOperands(), shapes)) {
    auto type = dyn_cast<ShapedType>(operand.get().getType());
    if (!type || type.getShape() == ArrayRef(shape))
      continue;
    ShapedType known = type.clone(shape);
    if (isa<TensorType>(type))
      operand.set(tensor::CastOp::create(b, loc, known, operand.get()));
    else
      operand.set(memref::CastOp::create(b, loc, known, operand.get()));
  }
  if (sized->getNumResults() == 0)
    return Value();
  Value result = sized->getResult(0);
  Type original = result.getType();
  result.setType(sized.getInit().getType());
  b.setInsertionPointAfter(sized);
  return tensor::CastOp::create(b, loc, original, result);
}

/// Replaces `op` by its versions for `sizes`, and one for all others, which is
/// decided for the first.
static void writeVersions(ConvOp op, const ImageSizes &sizes,
                          RewriterBase &rewriter) {
  Location loc = op.getLoc();
  SmallVector<Version> versions;
  for (ImageSize size : sizes)
    if (Version version(op, size); version.isPossible())
      versions.push_back(std::move(version));
  if (versions.empty())
    return;
  rewriter.setInsertionPoint(op);
  auto yield = [&](Value result) {
    if (result)
      scf::YieldOp::create(rewriter, loc, result);
  };
  scf::IfOp outermost;
  for (Version &version : versions) {
    auto choice = scf::IfOp::create(rewriter, loc, op->getResultTypes(),
                                    version.createCondition(rewriter),
                                    /*withElseRegion=*/true);
    if (outermost)
      yield(op->getNumResults() ? choice.getResult(0) : Value());
    else
      outermost = choice;
    bool yields = op->getNumResults() != 0;
    auto enter = [&](Block *block) {
      if (yields)
        rewriter.setInsertionPointToEnd(block);
      else
        rewriter.setInsertionPoint(block->getTerminator());
    };
    enter(choice.thenBlock());
    yield(version.create(rewriter));
    enter(choice.elseBlock());
  }
  Operation *general = rewriter.clone(*op);
  general->setDiscardableAttr("conv.image",
                              rewriter.getDenseI64ArrayAttr(
                                  {sizes.front().first, sizes.front().second}));
  yield(general->getNumResults() ? general->getResult(0) : Value());
  remark::passed(loc,
                 remark::RemarkOpts::name("version-shapes").category("conv"))
      << llvm::formatv(
             "a version for each of {0} sizes, and one for all others",
             versions.size())
             .str();
  rewriter.replaceOp(op, outermost->getResults());
}

namespace {

struct ConvVersionShapesPass
    : conv::impl::ConvVersionShapesPassBase<ConvVersionShapesPass> {
  using ConvVersionShapesPassBase::ConvVersionShapesPassBase;

  void runOnOperation() override {
    ImageSizes declared;
    for (StringRef text : sizes) {
      FailureOr<ImageSize> size = parseSize(text);
      if (failed(size)) {
        getOperation()->emitError("sizes: '")
            << text << "' is not of the form ROWSxCOLUMNS";
        return signalPassFailure();
      }
      declared.insert(*size);
    }
    if (declared.empty())
      return;
    // All are evaluated before the first is replaced: the others' sizes follow
    // from it.
    SmallVector<std::pair<ConvOp, ImageSizes>> found;
    getOperation()->walk([&](FunctionOpInterface func) {
      SizedFunction function(func);
      auto sizes = llvm::make_filter_range(
          declared, [&](ImageSize size) { return function.admits(size); });
      func.walk([&](ConvOp op) {
        // A schedule was made for what is there.
        if (op.getScheduleAttr() || !hasUnknownImage(op))
          return;
        ImageSizes seen;
        for (ImageSize size : sizes)
          if (std::optional<ImageSize> known = function.evaluate(op, size))
            seen.insert(*known);
        if (seen.empty())
          remark::missed(
              op.getLoc(),
              remark::RemarkOpts::name("version-shapes").category("conv"))
              << "the size of its image does not follow from the function's";
        else
          found.emplace_back(op, std::move(seen));
      });
    });
    IRRewriter rewriter(&getContext());
    for (auto &[op, seen] : found)
      writeVersions(op, seen, rewriter);
  }
};

} // namespace
