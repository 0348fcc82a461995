//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// im2win (Lu, Chu, Liu 2023): the image rows an output row reads are stored
/// column by column, so that every window is one run that overlaps the next.
///
///   NHWC:  t[n][g][ho][w][r][c] = x[n][g][ho * sh + r * dh - low][w - low][c]
///     for n, ho, wo:  out[ho][wo][:] = t[ho][wo * sw ..][(s, r, c)] * f
///   NCHW:  t[n][g][c][ho][w][r]
///     for n, ho, wo:  out[:][ho][wo] = f * t[c][ho][wo * sw ..][(s, r)]
///
/// The filter is packed in window order (s before r). With dw = 1 a window is
/// one reduction loop, in NCHW one per channel. Workspace: N C Ho Wp R
/// elements.
///
//===----------------------------------------------------------------------===//

#include "Entries.h"
#include "Gather.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

struct Im2win {
  static constexpr Algorithm algorithm = Algorithm::Im2win;
  /// The layout of the image decides which of the two.
  static bool isChannelsFirst(const Problem &p) {
    return p.c > 1 && p.inputChannel != 1;
  }
  static StringRef getOrder(const Problem &p) {
    return isChannelsFirst(p) ? "ngchqr" : "nghqrc";
  }
  static StringRef getReductions(const Problem &p) {
    return isChannelsFirst(p) ? "csr" : "src";
  }
  static Operation *create(OpBuilder &b, Location loc, Value input, Value init,
                           DimsAttr dims, const Problem &p) {
    return Im2winOp::create(b, loc, init.getType(), input, init,
                            /*row_origin=*/Value(), dims, isChannelsFirst(p));
  }
};

} // namespace

AlgorithmInfo mlir::conv::getIm2win() { return makeGatherInfo<Im2win>(); }
