//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Reference.h"

#include "conv/Measure/Elements.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// A well-mixed hash of an index (splitmix64): neighbours and rows differ.
static uint64_t mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Integers in [-amplitude, amplitude].
static void fill(std::vector<float> &data, size_t count, OperandFill how) {
  data.resize(count);
  uint64_t range = 2 * how.amplitude + 1;
  for (size_t i = 0; i < count; ++i)
    data[i] = static_cast<float>(
        static_cast<int64_t>(mix(how.seed + i) % range) - how.amplitude);
}

ReferenceFills bench::getReferenceFills(const KernelSpec &spec) {
  const Problem &p = spec.problem;
  // Half of 2^24 for the products, the rest for bias and residual.
  double budget = double(1 << 23) / (double(p.c) * p.r * p.s);
  FactorTypes types = spec.getTypes();
  int64_t most = std::min<int64_t>(
      {1000, getLargestInteger(types.a), getLargestInteger(types.b)});
  int64_t limit = std::clamp<int64_t>(std::floor(std::sqrt(budget)), 1, most);
  return {{limit, 1},
          {limit, uint64_t(1) << 40},
          {1 << 12, uint64_t(2) << 40},
          {1 << 12, uint64_t(3) << 40}};
}

uint64_t bench::getDigest(llvm::ArrayRef<float> values) {
  uint64_t digest = 0;
  for (auto [i, value] : llvm::enumerate(values))
    digest += mix(i) * static_cast<uint64_t>(static_cast<int64_t>(value));
  return digest;
}

namespace {
/// Strides of an operand by letter.
struct View {
  explicit View(const Operand &operand)
      : n(operand.getStride('n')), g(operand.getStride('g')),
        c(operand.getStride('c')), k(operand.getStride('k')),
        h(operand.getStride('h')), w(operand.getStride('w')),
        r(operand.getStride('r')), s(operand.getStride('s')) {}
  int64_t n, g, c, k, h, w, r, s;
};

/// Offset of each channel `letter` of `operand`.
std::vector<int64_t> getOffsets(const Operand &operand, char letter,
                                int64_t channels) {
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < channels; ++i)
    offsets.push_back(operand.getChannelOffset(letter, i));
  return offsets;
}

/// The definition, in an order a compiler vectorises: blocks of pixels by
/// blocks of channels stay in registers over the reduction. "Channels" are k,
/// or g when a group has one output channel.
class Definition {
public:
  Definition(const KernelSpec &spec, const ReferenceData &data)
      : p(spec.problem), x(spec.getInput()), f(spec.getFilter()),
        o(spec.getOutput()), overGroups(p.isDepthwise()),
        inputChannels(getOffsets(spec.getInput(), 'c', p.c)),
        outputChannels(getOffsets(spec.getOutput(), 'k', p.k)), data(data) {}

  void run(std::vector<float> &out);

private:
  static constexpr int64_t kPixels = 4, kChannels = 8;
  using Tile = std::array<std::array<float, kChannels>, kPixels>;

  void packFilter(int64_t g);
  void computeTile(int64_t n, int64_t g, int64_t ho, int64_t wo, int64_t block,
                   Tile &tile) const;

  const Problem &p;
  View x, f, o;
  bool overGroups;
  std::vector<int64_t> inputChannels, outputChannels;
  const ReferenceData &data;
  /// [block][r][s][c][kChannels] of one group (of all, over groups).
  std::vector<float> packed;
};
} // namespace

void Definition::packFilter(int64_t g) {
  int64_t extent = overGroups ? p.g : p.k;
  int64_t stride = overGroups ? f.g : f.k;
  int64_t blocks = llvm::divideCeil(extent, kChannels);
  packed.assign(blocks * p.r * p.s * p.c * kChannels, 0.0f);
  size_t at = 0;
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t r = 0; r < p.r; ++r)
      for (int64_t s = 0; s < p.s; ++s)
        for (int64_t c = 0; c < p.c; ++c)
          for (int64_t k = block * kChannels; k < (block + 1) * kChannels;
               ++k, ++at)
            if (k < extent)
              packed[at] = data.filter[g * f.g + k * stride + r * f.r +
                                       s * f.s + c * f.c];
}

void Definition::computeTile(int64_t n, int64_t g, int64_t ho, int64_t wo,
                             int64_t block, Tile &result) const {
  Tile tile = {};
  int64_t lanes = std::min(kChannels, p.g - block * kChannels);
  for (int64_t r = 0; r < p.r; ++r) {
    int64_t h = ho * p.strideH + r * p.dilationH - p.lowH;
    if (h < 0 || h >= p.h)
      continue;
    for (int64_t s = 0; s < p.s; ++s) {
      std::array<const float *, kPixels> source;
      static const float zero = 0.0f;
      std::array<int64_t, kPixels> step;
      for (int64_t i = 0; i < kPixels; ++i) {
        int64_t w = (wo + i) * p.strideW + s * p.dilationW - p.lowW;
        bool inside = w >= 0 && w < p.w && wo + i < p.wo;
        source[i] =
            inside ? &data.input[n * x.n + g * x.g + h * x.h + w * x.w] : &zero;
        step[i] = inside ? 1 : 0;
      }
      const float *filter =
          &packed[((block * p.r + r) * p.s + s) * p.c * kChannels];
      if (overGroups) {
        for (int64_t i = 0; i < kPixels; ++i)
          for (int64_t k = 0; k < lanes; ++k)
            tile[i][k] +=
                source[i][step[i] * (block * kChannels + k) * x.g] * filter[k];
        continue;
      }
      for (int64_t c = 0; c < p.c; ++c, filter += kChannels)
        for (int64_t i = 0; i < kPixels; ++i) {
          float value = source[i][step[i] * inputChannels[c]];
          for (int64_t k = 0; k < kChannels; ++k)
            tile[i][k] += value * filter[k];
        }
    }
  }
  result = tile;
}

