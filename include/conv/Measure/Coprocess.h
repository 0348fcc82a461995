//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// A program that answers one line by another.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_COPROCESS_H
#define CONV_MEASURE_COPROCESS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <sys/types.h>

namespace mlir::conv::bench {

/// A running program whose standard input and output are ours. It ends when
/// this does. Its messages go where ours go.
class Coprocess {
public:
  /// Starts `program`, a path, with `arguments` behind its name.
  static llvm::Expected<Coprocess> start(llvm::StringRef program,
                                         llvm::ArrayRef<std::string> arguments);
  Coprocess(Coprocess &&other) noexcept;
  Coprocess &operator=(Coprocess &&other) = delete;
  ~Coprocess();

  /// Fails when the program has ended.
  llvm::Error send(llvm::StringRef line);
  /// The next line, without its end. Fails when the program has ended.
  llvm::Expected<std::string> receive();

private:
  Coprocess(pid_t process, int file) : process(process), file(file) {}

  pid_t process;
  int file; ///< One end of a socket; -1: moved from.
  std::string received;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_COPROCESS_H
