// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @rank(%x: memref<1x4x4x2xf32>, %a: memref<1x2x2x3x3x2xf32>) {
  // expected-error @below {{result has rank 6, its dimensions are 'nghwrsc'}}
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<1x4x4x2xf32>) outs(%a : memref<1x2x2x3x3x2xf32>)
  return
}

// -----

func.func @image(%x: memref<4x4x2xf32>, %a: memref<1x1x2x2x3x3x2xf32>) {
  // expected-error @below {{image has rank 3 but dims names 'nhwc'}}
  conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : memref<4x4x2xf32>) outs(%a : memref<1x1x2x2x3x3x2xf32>)
  return
}

// -----

func.func @channels(%x: memref<1x4x4x2xf32>, %a: memref<1x1x4x3x3x2x2xf32>) {
  // expected-error @below {{dimension 'c' of the result is 4, the image says 2}}
  conv.im2col dims<nhwc x rsck -> nhwk> ins(%x : memref<1x4x4x2xf32>) outs(%a : memref<1x1x4x3x3x2x2xf32>)
  return
}

// -----

func.func @batch(%x: memref<2x4x4x2xf32>, %a: memref<1x1x2x4x3x2xf32>) {
  // expected-error @below {{dimension 'n' of the result is 1, the image says 2}}
  conv.mec_lower dims<nhwc x rsck -> nhwk> ins(%x : memref<2x4x4x2xf32>) outs(%a : memref<1x1x2x4x3x2xf32>)
  return
}

// -----

func.func @dynamic(%x: memref<1x4x4x2xf32>, %a: memref<1x1x?x4x3x2xf32>) {
  // expected-error @below {{dimension 'h' of the result must be static}}
  conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x4x4x2xf32>) outs(%a : memref<1x1x?x4x3x2xf32>)
  return
}

// -----

func.func @mixed(%x: memref<1x4x4x2xf32>, %a: tensor<1x1x2x4x3x2xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %0 = conv.im2win dims<nhwc x rsck -> nhwk> ins(%x : memref<1x4x4x2xf32>) outs(%a : tensor<1x1x2x4x3x2xf32>) -> tensor<1x1x2x4x3x2xf32>
  return
}

// -----

func.func @order(%u: memref<1x1x1x1x8x4x4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{order 'ngrskpw' does not name each of n g r s k and p q or h w once}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpw ins(%u : memref<1x1x1x1x8x4x4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}

// -----

func.func @product(%u: memref<1x1x1x1x8x4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{product has rank 6}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%u : memref<1x1x1x1x8x4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}

// -----

func.func @outputs(%u: memref<1x1x1x1x4x4x4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{dimension 'k' is 4 in the product and 8 in the result}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%u : memref<1x1x1x1x4x4x4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}

// -----

func.func @taps(%u: memref<1x1x1x1x8x4x4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{taps must be two numbers that are not negative}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq taps = [0, -1] ins(%u : memref<1x1x1x1x8x4x4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}

// -----

func.func @bias(%u: memref<1x1x1x1x8x4x4xf32>, %b: memref<4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{bias of type 'memref<4xf32>' does not have the output's g and k dimensions}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%u : memref<1x1x1x1x8x4x4xf32>) bias(%b : memref<4xf32>) outs(%v : memref<1x4x4x8xf32>)
  return
}

// -----

func.func @lanes(%u: memref<1x1x1x1x8x4x4xf32>, %v: memref<1x4x4x8xf32>) {
  // expected-error @below {{attribute 'lanes' failed to satisfy constraint}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%u : memref<1x1x1x1x8x4x4xf32>) outs(%v : memref<1x4x4x8xf32>) {lanes = 3 : i64}
  return
}
