//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Parallel regions that follow each other become one, so that a function
/// starts and joins its threads once:
///
///   omp.parallel { wsloop A }         omp.parallel {
///   call @serial                        wsloop A, then a barrier
///   omp.parallel { wsloop B }           omp.master { call @serial }
///                                       omp.barrier
///                                       wsloop B
///                                     }
///
/// What has no effects is done by each thread for itself, loops and branches
/// around parallel regions too; everything else by the first thread, which
/// leaves what the others need of its results in a slot. All values that
/// threads see are therefore equal, and so is the way that they take.
///
//===----------------------------------------------------------------------===//

#include "conv/Pipelines/Passes.h"

#include "conv/IR/Conv.h"
#include "conv/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVFORMTEAMSPASS
#include "conv/Pipelines/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

namespace {
/// What becomes of an operation in a team.
enum class Role {
  /// A parallel region: its loop is divided among the team.
  Shared,
  /// A loop or branch around parallel regions: every thread passes it.
  Structure,
  /// Has no effects: every thread does it.
  Uniform,
  /// Done by one thread.
  Serial,
  /// Cannot stand in a team.
  Foreign
};
} // namespace

static bool hasParallel(Operation *op) {
  return op->walk([](omp::ParallelOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Whether memory can hold the results of `op`.
static bool fitsSlots(Operation *op) {
  return llvm::all_of(op->getResultTypes(), [](Type type) {
    return BaseMemRefType::isValidElementType(type);
  });
}

/// The threads of `parallel` if it does nothing but divide one loop among so
/// many.
static std::optional<int64_t> getTeamSize(omp::ParallelOp parallel) {
  APInt threads;
  Value number = parallel.getNumThreads();
  if (!number || !matchPattern(number, m_ConstantInt(&threads)) ||
      parallel->getNumOperands() != 1 || !parallel.getRegion().hasOneBlock())
    return std::nullopt;
  auto body = parallel.getRegion().front().without_terminator();
  if (!llvm::hasSingleElement(body))
    return std::nullopt;
  // No reductions and nothing private.
  auto loop = dyn_cast<omp::WsloopOp>(*body.begin());
  if (!loop || loop->getNumOperands() != 0 || hasParallel(loop))
    return std::nullopt;
  return threads.getSExtValue();
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

namespace {
/// Finds roles in one module, for teams of one size.
class Roles {
public:
  Roles(SymbolTableCollection &symbols, int64_t threads)
      : symbols(symbols), threads(threads) {}

  Role get(Operation *op);

private:
  Role find(Operation *op);
  bool isStructure(Operation *op);
  bool callsStrangers(Operation *op);
  bool startsNoThreads(func::FuncOp func);

  SymbolTableCollection &symbols;
  int64_t threads;
  DenseMap<Operation *, Role> known;
  DenseMap<Operation *, bool> functions;
};
} // namespace

Role Roles::get(Operation *op) {
  auto it = known.find(op);
  if (it != known.end())
    return it->second;
  Role role = find(op);
  known[op] = role;
  return role;
}

/// Whether `func` starts no threads: one that does would have but the thread it
/// is called in.
bool Roles::startsNoThreads(func::FuncOp func) {
  if (func->hasAttr(kKernelAttrName) || func.getSymName() == kOperationDoneName)
    return true;
  if (func.isExternal())
    return false;
  auto [it, isNew] = functions.try_emplace(func, false);
  // Of functions that call each other the answer is no.
  if (!isNew)
    return it->second;
  bool result = !hasParallel(func) && !callsStrangers(func);
  functions[func] = result;
  return result;
}

/// Whether `op` calls something that may start threads of its own.
bool Roles::callsStrangers(Operation *op) {
  return op
      ->walk([&](CallOpInterface call) {
        auto callee = dyn_cast_or_null<func::FuncOp>(
            call.resolveCallableInTable(&symbols));
        return callee && startsNoThreads(callee) ? WalkResult::advance()
                                                 : WalkResult::interrupt();
      })
      .wasInterrupted();
}

bool Roles::isStructure(Operation *op) {
  if (!isa<scf::ForOp, scf::IfOp>(op) || !fitsSlots(op))
    return false;
  return llvm::all_of(op->getRegions(), [&](Region &region) {
    return llvm::all_of(region, [&](Block &block) {
      return llvm::all_of(block.without_terminator(), [&](Operation &inner) {
        return get(&inner) != Role::Foreign;
      });
    });
  });
}

Role Roles::find(Operation *op) {
  if (auto parallel = dyn_cast<omp::ParallelOp>(op))
    return getTeamSize(parallel) == threads ? Role::Shared : Role::Foreign;
  if (hasParallel(op))
    return isStructure(op) ? Role::Structure : Role::Foreign;
  if (isMemoryEffectFree(op))
    return Role::Uniform;
  // Storage on the stack lives as long as the function, a thread's does not.
  if (isa<omp::OpenMPDialect>(op->getDialect()) || isa<memref::AllocaOp>(op) ||
      callsStrangers(op))
    return Role::Foreign;
  return fitsSlots(op) ? Role::Serial : Role::Foreign;
}

//===----------------------------------------------------------------------===//
// Teams
//===----------------------------------------------------------------------===//

namespace {
/// Makes one team of consecutive operations of a block.
class TeamWriter {
public:
  TeamWriter(func::FuncOp func, Roles &roles, int64_t threads)
      : func(func), roles(roles), threads(threads), b(func.getContext()) {}

  void write(ArrayRef<Operation *> ops);

private:
  void fill(Block &block, bool repeated);
  void share(omp::ParallelOp parallel);
  void doOnce(ArrayRef<Operation *> run, bool waitsBefore);
  void keepResults();
  Value makeSlot(Value value);
  void sinkOperands();
  Value sink(Value value, IRMapping &sunk);

  func::FuncOp func;
  Roles &roles;
  int64_t threads;
  OpBuilder b;
  omp::ParallelOp team;
};
} // namespace

void TeamWriter::write(ArrayRef<Operation *> ops) {
  Location loc = ops.front()->getLoc();
  b.setInsertionPoint(ops.front());
  omp::ParallelOperands clauses;
  clauses.numThreads = LLVM::ConstantOp::create(b, loc, b.getI32Type(),
                                                b.getI32IntegerAttr(threads));
  team = omp::ParallelOp::create(b, loc, clauses);
  Block *body = b.createBlock(&team.getRegion());
  Operation *end = omp::TerminatorOp::create(b, loc);
  for (Operation *op : ops)
    op->moveBefore(end);
  fill(*body, /*repeated=*/false);
  // The end of the team is a barrier.
  if (auto last = dyn_cast_or_null<omp::WsloopOp>(end->getPrevNode()))
    last.setNowait(true);
  keepResults();
  sinkOperands();
}

/// Makes what stands in `block` a team's; `repeated` if a loop may come back.
void TeamWriter::fill(Block &block, bool repeated) {
  SmallVector<Operation *> run;
  // All threads have passed what stands before.
  bool waited = false;
  bool isSerial = false;
  auto finish = [&] {
    if (isSerial) {
      doOnce(run, /*waitsBefore=*/repeated && !waited);
      waited = false;
    }
    run.clear();
    isSerial = false;
  };
  for (Operation &op : llvm::make_early_inc_range(block.without_terminator())) {
    Role role = roles.get(&op);
    if (role == Role::Shared) {
      finish();
      share(cast<omp::ParallelOp>(op));
      waited = true;
    } else if (role == Role::Structure) {
      finish();
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          fill(inner, /*repeated=*/true);
      waited = false;
    } else {
      run.push_back(&op);
      isSerial |= role == Role::Serial;
    }
  }
  finish();
}

/// Leaves the loop of `parallel` to the team.
void TeamWriter::share(omp::ParallelOp parallel) {
  Block &body = parallel.getRegion().front();
  body.front().moveBefore(parallel);
  parallel.erase();
}

/// Memory for a value of the type of `value`.
Value TeamWriter::makeSlot(Value value) {
  OpBuilder atEntry = OpBuilder::atBlockBegin(&func.getBody().front());
  return memref::AllocaOp::create(atEntry, value.getLoc(),
                                  MemRefType::get({}, value.getType()));
}

/// Has one thread do `run`, of which the others need what has no effects as
/// well. Slots are written again where a loop comes back: not before all have
/// read them, which `waitsBefore` says is not known.
void TeamWriter::doOnce(ArrayRef<Operation *> run, bool waitsBefore) {
  Block *block = run.front()->getBlock();
  Location loc = run.front()->getLoc();
  llvm::SmallPtrSet<Operation *, 16> own(run.begin(), run.end()), needed;
  auto isOnce = [&](Operation *op) { return roles.get(op) == Role::Serial; };
  // Users that one thread does alone have its own values.
  auto isNeeded = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      Operation *at = block->findAncestorOpInBlock(*user);
      return !at || !own.contains(at) || needed.contains(at);
    });
  };
  SmallVector<Value> kept;
  for (Operation *op : llvm::reverse(run))
    for (Value result : op->getResults())
      if (isNeeded(result)) {
        if (isOnce(op))
          kept.push_back(result);
        else
          needed.insert(op);
      }
  b.setInsertionPoint(run.front());
  if (waitsBefore && !kept.empty())
    omp::BarrierOp::create(b, loc);
  auto master = omp::MasterOp::create(b, loc);
  b.createBlock(&master.getRegion());
  IRMapping copies;
  for (Operation *op : run)
    b.clone(*op, copies);
  SmallVector<Value> slots;
  for (Value value : kept) {
    slots.push_back(makeSlot(value));
    memref::StoreOp::create(b, loc, copies.lookup(value), slots.back());
  }
  omp::TerminatorOp::create(b, loc);
  b.setInsertionPointAfter(master);
  // Nobody waits for memory to be free.
  bool isWaitedFor = llvm::any_of(run, [&](Operation *op) {
    return isOnce(op) && !hasSingleEffect<MemoryEffects::Free>(op);
  });
  if (isWaitedFor)
    omp::BarrierOp::create(b, loc);
  for (auto [value, slot] : llvm::zip_equal(kept, slots))
    value.replaceAllUsesWith(memref::LoadOp::create(b, loc, slot));
  for (Operation *op : llvm::reverse(run))
    if (!needed.contains(op))
      op->erase();
}

/// What is used behind the team is computed there once more, or read from its
/// slot.
void TeamWriter::keepResults() {
  auto isOutside = [&](OpOperand &use) {
    return !team->isProperAncestor(use.getOwner());
  };
  auto isUsedOutside = [&](Value result) {
    return llvm::any_of(result.getUses(), isOutside);
  };
  Block &body = team.getRegion().front();
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body))) {
    if (llvm::none_of(op.getResults(), isUsedOutside))
      continue;
    if (isMemoryEffectFree(&op) || isa<memref::LoadOp>(op)) {
      b.setInsertionPointAfter(team);
      Operation *copy = b.clone(op);
      for (auto [result, other] :
           llvm::zip_equal(op.getResults(), copy->getResults()))
        result.replaceUsesWithIf(other, isOutside);
      continue;
    }
    // All threads have the results of a loop; one keeps them.
    b.setInsertionPointAfter(&op);
    auto master = omp::MasterOp::create(b, op.getLoc());
    for (Value result :
         llvm::make_filter_range(op.getResults(), isUsedOutside)) {
      Value slot = makeSlot(result);
      b.setInsertionPointAfter(team);
      Value kept = memref::LoadOp::create(b, op.getLoc(), slot);
      result.replaceUsesWithIf(kept, isOutside);
      if (master.getRegion().empty())
        b.createBlock(&master.getRegion());
      b.setInsertionPointToEnd(&master.getRegion().front());
      memref::StoreOp::create(b, op.getLoc(), result, slot);
    }
    omp::TerminatorOp::create(b, op.getLoc());
  }
}

