//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Options.h"

#include <cstdlib>

using namespace mlir::conv;
using namespace mlir::conv::bench;

TuneOptions &bench::tuneOptions() {
  static TuneOptions all;
  return all;
}

/// More and what is recorded is the neighbour's work as well.
static constexpr double kMaxBusy = 0.1;

/// A bound for all runs, where tests run beside each other.
static double getDefaultMaxBusy() {
  const char *text = std::getenv("CONVOPT_MAX_BUSY");
  double value = kMaxBusy;
  if (text && llvm::StringRef(text).getAsDouble(value))
    return kMaxBusy;
  return value;
}

TuneOptions::TuneOptions()
    : CommonOptions("conv-tune options"),
      maxBusy("max-busy",
              llvm::cl::desc("Share of the core that other work may take while "
                             "times are taken (default 0.1, or "
                             "$CONVOPT_MAX_BUSY; 1: any); beyond it nothing is "
                             "recorded"),
              llvm::cl::init(getDefaultMaxBusy()), llvm::cl::cat(category)) {
  inputs.setDescription("<model.mlir or problem string>...");
  nets.setDescription("Built-in sets of layers");
  layout.setDescription("Of layers: nhwc (default), nchw or blocked");
  batch.setDescription(
      "Override the batch of layers; of modules with a dynamic batch, the "
      "images to measure with (default 1)");
  cpu.setDescription("CPU to compile for, as LLVM spells it (default native); "
                     "another than the host is not measured");
  machine.setDescription(
      "Take rates and caches from this machine file; with --measure-machine "
      "and --fit, write what was found there");
  form.setDescription("Only transformations of this extent: whole or banded");
  maxWorkspace.setDescription("Most bytes of temporary storage, such as 64KiB");
  jsonFile.setDescription("Write a summary to a file");
  progress.setDescription("Say on stderr what is being tuned: a bar on a "
                          "terminal (the default there), else lines");
}

llvm::Error TuneOptions::validate() const {
  if (auto error = checkThreads())
    return error;
  if (auto error = checkBatch())
    return error;
  if (!(budget > 0))
    return llvm::createStringError("--budget must be positive");
  if (auto error = checkLayout())
    return error;
  if (fromDefault && (!measureMachine || machine.empty()))
    return llvm::createStringError("--from-family-default needs "
                                   "--measure-machine and --machine");
  if (!(maxBusy >= 0 && maxBusy <= 1))
    return llvm::createStringError("--max-busy must be between 0 and 1");
  if (fit && (records.empty() || machine.empty()))
    return llvm::createStringError("--fit needs --records, and --machine: the "
                                   "file to write");
  if (auto error = checkBoard())
    return error;
  if (!kinds.empty() && !plan)
    return llvm::createStringError("--kinds needs --plan");
  if (records.empty() && !measureMachine && !printKind && !plan && task.empty())
    return llvm::createStringError("--records is missing: the file to read and "
                                   "add to");
  return llvm::Error::success();
}

llvm::Error TuneOptions::checkBoard() const {
  if (board.empty())
    return llvm::Error::success();
  if (cpu == "native")
    return llvm::createStringError("--board needs --cpu: the CPU of the board");
  if (threads != 1)
    return llvm::createStringError(
        "--board measures one thread: conv-board has no OpenMP");
  if (measureMachine)
    return llvm::createStringError("--measure-machine measures this machine, "
                                   "not the board");
  return llvm::Error::success();
}

TuneLimits TuneOptions::getLimits() const {
  TuneLimits limits;
  limits.algorithm = algorithm;
  limits.form = form;
  limits.maxWorkspace = maxWorkspace;
  limits.accuracy = accuracy;
  limits.exclude.assign(exclude.begin(), exclude.end());
  return limits;
}

TuneSessionOptions TuneOptions::getSession(SteadyTime begin) const {
  TuneSessionOptions session;
  session.cpu = cpu;
  session.machine = machine;
  session.threads = threads;
  session.top = top;
  session.maxCandidates = maxCandidates;
  session.maxBusy = maxBusy;
  session.board = board;
  session.again = again;
  session.end = begin + std::chrono::duration_cast<SteadyTime::duration>(
                            std::chrono::duration<double>(budget));
  return session;
}
