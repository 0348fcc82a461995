//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Recognition of convolutions: which loop plays which role, and whether the
/// body is a multiplication and an addition and nothing else.
///
/// The maps are read here instead of through linalg's inference for two
/// reasons: that inference knows neither exchanged operands nor window loops
/// that were folded away, and the body matcher beside it accepts a subtraction
/// as the reduction.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

namespace {

/// One row or column dimension: `stride * out + dilation * window` in the
/// input.
struct ImageDim {
  unsigned inputPos;
  unsigned out;
  std::optional<unsigned> window;
  int64_t stride = 1, dilation = 1;
};

/// Gives every loop of an operation its letter, or says why it cannot.
class LoopClassifier {
public:
  LoopClassifier(linalg::LinalgOp op, unsigned inputIndex, bool products);

  /// Returns the dims, or null with `reason()` set.
  DimsAttr classify();

  StringRef reason() const { return why; }
  /// A sum of a parallel and a reduction loop is the mark of a convolution.
  bool hasWindow() const {
    return llvm::any_of(images,
                        [](const ImageDim &d) { return d.window.has_value(); });
  }

private:
  LogicalResult fail(const Twine &reason) {
    why = reason.str();
    return failure();
  }
  bool isParallel(unsigned loop) const {
    return iterators[loop] == utils::IteratorType::parallel;
  }

  LogicalResult readPlain(AffineMap map, StringRef name,
                          SmallVector<bool> &present);
  LogicalResult readInput();
  LogicalResult readInputSum(unsigned pos, ArrayRef<int64_t> coefficients);
  LogicalResult assignChannels();
  LogicalResult assignImage();
  bool isFoldedWindow();
  bool isProduct();
  std::string letters(AffineMap map) const;

  linalg::LinalgOp op;
  AffineMap input, filter, output;
  ShapedType inputType;
  bool products; ///< Whether products of matrices are convolutions.
  SmallVector<utils::IteratorType> iterators;
  /// Loops that occur alone and unscaled in the input, in the input's order.
  SmallVector<std::pair<unsigned, unsigned>> plain; // (loop, input position)
  SmallVector<bool> inInput, inFilter, inOutput;
  SmallVector<ImageDim> images;
  SmallVector<char> roles;
  std::string why;
};

} // namespace

LoopClassifier::LoopClassifier(linalg::LinalgOp op, unsigned inputIndex,
                               bool products)
    : op(op), products(products), iterators(op.getIteratorTypesArray()) {
  inputType = dyn_cast<ShapedType>(op->getOperand(inputIndex).getType());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  input = maps[inputIndex];
  filter = maps[1 - inputIndex];
  output = maps[2];
  unsigned loops = op.getNumLoops();
  inInput.assign(loops, false);
  inFilter.assign(loops, false);
  inOutput.assign(loops, false);
  roles.assign(loops, 0);
}

LogicalResult LoopClassifier::readPlain(AffineMap map, StringRef name,
                                        SmallVector<bool> &present) {
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || present[dim.getPosition()])
      return fail(Twine("an index of the ") + name +
                  " is not a loop of its own");
    present[dim.getPosition()] = true;
  }
  return success();
}

LogicalResult LoopClassifier::readInputSum(unsigned pos,
                                           ArrayRef<int64_t> coefficients) {
  SmallVector<unsigned> loops;
  for (auto [loop, coefficient] : llvm::enumerate(coefficients)) {
    if (coefficient == 0)
      continue;
    // Window bounds of `#conv.dims` are what its verifier accepts.
    if (coefficient < 0 || coefficient > (int64_t(1) << 31) || inInput[loop])
      return fail("an index of the input is not a sum of an output loop and a "
                  "window loop");
    inInput[loop] = true;
    loops.push_back(loop);
  }
  if (loops.size() == 1) {
    unsigned loop = loops.front();
    if (coefficients[loop] == 1)
      plain.emplace_back(loop, pos);
    else
      images.push_back({pos, loop, std::nullopt, coefficients[loop], 1});
    return success();
  }
  if (loops.size() != 2 || isParallel(loops[0]) == isParallel(loops[1]))
    return fail("an index of the input is not a sum of an output loop and a "
                "window loop");
  if (!isParallel(loops[0]))
    std::swap(loops[0], loops[1]);
  images.push_back({pos, loops[0], loops[1], coefficients[loops[0]],
                    coefficients[loops[1]]});
  return success();
}

