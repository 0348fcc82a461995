//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Two contractions of which one writes the even columns of a buffer and the
/// next one the odd columns between them, as phases of a transposed convolution
/// do. The first writes a dense buffer, and the second interleaves what that
/// holds with its own vectors, so that each line of the output is written once
/// and as a whole:
///
///   conv.contract ... outs(%even : strided<[.., 2]>)
///   conv.contract ... outs(%odd : strided<[.., 2], offset: 1>)
///
/// becomes
///
///   conv.contract ... outs(%t)
///   conv.contract ... beside(%t) outs(%odd : strided<[.., 2], offset: 1>)
///
/// or, where %t would not stay in L2,
///
///   for ho by band
///     conv.contract ... outs(%t)
///     conv.contract ... beside(%t) outs(%odd[ho : ho + band])
///
//===----------------------------------------------------------------------===//

#include "PairColumns.h"

#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/ContractNest.h"
#include "conv/Schedule/PairedRows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Every second column of a buffer, and what writes them.
struct Columns {
  memref::SubViewOp slice;
  SmallVector<ContractOp> writers;
  Operation *place = nullptr; ///< What has them, in the block of the slice.
};

} // namespace

/// Whether `op` cannot write vectors along its columns as they are, which a
/// dense buffer would help, and replaces all that is there.
static bool isApart(ContractOp op) {
  return op.getStore() == StoreMode::WContiguous && !op.getAccumulate() &&
         !op.getBeside() &&
         llvm::is_contained(findStrided(op), &op.getInitMutable());
}

/// Adds what writes to `slice`, or to parts of it that have all of its columns,
/// to `columns`. False where anything else uses it.
static bool addWriters(memref::SubViewOp slice, Columns &columns) {
  for (OpOperand &use : slice->getUses()) {
    Operation *user = use.getOwner();
    if (auto part = dyn_cast<memref::SubViewOp>(user)) {
      int64_t size = slice.getType().getShape().back();
      if (part.getStaticSizes().back() != size ||
          part.getType().getRank() != slice.getType().getRank() ||
          part.getStaticStrides().back() != 1 || !addWriters(part, columns))
        return false;
      continue;
    }
    auto op = dyn_cast<ContractOp>(user);
    if (!op || &use != &op.getInitMutable() || !isApart(op))
      return false;
    columns.writers.push_back(op);
  }
  return true;
}

/// `slice` as columns that contractions in one place write, and nobody else
/// uses.
static std::optional<Columns> findColumns(memref::SubViewOp slice) {
  MemRefType source = slice.getSourceType();
  Columns columns{slice, {}};
  if (source.getRank() != slice.getType().getRank() || source.getRank() == 0 ||
      slice.getStaticStrides().back() != 2 ||
      ShapedType::isDynamic(slice.getStaticOffsets().back()) ||
      ShapedType::isDynamic(slice.getStaticSizes().back()) ||
      source.getStridesAndOffset().first.back() != 1 ||
      !addWriters(slice, columns))
    return std::nullopt;
  for (ContractOp op : columns.writers) {
    Operation *place = slice->getBlock()->findAncestorOpInBlock(*op);
    if (!place || (columns.place && columns.place != place))
      return std::nullopt;
    columns.place = place;
  }
  return columns.place ? std::optional(columns) : std::nullopt;
}

/// Whether vectors that `op` stores along columns can be interleaved.
static bool canInterleave(ContractOp op) {
  ScheduleAttr schedule = op.getSchedule();
  VectorIterator vector = schedule.getVector();
  return !getTraits(schedule.getAlgorithm()).isReference &&
         schedule.getEpilogue() != EpilogueForm::Output &&
         vector != VectorIterator::C && vector != VectorIterator::G;
}

/// Whether `odd` is one column behind `even` in the same buffer, and has as
/// many columns or one less.
static bool alternate(memref::SubViewOp even, memref::SubViewOp odd) {
  auto isSame = [](const SmallVector<OpFoldResult> &x,
                   const SmallVector<OpFoldResult> &y) {
    return ArrayRef(x).drop_back() == ArrayRef(y).drop_back();
  };
  int64_t size = even.getStaticSizes().back(),
          oddSize = odd.getStaticSizes().back();
  return even.getSource() == odd.getSource() &&
         even->getBlock() == odd->getBlock() &&
         isSame(even.getMixedOffsets(), odd.getMixedOffsets()) &&
         isSame(even.getMixedSizes(), odd.getMixedSizes()) &&
         even.getMixedStrides() == odd.getMixedStrides() &&
         odd.getStaticOffsets().back() == even.getStaticOffsets().back() + 1 &&
         (size == oddSize || size == oddSize + 1);
}

