//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// OpenBLAS as a peer of conv-bench: explicit im2col, image by image, and
/// sgemm. A pointwise convolution is multiplied in place.
///
//===----------------------------------------------------------------------===//

#include "conv/Peers/PeerPlugin.h"

#include "cblas.h"

#include <algorithm>
#include <cstring>

using namespace mlir::conv::bench;

// The copies are plain loops: let the compiler use the machine's vectors.
#if defined(__x86_64__) && defined(__ELF__)
#define CONVOPT_VECTORISED                                                     \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CONVOPT_VECTORISED
#endif

/// Copies `count` values that lie `stride` apart.
CONVOPT_VECTORISED
static void copyStrided(float *to, const float *from, int64_t count,
                        int64_t stride) {
  if (stride == 1)
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i];
  else if (stride == 2)
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[2 * i];
  else
    for (int64_t i = 0; i < count; ++i)
      to[i] = from[i * stride];
}

/// Calls `body` for 0 to `count`, on `threads` threads.
template <typename Body>
static void forEach(int64_t count, int64_t threads, const Body &body) {
#if defined(_OPENMP)
  if (threads > 1) {
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t i = 0; i < count; ++i)
      body(i);
    return;
  }
#else
  (void)threads;
#endif
  for (int64_t i = 0; i < count; ++i)
    body(i);
}

/// [0, count) of which the positions from + i * step lie in [0, extent).
static std::pair<int64_t, int64_t> getInside(int64_t from, int64_t step,
                                             int64_t count, int64_t extent) {
  int64_t first = from >= 0 ? 0 : (-from + step - 1) / step;
  int64_t last = from >= extent ? 0 : (extent - from + step - 1) / step;
  first = std::min(first, count);
  return {first, std::clamp(last, first, count)};
}

namespace {
class Im2colConvolution : public PeerConvolution {
public:
  Im2colConvolution(const PeerProblem &problem, std::string core)
      : p(problem), core(std::move(core)),
        pointwise(p.r == 1 && p.s == 1 && p.strideH == 1 && p.strideW == 1 &&
                  !p.lowH && !p.lowW && !p.highH && !p.highW) {}
  bool prepare(const float *input, const float *filter, PeerMemory &memory);

  std::string getMode() const override {
    return pointwise ? "sgemm" : "im2col and sgemm";
  }
  std::string getImplementation() const override { return core; }
  void run() override;
  void readOutput(float *output) override {
    std::memcpy(output, y, p.getOutputSize() * sizeof(float));
  }

private:
  void runChannelsLast(const float *image, const float *weights, float *out);
  void runChannelsFirst(const float *image, const float *weights, float *out);

  PeerProblem p;
  std::string core;
  bool pointwise;
  /// `f` is [g][r][s][c][k] or [g][k][c][r][s]; `columns` holds one group of
  /// one image.
  float *x = nullptr, *f = nullptr, *y = nullptr, *columns = nullptr;
};

class OpenBLAS : public PeerLibrary {
public:
  std::string getName() const override { return "OpenBLAS"; }
  std::string getVersion() const override {
    // "OpenBLAS 0.3.21 DYNAMIC_ARCH ..."
    std::string text = openblas_get_config();
    size_t begin = text.find(' ');
    if (begin == std::string::npos)
      return text;
    return text.substr(begin + 1, text.find(' ', begin + 1) - begin - 1);
  }
  std::string getCore() const override { return openblas_get_corename(); }
  std::vector<std::unique_ptr<PeerConvolution>>
  create(const PeerProblem &problem, const float *input, const float *filter,
         PeerMemory &memory, std::string &refused) override {
    openblas_set_num_threads(static_cast<int>(problem.threads));
    std::vector<std::unique_ptr<PeerConvolution>> ways;
    auto way = std::make_unique<Im2colConvolution>(problem, getCore());
    if (way->prepare(input, filter, memory))
      ways.push_back(std::move(way));
    else
      refused = "no memory for the columns";
    return ways;
  }
  bool multiply(int64_t n, const float *a, const float *b, float *c,
                int64_t threads) override {
    openblas_set_num_threads(static_cast<int>(threads));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b,
                n, 0, c, n);
    return true;
  }
};
} // namespace

