//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Counts what an operation's loops compute and move. What has no known number
/// of iterations counts once as arithmetic, and as whole buffers in memory.
///
/// Bytes come from where they lie: a buffer that was last visited before so
/// many other bytes were is in the smallest cache that holds these. The module
/// runs again and again, so that the first operation follows the last.
///
//===----------------------------------------------------------------------===//

#include "conv/Measure/OperationCosts.h"

#include "conv/IR/Conv.h"
#include "conv/IR/ElementSize.h"
#include "conv/Machine/Instructions.h"
#include "conv/Memory/Passes.h"
#include "conv/Schedule/MemoryRates.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Operations on vectors that a function without an instruction takes: those of
/// exp as --conv-expand-functions writes it; tanh has 19, expm1 23, erf 41.
static constexpr double kFunctionOperations = 13;

/// Arithmetic on floating point, and on vectors of integers: others are
/// addresses.
static bool isArithmetic(Operation *op) {
  if (op->getNumResults() != 1 || op->hasTrait<OpTrait::ConstantLike>())
    return false;
  Type type = op->getResult(0).getType();
  Type element = getElementTypeOrSelf(type);
  if (!isa<FloatType>(element) &&
      (!isa<VectorType>(type) || !element.isInteger() || element.isInteger(1)))
    return false;
  return isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
         isa<vector::FMAOp, vector::ReductionOp, vector::MultiDimReductionOp,
             vector::ContractionOp>(op);
}

//===----------------------------------------------------------------------===//
// Origins
//===----------------------------------------------------------------------===//

/// What the body of a generic operation computes: "addf, maximumf".
static std::string describeBody(Region &body) {
  llvm::SetVector<StringRef> names;
  body.walk([&](Operation *op) {
    if (isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) &&
        !op->hasTrait<OpTrait::ConstantLike>())
      names.insert(op->getName().stripDialect());
  });
  return names.empty() ? "copy" : llvm::join(names, ", ");
}

static std::string describeKind(Operation *op) {
  std::string name = op->getName().stripDialect().str();
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return name;
  name = generic.getNumReductionLoops() > 0 ? "reduction" : "elementwise";
  return name + " (" + describeBody(generic.getRegion()) + ")";
}

static std::string describePlace(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().str();
  if (auto file = dyn_cast<FileLineColLoc>(location))
    return std::to_string(file.getLine()) + ":" +
           std::to_string(file.getColumn());
  std::string text;
  llvm::raw_string_ostream os(text);
  location.print(os);
  return text;
}

Origins::Origins(ModuleOp module) {
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<ModuleOp, FunctionOpInterface, RegionBranchOpInterface>(op))
      return WalkResult::advance();
    if (op->hasTrait<OpTrait::ConstantLike>() ||
        op->hasTrait<OpTrait::IsTerminator>() || isa<tensor::EmptyOp>(op) ||
        isa<UnknownLoc>(op->getLoc()))
      return WalkResult::skip();
    op->walk([&](Operation *inner) {
      byLocation.try_emplace(inner->getLoc(), origins.size());
    });
    origins.push_back({describeKind(op), describePlace(op->getLoc())});
    return WalkResult::skip();
  });
}

void Origins::collect(Location location,
                      llvm::SetVector<unsigned> &found) const {
  if (auto known = byLocation.find(location); known != byLocation.end()) {
    found.insert(known->second);
    return;
  }
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      collect(part, found);
}

std::vector<Origins::Origin> Origins::find(Operation *op) const {
  llvm::SetVector<unsigned> found;
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    // Addresses, masks and constants are made where it suits.
    bool touches = inner->getNumRegions() == 0 || isa<linalg::LinalgOp>(inner);
    if (isArithmetic(inner) || isa<ConvDialect>(inner->getDialect()) ||
        (touches && !isMemoryEffectFree(inner)))
      collect(inner->getLoc(), found);
  });
  std::vector<Origin> result;
  for (unsigned i : found)
    result.push_back(origins[i]);
  return result;
}

//===----------------------------------------------------------------------===//
// What one operation does
//===----------------------------------------------------------------------===//

namespace {
/// Counts over the loops of one operation.
class Counter {
public:
  Counter(Operation *root, MachineAttr machine)
      : root(root), machine(machine) {}

  void count() { visit(root, /*times=*/1); }

  double flops = 0, cycles = 0;
  bool isConvolution = false;
  std::string kind; ///< Of a convolution.
  /// Of the buffers, or parts of an arena, that are visited.
  llvm::MapVector<Value, double> bytes;

private:
  /// Without `times` it is not known how often.
  void visit(Operation *op, std::optional<double> times);
  void addArithmetic(Operation *op, double times);
  void addContraction(ContractOp op, double times);
  void addMemory(Operation *op, std::optional<double> times);

  bool isOutside(Value value) const {
    Operation *parent = value.getParentRegion()->getParentOp();
    return !root->isAncestor(parent);
  }

  Operation *root;
  MachineAttr machine;
};
} // namespace

/// Elements of a vector, 1 of a scalar.
static double getNumElements(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? double(vector.getNumElements()) : 1;
}

