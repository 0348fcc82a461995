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
/// or want to keep the memory from call to call.
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "BufferUtils.h"
#include "conv/IR/Conv.h"
#include "conv/IR/ElementSize.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

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
  int64_t copies = 1; ///< One per iteration of the parallel loops around it.
  /// Of all copies, in positions of the function's block.
  Lifetime lifetime;
};

bool isParallel(Operation *op) {
  return isa<scf::ForallOp, scf::ParallelOp>(op);
}

struct ConvWorkspaceToArgumentPass
    : conv::impl::ConvWorkspaceToArgumentPassBase<ConvWorkspaceToArgumentPass> {
  using ConvWorkspaceToArgumentPassBase::ConvWorkspaceToArgumentPassBase;

  void runOnOperation() override {
    sizes.clear();
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    DenseSet<Operation *> active;
    for (func::FuncOp func : functions)
      if (failed(process(func, active, symbols)))
        return signalPassFailure();
    for (func::FuncOp func : functions)
      if (!func.isDeclaration() && func.isPublic() &&
          failed(addSizeFunction(func, symbols)))
        return signalPassFailure();
  }

private:
  /// Rewrites the functions `func` calls, then `func`.
  LogicalResult process(func::FuncOp func, DenseSet<Operation *> &active,
                        SymbolTable &symbols);
  /// Erases what frees `alloc` or, through `aliases`, views of it.
  static void eraseDeallocs(const Aliases &aliases);
  LogicalResult addAllocation(memref::AllocOp alloc,
                              SmallVectorImpl<Request> &requests);
  static FailureOr<int64_t> countCopies(Operation *op);
  static Value getOffset(OpBuilder &b, const Request &request);
  LogicalResult addSizeFunction(func::FuncOp func, SymbolTable &symbols);

  DenseMap<Operation *, int64_t> sizes;
};

FailureOr<int64_t> ConvWorkspaceToArgumentPass::countCopies(Operation *op) {
  int64_t copies = 1;
  for (Operation *parent = op->getParentOp();
       parent && !isa<func::FuncOp>(parent); parent = parent->getParentOp()) {
    if (!isParallel(parent))
      continue;
    std::optional<SmallVector<int64_t>> extents = getExtents(parent);
    if (!extents) {
      InFlightDiagnostic diag = op->emitOpError(
          "cannot use the workspace: it is in a parallel loop of unknown "
          "extent, which needs one copy per iteration");
      diag.attachNote(parent->getLoc()) << "the loop";
      return diag;
    }
    for (int64_t extent : *extents)
      copies *= extent;
  }
  return copies;
}

/// The index of the operation in the function's block that holds `op`; nothing
/// in a function of several blocks, where order says little.
static std::optional<int64_t>
getPosition(Operation *op, const DenseMap<Operation *, int64_t> &positions) {
  while (!isa<func::FuncOp>(op->getParentOp()))
    op = op->getParentOp();
  auto it = positions.find(op);
  return it == positions.end() ? std::nullopt : std::optional(it->second);
}

void ConvWorkspaceToArgumentPass::eraseDeallocs(const Aliases &aliases) {
  SmallVector<Operation *> dead;
  for (Value alias : aliases.values)
    for (Operation *user : alias.getUsers())
      if (isa<memref::DeallocOp>(user))
        dead.push_back(user);
  for (Operation *op : dead)
    op->erase();
}

LogicalResult
ConvWorkspaceToArgumentPass::addAllocation(memref::AllocOp alloc,
                                           SmallVectorImpl<Request> &requests) {
  MemRefType type = alloc.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return alloc.emitOpError("cannot use the workspace: the size of ")
           << type << " is not known";
  std::optional<int64_t> bytes = getBufferBytes(type, alloc);
  if (!bytes)
    return alloc.emitOpError("cannot use the workspace: elements of type ")
           << type.getElementType() << " have no size";
  FailureOr<int64_t> copies = countCopies(alloc);
  if (failed(copies))
    return failure();
  Request request;
  request.op = alloc;
  request.bytes = llvm::alignTo(*bytes, kWorkspaceAlignment);
  request.copies = *copies;
  requests.push_back(request);
  return success();
}

