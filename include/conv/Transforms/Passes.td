//===- Passes.td - Passes that decide and transform --------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TRANSFORMS_PASSES_TD
#define CONV_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

/// Options that describe the machine. Precedence: explicit parameters, then
/// `cpu`, then the module's DLTI target specification, then the host.
class Conv_MachineOptions {
  list<Option> machineOptions = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to decide for, as LLVM spells it; 'native' is the host">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple of that CPU; empty: found from the CPU's name, else "
           "the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx2,-avx512f">,
    Option<"nFma", "n-fma", "int64_t", /*default=*/"0",
           "FMA instructions that can start per cycle">,
    Option<"lFma", "l-fma", "int64_t", /*default=*/"0",
           "Latency of an FMA in cycles">,
    Option<"nVec", "n-vec", "int64_t", /*default=*/"0",
           "f32 lanes of a vector">,
    Option<"nReg", "n-reg", "int64_t", /*default=*/"0",
           "Vector registers">,
    Option<"loads", "loads", "int64_t", /*default=*/"0",
           "Vector loads per cycle">,
    Option<"l1", "l1", "int64_t", /*default=*/"0", "L1 data cache in bytes">,
    Option<"l1Ways", "l1-ways", "int64_t", /*default=*/"0",
           "Associativity of the L1 data cache">,
    Option<"l2", "l2", "int64_t", /*default=*/"0", "L2 cache in bytes">,
    Option<"l3", "l3", "int64_t", /*default=*/"0", "L3 cache in bytes">,
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "Threads a convolution may use">];
}

def ConvAutotunePass : Pass<"conv-autotune", "::mlir::ModuleOp">,
                       Conv_MachineOptions {
  let summary = "Choose each convolution's algorithm and tiling factors";
  let description = [{
    The only pass that decides. Writes `#conv.schedule` on every `conv.conv`
    from the problem and the machine model (N_fma, L_fma, N_vec, registers, load
    ports, caches), and says why in a remark: problem, candidates, register tile,
    registers used, limiting resource, predicted cycles
    (`--remarks-filter=conv`). A `passed` remark compares what was taken with
    the runner-up; a `missed` remark names every algorithm that is refused, with
    the reason, and every one whose temporary storage exceeds `max-workspace`.
    Convolutions that differ in nothing but the values they take are compared
    once. The machine is recorded on the module as `conv.machine`.

    A schedule that is already there is checked and kept; one that cannot be is
    an error with the reason, as is a forced `algorithm` that cannot be done. An
    attribute `conv.algorithm = "im2win"` on a convolution forces the algorithm
    of this one. Among the algorithms not in `exclude` whose temporary storage
    is within `max-workspace`, the cheapest wins, data transformation included;
    a bound nothing can meet is an error that says what would do.

    With `records` a convolution that conv-tune measured on this machine, with
    this revision of the code generator and this LLVM, gets the schedule that
    was fastest, if the options above allow it; its remark says `measured`. A
    `missed` remark says why a record was not used. A file that is missing or
    damaged is an error. Schedules on the operations come before records,
    records before the model.

    A convolution nothing can handle gets a warning and a `missed` remark and is
    left without a schedule (`--conv-to-linalg=unscheduled-only`).

    ```mlir
    %r = conv.conv dims<nhwc x rsck -> nhwk> ins(...) outs(...) -> ...
    // becomes
    %r = conv.conv dims<nhwc x rsck -> nhwk> ins(...) outs(...)
      schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14,
               prefetch = 2048> -> ...
    ```
  }];
  let dependentDialects = ["::mlir::conv::ConvDialect"];
  let options = !listconcat(machineOptions, [
    Option<"algorithm", "algorithm", "std::string", /*default=*/"\"auto\"",
           "Force this algorithm on every convolution; 'auto' chooses, 'mec' "
           "chooses between mec_a and mec_b">,
    Option<"form", "form", "std::string", /*default=*/"\"\"",
           "Extent of data transformations, 'whole' or 'banded'; empty: as the "
           "model prefers">,
    ListOption<"exclude", "exclude", "std::string",
           "Algorithms not to choose">,
    Option<"maxWorkspace", "max-workspace", "std::string", /*default=*/"\"\"",
           "Most bytes of temporary storage per convolution, such as 65536, "
           "512KiB or 1MiB; empty: any">,
    Option<"records", "records", "std::string", /*default=*/"\"\"",
           "File of conv-tune's records; a schedule that was measured on this "
           "machine is taken instead of the model's">]);
}

