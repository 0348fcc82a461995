//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Support/Version.h"

// Written by every build: CONVOPT_REVISION. Nothing else includes it, so that a
// new revision compiles this file alone.
#include "Revision.inc"

#include "llvm-c/Core.h"
#include "llvm/Support/FormatVariadic.h"

#include <string>

using namespace mlir;

const char *conv::getVersion() { return CONVOPT_VERSION; }

const char *conv::getRevision() { return CONVOPT_REVISION; }

const char *conv::getLLVMVersion() {
  // Never destroyed: a crash may ask while the program exits.
  static const std::string &version = *new std::string([] {
    unsigned major, minor, patch;
    LLVMGetVersion(&major, &minor, &patch);
    return llvm::formatv("{0}.{1}.{2}", major, minor, patch).str();
  }());
  return version.c_str();
}

const char *conv::getFullVersion() {
  static const std::string &version = *new std::string(
      llvm::formatv("conv-opt {0} (revision {1}, LLVM {2})", getVersion(),
                    getRevision(), getLLVMVersion())
          .str());
  return version.c_str();
}
