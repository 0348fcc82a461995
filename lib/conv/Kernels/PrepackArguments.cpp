//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Packing of arguments: it moves from a function @NAME into a function
/// @NAME_pack that is called once, and @NAME takes the packed filters. What is
/// computed from a filter alone besides goes with it.
///
//===----------------------------------------------------------------------===//

#include "Prepack.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

namespace {

/// Packings of an argument in one way.
struct Packing {
  SmallVector<PackingTarget> targets;
  /// Where it begins in the packed argument, in elements.
  int64_t begin = 0;

  PackFilterOp getOp() const { return targets.front().op; }
};

/// A function argument all of whose uses are packings, all in one way or each
/// of a slice of it, and what is computed from it alone besides.
struct PackedArgument {
  unsigned index;
  SmallVector<Packing, 1> packings;
  SmallVector<FilterSums, 0> sums;
  /// Casts and slices between the argument and its packings, users after what
  /// they use.
  SmallVector<Operation *> views;
  /// What the function takes instead: what is packed, or all that is packed,
  /// one after the other.
  ShapedType type;

  bool isOne() const { return packings.size() == 1 && sums.empty(); }
};

} // namespace

/// Whether two packings of one argument give the same.
static bool isSamePacking(PackFilterOp a, PackFilterOp b) {
  return a.getPackedType() == b.getPackedType() &&
         a.getFilterType() == b.getFilterType() &&
         a.getLayout() == b.getLayout() && a.getCPack() == b.getCPack() &&
         a.getWinogradAttr() == b.getWinogradAttr() &&
         findSource(a).offsets == findSource(b).offsets;
}

/// Whether `op` packs a slice of the argument.
static bool packsSlice(PackFilterOp op, BlockArgument argument) {
  return op.getFilterType().getShape() !=
         cast<ShapedType>(argument.getType()).getShape();
}

/// Whether nothing but contractions reads what `target` fills, so that it may
/// lie anywhere in another buffer.
static bool mayLieInBuffer(const PackingTarget &target) {
  memref::AllocOp alloc = target.alloc;
  return !alloc || llvm::all_of(alloc->getUsers(), [](Operation *user) {
    return isa<PackFilterOp, ContractOp, memref::DeallocOp>(user);
  });
}

/// Places what is packed; fails where it cannot lie in one value.
static LogicalResult placePackings(PackedArgument &packed) {
  packed.type = packed.packings.front().getOp().getPackedType();
  if (packed.isOne())
    return success();
  Type element = packed.type.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return failure();
  int64_t line = kAlignment / (element.getIntOrFloatBitWidth() / 8);
  int64_t end = 0;
  for (Packing &packing : packed.packings) {
    ShapedType type = packing.getOp().getPackedType();
    if (type.getElementType() != element ||
        !llvm::all_of(packing.targets, mayLieInBuffer))
      return failure();
    packing.begin = llvm::alignTo(end, line);
    end = packing.begin + type.getNumElements();
  }
  if (!packed.sums.empty() && !element.isInteger(8))
    return failure();
  for (FilterSums &sums : packed.sums) {
    sums.begin = llvm::alignTo(end, line);
    end = sums.begin + sums.getBytes();
  }
  if (isa<TensorType>(packed.type))
    packed.type = RankedTensorType::get({end}, element);
  else
    packed.type = MemRefType::get({end}, element);
  return success();
}

