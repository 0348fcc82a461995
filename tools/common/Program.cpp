//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A tool whose code is in libConvOpt.so.
///
//===----------------------------------------------------------------------===//

extern "C" int convOptRunTool(const char *name, int argc, char **argv);

int main(int argc, char **argv) {
  return convOptRunTool(CONVOPT_TOOL, argc, argv);
}