void Definition::run(std::vector<float> &out) {
  int64_t extent = overGroups ? p.g : p.k;
  auto channel = [&](int64_t k) {
    return overGroups ? k * o.g : outputChannels[k];
  };
  for (int64_t g = 0; g < (overGroups ? 1 : p.g); ++g) {
    packFilter(g);
    for (int64_t n = 0; n < p.n; ++n)
      for (int64_t ho = 0; ho < p.ho; ++ho)
        for (int64_t block = 0; block * kChannels < extent; ++block)
          for (int64_t wo = 0; wo < p.wo; wo += kPixels) {
            Tile tile;
            computeTile(n, g, ho, wo, block, tile);
            for (int64_t i = 0; i < std::min(kPixels, p.wo - wo); ++i)
              for (int64_t k = 0;
                   k < std::min(kChannels, extent - block * kChannels); ++k)
                out[n * o.n + g * o.g + ho * o.h + (wo + i) * o.w +
                    channel(block * kChannels + k)] = tile[i][k];
          }
  }
}

/// Adds bias and residual and clamps, in the order of `conv.conv`.
static void applyEpilogue(const KernelSpec &spec, ReferenceData &data) {
  const Problem &p = spec.problem;
  View o(spec.getOutput()), b(spec.getBias());
  std::vector<int64_t> channels = getOffsets(spec.getOutput(), 'k', p.k);
  // Bounds are of floating point.
  bool bounded = p.hasClamp && isFloat(spec.getTypes().acc);
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t g = 0; g < p.g; ++g)
      for (int64_t k = 0; k < p.k; ++k)
        for (int64_t ho = 0; ho < p.ho; ++ho)
          for (int64_t wo = 0; wo < p.wo; ++wo) {
            int64_t at = n * o.n + g * o.g + channels[k] + ho * o.h + wo * o.w;
            float y = data.output[at];
            if (p.hasBias)
              y += data.bias[g * b.g + k * b.k];
            if (p.hasResidual)
              y += data.residual[at];
            if (bounded && spec.clampLower)
              y = std::max(y, static_cast<float>(*spec.clampLower));
            if (bounded && spec.clampUpper)
              y = std::min(y, static_cast<float>(*spec.clampUpper));
            data.output[at] = y;
          }
}

ReferenceData::ReferenceData(const KernelSpec &spec, bool withOutput) {
  const Problem &p = spec.problem;
  ReferenceFills fills = getReferenceFills(spec);
  fill(input, spec.getInput().numElements(), fills.input);
  if (spec.getTypes().a == ElementKind::U8)
    for (float &value : input)
      value = std::abs(value);
  fill(filter, spec.getFilter().numElements(), fills.filter);
  if (p.hasBias)
    fill(bias, spec.getBias().numElements(), fills.bias);
  if (p.hasResidual)
    fill(residual, spec.getOutput().numElements(), fills.residual);
  if (!withOutput)
    return;
  output.resize(spec.getOutput().numElements());
  Definition(spec, *this).run(output);
  if (p.hasBias || p.hasResidual || p.hasClamp)
    applyEpilogue(spec, *this);
}

/// The largest magnitude among `values`; 0 without any.
static double getMagnitude(const std::vector<float> &values) {
  double most = 0;
  for (float value : values)
    most = std::max(most, double(std::abs(value)));
  return most;
}

double bench::getErrorBound(const KernelSpec &spec, const ReferenceData &data,
                            std::optional<WinogradTile> tile) {
  if (!tile)
    return 0;
  double sums =
      getWinogradBound(*tile, spec.problem.c, getMagnitude(data.input),
                       getMagnitude(data.filter));
  // Bias and residual are added to sums that are no integers.
  constexpr double unit = 1.0 / (1 << 24);
  double addends = getMagnitude(data.bias) + getMagnitude(data.residual);
  return sums + 2 * unit * (getMagnitude(data.output) + sums + addends);
}

std::string bench::compareExactly(const Operand &operand, const float *got,
                                  const std::vector<float> &want) {
  return compareWithin(operand, got, want, /*bound=*/0);
}

std::string bench::compareWithin(const Operand &operand, const float *got,
                                 const std::vector<float> &want, double bound) {
  size_t wrong = 0, first = 0;
  for (size_t i = 0; i < want.size(); ++i)
    if (!(std::abs(double(got[i]) - want[i]) <= bound) && !wrong++)
      first = i;
  if (!wrong)
    return "";
  std::string where;
  for (char letter : operand.letters) {
    size_t pos = operand.letters.find(letter);
    where += llvm::formatv("{0}{1}={2}", where.empty() ? "" : " ", letter,
                           static_cast<int64_t>(first) /
                               operand.getStride(letter) % operand.shape[pos])
                 .str();
  }
  return llvm::formatv("{0} of {1} values are wrong, first at {2}: got {3}, "
                       "want {4}",
                       wrong, want.size(), where, got[first], want[first]);
}
