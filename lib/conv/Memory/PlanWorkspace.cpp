//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// One arena for the temporary storage of a function's convolutions: two
/// buffers lie at the same place unless they are in use at the same time.
///
///   %arena = memref.alloc() : memref<BYTESxi8>
///   %a = memref.view %arena[0]            patches of the first convolution
///   %b = memref.view %arena[0]            patches of the second one
///
/// Buffers of a band inside of a parallel loop share an arena per iteration.
/// Where the arena is to be placed among other buffers, those that are not in
/// use at the same time get arenas of their own:
///
///   %arena0 = memref.alloc() : memref<BYTES0xi8>
///   first convolution
///   memref.dealloc %arena0
///   ...
///
//===----------------------------------------------------------------------===//

#include "conv/Memory/Passes.h"

#include "BufferUtils.h"
#include "conv/IR/Conv.h"
#include "conv/IR/ElementSize.h"
#include "conv/Schedule/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVPLANWORKSPACEPASS
#include "conv/Memory/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {

/// A buffer of a convolution's and the operations of its arena's block between
/// which it is in use.
struct Workspace {
  memref::AllocOp alloc;
  Operation *first, *last;
  SmallVector<Operation *> deallocs;
  int64_t bytes = 0;
};

/// True when `op` fills, or sums up, temporary storage given as `value`.
bool makesWorkspace(Operation *op, Value value) {
  if (auto gather = dyn_cast<GatherOpInterface>(op))
    return gather.getTarget() == value;
  if (auto sum = dyn_cast<ShiftAddOp>(op))
    return sum.getProduct() == value;
  if (auto input = dyn_cast<WinogradInputOp>(op))
    return input.getInit() == value;
  if (auto output = dyn_cast<WinogradOutputOp>(op))
    return output.getProduct() == value;
  if (auto pack = dyn_cast<PackFilterOp>(op))
    return pack.getInit() == value;
  return false;
}

/// The block whose start every iteration or call of its own passes: that of
/// the innermost parallel loop around `op`, else of the function.
Block *getArenaBlock(Operation *op, func::FuncOp func) {
  for (Operation *parent = op->getParentOp(); parent != func;
       parent = parent->getParentOp())
    if (isa<scf::ForallOp, scf::ParallelOp>(parent))
      return &parent->getRegion(0).front();
  return &func.getBody().front();
}

/// `alloc` as a workspace in `block`; nothing when it is something else or is
/// used in a way that cannot be followed.
std::optional<Workspace> getWorkspace(memref::AllocOp alloc, Block *block) {
  MemRefType type = alloc.getType();
  if (!type.getLayout().isIdentity() || type.getMemorySpace())
    return std::nullopt;
  std::optional<int64_t> bytes = getBufferBytes(type, alloc);
  if (!bytes)
    return std::nullopt;
  Aliases aliases = findAliases(alloc);
  if (aliases.escape)
    return std::nullopt;
  Operation *start = block->findAncestorOpInBlock(*alloc);
  if (!start)
    return std::nullopt;
  Workspace workspace{alloc, start, start, {}, *bytes};
  bool temporary = false;
  for (Value value : aliases.values)
    for (Operation *user : value.getUsers()) {
      if (isa<memref::DeallocOp>(user)) {
        workspace.deallocs.push_back(user);
        continue;
      }
      temporary |= makesWorkspace(user, value);
      Operation *at = block->findAncestorOpInBlock(*user);
      if (!at)
        return std::nullopt;
      if (workspace.last->isBeforeInBlock(at))
        workspace.last = at;
    }
  if (!temporary)
    return std::nullopt;
  return workspace;
}

/// Where the operations of a block stand.
using Positions = DenseMap<Operation *, int64_t>;

Positions getPositions(Block *block) {
  Positions positions;
  for (auto [i, op] : llvm::enumerate(*block))
    positions[&op] = i;
  return positions;
}

