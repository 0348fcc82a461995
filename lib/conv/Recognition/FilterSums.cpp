//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FilterSums.h"

#include "FoldKnown.h"
#include "RaiseConstants.h"
#include "RaiseFilter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::raise;

//===----------------------------------------------------------------------===//
// Weights that are known
//===----------------------------------------------------------------------===//

/// The weights of `filter` where they are f32 or f64 and known.
static std::optional<KnownElements<double>> readWeights(Value filter) {
  Type element = getElementTypeOrSelf(filter.getType());
  return element.isF32() || element.isF64() ? readNumbers(filter)
                                            : std::nullopt;
}

bool mlir::conv::raise::canSumTaps(Value filter, Type sums) {
  auto type = dyn_cast<RankedTensorType>(filter.getType());
  if (!type || !type.hasStaticShape() || type.getElementType() != sums ||
      !(sums.isF32() || sums.isF64() || sums.isInteger()))
    return false;
  std::optional<KnownElements<double>> known =
      readWeights(findFilterSource(filter));
  if (!known)
    return true;
  // There are no more taps than weights.
  double most = (sums.isF64() ? std::numeric_limits<double>::max()
                              : std::numeric_limits<float>::max()) /
                static_cast<double>(type.getNumElements());
  return llvm::all_of(known->values,
                      [&](double weight) { return std::abs(weight) <= most; });
}

/// The sums over `runs` along dimension `dim` of `values`, whose shape is
/// `shape`.
static std::vector<double> sumAlong(ArrayRef<double> values,
                                    ArrayRef<int64_t> shape, unsigned dim,
                                    ArrayRef<TapRun> runs) {
  int64_t inner = 1;
  for (int64_t size : shape.drop_front(dim + 1))
    inner *= size;
  std::vector<double> sums;
  sums.reserve(values.size() / shape[dim] * runs.size());
  int64_t step = shape[dim] * inner;
  for (int64_t outer = 0; outer < int64_t(values.size()); outer += step)
    for (const TapRun &run : runs)
      for (int64_t at = 0; at < inner; ++at) {
        double sum = 0;
        for (int64_t tap = run.first; tap < run.first + run.count; ++tap)
          sum += values[outer + tap * inner + at];
        sums.push_back(sum);
      }
  return sums;
}

/// The filter of the sums of weights that are known; null where they are not.
static TypedAttr sumKnown(Value filter, ArrayRef<SmallVector<TapRun>> runs) {
  std::optional<KnownElements<double>> known = readWeights(filter);
  if (!known)
    return {};
  auto type = cast<RankedTensorType>(filter.getType());
  std::vector<double> values(known->values.begin(), known->values.end());
  if (known->isSplat)
    values.assign(type.getNumElements(), known->values.front());
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, of] : llvm::enumerate(runs)) {
    if (of.empty())
      continue;
    values = sumAlong(values, shape, dim, of);
    shape[dim] = of.size();
  }
  return makeNumbers(type.clone(shape), values);
}

//===----------------------------------------------------------------------===//
// Weights that are not
//===----------------------------------------------------------------------===//

/// The part of the filter that `runs` are when none of them adds; nothing where
/// one does, or they are no progression.
static std::optional<SmallVector<FilterDim>>
findPart(ArrayRef<int64_t> shape, ArrayRef<SmallVector<TapRun>> runs) {
  SmallVector<FilterDim> dims = getWholeFilter(shape);
  for (auto [dim, of] : llvm::zip_equal(dims, runs)) {
    if (of.empty())
      continue;
    dim.offset = of.front().first;
    dim.size = of.size();
    if (of.size() > 1)
      dim.stride = of[1].first - of[0].first;
    for (auto [i, run] : llvm::enumerate(of))
      if (run.count != 1 || run.first != dim.offset + int64_t(i) * dim.stride)
        return std::nullopt;
  }
  return dims;
}

/// Calls `visit` with every combination of one number below each of `extents`.
static void visitAll(ArrayRef<int64_t> extents,
                     function_ref<void(ArrayRef<int64_t>)> visit) {
  SmallVector<int64_t> at(extents.size(), 0);
  for (;;) {
    visit(at);
    size_t dim = extents.size();
    while (dim > 0 && ++at[dim - 1] == extents[dim - 1])
      at[--dim] = 0;
    if (dim == 0)
      return;
  }
}

/// The sum of tensors of one type, element by element.
static Value addTensors(OpBuilder &builder, Location loc, ValueRange terms) {
  auto type = cast<RankedTensorType>(terms.front().getType());
  if (terms.size() == 1)
    return terms.front();
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  SmallVector<AffineMap> maps(terms.size() + 1,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  bool isFloat = isa<FloatType>(type.getElementType());
  return linalg::GenericOp::create(
             builder, loc, type, terms, empty, maps, iterators,
             [&](OpBuilder &b, Location l, ValueRange args) {
               Value sum = args.front();
               for (Value term : args.drop_front().drop_back())
                 sum = isFloat
                           ? arith::AddFOp::create(b, l, sum, term).getResult()
                           : arith::AddIOp::create(b, l, sum, term).getResult();
               linalg::YieldOp::create(b, l, sum);
             })
      .getResult(0);
}

/// The sums of `filter` where the program runs, a tap after the other.
static Value sumUnknown(OpBuilder &builder, Location loc, Value filter,
                        ArrayRef<SmallVector<TapRun>> runs) {
  auto type = cast<RankedTensorType>(filter.getType());
  SmallVector<int64_t> shape(type.getShape()), taps, piece(shape);
  for (auto [dim, of] : llvm::enumerate(runs)) {
    taps.push_back(of.empty() ? 1 : of.size());
    if (of.empty())
      continue;
    shape[dim] = of.size();
    piece[dim] = 1;
  }
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(type.getContext(),
                                                           piece),
                            strides(shape.size(), builder.getIndexAttr(1));
  auto cut = [&](ArrayRef<int64_t> at) -> Value {
    return tensor::ExtractSliceOp::create(
        builder, loc, type.clone(piece), filter,
        getAsIndexOpFoldResult(type.getContext(), at), sizes, strides);
  };
  Value result =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  visitAll(taps, [&](ArrayRef<int64_t> tap) {
    SmallVector<int64_t> counts, first;
    for (auto [of, at] : llvm::zip_equal(runs, tap)) {
      counts.push_back(of.empty() ? 1 : of[at].count);
      first.push_back(of.empty() ? 0 : of[at].first);
    }
    SmallVector<Value> terms;
    visitAll(counts, [&](ArrayRef<int64_t> within) {
      SmallVector<int64_t> at(first);
      for (auto [place, offset] : llvm::zip_equal(at, within))
        place += offset;
      terms.push_back(cut(at));
    });
    result = tensor::InsertSliceOp::create(
        builder, loc, addTensors(builder, loc, terms), result,
        getAsIndexOpFoldResult(type.getContext(), tap), sizes, strides);
  });
  return result;
}

Value mlir::conv::raise::createFilterSums(OpBuilder &builder, Location loc,
                                          Value filter,
                                          ArrayRef<SmallVector<TapRun>> runs,
                                          SmallVectorImpl<Value> &buffers) {
  auto type = cast<ShapedType>(filter.getType());
  if (std::optional<SmallVector<FilterDim>> part =
          findPart(type.getShape(), runs))
    return createFilterPart(builder, loc, filter, *part, buffers);
  filter = foldFilter(builder, loc, filter);
  if (TypedAttr known = sumKnown(filter, runs))
    return arith::ConstantOp::create(builder, loc, known);
  return sumUnknown(builder, loc, filter, runs);
}
