//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Recognition of convolutions: the loops have the roles RaiseDims.cpp gives
/// them, the types can be expressed, and the body is a multiplication and an
/// addition and nothing else. linalg's own matcher of bodies accepts a
/// subtraction as the reduction.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseDims.h"
#include "conv/IR/ElementSize.h"
#include "conv/Machine/Instructions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// `value` before it was extended to a wider type.
static Value skipExtension(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(op)
             ? op->getOperand(0)
             : value;
}

/// Whether factor `index` of a multiplication and addition is extended as an
/// unsigned number.
static bool isUnsignedFactor(Block &body, unsigned index) {
  return llvm::any_of(body.getArgument(index).getUsers(),
                      llvm::IsaPred<arith::ExtUIOp>);
}

bool mlir::conv::raise::isMultiplyAdd(Block &body) {
  auto yield = dyn_cast<linalg::YieldOp>(body.getTerminator());
  if (body.getNumArguments() != 3 || !yield || yield->getNumOperands() != 1)
    return false;
  Operation *add = yield.getOperand(0).getDefiningOp();
  Value acc = body.getArgument(2);
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add) ||
      !llvm::is_contained(add->getOperands(), acc))
    return false;
  Value product = add->getOperand(add->getOperand(0) == acc ? 1 : 0);
  Operation *mul = product.getDefiningOp();
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  Value factors[] = {skipExtension(mul->getOperand(0)),
                     skipExtension(mul->getOperand(1))};
  unsigned extensions =
      (factors[0] != mul->getOperand(0)) + (factors[1] != mul->getOperand(1));
  auto isPair = [](ArrayRef<Value> values, Value a, Value b) {
    return (values[0] == a && values[1] == b) ||
           (values[0] == b && values[1] == a);
  };
  return isPair(factors, body.getArgument(0), body.getArgument(1)) &&
         llvm::hasNItems(body, 3 + extensions);
}

bool mlir::conv::raise::hasKnownTypes(linalg::LinalgOp op, bool unsignedInput) {
  Type types[3];
  for (auto [type, operand] : llvm::zip(types, op->getOperands()))
    type = getElementTypeOrSelf(operand.getType());
  std::optional<FactorTypes> known =
      FactorTypes::fromTypes(types[0], types[1], types[2], unsignedInput);
  return known && findBestInstruction(*known);
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
    if (!isAddressable(type.getShape()))
      return "an operand has more elements than can be addressed";
    for (auto [of, letter] : llvm::zip_equal(type.getShape(), names)) {
      int64_t size = of;
      if (ShapedType::isDynamic(size)) {
        if (!StringRef("nhw").contains(letter))
          return "a dimension other than batch, rows and columns is dynamic";
        continue;
      }
      if (size == 0)
        return "a dimension is empty";
      // The filter has whole channels where an image has blocks.
      if (letter == 'C' || letter == 'K')
        continue;
      size_t block = letter == 'c'   ? names.find('C')
                     : letter == 'k' ? names.find('K')
                                     : StringRef::npos;
      if (block != StringRef::npos && !type.isDynamicDim(block))
        size *= type.getDimSize(block);
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
    // The program's word that they fit.
    if (ShapedType::isDynamic(in) || ShapedType::isDynamic(out))
      continue;
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

/// Whether a dimension is dynamic that is indexed by more than a loop: rows or
/// columns, without whose size no other form is looked into.
static bool hasDynamicImage(linalg::LinalgOp op) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<ShapedType>(operand.get().getType());
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [pos, expr] : llvm::enumerate(map.getResults()))
      if (type.isDynamicDim(pos) && !isa<AffineDimExpr>(expr))
        return true;
  }
  return false;
}

/// Poolings written as generics have convolution maps, but ignore the operand
/// that only states the window's size.
static bool ignoresOperand(linalg::LinalgOp op, unsigned index) {
  Block *body = op.getBlock();
  return body->getNumArguments() == 3 && body->getArgument(index).use_empty();
}

/// Products of so few rows do not use a matrix often enough to pack it in each
/// call: it is the image, which is read where it lies, and the few rows are the
/// filter. Found with 2048 x 1000 f32 on a Zen machine with AVX2, either order
/// of the matrix: read where it lies it is faster up to 16 rows.
static constexpr int64_t kFewRows = 16;

/// And so many times as large as they are a matrix is at least: it has to be
/// worth an order of operands in which vectors may be filled by fewer channels.
static constexpr int64_t kLargeMatrix = 8;

/// Whether `value` is known at compile time, in whatever order of its elements.
static bool isKnown(Value value) {
  Operation *source = value.getDefiningOp();
  while (
      isa_and_nonnull<linalg::TransposeOp, tensor::CastOp,
                      tensor::CollapseShapeOp, tensor::ExpandShapeOp>(source))
    source = source->getOperand(0).getDefiningOp();
  return source && source->hasTrait<OpTrait::ConstantLike>();
}

/// Whether `value` is an argument of a function, transposed or not.
static bool isArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<linalg::TransposeOp, tensor::CastOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return isa<FunctionOpInterface>(value.getParentBlock()->getParentOp());
}

