//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Tune/TuneReport.h"
#include "conv/Measure/Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace json = llvm::json;

TuneTable::TuneTable(llvm::raw_ostream &os, llvm::ArrayRef<TuneTask> tasks,
                     bool trials)
    : os(os), trials(trials) {
  for (const TuneTask &task : tasks)
    nameWidth = std::max(nameWidth, task.name.size());
}

void TuneTable::printHeader() {
  os << llvm::left_justify("name", nameWidth)
     << "  count  tried  model %  best %   gain      s  schedule\n";
  os.flush();
}

void TuneTable::printRow(const TuneTask &task, const TuneOutcome &outcome) {
  const TuningRecord &record = outcome.record;
  ++counts[outcome.status];
  numImproved += outcome.status == TuneOutcome::Tuned && record.speedup > 1;
  os << llvm::left_justify(task.name, nameWidth);
  if (outcome.status == TuneOutcome::Tuned ||
      outcome.status == TuneOutcome::Recorded)
    os << llvm::format(
        "  %5lld  %5lld  %7.1f  %6.1f  %5.2f  %5.1f  %s%s\n",
        static_cast<long long>(task.count),
        static_cast<long long>(record.numCandidates),
        100 * record.peakFraction / record.speedup, 100 * record.peakFraction,
        record.speedup, outcome.seconds,
        abbreviateSchedule(record.schedule).c_str(),
        outcome.status == TuneOutcome::Recorded ? " (recorded)" : "");
  else
    os << "  " << stringifyStatus(outcome.status)
       << (outcome.reason.empty() ? "" : ": ") << outcome.reason << "\n";
  if (trials) {
    for (const Trial &trial : outcome.trials)
      os << llvm::format("    %6.3f  ", trial.ratio) << trial.verdict << "  "
         << trial.schedule << "\n";
    if (outcome.confirmation > 0)
      os << llvm::format(
          "    %6.3f  the fastest against the model's pick, once more\n",
          outcome.confirmation);
  }
  os.flush();
}

void TuneTable::printSummary(double seconds) {
  os << llvm::formatv("{0} tuned, {1} of them faster than the model's pick; "
                      "{2} recorded before; {3:F1} s\n",
                      counts[TuneOutcome::Tuned], numImproved,
                      counts[TuneOutcome::Recorded], seconds);
  os.flush();
}

json::Object bench::toJSON(const TuneTask &task, const TuneOutcome &outcome) {
  json::Object object{{"name", task.name},
                      {"count", task.count},
                      {"status", stringifyStatus(outcome.status)},
                      {"seconds", outcome.seconds}};
  if (!outcome.reason.empty())
    object["reason"] = outcome.reason;
  const TuningRecord &record = outcome.record;
  if (!record.schedule.empty()) {
    object["schedule"] = record.schedule;
    object["model_schedule"] = record.modelSchedule;
    object["peak_fraction"] = record.peakFraction;
    object["speedup"] = record.speedup;
    object["candidates"] = record.numCandidates;
    object["workspace_bytes"] = record.workspaceBytes;
  }
  json::Array trials;
  for (const Trial &trial : outcome.trials)
    trials.push_back(json::Object{{"schedule", trial.schedule},
                                  {"verdict", trial.verdict},
                                  {"ratio", trial.ratio}});
  object["trials"] = std::move(trials);
  object["confirmation"] = outcome.confirmation;
  return object;
}

void bench::printModelPicks(llvm::raw_ostream &os,
                            llvm::ArrayRef<TuneTask> tasks,
                            const MachineModel &model, MLIRContext *context) {
  for (const TuneTask &task : tasks) {
    os << task.name << "  ";
    if (!task.obstacle.empty()) {
      os << "skipped: " << task.obstacle << "\n";
      continue;
    }
    auto constraints = task.limits.parse();
    auto module = buildKernel(task.spec, context);
    if (!constraints || failed(module)) {
      llvm::consumeError(constraints.takeError());
      continue;
    }
    (*module)->walk([&](ConvOp op) {
      CandidateList list = enumerateCandidates(
          Problem::fromOp(op), model.toAttr(context), *constraints, context);
      if (const Candidate *best = list.getBest())
        os << "model only: "
           << abbreviateSchedule(getScheduleText(best->choice.schedule))
           << "\n";
      else
        os << "skipped: "
           << (list.obstacle.empty() ? "nothing fits max-workspace"
                                     : list.obstacle)
           << "\n";
    });
  }
}
