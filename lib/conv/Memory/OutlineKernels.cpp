//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Each decided piece of work becomes a function of its own, a *kernel*, and
/// equal pieces become one function:
///
///   forall shares                             stays in the caller
///     for ho by band                          |
///       conv.im2row ...                       | one kernel: what one thread
///       conv.contract row_origin(ho)          | does
///
/// becomes
///
///   forall shares
///     call @conv3x3_64x64_56x56_DIGEST(base of a, base of b, ..., share)
///
/// A kernel sees its operands as memrefs with the strides they have and, where
/// they do not start at their buffer's begin, an offset that is an argument. It
/// needs nothing else of the module, so it can be compiled alone. Loops that
/// are no convolution become kernels, too: LLVM takes more than its time for
/// long functions.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "BufferRange.h"
#include "KernelPieces.h"
#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVOUTLINEKERNELSPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Its arguments
//===----------------------------------------------------------------------===//

/// The values `ops` use and do not define, in the order of their use.
static llvm::SetVector<Value> findInputs(ArrayRef<Operation *> ops) {
  llvm::SetVector<Value> inputs;
  DenseSet<Region *> own;
  for (Operation *op : ops)
    op->walk([&](Operation *inner) {
      for (Region &region : inner->getRegions())
        own.insert(&region);
    });
  for (Operation *op : ops)
    op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (!own.contains(operand.getParentRegion()))
          inputs.insert(operand);
    });
  return inputs;
}

/// Whether a kernel can take `type` as an argument.
static bool isPassable(Type type) {
  if (auto memref = dyn_cast<MemRefType>(type))
    return memref.isStrided();
  return type.isIntOrIndexOrFloat();
}

/// The type a kernel sees `type` as: one code serves all constant offsets, and
/// all steps between elements of dimensions that have one.
static MemRefType getInnerType(MemRefType type) {
  auto [strides, offset] = type.getStridesAndOffset();
  if (offset == 0 || ShapedType::isDynamic(offset))
    return type;
  int64_t dense = 1;
  for (size_t i = strides.size(); i-- > 0;) {
    if (type.getDimSize(i) == 1 && !ShapedType::isDynamic(dense))
      strides[i] = dense;
    dense = type.isDynamicDim(i) || ShapedType::isDynamic(strides[i])
                ? ShapedType::kDynamic
                : strides[i] * type.getDimSize(i);
  }
  return MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(type.getContext(), ShapedType::kDynamic, strides),
      type.getMemorySpace());
}

/// The values that make up `memref` for a kernel: where its buffer begins, then
/// each of offset, sizes and strides that its inner type leaves open.
static SmallVector<Value> takeApart(OpBuilder &b, Location loc, Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  MemRefType inner = getInnerType(type);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
  auto [strides, offset] = inner.getStridesAndOffset();
  SmallVector<Value> values = {metadata.getBaseBuffer()};
  if (ShapedType::isDynamic(offset)) {
    int64_t known = type.getStridesAndOffset().second;
    if (ShapedType::isDynamic(known))
      values.push_back(metadata.getOffset());
    else
      values.push_back(arith::ConstantIndexOp::create(b, loc, known));
  }
  for (auto [i, size] : llvm::enumerate(inner.getShape()))
    if (ShapedType::isDynamic(size))
      values.push_back(metadata.getSizes()[i]);
  for (auto [i, stride] : llvm::enumerate(strides))
    if (ShapedType::isDynamic(stride))
      values.push_back(metadata.getStrides()[i]);
  return values;
}

/// Puts together a memref of `inner` type from the arguments `next` stands at.
static Value putTogether(OpBuilder &b, Location loc, MemRefType inner,
                         Block::BlockArgListType::iterator &next) {
  Value base = *next++;
  auto [strides, offset] = inner.getStridesAndOffset();
  auto get = [&](int64_t value) -> OpFoldResult {
    if (ShapedType::isDynamic(value))
      return Value(*next++);
    return b.getIndexAttr(value);
  };
  OpFoldResult start = get(offset);
  auto sizes = llvm::map_to_vector(inner.getShape(), get);
  auto steps = llvm::map_to_vector(strides, get);
  return memref::ReinterpretCastOp::create(b, loc, inner, base, start, sizes,
                                           steps);
}

