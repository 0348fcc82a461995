//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/OperationTimes.h"

#include "conv/Measure/Timer.h"
#include "conv/Memory/Passes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

//===----------------------------------------------------------------------===//
// As JSON
//===----------------------------------------------------------------------===//

llvm::json::Object bench::toJSON(const OperationTime &operation) {
  const OperationCost &cost = operation.cost;
  return llvm::json::Object{{"number", cost.number},
                            {"kind", cost.kind},
                            {"places", llvm::json::Array(cost.places)},
                            {"convolution", cost.isConvolution},
                            {"runs", operation.runs},
                            {"ms", operation.ms},
                            {"flops", cost.flops},
                            {"bytes", cost.bytes},
                            {"arithmetic_cycles", cost.arithmeticCycles},
                            {"memory_cycles", cost.memoryCycles},
                            {"bound_ms", operation.boundMs},
                            {"bound_fraction", operation.getBoundFraction()}};
}

bool bench::fromJSON(const llvm::json::Value &value, OperationTime &operation,
                     llvm::json::Path path) {
  OperationCost &cost = operation.cost;
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("number", cost.number) && map.map("kind", cost.kind) &&
         map.map("places", cost.places) &&
         map.map("convolution", cost.isConvolution) &&
         map.map("runs", operation.runs) && map.map("ms", operation.ms) &&
         map.map("flops", cost.flops) && map.map("bytes", cost.bytes) &&
         map.map("arithmetic_cycles", cost.arithmeticCycles) &&
         map.map("memory_cycles", cost.memoryCycles) &&
         map.map("bound_ms", operation.boundMs);
}

std::vector<OperationTime>
bench::joinKinds(llvm::ArrayRef<OperationTime> operations) {
  std::vector<OperationTime> joined;
  llvm::StringMap<size_t> known;
  for (const OperationTime &operation : operations) {
    OperationTime once = operation;
    once.cost.flops *= operation.runs;
    once.cost.bytes *= operation.runs;
    once.cost.arithmeticCycles *= operation.runs;
    once.cost.memoryCycles *= operation.runs;
    once.runs = 1;
    if (!operation.cost.isConvolution) {
      auto [it, isNew] = known.try_emplace(operation.cost.kind, joined.size());
      if (!isNew) {
        OperationTime &sum = joined[it->second];
        ++sum.runs;
        sum.ms += once.ms;
        sum.boundMs += once.boundMs;
        sum.cost.flops += once.cost.flops;
        sum.cost.bytes += once.cost.bytes;
        sum.cost.arithmeticCycles += once.cost.arithmeticCycles;
        sum.cost.memoryCycles += once.cost.memoryCycles;
        llvm::append_range(sum.cost.places, once.cost.places);
        continue;
      }
    }
    joined.push_back(std::move(once));
  }
  return joined;
}

bool bench::isSlow(const OperationTime &operation, double totalMs) {
  return !operation.cost.isConvolution && operation.ms > kSlowShare * totalMs &&
         operation.getBoundFraction() < kSlowBound;
}

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

namespace {
/// What the code has said since it was called, by number.
struct Said {
  double last = 0;
  std::vector<double> seconds;
  std::vector<int64_t> runs;
};
} // namespace

/// One call is timed at a time, by the thread that makes it.
static Said said;

/// Code calls this when an operation is done.
static void sayDone(int64_t number) {
  double now = getSeconds();
  if (number > 0 && static_cast<size_t>(number) < said.seconds.size()) {
    said.seconds[number] += now - said.last;
    ++said.runs[number];
  }
  // Reading the clock is no operation's.
  said.last = getSeconds();
}

HostSymbol bench::getOperationDoneSymbol() {
  return {kOperationDoneName.data(), reinterpret_cast<void *>(sayDone)};
}

/// As many calls as a measurement may take, and the fewest a median is of.
static constexpr double kTotalSeconds = 0.4;
static constexpr int64_t kFewestRounds = 7;

std::vector<OperationTime>
bench::timeOperations(llvm::function_ref<void()> call,
                      llvm::ArrayRef<OperationCost> costs, int64_t rounds,
                      double cyclesPerMs) {
  int64_t most = 0;
  for (const OperationCost &cost : costs)
    most = std::max(most, cost.number);
  std::vector<std::vector<double>> samples(most + 1);
  double start = getSeconds();
  call(); // Fills the caches.
  if (rounds == 0)
    rounds = std::max(kFewestRounds,
                      int64_t(kTotalSeconds / (getSeconds() - start)));
  for (int64_t round = 0; round < rounds; ++round) {
    said.seconds.assign(most + 1, 0);
    said.runs.assign(most + 1, 0);
    call();
    for (int64_t number = 1; number <= most; ++number)
      samples[number].push_back(said.seconds[number]);
  }
  std::vector<OperationTime> result;
  for (const OperationCost &cost : costs) {
    // The last call's: how often loops run is no matter of chance.
    double runs = double(said.runs[cost.number]);
    if (runs == 0)
      continue;
    OperationTime time;
    time.cost = cost;
    time.runs = runs;
    time.ms = getMedian(std::move(samples[cost.number])) * 1e3;
    time.boundMs =
        runs * std::max(cost.arithmeticCycles, cost.memoryCycles) / cyclesPerMs;
    result.push_back(std::move(time));
  }
  return result;
}
