//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Allocations become views of an argument, for callers that have no allocator
/// or want to keep the memory from call to call. Those whose sizes follow from
/// the sizes a function is called with lie in an arena of their own, behind
/// that of known size. What cannot, because its size or how long it lives is a
/// matter of run time, stays on the heap.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "BufferUtils.h"
#include "SizeUtils.h"
#include "SizedArena.h"
#include "conv/IR/Conv.h"
#include "conv/IR/ElementSize.h"
#include "conv/Schedule/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVWORKSPACETOARGUMENTPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// Something that needs bytes of the workspace: an allocation, or a call of a
/// function that has a workspace itself.
struct Request {
  Operation *op = nullptr;
  int64_t bytes = 0;  ///< Of one copy, a multiple of the alignment.
  bool sized = false; ///< The bytes follow from the sizes of the call instead.
  int64_t copies = 1; ///< One per iteration of the parallel loops around it.
  /// Of all copies, in positions of the function's block.
  Lifetime lifetime;
};

/// An allocation, where it is used, and why it cannot be in the workspace.
struct Allocation {
  memref::AllocOp op;
  Aliases aliases;
  std::string obstacle; ///< Empty when it can.
  Operation *culprit = nullptr;

  void leaveOnHeap(const llvm::Twine &why, Operation *where = nullptr) {
    if (!obstacle.empty())
      return;
    obstacle = why.str();
    culprit = where;
  }
};

/// A call of a function that may have a workspace.
struct Call {
  func::CallOp op;
  func::FuncOp callee;
};

bool isParallel(Operation *op) {
  return isa<scf::ForallOp, scf::ParallelOp>(op);
}

struct ConvWorkspaceToArgumentPass
    : conv::impl::ConvWorkspaceToArgumentPassBase<ConvWorkspaceToArgumentPass> {
  using ConvWorkspaceToArgumentPassBase::ConvWorkspaceToArgumentPassBase;

  void runOnOperation() override {
    sizes.clear();
    arenas.clear();
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    DenseSet<Operation *> active;
    for (func::FuncOp func : functions)
      if (failed(process(func, active, symbols)))
        return signalPassFailure();
    for (func::FuncOp func : functions)
      if (!func.isDeclaration() && func.isPublic() &&
          !func->hasAttr(kSizesOfAttrName) &&
          failed(addSizeFunction(func, symbols)))
        return signalPassFailure();
  }

private:
  /// Rewrites the functions `func` calls, then `func`.
  LogicalResult process(func::FuncOp func, DenseSet<Operation *> &active,
                        SymbolTable &symbols);
  /// Rewrites what `func` calls, and collects its calls and allocations.
  LogicalResult processCallees(func::FuncOp func, DenseSet<Operation *> &active,
                               SymbolTable &symbols,
                               SmallVectorImpl<Allocation> &allocations,
                               SmallVectorImpl<Call> &calls);
  /// Adds what `calls` need of the workspace.
  LogicalResult takeCalls(ArrayRef<Call> calls,
                          const DenseMap<Operation *, int64_t> &positions,
                          SmallVectorImpl<Request> &requests);
  /// Gives `func` an argument for the `size` bytes of its workspace and, behind
  /// them, those of `arena`, into which `allocs` are placed. Returns the bytes.
  FailureOr<Value> addWorkspace(func::FuncOp func, int64_t size,
                                SizedArena arena,
                                ArrayRef<memref::AllocOp> allocs);
  /// Gives each request its piece of `workspace`.
  void handOut(ArrayRef<Request> requests, Value workspace,
               SymbolTable &symbols);
  /// Finds out which of the `allocations` stay on the heap. Fails where memory
  /// of the caller's is freed.
  static LogicalResult chooseHeap(func::FuncOp func, bool oneBlock,
                                  MutableArrayRef<Allocation> allocations);
  static Value getOffset(OpBuilder &b, const Request &request);
  /// Puts views of `workspace` in the place of the allocations in `arena`,
  /// which begins at `begin`.
  static void placeSized(func::FuncOp func, const SizedArena &arena,
                         ArrayRef<memref::AllocOp> allocs, Value workspace,
                         int64_t begin);
  LogicalResult addSizeFunction(func::FuncOp func, SymbolTable &symbols);

  DenseMap<Operation *, int64_t> sizes;
  DenseMap<Operation *, SizedArena> arenas;
};

