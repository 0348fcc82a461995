//===- Passes.td - Passes about buffers and functions ------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_MEMORY_PASSES_TD
#define CONV_MEMORY_PASSES_TD

include "conv/Machine/MachineOptions.td"
include "mlir/Pass/PassBase.td"

def ConvBufferizePass : Pass<"conv-bufferize", "::mlir::ModuleOp"> {
  let summary = "Bufferize the module with identity layouts at its boundaries";
  let description = [{
    Concatenations become insertions, and what makes a part writes it where it
    will be, unless it is there before the part in front of it is finished; one of
    parts that stand together in a later one is a slice of that one. Runs
    upstream's empty-tensor elimination, one-shot bufferization across
    function boundaries and, where the function has no `memref.dealloc` of its
    own, the buffer deallocation pipeline. Strided copies between memrefs become
    `linalg.copy`, contiguous ones stay `memref.copy`, which becomes an
    intrinsic: no call into a runtime library is left.

    ```mlir
    func.func @f(%x: tensor<8x8xf32>) -> tensor<4x4xf32> {
      %s = tensor.extract_slice %x[0, 2] [4, 4] [1, 1] : ...
    // becomes
    func.func @f(%x: memref<8x8xf32>) -> memref<4x4xf32> {
      %v = memref.subview %x[0, 2] [4, 4] [1, 1] : ...
      %a = memref.alloc() : memref<4x4xf32>
      linalg.copy ins(%v : ...) outs(%a : memref<4x4xf32>)
    ```

    Modules without tensors pass through; only what they allocate and do not
    free is freed. Warns about a function that frees buffers of its own and is
    given more by bufferization: those are never freed. Fails on operations that
    do not bufferize, and on loops of branches in functions with buffers.

    Refuses types with more elements than can be addressed, memrefs whose layout
    has no strides, constants whose values were elided, and functions of nested
    modules.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
  let options = [
    Option<"deallocate", "deallocate", "bool", /*default=*/"true",
           "Free what is allocated; without, --conv-workspace-to-argument is to "
           "give it another home">];
}

def ConvCopyStridedPass : Pass<"conv-copy-strided"> {
  let summary = "Copy operands of conv.contract that vectors cannot reach";
  let description = [{
    Runs after `--conv-bufferize`. A schedule is chosen on tensors. Where
    bufferization then has a contraction read or write a strided slice of another
    buffer, such as one into which its result is inserted with gaps, and the
    schedule needs vectors along the dimension with the gaps, the operand becomes
    a dense buffer and is copied.

    ```mlir
    conv.contract ... store = w_contiguous ins(...)
      outs(%y : memref<1x8x4x4xf32, strided<[512, 64, 16, 2], offset: 9>>)
    // becomes
    %t = memref.alloc() : memref<1x8x4x4xf32>
    conv.contract ... store = w_contiguous ins(...) outs(%t : memref<1x8x4x4xf32>)
    linalg.copy ins(%t : ...) outs(%y : ...)
    memref.dealloc %t : memref<1x8x4x4xf32>
    ```

    Where two contractions, one behind the other, write the even and the odd
    columns of a buffer, as phases of a transposed convolution do, the second
    stores both at once, without a copy:

    ```mlir
    conv.contract ... store = w_contiguous ins(...) outs(%t : memref<1x8x4x4xf32>)
    conv.contract ... store = w_contiguous ins(...) beside(%t : memref<1x8x4x4xf32>)
      outs(%y : memref<1x8x4x4xf32, strided<[512, 64, 16, 2], offset: 9>>)
    ```

    They do so in turn, a few rows at a time, where `%t` would not stay in L2 and the
    filters do.

    Slices whose vectors lie in one piece stay where they are, and so do operands
    that a dense buffer would not help.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::conv::ConvDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ConvDivideCopiesPass : Pass<"conv-divide-copies", "::mlir::ModuleOp">,
                           Conv_MachineOptions {
  let summary = "Divide copies and fills of buffers among threads";
  let description = [{
    Runs after `--conv-bufferize`, with `threads`. What is left of padding,
    concatenation and insertion are copies and fills of buffers; those of known
    size that threads gain by, as `--conv-vectorize-rest` has it, are divided.

    ```mlir
    memref.copy %x, %y : memref<64x3136xf32> to memref<64x3136xf32>
    // becomes
    scf.forall (%t) in (2) {
      linalg.copy ins(rows of %x : memref<32x3136xf32, ...>) outs(rows of %y : ...)
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::conv::ConvDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
  let options = machineOptions;
}

def ConvPlanWorkspacePass : Pass<"conv-plan-workspace", "::mlir::func::FuncOp"> {
  let summary = "Share one arena among the temporary storage of convolutions";
  let description = [{
    Runs after `--conv-bufferize`. The `memref.alloc` that data transformations,
    partial products and packed filters are made in become views of one arena
    per function, those inside of a parallel loop of one arena per iteration.
    Buffers that are not in use at the same time lie at the same place. The
    bytes are said in a remark and by the attribute `conv.workspace` of the
    function.

    ```mlir
    func.func @f(...) {
      %a = memref.alloc() : memref<1x1x56x56x3x3x64xf32>
      conv.im2row ... outs(%a : ...)
    // becomes
    func.func @f(...) attributes {conv.workspace = 7225344 : i64} {
      %arena = memref.alloc() {alignment = 64 : i64} : memref<7225344xi8>
      %a = memref.view %arena[%c0][] : memref<7225344xi8> to memref<...>
      conv.im2row ... outs(%a : ...)
    ```

    Buffers of dynamic size and those that leave the function stay, and so do
    all of a function with more than one block. With `apart` what is not in use
    at the same time is in arenas apart, which live as long as what they hold.
  }];
  let options = [
    Option<"apart", "apart", "bool", /*default=*/"false",
           "Make an arena of what is in use at the same time, which "
           "--conv-workspace-to-argument places among other buffers">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def ConvUnshareWorkspacePass : Pass<"conv-unshare-workspace", "::mlir::func::FuncOp"> {
  let summary = "Keep temporary storage from living longer than a convolution";
  let description = [{
    Convolutions of the same image may share its transformation, those with the
    same filter its packed form, once common subexpressions are eliminated. If
    another convolution lies in between, both need their storage at once, and a
    bound each of them keeps is broken by the function. Such a transformation or
    packing is made again for every use; neighbours go on sharing it. Every use
    of a `tensor.empty` gets one of its own: bufferization would make a shared
    one a single buffer that lives from the first use to the last. What is
    computed in a slice of it and inserted there is one use. The pipeline makes
    transformations again when `max-workspace` or `network-memory` is given, and
    shares empty tensors, but for those of slices, where memory is allocated.

    ```mlir
    %t = conv.im2row ... ins(%x ...) ...
    %0 = conv.contract ... ins(%t, ...) ...
    %u = conv.im2row ... ins(%y ...) ...
    %1 = conv.contract ... ins(%u, ...) ...
    %2 = conv.contract ... ins(%t, ...) ...
    // becomes
    %t = conv.im2row ... ins(%x ...) ...
    %0 = conv.contract ... ins(%t, ...) ...
    %u = conv.im2row ... ins(%y ...) ...
    %1 = conv.contract ... ins(%u, ...) ...
    %v = conv.im2row ... ins(%x ...) ...
    %2 = conv.contract ... ins(%v, ...) ...
    ```

    Works on tensors, before bufferization. Nothing on memrefs is changed, since
    nothing is shared there.
  }];
  let options = [
    Option<"transformations", "transformations", "bool", /*default=*/"true",
           "Make transformations and packed filters again">,
    Option<"empties", "empties", "bool", /*default=*/"true",
           "Share no empty tensor; false: only those of which slices are "
           "computed">];
}

def ConvSeparateResultsPass : Pass<"conv-separate-results", "::mlir::func::FuncOp"> {
  let summary = "Give each result of a function a buffer of its own";
  let description = [{
    Results that are, or may be, views of the same allocation are copied, all but
    one, and so is what a function of several returns allocates before it
    branches. After it `--buffer-results-to-out-params=hoist-static-allocs` is
    right, which puts an argument in the place of the allocation behind each
    result of each return.

    ```mlir
    func.func @f(...) -> (memref<8xf32>, memref<8xf32>) {
      %r = memref.alloc() : memref<8xf32>
      ...
      return %r, %r : memref<8xf32>, memref<8xf32>
    // becomes
      %c = memref.alloc() : memref<8xf32>
      memref.copy %r, %c : memref<8xf32> to memref<8xf32>
      return %r, %c : memref<8xf32>, memref<8xf32>
    ```

    `--conv-bufferize` does the same to functions that returned tensors: these
    were values, and a caller may free each of their buffers. Buffers that are
    not returned are not freed, and strided views that nothing can allocate stay
    as they are.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def ConvResultSizesPass : Pass<"conv-result-sizes", "::mlir::ModuleOp"> {
  let summary = "Say how large the results of functions are";
  let description = [{
    For each public function with arguments whose extents only its caller knows,
    a private function `@NAME_result_sizes` that computes from these extents, in
    the order of the arguments, those of the results that are not known either,
    without computing the results. It returns 0, or 1 where the extents do not
    fit: where operations would be given operands of different extents, windows
    and slices that leave their tensor, images smaller than the window, or extents
    below 0.

    ```mlir
    func.func @f(%x: tensor<?x?xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32>
    // is followed by
    func.func private @f_result_sizes(
        %sizes: memref<3xi64>, %result_sizes: memref<1xi64>) -> i32
    ```

    Callers of such a function in the module get a private copy of it. Works on
    tensors and memrefs, before functions are divided or extents hidden. Fails on
    results whose extents follow from values, or from control flow, and when
    `@NAME_result_sizes` exists.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvSizesToArgumentsPass
    : Pass<"conv-sizes-to-arguments", "::mlir::ModuleOp"> {
  let summary = "Pass extents that only the caller knows beside plain pointers";
  let description = [{
    Arguments of public functions that are memrefs of dynamic shape become
    memrefs of rank 0, their begin, marked `conv.type` with what they were.
    A last argument, `memref<Nxi64>` marked `conv.sizes`, has the extents that
    their types do not say, in the order of the arguments; those of results
    (`bufferize.result`) are computed as `@NAME_result_sizes` does, which becomes
    public.

    ```mlir
    func.func @f(%x: memref<?x8xf32>) {
      ...
    // becomes
    func.func @f(%x: memref<f32> {conv.type = memref<?x8xf32>},
                 %sizes: memref<1xi64> {conv.sizes}) {
      %n = memref.load %sizes[%c0] : memref<1xi64>
      %0 = arith.index_cast %n : i64 to index
      %1 = memref.reinterpret_cast %x to offset: [0], sizes: [%0, 8], strides: [8, 1]
             : memref<f32> to memref<?x8xf32>
      ...
    ```

    Run after `--conv-results-to-arguments`, on modules that
    `--conv-result-sizes` saw. Fails on layouts other than the identity.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::memref::MemRefDialect"];
}

def ConvWorkspaceToArgumentPass
    : Pass<"conv-workspace-to-argument", "::mlir::ModuleOp"> {
  let summary = "Let the caller of a function provide its temporary memory";
  let description = [{
    Every function with a body gets one more argument, `memref<Nxi8>` marked
    `conv.workspace`, and its `memref.alloc` become views of it; `memref.dealloc`
    disappear. N is known, since shapes are: buffers that are not needed at the
    same time share bytes, those inside parallel loops exist once per iteration.
    Offsets are multiples of 64 bytes. Callers in the module pass a piece of
    their own workspace. For each public function `@NAME_workspace_size` returns
    N.

    ```mlir
    func.func @f(%x: memref<8xf32>, %y: memref<8xf32>) {
      %t = memref.alloc() : memref<8xf32>
      memref.copy %x, %t : memref<8xf32> to memref<8xf32>
      memref.copy %t, %y : memref<8xf32> to memref<8xf32>
      memref.dealloc %t : memref<8xf32>
    // becomes
    func.func @f(%x: memref<8xf32>, %y: memref<8xf32>,
                 %w: memref<32xi8> {conv.workspace}) {
      %c0 = arith.constant 0 : index
      %t = memref.view %w[%c0][] : memref<32xi8> to memref<8xf32>
      memref.copy %x, %t : memref<8xf32> to memref<8xf32>
      memref.copy %t, %y : memref<8xf32> to memref<8xf32>
    func.func @f_workspace_size() -> i64
    ```

    A function with an argument `conv.sizes` (`--conv-sizes-to-arguments`) has the
    allocations whose sizes follow from it behind those of known size, in slots
    that allocations not needed at the same time share. Its workspace is a
    `memref<i8>`, the begin, and `@NAME_workspace_size` takes the sizes.

    Run after bufferization and `--conv-results-to-arguments`. Allocations stay,
    with a warning, whose size is not known, that are returned or outlive the
    iteration of the loop they are made in, that are in a parallel loop of unknown
    extent, or that something frees which may be given other buffers as well;
    `--conv-deallocate` then frees them. Fails on memory of the caller's that is
    freed, on calls of functions with a workspace in parallel loops of unknown
    extent, on recursion, and when `@NAME_workspace_size` exists.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
}

def ConvResultsToArgumentsPass
    : Pass<"conv-results-to-arguments", "::mlir::ModuleOp"> {
  let summary = "Let the caller of a function provide the buffers of its results";
  let description = [{
    Upstream's `--buffer-results-to-out-params` for the functions whose results
    have static sizes, public ones included: each result becomes an argument
    marked `bufferize.result`, which takes the place of the allocation behind it.
    Private functions with other results return buffers, which their callers own.

    ```mlir
    func.func @f(...) -> memref<8xf32> {
      %r = memref.alloc() : memref<8xf32>
      ...
      return %r : memref<8xf32>
    // becomes
    func.func @f(..., %r: memref<8xf32> {bufferize.result}) {
      ...
      return
    ```

    Run after `--conv-separate-results`. Results of public functions become
    arguments whatever their sizes are: `--conv-result-sizes` says what callers
    bring.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def ConvDeallocatePass : Pass<"conv-deallocate", "::mlir::ModuleOp"> {
  let summary = "Free what functions allocate and nobody frees";
  let description = [{
    Upstream's ownership-based deallocation for functions that allocate, are
    returned or return buffers, and have no `memref.dealloc` of their own. The
    rest of what `--conv-workspace-to-argument` leaves on the heap:

    ```mlir
    %r = scf.for ... iter_args(%old = %x) -> memref<8xf32> {
      %new = memref.alloc() : memref<8xf32>
      ...
      scf.yield %new : memref<8xf32>
    }
    // becomes
    %r, %owned = scf.for ... iter_args(%old = %x, %mine = %false) -> ... {
      %new = memref.alloc() : memref<8xf32>
      ...
      scf.if %mine { memref.dealloc %old : memref<8xf32> }
      scf.yield %new, %true : memref<8xf32>, i1
    }
    scf.if %owned { memref.dealloc %r : memref<8xf32> }
    ```

    Fails on loops of branches in such functions, as upstream does.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ConvPlainPointersPass : Pass<"conv-plain-pointers", "::mlir::ModuleOp"> {
  let summary = "Pass memrefs from and to C as plain pointers";
  let description = [{
    Marks functions that C calls, or that are C, for upstream's conversion to
    LLVM, which then passes a pointer for each memref: public functions, and
    declarations all of whose memrefs have static sizes and identity layouts.
    Everything else keeps descriptors, which alone can say sizes, strides and
    ranks at run time.

    ```mlir
    func.func @f(%x: memref<8xf32>) { ... }
    func.func private @g(%x: memref<?xf32>) { ... }
    // becomes
    func.func @f(%x: memref<8xf32>) attributes {llvm.bareptr} { ... }
    func.func private @g(%x: memref<?xf32>) { ... }
    ```

    Empty memrefs of several dimensions become `memref<0x...>` in public functions.
    Fails on a public function with other memrefs, or with one among its results.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def ConvTimeOperationsPass : Pass<"conv-time-operations", "::mlir::ModuleOp"> {
  let summary = "Have functions say when each of their operations is done";
  let description = [{
    Runs before `--conv-outline-kernels`, after memory is planned. Operations of a
    function's own blocks that do work are numbered from 1, in the order of the
    module; behind each stands a call of `@conv_operation_done` with its number,
    and a public function begins with one of 0. Who runs the code defines that
    function and reads a clock in it, as `conv-bench model.mlir` does.

    ```mlir
    func.func @f(...) {
      conv.contract ...
      scf.forall (%t) in (2) { ... }
    // becomes
    func.func @f(...) {
      call @conv_operation_done(%c0) : (i64) -> ()
      conv.contract ...
      call @conv_operation_done(%c1) : (i64) -> ()
      scf.forall (%t) in (2) { ... }
      call @conv_operation_done(%c2) : (i64) -> ()
    ```

    A loop or a branch is one operation, with all that is in it. Private functions
    are timed where public ones call them outside of loops; a call of any other
    function is an operation. Fails where the module has the function's name.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def ConvOutlineKernelsPass : Pass<"conv-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make each decided piece of work a function; equal ones once";
  let description = [{
    Runs after memory is planned. A *kernel* is what one thread does of a
    contraction, a data transformation, a shifted addition or the packing of a
    filter: the operation itself, the loops over bands around it, and all of a
    parallel loop's body where nothing else is done there. The parallel loop
    stays in the caller: one kernel serves any number of threads.

    ```mlir
    scf.forall (%i) in (2) {
      %x = memref.subview %a[0, %r, 0, 0] ... : ... to memref<1x30x58x64xf32, ...>
      scf.for %ho = ... {
        conv.contract ... ins(%x, %f : ...) row_origin(%ho) ...
      }
    }
    // becomes
    scf.forall (%i) in (2) {
      call @conv3x3_64x64_28x56_8c5d0e1f2a3b4c5d(%a_base, %a_offset, %f_base, ...)
    }
    func.func private @conv3x3_64x64_28x56_8c5d0e1f2a3b4c5d(
        %a: memref<f32>, %a_offset: index, %f: memref<f32>, ...)
        attributes {conv.kernel} { ... }
    ```

    Pieces that are equal but for the values they are given become one function.
    It takes, for each memref, the begin of its buffer as a memref of rank 0 and
    whatever of offset, sizes and strides is not a constant; then the other
    values, such as the part's origin. Constant offsets are arguments, too, so
    that the taps of a sum share a kernel. The name is readable and ends in a
    digest of the text, the machine and, when `cpu` is given, the target: equal
    names are equal code, in other modules as well.

    Loops that no schedule describes, `scf.for` or what `linalg` writes on memrefs,
    become kernels in the same way, marked `conv.loop_kernel`: LLVM may unroll these
    and call builtins in them. They must not call, name a symbol, or take memory.
    Where it is certain that nothing else in the kernel reaches what a memref does,
    such as another part of the same arena, its pointer is `llvm.noalias`.

    What uses memrefs without strides stays where it is.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU the kernels are for, a part of their names">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx2,-avx512f">];
}

#endif // CONV_MEMORY_PASSES_TD
