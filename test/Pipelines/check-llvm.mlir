// RUN: conv-opt %s --conv-check-llvm --split-input-file --verify-diagnostics

// LLVM's own, and what LLVM translates.
llvm.func @fine(%x: i64) -> i64 {
  omp.parallel {
    omp.terminator
  }
  llvm.return %x : i64
}

// -----

func.func @left(%x: f32) -> f32 { // expected-error {{'func.func' cannot be lowered to LLVM: no conversion of the pipeline takes it}}
  return %x : f32
}

// -----

llvm.func @inside(%x: f32) -> f32 {
  // expected-error @+1 {{'math.erf' cannot be lowered to LLVM}}
  %y = math.erf %x : f32
  llvm.return %y : f32
}

// -----

// A cast is a trace: what it was made for is to blame.
llvm.func @cast(%x: !llvm.struct<(ptr, ptr, i64)>) {
  %m = builtin.unrealized_conversion_cast %x : !llvm.struct<(ptr, ptr, i64)> to memref<f32>
  %c = llvm.mlir.constant(1.0 : f32) : f32
  // expected-error @+1 {{'memref.store' cannot be lowered to LLVM}}
  memref.store %c, %m[] : memref<f32>
  llvm.return
}