/// The sizes `func` is called with; null where its types say them all.
Value getSizes(func::FuncOp func) {
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
    if (func.getArgAttr(i, kSizesAttrName))
      return func.getArgument(i);
  return Value();
}

/// Iterations of the parallel loops around `op`; nothing when their number is
/// not known, which `culprit` has then.
std::optional<int64_t> countCopies(Operation *op, Operation *&culprit) {
  int64_t copies = 1;
  for (Operation *parent = op->getParentOp();
       parent && !isa<func::FuncOp>(parent); parent = parent->getParentOp()) {
    if (!isParallel(parent))
      continue;
    std::optional<SmallVector<int64_t>> extents = getExtents(parent);
    if (!extents) {
      culprit = parent;
      return std::nullopt;
    }
    for (int64_t extent : *extents)
      copies *= extent;
  }
  return copies;
}

/// The index of the operation in the function's block that holds `op`; nothing
/// in a function of several blocks, where order says little.
std::optional<int64_t>
getPosition(Operation *op, const DenseMap<Operation *, int64_t> &positions) {
  while (!isa<func::FuncOp>(op->getParentOp()))
    op = op->getParentOp();
  auto it = positions.find(op);
  return it == positions.end() ? std::nullopt : std::optional(it->second);
}

/// Leaves `allocation` on the heap when its size, number or end is not known
/// before the function runs.
void checkAllocation(Allocation &allocation, bool oneBlock, Value sizes) {
  memref::AllocOp op = allocation.op;
  MemRefType type = op.getType();
  bool followsFromSizes = sizes && oneBlock && !type.hasStaticShape() &&
                          llvm::all_of(op.getDynamicSizes(), [&](Value size) {
                            return followsFrom(size, sizes);
                          });
  if ((!type.hasStaticShape() && !followsFromSizes) ||
      !type.getLayout().isIdentity()) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return allocation.leaveOnHeap("the size of '" + text + "' is not known");
  }
  if (type.hasStaticShape() && !getBufferBytes(type, op))
    return allocation.leaveOnHeap("its elements have no size");
  Operation *culprit = nullptr;
  if (!countCopies(op, culprit))
    return allocation.leaveOnHeap(
        "it is in a parallel loop of unknown extent, which needs one copy per "
        "iteration",
        culprit);
  if (followsFromSizes && *countCopies(op, culprit) != 1)
    return allocation.leaveOnHeap(
        "each iteration of a parallel loop has one of a size that is not known",
        op->getParentOp());
  Operation *escape = allocation.aliases.escape;
  bool inLoop = !oneBlock || op->getParentOfType<LoopLikeOpInterface>();
  if (escape && (inLoop || isa<func::ReturnOp>(escape)))
    allocation.leaveOnHeap(
        "the buffer outlives the loop or function that allocates it", escape);
}

/// True when `buffer` is, or is a view of, an argument of `func`.
bool isArgument(Value buffer, func::FuncOp func) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  auto argument = dyn_cast<BlockArgument>(buffer);
  return argument && argument.getOwner() == &func.getBody().front();
}

LogicalResult ConvWorkspaceToArgumentPass::chooseHeap(
    func::FuncOp func, bool oneBlock, MutableArrayRef<Allocation> allocations) {
  Value sizes = getSizes(func);
  for (Allocation &allocation : allocations)
    checkAllocation(allocation, oneBlock, sizes);
  // What a `memref.dealloc` may be given is on the heap, all of it or nothing.
  SmallVector<memref::DeallocOp> deallocs;
  func.walk([&](memref::DeallocOp dealloc) { deallocs.push_back(dealloc); });
  bool changed = true;
  while (std::exchange(changed, false))
    for (memref::DeallocOp dealloc : deallocs) {
      SmallVector<Allocation *> freed;
      for (Allocation &allocation : allocations)
        if (allocation.aliases.values.contains(dealloc.getMemref()))
          freed.push_back(&allocation);
      bool unknown = freed.empty();
      if (unknown && isArgument(dealloc.getMemref(), func))
        return dealloc.emitOpError("cannot use a workspace: what this frees "
                                   "was not allocated in the same function");
      // A value that was not followed may be any buffer that left.
      if (unknown)
        for (Allocation &allocation : allocations)
          if (allocation.aliases.escape)
            freed.push_back(&allocation);
      bool heap = unknown || llvm::any_of(freed, [](Allocation *allocation) {
                    return !allocation->obstacle.empty();
                  });
      for (Allocation *allocation : freed)
        if (heap && allocation->obstacle.empty()) {
          allocation->leaveOnHeap("what is freed here may be this buffer",
                                  dealloc);
          changed = true;
        }
    }
  return success();
}

