// RUN: conv-opt %s --conv-prepack="mode=function" --split-input-file --verify-diagnostics
// RUN: not conv-opt %s --conv-prepack="mode=always" 2>&1 | FileCheck %s --check-prefix=MODE

// MODE: error: unknown filters 'always' to pack before (known: constants, function)

func.func @elided() -> tensor<1x1x1x1x2x2xf32> {
  %w = arith.constant dense_resource<__elided__> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  // expected-error @below {{weights were elided: the resource '__elided__' has no data; export the model with its weights, or make them function arguments}}
  %p = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}

// -----

memref.global "private" constant @w : memref<2x2xf32> = dense_resource<__elided__>
func.func @elided_global(%i: index) -> f32 {
  %w = memref.get_global @w : memref<2x2xf32>
  %a = memref.alloc() : memref<1x1x1x1x2x2xf32>
  // expected-error @below {{weights were elided}}
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%a : memref<1x1x1x1x2x2xf32>)
  %v = memref.load %a[%i, %i, %i, %i, %i, %i] : memref<1x1x1x1x2x2xf32>
  return %v : f32
}

// -----

func.func @short() -> tensor<1x1x1x1x2x2xf32> {
  %w = arith.constant dense_resource<short_weights> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  // expected-error @below {{the resource 'short_weights' has 4 bytes, the filter of type 'tensor<2x2xf32>' needs 16}}
  %p = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}
{-# dialect_resources: { builtin: { short_weights: "0x040000000000803F" } } #-}

// -----

// expected-error @below {{cannot be given packed filters: it has callers in this module}}
func.func @called(%w: tensor<2x2xf32>) -> tensor<1x1x1x1x2x2xf32> {
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %p = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}
func.func @caller(%w: tensor<2x2xf32>) -> tensor<1x1x1x1x2x2xf32> {
  // expected-note @below {{used here}}
  %p = call @called(%w) : (tensor<2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}

// -----

// expected-error @below {{cannot be given packed filters: '@main_pack' already exists}}
func.func @main(%w: tensor<2x2xf32>) -> tensor<1x1x1x1x2x2xf32> {
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %p = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}
// expected-note @below {{defined here}}
func.func private @main_pack()
