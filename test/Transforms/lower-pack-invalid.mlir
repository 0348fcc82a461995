// RUN: conv-opt %s --conv-lower-pack --verify-diagnostics

func.func @unknown_tile(%x: tensor<64xf32>, %p: tensor<?x?xf32>, %t: index) -> tensor<?x?xf32> {
  %c0 = arith.constant 0.0 : f32
  // expected-error @+1 {{cannot be written as reshape and transposition; its tiles must be static}}
  %0 = linalg.pack %x padding_value(%c0 : f32) inner_dims_pos = [0] inner_tiles = [%t] into %p : tensor<64xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