LogicalResult LoopClassifier::readInput() {
  for (auto [pos, expr] : llvm::enumerate(input.getResults())) {
    SmallVector<int64_t> flat;
    // Divisions and remainders come back as additional columns.
    if (failed(getFlattenedAffineExpr(expr, input.getNumDims(), 0, &flat)) ||
        flat.size() != input.getNumDims() + 1 || flat.back() != 0)
      return fail("an index of the input is not a sum of an output loop and a "
                  "window loop");
    if (failed(readInputSum(pos, ArrayRef<int64_t>(flat).drop_back())))
      return failure();
  }
  return success();
}

/// Letters of the loops that are plain in every operand: g, c, k; what is left
/// of `plain` are the loops shared by input and output only.
LogicalResult LoopClassifier::assignChannels() {
  auto assign = [&](unsigned loop, char letter,
                    StringRef name) -> LogicalResult {
    if (llvm::is_contained(roles, letter))
      return fail(Twine("there is more than one loop over ") + name);
    roles[loop] = letter;
    return success();
  };
  for (const ImageDim &image : images) {
    if (!isParallel(image.out) || !inOutput[image.out] || inFilter[image.out])
      return fail("a row or column of the input has no counterpart in the "
                  "output");
    if (image.window && (inOutput[*image.window] || !inFilter[*image.window]))
      return fail("a window loop is not a dimension of the filter");
  }
  auto isImage = [&](unsigned loop) {
    return llvm::any_of(images, [&](const ImageDim &image) {
      return image.out == loop || image.window == loop;
    });
  };
  for (unsigned loop = 0, e = roles.size(); loop < e; ++loop) {
    if (isImage(loop))
      continue;
    bool i = inInput[loop], f = inFilter[loop], o = inOutput[loop];
    LogicalResult assigned = success();
    if (i && f && o && isParallel(loop))
      assigned = assign(loop, 'g', "groups");
    else if (i && f && !o && !isParallel(loop))
      assigned = assign(loop, 'c', "input channels");
    else if (!i && f && o && isParallel(loop))
      assigned = assign(loop, 'k', "output channels");
    else if (!(i && !f && o && isParallel(loop)))
      return fail(Twine("loop ") + Twine(loop) +
                  " is neither batch, group, channel, image nor window");
    if (failed(assigned))
      return failure();
  }
  llvm::erase_if(plain, [&](auto entry) { return roles[entry.first] != 0; });
  return success();
}

/// Whether a window of extent 1 may have been folded away: what is left has an
/// input of rank 4 and a filter of rank 2.
bool LoopClassifier::isFoldedWindow() {
  return isa<linalg::GenericOp>(op.getOperation()) &&
         input.getNumResults() == 4 && filter.getNumResults() == 2 &&
         images.size() + plain.size() == 3 && llvm::is_contained(roles, 'c') &&
         llvm::is_contained(roles, 'k');
}

/// Whether this is a product of matrices: a 1x1 convolution whose pixels are
/// the rows of the input.
bool LoopClassifier::isProduct() {
  return products && images.empty() && llvm::is_contained(roles, 'c') &&
         llvm::is_contained(roles, 'k');
}

/// Batch, rows and columns. A loop shared by input and output is an image
/// dimension for certain when it is scaled or has a window; when a window loop
/// of extent 1 was folded away it is told from the batch by its place.
LogicalResult LoopClassifier::assignImage() {
  if (images.size() > 2)
    return fail("it has more than two image dimensions");
  size_t missing = 2 - images.size();
  bool product = isProduct();
  if (!hasWindow() && !product && !isFoldedWindow())
    return fail("it has no window");
  if (plain.size() > missing + 1)
    return fail("it has more than one batch dimension");
  // Rows of a matrix are pixels, unless their number is known only to a batch.
  bool batch = !plain.empty();
  if (product && batch && plain.size() <= missing)
    batch = inputType.isDynamicDim(plain.front().second);
  if (batch)
    roles[plain.front().first] = 'n';
  for (auto [loop, pos] : ArrayRef(plain).drop_front(batch))
    images.push_back({pos, loop, std::nullopt, 1, 1});
  llvm::sort(images, [](const ImageDim &a, const ImageDim &b) {
    return a.inputPos < b.inputPos;
  });
  // A single image dimension runs along the row.
  StringRef outs = "hw", windows = "rs";
  size_t first = 2 - images.size();
  for (auto [i, image] : llvm::enumerate(images)) {
    roles[image.out] = outs[first + i];
    if (image.window)
      roles[*image.window] = windows[first + i];
  }
  return success();
}

