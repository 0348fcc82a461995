//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tasks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

static bool isModule(llvm::StringRef input) {
  return input.ends_with(".mlir") || input.ends_with(".mlirbc") ||
         llvm::sys::fs::is_regular_file(input);
}

llvm::Expected<std::vector<TuneTask>>
bench::collectTasks(const Options &options, const MachineModel &machine,
                    mlir::MLIRContext *context) {
  std::vector<TuneTask> tasks;
  auto append = [&](llvm::Expected<std::vector<TuneTask>> more) -> llvm::Error {
    if (!more)
      return more.takeError();
    for (TuneTask &task : *more) {
      auto known = llvm::find_if(tasks, [&](const TuneTask &other) {
        return other.key == task.key &&
               other.limits.str() == task.limits.str() &&
               other.obstacle == task.obstacle;
      });
      if (known == tasks.end())
        tasks.push_back(std::move(task));
      else
        known->count += task.count;
    }
    return llvm::Error::success();
  };
  ConvToLLVMOptions toLLVM;
  std::string why;
  llvm::raw_string_ostream os(why);
  if (failed(toLLVM.parseFromString(options.pipeline, os)))
    return llvm::createStringError("--options: " + llvm::StringRef(why).trim());
  toLLVM.cpu = options.cpu.getValue();
  toLLVM.machine = options.machine.getValue();
  toLLVM.threads = options.threads.getValue();
  for (const std::string &input : options.inputs)
    if (isModule(input))
      if (auto error = append(bench::collectTasks(
              input, toLLVM, std::max<int64_t>(options.batch, 1), machine,
              options.getLimits(), context)))
        return std::move(error);
  std::vector<std::string> problems;
  llvm::copy_if(options.inputs, std::back_inserter(problems),
                [](const std::string &input) { return !isModule(input); });
  auto layers = options.collectLayers(std::move(problems));
  if (!layers)
    return layers.takeError();
  if (auto error = append(bench::collectTasks(*layers, options.layout, machine,
                                              options.getLimits(), context)))
    return std::move(error);
  return tasks;
}
