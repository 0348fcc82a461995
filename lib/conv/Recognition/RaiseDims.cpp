//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Which loop plays which role in a convolution.
///
/// The maps are read here instead of through linalg's inference, which knows
/// neither exchanged operands nor window loops that were folded away.
///
//===----------------------------------------------------------------------===//

#include "RaiseDims.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

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

/// Loops of their own, and channels in blocks.
LogicalResult LoopClassifier::readFilter() {
  SmallVector<AffineExpr> plainResults;
  for (auto [pos, expr] : llvm::enumerate(filter.getResults())) {
    if (isa<AffineDimExpr>(expr)) {
      plainResults.push_back(expr);
      continue;
    }
    SmallVector<int64_t> flat;
    SmallVector<unsigned> loops;
    if (succeeded(
            getFlattenedAffineExpr(expr, filter.getNumDims(), 0, &flat)) &&
        flat.size() == filter.getNumDims() + 1 && flat.back() == 0)
      for (unsigned loop = 0; loop < filter.getNumDims(); ++loop)
        if (flat[loop] != 0)
          loops.push_back(loop);
    SmallVector<int64_t> extents = op.getStaticLoopRanges();
    if (loops.size() == 2 &&
        (flat[loops[1]] != 1 || flat[loops[0]] != extents[loops[1]]))
      std::swap(loops[0], loops[1]);
    if (loops.size() != 2 || flat[loops[1]] != 1 ||
        flat[loops[0]] != extents[loops[1]] || inFilter[loops[0]] ||
        inFilter[loops[1]])
      return fail("an index of the filter is not a loop of its own");
    inFilter[loops[0]] = inFilter[loops[1]] = true;
    blocks.push_back({static_cast<unsigned>(pos), loops[0], loops[1]});
  }
  return readPlain(
      AffineMap::get(filter.getNumDims(), 0, plainResults, filter.getContext()),
      "filter", inFilter);
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
    if (llvm::any_of(blocks, [&](const ChannelBlock &block) {
          return block.outer == loop;
        }))
      letter = llvm::toUpper(letter);
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
  for (const ChannelBlock &block : blocks)
    if ((roles[block.inner] != 'c' && roles[block.inner] != 'k') ||
        roles[block.outer] != llvm::toUpper(roles[block.inner]))
      return fail("an index of the filter is not a loop of its own");
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

/// Whether this is a product of matrices, or of one and a vector: a 1x1
/// convolution whose pixels are the rows of the input.
bool LoopClassifier::isProduct() {
  return products && images.empty() && llvm::is_contained(roles, 'c') &&
         (llvm::is_contained(roles, 'k') || !plain.empty());
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
    if (map == filter) {
      for (const ChannelBlock &block : blocks)
        if (block.filterPos == pos)
          result += roles[block.inner];
      continue;
    }
    for (const ImageDim &image : images)
      if (image.inputPos == pos)
        result += roles[image.out];
  }
  return result;
}

DimsAttr LoopClassifier::classify() {
  if (failed(readInput()) || failed(readFilter()) ||
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
