// Products of matrices through the convolutions' kernels agree with upstream's
// loops, for whole and partial register tiles, and are counted.

// RUN: conv-bench %s --compare-upstream --rounds 1 --batch 3 | FileCheck %s
// RUN: conv-bench %s --compare-upstream --rounds 1 --batch 3 --cpu haswell | FileCheck %s

// CHECK: conv-bench-products.mlir @main, 1 thread, 6 convolutions
// CHECK: results agree
// One row: the matrix is the filter, packed once before.
// CHECK-DAG: 1x mb1_ic31oc1000_ih1oh1
// CHECK-DAG: 1x mb1_ic48oc33_ih1iw29oh1ow29
// CHECK-DAG: 1x mb3_ic20oc16_ih1oh1
// CHECK-DAG: 1x mb1_g4ic28oc40_ih1iw9oh1ow9

#a = affine_map<(i, j, k) -> (k, i)>
#b = affine_map<(i, j, k) -> (j, k)>
#c = affine_map<(i, j, k) -> (j, i)>

func.func @main(%x: tensor<1x31xf32>, %w: tensor<1000x31xf32>, %bias: tensor<1000xf32>,
                %m: tensor<29x48xf32>, %n: tensor<48x33xf32>,
                %y: tensor<?x20xf32>, %v: tensor<20x16xf32>,
                %p: tensor<4x9x7xf32>, %q: tensor<4x7x10xf32>, %u: tensor<33xf32>)
    -> (tensor<1x1000xf32>, tensor<29x33xf32>, tensor<?x16xf32>, tensor<4x9x10xf32>, tensor<48x48xf32>, tensor<48xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %e = tensor.empty() : tensor<31x1000xf32>
  %t = linalg.transpose ins(%w : tensor<1000x31xf32>) outs(%e : tensor<31x1000xf32>) permutation = [1, 0]
  %o = tensor.empty() : tensor<1x1000xf32>
  %i = linalg.broadcast ins(%bias : tensor<1000xf32>) outs(%o : tensor<1x1000xf32>) dimensions = [0]
  %r0 = linalg.matmul ins(%x, %t : tensor<1x31xf32>, tensor<31x1000xf32>) outs(%i : tensor<1x1000xf32>) -> tensor<1x1000xf32>

  %o1 = tensor.empty() : tensor<29x33xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%o1 : tensor<29x33xf32>) -> tensor<29x33xf32>
  %m1 = linalg.matmul ins(%m, %n : tensor<29x48xf32>, tensor<48x33xf32>) outs(%z1 : tensor<29x33xf32>) -> tensor<29x33xf32>
  %r1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%m1 : tensor<29x33xf32>) outs(%o1 : tensor<29x33xf32>) {
  ^bb0(%in: f32, %out: f32):
    %relu = arith.maximumf %in, %zero : f32
    linalg.yield %relu : f32
  } -> tensor<29x33xf32>

  %d = tensor.dim %y, %c0 : tensor<?x20xf32>
  %o2 = tensor.empty(%d) : tensor<?x16xf32>
  %z2 = linalg.fill ins(%zero : f32) outs(%o2 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %r2 = linalg.matmul ins(%y, %v : tensor<?x20xf32>, tensor<20x16xf32>) outs(%z2 : tensor<?x16xf32>) -> tensor<?x16xf32>

  %o3 = tensor.empty() : tensor<4x9x10xf32>
  %z3 = linalg.fill ins(%zero : f32) outs(%o3 : tensor<4x9x10xf32>) -> tensor<4x9x10xf32>
  %r3 = linalg.batch_matmul ins(%p, %q : tensor<4x9x7xf32>, tensor<4x7x10xf32>) outs(%z3 : tensor<4x9x10xf32>) -> tensor<4x9x10xf32>

  // Both operands and the result transposed.
  %et = tensor.empty() : tensor<48x29xf32>
  %tn = linalg.transpose ins(%m : tensor<29x48xf32>) outs(%et : tensor<48x29xf32>) permutation = [1, 0]
  %o4 = tensor.empty() : tensor<48x48xf32>
  %z4 = linalg.fill ins(%zero : f32) outs(%o4 : tensor<48x48xf32>) -> tensor<48x48xf32>
  %r4 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%m, %tn : tensor<29x48xf32>, tensor<48x29xf32>) outs(%z4 : tensor<48x48xf32>) {
  ^bb0(%in: f32, %f: f32, %out: f32):
    %mul = arith.mulf %in, %f : f32
    %add = arith.addf %out, %mul : f32
    linalg.yield %add : f32
  } -> tensor<48x48xf32>

  %o5 = tensor.empty() : tensor<48xf32>
  %z5 = linalg.fill ins(%zero : f32) outs(%o5 : tensor<48xf32>) -> tensor<48xf32>
  %r5 = linalg.matvec ins(%n, %u : tensor<48x33xf32>, tensor<33xf32>) outs(%z5 : tensor<48xf32>) -> tensor<48xf32>
  return %r0, %r1, %r2, %r3, %r4, %r5 : tensor<1x1000xf32>, tensor<29x33xf32>, tensor<?x16xf32>, tensor<4x9x10xf32>, tensor<48x48xf32>, tensor<48xf32>
}