/// Iterations of all loops that `op` stands for, where they are constant.
static std::optional<double> getIterations(LoopLikeOpInterface op) {
  auto lower = op.getLoopLowerBounds(), upper = op.getLoopUpperBounds(),
       steps = op.getLoopSteps();
  if (!lower || !upper || !steps)
    return std::nullopt;
  double product = 1;
  for (auto [begin, end, step] : llvm::zip_equal(*lower, *upper, *steps)) {
    std::optional<int64_t> first = getConstantIntValue(begin),
                           last = getConstantIntValue(end),
                           by = getConstantIntValue(step);
    if (!first || !last || !by || *by <= 0)
      return std::nullopt;
    if (*last <= *first)
      return 0;
    product *= double(llvm::divideCeil(*last - *first, *by));
  }
  return product;
}

/// Iterations of the loops that linalg stands for.
static std::optional<double> getPoints(linalg::LinalgOp op) {
  double product = 1;
  for (int64_t extent : op.getStaticLoopRanges()) {
    if (ShapedType::isDynamic(extent))
      return std::nullopt;
    product *= double(extent);
  }
  return product;
}

/// Elements a convolution, or a stage of one, writes; what is dynamic counts as
/// one.
static double countOutput(Operation *op) {
  auto written = dyn_cast<DestinationStyleOpInterface>(op);
  double product = 1;
  if (written)
    for (int64_t extent :
         cast<ShapedType>(written.getDpsInits().front().getType()).getShape())
      product *= ShapedType::isDynamic(extent) ? 1 : double(extent);
  return product;
}

void Counter::visit(Operation *op, std::optional<double> times) {
  if (auto contract = dyn_cast<ContractOp>(op))
    addContraction(contract, times.value_or(1));
  else if (isa<GatherOpInterface, PackFilterOp, ShiftAddOp, WinogradInputOp,
               WinogradOutputOp>(op)) {
    isConvolution = true;
    if (kind.empty())
      kind = op->getName().stripDialect().str();
  } else
    addArithmetic(op, times.value_or(1));
  addMemory(op, times);
  std::optional<double> inside = times;
  std::optional<double> iterations = 1;
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    iterations = getIterations(loop);
  else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    iterations = getPoints(linalgOp);
  else if (isa<ConvDialect>(op->getDialect()))
    iterations = countOutput(op);
  if (inside)
    inside = iterations ? std::optional(*inside * *iterations) : std::nullopt;
  double summed = flops;
  for (Region &region : op->getRegions())
    for (Operation &inner : region.getOps())
      visit(&inner, inside);
  // An epilogue takes its time, but is no part of what is counted for the sums.
  if (isa<ConvDialect>(op->getDialect()))
    flops = summed;
}

void Counter::addContraction(ContractOp op, double times) {
  isConvolution = true;
  kind = "convolution";
  SmallVector<int64_t> extents = op.getExtents();
  double points = countOutput(op);
  for (auto reduced : {ContractOp::R, ContractOp::S, ContractOp::C})
    points *=
        ShapedType::isDynamic(extents[reduced]) ? 1 : double(extents[reduced]);
  flops += 2 * points * times;
  const Instruction *instruction = findInstruction(op.getSchedule());
  double rate = instruction ? instruction->getRate() : 1;
  cycles += points * times /
            (double(machine.getNVec()) * double(machine.getNFma()) * rate);
}

/// Functions that have no instruction.
static bool isFunction(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::ExpM1Op, math::ErfOp,
             math::TanhOp, math::LogOp, math::Log1pOp, math::Log2Op,
             math::PowFOp, math::SinOp, math::CosOp>(op);
}

void Counter::addArithmetic(Operation *op, double times) {
  if (!isArithmetic(op))
    return;
  // Reductions have smaller results than operands.
  double elements = getNumElements(op->getResult(0).getType());
  for (Type type : op->getOperandTypes())
    elements = std::max(elements, getNumElements(type));
  double instructions = isFunction(op) ? kFunctionOperations : 1;
  double flopsEach = isa<vector::FMAOp, math::FmaOp>(op) ? 2 : instructions;
  flops += flopsEach * elements * times;
  // N_vec counts lanes of 32 bits.
  constexpr double laneBits = 32;
  double bits = getElementTypeOrSelf(op->getResult(0)).getIntOrFloatBitWidth();
  cycles += instructions * elements * times * std::max(bits / laneBits, 1.0) /
            (double(machine.getNVec()) * double(machine.getNFma()));
}

/// Bytes of a buffer; nothing where it has dynamic sizes.
static std::optional<double> getBytes(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  std::optional<int64_t> element = getElementBytes(type.getElementType());
  if (!element || !type.hasStaticShape())
    return std::nullopt;
  return double(type.getNumElements() * *element);
}

/// What `op` reaches of `memref`, one of its operands, each time.
static std::optional<double> getReached(Operation *op, Value memref) {
  if (!isa<DestinationStyleOpInterface, memref::CopyOp, func::CallOp>(op) ||
      isa<vector::TransferReadOp, vector::TransferWriteOp>(op)) {
    double elements = 1;
    for (Type type : op->getResultTypes())
      elements = std::max(elements, getNumElements(type));
    for (Type type : op->getOperandTypes())
      elements = std::max(elements, getNumElements(type));
    Type element = cast<MemRefType>(memref.getType()).getElementType();
    return elements * double(getElementBytes(element).value_or(0)) *
           getNumElements(element);
  }
  return getBytes(memref);
}