/// `argument` as a packed one; nothing when it has uses of another kind.
static std::optional<PackedArgument> getPackedArgument(BlockArgument argument) {
  PackedArgument packed;
  packed.index = argument.getArgNumber();
  SmallVector<OpOperand *> uses;
  auto push = [&](Value value) {
    for (OpOperand &use : value.getUses())
      uses.push_back(&use);
  };
  push(argument);
  for (size_t i = 0; i < uses.size(); ++i) { // NOLINT: grows in the loop
    OpOperand &use = *uses[i];
    if (isView(use.getOwner()) ||
        isa<bufferization::ToTensorOp>(use.getOwner())) {
      packed.views.push_back(use.getOwner());
      push(use.getOwner()->getResult(0));
      continue;
    }
    if (std::optional<FilterSums> sums = findSums(use)) {
      packed.sums.push_back(std::move(*sums));
      continue;
    }
    auto op = dyn_cast<PackFilterOp>(use.getOwner());
    if (!op || &use != &op.getFilterMutable())
      return std::nullopt;
    std::optional<PackingTarget> target = getReplaceableTarget(op);
    if (!target)
      return std::nullopt;
    auto *same = llvm::find_if(packed.packings, [&](const Packing &packing) {
      return isSamePacking(packing.getOp(), op);
    });
    if (same == packed.packings.end()) {
      packed.packings.emplace_back();
      same = std::prev(packed.packings.end());
    }
    same->targets.push_back(std::move(*target));
  }
  // In the order in which they lie in the filter, not that of the uses.
  llvm::sort(packed.packings, [](const Packing &a, const Packing &b) {
    return findSource(a.getOp()).offsets < findSource(b.getOp()).offsets;
  });
  auto isSlice = [&](const Packing &packing) {
    return packsSlice(packing.getOp(), argument);
  };
  if (packed.packings.empty() ||
      (packed.packings.size() > 1 && !llvm::all_of(packed.packings, isSlice)) ||
      failed(placePackings(packed)))
    return std::nullopt;
  return packed;
}

/// What `packing` is of `value`, the packed argument.
static Value getPacked(OpBuilder &b, Location loc, const PackedArgument &packed,
                       const Packing &packing, Value value) {
  if (packed.isOne())
    return value;
  ShapedType type = packing.getOp().getPackedType();
  SmallVector<OpFoldResult> begin{b.getIndexAttr(packing.begin)};
  SmallVector<OpFoldResult> size{b.getIndexAttr(type.getNumElements())};
  SmallVector<OpFoldResult> stride{b.getIndexAttr(1)};
  SmallVector<ReassociationIndices> all{
      llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()))};
  if (auto tensorType = dyn_cast<RankedTensorType>(type)) {
    Value run =
        tensor::ExtractSliceOp::create(b, loc, value, begin, size, stride);
    return tensor::ExpandShapeOp::create(b, loc, tensorType, run, all);
  }
  Value run = memref::SubViewOp::create(b, loc, value, begin, size, stride);
  return memref::ExpandShapeOp::create(b, loc, type.getShape(), run, all);
}

/// Packs `filter`, what an argument was, into its places of `init`; the packed
/// argument on tensors.
static Value packInto(OpBuilder &b, const PackedArgument &packed,
                      BlockArgument argument, Value filter, Value init) {
  IRMapping mapping;
  mapping.map(argument, filter);
  for (Operation *view : packed.views)
    b.clone(*view, mapping);
  for (const Packing &packing : packed.packings) {
    PackFilterOp op = packing.getOp();
    Location loc = op.getLoc();
    Value target = getPacked(b, loc, packed, packing, init);
    auto newOp = PackFilterOp::create(b, loc, op->getResultTypes(),
                                      mapping.lookup(op.getFilter()), target,
                                      op.getLayoutAttr(), op.getCPackAttr(),
                                      op.getLanesAttr(), op.getWinogradAttr());
    if (newOp->getNumResults() == 0)
      continue;
    Value result = newOp->getResult(0);
    if (packed.isOne())
      return result;
    auto expand = target.getDefiningOp<tensor::ExpandShapeOp>();
    auto slice = expand.getSrc().getDefiningOp<tensor::ExtractSliceOp>();
    Value run = tensor::CollapseShapeOp::create(
        b, loc, result, expand.getReassociationIndices());
    init = tensor::InsertSliceOp::create(
        b, loc, run, init, slice.getMixedOffsets(), slice.getMixedSizes(),
        slice.getMixedStrides());
  }
  for (const FilterSums &sums : packed.sums)
    init = writeSums(b, sums, mapping, init);
  return init;
}