Request makeRequest(memref::AllocOp alloc) {
  Operation *culprit = nullptr;
  Request request;
  request.op = alloc;
  request.sized = !alloc.getType().hasStaticShape();
  if (!request.sized)
    request.bytes = llvm::alignTo(*getBufferBytes(alloc.getType(), alloc),
                                  kWorkspaceAlignment);
  request.copies = *countCopies(alloc, culprit);
  return request;
}

/// Requests for what is not on the heap; a warning for the rest.
void takeAllocations(ArrayRef<Allocation> allocations,
                     const DenseMap<Operation *, int64_t> &positions,
                     SmallVectorImpl<Request> &requests) {
  // What frees the former: the workspace is the caller's.
  SetVector<Operation *> deallocs;
  for (const Allocation &allocation : allocations) {
    memref::AllocOp alloc = allocation.op;
    if (!allocation.obstacle.empty()) {
      InFlightDiagnostic diag = alloc.emitWarning()
                                << "memory is taken from the heap in every "
                                   "call: "
                                << allocation.obstacle;
      if (allocation.culprit)
        diag.attachNote(allocation.culprit->getLoc()) << "here";
      continue;
    }
    Request request = makeRequest(alloc);
    // In use from the first operation that does more than name a part of it.
    Lifetime &lifetime = request.lifetime;
    lifetime.first = positions.size();
    for (Value alias : allocation.aliases.values)
      for (Operation *user : alias.getUsers()) {
        if (isa<memref::DeallocOp>(user)) {
          deallocs.insert(user);
        } else if (!positions.empty() && !isa<ViewLikeOpInterface>(user)) {
          int64_t position = *getPosition(user, positions);
          lifetime.first = std::min(lifetime.first, position);
          lifetime.last = std::max(lifetime.last, position);
        }
      }
    if (allocation.aliases.escape || positions.empty())
      request.lifetime.last = positions.size();
    requests.push_back(request);
  }
  for (Operation *dealloc : deallocs)
    dealloc->erase();
}

Value ConvWorkspaceToArgumentPass::getOffset(OpBuilder &b,
                                             const Request &request) {
  Location loc = request.op->getLoc();
  // Loops around the request, outermost first; nothing is nowhere.
  SmallVector<Operation *> loops;
  for (Operation *parent = request.op->getParentOp();
       request.bytes > 0 && !isa<func::FuncOp>(parent);
       parent = parent->getParentOp())
    if (isParallel(parent))
      loops.insert(loops.begin(), parent);
  Value index;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  for (Operation *op : loops) {
    auto loop = cast<LoopLikeOpInterface>(op);
    SmallVector<int64_t> extents = *getExtents(op);
    SmallVector<OpFoldResult> low = *loop.getLoopLowerBounds(),
                              step = *loop.getLoopSteps();
    for (auto [i, iv] : llvm::enumerate(*loop.getLoopInductionVars())) {
      Value k = iv;
      int64_t l = *getConstantIntValue(low[i]),
              s = *getConstantIntValue(step[i]);
      if (l != 0)
        k = arith::SubIOp::create(b, loc, k, constant(l));
      if (s != 1)
        k = arith::DivUIOp::create(b, loc, k, constant(s));
      if (index) {
        index = arith::MulIOp::create(b, loc, index, constant(extents[i]));
        index = arith::AddIOp::create(b, loc, index, k);
      } else {
        index = k;
      }
    }
  }
  Value base = constant(request.lifetime.offset);
  if (!index)
    return base;
  index = arith::MulIOp::create(b, loc, index, constant(request.bytes));
  return arith::AddIOp::create(b, loc, index, base);
}