def ConvPrintMachinePass : Pass<"conv-print-machine", "::mlir::ModuleOp">,
                           Conv_MachineOptions {
  let summary = "Print the machine model, each field with its source";
  let description = [{
    Prints to standard output one line per field: name, value, unit and where it
    came from (option, table, LLVM's scheduling model or target, DLTI, host,
    default). Changes nothing. Fails when the CPU is unknown or has no usable
    model, listing the options to give.

    ```
    n_fma                 2  FMAs per cycle   table (measured; LLVM borrows Zen 4's model)
    n_vec                16  f32 lanes        LLVM target
    ```
  }];
  let options = machineOptions;
}

def ConvReportPass : Pass<"conv-report", "::mlir::ModuleOp">,
                     Conv_MachineOptions {
  let summary = "Write what was decided, and what else was possible, as JSON";
  let description = [{
    Runs after `--conv-autotune` and changes nothing. Writes one object:

    ```
    { "version": 1,
      "machine": { "n_fma": 2, ..., "clock_mhz": null, "peak_flops_per_cycle": 64 },
      "max_workspace_bytes": null,
      "convolutions": [
        { "problem": "mb1_ic64oc64_ih56oh56kh3sh1ph1",
          "layout": "nhwc x rsck -> nhwk",
          "count": 3, "uses": [ { "function": "main", "location": "m.mlir:12:8" }, ... ],
          "chosen": { "algorithm": "direct", "form": "whole", "schedule": "<...>",
                      "threads": 1, "predicted_cycles": 3673152,
                      "predicted_ms": null, "measured_ms": null,
                      "predicted_peak_fraction": 0.983,
                      "workspace_bytes": 0,
                      "register_tile": { "h_ob": 1, "w_ob": 14, "c_ob": 32,
                                         "registers": 31 },
                      "limited_by": "FMA issue", "loop_nest": [ "for k ...", ... ] },
          "candidates": [ { "algorithm": ..., (as in chosen), "fits": true }, ... ],
          "refusals": [ { "algorithm": "im2win", "reason": "..." } ],
          "pareto": [ 0, 3 ],
          "measured": [ { "schedule": "<...>", "ms": 0.9, "peak_fraction": 0.97,
                          "workspace_bytes": 0, "model_schedule": "<...>",
                          "speedup": 1.02, "limits": "" } ],
          "roofline": { "flops": ..., "compulsory_bytes": ..., "flops_per_byte": ...,
                        "bytes_per_cycle": 8, "attainable_flops_per_cycle": 64,
                        "chosen_flops_per_cycle": 62.9, "bound": "compute" } } ],
      "largest_workspace_bytes": 0 }
    ```

    Convolutions that differ in nothing but the values they take are one entry.
    `candidates` are in the order the tuner prefers; `fits` says whether the
    workspace is within `max-workspace`. `pareto` lists the candidates no other
    beats in both time and workspace, by time. Cycles are those of one core;
    milliseconds, divided evenly among the schedule's threads, need
    `clock-mhz`. Where there is no schedule `chosen` is null and `obstacle` says
    why. With `records` of conv-tune, `measured` lists what was measured for the
    convolution on the machine the machine options name, and `measured_ms` of a
    schedule is its time. `schedule` is what `conv-bench --schedule` takes. Flops per cycle and
    the roofline are those of one core.

    Fails when the module has convolutions but no `conv.machine`, when the file
    cannot be written, and on a file that has no records.
  }];
  let options = !listconcat(machineOptions, [
    Option<"file", "file", "std::string", /*default=*/"\"-\"",
           "File to write; '-' is standard output">,
    Option<"maxWorkspace", "max-workspace", "std::string", /*default=*/"\"\"",
           "The bound --conv-autotune was given">,
    Option<"clockMHz", "clock-mhz", "int64_t", /*default=*/"0",
           "Clock of the machine, for predicted milliseconds; 0: not known">,
    Option<"records", "records", "std::string", /*default=*/"\"\"",
           "File of conv-tune's records with measured times">]);
}

