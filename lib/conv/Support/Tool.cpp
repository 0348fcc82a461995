//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Support/Tool.h"

#include "conv/Support/Version.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

using namespace mlir;

void conv::initTool() {
  llvm::cl::SetVersionPrinter(
      [](llvm::raw_ostream &os) { os << getFullVersion() << "\n"; });
  // LLVM keeps the pointer, and reads it whenever the program crashes.
  static const std::string &message = *new std::string(
      llvm::formatv("{0} crashed. Please report this to the conv-opt project, "
                    "with the input file and the command line below.\n",
                    getFullVersion())
          .str());
  llvm::setBugReportMsg(message.c_str());
}
