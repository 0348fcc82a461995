//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "common/Progress.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::conv::bench;

Progress::Progress(size_t total, bool lines, Style style)
    : total(total), lines(lines),
      terminal(llvm::sys::Process::StandardErrIsDisplayed()), style(style) {}

void Progress::announce(llvm::StringRef what) {
  ++step;
  if (!terminal && !lines)
    return;
  clear();
  if (terminal && style == Bar)
    drawBar();
  else
    llvm::errs() << "[" << step << "/" << total << "] ";
  llvm::errs() << what << (terminal ? "" : "\n");
  llvm::errs().flush();
}

void Progress::clear() {
  if (terminal)
    llvm::errs() << "\r\x1b[K";
}

void Progress::drawBar() {
  constexpr size_t width = 30;
  size_t full = width * (step - 1) / total;
  llvm::errs() << "[" << std::string(full, '#')
               << std::string(width - full, '.') << "] " << step << "/" << total
               << " ";
}