def ConvPrintSchedulesPass : Pass<"conv-print-schedules", "::mlir::ModuleOp">,
                             Conv_MachineOptions {
  let summary = "Print every schedule of the direct algorithm with its cost";
  let description = [{
    Prints to standard output, for each `conv.conv`, one line per legal schedule
    of the direct algorithm: every register tile within the registers (and, where
    the problem has enough outputs, above N_fma * L_fma accumulators) in every
    loop order, with the vector registers it needs, its predicted cycles and the
    resource that limits it. The model's choice stands first, marked `>`; it may
    be the only line of its kind, since the model takes the first of equal ones.
    Changes nothing. What the direct algorithm cannot compute is said with the
    reason. Fails as `conv-print-machine` does.

    ```
    mb1_ic64oc64_ih56oh56kh3sh1ph1: 134 schedules
    > 14x2 khw     31 registers    3673824 cycles  FMA issue
      4x2 khw      11 registers    5101312 cycles  FMA latency
    ```
  }];
  let dependentDialects = ["::mlir::conv::ConvDialect"];
  let options = machineOptions;
}

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

    Convolutions without a schedule stay. Fails, with the reason, on an
    algorithm that has no lowering and on a window over a dimension the image
    does not have.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::conv::ConvDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def ConvPropagateLayoutsPass : Pass<"conv-propagate-layouts", "::mlir::ModuleOp">,
                               Conv_MachineOptions {
  let summary = "Keep chains of convolutions in blocked layouts";
  let description = [{
    Values that pass from convolution to convolution may lie in blocks of
    channels, [N][C / C_b][H][W][C_b] (Zhang, Franchetti, Low 2018, section 4),
    also through elementwise operations, padding and pooling between them.
    Arguments and results of functions keep their layout: the first convolution
    of a chain reads and the last one writes it, and for whatever else needs it
    `linalg.pack` and `linalg.unpack` remain.

    ```mlir
    %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %v : tensor<1x3x..xf32>, ...) ...
    %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x64x..xf32>, ...) ...
    // becomes
    %1 = conv.conv dims<nchw x kcrs -> nKhwk> ins(%x, %v : tensor<1x3x..xf32>, ...) ...
    %2 = conv.conv dims<nChwc x kcrs -> nkhw> ins(%1, %w : tensor<1x2x..x32xf32>, ...) ...
    ```

    The choice stands in attributes: `conv.output_block = 32` on what writes
    blocks of 32 channels (`conv.conv`, linalg operations, `tensor.pad`),
    `conv.input_block = 32` on a `conv.conv` that reads them. `stage=choose`
    writes the attributes, `stage=apply` rewrites what has them and removes
    them, whoever wrote them; `all` does both. A block is one or two vectors of
    the machine. Of all combinations the one predicted to be fastest is chosen:
    each convolution by the algorithm `--conv-autotune` takes for the layouts
    under the same constraints, and a conversion wherever layouts differ. Blocks
    connect at least two convolutions; a remark says what they save, or why
    there are none. In a function where one of the attributes is
    given, nothing is chosen.

    Convolutions keep their layouts when they are on memrefs, have groups, a
    schedule or an algorithm that reads no blocks, or channels that are no
    multiple of the block or do not precede rows and columns.

    Fails on attributes that ask for the impossible, with the reason.
  }];
  let dependentDialects = [
    "::mlir::conv::ConvDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
  let options = !listconcat(machineOptions, [
    Option<"layout", "layout", "std::string", /*default=*/"\"blocked\"",
           "Layout to propagate: 'blocked', or 'plain' for none">,
    Option<"stage", "stage", "std::string", /*default=*/"\"all\"",
           "'choose' writes attributes, 'apply' rewrites, 'all' does both">,
    Option<"algorithm", "algorithm", "std::string", /*default=*/"\"auto\"",
           "Algorithm that will be forced on every convolution">,
    Option<"form", "form", "std::string", /*default=*/"\"\"",
           "As --conv-autotune will be given it">,
    ListOption<"exclude", "exclude", "std::string",
           "As --conv-autotune will be given it">,
    Option<"maxWorkspace", "max-workspace", "std::string", /*default=*/"\"\"",
           "As --conv-autotune will be given it">]);
}

def ConvVersionStridesPass : Pass<"conv-version-strides"> {
  let summary = "Give convolutions with dynamic strides a contiguous version";
  let description = [{
    Kernels want to load and store vectors, and to know how far the columns of a
    row are apart. Where a memref's type leaves these strides open, the
    convolution gets two versions and asks at run time. The strides of rows,
    images and other dimensions before the columns stay as they are: a pitch
    costs nothing.

    ```mlir
    conv.conv dims<nhwc x rsck -> nhwk>
      ins(%x, %w : memref<1x8x8x16xf32, strided<[?, ?, ?, ?]>>, ...) outs(%y : ...)
    // becomes
    %b, %offset, %sizes:4, %strides:4 = memref.extract_strided_metadata %x : ...
    %dense = ...                       // %strides#3 == 1 and %strides#2 == 16
    scf.if %dense {
      %f = memref.reinterpret_cast %b ... to memref<1x8x8x16xf32, strided<[?, ?, 16, 1]>>
      conv.conv dims<nhwc x rsck -> nhwk> ins(%f, %w : ...) outs(%y : ...)
    } else {
      conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : ...) outs(%y : ...)
    }
    ```

    Tensors, known strides and convolutions with a schedule are left alone.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ConvLowerPackPass : Pass<"conv-lower-pack"> {
  let summary = "Turn linalg.pack and linalg.unpack into reshape and transposition";
  let description = [{
    Upstream has these as patterns, but bufferizes neither operation.

    ```mlir
    %p = linalg.pack %x inner_dims_pos = [1] inner_tiles = [32] into %e
      : tensor<1x64x8x8xf32> -> tensor<1x2x8x8x32xf32>
    // becomes
    %s = tensor.expand_shape %x [[0], [1, 2], [3], [4]] ... into tensor<1x2x32x8x8xf32>
    %p = linalg.transpose ins(%s : ...) outs(%e : ...) permutation = [0, 1, 3, 4, 2]
    ```

    Fails on tiles of unknown size.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"];
}

def ConvPrepackPass : Pass<"conv-prepack", "::mlir::ModuleOp"> {
  let summary = "Pack filters ahead of the call";
  let description = [{
    A `conv.pack_filter` of a constant becomes a constant in packed order
    (a resource blob). With `mode=function` filters that are function arguments
    and used only by their packing become arguments in packed order: the
    function's signature changes, and a new function `@NAME_pack` takes the
    plain filters and returns (tensors) or fills (memrefs) the packed ones, in
    the order of the arguments it replaces. `mode=constants` leaves arguments to
    be packed on every call.

    ```mlir
    func.func @f(%x: tensor<...>, %w: tensor<3x3x64x50xf32>) -> tensor<...> {
      %p = conv.pack_filter rsck ins(%w : ...) outs(%e : ...) -> tensor<1x2x3x3x64x32xf32>
    // becomes
    func.func @f(%x: tensor<...>, %p: tensor<1x2x3x3x64x32xf32>) -> tensor<...>
    func.func @f_pack(%w: tensor<3x3x64x50xf32>) -> tensor<1x2x3x3x64x32xf32>
    ```

    On memrefs the constant is a `memref.global`, and the buffer that is packed
    into must be a `memref.alloc` nothing else writes: it is replaced, and
    @NAME_pack takes the buffers to fill after the plain filters. Other packings
    stay, and so does an argument packed in two different ways.

    Fails when weights were elided from the module or have another size than
    their type, when a function to be changed has callers in the module, or when
    `@NAME_pack` already exists.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::func::FuncDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"mode", "mode", "std::string", /*default=*/"\"constants\"",
           "'constants', or 'function' to add @NAME_pack for arguments">];
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

    Fails when a dimension that threads are to divide has an unknown extent.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::conv::ConvDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
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
    one a single buffer that lives from the first use to the last. The pipeline
    runs this when `max-workspace` is given.

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
    all of a function with more than one block.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
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

def ConvBufferizePass : Pass<"conv-bufferize", "::mlir::ModuleOp"> {
  let summary = "Bufferize the module with identity layouts at its boundaries";
  let description = [{
    Runs upstream's empty-tensor elimination, one-shot bufferization across
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

    Run after bufferization; results that are buffers must have become arguments
    (`--buffer-results-to-out-params=hoist-static-allocs`). Fails on allocations
    whose size is not known, that are returned or outlive the iteration of the
    loop they are made in, on memory freed that was not allocated here, on
    parallel loops of unknown extent around an allocation, on recursion, and when
    `@NAME_workspace_size` exists.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::conv::ConvDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
}

#endif // CONV_TRANSFORMS_PASSES_TD