Value ConvWorkspaceToArgumentPass::getOffset(OpBuilder &b,
                                             const Request &request) {
  Location loc = request.op->getLoc();
  // Loops around the request, outermost first.
  SmallVector<Operation *> loops;
  for (Operation *parent = request.op->getParentOp();
       !isa<func::FuncOp>(parent); parent = parent->getParentOp())
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

LogicalResult ConvWorkspaceToArgumentPass::process(
    func::FuncOp func, DenseSet<Operation *> &active, SymbolTable &symbols) {
  if (func.isDeclaration() || sizes.contains(func))
    return success();
  if (!active.insert(func).second)
    return func.emitOpError(
        "cannot use a workspace: it calls itself, directly or not");

  SmallVector<Request> requests;
  SmallVector<memref::AllocOp> allocs;
  SmallVector<std::pair<func::CallOp, func::FuncOp>> calls;
  WalkResult walked = func.walk([&](Operation *op) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      allocs.push_back(alloc);
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return WalkResult::advance();
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee || callee.isDeclaration())
      return WalkResult::advance();
    if (failed(process(callee, active, symbols)))
      return WalkResult::interrupt();
    calls.emplace_back(call, callee);
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();

  // Deallocation frees what it allocated; the workspace is the caller's.
  SmallVector<Aliases> aliasesOf;
  for (memref::AllocOp alloc : allocs) {
    aliasesOf.push_back(findAliases(alloc));
    eraseDeallocs(aliasesOf.back());
  }
  WalkResult freed = func.walk([&](memref::DeallocOp dealloc) {
    dealloc.emitOpError("cannot use a workspace: what this frees was not "
                        "allocated in the same function");
    return WalkResult::interrupt();
  });
  if (freed.wasInterrupted())
    return failure();

  // With branches any order of operations is possible: everything at once.
  DenseMap<Operation *, int64_t> positions;
  if (func.getBody().hasOneBlock())
    for (auto [i, op] : llvm::enumerate(func.getBody().front()))
      positions[&op] = i;
  int64_t end = positions.size();
  for (auto [alloc, aliases] : llvm::zip_equal(allocs, aliasesOf)) {
    if (failed(addAllocation(alloc, requests)))
      return failure();
    Request &request = requests.back();
    bool inLoop =
        positions.empty() || alloc->getParentOfType<LoopLikeOpInterface>();
    if (aliases.escape && (inLoop || isa<func::ReturnOp>(aliases.escape))) {
      InFlightDiagnostic diag = alloc.emitOpError(
          "cannot use the workspace: the buffer outlives the loop or function "
          "that allocates it");
      diag.attachNote(aliases.escape->getLoc()) << "it leaves here";
      return diag;
    }
    request.lifetime.first = getPosition(alloc, positions).value_or(0);
    request.lifetime.last = end;
    if (aliases.escape || positions.empty())
      continue;
    request.lifetime.last = request.lifetime.first;
    for (Value alias : aliases.values)
      for (Operation *user : alias.getUsers())
        request.lifetime.last =
            std::max(request.lifetime.last, *getPosition(user, positions));
  }
  for (auto [call, callee] : calls) {
    FailureOr<int64_t> copies = countCopies(call);
    if (failed(copies))
      return failure();
    Request request;
    request.op = call;
    request.bytes = llvm::alignTo(sizes.lookup(callee), kWorkspaceAlignment);
    request.copies = *copies;
    request.lifetime.first = getPosition(call, positions).value_or(0);
    request.lifetime.last = positions.empty() ? end : request.lifetime.first;
    requests.push_back(request);
  }

  SmallVector<Lifetime> lifetimes;
  for (Request &request : requests) {
    request.lifetime.bytes = request.bytes * request.copies;
    lifetimes.push_back(request.lifetime);
  }
  int64_t size = placeInArena(lifetimes);
  for (auto [request, lifetime] : llvm::zip_equal(requests, lifetimes))
    request.lifetime.offset = lifetime.offset;
  sizes[func] = size;
  active.erase(func);
  OpBuilder b(&getContext());
  auto getType = [&](int64_t bytes) {
    return MemRefType::get({bytes}, b.getI8Type());
  };
  unsigned index = func.getNumArguments();
  DictionaryAttr marked =
      b.getDictionaryAttr(b.getNamedAttr("conv.workspace", b.getUnitAttr()));
  if (failed(func.insertArgument(index, getType(size), marked, func.getLoc())))
    return func.emitOpError("cannot be given a workspace");
  Value workspace = func.getArgument(index);
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
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    Value piece =
        memref::ViewOp::create(b, call.getLoc(), getType(sizes.lookup(callee)),
                               workspace, offset, ValueRange());
    call.getOperandsMutable().append(piece);
  }
  return success();
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
  auto sizeFunc = func::FuncOp::create(b, func.getLoc(), name,
                                       b.getFunctionType({}, b.getI64Type()));
  symbols.insert(sizeFunc);
  b.setInsertionPointToStart(sizeFunc.addEntryBlock());
  Value size =
      arith::ConstantIntOp::create(b, func.getLoc(), sizes.lookup(func), 64);
  func::ReturnOp::create(b, func.getLoc(), size);
  return success();
}

} // namespace
