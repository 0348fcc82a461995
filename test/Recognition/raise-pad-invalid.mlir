// RUN: not conv-opt %s --conv-raise 2>&1 | FileCheck %s

// The least integer marks an operand, of which there is none.
// CHECK: [[@LINE+3]]:8: error: pads by a number of elements that is given as unknown, without the operand that says it
func.func @least(%x: tensor<2x6xf32>) -> tensor<?x8xf32> {
  %z = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[1, 1] high[-9223372036854775808, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<2x6xf32> to tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
