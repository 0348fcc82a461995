//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Decide/RecordStore.h"

#include "RecordStores.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::conv;
namespace fs = llvm::sys::fs;

llvm::Expected<std::unique_ptr<RecordStore>> RecordStore::open(StringRef path,
                                                               Access access) {
  llvm::Expected<bool> database = isRecordDatabase(path);
  if (!database)
    return database.takeError();
  return *database ? openRecordDatabase(path, access) : openRecordFile(path);
}

llvm::Expected<std::unique_ptr<RecordStore>>
RecordStore::create(StringRef path) {
  if (!fs::exists(path)) {
    StringRef extension = llvm::sys::path::extension(path);
    bool lines = extension == ".json" || extension == ".jsonl";
    if (auto error =
            lines ? createRecordFile(path) : createRecordDatabase(path))
      return std::move(error);
  }
  return open(path, Access::Write);
}