/// How often `op` uses each element of operand `index`; nothing where that is
/// not known.
static std::optional<int64_t> countUses(linalg::LinalgOp op, unsigned index) {
  AffineMap map = op.getIndexingMapsArray()[index];
  int64_t uses = 1;
  for (auto [loop, extent] : llvm::enumerate(op.getStaticLoopRanges()))
    if (!map.isFunctionOfDim(loop)) {
      if (ShapedType::isDynamic(extent))
        return std::nullopt;
      uses *= extent;
    }
  return uses;
}

namespace {
struct FilterChoice {
  unsigned index;
  /// It is the few rows that are multiplied by the other operand.
  bool exchanged = false;
};
} // namespace

/// Which operand of a product of matrices is the filter: one that is known, as
/// it is packed at compile time; else the second, which every call packs unless
/// `packsArguments`, or the first where the second is a vector; and where that
/// is used for few rows, these rows.
static FilterChoice chooseFilter(linalg::LinalgOp op, bool packsArguments) {
  if (isKnown(op->getOperand(1)))
    return {1};
  if (isKnown(op->getOperand(0)))
    return {0};
  std::optional<int64_t> uses[] = {countUses(op, 0), countUses(op, 1)};
  // Narrow types have instructions that want a packed filter.
  Type element = getElementTypeOrSelf(op->getOperand(0).getType());
  if (!uses[0] || !uses[1] || !(element.isF32() || element.isF64()))
    return {1};
  unsigned usual = *uses[0] == 1 && *uses[1] != 1 ? 0 : 1;
  bool packedOnce = packsArguments && isArgument(op->getOperand(usual));
  // Both have the channels of the sum; the other loops tell their sizes.
  bool exchanges = *uses[usual] > 0 && *uses[usual] <= kFewRows &&
                   *uses[1 - usual] / *uses[usual] >= kLargeMatrix;
  if (exchanges && !packedOnce)
    return {1 - usual, /*exchanged=*/true};
  return {usual};
}

unsigned mlir::conv::raise::getProductFilter(linalg::LinalgOp op,
                                             bool packsArguments) {
  return chooseFilter(op, packsArguments).index;
}

Recognition mlir::conv::raise::recognize(linalg::LinalgOp op, bool products,
                                         bool packsArguments) {
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

  unsigned inputIndex = 0;
  bool exchanged = false;
  if (products) {
    FilterChoice choice = chooseFilter(op, packsArguments);
    inputIndex = 1 - choice.index;
    exchanged = choice.exchanged;
  }
  LoopClassifier first(op, inputIndex, products);
  DimsAttr dims = first.classify();
  bool window = first.hasWindow();
  std::string reason = first.reason().str();
  if (!dims && !named) {
    LoopClassifier other(op, 1 - inputIndex, products);
    dims = other.classify();
    if (dims || (other.hasWindow() && !window)) {
      inputIndex = 1 - inputIndex;
      window = other.hasWindow();
      reason = other.reason().str();
      exchanged = false;
    }
  }
  window |= hasWindow(op);
  if (!named && !dims && !window)
    return {};
  // Generics without a window may be anything.
  bool mayTell = named ||
                 isa<linalg::ContractionOpInterface>(op.getOperation()) ||
                 (window && !ignoresOperand(op, 0) && !ignoresOperand(op, 1));
  auto refuseIfTold = [&](const Twine &why) {
    return mayTell ? refuse(why) : Recognition();
  };

  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<ShapedType>(operand.getType());
    auto tensor = dyn_cast<RankedTensorType>(operand.getType());
    if (!type || !hasKnownTypes(op))
      return refuseIfTold("no instruction is made for its element types");
    if (tensor && tensor.getEncoding())
      return refuseIfTold("a tensor has an encoding");
  }
  if (!dims && hasDynamicImage(op))
    return refuseIfTold("an extent of the image is dynamic, in a form that "
                        "needs to know it");
  if (!dims)
    return refuseIfTold(reason);
  if (!op.hasPureTensorSemantics() && !op.hasPureBufferSemantics())
    return refuseIfTold("it mixes tensors and memrefs");
  if (!isMultiplyAdd(*op.getBlock()))
    return refuseIfTold("its body is not a multiplication and an addition");
  if (isUnsignedFactor(*op.getBlock(), 1 - inputIndex))
    return refuseIfTold("the elements of its filter are unsigned");
  bool unsignedInput = isUnsignedFactor(*op.getBlock(), inputIndex);
  if (unsignedInput && !hasKnownTypes(op, unsignedInput))
    return refuseIfTold("no instruction is made for its element types");
  if (std::string why = checkTypes(op, dims, inputIndex); !why.empty())
    return refuseIfTold(why);
  // The original reads what it has just written; the rewritten one need not.
  if (op.hasPureBufferSemantics() && (op->getOperand(0) == op->getOperand(2) ||
                                      op->getOperand(1) == op->getOperand(2)))
    return refuseIfTold("its output is one of its inputs");

  Recognition result;
  result.dims = dims;
  result.inputIndex = inputIndex;
  result.exchanged = exchanged;
  result.unsignedInput = unsignedInput;
  return result;
}
