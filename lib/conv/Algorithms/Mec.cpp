//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// MEC (Cho and Brand 2017): only the columns of the windows are lowered. Each
/// output column has one strip of the padded image's height; the windows of
/// neighbouring output rows overlap in it.
///
///   l[n][g][wo][h][s][c] = x[n][g][h - low][wo * sw + s * dw - low][c]
///   A:  for ho                                 one product of N Wo rows
///         for n, wo:  out[n][ho][wo][:] = l[n][wo][ho * sh .. + R] * f
///   B:  for n, ho                              one product of Wo rows
///         for wo:     out[n][ho][wo][:] = l[n][wo][ho * sh .. + R] * f
///
/// A's result needs no permutation here: the micro-kernel writes every pixel to
/// its place. With dh = 1 a window is one run of R S C elements and one
/// reduction loop. Workspace: N Wo Hp S C elements.
///
//===----------------------------------------------------------------------===//

#include "Entries.h"
#include "Gather.h"
#include "conv/Schedule/ModelConstants.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

template <Algorithm which> struct Mec {
  static constexpr Algorithm algorithm = which;
  static StringRef getOrder(const Problem &) { return "ngwpsc"; }
  static StringRef getReductions(const Problem &) { return "rsc"; }
  static Operation *create(OpBuilder &b, Location loc, Value input, Value init,
                           DimsAttr dims, const Problem &) {
    return MecLowerOp::create(b, loc, init.getType(), input, init,
                              /*row_origin=*/Value(), dims);
  }
};

} // namespace

/// The paper's rule between the two.
static Algorithm chooseMec(const Problem &p) {
  int64_t images = ShapedType::isDynamic(p.n) ? 1 : p.n;
  int64_t lowered = images * p.g * p.wo * (p.lowH + p.h + p.highH) * p.s * p.c;
  int64_t output = images * p.g * p.k * p.ho * p.wo;
  return p.wo <= kLongRow && output <= lowered ? Algorithm::MecA
                                               : Algorithm::MecB;
}

template <Algorithm algorithm> static AlgorithmInfo makeMecInfo() {
  AlgorithmInfo info = makeGatherInfo<Mec<algorithm>>();
  info.representsFamily = [](const Problem &problem) {
    return chooseMec(problem) == algorithm;
  };
  return info;
}

AlgorithmInfo mlir::conv::getMecA() { return makeMecInfo<Algorithm::MecA>(); }
AlgorithmInfo mlir::conv::getMecB() { return makeMecInfo<Algorithm::MecB>(); }