std::string LoopClassifier::letters(AffineMap map) const {
  std::string result;
  for (auto [pos, expr] : llvm::enumerate(map.getResults())) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
      result += roles[dim.getPosition()];
      continue;
    }
    for (const ImageDim &image : images)
      if (image.inputPos == pos)
        result += roles[image.out];
  }
  return result;
}

DimsAttr LoopClassifier::classify() {
  if (failed(readInput()) || failed(readPlain(filter, "filter", inFilter)) ||
      failed(readPlain(output, "output", inOutput)) ||
      failed(assignChannels()) || failed(assignImage()))
    return {};
  int64_t strides[] = {1, 1}, dilations[] = {1, 1}, pads[] = {0, 0};
  for (const ImageDim &image : images) {
    unsigned axis = roles[image.out] == 'h' ? 0 : 1;
    strides[axis] = image.stride;
    dilations[axis] = image.dilation;
  }
  // An operand of rank 0 has no letters to be described by.
  std::string inputLetters = letters(input), filterLetters = letters(filter),
              outputLetters = letters(output);
  if (inputLetters.empty() || filterLetters.empty() || outputLetters.empty()) {
    (void)fail("an operand is a scalar");
    return {};
  }
  return DimsAttr::get(op.getContext(), inputLetters, filterLetters,
                       outputLetters, strides, dilations, pads, pads);
}

/// The body is `yield(acc + input * filter)`, the operands of both in any
/// order, and nothing else.
static bool isMultiplyAdd(Block &body) {
  if (body.getNumArguments() != 3 || !llvm::hasNItems(body, 3))
    return false;
  auto mul = dyn_cast<arith::MulFOp>(&body.front());
  auto add = dyn_cast<arith::AddFOp>(body.front().getNextNode());
  auto yield = dyn_cast<linalg::YieldOp>(&body.back());
  if (!mul || !add || !yield)
    return false;
  auto isPair = [](ValueRange operands, Value a, Value b) {
    return (operands[0] == a && operands[1] == b) ||
           (operands[0] == b && operands[1] == a);
  };
  return isPair(mul->getOperands(), body.getArgument(0), body.getArgument(1)) &&
         isPair(add->getOperands(), body.getArgument(2), mul.getResult()) &&
         yield->getNumOperands() == 1 && yield.getOperand(0) == add.getResult();
}

/// Returns why the operand types are beyond `conv.conv` or this project, or an
/// empty string. Linalg does not check sizes when one of them is dynamic, so
/// everything the verifier of `conv.conv` asks for is asked for here.
static std::string checkTypes(linalg::LinalgOp op, DimsAttr dims,
                              unsigned inputIndex) {
  ShapedType types[] = {
      cast<ShapedType>(op->getOperand(inputIndex).getType()),
      cast<ShapedType>(op->getOperand(1 - inputIndex).getType()),
      cast<ShapedType>(op->getOperand(2).getType())};
  StringRef letters[] = {dims.getInput(), dims.getFilter(), dims.getOutput()};
  llvm::SmallDenseMap<char, int64_t> sizes;
  for (auto [type, names] : llvm::zip_equal(types, letters)) {
    auto memref = dyn_cast<MemRefType>(type);
    if (memref && !memref.isStrided())
      return "the layout of an operand has no strides";
    int64_t count = 1;
    for (auto [size, letter] : llvm::zip_equal(type.getShape(), names)) {
      if (ShapedType::isDynamic(size)) {
        if (letter != 'n')
          return "a dimension other than the batch is dynamic";
        continue;
      }
      std::optional<int64_t> product = llvm::checkedMul(count, size);
      if (!product || *product > (int64_t(1) << 59))
        return "an operand has more elements than can be addressed";
      if (size == 0)
        return "a dimension is empty";
      count = *product;
      // The image is larger in the input than in the output.
      if (StringRef("hw").contains(letter))
        continue;
      if (!sizes.try_emplace(letter, size).second && sizes[letter] != size)
        return "the operands disagree about the size of a dimension";
    }
  }
  for (auto [axis, image, window] :
       {std::tuple(0, 'h', 'r'), std::tuple(1, 'w', 's')}) {
    int pos = dims.inputPos(image);
    if (pos < 0)
      continue;
    int64_t in = types[0].getDimSize(pos);
    int64_t out = types[2].getDimSize(dims.outputPos(image));
    int64_t taps = sizes.count(window) ? sizes[window] : 1;
    std::optional<int64_t> reach =
        llvm::checkedMul(dims.getDilations()[axis], taps - 1);
    std::optional<int64_t> start =
        llvm::checkedMul(dims.getStrides()[axis], out - 1);
    std::optional<int64_t> last;
    if (reach && start)
      last = llvm::checkedAdd(*reach, *start);
    if (!last || *last >= in)
      return "the window leaves the input";
  }
  return "";
}