LogicalResult ConvWorkspaceToArgumentPass::processCallees(
    func::FuncOp func, DenseSet<Operation *> &active, SymbolTable &symbols,
    SmallVectorImpl<Allocation> &allocations, SmallVectorImpl<Call> &calls) {
  WalkResult walked = func.walk([&](Operation *op) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      allocations.push_back({alloc, findAliases(alloc), "", nullptr});
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return WalkResult::advance();
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee || callee.isDeclaration())
      return WalkResult::advance();
    if (failed(process(callee, active, symbols)))
      return WalkResult::interrupt();
    calls.push_back({call, callee});
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult ConvWorkspaceToArgumentPass::takeCalls(
    ArrayRef<Call> calls, const DenseMap<Operation *, int64_t> &positions,
    SmallVectorImpl<Request> &requests) {
  for (auto [op, callee] : calls) {
    Operation *culprit = nullptr;
    std::optional<int64_t> copies = countCopies(op, culprit);
    Request request;
    request.op = op;
    request.bytes = llvm::alignTo(sizes.lookup(callee), kWorkspaceAlignment);
    if (!copies && request.bytes > 0) {
      InFlightDiagnostic diag = request.op->emitOpError(
          "cannot use the workspace: it is in a parallel loop of unknown "
          "extent, which needs one copy per iteration");
      diag.attachNote(culprit->getLoc()) << "the loop";
      return diag;
    }
    request.copies = copies.value_or(1);
    request.lifetime.first = getPosition(op, positions).value_or(0);
    request.lifetime.last =
        positions.empty() ? positions.size() : request.lifetime.first;
    requests.push_back(request);
  }
  return success();
}

/// Moves the requests of sizes that are not known into `arena`. Returns their
/// allocations.
static SmallVector<memref::AllocOp>
takeSized(SmallVectorImpl<Request> &requests, SizedArena &arena) {
  SmallVector<memref::AllocOp> allocs;
  llvm::erase_if(requests, [&](const Request &request) {
    if (!request.sized)
      return false;
    auto alloc = cast<memref::AllocOp>(request.op);
    arena.add(alloc, request.lifetime);
    allocs.push_back(alloc);
    return true;
  });
  return allocs;
}

/// Gives each request its offset. Returns the bytes of all together.
static int64_t placeRequests(MutableArrayRef<Request> requests) {
  SmallVector<Lifetime> lifetimes;
  for (Request &request : requests) {
    request.lifetime.bytes = request.bytes * request.copies;
    lifetimes.push_back(request.lifetime);
  }
  int64_t size = placeInArena(lifetimes);
  for (auto [request, lifetime] : llvm::zip_equal(requests, lifetimes))
    request.lifetime.offset = lifetime.offset;
  return size;
}

static MemRefType getBytesType(MLIRContext *context, int64_t bytes) {
  return MemRefType::get({bytes}, IntegerType::get(context, 8));
}

FailureOr<Value>
ConvWorkspaceToArgumentPass::addWorkspace(func::FuncOp func, int64_t size,
                                          SizedArena arena,
                                          ArrayRef<memref::AllocOp> allocs) {
  OpBuilder b(&getContext());
  unsigned index = func.getNumArguments();
  bool isSized = static_cast<bool>(getSizes(func));
  DictionaryAttr marked =
      b.getDictionaryAttr(b.getNamedAttr("conv.workspace", b.getUnitAttr()));
  MemRefType bytes = getBytesType(&getContext(), size);
  // The begin of bytes whose number is not known.
  Type type = isSized ? MemRefType::get({}, b.getI8Type()) : bytes;
  if (failed(func.insertArgument(index, type, marked, func.getLoc())))
    return func.emitOpError("cannot be given a workspace"), failure();
  Value workspace = func.getArgument(index);
  if (!isSized)
    return workspace;
  b.setInsertionPointToStart(&func.getBody().front());
  Value begin = memref::ReinterpretCastOp::create(
      b, func.getLoc(), bytes, workspace, /*offset=*/0,
      /*sizes=*/ArrayRef<int64_t>{size}, /*strides=*/ArrayRef<int64_t>{1});
  placeSized(func, arena, allocs, workspace, size);
  arenas[func] = std::move(arena);
  return begin;
}

void ConvWorkspaceToArgumentPass::handOut(ArrayRef<Request> requests,
                                          Value workspace,
                                          SymbolTable &symbols) {
  OpBuilder b(&getContext());
  for (const Request &request : requests) {
    b.setInsertionPoint(request.op);
    Value offset = getOffset(b, request);
    if (auto alloc = dyn_cast<memref::AllocOp>(request.op)) {
      alloc.replaceAllUsesWith(
          memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), workspace,
                                 offset, ValueRange())
              .getResult());
      alloc.erase();
      continue;
    }
    auto call = cast<func::CallOp>(request.op);
    Operation *callee = symbols.lookup(call.getCallee());
    Value piece = memref::ViewOp::create(
        b, call.getLoc(), getBytesType(&getContext(), sizes.lookup(callee)),
        workspace, offset, ValueRange());
    call.getOperandsMutable().append(piece);
  }
}

