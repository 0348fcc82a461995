//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The command line of conv-tune.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_TUNE_OPTIONS_H
#define TOOLS_CONV_TUNE_OPTIONS_H

#include "common/CommonOptions.h"
#include "conv/Tune/TuneSession.h"

namespace mlir::conv::bench {

struct TuneOptions : CommonOptions {
  TuneOptions();

  llvm::cl::opt<std::string> records{
      "records", llvm::cl::desc("File to read and add to; made when missing"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<double> budget{
      "budget", llvm::cl::desc("Seconds all of it may take (default 300)"),
      llvm::cl::init(300), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> algorithm{
      "algorithm", llvm::cl::desc("Only this algorithm"),
      llvm::cl::init("auto"), llvm::cl::cat(category)};
  llvm::cl::list<std::string> exclude{"exclude", llvm::cl::CommaSeparated,
                                      llvm::cl::desc("Algorithms not to try"),
                                      llvm::cl::value_desc("name,..."),
                                      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> pipeline{
      "options",
      llvm::cl::desc("Options of conv-to-llvm that change a module's "
                     "convolutions, such as propagate-layouts=blocked"),
      llvm::cl::value_desc("\"a=1 b=2\""), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> top{
      "top",
      llvm::cl::desc("Other algorithms to try beside the model's pick, and "
                     "twice as many register tiles (default 4)"),
      llvm::cl::init(4), llvm::cl::cat(category)};
  llvm::cl::opt<unsigned> maxCandidates{
      "max-candidates",
      llvm::cl::desc(
          "Most candidates per convolution (default 0: what time allows)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<bool> again{"again",
                            llvm::cl::desc("Measure what is recorded, too"),
                            llvm::cl::cat(category)};
  llvm::cl::opt<bool> measureMachine{
      "measure-machine",
      llvm::cl::desc(
          "Print N_fma and L_fma as modelled and as measured; with --machine, "
          "measure the rates of the model and write them there; and stop"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> fit{
      "fit",
      llvm::cl::desc(
          "Fit the rates of the model to what --records have of this "
          "machine, write them to --machine, and stop"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> fromDefault{
      "from-family-default",
      llvm::cl::desc("With --measure-machine --machine: begin with the family "
                     "default, not with what is known of the CPU"),
      llvm::cl::cat(category)};
  llvm::cl::opt<double> maxBusy;
  llvm::cl::opt<std::string> board{
      "board",
      llvm::cl::desc(
          "Run candidates on a machine that has conv-board alone: a command "
          "that does a job, or a folder that conv-board looks into; --cpu says "
          "which CPU it has"),
      llvm::cl::value_desc("\"ssh pi ./conv-board -\""),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> printKind{
      "print-kind",
      llvm::cl::desc("Print the kind of this machine, which --kinds takes, and "
                     "stop"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> plan{
      "plan",
      llvm::cl::desc("Print what is to be tuned, a task per line, without what "
                     "--records have, and stop"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> kinds{
      "kinds",
      llvm::cl::desc("With --plan: for the kinds of machines in this file, not "
                     "for this machine"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> task{
      "task",
      llvm::cl::desc(
          "Do the task in this file ('-': standard input), and print "
          "what came of it in a line"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<bool> trials{
      "print-trials", llvm::cl::desc("Print what became of each candidate"),
      llvm::cl::cat(category)};

  /// Fails on values no session can have.
  llvm::Error validate() const;

  TuneLimits getLimits() const;
  /// Why this session cannot run on a board; succeeds without one.
  llvm::Error checkBoard() const;
  /// How to tune, until the budget that is counted from `begin` is used up.
  TuneSessionOptions getSession(SteadyTime begin) const;
};

/// Made at the first call.
TuneOptions &tuneOptions();

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_TUNE_OPTIONS_H
