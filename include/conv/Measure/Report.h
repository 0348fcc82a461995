//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Measurements as a table for people and as JSON.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_REPORT_H
#define CONV_MEASURE_REPORT_H

#include "conv/Layers/Layer.h"
#include "conv/Measure/Measurer.h"
#include "conv/Measure/ModuleBench.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// One measurement with what it is of.
struct Record {
  std::string name, net, layout;
  MeasureRequest request;
  /// What is measured of a layer that is no convolution of images of known
  /// size; `request` then has its types and geometry alone.
  std::optional<ModuleRequest> module;
  LayerForm form = LayerForm::Image;
  MeasureResult result;
};

/// One element of `records`.
llvm::json::Object toJSON(const Record &record);

/// Prints rows as they come, in columns wide enough for the names given.
class Table {
public:
  /// `names` are those of all rows to come.
  /// With `peer`, its display name, there are columns for its time and the
  /// speed-up.
  Table(llvm::raw_ostream &os, llvm::ArrayRef<std::string> names,
        llvm::StringRef peer = "");

  void printHeader();
  void printRow(const Record &record);
  /// Per net and algorithm: geometric mean and minimum of the peak fraction,
  /// and of the speed-up.
  void printSummary(llvm::ArrayRef<Record> records);

  /// Per layer: its algorithms from the fastest to the slowest, with their
  /// workspace relative to im2col's and the share of their transformation; then
  /// the average workspace of each algorithm. Nothing where there is no choice.
  void printRanking(llvm::ArrayRef<Record> records);

private:
  llvm::raw_ostream &os;
  size_t nameWidth;
  std::string peer;
};

/// Digits after the point that a time of this many milliseconds is printed
/// with: those of a fast kernel are nanoseconds.
int getMsDigits(double ms);

/// A fraction of the peak as per cent; "-" where threads share cores.
std::string formatPercent(double fraction, int64_t threads);

/// Says that other work kept the probe from the peak of all threads, or that
/// there are more threads than cores: the fractions are then taken of too
/// little. Empty when neither did.
std::string getBusyWarning(llvm::ArrayRef<Record> records,
                           double gflopsPerCore);

/// "direct 14x32 hkw": algorithm, pixels by channels of the register tile, and
/// what is not the default.
std::string abbreviateSchedule(llvm::StringRef schedule);

/// "0", "512 B", "1.5 MiB".
std::string formatBytes(int64_t bytes);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_REPORT_H
