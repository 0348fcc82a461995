//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The pass that writes down what was decided and what else was possible.
/// Decides nothing: the schedules are those on the operations, the alternatives
/// those --conv-autotune compares.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Passes.h"

#include "MemoryBudget.h"
#include "conv/Decide/Candidates.h"
#include "conv/Decide/ErrorBudget.h"
#include "conv/Decide/LoopNest.h"
#include "conv/Decide/RecordStore.h"
#include "conv/IR/Conv.h"
#include "conv/Machine/Instructions.h"
#include "conv/Machine/MachineOptionsUtils.h"
#include "conv/Schedule/Parts.h"
#include "conv/Schedule/Roofline.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/ToolOutputFile.h"

#include <cmath>

namespace mlir::conv {
#define GEN_PASS_DEF_CONVREPORTPASS
#include "conv/Decide/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

/// "file:line:column" where there is one, else what the location prints as.
static std::string describe(Location loc) {
  FileLineColLoc file;
  loc->walk([&](Location inner) {
    file = dyn_cast<FileLineColLoc>(inner);
    return file ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (file)
    return llvm::formatv("{0}:{1}:{2}", file.getFilename().getValue(),
                         file.getLine(), file.getColumn());
  std::string text;
  llvm::raw_string_ostream(text) << loc;
  return text;
}

/// The indices of the candidates no other beats in both time and workspace, by
/// time.
static SmallVector<size_t> getParetoFront(ArrayRef<double> times,
                                          ArrayRef<Candidate> candidates) {
  auto order = llvm::to_vector(llvm::seq<size_t>(0, candidates.size()));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tuple(times[a], candidates[a].workspace, a) <
           std::tuple(times[b], candidates[b].workspace, b);
  });
  SmallVector<size_t> front;
  for (size_t i : order)
    if (front.empty() ||
        candidates[i].workspace < candidates[front.back()].workspace)
      front.push_back(i);
  return front;
}

namespace {

class ReportWriter {
public:
  ReportWriter(llvm::json::OStream &json, MachineAttr machine,
               const Constraints &constraints, int64_t clockMHz)
      : json(json), machine(machine), constraints(constraints),
        clockMHz(clockMHz) {}

  /// `members` differ in nothing but the values they take; `measured` is what
  /// was measured of them on this machine.
  void writeConvolution(ArrayRef<ConvOp> members, const RecordMatch &measured);
  void writeMachine();
  int64_t getLargestWorkspace() const { return largestWorkspace; }

private:
  /// A number with the digits that mean something; null where there is none.
  void writeNumber(StringRef name, std::optional<double> value) {
    json.attributeBegin(name);
    if (value && std::isfinite(*value))
      json.rawValue(llvm::formatv("{0}", llvm::format("%.6g", *value)).str());
    else
      json.value(nullptr);
    json.attributeEnd();
  }
  void writePrediction(ScheduleAttr schedule, const Cost &cost,
                       int64_t workspace, const RecordMatch &measured);
  void writeMeasured(const RecordMatch &measured);
  void writeChosen(const Problem &problem, ScheduleAttr schedule,
                   const Cost &cost, const RecordMatch &measured);
  void writeRoofline(ConvOp op, const Problem &problem,
                     std::optional<Cost> chosen);

