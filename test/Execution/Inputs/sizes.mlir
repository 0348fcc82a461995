// Two convolutions, the second with a residual, of images of any size; and what
// is asked of sizes besides.
func.func @net(%x: tensor<?x?x?x4xf32> {conv.name = "image"},
               %y: tensor<?x?x?x8xf32> {conv.name = "residual"}, %s: f32)
    -> (tensor<?x?x?x8xf32> {conv.name = "scores"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %w1 = arith.constant dense<2.0> : tensor<3x3x4x8xf32>
  %w2 = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %n = tensor.dim %x, %c0 : tensor<?x?x?x4xf32>
  %h = tensor.dim %x, %c1 : tensor<?x?x?x4xf32>
  %w = tensor.dim %x, %c2 : tensor<?x?x?x4xf32>
  %ho = affine.apply affine_map<()[s] -> ((s - 3) floordiv 2 + 1)>()[%h]
  %wo = affine.apply affine_map<()[s] -> ((s - 3) floordiv 2 + 1)>()[%w]
  %e = tensor.empty(%n, %ho, %wo) : tensor<?x?x?x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  %a = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : vector<2xi64>}
    ins(%x, %w1 : tensor<?x?x?x4xf32>, tensor<3x3x4x8xf32>)
    outs(%f : tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  %b = linalg.conv_2d_nhwc_hwcf
    ins(%a, %w2 : tensor<?x?x?x8xf32>, tensor<1x1x8x8xf32>)
    outs(%f : tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  %r = linalg.add ins(%b, %y : tensor<?x?x?x8xf32>, tensor<?x?x?x8xf32>)
    outs(%e : tensor<?x?x?x8xf32>) -> tensor<?x?x?x8xf32>
  return %r : tensor<?x?x?x8xf32>
}

// A buffer that is changed, a value that is returned, and a call in the module.
func.func @scale(%x: memref<?xf32>, %s: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %x[%i] : memref<?xf32>
    %p = arith.mulf %v, %s : f32
    memref.store %p, %x[%i] : memref<?xf32>
  }
  return %s : f32
}
func.func @twice(%x: memref<?xf32>, %s: f32) {
  %a = call @scale(%x, %s) : (memref<?xf32>, f32) -> f32
  %b = call @scale(%x, %s) : (memref<?xf32>, f32) -> f32
  return
}
