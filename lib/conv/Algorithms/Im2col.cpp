//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// im2row and im2col: every patch is copied (Anderson et al. 2017, class 1).
///
///   im2row:  a[n][g][ho][wo][r][s][c] = x[n][g][ho * sh + r * dh - low]
///                                          [wo * sw + s * dw - low][c]
///     for n, ho, wo:  out[ho][wo][:] = a[ho][wo][(r, s, c)] * f[(r, s, c)][:]
///   im2col:  a[n][g][c][r][s][ho][wo]
///     for n, ho, wo:  out[:][ho][wo] = f[:][(c, r, s)] * a[(c, r, s)][ho][wo]
///
/// The reduction over a patch is one loop: the filter is packed in the patch's
/// order. Workspace: N C R S Ho Wo elements; banded the same with the band's
/// rows and one image.
///
//===----------------------------------------------------------------------===//

#include "Entries.h"
#include "Gather.h"

using namespace mlir;
using namespace mlir::conv;

namespace {

struct Im2row {
  static constexpr Algorithm algorithm = Algorithm::Im2row;
  static StringRef getOrder(const Problem &) { return "nghwrsc"; }
  static StringRef getReductions(const Problem &) { return "rsc"; }
  static Operation *create(OpBuilder &b, Location loc, Value input, Value init,
                           DimsAttr dims, const Problem &) {
    return Im2rowOp::create(b, loc, init.getType(), input, init,
                            /*row_origin=*/Value(), dims);
  }
};

struct Im2col {
  static constexpr Algorithm algorithm = Algorithm::Im2col;
  static StringRef getOrder(const Problem &) { return "ngcrshw"; }
  static StringRef getReductions(const Problem &) { return "crs"; }
  static Operation *create(OpBuilder &b, Location loc, Value input, Value init,
                           DimsAttr dims, const Problem &) {
    return Im2colOp::create(b, loc, init.getType(), input, init,
                            /*row_origin=*/Value(), dims);
  }
};

} // namespace

AlgorithmInfo mlir::conv::getIm2row() { return makeGatherInfo<Im2row>(); }
AlgorithmInfo mlir::conv::getIm2col() { return makeGatherInfo<Im2col>(); }