/// Whether no other of `inputs` reaches what `input` does.
static bool isAlone(Value input, ArrayRef<Value> inputs) {
  BufferRange range = getRange(input);
  return llvm::all_of(inputs, [&](Value other) {
    return other == input || !isa<BaseMemRefType>(other.getType()) ||
           areDisjoint(range, getRange(other));
  });
}

/// Gives the views in a kernel the types that follow from those of its
/// arguments.
static void refreshViews(func::FuncOp kernel) {
  kernel.walk([](memref::SubViewOp view) {
    MemRefType type = memref::SubViewOp::inferRankReducedResultType(
        view.getType().getShape(), view.getSourceType(), view.getMixedOffsets(),
        view.getMixedSizes(), view.getMixedStrides());
    view.getResult().setType(type);
  });
}

//===----------------------------------------------------------------------===//
// Its name
//===----------------------------------------------------------------------===//

/// The memref that `op`, loops over elements, writes to first.
static MemRefType getFirstWritten(Operation *op) {
  MemRefType written;
  op->walk<WalkOrder::PreOrder>([&](MemoryEffectOpInterface inner) {
    SmallVector<MemoryEffects::EffectInstance> effects;
    inner.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects)
      if (isa<MemoryEffects::Write>(effect.getEffect()) && effect.getValue())
        written = dyn_cast<MemRefType>(effect.getValue().getType());
    return written ? WalkResult::interrupt() : WalkResult::advance();
  });
  return written;
}

/// What people read: "conv3x3_64x64_56x56".
static std::string getReadableName(ArrayRef<Operation *> ops) {
  std::string name;
  llvm::raw_string_ostream os(name);
  auto shapeOf = [&](ArrayRef<int64_t> shape) {
    llvm::interleave(
        shape, os,
        [&](int64_t extent) {
          if (ShapedType::isDynamic(extent))
            os << 'n';
          else
            os << extent;
        },
        "x");
  };
  ContractOp contract;
  Operation *work = nullptr;
  for (Operation *op : ops)
    op->walk([&](Operation *inner) {
      if (isWork(inner))
        work = inner;
      if (auto found = dyn_cast<ContractOp>(inner))
        contract = found;
    });
  if (contract) {
    SmallVector<int64_t> e = contract.getExtents();
    os << "conv";
    shapeOf({e[ContractOp::R], e[ContractOp::S]});
    os << '_';
    if (e[ContractOp::G] != 1)
      os << 'g' << e[ContractOp::G] << '_';
    shapeOf({e[ContractOp::C], e[ContractOp::K]});
    os << '_';
    shapeOf({e[ContractOp::Ho], e[ContractOp::Wo]});
    return name;
  }
  if (!work) {
    os << (isa<scf::ForOp>(ops.front())
               ? "loops"
               : ops.front()->getName().stripDialect());
    if (MemRefType written = getFirstWritten(ops.front())) {
      os << '_';
      shapeOf(written.getShape());
    }
    return name;
  }
  os << work->getName().stripDialect() << '_';
  shapeOf(cast<ShapedType>(cast<DestinationStyleOpInterface>(work)
                               .getDpsInits()
                               .front()
                               .getType())
              .getShape());
  return name;
}

/// 64 bits of digest as text.
static std::string getDigest(StringRef text) {
  llvm::BLAKE3 hasher;
  hasher.update(text);
  auto digest = hasher.final<8>();
  return llvm::toHex(digest, /*LowerCase=*/true);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct ConvOutlineKernelsPass
    : conv::impl::ConvOutlineKernelsPassBase<ConvOutlineKernelsPass> {
  using ConvOutlineKernelsPassBase::ConvOutlineKernelsPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(findTarget()))
      return signalPassFailure();
    SymbolTable symbols(module);
    SmallVector<Piece> pieces;
    for (auto func : module.getOps<func::FuncOp>())
      if (!func->hasAttr(kKernelAttrName))
        findPieces(func.getBody(), pieces);
    llvm::StringMap<func::FuncOp> kernels;
    for (const Piece &piece : pieces)
      outline(piece, kernels, symbols);
  }

private:
  /// What of the target makes equal text different code.
  LogicalResult findTarget();
  void outline(const Piece &piece, llvm::StringMap<func::FuncOp> &kernels,
               SymbolTable &symbols);
  func::FuncOp makeKernel(ArrayRef<Operation *> ops, ArrayRef<Value> inputs,
                          ArrayRef<Type> argumentTypes, bool loops);

  std::string targetText;
};
} // namespace

