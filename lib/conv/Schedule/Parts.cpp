//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Schedule/Parts.h"

#include "conv/Schedule/AlgorithmTraits.h"
#include "conv/Schedule/RegisterTile.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::conv;

Problem mlir::conv::takeChannels(const Problem &problem, int64_t channels) {
  Problem part = problem;
  part.k = channels;
  // Channels of the other parts lie between those of two groups.
  part.mergeableGroups = false;
  return part;
}

/// Output channels in all parts but the first.
static int64_t countChannelsBehind(ScheduleAttr schedule) {
  int64_t channels = 0;
  for (const SchedulePart &part : schedule.getParts())
    channels += part.channels;
  return channels;
}

SmallVector<ProblemPart, 2> mlir::conv::divideIntoParts(const Problem &problem,
                                                        ScheduleAttr schedule) {
  int64_t next = problem.k - countChannelsBehind(schedule);
  SmallVector<ProblemPart, 2> parts;
  parts.push_back({0, takeChannels(problem, next),
                   schedule.with([](ScheduleFields &fields) {
                     fields.consume(ScheduleConsumer::Applying);
                   })});
  for (const SchedulePart &part : schedule.getParts()) {
    parts.push_back(
        {next, takeChannels(problem, part.channels), part.getSchedule()});
    next += part.channels;
  }
  return parts;
}

std::optional<std::string>
mlir::conv::findDivisionObstacle(const Problem &problem, Algorithm algorithm) {
  if (!getTraits(algorithm).contractsInPlace())
    return llvm::formatv("algorithm '{0}' has no parts of output channels",
                         stringifyAlgorithm(algorithm));
  if (problem.outputBlock != 0)
    return "parts need an output whose channels are not in blocks";
  return std::nullopt;
}

std::optional<std::string>
mlir::conv::findPartsObstacle(const Problem &problem, ScheduleAttr schedule) {
  if (schedule.getParts().empty())
    return std::nullopt;
  if (auto obstacle = findDivisionObstacle(problem, schedule.getAlgorithm()))
    return obstacle;
  int64_t behind = countChannelsBehind(schedule);
  if (behind >= problem.k)
    return llvm::formatv("parts have {0} output channels behind the first, the "
                         "convolution has {1} in each group",
                         behind, problem.k);
  return std::nullopt;
}

ScheduleAttr mlir::conv::joinParts(ArrayRef<ProblemPart> parts) {
  SmallVector<SchedulePart> behind;
  for (const ProblemPart &part : parts.drop_front())
    behind.push_back({part.problem.k, part.schedule});
  return parts.front().schedule.with(
      [&](ScheduleFields &fields) { fields.parts = ScheduleParts(behind); });
}

std::string mlir::conv::describeTiles(ScheduleAttr schedule) {
  std::string text = RegisterTile::fromSchedule(schedule).str();
  for (const SchedulePart &part : schedule.getParts())
    text += " + " + RegisterTile::fromSchedule(part.getSchedule()).str();
  return text;
}
