//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What conv-bench asks of a library it compares itself with. Each library sits
/// in a module of its own, loaded on request, so that its threads and its start
/// are not part of other measurements. No MLIR or LLVM types here: modules are
/// compiled without them.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_PEERS_PEERPLUGIN_H
#define CONV_PEERS_PEERPLUGIN_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mlir::conv::bench {

/// One convolution. Channels are per group, dilation 1 is dense. Activations
/// are [n][h][w][g][c] when `channelsLast`, else [n][g][c][h][w].
struct PeerProblem {
  int64_t n, g, c, h, w, k, r, s, ho, wo;
  int64_t strideH, strideW, dilationH, dilationW;
  int64_t lowH, lowW, highH, highW;
  bool channelsLast;
  int64_t threads;

  int64_t getInputSize() const { return n * g * c * h * w; }
  int64_t getFilterSize() const { return g * k * c * r * s; }
  int64_t getOutputSize() const { return n * g * k * ho * wo; }
};

/// Where libraries get the memory that is touched while the clock runs: placed
/// as the measured kernel's own, on huge pages.
class PeerMemory {
public:
  virtual ~PeerMemory() = default;
  /// `numFloats` zeros that live as long as the allocator; null when there is
  /// no memory.
  virtual float *allocate(int64_t numFloats) = 0;
};

/// One way a library computes a problem, with its weights prepared.
class PeerConvolution {
public:
  virtual ~PeerConvolution() = default;
  /// What it is given and gives back: "any", "nhwc", "nchw with reorders"...
  virtual std::string getMode() const = 0;
  /// What the library calls the code it runs.
  virtual std::string getImplementation() const = 0;
  /// The timed call.
  virtual void run() = 0;
  /// Writes the result in the problem's plain layout.
  virtual void readOutput(float *output) = 0;
};

class PeerLibrary {
public:
  virtual ~PeerLibrary() = default;
  /// "OpenBLAS".
  virtual std::string getName() const = 0;
  /// "0.3.21".
  virtual std::string getVersion() const = 0;
  /// The kind of CPU its kernels are for; empty when it does not say.
  virtual std::string getCore() const = 0;
  /// Every way to compare with, the weights reordered already. `filter` is
  /// [g][k][c][r][s]. Empty, with a reason in `refused`, when there is none.
  virtual std::vector<std::unique_ptr<PeerConvolution>>
  create(const PeerProblem &problem, const float *input, const float *filter,
         PeerMemory &memory, std::string &refused) = 0;
  /// Multiplies square matrices of `n` rows on `threads` threads. False when
  /// the library is not to be judged by that.
  virtual bool multiply(int64_t n, const float *a, const float *b, float *c,
                        int64_t threads) = 0;
};

} // namespace mlir::conv::bench

/// Every module exports this; the object lives as long as the process.
extern "C" mlir::conv::bench::PeerLibrary *convBenchGetPeer();

#endif // CONV_PEERS_PEERPLUGIN_H
