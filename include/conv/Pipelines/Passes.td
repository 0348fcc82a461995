//===- Passes.td - Passes that end a pipeline --------------*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_PIPELINES_PASSES_TD
#define CONV_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvExpandFmaPass : Pass<"conv-expand-fma"> {
  let summary = "Spell conv.fma as operations that every target has";
  let description = [{
    Extends the operands to the accumulator's type, multiplies and adds, one of
    the instruction's steps after the other, in the LLVM dialect, whatever the
    instruction is and whatever the target has: to run a kernel where its
    instruction does not exist. Without this pass `--conv-finalize-llvm` says
    what becomes of `conv.fma`.

    ```mlir
    %1 = conv.fma f32 %0, %a, %b : vector<16xf32>, vector<16xf32>
    // becomes
    %1 = llvm.intr.fmuladd(%a, %b, %0) : (vector<16xf32>, ...) -> vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ConvExpandBF16Pass : Pass<"conv-expand-bf16"> {
  let summary = "Compute bf16 in f32, and round by integers where the target cannot";
  let description = [{
    Operations of arith and math on bf16, and reductions of vectors, are done in f32
    with a rounding behind each, as LLVM would: no instruction of the table does
    them otherwise.

    Where the target has no instruction for it, LLVM rounds f32 to bf16 by a call
    of `__truncsfbf2` for each element, which is slow, and which the runtime
    libraries of many systems do not have. This pass writes the rounding, to
    nearest, ties to even, as upstream does: on integers, on whole vectors. Without
    `cpu` the target is unknown and the rounding is written out.

    ```mlir
    %1 = arith.truncf %0 : vector<8xf32> to vector<8xbf16>
    // becomes arith.bitcast, shifts, additions and a selection for NaN
    ```

    A target that LLVM does not know is refused by `--conv-finalize-llvm`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to generate code for; 'native' is the host; empty: unknown">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple; empty: the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx512bf16">];
}

def ConvSplitMaskedStoresPass : Pass<"conv-split-masked-stores"> {
  let summary = "Store the first lanes of a vector in parts where masks are slow";
  let description = [{
    AVX2's masked store takes tens of instructions of microcode on several CPUs, and
    NEON has none. For targets without mask registers this pass stores as many lanes
    as a constant mask begins with in parts whose sizes are powers of two. One lane
    of which a constant mask alone consists is stored as an element on every
    target: LLVM 22 writes bytes behind it where it joins that store with a
    truncation. Without `cpu` nothing else is changed.

    ```mlir
    vector.maskedstore %to[%i], %first6, %v : memref<?xf32>, vector<8xi1>, vector<8xf32>
    // becomes stores of vector<4xf32> at %i and of vector<2xf32> behind it
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to generate code for; 'native' is the host; empty: unknown">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple; empty: the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx512bf16">];
}

def ConvFormTeamsPass : Pass<"conv-form-teams", "::mlir::ModuleOp"> {
  let summary = "Make parallel regions that follow each other one";
  let description = [{
    Runs after `convert-scf-to-openmp`. Starting and joining threads takes several
    times as long as waiting for each other. Regions of a block that do nothing but
    divide a loop become one region, from the first to the last of them, whose
    loops end in barriers. What stands between them and has effects is done by the
    first thread, which the others wait for; they read what they need of its
    results from slots on the stack. What has no effects is done by each thread for
    itself, as are `scf.for` and `scf.if` around parallel regions.

    ```mlir
    omp.parallel num_threads(%two : i32) { omp.wsloop { A } }
    %a = memref.alloc() : memref<8xf32>
    omp.parallel num_threads(%two : i32) { omp.wsloop { B of %a } }
    // becomes
    %slot = memref.alloca() : memref<memref<8xf32>>
    omp.parallel num_threads(%two : i32) {
      omp.wsloop { A }
      omp.master {
        %own = memref.alloc() : memref<8xf32>
        memref.store %own, %slot[] : memref<memref<8xf32>>
      }
      omp.barrier
      %a = memref.load %slot[] : memref<memref<8xf32>>
      omp.wsloop nowait { B of %a }
    }
    ```

    Nothing depends on how many threads the runtime has for a region. Calls of
    functions that may start threads themselves, regions with reductions or
    privates, and loops of other kinds around regions end a team.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::omp::OpenMPDialect"];
}

def ConvFinalizeLLVMPass
    : Pass<"conv-finalize-llvm", "::mlir::ModuleOp"> {
  let summary = "Carry the code-generation settings in the LLVM dialect module";
  let description = [{
    Run last, before `reconcile-unrealized-casts`. Turns `conv.opaque` into an
    empty `llvm.inline_asm`, `conv.fma` into its instruction, and makes the module
    independent of command lines: the target triple and data layout on the module;
    `target_cpu` and `target_features` on every function. Kernels (see `--conv-outline-kernels`),
    and functions that hold micro-kernels because nobody outlined them, get
    `no-builtin-{memcpy,memset,memmove}` (copy loops stay loops) and a
    `loop_annotation` without unrolling on every loop (LLVM's unrolling of the
    short tap loops spills); what else stands in the module is LLVM's to unroll.
    Kernels become hidden `linkonce_odr` functions that are not inlined, on ELF
    in groups of a COMDAT. Plain
    `mlir-translate --mlir-to-llvmir | opt -O3 | llc -O3` then yields the code
    the project measures. `llc` without `opt` is not supported.

    A function that names its own `target_cpu` keeps it and its features, and a
    module that names its triple is asked before the host is. Without `cpu` the
    target is left open.

    ```mlir
    %1 = conv.opaque %0
    llvm.br ^loop(%i : i64)                         // closes a loop
    // becomes
    %1 = llvm.inline_asm "", "=r,0" %0 : (i64) -> i64   // casts aside
    llvm.br ^loop(%i : i64) {loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
    ```

    Fails when `cpu`, `triple` or `features` name something LLVM does not know,
    when `triple` or `features` are given without `cpu`, and on a `conv.fma`
    whose instruction is unknown, has another shape or types, or needs features
    that its function's target does not have.
  }];
  // The conversion in front of it takes only dialects that are loaded, which a
  // kernel's context has from its passes alone.
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::func::FuncDialect", "::mlir::index::IndexDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::ub::UBDialect"];
  let options = [
    Option<"cpu", "cpu", "std::string", /*default=*/"\"\"",
           "CPU to generate code for; 'native' is the host; empty: leave the "
           "target to later tools">,
    Option<"triple", "triple", "std::string", /*default=*/"\"\"",
           "Target triple; empty: the host's">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "Further target features, such as +avx2,-avx512f">];
}

def ConvCheckLLVMPass : Pass<"conv-check-llvm", "::mlir::ModuleOp"> {
  let summary = "Refuse a module that is not all LLVM dialect";
  let description = [{
    Run last. Fails, at the operation's location, on what no conversion took,
    and on casts between types of which only one side was converted. OpenMP is
    LLVM's to translate and stays.

    ```mlir
    %0 = linalg.softmax dimension(1) ins(%x : ...) outs(%y : ...)
    // error: 'linalg.softmax' cannot be lowered to LLVM: no conversion of the
    // pipeline takes it
    ```
  }];
}

#endif // CONV_PIPELINES_PASSES_TD
