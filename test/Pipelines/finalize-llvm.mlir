// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu features=-avx,+sse4.2" --reconcile-unrealized-casts | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-finalize-llvm --reconcile-unrealized-casts | FileCheck %s -enable-var-scope --check-prefix=OPEN
// RUN: conv-opt %s --conv-finalize-llvm="cpu=cortex-a57 triple=aarch64-linux-gnu" | FileCheck %s -enable-var-scope --check-prefix=ARM
// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" --convert-arith-to-llvm --reconcile-unrealized-casts | mlir-translate --mlir-to-llvmir | opt -O3 -S | FileCheck %s -enable-var-scope --check-prefix=O3

// The triple and the data layout are the module's, the rest the functions'.
// CHECK-DAG: #[[$NOUNROLL:.+]] = #llvm.loop_unroll<disable = true>
// CHECK-DAG: #[[$LOOP:.+]] = #llvm.loop_annotation<unroll = #[[$NOUNROLL]]>
// CHECK-DAG: #[[$BOTH:.+]] = #llvm.loop_annotation<unroll = #[[$NOUNROLL]], mustProgress = true>
// CHECK: module attributes {llvm.data_layout = "e-m:e-p270:32:32-{{.*}}", llvm.target_triple = "x86_64-pc-linux-gnu"}
// OPEN-NOT: llvm.target_triple
// OPEN-NOT: target_cpu = "haswell"
// ARM: module attributes {llvm.data_layout = "e-m:e-{{.*}}-n32:64-S128{{.*}}", llvm.target_triple = "aarch64-unknown-linux-gnu"}

// Nothing is said about functions of others.
// CHECK: llvm.func @external(!llvm.ptr)
// CHECK-NOT: passthrough
llvm.func @external(!llvm.ptr)

