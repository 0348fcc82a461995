//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Packing of filters ahead of the call. Constants are packed here, byte by
/// byte; arguments move into a function @NAME_pack that is called once.
///
/// On memrefs the packed filter is a buffer of the function. It is replaced,
/// together with its deallocation, when nothing but the packing writes it.
///
//===----------------------------------------------------------------------===//

#include "conv/Transforms/Passes.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPREPACKPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Packed weights start at a cache line.
constexpr int64_t kAlignment = 64;
/// Up to this size packed weights are written into the IR itself.
constexpr size_t kInlineBytes = 256;

//===----------------------------------------------------------------------===//
// Packing of bytes
//===----------------------------------------------------------------------===//

/// Copies `source`, a filter of type `type` (one element when `splat`), into
/// `target`, all zeros, in packed order.
void packBytes(ArrayRef<char> source, bool splat, ShapedType type,
               StringRef layout, int64_t cOb, int64_t cPack,
               MutableArrayRef<char> target) {
  size_t width = type.getElementTypeBitWidth() / 8;
  // Extents and strides, in elements of the source, of g k r s c.
  enum { G, K, R, S, C };
  int64_t extents[5] = {1, 1, 1, 1, 1}, strides[5] = {0, 0, 0, 0, 0};
  int64_t stride = 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    size_t letter = StringRef("gkrsc").find(layout[dim]);
    extents[letter] = type.getDimSize(dim);
    strides[letter] = splat ? 0 : stride;
    stride *= type.getDimSize(dim);
  }
  int64_t kBlocks = llvm::divideCeilSigned(extents[K], cOb);
  int64_t cBlocks = llvm::divideCeilSigned(extents[C], cPack);
  char *out = target.data();
  for (int64_t g = 0; g < extents[G]; ++g)
    for (int64_t kb = 0; kb < kBlocks; ++kb)
      for (int64_t r = 0; r < extents[R]; ++r)
        for (int64_t s = 0; s < extents[S]; ++s)
          for (int64_t cb = 0; cb < cBlocks; ++cb)
            for (int64_t ki = 0; ki < cOb; ++ki)
              for (int64_t ci = 0; ci < cPack; ++ci, out += width) {
                int64_t k = kb * cOb + ki, c = cb * cPack + ci;
                if (k >= extents[K] || c >= extents[C])
                  continue;
                int64_t index = g * strides[G] + k * strides[K] +
                                r * strides[R] + s * strides[S] +
                                c * strides[C];
                std::memcpy(out, source.data() + index * width, width);
              }
}

/// The packed form of the constant `filter`, or failure with a diagnostic at
/// `op`. Null when it is of a kind that cannot be read.
FailureOr<ElementsAttr> packConstant(PackFilterOp op, ElementsAttr filter) {
  ShapedType type = op.getFilterType();
  ShapedType packed = op.getPackedType();
  auto packedType =
      RankedTensorType::get(packed.getShape(), packed.getElementType());
  Type element = type.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return ElementsAttr();
  size_t width = element.getIntOrFloatBitWidth() / 8;

  ArrayRef<char> source;
  bool splat = false;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(filter)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return op.emitOpError("weights were elided: the resource '")
             << resource.getRawHandle().getKey()
             << "' has no data; export the model with its weights, or make "
                "them function arguments";
    source = blob->getData();
    if (source.size() != static_cast<size_t>(type.getNumElements()) * width)
      return op.emitOpError("the resource '")
             << resource.getRawHandle().getKey() << "' has " << source.size()
             << " bytes, the filter of type " << type << " needs "
             << type.getNumElements() * width;
  } else if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(filter)) {
    source = dense.getRawData();
    splat = dense.isSplat();
  } else {
    return ElementsAttr();
  }

  // A splat stays one where no zeros are filled in.
  if (splat && packed.getNumElements() == type.getNumElements())
    return cast<ElementsAttr>(
        DenseElementsAttr::getFromRawBuffer(packedType, source));
  size_t bytes = packed.getNumElements() * width;
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate(bytes, kAlignment, /*dataIsMutable=*/true);
  MutableArrayRef<char> target = blob.getMutableData();
  std::memset(target.data(), 0, target.size());
  if (!source.empty())
    packBytes(source, splat, type, op.getLayout(), packed.getDimSize(5),
              op.getCPack(), target);
  if (bytes <= kInlineBytes)
    return cast<ElementsAttr>(
        DenseElementsAttr::getFromRawBuffer(packedType, blob.getData()));
  return cast<ElementsAttr>(DenseResourceElementsAttr::get(
      packedType, "conv_packed", std::move(blob)));
}

