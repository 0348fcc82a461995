// RUN: conv-opt %s --verify-diagnostics --split-input-file

func.func @f(%x: memref<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %b: tensor<8xf16>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{argument 1 of the epilogue has type 'f32', its operand 'f16'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) bias(%b : tensor<8xf16>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf64>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{factors of type 'f64' cannot be summed in 'f32'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf64>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xi8>, %w: tensor<3x3x4x8xi8>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{factors of type 'i8' cannot be summed in 'f32'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xi8>, tensor<3x3x4x8xi8>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x9223372036854775807xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{operand of type 'tensor<1x6x6x9223372036854775807xf32>' has more elements than can be addressed}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x9223372036854775807xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{on tensors must have one result}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) 
  return
}

// -----

func.func @f(%x: memref<1x6x6x4xf32>, %w: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{on memrefs must not have a result}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>) outs(%o : memref<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{result type differs from the type of outs}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x9xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{input has rank 3 but dims names 'nhwc'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<f32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{filter has rank 0 but dims names 'rsck'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<f32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8x1xf32>) {
  // expected-error @below {{output has rank 5 but dims names 'nhwk'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8x1xf32>)  -> tensor<1x4x4x8x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{dimension 'n' is 2 in the input and 1 in the output}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<2x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x5xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{dimension 'c' is 5 in the input and 4 in the filter}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x5xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x9xf32>) {
  // expected-error @below {{dimension 'k' is 8 in the filter and 9 in the output}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x9xf32>)  -> tensor<1x4x4x9xf32>
  return
}

// -----

func.func @f(%x: tensor<6x6x?xf32>, %w: tensor<3x3x2xf32>, %o: tensor<4x4x3xf32>) {
  // expected-error @below {{dimension 'g' is 2 in the filter and 3 in the output}}
  %r = conv.conv dims<hwg x rsg -> hwg> ins(%x, %w : tensor<6x6x?xf32>, tensor<3x3x2xf32>) outs(%o : tensor<4x4x3xf32>)  -> tensor<4x4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x0x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{dimension 's' is empty}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x0x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: memref<6x6xf32>, %w: memref<576460752303423488x1xf32>, %o: memref<1x1xf32>) {
  // expected-error @below {{geometry of 'h' overflows}}
  conv.conv dims<hw x rs -> hw, dilations = [2147483648, 1]> ins(%x, %w : memref<6x6xf32>, memref<576460752303423488x1xf32>) outs(%o : memref<1x1xf32>) 
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x5x4x8xf32>) {
  // expected-error @below {{output has 5 in dimension 'h', the window fits only 4 times}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x5x4x8xf32>)  -> tensor<1x5x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x7x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{output has 4 in dimension 'w', the window fits only 0 times}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x7x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{bias of type 'tensor<4xf32>' does not have the output's g and k dimensions}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) bias(%b : tensor<4xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %b: tensor<1x8xf32>) {
  // expected-error @below {{bias of type 'tensor<1x8xf32>' does not have}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) bias(%b : tensor<1x8xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %z: tensor<1x4x8x4xf32>) {
  // expected-error @below {{residual of type 'tensor<1x4x8x4xf32>' does not have the output's shape}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) residual(%z : tensor<1x4x8x4xf32>) outs(%o : tensor<1x4x4x8xf32>)  -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{clamp bound of type 'f16' on elements of type 'f32'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>) outs(%o : tensor<1x4x4x8xf32>) clamp<lower = 0.0 : f16> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%w: memref<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %r = conv.pack_filter rsck  ins(%w : memref<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{on tensors must have one result}}
  conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>)
  return
}

// -----

func.func @f(%w: tensor<f32>, %p: tensor<1x1x1x1x1x1xf32>) {
  // expected-error @below {{layout names no dimension}}
  %r = "conv.pack_filter"(%w, %p) <{layout = ""}> : (tensor<f32>, tensor<1x1x1x1x1x1xf32>) -> tensor<1x1x1x1x1x1xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{layout 'rsca' is not made of distinct letters of 'gkcrs'}}
  %r = conv.pack_filter rsca  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{layout 'rscc' is not made of distinct letters of 'gkcrs'}}
  %r = conv.pack_filter rscc  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{filter has rank 4 but layout names 'rs'}}
  %r = conv.pack_filter rs  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x?x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{filter of type 'tensor<3x3x?x8xf32>' must have a static shape}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x?x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{c_pack must be a power of two up to 256, got 3}}
  %r = conv.pack_filter rsck c_pack = 3 ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{c_pack must be a power of two up to 256, got -9223372036854775808}}
  %r = conv.pack_filter rsck c_pack = -9223372036854775808 ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8x2xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x1x3x3x4x8x2xf32>' must have rank 6}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8x2xf32>) -> tensor<1x1x3x3x4x8x2xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<f32>) {
  // expected-error @below {{packed filter of type 'tensor<f32>' must have rank 6}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x1x3x3x4x8xf32>' must have rank 7}}
  %r = conv.pack_filter rsck c_pack = 2 ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8xf32>) -> tensor<1x1x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x?xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x1x3x3x4x?xf32>' must have a static block of k in dimension 5}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x?xf32>) -> tensor<1x1x3x3x4x?xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x0xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x1x3x3x4x0xf32>' must have a static block of k in dimension 5}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x0xf32>) -> tensor<1x1x3x3x4x0xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x2x3x3x4x8xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x2x3x3x4x8xf32>' should be 'tensor<1x1x3x3x4x8xf32>'}}
  %r = conv.pack_filter rsck  ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x2x3x3x4x8xf32>) -> tensor<1x2x3x3x4x8xf32>
  return
}

