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

#include "conv/Transforms/Passes.h"

#include "conv/Analysis/MachineModel.h"
#include "conv/Analysis/ScheduleModel.h"
#include "conv/IR/Conv.h"
#include "conv/Transforms/Algorithms.h"
#include "conv/Transforms/MachineOptionsUtils.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace mlir::conv {
#define GEN_PASS_DEF_CONVAUTOTUNEPASS
#include "conv/Transforms/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

static remark::RemarkOpts getRemarkOpts() {
  return remark::RemarkOpts::name("autotune").category("conv");
}

/// "14x2" or, with two rows, "2x7x2": pixels by vectors.
static std::string describeTile(ScheduleAttr schedule) {
  int64_t vectors = schedule.getCOb() / schedule.getNVec();
  if (schedule.getHOb() == 1)
    return llvm::formatv("{0}x{1}", schedule.getWOb(), vectors);
  return llvm::formatv("{0}x{1}x{2}", schedule.getHOb(), schedule.getWOb(),
                       vectors);
}

static void explain(ConvOp op, const Problem &problem, MachineAttr machine,
                    ScheduleAttr schedule, const Cost &cost,
                    StringRef candidates) {
  double percent = 100 * cost.fmaCycles / cost.cycles;
  remark::analysis(op.getLoc(), getRemarkOpts())
      << llvm::formatv(
             "{0}: {1}, {2}; register tile {3} (C_ob = {4}, W_ob = {5}), {6} "
             "of {7} vector registers, limited by {8}; predicted {9:F0} cycles "
             "= {10:F1} % of the FMA peak",
             problem.str(), stringifyAlgorithm(schedule.getAlgorithm()),
             candidates, describeTile(schedule), schedule.getCOb(),
             schedule.getWOb(), cost.registers, machine.getNReg(),
             stringifyResource(cost.limit), cost.cycles, percent)
             .str();
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
    llvm::Expected<MachineModel> model =
        resolveMachine(getMachineOptions(*this), module);
    if (!model) {
      module.emitError(llvm::toString(model.takeError()));
      return signalPassFailure();
    }
    MachineAttr machine = model->toAttr(&getContext());
    module->setAttr("conv.machine", machine);
    for (ConvOp op : ops)
      if (failed(decide(op, machine)))
        return signalPassFailure();
  }