//===----------------------------------------------------------------------===//
// Buffers that hold packed filters
//===----------------------------------------------------------------------===//

/// Collects the operations that free `buffer`, which `op` fills. Fails when
/// anything else might write it or let it escape.
LogicalResult collectUses(Value buffer, PackFilterOp op,
                          SmallVectorImpl<Operation *> &deallocs) {
  for (OpOperand &use : buffer.getUses()) {
    Operation *user = use.getOwner();
    if (user == op.getOperation()) {
      if (use.get() == op.getFilter())
        return failure();
      continue;
    }
    if (isa<memref::DeallocOp>(user)) {
      deallocs.push_back(user);
      continue;
    }
    if (isa<ViewLikeOpInterface>(user)) {
      for (Value result : user->getResults())
        if (failed(collectUses(result, op, deallocs)))
          return failure();
      continue;
    }
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    if (!effects ||
        llvm::any_of(user->getResultTypes(), llvm::IsaPred<BaseMemRefType>))
      return failure();
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffectsOnValue(buffer, instances);
    if (instances.empty() ||
        !llvm::all_of(instances, [](const MemoryEffects::EffectInstance &e) {
          return isa<MemoryEffects::Read>(e.getEffect());
        }))
      return failure();
  }
  return success();
}

/// A packing that can be replaced and what goes with it.
struct PackingTarget {
  PackFilterOp op;
  memref::AllocOp alloc; ///< The buffer it fills; null on tensors.
  SmallVector<Operation *> deallocs;
};

/// What `op` packs into, when another value may take its place.
std::optional<PackingTarget> getReplaceableTarget(PackFilterOp op) {
  PackingTarget target{op, {}, {}};
  if (isa<TensorType>(op.getPackedType()))
    return target;
  target.alloc = op.getInit().getDefiningOp<memref::AllocOp>();
  if (!target.alloc || !target.alloc.getType().getLayout().isIdentity() ||
      target.alloc.getType().getMemorySpace() ||
      failed(collectUses(target.alloc.getResult(), op, target.deallocs)))
    return std::nullopt;
  return target;
}

