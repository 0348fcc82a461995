//===- Passes.td - Passes that decide and say what they decided *- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_DECIDE_PASSES_TD
#define CONV_DECIDE_PASSES_TD

include "conv/Machine/MachineOptions.td"
include "mlir/Pass/PassBase.td"

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

    Algorithms that round differently from a sum of products have an error:
    the root of the mean square over outputs as a multiple of the plain f32
    sum's (docs/numerics.md). By default none of them is chosen; with
    `accuracy = B` those are whose error is at most B. A remark says the error
    of what was taken. A forced algorithm needs no bound, but keeps one that is
    given. With `network-accuracy = B` the errors of a function's convolutions
    together are at most B times those of plain sums, and each may be any that
    `accuracy`, where it is given, admits: of all choices within the bound the
    fastest is taken. Variances add up, each weighed by the number of terms of
    its sum (docs/numerics.md). A remark on the function says the error of what
    was taken; a bound nothing can meet is an error that says what can be.
    Records are then used where their algorithm's error is no larger than the
    plain sum's.

    With `network-memory = B` a call of a function has at most B bytes in memory
    beside its arguments, results and constants: operations run in the order in
    which they stand, and a convolution may take the workspace that the values
    alive while it runs leave. All of that is placed in one arena, and where
    placing wastes some of the bound, the choice is made again with less. Values
    that need more by themselves are an error that says how much. Extents that
    are not known count as one. The bound stands on the function as
    `conv.network_memory`; where the caller provides the memory (`abi=c`) what
    is needed in the end is compared to it.

    With `records` a convolution that conv-tune measured on this machine, with
    this revision of the code generator and this LLVM, gets the schedule that
    was fastest, if the options above allow it; its remark says `measured`. A
    `missed` remark says why a record was not used. The file is a database that
    conv-tune made, of which only what is asked for is read, or JSON lines. One
    that is missing or damaged is an error. Schedules on the operations come before records,
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
    Option<"accuracy", "accuracy", "std::string", /*default=*/"\"sum\"",
           "Largest error of an algorithm as a multiple of the plain sum's "
           "(the root of its mean square); 'sum': sums may be reordered, "
           "nothing else">,
    Option<"networkAccuracy", "network-accuracy", "std::string",
           /*default=*/"\"\"",
           "Largest error of a function's convolutions together, as a multiple "
           "of the plain sums'; empty: any">,
    Option<"networkMemory", "network-memory", "std::string",
           /*default=*/"\"\"",
           "Most bytes of a function's values and temporary storage at once, "
           "such as 4MiB; empty: any">,
    Option<"records", "records", "std::string", /*default=*/"\"\"",
           "File of conv-tune's records; a schedule that was measured on this "
           "machine is taken instead of the model's">]);
}

