//===- RecordFile.h - Records on disk ---------------------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The file of records: read, made and extended by several processes at a time.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_RECORDFILE_H
#define CONV_DECIDE_RECORDFILE_H

#include "conv/Decide/Records.h"

namespace mlir::conv {

/// Fails, naming file and line, on a file that is missing, empty, of another
/// format, or has a line that is not a record.
llvm::Expected<TuningRecords> loadRecords(llvm::StringRef path);

/// Makes a file without records where there is none; fails on a file that is
/// not one of records, and where none can be written.
llvm::Error createRecords(llvm::StringRef path);

/// Adds `record` to what the file holds by now. The file is replaced by a
/// rename under a lock on PATH.lock, which ends with the process: neither an
/// interruption nor another process loses a record. Fails, leaving the file as
/// it is, where loadRecords() does.
llvm::Error addRecord(llvm::StringRef path, TuningRecord record);

} // namespace mlir::conv

#endif // CONV_DECIDE_RECORDFILE_H
