//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass that decides. Everything it decides stands in the IR afterwards:
/// `conv.machine` on the module and a schedule on each convolution.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Passes.h"

#include "MemoryBudget.h"
#include "conv/Decide/Candidates.h"
#include "conv/Decide/CostNetwork.h"
#include "conv/Decide/ErrorBudget.h"
#include "conv/Decide/RecordedChoice.h"
#include "conv/IR/Conv.h"
#include "conv/Machine/MachineModel.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Schedule/FilterValues.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/ScheduleModel.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVAUTOTUNEPASS
#include "conv/Decide/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

static remark::RemarkOpts getRemarkOpts() {
  return remark::RemarkOpts::name("autotune").category("conv");
}

/// Which instruction multiplies what is not f32, and how it compares to the
/// best one there is for the types on any CPU.
static std::string describeInstruction(const Problem &problem,
                                       ScheduleAttr schedule) {
  const Instruction *row = findInstruction(schedule);
  if (!row || row->isPlainF32() || !problem.types)
    return "";
  const Instruction *best = findBestInstruction(*problem.types);
  return llvm::formatv(
             "; {0} by fma = {1}, {2:F1} products per lane and FMA of "
             "the {3:F1} of {4}",
             problem.types->str(), row->name, row->getRate(), best->getRate(),
             best->name)
      .str();
}

static void explain(ConvOp op, const Problem &problem, MachineAttr machine,
                    ScheduleAttr schedule, const Cost &cost,
                    StringRef candidates) {
  double percent = 100 * cost.fmaCycles / cost.cycles;
  remark::analysis(op.getLoc(), getRemarkOpts())
      << llvm::formatv(
             "{0}: {1}, {2}; register tile {3} (C_ob = {4}, W_ob = {5}), {6} "
             "of {7} vector registers, limited by {8}; predicted {9:F0} cycles "
             "= {10:F1} % of the FMA peak{11}",
             problem.str(), schedule.getAlgorithmName(), candidates,
             describeTiles(schedule), schedule.getCOb(), schedule.getWOb(),
             cost.registers, machine.getNReg(), stringifyResource(cost.limit),
             cost.cycles, percent, describeInstruction(problem, schedule))
             .str();
}

/// "direct", or "im2win (banded)" where there are two forms.
static std::string describeChoice(ScheduleAttr schedule) {
  std::string text = schedule.getAlgorithmName().str();
  if (getTraits(schedule.getAlgorithm()).hasBandedForm())
    text += (" (" + stringifyForm(schedule.getForm()) + ")").str();
  if (std::optional<double> error = getRounding(schedule.getNamedAlgorithm()))
    text += llvm::formatv(", error {0:F2} times the plain sum's", *error);
  return text;
}

/// What was taken against the next best, and what could not be taken.
static void explainChoice(ConvOp op, const Problem &problem,
                          const CandidateList &list, const Candidate &taken,
                          const Constraints &constraints) {
  if (!op.getContext()->getRemarkEngine())
    return;
  const Candidate &best = *list.getBest();
  auto describe = [](const Candidate &candidate) {
    const Cost &cost = candidate.choice.cost;
    return llvm::formatv("{0}, predicted {1:F0} cycles = {2:F1} % of the FMA "
                         "peak, {3} bytes of workspace",
                         describeChoice(candidate.choice.schedule), cost.cycles,
                         100 * cost.fmaCycles / cost.cycles,
                         candidate.workspace)
        .str();
  };
  std::string text = problem.str() + ": " + describe(taken) + "; ";
  if (&taken != &best) {
    text +=
        "errors together are worth more elsewhere than by " + describe(best);
  } else if (list.candidates.size() > 1 && list.candidates[1].fits) {
    const Candidate &second = list.candidates[1];
    double ratio = second.choice.getElapsed() / best.choice.getElapsed();
    text += ratio >= 1
                ? llvm::formatv("{0:F2} times as fast as the runner-up {1}",
                                ratio, describe(second))
                      .str()
                : llvm::formatv("the runner-up does not save enough for its "
                                "workspace: {0}",
                                describe(second))
                      .str();
  } else {
    text += "nothing else can be taken";
  }
  remark::passed(op.getLoc(), getRemarkOpts()) << text;
  for (const Candidate &candidate : list.candidates)
    if (!candidate.fits)
      remark::missed(op.getLoc(), getRemarkOpts())
          << llvm::formatv("{0}: {1}; {2}", problem.str(), describe(candidate),
                           constraints.describeWorkspaceBound())
                 .str();
  for (const Refusal &refusal : list.refusals)
    remark::missed(op.getLoc(), getRemarkOpts())
        << llvm::formatv("{0}: {1} is refused: {2}", problem.str(),
                         refusal.algorithm.getName(), refusal.reason)
               .str();
}

