//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The options of all tools that measure.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_COMMON_COMMONOPTIONS_H
#define TOOLS_COMMON_COMMONOPTIONS_H

#include "conv/Layers/Layer.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

namespace mlir::conv::bench {

/// The options that conv-bench and conv-tune share. Not static objects: LLVM's
/// libraries register options of the same names, which main removes first. What
/// is declared without a description means something else to each tool, whose
/// constructor says what.
struct CommonOptions {
  /// `title` heads the options in the help; not copied.
  explicit CommonOptions(llvm::StringRef title) : category(title) {}

  llvm::cl::OptionCategory category;
  llvm::cl::list<std::string> inputs{llvm::cl::Positional,
                                     llvm::cl::cat(category)};
  llvm::cl::list<std::string> nets{"net", llvm::cl::CommaSeparated,
                                   llvm::cl::value_desc("name,..."),
                                   llvm::cl::cat(category)};
  llvm::cl::list<std::string> layerFiles{
      "layers", llvm::cl::desc("A set of layers in a JSON file"),
      llvm::cl::value_desc("file.json"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> layout{"layout", llvm::cl::init("nhwc"),
                                    llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> batch{"batch", llvm::cl::init(0),
                               llvm::cl::cat(category)};
  llvm::cl::opt<std::string> cpu{"cpu", llvm::cl::init("native"),
                                 llvm::cl::cat(category)};
  llvm::cl::opt<std::string> machine{
      "machine", llvm::cl::value_desc("file.json"), llvm::cl::cat(category)};
  llvm::cl::opt<int64_t> threads{"threads",
                                 llvm::cl::desc("Threads (default 1)"),
                                 llvm::cl::init(1), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> form{"form", llvm::cl::cat(category)};
  llvm::cl::opt<std::string> maxWorkspace{
      "max-workspace", llvm::cl::value_desc("bytes"), llvm::cl::cat(category)};
  llvm::cl::opt<std::string> accuracy{
      "accuracy",
      llvm::cl::desc("Largest error of an algorithm that is chosen, as a "
                     "multiple of the plain sum's (default sum: sums may be "
                     "reordered, nothing else)"),
      llvm::cl::init("sum"), llvm::cl::value_desc("number"),
      llvm::cl::cat(category)};
  llvm::cl::opt<std::string> jsonFile{"json", llvm::cl::value_desc("file"),
                                      llvm::cl::cat(category)};
  llvm::cl::opt<bool> progress{"progress", llvm::cl::cat(category)};

  /// Each fails on values no measurement can have.
  llvm::Error checkThreads() const;
  llvm::Error checkBatch() const;
  llvm::Error checkLayout() const;

  /// The layers that were asked for; `problems` are those of the inputs that
  /// are problem strings.
  llvm::Expected<std::vector<Layer>>
  collectLayers(std::vector<std::string> problems) const;

  /// The file of --json; null when there is none.
  llvm::Expected<std::unique_ptr<llvm::raw_fd_ostream>> openJSON() const;
};

} // namespace mlir::conv::bench

#endif // TOOLS_COMMON_COMMONOPTIONS_H
