//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The two kinds of files of records.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_LIB_DECIDE_RECORDSTORES_H
#define CONV_LIB_DECIDE_RECORDSTORES_H

#include "conv/Decide/RecordStore.h"

namespace mlir::conv {

/// Whether the file begins as a database of SQLite does. Fails on one that
/// cannot be read.
llvm::Expected<bool> isRecordDatabase(llvm::StringRef path);

llvm::Expected<std::unique_ptr<RecordStore>>
openRecordDatabase(llvm::StringRef path, RecordStore::Access access);
llvm::Expected<std::unique_ptr<RecordStore>>
openRecordFile(llvm::StringRef path);

/// Make a file without records unless there is one.
llvm::Error createRecordDatabase(llvm::StringRef path);
llvm::Error createRecordFile(llvm::StringRef path);

/// "WHAT: MESSAGE".
inline llvm::Error makeFileError(const llvm::Twine &what,
                                 std::error_code code) {
  return llvm::createStringError(what + ": " + code.message());
}

} // namespace mlir::conv

#endif // CONV_LIB_DECIDE_RECORDSTORES_H