/// `value` as threads compute it for themselves, where that is nothing but
/// numbers and views: each value that they are handed is stored and loaded.
Value TeamWriter::sink(Value value, IRMapping &sunk) {
  Operation *op = value.getDefiningOp();
  if (!op || team->isProperAncestor(op) || op->getNumRegions() != 0 ||
      !isMemoryEffectFree(op))
    return value;
  if (!sunk.contains(value)) {
    for (Value operand : op->getOperands())
      if (Value other = sink(operand, sunk); other != operand)
        sunk.map(operand, other);
    b.clone(*op, sunk);
  }
  return sunk.lookup(value);
}

void TeamWriter::sinkOperands() {
  IRMapping sunk;
  Block &body = team.getRegion().front();
  SmallVector<OpOperand *> operands;
  body.walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      operands.push_back(&operand);
  });
  b.setInsertionPointToStart(&body);
  for (OpOperand *operand : operands)
    operand->set(sink(operand->get(), sunk));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The operations from the first of `ops` to the last one that threads divide.
static ArrayRef<Operation *> trim(ArrayRef<Operation *> ops, Roles &roles) {
  auto isDivided = [&](Operation *op) {
    Role role = roles.get(op);
    return role == Role::Shared || role == Role::Structure;
  };
  while (!ops.empty() && !isDivided(ops.front()))
    ops = ops.drop_front();
  while (!ops.empty() && !isDivided(ops.back()))
    ops = ops.drop_back();
  return ops;
}

