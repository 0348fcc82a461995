//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelPieces.h"

#include "conv/IR/Conv.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::conv;

bool mlir::conv::isWork(Operation *op) {
  return isa<ContractOp, PackFilterOp, ShiftAddOp, GatherOpInterface,
             WinogradInputOp, WinogradOutputOp>(op) &&
         cast<DestinationStyleOpInterface>(op).hasPureBufferSemantics();
}

/// Numbers and views between the work, which may stand before all of it.
static bool isGlue(Operation *op) {
  return op->getNumRegions() == 0 && isMemoryEffectFree(op);
}

/// Whether `op` makes no view, or one whose type follows from its operand's:
/// the kernel sees other types of operands where those have offsets.
static bool followsOperands(Operation *op) {
  return isa<memref::SubViewOp>(op) ||
         llvm::none_of(op->getResultTypes(), llvm::IsaPred<BaseMemRefType>);
}

/// A loop that does nothing but work.
static bool isLoopOfWork(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop || loop.getNumResults() != 0)
    return false;
  bool any = false;
  for (Operation &inner : loop.getBody()->without_terminator()) {
    bool work = isWork(&inner) || isLoopOfWork(&inner);
    any |= work;
    if (!work && (!isGlue(&inner) || !followsOperands(&inner)))
      return false;
  }
  return any;
}

/// Whether `op`, in loops that no schedule describes, needs nothing but its
/// operands: it neither calls, nor names a symbol, nor takes or frees memory.
static bool standsAlone(Operation *op) {
  if (isa<scf::ForallOp, scf::ParallelOp, SymbolUserOpInterface>(op))
    return false;
  if (!isa<affine::AffineDialect, arith::ArithDialect, linalg::LinalgDialect,
           math::MathDialect, memref::MemRefDialect, scf::SCFDialect,
           ub::UBDialect, vector::VectorDialect>(op->getDialect()))
    return false;
  return !hasEffect<MemoryEffects::Allocate>(op) &&
         !hasEffect<MemoryEffects::Free>(op) && followsOperands(op) &&
         llvm::none_of(op->getRegions(), [](Region &region) {
           return llvm::any_of(region.getArgumentTypes(),
                               llvm::IsaPred<BaseMemRefType>);
         });
}

/// Loops over elements, also those an operation stands for.
static bool isPlainLoops(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  bool loops =
      isa<scf::ForOp>(op) || (linalgOp && linalgOp.hasPureBufferSemantics());
  return loops && op->getNumResults() == 0 &&
         !op->walk([](Operation *inner) {
              return standsAlone(inner) ? WalkResult::advance()
                                        : WalkResult::interrupt();
            }).wasInterrupted();
}

void mlir::conv::findPieces(Region &region, SmallVectorImpl<Piece> &pieces) {
  for (Block &block : region) {
    size_t begin = pieces.size();
    bool together = isa<scf::ForallOp, scf::ParallelOp>(block.getParentOp());
    bool between = true; // Only glue since the last piece of this block.
    for (Operation &op : block) {
      if (isWork(&op) || isLoopOfWork(&op)) {
        if (together && between && pieces.size() > begin)
          pieces.back().last = &op;
        else
          pieces.push_back({&op, &op});
        between = true;
        continue;
      }
      between &= isGlue(&op);
      size_t before = pieces.size();
      if (isPlainLoops(&op))
        pieces.push_back({&op, &op, /*loops=*/true});
      else
        for (Region &inner : op.getRegions())
          findPieces(inner, pieces);
      // No later work is of the same piece as these.
      if (pieces.size() > before)
        begin = pieces.size();
    }
  }
}

SmallVector<Operation *> mlir::conv::takeOperations(const Piece &piece) {
  SmallVector<Operation *> ops;
  for (Operation *op = piece.first;; op = op->getNextNode()) {
    ops.push_back(op);
    if (op == piece.last)
      break;
  }
  llvm::erase_if(ops, [&](Operation *op) {
    bool glue = op != piece.last && isGlue(op);
    if (glue)
      op->moveBefore(piece.first);
    return glue;
  });
  return ops;
}
