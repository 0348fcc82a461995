//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/RecordedChoice.h"

#include "conv/Schedule/FilterValues.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

llvm::Expected<RecordedChoices> RecordedChoices::load(StringRef path,
                                                      const MachineModel &model,
                                                      MLIRContext *context) {
  auto opened = RecordStore::open(path);
  if (!opened)
    return opened.takeError();
  RecordedChoices choices;
  choices.records = std::move(*opened);
  choices.model = model;
  choices.machine = model.toAttr(context);
  return choices;
}

/// "tuned.json:3", or "tuned.db" of a record that has no line.
static std::string describePlace(StringRef path, const TuningRecord &record) {
  return record.line ? llvm::formatv("{0}:{1}", path, record.line).str()
                     : path.str();
}

llvm::Expected<RecordedChoices::Choice>
RecordedChoices::find(ConvOp op, const Constraints &constraints) {
  llvm::Expected<RecordMatch> match = records->find(makeRecordKey(op, model));
  if (!match)
    return match.takeError();
  Problem problem = Problem::fromOp(op);
  std::string why = match->obstacle;
  for (const TuningRecord &record : match->records) {
    ScheduleAttr schedule =
        parseScheduleIfValid(record.schedule, op.getContext());
    if (!schedule)
      return llvm::createStringError(llvm::formatv(
          "{0}: not a schedule: {1}", describePlace(records->getPath(), record),
          record.schedule));
    Obstacle obstacle = findScheduleObstacle(
        problem, getMachineFor(schedule, machine), schedule);
    if (!obstacle)
      obstacle = findFilterObstacle(op, schedule.getAlgorithm());
    if (!obstacle)
      obstacle = findConstraintObstacle(problem, schedule, constraints);
    if (!obstacle)
      return Choice{
          schedule,
          llvm::formatv("measured: {0:F4} ms = {1:F1} % of the FMA peak, "
                        "{2:F2} times as fast as the model's pick, of {3} "
                        "candidates",
                        record.ms, 100 * record.peakFraction, record.speedup,
                        record.numCandidates)
              .str()};
    if (why.empty())
      why = *obstacle;
  }
  return Choice{ScheduleAttr(),
                why.empty()
                    ? ("not in the records of " + records->getPath()).str()
                    : "record not used: " + why};
}
