//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Convolutions of channels of which some have been upsampled to the nearest
/// pixel, as decoders of segmentation networks concatenate them with those of
/// an encoder:
///
///   conv(concat(upsample(a), b), w) = conv(upsample(a), w1) + conv(b, w2)
///
/// The first is one of `a` itself for each phase, to which the second adds.
///
//===----------------------------------------------------------------------===//

#include "RaiseDetail.h"
#include "RaiseFilter.h"
#include "RaiseFormSteps.h"
#include "Upsampling.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

/// The fewest channels that have been upsampled for which sums are written and
/// read once more: products of 16 lanes that their phases save take two cycles
/// for each 3x3 window from 6 channels on, as much as these bytes at most.
/// Chosen with a margin.
static constexpr int64_t kFewestUpsampled = 32;

namespace {

/// A convolution of concatenated channels.
struct Concatenated {
  tensor::ConcatOp concat;
  /// Zeros around it.
  SmallVector<int64_t> low, high;
  /// Where the filter has the channels, and which of the concatenation's inputs
  /// has been upsampled: the first or the last.
  unsigned filterPos = 0;
  bool isFirst = true;
};

} // namespace

static int64_t countChannels(Value value, unsigned dim) {
  return cast<RankedTensorType>(value.getType()).getDimSize(dim);
}

/// Whether `value` has been upsampled, and is enough.
static bool isWorthSplitting(Value value, unsigned dim) {
  return countChannels(value, dim) >= kFewestUpsampled &&
         readUpsampling(value).has_value();
}

static std::optional<Concatenated> findConcatenated(const LoopForm &form) {
  auto type = dyn_cast<RankedTensorType>(form.getInput().getType());
  if (!type || form.isDivided() ||
      !cast<ShapedType>(form.getFilter().getType()).hasStaticShape())
    return std::nullopt;
  Concatenated found;
  found.low.assign(type.getRank(), 0);
  found.high = found.low;
  Value value = form.getInput();
  while (std::optional<Frame> frame = readFrame(value)) {
    for (unsigned d = 0; d < found.low.size(); ++d) {
      found.low[d] += frame->low[d];
      found.high[d] += frame->high[d];
    }
    value = frame->source;
  }
  found.concat = skipCasts(value).getDefiningOp<tensor::ConcatOp>();
  if (!found.concat || found.concat.getInputs().size() < 2)
    return std::nullopt;
  unsigned dim = found.concat.getDim();
  const InputIndex &index = form.indices[dim];
  if (!index.window || form.getKind(*index.window) != LoopKind::InputChannel ||
      found.low[dim] != 0 || found.high[dim] != 0)
    return std::nullopt;
  found.filterPos = *form.filter.getResultPosition(
      getAffineDimExpr(*index.window, form.filter.getContext()));
  for (Value part : found.concat.getInputs())
    if (ShapedType::isDynamic(countChannels(part, dim)))
      return std::nullopt;
  found.isFirst = isWorthSplitting(found.concat.getInputs().front(), dim);
  if (!found.isFirst && !isWorthSplitting(found.concat.getInputs().back(), dim))
    return std::nullopt;
  return found;
}

namespace {

/// Writes the two convolutions.
class ConcatenationSplitter {
public:
  ConcatenationSplitter(RewriterBase &rewriter, const LoopForm &form,
                        const Concatenated &found)
      : rewriter(rewriter), form(form), found(found) {}

  /// The convolution of `image`, whose channels are those of the filter from
  /// `channel` on, added to `init`.
  Value convolve(Value image, int64_t channel, Value init);
  /// Erases what has been written and nobody uses.
  void eraseUnused();

  /// The channels that have not been upsampled.
  Value getRest();

private:
  Value note(Value value) {
    if (value.getDefiningOp())
      written.push_back(value.getDefiningOp());
    return value;
  }

  RewriterBase &rewriter;
  const LoopForm &form;
  Concatenated found;
  SmallVector<Operation *> written;
};

} // namespace

Value ConcatenationSplitter::getRest() {
  ValueRange inputs = found.concat.getInputs();
  ValueRange rest = found.isFirst ? inputs.drop_front() : inputs.drop_back();
  if (rest.size() == 1)
    return rest.front();
  return note(tensor::ConcatOp::create(rewriter, form.getLoc(),
                                       found.concat.getDim(), rest));
}

Value ConcatenationSplitter::convolve(Value image, int64_t channel,
                                      Value init) {
  Location loc = form.getLoc();
  Value filter = form.getFilter();
  SmallVector<FilterDim> dims =
      getWholeFilter(cast<ShapedType>(filter.getType()).getShape());
  dims[found.filterPos] = {channel,
                           countChannels(image, found.concat.getDim())};
  SmallVector<Value> buffers;
  filter = createFilterPart(rewriter, loc, filter, dims, buffers);
  if (filter != form.getFilter())
    note(filter);
  auto isZero = [](int64_t size) { return size == 0; };
  if (!llvm::all_of(found.low, isZero) || !llvm::all_of(found.high, isZero)) {
    MLIRContext *ctx = rewriter.getContext();
    Value zero = note(arith::ConstantOp::create(
        rewriter, loc,
        rewriter.getZeroAttr(getElementTypeOrSelf(image.getType()))));
    image = note(tensor::PadOp::create(
        rewriter, loc, Type(), image, getAsIndexOpFoldResult(ctx, found.low),
        getAsIndexOpFoldResult(ctx, found.high), zero));
  }
  return note(createProduct(
      rewriter, form,
      {image, filter, form.input, form.filter, form.output, form.iterators},
      init));
}

void ConcatenationSplitter::eraseUnused() {
  for (Operation *op : llvm::reverse(written))
    if (op->use_empty())
      rewriter.eraseOp(op);
}

bool mlir::conv::raise::splitConcatenated(RewriterBase &rewriter,
                                          const LoopForm &form, bool keep,
                                          AliasAnalysis &aliases) {
  if (!form.isTensor())
    return false;
  std::optional<Concatenated> found = findConcatenated(form);
  if (!found)
    return false;
  unsigned dim = found->concat.getDim();
  ValueRange inputs = found->concat.getInputs();
  Value upsampled = found->isFirst ? inputs.front() : inputs.back();
  rewriter.setInsertionPoint(form.op);
  ConcatenationSplitter splitter(rewriter, form, *found);
  Value rest = splitter.getRest();
  int64_t before = found->isFirst ? 0 : countChannels(rest, dim);
  Value first = splitter.convolve(upsampled, before, form.getInit());
  int64_t behind = found->isFirst ? countChannels(upsampled, dim) : 0;
  Value second = splitter.convolve(rest, behind, first);
  std::optional<LoopForm> part =
      LoopForm::read(first.getDefiningOp<linalg::LinalgOp>());
  if (!part || !splitUpsampled(rewriter, *part, keep, aliases)) {
    splitter.eraseUnused();
    return false;
  }
  remarkForm(form.getLoc(), "channels that have been upsampled are convolved "
                            "apart from those they are concatenated with");
  rewriter.replaceOp(form.op, second);
  return true;
}