// CHECK-LABEL: llvm.func @kernel
// CHECK-SAME: passthrough = ["no-builtin-memcpy", "no-builtin-memset", "no-builtin-memmove"]
// CHECK-SAME: target_cpu = "haswell"
// CHECK-SAME: target_features = #llvm.target_features<["-avx", "+sse4.2"]>
// OPEN-LABEL: llvm.func @kernel
// OPEN-SAME: passthrough = ["no-builtin-memcpy", "no-builtin-memset", "no-builtin-memmove"]
// ARM-LABEL: llvm.func @kernel
// ARM-SAME: target_cpu = "cortex-a57"
// The loops over the taps, 3 x 3, stay loops of one FMA with rotated latches.
// O3-LABEL: define {{.*}}@kernel
// O3-COUNT-1: call <8 x float> @llvm.fma.v8f32
// O3: br i1 {{.*}}, !llvm.loop ![[$LOOP:[0-9]+]]
// O3-NOT: @llvm.fma.v8f32
// O3: br i1 {{.*}}, !llvm.loop ![[$LOOP]]
// O3-NOT: @llvm.fma.v8f32
llvm.func @kernel(%a: !llvm.ptr, %b: !llvm.ptr, %o: !llvm.ptr) {
  %c0 = llvm.mlir.constant(0 : index) : i64
  %c1 = llvm.mlir.constant(1 : index) : i64
  %c3 = llvm.mlir.constant(3 : index) : i64
  %c8 = llvm.mlir.constant(8 : index) : i64
  %zero = llvm.mlir.constant(dense<0.0> : vector<8xf32>) : vector<8xf32>
  %lane = llvm.mlir.constant(0 : i32) : i32
  %poison = llvm.mlir.poison : vector<8xf32>
  // The entry of a loop is no back edge.
  // CHECK: llvm.br ^bb1(%{{.*}} : i64, vector<8xf32>){{$}}
  llvm.br ^r(%c0, %zero : i64, vector<8xf32>)
^r(%r: i64, %acc: vector<8xf32>):
  // CHECK: llvm.cond_br %{{.*}}, ^bb2, ^bb6{{$}}
  %r_in = llvm.icmp "slt" %r, %c3 : i64
  llvm.cond_br %r_in, ^r_body, ^done
^r_body:
  // A launder around converted code is a launder of the integer.
  // CHECK-NOT: conv.opaque
  // CHECK: %[[I:.*]] = llvm.inline_asm "", "=r,0" %{{.*}} : (i64) -> i64
  // CHECK-NOT: unrealized_conversion_cast
  // CHECK: llvm.add %[[I]],
  // OPEN: llvm.inline_asm
  %row = llvm.mul %r, %c3 : i64
  %0 = builtin.unrealized_conversion_cast %row : i64 to index
  %1 = conv.opaque %0
  %base = builtin.unrealized_conversion_cast %1 : index to i64
  llvm.br ^s(%c0, %acc : i64, vector<8xf32>)
^s(%s: i64, %acc_s: vector<8xf32>):
  %s_in = llvm.icmp "slt" %s, %c3 : i64
  llvm.cond_br %s_in, ^s_body, ^r_latch
^s_body:
  %i = llvm.add %base, %s : i64
  %j = llvm.mul %i, %c8 : i64
  %pa = llvm.getelementptr %a[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %pb = llvm.getelementptr %b[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %pa : !llvm.ptr -> f32
  %w = llvm.load %pb {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
  %ins = llvm.insertelement %x, %poison[%lane : i32] : vector<8xf32>
  %splat = llvm.shufflevector %ins, %poison [0, 0, 0, 0, 0, 0, 0, 0] : vector<8xf32>
  %fma = llvm.intr.fma(%splat, %w, %acc_s) : (vector<8xf32>, vector<8xf32>, vector<8xf32>) -> vector<8xf32>
  %s_next = llvm.add %s, %c1 : i64
  // CHECK: llvm.br ^bb3({{.*}}) {loop_annotation = #[[$LOOP]]}
  // OPEN: llvm.br ^bb3({{.*}}) {loop_annotation = #{{.*}}}
  llvm.br ^s(%s_next, %fma : i64, vector<8xf32>)
^r_latch:
  %r_next = llvm.add %r, %c1 : i64
  // CHECK: llvm.br ^bb1({{.*}}) {loop_annotation = #[[$LOOP]]}
  // OPEN: llvm.br ^bb1({{.*}}) {loop_annotation = #{{.*}}}
  llvm.br ^r(%r_next, %acc_s : i64, vector<8xf32>)
^done:
  llvm.store %acc, %o {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
  llvm.return
}

// What a function says of itself stays: its CPU with its features, its
// attributes, the other annotations of its loops. A loop may be one block.
// CHECK-LABEL: llvm.func @own
// CHECK-SAME: passthrough = ["noinline", "no-builtin-memset", ["stack-probe-size", "4096"], "no-builtin-memcpy", "no-builtin-memmove"]
// CHECK-SAME: target_cpu = "znver4"
// CHECK-NOT: target_features
// CHECK: llvm.cond_br %{{.*}}, ^bb1({{.*}}), ^bb2 {loop_annotation = #[[$BOTH]]}
llvm.func @own(%n: i64, %v: vector<4xf32>) -> vector<4xf32> attributes {
    passthrough = ["noinline", "no-builtin-memset", ["stack-probe-size", "4096"]],
    target_cpu = "znver4"} {
  %c1 = llvm.mlir.constant(1 : index) : i64
  llvm.br ^loop(%n, %v : i64, vector<4xf32>)
^loop(%i: i64, %acc: vector<4xf32>):
  %sum = llvm.intr.fmuladd(%v, %v, %acc) : (vector<4xf32>, vector<4xf32>, vector<4xf32>) -> vector<4xf32>
  %next = llvm.sub %i, %c1 : i64
  %more = llvm.icmp "ne" %next, %c1 : i64
  llvm.cond_br %more, ^loop(%next, %sum : i64, vector<4xf32>), ^exit
    {loop_annotation = #llvm.loop_annotation<mustProgress = true>}
^exit:
  llvm.return %sum : vector<4xf32>
}

// Loops of other functions are LLVM's business.
// CHECK-LABEL: llvm.func @copy
// CHECK-NOT: no-builtin
// CHECK-NOT: loop_annotation
// OPEN-LABEL: llvm.func @copy
// OPEN-NOT: loop_annotation
// OPEN-LABEL: llvm.func @threads
// O3-LABEL: define {{.*}}@copy
// O3: call {{.*}}llvm.memcpy
// O3: ret void
llvm.func @copy(%a: !llvm.ptr {llvm.noalias}, %o: !llvm.ptr {llvm.noalias}, %n: i64) {
  %c0 = llvm.mlir.constant(0 : index) : i64
  %c1 = llvm.mlir.constant(1 : index) : i64
  llvm.br ^loop(%c0 : i64)
^loop(%i: i64):
  %in = llvm.icmp "slt" %i, %n : i64
  llvm.cond_br %in, ^body, ^exit
^body:
  %pa = llvm.getelementptr %a[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %po = llvm.getelementptr %o[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %pa : !llvm.ptr -> f32
  llvm.store %x, %po : f32, !llvm.ptr
  %next = llvm.add %i, %c1 : i64
  llvm.br ^loop(%next : i64)
^exit:
  llvm.return
}

// Loops inside the regions of other dialects count as well.
// CHECK-LABEL: llvm.func @threads
// CHECK: omp.parallel
// CHECK: llvm.br ^bb1({{.*}}) {loop_annotation = #[[$LOOP]]}
llvm.func @threads(%n: i64, %v: vector<4xf32>) {
  %c1 = llvm.mlir.constant(1 : index) : i64
  omp.parallel {
    llvm.br ^loop(%n, %v : i64, vector<4xf32>)
  ^loop(%i: i64, %acc: vector<4xf32>):
    %more = llvm.icmp "ne" %i, %c1 : i64
    llvm.cond_br %more, ^body, ^exit
  ^body:
    %sum = llvm.intr.fma(%v, %v, %acc) : (vector<4xf32>, vector<4xf32>, vector<4xf32>) -> vector<4xf32>
    %next = llvm.sub %i, %c1 : i64
    llvm.br ^loop(%next, %sum : i64, vector<4xf32>)
  ^exit:
    omp.terminator
  }
  llvm.return
}

// An operand that is a plain index is cast to the width of pointers.
// CHECK-LABEL: llvm.func @index
// OPEN-LABEL: llvm.func @index
// OPEN: %[[C:.*]] = builtin.unrealized_conversion_cast %{{.*}} : index to i64
// OPEN: llvm.inline_asm "", "=r,0" %[[C]] : (i64) -> i64
llvm.func @index() -> i64 {
  %c5 = arith.constant 5 : index
  %0 = conv.opaque %c5
  %1 = builtin.unrealized_conversion_cast %0 : index to i64
  llvm.return %1 : i64
}

// What upstream leaves of flags that the LLVM dialect does not have is dropped.
// OPEN-LABEL: llvm.func @flags(
// OPEN:         llvm.fpext %{{.+}} : f16 to f32
llvm.func @flags(%x: f16) -> f32 {
  %0 = llvm.fpext %x {fastmath = #arith.fastmath<contract>} : f16 to f32
  llvm.return %0 : f32
}