/// Operands that are not contiguous where vectors would be loaded or stored
/// are right and slow: that must not pass in silence.
static void warnAboutStrides(ConvOp op) {
  auto check = [&](StringRef name, Value value, StringRef consequence) {
    auto type = dyn_cast<MemRefType>(value.getType());
    SmallVector<int64_t> strides;
    int64_t offset;
    if (!type || type.getRank() == 0 || type.getShape().back() == 1 ||
        failed(type.getStridesAndOffset(strides, offset)) ||
        strides.back() == 1)
      return;
    std::string stride = ShapedType::isDynamic(strides.back())
                             ? "may be other than 1"
                             : llvm::formatv("is {0}", strides.back()).str();
    op.emitWarning("innermost stride of the ")
        << name << " " << stride << ": its elements are " << consequence
        << " one by one";
    remark::missed(op.getLoc(), getRemarkOpts())
        << llvm::formatv("innermost stride of the {0} {1}", name, stride).str();
  };
  check("output", op.getInit(), "stored");
  for (auto [operand, map] :
       llvm::zip(op.getEpilogueOperands(),
                 op.getEpilogueMaps().getAsValueRange<AffineMapAttr>()))
    if (map.isIdentity())
      check("residual", operand, "loaded");
  // Scalars of the input are broadcast, unless vectors run over the groups.
  if (op.getDims().filterPos('g') >= 0)
    check("input", op.getInput(), "loaded");
}

namespace {

/// A convolution whose candidate is still to be taken.
struct Undecided {
  ConvOp op;
  Problem problem;
  Constraints limits;
  const CandidateList *list;
};

/// The convolutions of a function under a bound on their errors together.
struct ErrorGroup {
  std::vector<Undecided> undecided;
  /// The others, by their algorithm's error.
  SmallVector<std::pair<ConvOp, double>> decided;
};

/// By undecided convolution, what may be taken under bounds on its error.
using CandidateOptions = SmallVector<SmallVector<const Candidate *>>;

} // namespace

/// What the least errors of `group` leave of the bound.
static ErrorBudget makeBudget(const ErrorGroup &group,
                              const CandidateOptions &options, double bound) {
  ErrorBudget budget(bound);
  for (auto [it, candidates] : llvm::zip_equal(group.undecided, options))
    budget.add(getSumVariance(it.problem), candidates.back()->getError());
  for (auto [op, error] : group.decided)
    budget.add(getSumVariance(Problem::fromOp(op)), error);
  return budget;
}

/// A variable for each convolution: which of its candidates it takes.
static CostNetwork makeNetwork(const CandidateOptions &options,
                               const ErrorBudget &budget) {
  CostNetwork network;
  network.setCapacity(ErrorBudget::kParts);
  for (auto [i, candidates] : llvm::enumerate(options)) {
    SmallVector<double> cycles, errors;
    for (const Candidate *candidate : candidates) {
      cycles.push_back(candidate->getWeighedCycles());
      errors.push_back(candidate->getError());
    }
    unsigned variable = network.addVariable(candidates.size());
    network.addCost(variable, cycles);
    network.addWeight(variable, budget.getWeights(i, errors));
  }
  return network;
}