  llvm::json::OStream &json;
  MachineAttr machine;
  const Constraints &constraints;
  int64_t clockMHz;
  int64_t largestWorkspace = 0;
};

} // namespace

void ReportWriter::writeMachine() {
  json.attributeObject("machine", [&] {
    json.attribute("n_fma", machine.getNFma());
    json.attribute("l_fma", machine.getLFma());
    json.attribute("n_vec", machine.getNVec());
    json.attribute("n_reg", machine.getNReg());
    json.attribute("loads", machine.getLoads());
    json.attribute("broadcast", stringifyBroadcast(machine.getBroadcast()));
    json.attribute("l1", machine.getL1());
    json.attribute("l1_ways", machine.getL1Ways());
    json.attribute("l2", machine.getL2());
    json.attribute("l3", machine.getL3());
    json.attribute("threads", machine.getThreads());
    json.attribute("clock_mhz", clockMHz ? llvm::json::Value(clockMHz)
                                         : llvm::json::Value(nullptr));
    json.attribute("peak_flops_per_cycle",
                   2 * machine.getNVec() * machine.getNFma());
    MachineRatesAttr rates = machine.getRates();
    json.attributeObject("rates", [&] {
      for (auto [info, value] :
           llvm::zip(getRateInfos(), rates.getValues().asArrayRef()))
        json.attribute(info.name, value);
    });
    json.attribute("rates_source", rates.getSource());
  });
}

/// The measured time of a schedule: the fastest one's, or that of the one the
/// model had picked, which the fastest was compared with.
static std::optional<double> findTime(const RecordMatch &measured,
                                      StringRef schedule) {
  std::optional<double> time;
  for (const TuningRecord &record : measured.records)
    for (auto [text, ms] :
         {std::pair<StringRef, double>(record.schedule, record.ms),
          std::pair<StringRef, double>(record.modelSchedule,
                                       record.ms * record.speedup)})
      if (text == schedule && ms < time.value_or(ms + 1))
        time = ms;
  return time;
}

void ReportWriter::writeMeasured(const RecordMatch &measured) {
  json.attributeArray("measured", [&] {
    for (const TuningRecord &record : measured.records)
      json.object([&] {
        json.attribute("schedule", record.schedule);
        writeNumber("ms", record.ms);
        writeNumber("peak_fraction", record.peakFraction);
        json.attribute("workspace_bytes", record.workspaceBytes);
        json.attribute("model_schedule", record.modelSchedule);
        writeNumber("speedup", record.speedup);
        json.attribute("limits", record.limits);
      });
  });
}

/// Fields that candidates and the chosen schedule have in common.
void ReportWriter::writePrediction(ScheduleAttr schedule, const Cost &cost,
                                   int64_t workspace,
                                   const RecordMatch &measured) {
  json.attribute("algorithm", schedule.getAlgorithmName());
  json.attribute("form", stringifyForm(schedule.getForm()));
  json.attribute("schedule", getScheduleText(schedule));
  json.attribute("threads", schedule.getThreads());
  json.attribute("predicted_cycles", std::llround(cost.cycles));
  std::optional<double> milliseconds;
  if (clockMHz)
    milliseconds = cost.cycles / schedule.getThreads() / (1e3 * clockMHz);
  writeNumber("predicted_ms", milliseconds);
  writeNumber("measured_ms", findTime(measured, getScheduleText(schedule)));
  writeNumber("predicted_peak_fraction", cost.fmaCycles / cost.cycles);
  json.attribute("workspace_bytes", workspace);
  writeNumber("error", getRounding(schedule.getNamedAlgorithm()));
}

void ReportWriter::writeChosen(const Problem &problem, ScheduleAttr schedule,
                               const Cost &cost, const RecordMatch &measured) {
  json.attributeObject("chosen", [&] {
    int64_t workspace = getWorkspaceBytes(problem, schedule);
    largestWorkspace = std::max(largestWorkspace, workspace);
    writePrediction(schedule, cost, workspace, measured);
    auto writeTile = [&](ScheduleAttr part) {
      json.attribute("h_ob", part.getHOb());
      json.attribute("w_ob", part.getWOb());
      json.attribute("c_ob", part.getCOb());
    };
    json.attributeObject("register_tile", [&] {
      writeTile(schedule);
      json.attribute("registers", cost.registers);
    });
    json.attributeArray("parts", [&] {
      if (schedule.getParts().empty())
        return;
      for (const ProblemPart &part : divideIntoParts(problem, schedule))
        json.object([&] {
          json.attribute("channels", part.problem.k);
          json.attribute("vector",
                         stringifyVectorIterator(part.schedule.getVector()));
          writeTile(part.schedule);
          writeNumber(
              "predicted_cycles",
              estimateSchedule(part.problem, machine, part.schedule).cycles);
        });
    });
    json.attribute("limited_by", stringifyResource(cost.limit));
    json.attributeArray("loop_nest", [&] {
      for (const std::string &line : drawLoopNest(problem, schedule))
        json.value(line);
    });
  });
}

void ReportWriter::writeRoofline(ConvOp op, const Problem &problem,
                                 std::optional<Cost> chosen) {
  Problem computed = problem;
  MachineAttr used = machine;
  if (ScheduleAttr schedule = op.getScheduleAttr()) {
    computed.fma = findInstruction(schedule);
    used = getMachineFor(schedule, machine);
  }
  Roofline roof = getRoofline(op, computed, used);
  json.attributeObject("roofline", [&] {
    json.attribute("flops", std::llround(roof.flops));
    json.attribute("compulsory_bytes", std::llround(roof.bytes));
    writeNumber("flops_per_byte", roof.getIntensity());
    writeNumber("bytes_per_cycle", roof.bytesPerCycle);
    writeNumber("attainable_flops_per_cycle", roof.getAttainable());
    std::optional<double> reached;
    if (chosen)
      reached = roof.flops / chosen->cycles;
    writeNumber("chosen_flops_per_cycle", reached);
    json.attribute("bound", roof.isMemoryBound() ? "memory" : "compute");
  });
}

void ReportWriter::writeConvolution(ArrayRef<ConvOp> members,
                                    const RecordMatch &measured) {
  ConvOp op = members.front();
  Problem problem = Problem::fromOp(op);
  ScheduleAttr schedule = op.getScheduleAttr();
  MachineAttr shared = getTeamMachine(machine, op->getParentOfType<ModuleOp>());
  CandidateList list = enumerateForOp(op, problem, shared, constraints);
  bool isKnown = !list.candidates.empty() || !list.refusals.empty();

  json.objectBegin();
  json.attribute("problem", problem.str());
  json.attribute("layout",
                 (op.getDims().getInput() + " x " + op.getDims().getFilter() +
                  " -> " + op.getDims().getOutput())
                     .str());
  json.attribute("count", static_cast<int64_t>(members.size()));
  json.attributeArray("uses", [&] {
    for (ConvOp member : members)
      json.object([&] {
        if (auto function = member->getParentOfType<FunctionOpInterface>())
          json.attribute("function", function.getName());
        json.attribute("location", describe(member.getLoc()));
      });
  });

  std::optional<Cost> chosen;
  if (schedule) {
    chosen =
        estimateSchedule(problem, getMachineFor(schedule, machine), schedule);
    for (const Candidate &candidate : list.candidates)
      if (candidate.choice.schedule == schedule)
        chosen = candidate.choice.cost;
    writeChosen(problem, schedule, *chosen, measured);
  } else {
    json.attribute("chosen", nullptr);
    json.attribute("obstacle", list.obstacle);
  }

  json.attributeArray("candidates", [&] {
    for (const Candidate &candidate : list.candidates)
      json.object([&] {
        writePrediction(candidate.choice.schedule, candidate.choice.cost,
                        candidate.workspace, measured);
        json.attribute("fits", candidate.fits);
      });
  });
  json.attributeArray("refusals", [&] {
    for (const Refusal &refusal : list.refusals)
      json.object([&] {
        json.attribute("algorithm", refusal.algorithm.getName());
        json.attribute("reason", refusal.reason);
      });
  });
  SmallVector<double> times;
  for (const Candidate &candidate : list.candidates)
    times.push_back(candidate.choice.getElapsed());
  json.attributeArray("pareto", [&] {
    for (size_t i : getParetoFront(times, list.candidates))
      json.value(static_cast<int64_t>(i));
  });
  writeMeasured(measured);
  if (isKnown)
    writeRoofline(op, problem, chosen);
  else
    json.attribute("roofline", nullptr);
  json.objectEnd();
}

/// The errors of each function's convolutions together.
static void writeErrors(llvm::json::OStream &json, ModuleOp module) {
  json.attributeArray("errors", [&] {
    module.walk([&](FunctionOpInterface function) {
      ErrorBudget errors(/*bound=*/1);
      bool any = false;
      function->walk([&](ConvOp op) {
        ScheduleAttr schedule = op.getScheduleAttr();
        std::optional<double> error;
        if (schedule)
          error = getRounding(schedule.getNamedAlgorithm());
        errors.add(getSumVariance(Problem::fromOp(op)), error.value_or(1));
        any = true;
      });
      if (any)
        json.object([&] {
          json.attribute("function", function.getName());
          json.attribute("error", errors.getLeast());
        });
    });
  });
}

/// The memory of each function's values and workspaces together.
static void writeMemory(llvm::json::OStream &json, ModuleOp module) {
  json.attributeArray("memory", [&] {
    module.walk([&](FunctionOpInterface function) {
      Workspaces workspaces;
      function->walk([&](ConvOp op) {
        ScheduleAttr schedule = op.getScheduleAttr();
        workspaces.emplace_back(
            op,
            schedule ? getWorkspaceBytes(Problem::fromOp(op), schedule) : 0);
      });
      if (!workspaces.empty())
        json.object([&] {
          json.attribute("function", function.getName());
          json.attribute("bytes",
                         MemoryBudget(function, /*bytes=*/0).place(workspaces));
        });
    });
  });
}

namespace {
/// Operations that differ in nothing but the values they take, by the number of
/// their class.
using ConvolutionClasses = llvm::MapVector<unsigned, SmallVector<ConvOp>>;

struct ConvReportPass : conv::impl::ConvReportPassBase<ConvReportPass> {
  using ConvReportPassBase::ConvReportPassBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run() {
    ModuleOp module = getOperation();
    llvm::Expected<Constraints> constraints = parseConstraints(
        "auto", {}, "", maxWorkspace, accuracy, networkAccuracy);
    if (!constraints)
      return module.emitError(llvm::toString(constraints.takeError()));
    if (clockMHz < 0)
      return module.emitError("clock-mhz must not be negative");
    SmallVector<ConvOp> ops;
    module.walk([&](ConvOp op) { ops.push_back(op); });
    auto machine = module->getAttrOfType<MachineAttr>("conv.machine");
    if (!machine && !ops.empty())
      return module.emitError("has no conv.machine: run --conv-autotune before "
                              "--conv-report");

    ConvolutionClasses classes;
    for (auto [op, number] : llvm::zip(ops, classifyConvolutions(ops)))
      classes[number].push_back(op);
    auto measured = findMeasured(module, classes);
    if (!measured)
      return module.emitError(llvm::toString(measured.takeError()));

    std::string message;
    std::unique_ptr<llvm::ToolOutputFile> output =
        openOutputFile(file, &message);
    if (!output)
      return module.emitError("cannot write the report: ") << message;
    write(output->os(), machine, *constraints, classes, *measured);
    output->os().flush();
    if (std::error_code error = output->os().error()) {
      output->os().clear_error();
      return module.emitError("cannot write the report: '")
             << file << "': " << error.message();
    }
    output->keep();
    return success();
  }