/// The buffer that `value` is part of.
static Value getRoot(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// Whether `op` and what is in it surely neither reads nor writes the buffer
/// `root`, but for the outputs of `writers`. As behind bufferization
/// everywhere, buffers of different origin do not overlap.
static bool leavesAlone(Operation *op, Value root,
                        ArrayRef<ContractOp> writers = {}) {
  if (isa<ViewLikeOpInterface>(op))
    return true;
  if (auto interface = dyn_cast<MemoryEffectOpInterface>(op)) {
    bool isWriter = llvm::is_contained(writers, op);
    SmallVector<MemoryEffects::EffectInstance> effects;
    interface.getEffects(effects);
    return llvm::all_of(effects, [&](const MemoryEffects::EffectInstance &e) {
      auto *operand = e.getEffectValue<OpOperand *>();
      if (isWriter && operand &&
          operand == &cast<ContractOp>(op).getInitMutable())
        return true;
      Value value = e.getValue();
      return value && getRoot(value) != root;
    });
  }
  if (!op->hasTrait<OpTrait::HasRecursiveMemoryEffects>())
    return isPure(op);
  return llvm::all_of(op->getRegions(), [&](Region &region) {
    return llvm::all_of(region.getOps(), [&](Operation &inner) {
      return leavesAlone(&inner, root, writers);
    });
  });
}

/// Whether `odd` can wait for `even` with its columns: nothing up to the end of
/// `odd` needs them.
static bool canPair(const Columns &even, const Columns &odd) {
  if (!alternate(even.slice, odd.slice) ||
      !even.place->isBeforeInBlock(odd.place) ||
      !llvm::all_of(odd.writers, canInterleave))
    return false;
  memref::SubViewOp slice = even.slice;
  Value root = getRoot(slice.getSource());
  if (!leavesAlone(even.place, root, even.writers) ||
      !leavesAlone(odd.place, root, odd.writers))
    return false;
  for (Operation *op = even.place->getNextNode(); op != odd.place;
       op = op->getNextNode())
    if (!leavesAlone(op, root))
      return false;
  return true;
}

/// The part of `buffer` that `value` is of `slice`, which may be larger in its
/// columns.
static Value createPart(OpBuilder &b, Value value, memref::SubViewOp slice,
                        Value buffer) {
  if (value == slice)
    return buffer;
  auto part = value.getDefiningOp<memref::SubViewOp>();
  Value source = createPart(b, part.getSource(), slice, buffer);
  return memref::SubViewOp::create(b, part.getLoc(), source,
                                   part.getMixedOffsets(), part.getMixedSizes(),
                                   part.getMixedStrides());
}

/// The columns [begin, begin + count) of `value`.
static Value sliceColumns(OpBuilder &b, Location loc, Value value,
                          int64_t begin, int64_t count) {
  SmallVector<OpFoldResult> sizes = memref::getMixedSizes(b, loc, value);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
      strides(sizes.size(), b.getIndexAttr(1));
  offsets.back() = b.getIndexAttr(begin);
  sizes.back() = b.getIndexAttr(count);
  return memref::SubViewOp::create(b, loc, value, offsets, sizes, strides);
}

//===----------------------------------------------------------------------===//
// A few rows at a time
//===----------------------------------------------------------------------===//

/// The dimension of the output that rows are.
static std::optional<unsigned> findRows(ContractOp op) {
  return op.getMap(2).getResultPosition(
      getAffineDimExpr(ContractOp::Ho, op.getContext()));
}

/// Whether tiles of rows can be cut out of `op`.
static bool canTileRows(ContractOp op) {
  if (!findRows(op) || !op.getOutType().hasStaticShape())
    return false;
  // Blocks of channels are no rows.
  return llvm::all_of(op.getMap(0).getResults(), [](AffineExpr expr) {
    SmallVector<int64_t> flat = flattenResult(expr);
    return flat.empty() || llvm::all_of(ArrayRef(flat).drop_back(),
                                        [](int64_t c) { return c >= 0; });
  });
}

/// How many rows `even` and `odd` compute in turn; 0 for all.
static int64_t chooseRows(const Columns &even, const Columns &odd) {
  ContractOp first = even.writers.front(), second = odd.writers.front();
  auto module = first->getParentOfType<ModuleOp>();
  auto machine = module ? module->getAttrOfType<MachineAttr>("conv.machine")
                        : MachineAttr();
  // Loops around them have taken what they share.
  if (!machine || even.place != first || odd.place != second ||
      !canTileRows(first) || !canTileRows(second) ||
      findRows(first) != findRows(second))
    return 0;
  // The first one waits until the second one's place.
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode())
    for (Value operand : first->getOperands())
      if (isa<MemRefType>(operand.getType()) &&
          !leavesAlone(op, getRoot(operand)))
        return 0;
  auto getBytes = [](ShapedType type) {
    return llvm::divideCeil(
        type.getNumElements() * type.getElementTypeBitWidth(), 8);
  };
  for (ContractOp op : {first, second})
    if (!op.getBType().hasStaticShape())
      return 0;
  int64_t rows = first.getOutType().getDimSize(*findRows(first));
  PairedColumns pair;
  pair.rows = rows;
  pair.rowBytes = getBytes(first.getOutType()) / rows;
  pair.filterBytes =
      std::max(getBytes(first.getBType()), getBytes(second.getBType()));
  pair.tileRows =
      std::max(first.getSchedule().getHOb(), second.getSchedule().getHOb());
  return choosePairedRows(pair, machine);
}