def ConvReportPass : Pass<"conv-report", "::mlir::ModuleOp">,
                     Conv_MachineOptions {
  let summary = "Write what was decided, and what else was possible, as JSON";
  let description = [{
    Runs after `--conv-autotune` and changes nothing. Writes one object:

    ```
    { "version": 1,
      "machine": { "n_fma": 2, ..., "clock_mhz": null, "peak_flops_per_cycle": 64,
                   "rates": { "l3_stall": 1.25, ... },
                   "rates_source": "family default" },
      "max_workspace_bytes": null,
      "convolutions": [
        { "problem": "mb1_ic64oc64_ih56oh56kh3sh1ph1",
          "layout": "nhwc x rsck -> nhwk",
          "count": 3, "uses": [ { "function": "main", "location": "m.mlir:12:8" }, ... ],
          "chosen": { "algorithm": "direct", "form": "whole", "schedule": "<...>",
                      "threads": 1, "predicted_cycles": 3673152,
                      "predicted_ms": null, "measured_ms": null,
                      "predicted_peak_fraction": 0.983,
                      "workspace_bytes": 0, "error": null,
                      "register_tile": { "h_ob": 1, "w_ob": 14, "c_ob": 32,
                                         "registers": 31 },
                      "parts": [],
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
      "errors": [ { "function": "main", "error": 1.0 } ],
      "memory": [ { "function": "main", "bytes": 1605632 } ],
      "largest_workspace_bytes": 0 }
    ```

    Convolutions that differ in nothing but the values they take are one entry.
    Of a schedule with parts, `register_tile` is the tile of the first one with
    the registers of the largest, and `parts` has each with its output
    `channels`, the `vector`'s iterator, its tile and its `predicted_cycles`.
    `candidates` are in the order the tuner prefers; `fits` says whether the
    workspace is within `max-workspace`. `pareto` lists the candidates no other
    beats in both time and workspace, by time. Cycles are those of one core;
    milliseconds, divided evenly among the schedule's threads, need
    `clock-mhz`. Where there is no schedule `chosen` is null and `obstacle` says
    why. With `records` of conv-tune, `measured` lists what was measured for the
    convolution on the machine the machine options name, and `measured_ms` of a
    schedule is its time. `error` is the error of the algorithm where it has one
    beside that of the plain sum, and `errors` has those of each function's
    convolutions together, as `network-accuracy` bounds them. `schedule` is what
    `conv-bench --schedule` takes. Flops per cycle and the roofline are those of
    one core.

    Fails when the module has convolutions but no `conv.machine`, when the file
    cannot be written, and on a file that has no records.
  }];
  let options = !listconcat(machineOptions, [
    Option<"file", "file", "std::string", /*default=*/"\"-\"",
           "File to write; '-' is standard output">,
    Option<"maxWorkspace", "max-workspace", "std::string", /*default=*/"\"\"",
           "The bound --conv-autotune was given">,
    Option<"accuracy", "accuracy", "std::string", /*default=*/"\"sum\"",
           "The bound on errors --conv-autotune was given">,
    Option<"networkAccuracy", "network-accuracy", "std::string",
           /*default=*/"\"\"",
           "The bound on the errors together --conv-autotune was given">,
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

def ConvPropagateLayoutsPass : Pass<"conv-propagate-layouts", "::mlir::ModuleOp">,
                               Conv_MachineOptions {
  let summary = "Keep chains of convolutions in other layouts";
  let description = [{
    Values that pass from convolution to convolution may lie in blocks of
    channels, [N][C / C_b][H][W][C_b] (Zhang, Franchetti, Low 2018, section 4),
    or have all channels behind rows and columns, [N][H][W][C], also through
    elementwise operations, padding and pooling between them, and in the second
    case through depthwise convolutions. Arguments and results of functions keep
    their layout: the first convolution of a chain reads and the last one writes
    it, and for whatever else needs it `linalg.pack`, `linalg.unpack` and
    `linalg.transpose` remain.

    ```mlir
    %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %v : tensor<1x3x..xf32>, ...) ...
    %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x64x..xf32>, ...) ...
    // becomes
    %1 = conv.conv dims<nchw x kcrs -> nKhwk> ins(%x, %v : tensor<1x3x..xf32>, ...) ...
    %2 = conv.conv dims<nChwc x kcrs -> nkhw> ins(%1, %w : tensor<1x2x..x32xf32>, ...) ...
    ```

    The choice stands in attributes: `conv.output_block = 32` on what writes
    blocks of 32 channels (`conv.conv`, linalg operations, `tensor.pad`),
    `conv.input_block = 32` on a `conv.conv` that reads them, or
    `conv.output_channels_last = 1` and `conv.input_channels_last = 1`, which
    name the dimension of the channels. `stage=choose`
    writes the attributes, `stage=apply` rewrites what has them and removes
    them, whoever wrote them; `all` does both. A block is one or two vectors of
    the machine; a function has blocks of one size, or channels that are last.
    Of all combinations the one predicted to be fastest is chosen:
    each convolution by the algorithm `--conv-autotune` takes for the layouts
    under the same constraints, and a conversion wherever layouts differ. With
    `network-accuracy` algorithms are chosen together with layouts. Such
    values connect at least two convolutions; a remark says what they save, or why
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
           "Layouts to propagate: 'blocked' (blocks of channels, or "
           "channels last), or 'plain' for none">,
    Option<"stage", "stage", "std::string", /*default=*/"\"all\"",
           "'choose' writes attributes, 'apply' rewrites, 'all' does both">,
    Option<"algorithm", "algorithm", "std::string", /*default=*/"\"auto\"",
           "Algorithm that will be forced on every convolution">,
    Option<"form", "form", "std::string", /*default=*/"\"\"",
           "As --conv-autotune will be given it">,
    ListOption<"exclude", "exclude", "std::string",
           "As --conv-autotune will be given it">,
    Option<"maxWorkspace", "max-workspace", "std::string", /*default=*/"\"\"",
           "As --conv-autotune will be given it">,
    Option<"accuracy", "accuracy", "std::string", /*default=*/"\"sum\"",
           "As --conv-autotune will be given it">,
    Option<"networkAccuracy", "network-accuracy", "std::string",
           /*default=*/"\"\"",
           "As --conv-autotune will be given it">,
    Option<"networkMemory", "network-memory", "std::string",
           /*default=*/"\"\"",
           "As --conv-autotune will be given it">]);
}

#endif // CONV_DECIDE_PASSES_TD
