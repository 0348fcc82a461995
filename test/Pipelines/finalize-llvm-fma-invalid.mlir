// RUN: conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu" --split-input-file --verify-diagnostics

// What LLVM cannot select never reaches it.
llvm.func @lacks(%acc: vector<16xf32>, %a: vector<16xf32>) -> vector<16xf32> {
  // expected-error@+1 {{instruction 'avx512_f32' needs avx512f, which 'haswell' for 'x86_64-pc-linux-gnu' does not have}}
  %0 = conv.fma avx512_f32 %acc, %a, %a : vector<16xf32>, vector<16xf32>
  llvm.return %0 : vector<16xf32>
}

// -----

llvm.func @family(%acc: vector<4xf32>, %a: vector<4xf32>) -> vector<4xf32> {
  // expected-error@+1 {{instruction 'neon_f32' needs neon, which 'haswell' for 'x86_64-pc-linux-gnu' does not have}}
  %0 = conv.fma neon_f32 %acc, %a, %a : vector<4xf32>, vector<4xf32>
  llvm.return %0 : vector<4xf32>
}

// -----

llvm.func @unknown(%acc: vector<16xf32>, %a: vector<16xf32>) -> vector<16xf32> {
  // expected-error@+1 {{unknown instruction 'nonsense'}}
  %0 = conv.fma nonsense %acc, %a, %a : vector<16xf32>, vector<16xf32>
  llvm.return %0 : vector<16xf32>
}

// -----

llvm.func @lanes(%acc: vector<4xf32>, %a: vector<4xf32>) -> vector<4xf32> {
  // expected-error@+1 {{instruction 'fma3_f32' takes 'vector<8xf32>', 'vector<8xf32>', 'vector<8xf32>', not 'vector<4xf32>', 'vector<4xf32>', 'vector<4xf32>'}}
  %0 = conv.fma fma3_f32 %acc, %a, %a : vector<4xf32>, vector<4xf32>
  llvm.return %0 : vector<4xf32>
}

// -----

llvm.func @types(%acc: vector<8xf32>, %a: vector<16xbf16>) -> vector<8xf32> {
  // expected-error@+1 {{instruction 'f32' takes 'vector<8xf32>', 'vector<8xf32>', 'vector<8xf32>', not 'vector<8xf32>', 'vector<16xbf16>', 'vector<16xbf16>'}}
  %0 = conv.fma f32 %acc, %a, %a : vector<8xf32>, vector<16xbf16>
  llvm.return %0 : vector<8xf32>
}

// -----

llvm.func @bf16(%acc: vector<16xf32>, %a: vector<32xbf16>) -> vector<16xf32>
    attributes {target_cpu = "skylake-avx512"} {
  // expected-error@+1 {{instruction 'avx512_bf16' needs avx512bf16, which 'skylake-avx512' for 'x86_64-pc-linux-gnu' does not have}}
  %0 = conv.fma avx512_bf16 %acc, %a, %a : vector<16xf32>, vector<32xbf16>
  llvm.return %0 : vector<16xf32>
}
