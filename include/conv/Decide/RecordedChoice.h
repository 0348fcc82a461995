//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What was measured instead of what is predicted.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_RECORDEDCHOICE_H
#define CONV_DECIDE_RECORDEDCHOICE_H

#include "conv/Decide/Candidates.h"
#include "conv/Decide/RecordStore.h"

namespace mlir::conv {

/// Records with what they are compared with.
class RecordedChoices {
public:
  /// Fails as RecordStore::open does.
  static llvm::Expected<RecordedChoices>
  load(StringRef path, const MachineModel &model, MLIRContext *context);

  /// A recorded schedule, or why there is none.
  struct Choice {
    ScheduleAttr schedule;
    /// What was measured, or the reason.
    std::string text;
  };

  /// The schedule recorded for `op` if it can be honoured. Fails on a record
  /// whose schedule is not one, and when the file cannot be read any more.
  llvm::Expected<Choice> find(ConvOp op, const Constraints &constraints);

private:
  /// Passes that hold one are copied.
  std::shared_ptr<RecordStore> records;
  MachineModel model;
  MachineAttr machine;
};

} // namespace mlir::conv

#endif // CONV_DECIDE_RECORDEDCHOICE_H
