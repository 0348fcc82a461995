//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BoardSearch.h"

#include "SearchPolicy.h"
#include "SearchTask.h"

#include "conv/Measure/Board.h"
#include "conv/Measure/CompiledKernel.h"
#include "conv/Measure/Probe.h"
#include "conv/Tune/Neighbours.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// Candidates of one job, the pick and the fastest so far aside: few, so that a
/// search ends in time, and some, since each job has its way to the board.
static constexpr size_t kCandidatesPerJob = 8;
/// Seconds that a job takes beside what its candidates do.
static constexpr double kJobSeconds = 1;

namespace {
class BoardSearch {
public:
  BoardSearch(const TuneRequest &request, StageFunction stage,
              TuneResult &result)
      : request(request), stage(stage), result(result),
        context(createContext()) {}

  llvm::Error run();

private:
  llvm::Error prepare();
  llvm::Expected<BoardCandidate> compile(StringRef schedule);
  llvm::Error tryAll(ArrayRef<ScheduleAttr> schedules);
  llvm::Error finish();
  BoardJob makeJob() const;
  llvm::Expected<BoardAnswer> send(const BoardJob &job);
  llvm::Error tryTogether(ArrayRef<std::string> schedules,
                          std::vector<BoardCandidate> candidates);

  double getSecondsLeft() const {
    return std::chrono::duration<double>(request.deadline -
                                         std::chrono::steady_clock::now())
        .count();
  }
  bool isOver(size_t numWaiting = 0) const {
    if (request.maxCandidates &&
        result.trials.size() + numWaiting >= request.maxCandidates)
      return true;
    // What waits has to be tried, and the last comparison follows.
    return getSecondsLeft() <
           static_cast<double>(numWaiting + 1) * longestTrial + finalSeconds;
  }

  const TuneRequest &request;
  StageFunction stage;
  TuneResult &result;
  std::unique_ptr<MLIRContext> context;
  std::optional<SearchTask> task;
  uint64_t expected = 0;
  BoardCandidate pick;
  /// When another than the pick is the fastest.
  std::optional<BoardCandidate> best;
  double longestTrial = 0, finalSeconds = 0;
};
} // namespace

llvm::Expected<BoardCandidate> BoardSearch::compile(StringRef schedule) {
  stage("candidate " + schedule.str(), toJSON(result));
  MeasureRequest kernel;
  kernel.spec = request.spec;
  kernel.spec.schedule = schedule.str();
  kernel.cpu = request.cpu;
  kernel.machine = request.machine;
  CompileLog log;
  auto objects = compileKernel(kernel, context.get(), task->target, log);
  if (!objects)
    return objects.takeError();
  auto image = linkImage(*objects);
  if (!image)
    return image.takeError();
  BoardCandidate candidate;
  candidate.image = (*image)->getBuffer().str();
  if (!log.packed.empty())
    candidate.packedShape = log.packed.front().shape;
  return candidate;
}

BoardJob BoardSearch::makeJob() const {
  BoardJob job;
  job.spec = request.spec;
  job.expected = expected;
  job.candidates.push_back(pick);
  if (best) {
    job.candidates.push_back(*best);
    job.incumbent = 1;
  }
  job.maxBusy = request.maxBusy;
  job.seconds = std::max(getSecondsLeft() - finalSeconds, kJobSeconds);
  job.margin = kMargin;
  job.pairSeconds = kPairSeconds;
  job.hopeless = kHopeless;
  job.limitSeconds = kCandidateSeconds;
  return job;
}

/// Fails as well when the board did not do the job.
llvm::Expected<BoardAnswer> BoardSearch::send(const BoardJob &job) {
  auto answer = runOnBoard(request.board, job);
  if (!answer)
    return answer;
  result.host = answer->host;
  result.tooBusy = answer->status == "busy";
  if (answer->status != "done")
    return llvm::createStringError(answer->reason);
  if (answer->trials.size() != job.candidates.size() || answer->best < 0 ||
      answer->best >= static_cast<int64_t>(job.candidates.size()))
    return llvm::createStringError("the board answered another job");
  return answer;
}