/// Writes @NAME_pack for `arguments` of `func`.
static void createPackFunction(func::FuncOp func, StringRef name,
                               ArrayRef<PackedArgument> arguments,
                               SymbolTable &symbols) {
  // Plain filters come first, then the buffers to fill.
  SmallVector<Type> inputs, buffers, results;
  SmallVector<DictionaryAttr> attributes;
  for (const PackedArgument &packed : arguments) {
    inputs.push_back(func.getArgument(packed.index).getType());
    attributes.push_back(func.getArgAttrDict(packed.index));
    (isa<MemRefType>(packed.type) ? buffers : results).push_back(packed.type);
  }
  llvm::append_range(inputs, buffers);
  attributes.resize(inputs.size());

  Location loc = func.getLoc();
  OpBuilder b(func.getContext());
  b.setInsertionPointAfter(func);
  auto pack =
      func::FuncOp::create(b, loc, name, b.getFunctionType(inputs, results));
  pack.setVisibility(func.getVisibility());
  // Whoever calls the function through its C interface calls this one so, too.
  StringRef cInterface = LLVM::LLVMDialect::getEmitCWrapperAttrName();
  if (Attribute attr = func->getAttr(cInterface))
    pack->setAttr(cInterface, attr);
  symbols.insert(pack);
  Block *body = pack.addEntryBlock();
  for (auto [i, attrs] : llvm::enumerate(attributes))
    if (attrs)
      pack.setArgAttrs(i, attrs);
  b.setInsertionPointToStart(body);
  SmallVector<Value> packedFilters;
  unsigned nextBuffer = arguments.size();
  for (auto [i, packed] : llvm::enumerate(arguments)) {
    bool isTensor = isa<TensorType>(packed.type);
    Value init =
        isTensor ? Value(tensor::EmptyOp::create(b, loc, packed.type.getShape(),
                                                 packed.type.getElementType()))
                 : body->getArgument(nextBuffer++);
    Value result = packInto(b, packed, func.getArgument(packed.index),
                            body->getArgument(i), init);
    if (isTensor)
      packedFilters.push_back(result);
  }
  func::ReturnOp::create(b, loc, packedFilters);
}

LogicalResult mlir::conv::prepack::packArguments(func::FuncOp func,
                                                 ModuleOp module,
                                                 SymbolTable &symbols) {
  if (func.isExternal())
    return success();
  SmallVector<PackedArgument> arguments;
  for (BlockArgument argument : func.getArguments())
    if (std::optional<PackedArgument> packed = getPackedArgument(argument))
      arguments.push_back(std::move(*packed));
  if (arguments.empty())
    return success();

  std::string name = (func.getSymName() + "_pack").str();
  if (Operation *existing = symbols.lookup(name)) {
    InFlightDiagnostic diag =
        func.emitOpError("cannot be given packed filters: '@")
        << name << "' already exists";
    diag.attachNote(existing->getLoc()) << "defined here";
    return diag;
  }
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(func, module);
  if (!uses || !uses->empty()) {
    InFlightDiagnostic diag = func.emitOpError(
        "cannot be given packed filters: it has callers in this module");
    if (uses)
      diag.attachNote(uses->begin()->getUser()->getLoc()) << "used here";
    return diag;
  }

  createPackFunction(func, name, arguments, symbols);
  for (PackedArgument &packed : arguments) {
    BlockArgument argument = func.getArgument(packed.index);
    argument.setType(packed.type);
    // A layout asked for the plain filter says nothing about the packed one.
    func.removeArgAttr(
        packed.index,
        bufferization::BufferizationDialect::kBufferLayoutAttrName);
    OpBuilder b(func.getContext());
    for (Packing &packing : packed.packings) {
      // What is replaced may have been the first operation.
      b.setInsertionPointToStart(&func.getBody().front());
      Value value =
          getPacked(b, packing.getOp().getLoc(), packed, packing, argument);
      for (PackingTarget &target : packing.targets)
        replacePacking(target, value);
    }
    for (const FilterSums &sums : packed.sums) {
      b.setInsertionPointToStart(&func.getBody().front());
      replaceSums(b, sums, argument);
    }
    for (Operation *view : llvm::reverse(packed.views))
      view->erase();
  }
  func.setType(FunctionType::get(func.getContext(),
                                 func.getBody().getArgumentTypes(),
                                 func.getResultTypes()));
  return success();
}