private:
  /// A combination that was considered.
  struct Candidate {
    Choice choice;
    int64_t workspace = 0;
  };

  LogicalResult readOptions(ModuleOp module) {
    auto isKnown = [](StringRef name) {
      return name == "mec" || symbolizeAlgorithm(name);
    };
    if (algorithm != "auto" && !isKnown(algorithm))
      return module.emitError("unknown algorithm '") << algorithm << "'";
    excluded.clear();
    for (StringRef name : exclude) {
      if (!isKnown(name))
        return module.emitError("unknown algorithm '")
               << name << "' to exclude";
      if (name == "mec")
        excluded.append({Algorithm::MecA, Algorithm::MecB});
      else
        excluded.push_back(*symbolizeAlgorithm(name));
    }
    forms = {Form::Banded, Form::Whole};
    if (!form.empty()) {
      std::optional<Form> only = symbolizeForm(form);
      if (!only)
        return module.emitError("unknown form '")
               << form << "' (known: whole, banded)";
      forms = {*only};
    }
    bound.reset();
    if (!maxWorkspace.empty()) {
      StringRef text = maxWorkspace;
      int64_t unit = 1;
      if (text.consume_back("KiB"))
        unit = int64_t(1) << 10;
      else if (text.consume_back("MiB"))
        unit = int64_t(1) << 20;
      else if (text.consume_back("GiB"))
        unit = int64_t(1) << 30;
      int64_t count;
      if (text.trim().getAsInteger(10, count) || count < 0 ||
          count > std::numeric_limits<int64_t>::max() / unit)
        return module.emitError("max-workspace: '")
               << maxWorkspace << "' is not a number of bytes, KiB, MiB or GiB";
      bound = count * unit;
    }
    return success();
  }

  /// The algorithm forced on `op`, "auto" when none is.
  FailureOr<StringRef> getForced(ConvOp op) {
    Attribute attr = op->getDiscardableAttr("conv.algorithm");
    if (!attr)
      return StringRef(algorithm);
    auto name = dyn_cast<StringAttr>(attr);
    if (!name || (name != "auto" && name != "mec" && !symbolizeAlgorithm(name)))
      return op.emitOpError("conv.algorithm = ")
                 << attr << " is not the name of an algorithm",
             failure();
    return name.getValue();
  }

  LogicalResult decide(ConvOp op, MachineAttr machine) {
    Problem problem = Problem::fromOp(op);
    FailureOr<StringRef> forcedName = getForced(op);
    if (failed(forcedName))
      return failure();
    bool forced = *forcedName != "auto";
    if (ScheduleAttr given = op.getScheduleAttr())
      return checkGiven(op, problem, machine, given, *forcedName);
    Obstacle obstacle;
    if (!op.getOutputType().getElementType().isF32())
      obstacle = "element type is not f32";
    else
      obstacle = conv::findObstacle(problem, machine, ScheduleAttr());
    std::optional<Candidate> best;
    std::optional<int64_t> smallest;
    size_t numCandidates = 0;
    if (!obstacle) {
      std::optional<Algorithm> only;
      if (forced)
        only = *forcedName == "mec" ? chooseMec(problem)
                                    : *symbolizeAlgorithm(*forcedName);
      for (const AlgorithmInfo &info : getAlgorithms()) {
        // The plain loops are for comparison.
        if (only ? info.algorithm != *only
                 : info.algorithm == Algorithm::Naive ||
                       llvm::is_contained(excluded, info.algorithm))
          continue;
        // MEC's arrangement is the paper's rule unless one is asked for.
        if (!only &&
            (info.algorithm == Algorithm::MecA ||
             info.algorithm == Algorithm::MecB) &&
            info.algorithm != chooseMec(problem))
          continue;
        for (Form form : forms) {
          // What has no transformation is the same in both forms.
          if (form == Form::Banded && !info.hasBandedForm) {
            if (forms.size() > 1)
              continue;
            if (only && getWholeOnly(info.algorithm)) {
              obstacle = llvm::formatv("algorithm '{0}' has no banded form",
                                       stringifyAlgorithm(info.algorithm));
              continue;
            }
            if (getWholeOnly(info.algorithm))
              continue;
            form = Form::Whole;
          }
          Candidate candidate;
          candidate.choice = chooseFor(problem, machine, info.algorithm, form,
                                       &getContext(), bound);
          if (Obstacle reason = findScheduleObstacle(
                  problem, machine, candidate.choice.schedule)) {
            if (!obstacle)
              obstacle = reason;
            continue;
          }
          candidate.workspace =
              getWorkspaceBytes(problem, candidate.choice.schedule);
          numCandidates += candidate.choice.numCandidates;
          if (!smallest || candidate.workspace < *smallest)
            smallest = candidate.workspace;
          if (bound && candidate.workspace > *bound)
            continue;
          if (!best || candidate.choice.cost.cycles < best->choice.cost.cycles)
            best = candidate;
        }
      }
      if (!smallest && !obstacle)
        obstacle = "every algorithm is excluded";
    }
    if (!best && smallest)
      return op.emitOpError("needs at least ")
             << *smallest << " bytes of workspace for " << problem.str()
             << (forced ? " by algorithm '" + forcedName->str() + "'" : "")
             << ", max-workspace is " << *bound;
    if (!best) {
      if (forced)
        return op.emitOpError("algorithm '")
               << *forcedName << "' cannot compute " << problem.str() << ": "
               << *obstacle;
      op.emitWarning("convolution ")
          << problem.str() << " is left to the plain lowering: " << *obstacle;
      remark::missed(op.getLoc(), getRemarkOpts())
          << (problem.str() + ": " + *obstacle);
      return success();
    }
    op.setScheduleAttr(best->choice.schedule);
    explain(op, problem, machine, best->choice.schedule, best->choice.cost,
            llvm::formatv("{0} candidate tiles", numCandidates).str());
    return success();
  }

  /// Algorithms whose buffers cannot be divided, as opposed to those without.
  static bool getWholeOnly(Algorithm algorithm) {
    switch (algorithm) {
    case Algorithm::Naive:
    case Algorithm::Direct:
    case Algorithm::Kn2rowAa:
      return false;
    default:
      return !getAlgorithmInfo(algorithm).hasBandedForm;
    }
  }

  LogicalResult checkGiven(ConvOp op, const Problem &problem,
                           MachineAttr machine, ScheduleAttr given,
                           StringRef forced) {
    if (Obstacle obstacle = findScheduleObstacle(problem, machine, given))
      return op.emitOpError("schedule cannot be honoured: ") << *obstacle;
    bool isMec = given.getAlgorithm() == Algorithm::MecA ||
                 given.getAlgorithm() == Algorithm::MecB;
    if (forced != "auto" && !(forced == "mec" && isMec) &&
        symbolizeAlgorithm(forced) != given.getAlgorithm())
      return op.emitOpError("has a schedule for algorithm '")
             << stringifyAlgorithm(given.getAlgorithm()) << "' but algorithm '"
             << forced << "' is forced";
    int64_t workspace = getWorkspaceBytes(problem, given);
    if (bound && workspace > *bound)
      return op.emitOpError("has a schedule that needs ")
             << workspace << " bytes of workspace, max-workspace is " << *bound;
    RegisterTile tile{given.getHOb(), given.getWOb(),
                      given.getCOb() / given.getNVec()};
    Problem contraction =
        getAlgorithmInfo(given.getAlgorithm()).getContraction(problem);
    Cost cost = estimate(contraction, machine, tile);
    cost.cycles += estimateTransformation(problem, machine, given);
    explain(op, problem, machine, given, cost, "schedule given");
    return success();
  }

  SmallVector<Algorithm> excluded;
  SmallVector<Form> forms;
  std::optional<int64_t> bound;
};

} // namespace
