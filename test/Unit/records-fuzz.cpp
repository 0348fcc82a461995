//===- records-fuzz.cpp - Damaged tuning records --------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Any text is a file of tuning records or an error; a record prints as one
/// that reads the same.
///
//===----------------------------------------------------------------------===//

#include "conv/Decide/Records.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <cstdlib>

using namespace mlir::conv;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  // Most inputs lack the line that files begin with.
  auto records =
      TuningRecords::parse(getRecordsHeader() + "\n" + text.str(), "fuzzed");
  if (!records) {
    llvm::consumeError(records.takeError());
    return 0;
  }
  for (const TuningRecord &record : records->get()) {
    std::string printed = print(record);
    auto again = parseRecord(printed);
    if (!again || print(*again) != printed)
      std::abort();
    records->find(record.key);
  }
  return 0;
}