/// Places `workspaces` in one arena, which is allocated before `begin` and
/// freed before `end`; returns its bytes.
int64_t place(Operation *begin, Operation *end,
              MutableArrayRef<Workspace> workspaces,
              const Positions &positions) {
  SmallVector<Lifetime> lifetimes;
  for (const Workspace &workspace : workspaces)
    lifetimes.push_back({workspace.bytes, positions.lookup(workspace.first),
                         positions.lookup(workspace.last)});
  int64_t total = placeInArena(lifetimes);
  Location loc = workspaces.front().alloc.getLoc();
  OpBuilder b(begin);
  Value arena =
      memref::AllocOp::create(b, loc, MemRefType::get({total}, b.getI8Type()),
                              b.getI64IntegerAttr(kWorkspaceAlignment));
  // Now: what stands there may be one of those that are erased.
  b.setInsertionPoint(end);
  memref::DeallocOp::create(b, loc, arena);
  for (auto [workspace, lifetime] : llvm::zip_equal(workspaces, lifetimes)) {
    b.setInsertionPointAfterValue(arena);
    Value offset = arith::ConstantIndexOp::create(b, loc, lifetime.offset);
    Value view = memref::ViewOp::create(
        b, workspace.alloc.getLoc(), workspace.alloc.getType(), arena, offset,
        /*sizes=*/ValueRange());
    for (Operation *dealloc : workspace.deallocs)
      dealloc->erase();
    workspace.alloc.replaceAllUsesWith(view);
  }
  // Only now: the first of them may be where the builder stands.
  for (Workspace &workspace : workspaces)
    workspace.alloc.erase();
  return total;
}

/// One arena for all `workspaces` of `block`.
int64_t placeTogether(Block *block, MutableArrayRef<Workspace> workspaces) {
  return place(&block->front(), block->getTerminator(), workspaces,
               getPositions(block));
}

/// An arena for each of the groups whose members are in use at the same time,
/// directly or through others; returns the bytes of the largest. `workspaces`
/// are in the order of their allocations.
int64_t placeApart(Block *block, MutableArrayRef<Workspace> workspaces) {
  Positions positions = getPositions(block);
  int64_t most = 0;
  while (!workspaces.empty()) {
    Operation *last = workspaces.front().last;
    size_t count = 1;
    for (; count < workspaces.size() &&
           positions.lookup(workspaces[count].first) <= positions.lookup(last);
         ++count)
      if (last->isBeforeInBlock(workspaces[count].last))
        last = workspaces[count].last;
    most = std::max(most, place(workspaces.front().first, last->getNextNode(),
                                workspaces.take_front(count), positions));
    workspaces = workspaces.drop_front(count);
  }
  return most;
}

/// Bytes in use at once while `block` runs: its own arena and those of the
/// parallel loop in it that needs most, one per iteration. Loops run one after
/// the other. Nothing when a number of iterations is not known.
std::optional<int64_t> getPeak(Block *block,
                               const DenseMap<Block *, int64_t> &totals) {
  int64_t most = 0;
  bool known = true;
  for (Operation &top : *block)
    top.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isa<scf::ForallOp, scf::ParallelOp>(op))
        return WalkResult::advance();
      std::optional<int64_t> inside =
          getPeak(&op->getRegion(0).front(), totals);
      if (inside != 0) {
        std::optional<SmallVector<int64_t>> extents = getExtents(op);
        known &= inside && extents;
        int64_t bytes = inside.value_or(0);
        for (int64_t extent : extents.value_or(SmallVector<int64_t>()))
          bytes *= extent;
        most = std::max(most, bytes);
      }
      return WalkResult::skip();
    });
  if (!known)
    return std::nullopt;
  return totals.lookup(block) + most;
}

struct ConvPlanWorkspacePass
    : conv::impl::ConvPlanWorkspacePassBase<ConvPlanWorkspacePass> {
  using ConvPlanWorkspacePassBase::ConvPlanWorkspacePassBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal() || !func.getBody().hasOneBlock())
      return;
    llvm::MapVector<Block *, SmallVector<Workspace>> arenas;
    func.walk([&](memref::AllocOp alloc) {
      Block *block = getArenaBlock(alloc, func);
      if (std::optional<Workspace> workspace = getWorkspace(alloc, block))
        arenas[block].push_back(*workspace);
    });
    if (arenas.empty())
      return;
    DenseMap<Block *, int64_t> totals;
    for (auto &[block, workspaces] : arenas)
      totals[block] = apart && block == &func.getBody().front()
                          ? placeApart(block, workspaces)
                          : placeTogether(block, workspaces);
    std::optional<int64_t> bytes = getPeak(&func.getBody().front(), totals);
    if (!bytes)
      return;
    func->setAttr("conv.workspace", OpBuilder(func).getI64IntegerAttr(*bytes));
    remark::analysis(func.getLoc(),
                     remark::RemarkOpts::name("workspace").category("conv"))
        << llvm::formatv("{0}: {1} bytes of workspace", func.getSymName(),
                         *bytes)
               .str();
  }
};

} // namespace