namespace {

struct ConvAutotunePass : conv::impl::ConvAutotunePassBase<ConvAutotunePass> {
  using ConvAutotunePassBase::ConvAutotunePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(readOptions(module)))
      return signalPassFailure();
    SmallVector<ConvOp> ops;
    module.walk([&](ConvOp op) { ops.push_back(op); });
    if (ops.empty())
      return;
    groups.clear();
    budgets.clear();
    lists = {};
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model) {
      module.emitError(llvm::toString(model.takeError()));
      return signalPassFailure();
    }
    MachineAttr machine = model->toAttr(&getContext());
    module->setAttr("conv.machine", machine);
    remark::analysis(module.getLoc(), getRemarkOpts())
        << llvm::formatv("machine '{0}', {1}; rates: {2}", model->cpu,
                         model->triple, model->getRatesSource())
               .str();
    if (model->hasBaselinePipeline())
      remark::missed(module.getLoc(), getRemarkOpts())
          << llvm::formatv("takes {0} multiplication and addition of {1} lanes "
                           "per cycle: {2}; n-fma= l-fma= n-vec= n-reg= "
                           "describe another machine",
                           model->nFma.value, model->nVec.value,
                           model->nFma.source)
                 .str();
    machine = getTeamMachine(machine, module);
    if (!records.empty()) {
      auto loaded = RecordedChoices::load(records, *model, &getContext());
      if (!loaded) {
        // Not the module's fault: no need to print it.
        emitError(module.getLoc(), llvm::toString(loaded.takeError()));
        return signalPassFailure();
      }
      recorded.emplace(std::move(*loaded));
    }
    for (auto [op, number] : llvm::zip(ops, classifyConvolutions(ops)))
      classes[op] = number;
    if (constraints.networkMemory && failed(boundMemory(ops, machine)))
      return signalPassFailure();
    for (ConvOp op : ops)
      if (failed(decide(op, machine)))
        return signalPassFailure();
    for (auto &[scope, group] : groups)
      if (failed(decideTogether(scope, group, machine)))
        return signalPassFailure();
  }

