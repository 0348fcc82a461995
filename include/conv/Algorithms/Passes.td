//===- Passes.td - Passes that apply a schedule ------------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_ALGORITHMS_PASSES_TD
#define CONV_ALGORITHMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvApplySchedulePass : Pass<"conv-apply-schedule"> {
  let summary = "Turn scheduled convolutions into transformation and contraction";
  let description = [{
    One file per algorithm family writes its data transformation and a
    `conv.contract` on the transformed data. `direct` has none: the contraction
    reads the input itself.

    ```mlir
    %p = conv.pack_filter rsck ins(%w : ...) outs(%e : ...) -> ...
    %r = conv.contract maps = [...] store = k_contiguous ins(%x, %p : ...) ...
    ```

    A schedule with `parts` becomes a convolution of each part first, on slices
    of the filter, of what its epilogue reads and of the output, each inserted
    before the next one.

    Convolutions without a schedule stay. Fails, with the reason, on an
    algorithm that has no lowering, on parts it cannot have and on a window over
    a dimension the image does not have.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::conv::ConvDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def ConvTilePass : Pass<"conv-tile"> {
  let summary = "Write the outer loops of scheduled contractions";
  let description = [{
    Tiles every `conv.contract` through TilingInterface: first one share per
    thread as its schedule's `parallel` says, as `scf.forall`; then, where the
    schedule has a `band` shorter than the output, batch and groups one at a
    time and bands of output rows, as `scf.for`. With `form = banded` the data
    transformation moves into these loops and makes only what the band reads.
    The loops around the register tile belong to `--conv-lower-to-loops`.

    ```mlir
    %r = conv.contract ... ins(%x, %p) outs(%o) schedule<..., band = 4>
    // becomes
    %r = scf.for %i = %c0 to %c56 step %c4 iter_args(%a = %o) -> ... {
      %s = tensor.extract_slice %a[0, %i, 0, 0] ...
      %t = conv.contract ... ins(%x, %p) row_origin(%i) outs(%s) ...
      %n = tensor.insert_slice %t into %a[0, %i, 0, 0] ...
      scf.yield %n
    }
    ```

    The schedules of the tiles no longer have what was applied (`parallel`,
    `band`, `form`, `flatten`; `mec_a` is `mec_b` where its rows are loops), so
    that the pass may run again. Fails when a dimension that threads are to
    divide has an unknown extent.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvPrintNestPass : Pass<"conv-print-nest"> {
  let summary = "Print the loops that schedules of contractions mean";
  let description = [{
    Prints to standard output, for each `conv.contract`, one line of JSON: the
    levels of loops that `--conv-tile` is going to make (`threads`, with
    iterator, extent and step of each loop), and inside of them the nest that
    `--conv-lower-to-loops` is going to make, in iterations, elements and vector
    lanes: runs of tiles along `channels`, `rows` and `columns` with what becomes
    of their borders, loops of the reduction, what is fetched ahead. Numbers
    that only the program knows are null. Likewise for each `conv.conv` whose
    schedule computes it in place and in one part: the nest that its cost and its
    legality are counted on, which is that of the contraction it becomes; an image
    of unknown size has there the one that stands for all. Changes nothing.

    ```
    { "parts": [ { "levels": [], "contract": { "order": ["k", "ho", "wo"],
      "rows": [ { "begin": 0, "border": "bounded", "count": 56, "size": 1 } ],
      ... } } ] }
    ```
  }];
}

#endif // CONV_ALGORITHMS_PASSES_TD