namespace {
struct ConvFormTeamsPass
    : conv::impl::ConvFormTeamsPassBase<ConvFormTeamsPass> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTableCollection symbols;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      std::optional<int64_t> threads;
      func.walk([&](omp::ParallelOp parallel) {
        threads = getTeamSize(parallel);
        return threads ? WalkResult::interrupt() : WalkResult::advance();
      });
      if (!threads)
        continue;
      moveStorage(func);
      Roles roles(symbols, *threads);
      formTeams(func.getBody(), func, roles, *threads);
    }
  }

private:
  /// Moves what `func` takes on its stack to its begin, out of the way.
  static void moveStorage(func::FuncOp func) {
    Block &entry = func.getBody().front();
    func.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<memref::AllocaOp>(op) && op->getNumOperands() == 0)
        op->moveBefore(&entry, entry.begin());
      return op == func || isa<scf::ForOp, scf::IfOp>(op)
                 ? WalkResult::advance()
                 : WalkResult::skip();
    });
  }

  static void formTeams(Region &region, func::FuncOp func, Roles &roles,
                        int64_t threads) {
    for (Block &block : region) {
      SmallVector<SmallVector<Operation *>> stretches(1);
      SmallVector<Operation *> foreign;
      for (Operation &op : block.without_terminator()) {
        if (roles.get(&op) != Role::Foreign) {
          stretches.back().push_back(&op);
          continue;
        }
        stretches.emplace_back();
        foreign.push_back(&op);
      }
      for (Operation *op : foreign)
        if (!isa<omp::OpenMPDialect>(op->getDialect()))
          for (Region &inner : op->getRegions())
            formTeams(inner, func, roles, threads);
      for (ArrayRef<Operation *> ops : stretches) {
        ops = trim(ops, roles);
        // One alone is a team already.
        if (ops.size() > 1 ||
            (ops.size() == 1 && !isa<omp::ParallelOp>(ops.front())))
          TeamWriter(func, roles, threads).write(ops);
      }
    }
  }
};
} // namespace