void Counter::addMemory(Operation *op, std::optional<double> times) {
  if (isa<ViewLikeOpInterface, LoopLikeOpInterface>(op) ||
      isMemoryEffectFree(op))
    return;
  llvm::SmallDenseSet<Value> seen;
  for (Value operand : op->getOperands()) {
    if (!isa<MemRefType>(operand.getType()) || !seen.insert(operand).second)
      continue;
    std::optional<double> moved = getReached(op, operand);
    if (moved && times)
      *moved *= *times;
    else
      moved.reset();
    // The largest view outside of the loops, then the buffer it is of.
    Value base = operand;
    std::optional<double> most;
    for (;;) {
      if (isOutside(base) && !most)
        most = getBytes(base);
      auto view = base.getDefiningOp<ViewLikeOpInterface>();
      if (!view || isa<memref::ViewOp>(view.getOperation()) ||
          !isa<MemRefType>(view.getViewSource().getType()))
        break;
      base = view.getViewSource();
    }
    // What an iteration takes is its own.
    if (!isOutside(base) || (!moved && !most))
      continue;
    double &sum = bytes[base];
    double all = sum + (moved ? *moved : *most);
    sum = most ? std::max(sum, std::min(all, *most)) : all;
  }
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

namespace {
struct Timed {
  OperationCost cost;
  llvm::MapVector<Value, double> bytes;
};
} // namespace

/// The kinds of `origins`, each once: "pad + pooling_nchw_max".
static std::string joinKinds(ArrayRef<Origins::Origin> origins) {
  llvm::SetVector<StringRef> kinds;
  for (const Origins::Origin &origin : origins)
    kinds.insert(origin.kind);
  return llvm::join(kinds, " + ");
}

/// What `@conv_operation_done` is called with, if `op` does.
static std::optional<int64_t> getDoneNumber(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  IntegerAttr number;
  if (!call || call.getCallee() != kOperationDoneName ||
      !matchPattern(call.getOperand(0), m_Constant(&number)))
    return std::nullopt;
  return number.getInt();
}

/// The operations in front of each call; each call has one.
static std::vector<Timed> findTimed(ModuleOp module, const Origins &origins,
                                    MachineAttr machine) {
  std::vector<Timed> timed;
  module.walk([&](func::CallOp call) {
    std::optional<int64_t> number = getDoneNumber(call);
    if (!number || *number == 0)
      return;
    // The number stands between the two.
    Operation *op = call->getPrevNode();
    while (op && op->hasTrait<OpTrait::ConstantLike>())
      op = op->getPrevNode();
    if (!op)
      return;
    Counter counter(op, machine);
    counter.count();
    std::vector<Origins::Origin> made = origins.find(op);
    OperationCost cost;
    cost.number = *number;
    cost.isConvolution = counter.isConvolution;
    cost.kind = counter.isConvolution ? counter.kind : joinKinds(made);
    if (cost.kind.empty())
      cost.kind = op->getName().getStringRef().str();
    for (const Origins::Origin &origin : made)
      cost.places.push_back(origin.place);
    cost.flops = counter.flops;
    cost.arithmeticCycles = counter.cycles;
    for (const auto &[value, moved] : counter.bytes)
      cost.bytes += moved;
    timed.push_back({std::move(cost), std::move(counter.bytes)});
  });
  llvm::sort(timed, [](const Timed &a, const Timed &b) {
    return a.cost.number < b.cost.number;
  });
  return timed;
}

/// Adds what it costs to move the bytes of all operations from where they were
/// left: the caches as so many most recently visited bytes.
static void addMemoryCycles(std::vector<Timed> &timed, MachineAttr machine) {
  SmallVector<std::pair<Value, double>> visited; // The last one is the latest.
  for (bool counts : {false, true})
    for (Timed &operation : timed) {
      double own = operation.cost.bytes;
      for (const auto &[value, moved] : operation.bytes) {
        double between = own;
        auto at = visited.rbegin();
        for (; at != visited.rend() && at->first != value; ++at)
          if (!operation.bytes.contains(at->first))
            between += at->second;
        if (counts)
          operation.cost.memoryCycles +=
              moved / getBandwidth(machine, findLevel(machine, between));
      }
      for (const auto &[value, moved] : operation.bytes) {
        llvm::erase_if(visited, [&, value = value](const auto &entry) {
          return entry.first == value;
        });
        visited.emplace_back(value, moved);
      }
    }
}

std::vector<OperationCost> bench::findOperationCosts(ModuleOp module,
                                                     const Origins &origins,
                                                     MachineAttr machine) {
  std::vector<Timed> timed = findTimed(module, origins, machine);
  addMemoryCycles(timed, machine);
  std::vector<OperationCost> costs;
  for (Timed &operation : timed)
    costs.push_back(std::move(operation.cost));
  return costs;
}