llvm::Error BoardSearch::prepare() {
  auto start = std::chrono::steady_clock::now();
  auto prepared = prepareTask(request, context.get(), result);
  if (!prepared)
    return prepared.takeError();
  task = std::move(*prepared);
  if (!canJoinObjects(task->target))
    return llvm::createStringError("code for " + task->target.triple +
                                   " cannot be linked here: ld.lld is missing");
  KernelSpec spec = request.spec;
  spec.schedule.clear();
  expected = getDigest(ReferenceData(spec, /*withOutput=*/true).output);
  auto compiled = compile(result.modelSchedule);
  if (!compiled)
    return compiled.takeError();
  pick = std::move(*compiled);
  if (result.schedule != result.modelSchedule) {
    compiled = compile(result.schedule);
    if (!compiled)
      return compiled.takeError();
    best = std::move(*compiled);
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  longestTrial = took.count() + kPairSeconds;
  finalSeconds = kFinalPairSeconds + kRecordSeconds + kJobSeconds;
  return llvm::Error::success();
}

/// A job of candidates that were compiled.
llvm::Error BoardSearch::tryTogether(ArrayRef<std::string> schedules,
                                     std::vector<BoardCandidate> candidates) {
  if (candidates.empty())
    return llvm::Error::success();
  stage("board", toJSON(result));
  BoardJob job = makeJob();
  size_t first = job.candidates.size();
  llvm::append_range(job.candidates, candidates);
  auto answer = send(job);
  if (!answer)
    return answer.takeError();
  for (auto [i, schedule] : llvm::enumerate(schedules)) {
    const BoardTrial &trial = answer->trials[first + i];
    // What there was no time for is tried another time.
    if (trial.verdict == "untried")
      continue;
    std::string verdict = trial.verdict;
    if (!trial.reason.empty())
      verdict += ": " + trial.reason;
    bool wasTimed = trial.verdict == "faster" || trial.verdict == "slower";
    result.trials.push_back({schedule, verdict, wasTimed ? trial.ratio : 0});
  }
  auto chosen = static_cast<size_t>(answer->best);
  if (chosen >= first) {
    best = std::move(candidates[chosen - first]);
    result.schedule = schedules[chosen - first];
  } else if (chosen == 0) {
    best.reset();
    result.schedule = result.modelSchedule;
  }
  // A slow kernel needs more time at the end as well.
  double slowest = answer->trials.front().seconds;
  finalSeconds = std::max(finalSeconds, kFinalPairSeconds + kRecordSeconds +
                                            kJobSeconds + 30 * slowest);
  return llvm::Error::success();
}

llvm::Error BoardSearch::tryAll(ArrayRef<ScheduleAttr> schedules) {
  std::vector<std::string> waiting;
  std::vector<BoardCandidate> candidates;
  auto flush = [&]() -> llvm::Error {
    auto start = std::chrono::steady_clock::now();
    auto error = tryTogether(waiting, std::move(candidates));
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    if (!waiting.empty())
      longestTrial = std::max(
          longestTrial, took.count() / static_cast<double>(waiting.size()));
    waiting.clear();
    candidates.clear();
    return error;
  };
  for (ScheduleAttr attr : schedules) {
    std::string schedule = getScheduleText(attr);
    if (wasTried(result, schedule))
      continue;
    if (isOver(waiting.size()))
      break;
    auto compiled = compile(schedule);
    if (!compiled) {
      result.trials.push_back(
          {schedule, "refused: " + llvm::toString(compiled.takeError()), 0});
      continue;
    }
    waiting.push_back(std::move(schedule));
    candidates.push_back(std::move(*compiled));
    if (waiting.size() == kCandidatesPerJob)
      if (auto error = flush())
        return error;
  }
  return flush();
}

/// The last job: the fastest against the pick in another process, and the time
/// to record.
llvm::Error BoardSearch::finish() {
  stage("finish", toJSON(result));
  BoardJob job = makeJob();
  auto probe = compileProbe(context.get(), task->target,
                            task->machine.getNVec(), task->machine.getNReg());
  if (!probe)
    return probe.takeError();
  auto image = linkImage(probe->objects);
  if (!image)
    return image.takeError();
  job.probe = BoardProbe{(*image)->getBuffer().str(), std::move(probe->shape),
                         probe->flopsPerTrip};
  job.finalMargin = kFinalMargin;
  job.finalPairSeconds = kFinalPairSeconds;
  job.recordSeconds = kRecordSeconds;
  auto answer = send(job);
  if (!answer)
    return answer.takeError();
  if (!answer->timing)
    return llvm::createStringError("the board took no time");
  const BoardTiming &timing = *answer->timing;
  result.confirmation = timing.confirmation;
  if (answer->best == 0)
    result.schedule = result.modelSchedule;
  else
    result.speedup = timing.confirmation;
  result.workspaceBytes = answer->trials[answer->best].workspaceBytes;
  result.ms = timing.seconds * 1e3;
  result.peakFraction = timing.fraction;
  result.modelPeakFraction = timing.fraction / result.speedup;
  result.noise = timing.noise;
  result.busy = timing.busy;
  result.clockGHz = timing.peak / 1e9 /
                    (2.0 * task->machine.getNVec() * task->machine.getNFma());
  return llvm::Error::success();
}

llvm::Error BoardSearch::run() {
  stage("prepare", nullptr);
  if (auto error = prepare())
    return error;
  if (auto error = tryAll(getFirstCandidates(task->problem, task->machine,
                                             request.constraints, request.top,
                                             context.get())))
    return error;
  // Downhill, as long as something is found.
  std::string around;
  while (around != result.schedule && !isOver()) {
    around = result.schedule;
    if (auto error = tryAll(
            getNeighbours(task->problem, task->machine, request.constraints,
                          parseScheduleIfValid(around, context.get()))))
      return error;
  }
  return finish();
}

llvm::Error bench::searchOnBoard(const TuneRequest &request,
                                 StageFunction stage, TuneResult &result) {
  return BoardSearch(request, stage, result).run();
}
