// RUN: conv-opt %s --conv-lower-pack --split-input-file --verify-diagnostics

func.func @unknown_tile(%x: tensor<64xf32>, %p: tensor<?x?xf32>, %t: index) -> tensor<?x?xf32> {
  %c0 = arith.constant 0.0 : f32
  // expected-error @+1 {{cannot be written as reshape and transposition; its tiles must be static}}
  %0 = linalg.pack %x padding_value(%c0 : f32) inner_dims_pos = [0] inner_tiles = [%t] into %p : tensor<64xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// -----

func.func @no_zero(%x: tensor<64x8xcomplex<f32>>, %p: tensor<2x8x32xcomplex<f32>>) -> tensor<2x8x32xcomplex<f32>> {
  // expected-error @+1 {{elements of type 'complex<f32>' have no zero to pad with}}
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [32] into %p : tensor<64x8xcomplex<f32>> -> tensor<2x8x32xcomplex<f32>>
  return %0 : tensor<2x8x32xcomplex<f32>>
}
