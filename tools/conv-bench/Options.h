//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The command line of conv-bench.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_BENCH_OPTIONS_H
#define TOOLS_CONV_BENCH_OPTIONS_H

#include "common/CommonOptions.h"
#include "conv/Tune/Search.h"

namespace mlir::conv::bench {

struct Options : CommonOptions {
  Options();

  llvm::cl::opt<bool> listNets{"list-nets",
                               llvm::cl::desc("List the built-in sets"),
                               llvm::cl::cat(category)};
  llvm::cl::list<std::string> algorithms{
      "algorithm", llvm::cl::CommaSeparated,
      llvm::cl::desc(
          "Algorithms by name; 'auto' (default) lets the model choose, 'all' "
          "tries each, 'upstream' is the plain upstream lowering"),
      llvm::cl::value_desc("name,..."), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> type{
      "type",
      llvm::cl::desc("Element types of layers: f32 (default), f64, f16, bf16, "
                     "i16, s8s8 or u8s8; sums are f32, f64 or i32"),
      llvm::cl::init("f32"), llvm::cl::value_desc("name"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> networkAccuracy{
      "network-accuracy",
      llvm::cl::desc("Largest error of a module's convolutions together, as a "
                     "multiple of the plain sums' (default any)"),
      llvm::cl::value_desc("number"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> networkMemory{
      "network-memory",
      llvm::cl::desc("Most bytes of a module's values and temporary storage at "
                     "once, such as 4MiB (default any)"),
      llvm::cl::value_desc("bytes"), llvm::cl::cat(category)};
  llvm::cl::opt<bool> cold{"cold",
                           llvm::cl::desc("Flush the caches before each call"),
                           llvm::cl::cat(category)};
  llvm::cl::opt<std::string> schedule{
      "schedule",
      llvm::cl::desc("Use this schedule, as printed by --print-schedule"),
      llvm::cl::value_desc("<...>"), llvm::cl::cat(category)};
  llvm::cl::opt<bool> printSchedule{
      "print-schedule", llvm::cl::desc("Print each schedule on its own line"),
      llvm::cl::cat(category)};
  llvm::cl::opt<SearchSpace> search{
      "search", llvm::cl::ValueOptional,
      llvm::cl::desc("Measure what the model chose from, then the fastest "
                     "three and the model's pick again, taking turns:"),
      llvm::cl::values(
          clEnumValN(SearchSpace::Tiles, "", "as 'tiles'"),
          clEnumValN(SearchSpace::Tiles, "tiles",
                     "every legal register tile of the direct algorithm in the "
                     "pick's loop order, then the fastest four in the others"),
          clEnumValN(SearchSpace::Exhaustive, "exhaustive",
                     "every legal register tile in every loop order"),
          clEnumValN(SearchSpace::Algorithms, "algorithms",
                     "the model's schedule of every algorithm in every form")),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> peer{
      "peer",
      llvm::cl::desc(
          "Time a library next to each layer: onednn (the faster of the layout "
          "given and its own format, nchw including reorders) or openblas "
          "(im2col and sgemm), or naive (plain loops at -O3); or a program "
          "next to a module: onnxruntime, openvino, ncnn or "
          "ncnn-no-winograd"),
      llvm::cl::value_desc("name"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> peerModel{
      "peer-model",
      llvm::cl::desc("The model that the peer of a module runs: .onnx, or for "
                     "ncnn .param"),
      llvm::cl::value_desc("file"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> peerPython{
      "peer-python",
      llvm::cl::desc("Interpreter that has the package of a module's peer "
                     "(default python3)"),
      llvm::cl::init("python3"), llvm::cl::value_desc("program"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> settle{
      "settle",
      llvm::cl::desc(
          "Beside a peer, repeat each side untimed before its samples until "
          "the caches hold its data alone (default: the other side runs in "
          "between, as other layers of a network do)"),
      llvm::cl::cat(category)};
  llvm::cl::opt<bool> check{
      "check",
      llvm::cl::desc("Compare exactly with the plain definition, between guard "
                     "pages, before timing"),
      llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> rounds{
      "rounds",
      llvm::cl::desc("Samples per measurement (default: as many as fit into "
                     "0.4 s, at least 7)"),
      llvm::cl::init(0), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> entry{
      "entry", llvm::cl::desc("Function of the module to time (default main)"),
      llvm::cl::init("main"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> propagateLayouts{
      "propagate-layouts",
      llvm::cl::desc(
          "Layout of values between the convolutions of a module: blocked "
          "(default) where that pays, or plain, as it has them"),
      llvm::cl::init(""), llvm::cl::cat(category)};
  llvm::cl::opt<bool> compareUpstream{
      "compare-upstream",
      llvm::cl::desc("Also run the module lowered by plain upstream passes; "
                     "compare results and times"),
      llvm::cl::cat(category)};

  llvm::cl::opt<bool> moduleOnly{
      "module-only",
      llvm::cl::desc("Do not measure the convolutions of a module alone, too"),
      llvm::cl::cat(category)};

  /// Whether a module is measured, and not layers.
  bool hasModule() const;
  bool hasSearch() const { return search.getNumOccurrences() != 0; }

  /// Fails on values no measurement can have, and on options that exclude each
  /// other.
  llvm::Error validate() const;

  /// The algorithms to run, 'all' spelled out. Fails on unknown ones.
  llvm::Expected<std::vector<std::string>> getAlgorithms() const;
};

/// Made at the first call.
Options &options();

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_BENCH_OPTIONS_H