LogicalResult ConvWorkspaceToArgumentPass::process(
    func::FuncOp func, DenseSet<Operation *> &active, SymbolTable &symbols) {
  if (func.isDeclaration() || sizes.contains(func) ||
      func->hasAttr(kSizesOfAttrName))
    return success();
  if (!active.insert(func).second)
    return func.emitOpError(
        "cannot use a workspace: it calls itself, directly or not");
  SmallVector<Request> requests;
  SmallVector<Allocation> allocations;
  SmallVector<Call> calls;
  if (failed(processCallees(func, active, symbols, allocations, calls)))
    return failure();

  // With branches any order of operations is possible: everything at once.
  DenseMap<Operation *, int64_t> positions;
  if (func.getBody().hasOneBlock())
    for (auto [i, op] : llvm::enumerate(func.getBody().front()))
      positions[&op] = i;
  if (failed(chooseHeap(func, !positions.empty(), allocations)))
    return failure();
  takeAllocations(allocations, positions, requests);
  if (failed(takeCalls(calls, positions, requests)))
    return failure();

  SizedArena arena;
  SmallVector<memref::AllocOp> sizedAllocs = takeSized(requests, arena);
  int64_t size = placeRequests(requests);
  auto bound = func->getAttrOfType<IntegerAttr>(kNetworkMemoryAttr);
  if (bound && size > bound.getInt())
    return func.emitOpError("needs ")
           << size << " bytes at once, network-memory is " << bound.getInt();
  sizes[func] = size;
  active.erase(func);
  FailureOr<Value> workspace =
      addWorkspace(func, size, std::move(arena), sizedAllocs);
  if (failed(workspace))
    return failure();
  handOut(requests, *workspace, symbols);
  return success();
}

void ConvWorkspaceToArgumentPass::placeSized(func::FuncOp func,
                                             const SizedArena &arena,
                                             ArrayRef<memref::AllocOp> allocs,
                                             Value workspace, int64_t begin) {
  if (allocs.empty())
    return;
  Location loc = func.getLoc();
  Value sizes = getSizes(func);
  OpBuilder b(func.getBody());
  SmallVector<Value> offsets;
  Value end = arena.emit(b, loc, sizes, sizes, begin, offsets);
  auto bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type());
  Value all = memref::ReinterpretCastOp::create(
      b, loc, bytes, workspace, b.getIndexAttr(0), ArrayRef<OpFoldResult>{end},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  for (auto [entry, offset] : llvm::zip_equal(allocs, offsets)) {
    memref::AllocOp alloc = entry;
    b.setInsertionPoint(alloc);
    Value view = memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), all,
                                        offset, alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
  }
  // Only now: the arena speaks of them.
  for (memref::AllocOp alloc : allocs)
    alloc.erase();
}

LogicalResult
ConvWorkspaceToArgumentPass::addSizeFunction(func::FuncOp func,
                                             SymbolTable &symbols) {
  std::string name = (func.getSymName() + "_workspace_size").str();
  if (Operation *existing = symbols.lookup(name)) {
    InFlightDiagnostic diag =
        func.emitOpError("cannot be given a workspace: '@")
        << name << "' already exists";
    diag.attachNote(existing->getLoc()) << "defined here";
    return diag;
  }
  OpBuilder b(&getContext());
  b.setInsertionPointAfter(func);
  Location loc = func.getLoc();
  Value given = getSizes(func);
  auto sizeFunc = func::FuncOp::create(
      b, loc, name,
      b.getFunctionType(given ? given.getType() : TypeRange(), b.getI64Type()));
  symbols.insert(sizeFunc);
  b.setInsertionPointToStart(sizeFunc.addEntryBlock());
  int64_t fixed = sizes.lookup(func);
  Value size;
  if (given) {
    SmallVector<Value> offsets;
    size = arith::IndexCastOp::create(b, loc, b.getI64Type(),
                                      arenas[func].emit(b, loc, given,
                                                        sizeFunc.getArgument(0),
                                                        fixed, offsets));
  } else {
    size = arith::ConstantIntOp::create(b, loc, fixed, 64);
  }
  func::ReturnOp::create(b, loc, size);
  return success();
}

} // namespace
