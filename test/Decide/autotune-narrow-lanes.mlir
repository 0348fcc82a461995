// Vectors of columns that are narrower than the machine's take the instruction
// of their types that has as many lanes; without one, what LLVM makes of them.

// RUN: conv-opt %s --conv-autotune="cpu=skylake-avx512 triple=x86_64-pc-linux-gnu" | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=cortex-a57 triple=aarch64-linux-gnu" | FileCheck %s --check-prefix=NEON
// RUN: conv-opt %s --conv-to-llvm="cpu=skylake-avx512 triple=x86_64-pc-linux-gnu" -o %t

// CHECK-LABEL: func.func @four_columns(
// CHECK:         n_vec = 4, vector = w, {{.*}}fma = fma3_f64
// NEON-LABEL:  func.func @four_columns(
// NEON:          n_vec = 2, {{.*}}fma = neon_f64
func.func @four_columns(%x: memref<31x6xf64>, %w: memref<7x3xf64>, %o: memref<31x4xf64>) {
  conv.conv dims<hw x rs -> hw, strides = [1, 2], low = [0, 1], high = [6, 2]> ins(%x, %w : memref<31x6xf64>, memref<7x3xf64>) outs(%o : memref<31x4xf64>)
  return
}