/// Poolings written as generics have convolution maps, but ignore the operand
/// that only states the window's size.
static bool ignoresOperand(linalg::LinalgOp op, unsigned index) {
  Block *body = op.getBlock();
  return body->getNumArguments() == 3 && body->getArgument(index).use_empty();
}

/// Which operand of a product of matrices is the filter: one that is known at
/// compile time, else the second.
static bool prefersExchange(linalg::LinalgOp op) {
  auto isKnown = [&](unsigned index) {
    Operation *source = op->getOperand(index).getDefiningOp();
    while (source &&
           isa<linalg::TransposeOp, tensor::CastOp, tensor::CollapseShapeOp,
               tensor::ExpandShapeOp>(source))
      source = source->getOperand(0).getDefiningOp();
    return source && source->hasTrait<OpTrait::ConstantLike>();
  };
  return isKnown(0) && !isKnown(1);
}

Recognition mlir::conv::raise::recognize(linalg::LinalgOp op, bool products) {
  bool named = isa<linalg::ConvolutionOpInterface>(op.getOperation()) &&
               !op->getName().stripDialect().starts_with("pooling");
  products &= isa<linalg::ContractionOpInterface>(op.getOperation()) ||
              isa<linalg::GenericOp>(op.getOperation());
  if (!named && !products && !isa<linalg::GenericOp>(op.getOperation()))
    return {};
  auto refuse = [](const Twine &reason) {
    Recognition result;
    result.reason = reason.str();
    return result;
  };
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return named ? refuse("it has operands besides input and filter")
                 : Recognition();
  if (llvm::any_of(op.getIndexingMapsArray(),
                   [](AffineMap map) { return map.getNumSymbols() != 0; }))
    return {};

  unsigned inputIndex = products && prefersExchange(op) ? 1 : 0;
  LoopClassifier first(op, inputIndex, products);
  DimsAttr dims = first.classify();
  bool window = first.hasWindow();
  std::string reason = first.reason().str();
  if (!dims && !named) {
    LoopClassifier exchanged(op, 1 - inputIndex, products);
    dims = exchanged.classify();
    if (dims || (exchanged.hasWindow() && !window)) {
      inputIndex = 1 - inputIndex;
      window = exchanged.hasWindow();
      reason = exchanged.reason().str();
    }
  }
  if (!named && !dims && !window)
    return {};
  bool mayTell =
      named || (window && !ignoresOperand(op, 0) && !ignoresOperand(op, 1));
  auto refuseIfTold = [&](const Twine &why) {
    return mayTell ? refuse(why) : Recognition();
  };

  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    auto tensor = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || !type.getElementType().isF32())
      return refuseIfTold("the element type is not f32");
    if (tensor && tensor.getEncoding())
      return refuseIfTold("a tensor has an encoding");
  }
  if (!dims)
    return refuseIfTold(reason);
  if (!op.hasPureTensorSemantics() && !op.hasPureBufferSemantics())
    return refuseIfTold("it mixes tensors and memrefs");
  if (!isMultiplyAdd(*op.getBlock()))
    return refuseIfTold("its body is not a multiplication and an addition");
  if (std::string why = checkTypes(op, dims, inputIndex); !why.empty())
    return refuseIfTold(why);
  // The original reads what it has just written; the rewritten one need not.
  if (op.hasPureBufferSemantics() && (op->getOperand(0) == op->getOperand(2) ||
                                      op->getOperand(1) == op->getOperand(2)))
    return refuseIfTold("its output is one of its inputs");

  Recognition result;
  result.dims = dims;
  result.inputIndex = inputIndex;
  return result;
}
