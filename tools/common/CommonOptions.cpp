//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/CommonOptions.h"

using namespace mlir::conv;
using namespace mlir::conv::bench;

llvm::Error CommonOptions::checkThreads() const {
  if (threads < 1 || threads > 1024)
    return llvm::createStringError("--threads must be between 1 and 1024");
  return llvm::Error::success();
}

llvm::Error CommonOptions::checkBatch() const {
  if (batch.getNumOccurrences() && batch < 1)
    return llvm::createStringError("--batch must be at least 1");
  return llvm::Error::success();
}

llvm::Error CommonOptions::checkLayout() const {
  if (layout != "nhwc" && layout != "nchw" && layout != "blocked")
    return llvm::createStringError("unknown layout '" + layout +
                                   "' (known: nhwc, nchw, blocked)");
  return llvm::Error::success();
}

llvm::Expected<std::vector<Layer>>
CommonOptions::collectLayers(std::vector<std::string> problems) const {
  return bench::collectLayers({std::move(problems),
                               {layerFiles.begin(), layerFiles.end()},
                               {nets.begin(), nets.end()},
                               batch});
}

llvm::Expected<std::unique_ptr<llvm::raw_fd_ostream>>
CommonOptions::openJSON() const {
  if (jsonFile.empty())
    return nullptr;
  std::error_code code;
  auto out = std::make_unique<llvm::raw_fd_ostream>(jsonFile, code);
  if (code)
    return llvm::createStringError("cannot write " + jsonFile + ": " +
                                   code.message());
  return out;
}