bool Im2colConvolution::prepare(const float *input, const float *filter,
                                PeerMemory &memory) {
  int64_t taps = p.c * p.r * p.s;
  x = memory.allocate(p.getInputSize());
  f = memory.allocate(p.getFilterSize());
  y = memory.allocate(p.getOutputSize());
  if (!x || !f || !y)
    return false;
  if (!pointwise && !(columns = memory.allocate(p.ho * p.wo * taps)))
    return false;
  std::memcpy(x, input, p.getInputSize() * sizeof(float));
  if (!p.channelsLast) {
    std::memcpy(f, filter, p.getFilterSize() * sizeof(float));
    return true;
  }
  for (int64_t g = 0; g < p.g; ++g)
    for (int64_t k = 0; k < p.k; ++k)
      for (int64_t c = 0; c < p.c; ++c)
        for (int64_t tap = 0; tap < p.r * p.s; ++tap)
          f[((g * p.r * p.s + tap) * p.c + c) * p.k + k] =
              filter[((g * p.k + k) * p.c + c) * p.r * p.s + tap];
  return true;
}

void Im2colConvolution::runChannelsLast(const float *image,
                                        const float *weights, float *out) {
  int64_t taps = p.r * p.s * p.c, pixel = p.g * p.c;
  auto fillRow = [&](int64_t ho) {
    float *to = columns + ho * p.wo * taps;
    for (int64_t wo = 0; wo < p.wo; ++wo)
      for (int64_t r = 0; r < p.r; ++r, to += p.s * p.c) {
        int64_t h = ho * p.strideH + r * p.dilationH - p.lowH;
        int64_t w = wo * p.strideW - p.lowW;
        auto [first, last] = getInside(w, p.dilationW, p.s, p.w);
        if (h < 0 || h >= p.h)
          first = last = 0;
        const float *from = image + (h * p.w + w) * pixel;
        std::fill(to, to + first * p.c, 0.0f);
        if (p.dilationW == 1 && p.g == 1)
          std::memcpy(to + first * p.c, from + first * p.c,
                      (last - first) * p.c * sizeof(float));
        else
          for (int64_t s = first; s < last; ++s)
            std::memcpy(to + s * p.c, from + s * p.dilationW * pixel,
                        p.c * sizeof(float));
        std::fill(to + last * p.c, to + p.s * p.c, 0.0f);
      }
  };
  if (!pointwise)
    forEach(p.ho, p.threads, fillRow);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p.ho * p.wo, p.k, taps,
              1, pointwise ? image : columns, pointwise ? pixel : taps, weights,
              p.k, 0, out, p.g * p.k);
}

void Im2colConvolution::runChannelsFirst(const float *image,
                                         const float *weights, float *out) {
  int64_t taps = p.r * p.s * p.c, pixels = p.ho * p.wo;
  auto fillChannel = [&](int64_t c) {
    float *to = columns + c * p.r * p.s * pixels;
    const float *plane = image + c * p.h * p.w;
    for (int64_t r = 0; r < p.r; ++r)
      for (int64_t s = 0; s < p.s; ++s) {
        int64_t w = s * p.dilationW - p.lowW;
        auto [first, last] = getInside(w, p.strideW, p.wo, p.w);
        for (int64_t ho = 0; ho < p.ho; ++ho, to += p.wo) {
          int64_t h = ho * p.strideH + r * p.dilationH - p.lowH;
          if (h < 0 || h >= p.h) {
            std::fill(to, to + p.wo, 0.0f);
            continue;
          }
          std::fill(to, to + first, 0.0f);
          copyStrided(to + first, plane + h * p.w + w + first * p.strideW,
                      last - first, p.strideW);
          std::fill(to + last, to + p.wo, 0.0f);
        }
      }
  };
  if (!pointwise)
    forEach(p.c, p.threads, fillChannel);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p.k, pixels, taps, 1,
              weights, taps, pointwise ? image : columns, pixels, 0, out,
              pixels);
}

void Im2colConvolution::run() {
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t g = 0; g < p.g; ++g) {
      const float *weights = f + g * p.k * p.c * p.r * p.s;
      if (p.channelsLast)
        runChannelsLast(x + (n * p.h * p.w * p.g + g) * p.c, weights,
                        y + (n * p.ho * p.wo * p.g + g) * p.k);
      else
        runChannelsFirst(x + (n * p.g + g) * p.c * p.h * p.w, weights,
                         y + (n * p.g + g) * p.k * p.ho * p.wo);
    }
}

PeerLibrary *convBenchGetPeer() {
  static OpenBLAS library;
  return &library;
}
