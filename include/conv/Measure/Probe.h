//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The peak of the machine, measured: independent chains of FMAs in registers,
/// compiled by the same engine, for the same CPU, as what is compared with it.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_MEASURE_PROBE_H
#define CONV_MEASURE_PROBE_H

#include "conv/Machine/Instructions.h"
#include "conv/Measure/Compile.h"

#include "llvm/Support/Error.h"

#include <optional>
#include <vector>

namespace mlir::conv::bench {

/// The probe's code for one thread, for a machine that may be another: a
/// function `probe` of a memref of one index, the number of trips, and one of
/// this shape, of halves.
struct ProbeCode {
  Objects objects;
  SmallVector<int64_t> shape;
  double flopsPerTrip = 0;
};
llvm::Expected<ProbeCode> compileProbe(MLIRContext *context,
                                       const ResolvedTarget &target,
                                       int64_t nVec, int64_t nReg);

class Probe {
public:
  /// Compiles the probe for `threads` threads of a machine with vectors of
  /// `nVec` f32 and `nReg` vector registers; `chains` FMAs depend on none but
  /// their own predecessor, 0: enough to keep the units busy. With `row` they
  /// are those of that instruction, which the target has.
  static llvm::Expected<Probe> create(MLIRContext *context,
                                      const ResolvedTarget &target,
                                      int64_t nVec, int64_t nReg,
                                      int64_t threads, int64_t chains = 0,
                                      const Instruction *row = nullptr);

  /// Runs for about 0.3 ms; flops per second of all threads together.
  double run();

  /// FMA instructions per cycle of one thread: median over samples whose clock
  /// is steady, against a chain of dependent instructions of known latency.
  /// Nothing on architectures without such a chain.
  std::optional<double> measureFmaPerCycle();

private:
  explicit Probe(Engine engine) : engine(std::move(engine)) {}
  double time(int64_t trips);

  Engine engine;
  Engine::Function function = nullptr;
  std::vector<float> data;
  SmallVector<int64_t> shape;
  int64_t fmasPerTrip = 0, productsPerFma = 0, threads = 1, trips = 1;
};

} // namespace mlir::conv::bench

#endif // CONV_MEASURE_PROBE_H
