// RUN: conv-opt %s --conv-bufferize --split-input-file --verify-diagnostics

func.func private @use(memref<8xf32>)

// A function that frees some buffers itself cannot be given to the
// deallocation passes.
// expected-warning @below {{frees buffers of its own; those bufferization allocates in it are never freed}}
func.func @mixed(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = memref.alloc() : memref<8xf32>
  func.call @use(%a) : (memref<8xf32>) -> ()
  memref.dealloc %a : memref<8xf32>
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

func.func @unknown(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{op was not bufferized}}
  %r = "tosa.exp"(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// Nothing after this pass would find it.
func.func @outer(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
module @inner {
  // expected-error @below {{is a function of a nested module; only functions of the outermost module are compiled}}
  func.func @nested(%x: tensor<8xf32>) -> tensor<8xf32> {
    return %x : tensor<8xf32>
  }
}
