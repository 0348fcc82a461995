//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What is being done, on stderr.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_COMMON_PROGRESS_H
#define TOOLS_COMMON_PROGRESS_H

#include "llvm/ADT/StringRef.h"

namespace mlir::conv::bench {

/// Says what is being done: on a terminal on a line that the next one replaces,
/// elsewhere on lines of their own if these are asked for.
class Progress {
public:
  /// What a terminal shows before the name.
  enum Style { Number, Bar };

  Progress(size_t total, bool lines, Style style);

  void announce(llvm::StringRef what);
  /// Makes room for a row on a terminal.
  void clear();

private:
  void drawBar();

  size_t total, step = 0;
  bool lines, terminal;
  Style style;
};

} // namespace mlir::conv::bench

#endif // TOOLS_COMMON_PROGRESS_H
