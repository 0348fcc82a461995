// RUN: conv-opt %s --transform-interpreter --split-input-file --verify-diagnostics

// Taps, columns and channels stay together: a band takes them whole.
func.func @taps(%x: memref<1x8x8x4xf32>, %a: memref<1x1x6x6x3x3x4xf32>) {
  // expected-error @below {{dimension 'r' of the result cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x8x8x4xf32>) outs(%a : memref<1x1x6x6x3x3x4xf32>)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.im2row"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @columns(%x: memref<1x8x8x4xf32>, %a: memref<1x1x6x8x3x4xf32>) {
  // expected-error @below {{dimension 'w' of the result cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.mec_lower dims<nhwc x rsck -> nhwk> ins(%x : memref<1x8x8x4xf32>) outs(%a : memref<1x1x6x8x3x4xf32>)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.mec_lower"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