// -----

func.func @f(%w: tensor<3x3x4x8xf32>, %p: tensor<1x1x3x3x4x8x4xf32>) {
  // expected-error @below {{packed filter of type 'tensor<1x1x3x3x4x8x4xf32>' should be 'tensor<1x1x3x3x2x8x2xf32>'}}
  %r = conv.pack_filter rsck c_pack = 2 ins(%w : tensor<3x3x4x8xf32>) outs(%p : tensor<1x1x3x3x4x8x4xf32>) -> tensor<1x1x3x3x4x8x4xf32>
  return
}

// -----

func.func @f(%a: tensor<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : tensor<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{needs three indexing maps, got 2}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 must have the eight iterators n, g, ho, wo, k, r, s, c}}
  conv.contract maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 2 must have the eight iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c)[x] -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 has 3 results for a tensor of rank 4}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 has 6 results for a tensor of rank 4}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: tensor<f32>, %b: tensor<1x1x3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{map 0 has 4 results for a tensor of rank 0}}
  %r = conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : tensor<f32>, tensor<1x1x3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4> -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho floordiv 2, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho mod 3, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators with coefficients in [-2^31, 2^31]}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho * 9223372036854775807 + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators with coefficients in [-2^31, 2^31]}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 4294967296, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho mod 0, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho floordiv 0, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 0 is not linear in the iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho * 4611686018427387904 + ho * 4611686018427387904, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 2 must name distinct iterators among n, g, ho, wo, k}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, ho, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 2 must name distinct iterators among n, g, ho, wo, k}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, c)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 2 must name distinct iterators among n, g, ho, wo, k}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo + 1, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{c_pack must be a power of two up to 256, got 0}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous c_pack = 0 ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 of a packed filter must be (g, k floordiv 8, r, s, c, k mod 8)}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 of a packed filter must be (g, k floordiv 8, r, s, c floordiv 2, k mod 8, c mod 2)}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous c_pack = 2 ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 of a plain filter must name distinct iterators among g, k, r, s, c}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, r, c, k)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 of a plain filter must name distinct iterators among g, k, r, s, c}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, wo)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{map 1 of a plain filter must name distinct iterators among g, k, r, s, c}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k floordiv 2)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{c_pack = 2 needs a packed filter}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous c_pack = 2 ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x9xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{dimension 3 of the filter is 9 but the output says 8}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x9xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<6x6x1x4xf32>, %b: memref<2x1x3x3x4x8xf32>, %o: memref<4x4x1x8xf32>) {
  // expected-error @below {{dimension 0 of the filter is 2 but the output says 1}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (ho + r, wo + s, g, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (ho, wo, g, k)>]
    store = k_contiguous  ins(%a, %b : memref<6x6x1x4xf32>, memref<2x1x3x3x4x8xf32>)
    outs(%o : memref<4x4x1x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<2x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{the filter has 2 of 'g', which the output does not have}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<2x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<3x3x4x8xf32>, %o: memref<1x4x4xf32>) {
  // expected-error @below {{the filter has 8 of 'k', which the output does not have}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo)>]
    store = w_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<3x3x4x8xf32>)
    outs(%o : memref<1x4x4xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x?x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{extents of k, r, s and c must be static}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x?x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x?xf32>) {
  // expected-error @below {{extents of k, r, s and c must be static}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x?xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x?x8x2xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{packed filter of type 'memref<1x1x3x3x?x8x2xf32>' does not hold the 4 channels of a in steps of 2}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c floordiv 2, k mod 8, c mod 2)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous c_pack = 2 ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x?x8x2xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x2x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{packed filter of type 'memref<1x2x3x3x4x8xf32>' does not hold 8 channels in blocks of 8}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x2x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x4xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{packed filter of type 'memref<1x1x3x3x4x4xf32>' does not hold 8 channels in blocks of 8}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x4xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x2x8x4xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{packed filter of type 'memref<1x1x3x3x2x8x4xf32>' does not hold 8 channels in blocks of 8}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c floordiv 2, k mod 8, c mod 2)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous c_pack = 2 ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x2x8x4xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x3xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{dimension 3 of a is 3, too small for its iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x3xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{dimension 0 of a is 1, too small for its iterators}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n + 1, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x8x4x4xf32>) {
  // expected-error @below {{store = k_contiguous needs k as the output's last dimension}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x8x4x4xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{store = w_contiguous needs wo as the output's last dimension}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = w_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>, %v: memref<4xf32>) {
  // expected-error @below {{bias of type 'memref<4xf32>' does not have the output's g and k dimensions}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>) bias(%v : memref<4xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>, %v: memref<1x8xf32>) {
  // expected-error @below {{bias of type 'memref<1x8xf32>' does not have the output's g and k dimensions}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>) bias(%v : memref<1x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x6x7x8xf32>) {
  // expected-error @below {{dimension 2 of a is 6 with 1 behind it, but the iterators reach index 7}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [1, 1] store = k_contiguous ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x6x7x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x6x6x8xf32>) {
  // expected-error @below {{dimension 1 of a is 6 with 0 behind it, but the iterators reach index 6}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [0, 1] store = k_contiguous ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x6x6x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x6x6x8xf32>) {
  // expected-error @below {{high must be two numbers, of rows and of columns, in [0, 2^31]}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [1] store = k_contiguous ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x6x6x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x6x6x8xf32>) {
  // expected-error @below {{high must be two numbers, of rows and of columns, in [0, 2^31]}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [-1, 1] store = k_contiguous ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x6x6x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x11x11x4x8xf32>, %o: memref<1x4294967296x1x8xf32>) {
  // expected-error @below {{dimension 1 of a is 6 with 0 behind it, but the iterators reach index 4294967305}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x11x11x4x8xf32>)
    outs(%o : memref<1x4294967296x1x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x11x11x4x8xf32>, %o: memref<1x1x4294967296x8xf32>) {
  // expected-error @below {{dimension 2 of a is 6 with 0 behind it, but the iterators reach index 4294967305}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [5, 0] store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x11x11x4x8xf32>)
    outs(%o : memref<1x1x4294967296x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x11x11x4x8xf32>, %o: memref<1x2147483648x1x8xf32>, %r: index) {
  // expected-error @below {{dimension 1 of a is 6 with 0 behind it, but the iterators reach index 2147483667}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + 2 * r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x11x11x4x8xf32>) row_origin(%r)
    outs(%o : memref<1x2147483648x1x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x11x11x4x8xf32>, %o: memref<1x1x1500000000x8xf32>) {
  // expected-error @below {{dimension 2 of a is 6 with 0 behind it, but the iterators reach index 3000000028}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo * 2 + s * 3, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [5, 0] store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x11x11x4x8xf32>)
    outs(%o : memref<1x1x1500000000x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>, %z: memref<1x4x8xf32>) {
  // expected-error @below {{residual of type 'memref<1x4x8xf32>' does not have the output's shape}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>) residual(%z : memref<1x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>, %z: memref<1x4x5x8xf32>) {
  // expected-error @below {{residual of type 'memref<1x4x5x8xf32>' does not have the output's shape}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>) residual(%z : memref<1x4x5x8xf32>)
    outs(%o : memref<1x4x4x8xf32>)  schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @f(%a: memref<1x6x6x4xf32>, %b: memref<1x1x3x3x4x8xf32>, %o: memref<1x4x4x8xf32>) {
  // expected-error @below {{clamp bound of type 'f64' on elements of type 'f32'}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous  ins(%a, %b : memref<1x6x6x4xf32>, memref<1x1x3x3x4x8xf32>)
    outs(%o : memref<1x4x4x8xf32>) clamp<lower = 0.0 : f64> schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @fma_steps(%acc: vector<16xf32>, %x: vector<48xbf16>) -> vector<16xf32> {
  // expected-error@+1 {{operands of type 'vector<48xbf16>' do not have 1, 2 or 4 elements for each lane of 'vector<16xf32>'}}
  %0 = conv.fma bf16 %acc, %x, %x : vector<16xf32>, vector<48xbf16>
  return %0 : vector<16xf32>
}

// -----

func.func @fma_kinds(%acc: vector<16xf32>, %x: vector<64xi8>) -> vector<16xf32> {
  // expected-error@+1 {{adds products of 'i8' to 'f32'}}
  %0 = conv.fma i8 %acc, %x, %x : vector<16xf32>, vector<64xi8>
  return %0 : vector<16xf32>
}

// -----

func.func @fma_rank(%acc: vector<2x8xf32>) -> vector<2x8xf32> {
  // expected-error@+1 {{operand #0 must be fixed-length vector}}
  %0 = conv.fma f32 %acc, %acc, %acc : vector<2x8xf32>, vector<2x8xf32>
  return %0 : vector<2x8xf32>
}

// -----

func.func @unsigned_floats(%x: memref<1x4x4x2xf32>, %w: memref<3x3x2x4xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{unsigned_input on elements of type 'f32'}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x4x4x2xf32>, memref<3x3x2x4xf32>) outs(%o : memref<1x2x2x4xf32>) {unsigned_input}
  return
}

// -----

func.func @packed_narrower(%w: memref<3x4xf32>, %p: memref<1x1x1x1x3x4xbf16>) {
  // expected-error @below {{factors of type 'f32' cannot be summed in 'bf16'}}
  conv.pack_filter ck ins(%w : memref<3x4xf32>) outs(%p : memref<1x1x1x1x3x4xbf16>)
  return
}

// -----

func.func @padding_of_floats(%x: memref<1x4x4x2xf32>, %w: memref<3x3x2x4xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{padding_value = 1 is no element of type 'f32'}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x4x4x2xf32>, memref<3x3x2x4xf32>) outs(%o : memref<1x2x2x4xf32>) {padding_value = 1 : i64}
  return
}

// -----

func.func @padding_of_signed_bytes(%x: memref<1x4x4x2xi8>, %w: memref<3x3x2x4xi8>, %o: memref<1x2x2x4xi32>) {
  // expected-error @below {{padding_value = 128 is no element of type 'i8'}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x4x4x2xi8>, memref<3x3x2x4xi8>) outs(%o : memref<1x2x2x4xi32>) {padding_value = 128 : i64}
  return
}

// -----

func.func @padding_of_no_dimension(%x: memref<1x4x2xi8>, %w: memref<3x3x2x4xi8>, %o: memref<1x2x4xi32>) {
  // expected-error @below {{padding_value along 'h', which is no dimension of the input}}
  conv.conv dims<nwc x rsck -> nwk, low = [1, 0], high = [1, 0]> ins(%x, %w : memref<1x4x2xi8>, memref<3x3x2x4xi8>) outs(%o : memref<1x2x4xi32>) {padding_value = 1 : i64}
  return
}

// -----

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
func.func @rebased_unsigned(%x: memref<1x4x4x2xi8>, %w: memref<3x3x2x8xi8>, %o: memref<1x2x2x8xi32>) {
  // expected-error @below {{rebased_input on elements other than signed i8}}
  conv.contract maps = [#a, #b, #o] store = k_contiguous ins(%x, %w : memref<1x4x4x2xi8>, memref<3x3x2x8xi8>) outs(%o : memref<1x2x2x8xi32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 1, filter = plain> {rebased_input, unsigned_input}
  return
}

// -----

#a = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, k floordiv 2, c)>
#b = affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>
#o = affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>
func.func @contract_groups(%x: memref<1x8x8x9x3xf32>, %p: memref<1x2x3x3x3x8xf32>, %o: memref<1x6x6x16xf32>) {
  // expected-error @below {{dimension 3 of a is 9, which is not the groups that 16 output channels are, 2 of each}}
  conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %p : memref<1x8x8x9x3xf32>, memref<1x2x3x3x3x8xf32>) outs(%o : memref<1x6x6x16xf32>)
    schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @pack_merged(%w: memref<3x3x8x4x4xf32>, %p: memref<1x1x3x3x4x16xf32>) {
  // expected-error @below {{should be 'tensor<1x2x3x3x4x16xf32>'}}
  conv.pack_filter rsgck ins(%w : memref<3x3x8x4x4xf32>) outs(%p : memref<1x1x3x3x4x16xf32>)
  return
}

// -----

func.func @contract_parts(%x: memref<1x8x8x3xf32>, %p: memref<1x2x3x3x3x8xf32>, %o: memref<1x6x6x16xf32>) {
  // expected-error @below {{computes all its output channels in one way; parts are for conv.conv}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>] store = k_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x2x3x3x3x8xf32>) outs(%o : memref<1x6x6x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, parts = [8: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>]>
  return
}

// -----

func.func @beside_shape(%x: memref<1x8x8x3xf32>, %p: memref<1x1x3x3x3x8xf32>, %t: memref<1x8x6x7xf32>, %o: memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) {
  // expected-error @below {{beside of type 'memref<1x8x6x7xf32>' does not have the elements of}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>] store = w_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x1x3x3x3x8xf32>) beside(%t : memref<1x8x6x7xf32>) outs(%o : memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @beside_dense(%x: memref<1x8x8x3xf32>, %p: memref<1x1x3x3x3x8xf32>, %t: memref<1x8x6x6xf32>, %o: memref<1x8x6x6xf32>) {
  // expected-error @below {{beside needs store = w_contiguous, an output whose columns lie two elements apart, and columns of its own that follow each other}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>] store = w_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x1x3x3x3x8xf32>) beside(%t : memref<1x8x6x6xf32>) outs(%o : memref<1x8x6x6xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @beside_apart(%x: memref<1x8x8x3xf32>, %p: memref<1x1x3x3x3x8xf32>, %t: memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>, %o: memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) {
  // expected-error @below {{beside needs store = w_contiguous, an output whose columns lie two elements apart, and columns of its own that follow each other}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>] store = w_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x1x3x3x3x8xf32>) beside(%t : memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) outs(%o : memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @beside_accumulate(%x: memref<1x8x8x3xf32>, %p: memref<1x1x3x3x3x8xf32>, %t: memref<1x8x6x6xf32>, %o: memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) {
  // expected-error @below {{beside with accumulate, epilogue = output or vector = c or g}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>] store = w_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x1x3x3x3x8xf32>) beside(%t : memref<1x8x6x6xf32>) outs(%o : memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) accumulate
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4>
  return
}

// -----

func.func @beside_sums(%x: memref<1x8x8x3xf32>, %p: memref<1x1x3x3x3x8xf32>, %t: memref<1x8x6x6xf32>, %o: memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>) {
  // expected-error @below {{beside with accumulate, epilogue = output or vector = c or g}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (g, k floordiv 8, r, s, c, k mod 8)>, affine_map<(n, g, ho, wo, k, r, s, c) -> (n, k, ho, wo)>] store = w_contiguous
    ins(%x, %p : memref<1x8x8x3xf32>, memref<1x1x3x3x3x8xf32>) beside(%t : memref<1x8x6x6xf32>) outs(%o : memref<1x8x6x6xf32, strided<[576, 72, 12, 2], offset: 1>>)
    schedule<algorithm = direct, n_vec = 8, vector = g, c_ob = 8, w_ob = 4>
  return
}
