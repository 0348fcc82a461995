//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The definition as a programmer writes it, as a peer of conv-bench: what the
/// compiler of this build makes of plain loops at -O3 for this machine.
///
///   for n, g, k, ho, wo            channels last: n, ho, wo, g, k
///     sum = 0
///     for c, r, s                  channels last: r, s, c
///       sum += x[n][g][c][h'][w'] * f[g][k][c][r][s]   inside the image
///     y[n][g][k][ho][wo] = sum
///
/// The filter has the reduction innermost, as these loops read it. Sums keep
/// their order, so they are not vectorised: -O3 alone may not reorder them.
///
//===----------------------------------------------------------------------===//

#include "conv/Peers/PeerPlugin.h"

#include <cstring>

using namespace mlir::conv::bench;

namespace {

class LoopConvolution : public PeerConvolution {
public:
  LoopConvolution(const PeerProblem &problem) : p(problem) {}
  bool prepare(const float *input, const float *filter, PeerMemory &memory);

  std::string getMode() const override { return "plain loops"; }
  std::string getImplementation() const override {
    return p.channelsLast ? "n ho wo g k r s c" : "n g k ho wo c r s";
  }
  void run() override {
    if (p.channelsLast)
      runChannelsLast();
    else
      runChannelsFirst();
  }
  void readOutput(float *output) override {
    std::memcpy(output, y, p.getOutputSize() * sizeof(float));
  }

private:
  void runChannelsLast();
  void runChannelsFirst();

  PeerProblem p;
  /// `f` is [g][k][r][s][c] or [g][k][c][r][s].
  float *x = nullptr, *f = nullptr, *y = nullptr;
};

class PlainLoops : public PeerLibrary {
public:
  std::string getName() const override { return "plain loops"; }
  std::string getVersion() const override { return CONVOPT_COMPILER; }
  std::string getCore() const override { return ""; }
  std::vector<std::unique_ptr<PeerConvolution>>
  create(const PeerProblem &problem, const float *input, const float *filter,
         PeerMemory &memory, std::string &refused) override {
    std::vector<std::unique_ptr<PeerConvolution>> ways;
    auto way = std::make_unique<LoopConvolution>(problem);
    if (problem.threads != 1)
      refused = "plain loops run on one thread";
    else if (!way->prepare(input, filter, memory))
      refused = "no memory for the operands";
    else
      ways.push_back(std::move(way));
    return ways;
  }
  bool multiply(int64_t, const float *, const float *, float *,
                int64_t) override {
    return false;
  }
};

} // namespace

bool LoopConvolution::prepare(const float *input, const float *filter,
                              PeerMemory &memory) {
  x = memory.allocate(p.getInputSize());
  f = memory.allocate(p.getFilterSize());
  y = memory.allocate(p.getOutputSize());
  if (!x || !f || !y)
    return false;
  std::memcpy(x, input, p.getInputSize() * sizeof(float));
  int64_t taps = p.r * p.s;
  for (int64_t gk = 0; gk < p.g * p.k; ++gk)
    for (int64_t c = 0; c < p.c; ++c)
      for (int64_t tap = 0; tap < taps; ++tap) {
        int64_t to = p.channelsLast ? (gk * taps + tap) * p.c + c
                                    : (gk * p.c + c) * taps + tap;
        f[to] = filter[(gk * p.c + c) * taps + tap];
      }
  return true;
}

void LoopConvolution::runChannelsFirst() {
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t g = 0; g < p.g; ++g)
      for (int64_t k = 0; k < p.k; ++k)
        for (int64_t ho = 0; ho < p.ho; ++ho)
          for (int64_t wo = 0; wo < p.wo; ++wo) {
            float sum = 0;
            for (int64_t c = 0; c < p.c; ++c)
              for (int64_t r = 0; r < p.r; ++r)
                for (int64_t s = 0; s < p.s; ++s) {
                  int64_t h = ho * p.strideH + r * p.dilationH - p.lowH;
                  int64_t w = wo * p.strideW + s * p.dilationW - p.lowW;
                  if (h < 0 || h >= p.h || w < 0 || w >= p.w)
                    continue;
                  sum += x[(((n * p.g + g) * p.c + c) * p.h + h) * p.w + w] *
                         f[(((g * p.k + k) * p.c + c) * p.r + r) * p.s + s];
                }
            y[(((n * p.g + g) * p.k + k) * p.ho + ho) * p.wo + wo] = sum;
          }
}

void LoopConvolution::runChannelsLast() {
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t ho = 0; ho < p.ho; ++ho)
      for (int64_t wo = 0; wo < p.wo; ++wo)
        for (int64_t g = 0; g < p.g; ++g)
          for (int64_t k = 0; k < p.k; ++k) {
            float sum = 0;
            for (int64_t r = 0; r < p.r; ++r)
              for (int64_t s = 0; s < p.s; ++s) {
                int64_t h = ho * p.strideH + r * p.dilationH - p.lowH;
                int64_t w = wo * p.strideW + s * p.dilationW - p.lowW;
                if (h < 0 || h >= p.h || w < 0 || w >= p.w)
                  continue;
                for (int64_t c = 0; c < p.c; ++c)
                  sum += x[(((n * p.h + h) * p.w + w) * p.g + g) * p.c + c] *
                         f[(((g * p.k + k) * p.r + r) * p.s + s) * p.c + c];
              }
            y[(((n * p.ho + ho) * p.wo + wo) * p.g + g) * p.k + k] = sum;
          }
}

PeerLibrary *convBenchGetPeer() {
  static PlainLoops library;
  return &library;
}