  /// What the records say of each class; nothing without records.
  llvm::Expected<std::vector<RecordMatch>>
  findMeasured(ModuleOp module, const ConvolutionClasses &classes) {
    std::vector<RecordMatch> matches(classes.size());
    if (records.empty())
      return matches;
    auto store = RecordStore::open(records);
    if (!store)
      return store.takeError();
    auto model = resolveMachine(getMachineOptions(*this), module);
    if (!model)
      return model.takeError();
    for (auto [match, entry] : llvm::zip(matches, classes)) {
      auto found = (*store)->find(makeRecordKey(entry.second.front(), *model));
      if (!found)
        return found.takeError();
      match = std::move(*found);
    }
    return matches;
  }

  void write(raw_ostream &os, MachineAttr machine,
             const Constraints &constraints, const ConvolutionClasses &classes,
             ArrayRef<RecordMatch> measured) {
    llvm::json::OStream json(os, /*IndentSize=*/2);
    ReportWriter writer(json, machine, constraints, clockMHz);
    json.object([&] {
      json.attribute("version", 1);
      if (machine)
        writer.writeMachine();
      else
        json.attribute("machine", nullptr);
      json.attribute("max_workspace_bytes",
                     constraints.maxWorkspace
                         ? llvm::json::Value(*constraints.maxWorkspace)
                         : llvm::json::Value(nullptr));
      json.attributeArray("convolutions", [&] {
        for (auto [entry, match] : llvm::zip(classes, measured))
          writer.writeConvolution(entry.second, match);
      });
      writeErrors(json, getOperation());
      writeMemory(json, getOperation());
      json.attribute("largest_workspace_bytes", writer.getLargestWorkspace());
    });
    os << "\n";
  }
};

} // namespace
