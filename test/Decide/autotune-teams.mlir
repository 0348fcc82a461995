// Convolutions of one function share the start of their threads, and what one of them costs is a barrier: smaller
// ones are divided than where each is alone.

// RUN: rm -rf %t && split-file %s %t
// RUN: conv-opt %t/alone.mlir --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432 threads=2" | FileCheck %s --check-prefix=ALONE
// RUN: conv-opt %t/team.mlir --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu n-fma=2 l-fma=4 n-vec=16 n-reg=32 loads=2 l1=49152 l1-ways=12 l2=1048576 l3=33554432 threads=2" | FileCheck %s --check-prefix=TEAM

// The machine is what it is.
// ALONE: rates = <source
// ALONE-NOT: parallel
// TEAM: rates = <source
// TEAM-COUNT-4: parallel = {{[hwk]}}2

//--- alone.mlir
func.func @alone(%x: memref<1x14x14x64xf32>, %w: memref<1x1x64x64xf32>, %o: memref<1x14x14x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf32>, memref<1x1x64x64xf32>) outs(%o : memref<1x14x14x64xf32>)
  return
}
//--- team.mlir
func.func @team(%x: memref<1x14x14x64xf32>, %w: memref<1x1x64x64xf32>, %o: memref<1x14x14x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf32>, memref<1x1x64x64xf32>) outs(%o : memref<1x14x14x64xf32>)
  conv.conv dims<nhwc x rsck -> nhwk> ins(%o, %w : memref<1x14x14x64xf32>, memref<1x1x64x64xf32>) outs(%x : memref<1x14x14x64xf32>)
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf32>, memref<1x1x64x64xf32>) outs(%o : memref<1x14x14x64xf32>)
  conv.conv dims<nhwc x rsck -> nhwk> ins(%o, %w : memref<1x14x14x64xf32>, memref<1x1x64x64xf32>) outs(%x : memref<1x14x14x64xf32>)
  return
}