LogicalResult ConvOutlineKernelsPass::findTarget() {
  targetText.clear();
  llvm::raw_string_ostream os(targetText);
  if (auto machine = getOperation()->getAttrOfType<MachineAttr>("conv.machine"))
    // Rates decide schedules, which kernels have; they do not change code.
    os << machine.withRates(MachineRatesAttr::getDefault(&getContext()));
  if (cpu.empty())
    return success();
  llvm::Expected<ResolvedTarget> target = resolveTarget(cpu, triple, features);
  if (!target)
    return getOperation().emitError(llvm::toString(target.takeError()));
  os << ' ' << target->triple << ' ' << target->cpu << ' ' << target->features;
  return success();
}

func::FuncOp ConvOutlineKernelsPass::makeKernel(ArrayRef<Operation *> ops,
                                                ArrayRef<Value> inputs,
                                                ArrayRef<Type> argumentTypes,
                                                bool loops) {
  OpBuilder b(&getContext());
  Location loc = ops.front()->getLoc();
  auto kernel = func::FuncOp::create(
      b, loc, "kernel", b.getFunctionType(argumentTypes, TypeRange()));
  kernel->setAttr(kKernelAttrName, b.getUnitAttr());
  // Whatever the module's own functions look like, a kernel takes pointers:
  // one object serves all of them.
  kernel->setAttr("llvm.bareptr", b.getUnitAttr());
  if (loops)
    kernel->setAttr(kLoopKernelAttrName, b.getUnitAttr());
  kernel.setPrivate();
  Block *body = kernel.addEntryBlock();
  b.setInsertionPointToStart(body);
  IRMapping mapping;
  Block::BlockArgListType::iterator next = body->args_begin();
  for (Value input : inputs) {
    Attribute constant;
    unsigned position = std::distance(body->args_begin(), next);
    if (auto memref = dyn_cast<MemRefType>(input.getType())) {
      mapping.map(input, putTogether(b, loc, getInnerType(memref), next));
      // What a schedule describes has its loads where they are to be.
      if (loops && isAlone(input, inputs))
        kernel.setArgAttr(position, LLVM::LLVMDialect::getNoAliasAttrName(),
                          b.getUnitAttr());
    } else if (matchPattern(input, m_Constant(&constant)))
      mapping.map(input, b.clone(*input.getDefiningOp())->getResult(0));
    else
      mapping.map(input, *next++);
  }
  for (Operation *op : ops)
    b.clone(*op, mapping);
  func::ReturnOp::create(b, loc);
  refreshViews(kernel);
  return kernel;
}

void ConvOutlineKernelsPass::outline(const Piece &piece,
                                     llvm::StringMap<func::FuncOp> &kernels,
                                     SymbolTable &symbols) {
  SmallVector<Operation *> ops = takeOperations(piece);
  llvm::SetVector<Value> inputs = findInputs(ops);
  // What no kernel can take stays where it is; it is lowered there.
  if (llvm::any_of(inputs, [](Value v) { return !isPassable(v.getType()); }))
    return;
  OpBuilder b(piece.first);
  Location loc = piece.first->getLoc();
  SmallVector<Value> arguments;
  for (Value input : inputs) {
    Attribute constant;
    if (isa<MemRefType>(input.getType()))
      llvm::append_range(arguments, takeApart(b, loc, input));
    else if (!matchPattern(input, m_Constant(&constant)))
      arguments.push_back(input);
  }
  func::FuncOp kernel = makeKernel(
      ops, inputs.getArrayRef(),
      llvm::to_vector(ValueRange(arguments).getTypes()), piece.loops);
  std::string text;
  llvm::raw_string_ostream os(text);
  kernel->print(os, OpPrintingFlags().useLocalScope());
  func::FuncOp &known = kernels[text];
  if (known) {
    kernel->erase();
  } else {
    known = kernel;
    kernel.setSymName(getReadableName(ops) + "_" +
                      getDigest(text + '\n' + targetText));
    symbols.insert(kernel, getOperation().getBody()->end());
  }
  func::CallOp::create(b, loc, known, arguments);
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}