/// Replaces what `target` computes by `packed`: the result on tensors, the
/// buffer and its deallocation on memrefs.
void replacePacking(PackingTarget &target, Value packed) {
  PackFilterOp op = target.op;
  if (!target.alloc) {
    Operation *init = op.getInit().getDefiningOp();
    op->getResult(0).replaceAllUsesWith(packed);
    op.erase();
    if (init && isOpTriviallyDead(init))
      init->erase();
    return;
  }
  op.erase();
  for (Operation *dealloc : target.deallocs)
    dealloc->erase();
  target.alloc.getResult().replaceAllUsesWith(packed);
  target.alloc.erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// A function argument all of whose uses are packings that agree.
struct PackedArgument {
  unsigned index;
  SmallVector<PackingTarget> targets;
  /// Casts between the argument and its packings, users after what they use.
  SmallVector<Operation *> casts;
};

bool isCast(Operation *op) { return isa<tensor::CastOp, memref::CastOp>(op); }

/// `value` as it was before casts.
Value skipCasts(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isCast(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// `argument` as a packed one; nothing when it has uses of another kind.
std::optional<PackedArgument> getPackedArgument(BlockArgument argument) {
  PackedArgument packed{argument.getArgNumber(), {}, {}};
  SmallVector<OpOperand *> uses;
  auto push = [&](Value value) {
    for (OpOperand &use : value.getUses())
      uses.push_back(&use);
  };
  push(argument);
  for (size_t i = 0; i < uses.size(); ++i) {
    OpOperand &use = *uses[i];
    if (isCast(use.getOwner())) {
      packed.casts.push_back(use.getOwner());
      push(use.getOwner()->getResult(0));
      continue;
    }
    auto op = dyn_cast<PackFilterOp>(use.getOwner());
    if (!op || &use != &op.getFilterMutable())
      return std::nullopt;
    std::optional<PackingTarget> target = getReplaceableTarget(op);
    if (!target)
      return std::nullopt;
    if (!packed.targets.empty()) {
      PackFilterOp first = packed.targets.front().op;
      if (op.getPackedType() != first.getPackedType() ||
          op.getFilterType() != first.getFilterType() ||
          op.getLayout() != first.getLayout() ||
          op.getCPack() != first.getCPack())
        return std::nullopt;
    }
    packed.targets.push_back(std::move(*target));
  }
  if (packed.targets.empty())
    return std::nullopt;
  return packed;
}

struct ConvPrepackPass : conv::impl::ConvPrepackPassBase<ConvPrepackPass> {
  using ConvPrepackPassBase::ConvPrepackPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (mode != "constants" && mode != "function") {
      module.emitError("option 'mode' must be 'constants' or 'function', got '")
          << mode << "'";
      return signalPassFailure();
    }
    symbols.emplace(module);
    SmallVector<PackFilterOp> packings;
    module.walk([&](PackFilterOp op) { packings.push_back(op); });
    for (PackFilterOp op : packings)
      if (failed(packConstantOf(op)))
        return signalPassFailure();
    eraseDeadSources();
    if (mode == "function") {
      SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
      for (func::FuncOp func : functions)
        if (failed(packArguments(func)))
          return signalPassFailure();
    }
    symbols.reset();
    packedConstants.clear();
    packedGlobals.clear();
    sources.clear();
    sourceGlobals.clear();
  }

private:
  /// Packs the filter of `op` now if it is a constant.
  LogicalResult packConstantOf(PackFilterOp op);
  /// Erases constants that were only packed.
  void eraseDeadSources();
  /// Moves the packing of arguments of `func` into a function of its own.
  LogicalResult packArguments(func::FuncOp func);
  /// Writes @NAME_pack for `arguments` of `func`.
  void createPackFunction(func::FuncOp func, StringRef name,
                          ArrayRef<PackedArgument> arguments);

  /// One blob serves all uses of a constant packed in the same way.
  using Key = std::tuple<Attribute, Type, StringAttr, int64_t>;
  DenseMap<Key, ElementsAttr> packedConstants;
  DenseMap<Key, memref::GlobalOp> packedGlobals;
  llvm::SetVector<Operation *> sources;
  llvm::SetVector<memref::GlobalOp> sourceGlobals;
  std::optional<SymbolTable> symbols;
};

LogicalResult ConvPrepackPass::packConstantOf(PackFilterOp op) {
  Operation *source = skipCasts(op.getFilter()).getDefiningOp();
  ElementsAttr filter;
  memref::GlobalOp global;
  if (auto constant = dyn_cast_or_null<arith::ConstantOp>(source)) {
    filter = dyn_cast<ElementsAttr>(constant.getValue());
  } else if (auto get = dyn_cast_or_null<memref::GetGlobalOp>(source)) {
    global = symbols->lookup<memref::GlobalOp>(get.getName());
    if (global && global.getConstant() && global.getInitialValue())
      filter = dyn_cast<ElementsAttr>(*global.getInitialValue());
  }
  if (!filter || cast<ShapedType>(filter.getType()).getShape() !=
                     op.getFilterType().getShape())
    return success();
  std::optional<PackingTarget> target = getReplaceableTarget(op);
  if (!target)
    return success();

  Key key(filter, op.getPackedType(), op.getLayoutAttr(), op.getCPack());
  ElementsAttr &packed = packedConstants[key];
  if (!packed) {
    FailureOr<ElementsAttr> result = packConstant(op, filter);
    if (failed(result))
      return failure();
    if (!*result)
      return success();
    packed = *result;
  }

  Location loc = op.getLoc();
  sources.insert(source);
  if (!target->alloc) {
    OpBuilder b(op);
    replacePacking(*target,
                   arith::ConstantOp::create(b, loc, cast<TypedAttr>(packed)));
    return success();
  }
  sourceGlobals.insert(global);
  memref::GlobalOp &packedGlobal = packedGlobals[key];
  memref::AllocOp alloc = target->alloc;
  if (!packedGlobal) {
    OpBuilder b(global);
    packedGlobal = memref::GlobalOp::create(
        b, global.getLoc(), (global.getSymName() + "_packed").str(),
        /*sym_visibility=*/b.getStringAttr("private"), alloc.getType(), packed,
        /*constant=*/true, b.getI64IntegerAttr(kAlignment));
    symbols->insert(packedGlobal);
  }
  OpBuilder b(alloc);
  replacePacking(*target,
                 memref::GetGlobalOp::create(b, loc, alloc.getType(),
                                             packedGlobal.getSymName()));
  return success();
}

void ConvPrepackPass::eraseDeadSources() {
  // Globals after the operations that name them.
  for (Operation *source : sources)
    if (!isa<memref::GlobalOp>(source) && isOpTriviallyDead(source))
      source->erase();
  for (memref::GlobalOp global : sourceGlobals)
    if (global.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(global, getOperation()))
      symbols->erase(global);
}

LogicalResult ConvPrepackPass::packArguments(func::FuncOp func) {
  if (func.isExternal())
    return success();
  SmallVector<PackedArgument> arguments;
  for (BlockArgument argument : func.getArguments())
    if (std::optional<PackedArgument> packed = getPackedArgument(argument))
      arguments.push_back(std::move(*packed));
  if (arguments.empty())
    return success();

  std::string name = (func.getSymName() + "_pack").str();
  if (Operation *existing = symbols->lookup(name)) {
    InFlightDiagnostic diag =
        func.emitOpError("cannot be given packed filters: '@")
        << name << "' already exists";
    diag.attachNote(existing->getLoc()) << "defined here";
    return diag;
  }
  std::optional<SymbolTable::UseRange> uses =
      SymbolTable::getSymbolUses(func, getOperation());
  if (!uses || !uses->empty()) {
    InFlightDiagnostic diag = func.emitOpError(
        "cannot be given packed filters: it has callers in this module");
    if (uses)
      diag.attachNote(uses->begin()->getUser()->getLoc()) << "used here";
    return diag;
  }

  createPackFunction(func, name, arguments);
  for (PackedArgument &packed : arguments) {
    BlockArgument argument = func.getArgument(packed.index);
    argument.setType(packed.targets.front().op.getPackedType());
    // A layout asked for the plain filter says nothing about the packed one.
    func.removeArgAttr(
        packed.index,
        bufferization::BufferizationDialect::kBufferLayoutAttrName);
    for (PackingTarget &target : packed.targets)
      replacePacking(target, argument);
    for (Operation *cast : llvm::reverse(packed.casts))
      cast->erase();
  }
  func.setType(FunctionType::get(
      &getContext(), func.getBody().getArgumentTypes(), func.getResultTypes()));
  return success();
}

void ConvPrepackPass::createPackFunction(func::FuncOp func, StringRef name,
                                         ArrayRef<PackedArgument> arguments) {
  // Plain filters come first, then the buffers to fill.
  SmallVector<Type> inputs, buffers, results;
  SmallVector<DictionaryAttr> attributes;
  for (const PackedArgument &packed : arguments) {
    inputs.push_back(func.getArgument(packed.index).getType());
    attributes.push_back(func.getArgAttrDict(packed.index));
    PackFilterOp op = packed.targets.front().op;
    Type type = op.getPackedType();
    (isa<MemRefType>(type) ? buffers : results).push_back(type);
  }
  llvm::append_range(inputs, buffers);
  attributes.resize(inputs.size());

  Location loc = func.getLoc();
  OpBuilder b(&getContext());
  b.setInsertionPointAfter(func);
  auto pack =
      func::FuncOp::create(b, loc, name, b.getFunctionType(inputs, results));
  pack.setVisibility(func.getVisibility());
  // Whoever calls the function through its C interface calls this one so, too.
  StringRef cInterface = LLVM::LLVMDialect::getEmitCWrapperAttrName();
  if (Attribute attr = func->getAttr(cInterface))
    pack->setAttr(cInterface, attr);
  symbols->insert(pack);
  Block *body = pack.addEntryBlock();
  for (auto [i, attrs] : llvm::enumerate(attributes))
    if (attrs)
      pack.setArgAttrs(i, attrs);
  b.setInsertionPointToStart(body);
  SmallVector<Value> packedFilters;
  unsigned nextBuffer = arguments.size();
  for (auto [i, packed] : llvm::enumerate(arguments)) {
    PackFilterOp op = packed.targets.front().op;
    ShapedType type = op.getPackedType();
    TypeRange resultTypes;
    Value init;
    if (isa<MemRefType>(type)) {
      init = body->getArgument(nextBuffer++);
    } else {
      init = tensor::EmptyOp::create(b, loc, type.getShape(),
                                     type.getElementType());
      resultTypes = op->getResultTypes();
    }
    Value filter = body->getArgument(i);
    if (filter.getType() != op.getFilterType()) {
      if (isa<MemRefType>(type))
        filter = memref::CastOp::create(b, loc, op.getFilterType(), filter);
      else
        filter = tensor::CastOp::create(b, loc, op.getFilterType(), filter);
    }
    auto newOp = PackFilterOp::create(b, op.getLoc(), resultTypes, filter, init,
                                      op.getLayoutAttr(), op.getCPackAttr());
    llvm::append_range(packedFilters, newOp->getResults());
  }
  func::ReturnOp::create(b, loc, packedFilters);
}

} // namespace
