//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What was measured of a module, for people.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_MODULEREPORT_H
#define CONV_MEASURE_MODULEREPORT_H

#include "conv/Measure/ModuleBench.h"

#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::conv::bench {

/// Time and workspace of the whole module, next to upstream's if compared.
void printModule(llvm::raw_ostream &os, const ModuleRequest &request,
                 const ModuleResult &result);

/// A table of what takes at least a hundredth of the time, the slowest first: a
/// row for each convolution, and for each kind of other operations; what is
/// left together; and which are slow.
void printOperations(llvm::raw_ostream &os, const ModuleResult &result);

/// "2x mb1_ic8oc32...+bias+relu": how often, which problem, what is fused.
std::string getName(const ModuleConvolution &convolution);

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_MODULEREPORT_H
