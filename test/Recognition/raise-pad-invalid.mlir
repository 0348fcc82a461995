// RUN: sed s/99/-9223372036854775808/ %s | not conv-opt --conv-raise 2>&1 | FileCheck %s

// The least integer marks an operand, of which there is none. Upstream's verifier
// lets that pass, and its other passes read past the end of the operands.
// CHECK: <stdin>:9:8: error: pads by a number of elements that is given as unknown, without the operand that says it
func.func @least(%x: tensor<2x6xf32>) -> tensor<102x8xf32> {
  %z = arith.constant 0.0 : f32

  %0 = tensor.pad %x low[1, 1] high[99, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<2x6xf32> to tensor<102x8xf32>
  return %0 : tensor<102x8xf32>
}