/// `op` for the rows [row, row + count).
static ContractOp createRows(OpBuilder &b, ContractOp op, OpFoldResult row,
                             int64_t count) {
  SmallVector<OpFoldResult> offsets, sizes;
  for (Range range : op.getIterationDomain(b)) {
    offsets.push_back(range.offset);
    sizes.push_back(range.size);
  }
  offsets[ContractOp::Ho] = row;
  sizes[ContractOp::Ho] = b.getIndexAttr(count);
  FailureOr<TilingResult> tile = op.getTiledImplementation(b, offsets, sizes);
  assert(succeeded(tile) && "rows can be tiled: canTileRows");
  return cast<ContractOp>(tile->tiledOps.front());
}

static void pairRows(const Columns &even, const Columns &odd, int64_t band) {
  ContractOp first = even.writers.front(), second = odd.writers.front();
  Location loc = first.getLoc();
  OpBuilder b(second);
  unsigned dim = *findRows(first);
  auto type = cast<MemRefType>(first.getOutType());
  SmallVector<int64_t> shape(type.getShape());
  int64_t rows = shape[dim], columns = shape.back(),
          paired = second.getOutType().getShape().back();
  shape[dim] = band;
  Value buffer = createDense(b, loc, shape, type, /*sizes=*/{});
  auto emit = [&](OpFoldResult row, int64_t count) {
    Value part = buffer;
    if (count != band) {
      SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0)),
          strides(shape.size(), b.getIndexAttr(1)),
          sizes = getAsIndexOpFoldResult(b.getContext(), shape);
      sizes[dim] = b.getIndexAttr(count);
      part = memref::SubViewOp::create(b, loc, part, offsets, sizes, strides);
    }
    ContractOp tile = createRows(b, first, row, count);
    Value place = tile.getInit();
    tile.getInitMutable().assign(part);
    Value beside =
        columns == paired ? part : sliceColumns(b, loc, part, 0, paired);
    createRows(b, second, row, count).getBesideMutable().assign(beside);
    // The last column has nothing behind it.
    if (columns > paired)
      linalg::CopyOp::create(b, loc, sliceColumns(b, loc, part, paired, 1),
                             sliceColumns(b, loc, place, paired, 1));
    else if (place.use_empty() && place != first.getInit())
      place.getDefiningOp()->erase();
  };
  int64_t whole = rows / band * band;
  auto constant = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto loop =
      scf::ForOp::create(b, loc, constant(0), constant(whole), constant(band));
  b.setInsertionPoint(loop.getBody()->getTerminator());
  emit(loop.getInductionVar(), band);
  b.setInsertionPointAfter(loop);
  if (whole < rows)
    emit(b.getIndexAttr(whole), rows - whole);
  memref::DeallocOp::create(b, loc, buffer);
  first.erase();
  second.erase();
}

static void pair(const Columns &even, const Columns &odd) {
  if (int64_t rows = chooseRows(even, odd))
    return pairRows(even, odd, rows);
  memref::SubViewOp slice = even.slice;
  Location loc = slice.getLoc();
  OpBuilder b(even.place);
  Value dense = createDense(b, loc, slice);
  for (ContractOp op : even.writers) {
    b.setInsertionPoint(op);
    op.getInitMutable().assign(createPart(b, op.getInit(), slice, dense));
  }
  int64_t columns = slice.getStaticSizes().back(),
          paired = memref::SubViewOp(odd.slice).getStaticSizes().back();
  b.setInsertionPoint(odd.place);
  Value beside =
      columns == paired ? dense : sliceColumns(b, loc, dense, 0, paired);
  for (ContractOp op : odd.writers) {
    b.setInsertionPoint(op);
    op.getBesideMutable().assign(
        createPart(b, op.getInit(), odd.slice, beside));
  }
  b.setInsertionPointAfter(odd.place);
  // The last column has nothing behind it.
  if (columns > paired)
    linalg::CopyOp::create(b, loc, sliceColumns(b, loc, dense, paired, 1),
                           sliceColumns(b, loc, slice, paired, 1));
  memref::DeallocOp::create(b, loc, dense);
}

void mlir::conv::pairColumns(Operation *root) {
  SmallVector<memref::SubViewOp> slices;
  root->walk([&](memref::SubViewOp slice) { slices.push_back(slice); });
  SmallVector<Columns> waiting;
  for (memref::SubViewOp slice : slices) {
    std::optional<Columns> columns = findColumns(slice);
    if (!columns)
      continue;
    auto *even = llvm::find_if(waiting, [&](const Columns &other) {
      return canPair(other, *columns);
    });
    if (even == waiting.end()) {
      waiting.push_back(*columns);
      continue;
    }
    pair(*even, *columns);
    waiting.erase(even);
  }
}