private:
  LogicalResult readOptions(ModuleOp module) {
    llvm::Expected<Constraints> parsed =
        parseConstraints(algorithm, exclude, form, maxWorkspace, accuracy,
                         networkAccuracy, networkMemory);
    if (!parsed)
      return module.emitError(llvm::toString(parsed.takeError()));
    constraints = std::move(*parsed);
    return success();
  }

  /// The constraints with the algorithm forced on `op`, if one is.
  FailureOr<Constraints> getConstraints(ConvOp op) {
    Constraints result = constraints;
    if (Attribute attr = op->getDiscardableAttr("conv.algorithm")) {
      auto name = dyn_cast<StringAttr>(attr);
      if (!name || !isAlgorithmName(name))
        return op.emitOpError("conv.algorithm = ")
                   << attr << " is not the name of an algorithm (known: auto, "
                   << listAlgorithmNames() << ")",
               failure();
      result.algorithm = name.str();
    }
    auto budget = budgets.find(getScope(op));
    if (budget == budgets.end())
      return result;
    int64_t live = budget->second.getLiveBytes(op);
    if (live > *constraints.networkMemory)
      return op.emitOpError("is among values of ")
                 << live << " bytes, network-memory is "
                 << *constraints.networkMemory,
             failure();
    result.leave(std::max<int64_t>(budget->second.getRoom(op), 0));
    return result;
  }

  /// The function of `op`, or the module.
  Operation *getScope(ConvOp op) {
    Operation *scope = op->getParentOfType<FunctionOpInterface>();
    return scope ? scope : getOperation();
  }

  /// What has a bound on the errors of `op` together with others.
  ErrorGroup &getGroup(ConvOp op) { return groups[getScope(op)]; }

  /// What `op` can be computed by.
  const CandidateList &getCandidates(ConvOp op, const Problem &problem,
                                     MachineAttr machine,
                                     const Constraints &limits) {
    Constraints own = limits;
    own.maxWorkspace = constraints.maxWorkspace;
    own.isRoom = false;
    return lists.get(classes.lookup(op), own, limits,
                     [&](const Constraints &bounds) {
                       return enumerateForOp(op, problem, machine, bounds);
                     });
  }

  /// The most bytes of workspace that may be decided on for `op`.
  FailureOr<int64_t> getLargestWorkspace(ConvOp op, MachineAttr machine) {
    Problem problem = Problem::fromOp(op);
    if (ScheduleAttr given = op.getScheduleAttr())
      return getWorkspaceBytes(problem, given);
    FailureOr<Constraints> limits = getConstraints(op);
    if (failed(limits))
      return failure();
    const CandidateList &list = getCandidates(op, problem, machine, *limits);
    // Which one it will be depends on the others' errors.
    int64_t most = 0;
    for (const Candidate *candidate :
         list.getChoices(limits->networkAccuracy.has_value()))
      most = std::max(most, candidate->workspace);
    return most;
  }

  /// What each of `ops` takes at most.
  FailureOr<Workspaces> getWorkspaces(ArrayRef<ConvOp> ops,
                                      MachineAttr machine) {
    Workspaces workspaces;
    for (ConvOp op : ops) {
      FailureOr<int64_t> bytes = getLargestWorkspace(op, machine);
      if (failed(bytes))
        return failure();
      workspaces.emplace_back(op, *bytes);
    }
    return workspaces;
  }

  /// Finds out how much memory the values of each function leave to its
  /// convolutions.
  LogicalResult boundMemory(ArrayRef<ConvOp> ops, MachineAttr machine) {
    llvm::MapVector<Operation *, SmallVector<ConvOp>> scopes;
    for (ConvOp op : ops)
      scopes[getScope(op)].push_back(op);
    for (auto &[scope, members] : scopes)
      if (auto func = dyn_cast<FunctionOpInterface>(scope))
        if (failed(boundMemory(func, members, machine)))
          return failure();
    return success();
  }

  LogicalResult boundMemory(FunctionOpInterface func, ArrayRef<ConvOp> ops,
                            MachineAttr machine) {
    int64_t bound = *constraints.networkMemory;
    MemoryBudget &budget =
        budgets.try_emplace(func.getOperation(), func, bound).first->second;
    // Twice as much each time, so that few times are enough.
    int64_t lowered = 0;
    for (int64_t times = 1;; times *= 2) {
      FailureOr<Workspaces> workspaces = getWorkspaces(ops, machine);
      if (failed(workspaces))
        return failure();
      int64_t wasted = budget.place(*workspaces) - bound;
      if (wasted <= 0)
        break;
      // What a given schedule takes is not to be lowered.
      bool any = false, anyGiven = false;
      for (auto &[op, bytes] : *workspaces)
        if (bytes > 0)
          (cast<ConvOp>(op).getScheduleAttr() ? anyGiven : any) = true;
      if (!any)
        return func.emitError("its values ")
               << (anyGiven ? "and the workspaces of schedules that are given "
                            : "")
               << "take " << bound + wasted
               << " bytes at once, network-memory is " << bound;
      budget.lower(times * wasted);
      lowered += times * wasted;
    }
    if (lowered != 0 && failed(giveBack(budget, ops, lowered, bound, machine)))
      return failure();
    func->setAttr(kNetworkMemoryAttr,
                  Builder(&getContext()).getI64IntegerAttr(bound));
    return success();
  }

  /// Gives convolutions back what was taken from all of them, or half of it,
  /// as far as one arena of `bound` bytes still holds everything: not all of
  /// them meet what is in the way.
  LogicalResult giveBack(MemoryBudget &budget, ArrayRef<ConvOp> ops,
                         int64_t lowered, int64_t bound, MachineAttr machine) {
    FailureOr<Workspaces> largest = getWorkspaces(ops, machine);
    if (failed(largest))
      return failure();
    Workspaces &workspaces = *largest;
    for (auto [i, op] : llvm::enumerate(ops)) {
      int64_t before = workspaces[i].second;
      for (int64_t bytes : {lowered, lowered / 2}) {
        budget.giveBack(op, bytes);
        FailureOr<int64_t> more = getLargestWorkspace(op, machine);
        if (failed(more))
          return failure();
        workspaces[i].second = *more;
        if (budget.place(workspaces) <= bound)
          break;
        workspaces[i].second = before;
        budget.giveBack(op, 0);
      }
    }
    return success();
  }

  /// Writes the decision on `op`, or puts it off where it depends on those on
  /// others.
  LogicalResult decide(ConvOp op, MachineAttr machine) {
    Problem problem = Problem::fromOp(op);
    FailureOr<Constraints> limits = getConstraints(op);
    if (failed(limits))
      return failure();
    if (ScheduleAttr given = op.getScheduleAttr())
      return checkGiven(op, problem, machine, given, *limits);
    FailureOr<bool> measured = takeRecord(op, problem, machine, *limits);
    if (failed(measured) || *measured)
      return measured;
    const CandidateList &list = getCandidates(op, problem, machine, *limits);
    if (const Candidate *best = list.getBest()) {
      if (limits->networkAccuracy)
        getGroup(op).undecided.push_back({op, problem, *limits, &list});
      else
        take({op, problem, *limits, &list}, *best, machine);
      return success();
    }
    if (std::optional<int64_t> smallest = list.getSmallestWorkspace())
      return op.emitOpError("needs at least ")
             << *smallest << " bytes of workspace for " << problem.str()
             << (limits->isForced()
                     ? " by algorithm '" + limits->algorithm + "'"
                     : "")
             << ", " << limits->describeWorkspaceBound();
    if (limits->isForced())
      return op.emitOpError("algorithm '")
             << limits->algorithm << "' cannot compute " << problem.str()
             << ": " << list.obstacle;
    op.emitWarning("convolution ")
        << problem.str() << " is left to the plain lowering: " << list.obstacle;
    remark::missed(op.getLoc(), getRemarkOpts())
        << (problem.str() + ": " + list.obstacle);
    if (limits->networkAccuracy)
      getGroup(op).decided.push_back({op, /*error=*/1});
    return success();
  }

  /// What is decided apart from the others takes its part of the errors.
  void addDecided(ConvOp op, ScheduleAttr schedule) {
    if (constraints.networkAccuracy)
      getGroup(op).decided.push_back(
          {op, getRounding(schedule.getNamedAlgorithm()).value_or(1)});
  }

  /// Writes a candidate down.
  static void take(const Undecided &it, const Candidate &candidate,
                   MachineAttr machine) {
    ConvOp op = it.op;
    const Choice &choice = candidate.choice;
    op.setScheduleAttr(choice.schedule);
    explain(op, it.problem, machine, choice.schedule, choice.cost,
            llvm::formatv("{0} candidate tiles", it.list->numTiles).str());
    explainChoice(op, it.problem, *it.list, candidate, it.limits);
    warnAboutStrides(op);
  }

  /// Takes the candidates of a group that are fastest of all whose errors
  /// together are within the bound.
  LogicalResult decideTogether(Operation *scope, const ErrorGroup &group,
                               MachineAttr machine) {
    double bound = *constraints.networkAccuracy;
    CandidateOptions options;
    for (const Undecided &it : group.undecided)
      options.push_back(it.list->getChoices(/*boundsAllErrors=*/true));
    ErrorBudget budget = makeBudget(group, options, bound);
    if (!budget.isPossible())
      return scope->emitError("network-accuracy is ")
             << llvm::formatv("{0:F2}", bound).str()
             << ", but its convolutions have errors of at least "
             << llvm::formatv("{0:F2}", budget.getLeast()).str()
             << " times the plain sums' together";
    CostNetwork::Solution solution = makeNetwork(options, budget).solve();
    SmallVector<double> errors;
    double cycles = 0;
    for (auto [it, candidates, value] :
         llvm::zip_equal(group.undecided, options, solution.values)) {
      take(it, *candidates[value], machine);
      errors.push_back(candidates[value]->getError());
      cycles += candidates[value]->choice.cost.cycles;
    }
    llvm::append_range(errors, llvm::make_second_range(group.decided));
    remark::analysis(scope->getLoc(), getRemarkOpts())
        << llvm::formatv("errors of {0} convolutions together {1:F2} times the "
                         "plain sums', network-accuracy is {2:F2}; {3} chosen "
                         "together, predicted {4:F0} cycles{5}",
                         errors.size(), budget.getError(errors), bound,
                         options.size(), cycles,
                         solution.exact ? "" : "; not proven to be the least")
               .str();
    return success();
  }

  /// Writes the recorded schedule on `op`; false when there is none to take.
  FailureOr<bool> takeRecord(ConvOp op, const Problem &problem,
                             MachineAttr machine, const Constraints &limits) {
    // Records are of images of known sizes.
    if (!recorded || problem.hasUnknownImage())
      return false;
    // One that is taken before the others are known must not use their errors
    // up.
    Constraints alone = limits;
    if (std::exchange(alone.networkAccuracy, std::nullopt))
      alone.accuracy = std::min(alone.accuracy.value_or(1), 1.0);
    llvm::Expected<RecordedChoices::Choice> choice = recorded->find(op, alone);
    if (!choice)
      return op.emitOpError(llvm::toString(choice.takeError()));
    if (!choice->schedule) {
      remark::missed(op.getLoc(), getRemarkOpts())
          << (problem.str() + ": " + choice->text);
      return false;
    }
    op.setScheduleAttr(choice->schedule);
    addDecided(op, choice->schedule);
    machine = getMachineFor(choice->schedule, machine);
    explain(op, problem, machine, choice->schedule,
            estimateSchedule(problem, machine, choice->schedule), choice->text);
    warnAboutStrides(op);
    return true;
  }

  LogicalResult checkGiven(ConvOp op, const Problem &problem,
                           MachineAttr machine, ScheduleAttr given,
                           const Constraints &limits) {
    machine = getMachineFor(given, machine);
    Obstacle obstacle = findScheduleObstacle(problem, machine, given);
    if (!obstacle)
      obstacle = findFilterObstacle(op, given.getAlgorithm());
    if (obstacle)
      return op.emitOpError("schedule cannot be honoured: ") << *obstacle;
    if (limits.isForced() && !limits.forces(given.getNamedAlgorithm()))
      return op.emitOpError("has a schedule for algorithm '")
             << given.getAlgorithmName() << "' but algorithm '"
             << limits.algorithm << "' is forced";
    int64_t workspace = getWorkspaceBytes(problem, given);
    if (limits.maxWorkspace && workspace > *limits.maxWorkspace)
      return op.emitOpError("has a schedule that needs ")
             << workspace << " bytes of workspace, "
             << limits.describeWorkspaceBound();
    addDecided(op, given);
    explain(op, problem, machine, given,
            estimateSchedule(problem, machine, given), "schedule given");
    warnAboutStrides(op);
    return success();
  }

  Constraints constraints;
  std::optional<RecordedChoices> recorded;
  /// Networks repeat their layers: what is equal is compared once.
  DenseMap<Operation *, unsigned> classes;
  CandidateLists<unsigned> lists;
  /// By function, where its memory is bounded.
  DenseMap<Operation *, MemoryBudget> budgets;
  /// By function, in their order.
  llvm::MapVector<Operation *, ErrorGroup> groups;
};

} // namespace
