//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// In a self-contained library: the main functions of the command line tools,
/// by name.
///
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstring>

int conv_bench_main(int argc, char **argv);
int conv_compile_main(int argc, char **argv);
int conv_opt_main(int argc, char **argv);
int conv_tune_main(int argc, char **argv);

extern "C" __attribute__((visibility("default"))) int
convOptRunTool(const char *name, int argc, char **argv);

int convOptRunTool(const char *name, int argc, char **argv) {
  static constexpr struct {
    const char *name;
    int (*main)(int, char **);
  } tools[] = {{"conv-bench", conv_bench_main},
               {"conv-compile", conv_compile_main},
               {"conv-opt", conv_opt_main},
               {"conv-tune", conv_tune_main}};
  for (const auto &tool : tools)
    if (std::strcmp(tool.name, name) == 0)
      return tool.main(argc, argv);
  (void)std::fprintf(stderr, "%s is not in this library\n", name);
  return 1;
}
