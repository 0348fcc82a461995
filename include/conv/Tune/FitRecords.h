//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The rates of a machine that explain what was recorded on it, and what the
/// model's picks gain by them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_TUNE_FITRECORDS_H
#define CONV_TUNE_FITRECORDS_H

#include "conv/Decide/RecordStore.h"
#include "conv/Machine/MachineFile.h"
#include "conv/Machine/MachineModel.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::conv::bench {

/// How the model does on the records with some rates.
struct PickQuality {
  /// How far predictions are off, see getPredictionError().
  double error = 0;
  /// Convolutions for which the model picks what was recorded as the fastest,
  /// and those for which the time of its pick is known.
  size_t numFastest = 0, numKnown = 0;
  /// Geometric mean of the pick's time over the fastest's, where it is known.
  double loss = 1;
};

struct RecordFit {
  MachineFile file;
  size_t numRecords = 0;
  PickQuality before, after;
};

/// Fits all rates to the records of `machine` that this build can use,
/// beginning with those it has. Two schedules of a record say something: the
/// fastest, and what was the model's pick. Fails when there are too few, and on
/// a store that cannot be read.
llvm::Expected<RecordFit> fitRecords(RecordStore &records,
                                     const MachineModel &machine,
                                     MLIRContext *context);

/// A few lines for people.
void printFit(llvm::raw_ostream &os, const RecordFit &fit);

} // namespace mlir::conv::bench

#endif // CONV_TUNE_FITRECORDS_H
