//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Support/OpenMP.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

using namespace mlir;

std::string conv::getOpenMPRuntime() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&getOpenMPRuntime), &info)) {
    llvm::SmallString<128> path(info.dli_fname);
    llvm::sys::path::remove_filename(path);
    llvm::sys::path::append(path, "libomp.so.5");
    if (llvm::sys::fs::exists(path))
      return path.str().str();
  }
  if (llvm::sys::fs::exists(CONVOPT_LLVM_LIBRARY_DIR "/libomp.so"))
    return CONVOPT_LLVM_LIBRARY_DIR "/libomp.so";
  return "libomp.so.5";
}
