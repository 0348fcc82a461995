// RUN: not conv-opt %s --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu" 2>&1 | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=znver5 triple=x86_64-pc-linux-gnu features=-avx512bf16,-avxneconvert"
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell triple=x86_64-pc-linux-gnu"
// RUN: conv-opt %s --conv-to-llvm="cpu=neoverse-v2 triple=aarch64-linux-gnu"

// LLVM 22 would end the process.
// CHECK: [[@LINE+2]]:8: error: LLVM cannot compile vectors of bf16 that hold an element more than eights ('vector<9xbf16>') for a CPU with instructions for bf16; 'features=-avx512bf16,-avxneconvert' does without those
func.func @odd(%p: memref<9xbf16>, %q: memref<9xbf16>, %i: index) {
  %0 = vector.load %p[%i] : memref<9xbf16>, vector<9xbf16>
  vector.store %0, %q[%i] : memref<9xbf16>, vector<9xbf16>
  return
}
