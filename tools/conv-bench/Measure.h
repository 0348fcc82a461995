//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Measuring what the command line asks for, row by row.
///
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CONV_BENCH_MEASURE_H
#define TOOLS_CONV_BENCH_MEASURE_H

#include "common/Messages.h"
#include "conv/Layers/Layer.h"
#include "conv/Measure/Report.h"

namespace mlir::conv::bench {

MeasureRequest makeRequest(KernelSpec spec, const std::string &algorithm);

/// A record per layer and algorithm, not measured yet.
std::vector<Record> makeRecords(const std::vector<Layer> &layers,
                                const std::vector<std::string> &chosen);

/// Measures `records` in place, printing rows. `peer` is the title of the
/// library they are compared with. False when a check failed.
bool measureAll(std::vector<Record> &records, double gflopsPerCore,
                const Messages &messages, llvm::StringRef peer = "");

} // namespace mlir::conv::bench

#endif // TOOLS_CONV_BENCH_MEASURE_H
