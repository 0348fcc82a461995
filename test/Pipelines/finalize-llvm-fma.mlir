// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-finalize-llvm | FileCheck %s -enable-var-scope

// Every target has the plain FMA, of any number of lanes.
// CHECK-LABEL: llvm.func @plain
// CHECK: llvm.intr.fmuladd(%arg1, %arg2, %arg0) : (vector<32xf32>, vector<32xf32>, vector<32xf32>) -> vector<32xf32>
llvm.func @plain(%acc: vector<32xf32>, %a: vector<32xf32>, %b: vector<32xf32>) -> vector<32xf32> {
  %0 = conv.fma f32 %acc, %a, %b : vector<32xf32>, vector<32xf32>
  llvm.return %0 : vector<32xf32>
}

// A function's own target has what the module's does not.
// CHECK-LABEL: llvm.func @own
// CHECK: llvm.intr.fmuladd
llvm.func @own(%acc: vector<16xf32>, %a: vector<16xf32>, %b: vector<16xf32>) -> vector<16xf32>
    attributes {target_cpu = "x86-64", target_features = #llvm.target_features<["+avx512f"]>} {
  %0 = conv.fma avx512_f32 %acc, %a, %b : vector<16xf32>, vector<16xf32>
  llvm.return %0 : vector<16xf32>
}

// The scalar side is the intrinsic's last operand, which may be in memory.
// CHECK-LABEL: llvm.func @bf16
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%arg0, %arg2, %arg1) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
llvm.func @bf16(%acc: vector<16xf32>, %a: vector<32xbf16>, %b: vector<32xbf16>) -> vector<16xf32>
    attributes {target_cpu = "cooperlake"} {
  %0 = conv.fma avx512_bf16 %acc, %a, %b : vector<16xf32>, vector<32xbf16>
  llvm.return %0 : vector<16xf32>
}

// Elements that are narrower than what is multiplied are extended first, and
// products that are not added to an accumulator are added by themselves, where
// LLVM cannot tell what they are sums of.
// CHECK-LABEL: llvm.func @i8
// CHECK: %[[A:.*]] = llvm.sext %arg1 : vector<16xi8> to vector<16xi16>
// CHECK: %[[B:.*]] = llvm.sext %arg2 : vector<16xi8> to vector<16xi16>
// CHECK: %[[P:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[B]], %[[A]]) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
// CHECK: %[[S:.*]] = llvm.add %arg0, %[[P]] : vector<8xi32>
// CHECK: %[[HIDDEN:.*]] = llvm.inline_asm "", "=v,0" %[[S]]
// CHECK: llvm.return %[[HIDDEN]]
llvm.func @i8(%acc: vector<8xi32>, %a: vector<16xi8>, %b: vector<16xi8>) -> vector<8xi32>
    attributes {target_cpu = "haswell"} {
  %0 = conv.fma avx2_i8 %acc, %a, %b : vector<8xi32>, vector<16xi8>
  llvm.return %0 : vector<8xi32>
}

// Of an instruction whose factors have different types the unsigned one comes
// first.
// CHECK-LABEL: llvm.func @u8
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%arg0, %arg1, %arg2)
llvm.func @u8(%acc: vector<16xi32>, %a: vector<64xi8>, %b: vector<64xi8>) -> vector<16xi32>
    attributes {target_cpu = "znver5"} {
  %0 = conv.fma avx512vnni_u8 %acc, %a, %b : vector<16xi32>, vector<64xi8>
  llvm.return %0 : vector<16xi32>
}

// What was extended before is taken as it is.
// CHECK-LABEL: llvm.func @extended
// CHECK-NOT: llvm.zext
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%arg2, %arg1)
llvm.func @extended(%acc: vector<8xi32>, %a: vector<16xi16>, %b: vector<16xi16>) -> vector<8xi32>
    attributes {target_cpu = "haswell"} {
  %0 = conv.fma avx2_u8 %acc, %a, %b : vector<8xi32>, vector<16xi16>
  llvm.return %0 : vector<8xi32>
}

// CHECK-LABEL: llvm.func @i16
// CHECK-NOT: llvm.sext
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%arg2, %arg1)
llvm.func @i16(%acc: vector<8xi32>, %a: vector<16xi16>, %b: vector<16xi16>) -> vector<8xi32>
    attributes {target_cpu = "haswell"} {
  %0 = conv.fma avx2_i16 %acc, %a, %b : vector<8xi32>, vector<16xi16>
  llvm.return %0 : vector<8xi32>
}

// Loops around it are a micro-kernel's.
// CHECK-LABEL: llvm.func @loop
// CHECK-SAME: "no-builtin-memcpy"
// CHECK: llvm.br ^bb1{{.*}} {loop_annotation
llvm.func @loop(%acc: vector<8xf32>, %go: i1) -> vector<8xf32> {
  llvm.br ^head(%acc : vector<8xf32>)
^head(%sum: vector<8xf32>):
  llvm.cond_br %go, ^body, ^done
^body:
  %0 = conv.fma f32 %sum, %sum, %sum : vector<8xf32>, vector<8xf32>
  llvm.br ^head(%0 : vector<8xf32>)
^done:
  llvm.return %sum : vector<8xf32>
}
