// RUN: conv-opt %s --conv-lower-to-loops --split-input-file --verify-diagnostics

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @tensors(%x: tensor<1x4x4x2xf32>, %w: tensor<1x1x3x3x2x4xf32>, %o: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  // expected-error @below {{works on tensors: bufferize before this pass}}
  %r = conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x1x3x3x2x4xf32>) outs(%o : tensor<1x2x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2> -> tensor<1x2x2x4xf32>
  return %r : tensor<1x2x2x4xf32>
}

// -----

func.func @pack_tensors(%w: tensor<2x4xf32>, %e: tensor<1x1x1x1x2x4xf32>) -> tensor<1x1x1x1x2x4xf32> {
  // expected-error @below {{works on tensors: bufferize before this pass}}
  %p = conv.pack_filter ck ins(%w : tensor<2x4xf32>) outs(%e : tensor<1x1x1x1x2x4xf32>) -> tensor<1x1x1x1x2x4xf32>
  return %p : tensor<1x1x1x1x2x4xf32>
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @f64(%x: memref<1x4x4x2xf64>, %w: memref<1x1x3x3x2x4xf64>, %o: memref<1x2x2x4xf64>) {
  // expected-error @below {{has a lowering only for f32 x f32 -> f32 by fma = f32, not for 'f64'}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x4x2xf64>, memref<1x1x3x3x2x4xf64>) outs(%o : memref<1x2x2x4xf64>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @f16(%x: memref<1x4x4x2xf16>, %w: memref<1x1x3x3x2x4xf16>, %o: memref<1x2x2x4xf16>) {
  // expected-error @below {{has a lowering only for f32 x f32 -> f32 by fma = f32, not for 'f16'}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x4x2xf16>, memref<1x1x3x3x2x4xf16>) outs(%o : memref<1x2x2x4xf16>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c floordiv 2, k mod 4, c mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @c_pack(%x: memref<1x4x4x2xf32>, %w: memref<1x1x3x3x1x4x2xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{fma = f32 needs c_pack = 1}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 2
    ins(%x, %w : memref<1x4x4x2xf32>, memref<1x1x3x3x1x4x2xf32>) outs(%o : memref<1x2x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c floordiv 2, k mod 4, c mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @c_pack_of_lanes(%x: memref<1x4x4x2xf32>, %w: memref<1x1x3x3x1x4x2xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{vector = c needs c_pack = 4}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 2
    ins(%x, %w : memref<1x4x4x2xf32>, memref<1x1x3x3x1x4x2xf32>) outs(%o : memref<1x2x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = c, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c floordiv 4, k mod 4, c mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @channels_apart(%x: memref<1x4x4x4xf32>, %w: memref<1x1x3x3x1x4x4xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{vector = c on an input whose c is not contiguous in memory}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 4
    ins(%x, %w : memref<1x4x4x4xf32>, memref<1x1x3x3x1x4x4xf32>) outs(%o : memref<1x2x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = c, c_ob = 4, w_ob = 2>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c floordiv 2, k mod 4, c mod 2)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @columns_of_pairs(%x: memref<1x4x8x2xbf16>, %w: memref<1x1x3x3x1x4x2xbf16>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{has no lowering by fma = neon_bfdot for vector = w, broadcast = lane, an input that k runs along or odd blocks of channels}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous c_pack = 2
    ins(%x, %w : memref<1x4x8x2xbf16>, memref<1x1x3x3x1x4x2xbf16>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4, fma = neon_bfdot>
  return
}

// -----

// A block without channels was a division by zero.
func.func @no_block(%w: memref<2x2xf32>, %p: memref<1x1x1x1x2x0xf32>) {
  // expected-error @below {{must have a static block of k in dimension 5}}
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%p : memref<1x1x1x1x2x0xf32>)
  return
}

// -----

// k must be contiguous for vectors of a filter that is read in place.
#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#plain = affine_map<(n, g, h, w, k, r, s, c) -> (k, c, r, s)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @plain(%x: memref<1x4x4x2xf32>, %w: memref<4x2x3x3xf32>, %o: memref<1x2x2x4xf32>) {
  // expected-error @below {{has no lowering for a plain filter whose k is not contiguous}}
  conv.contract maps = [#image, #plain, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x4x2xf32>, memref<4x2x3x3xf32>) outs(%o : memref<1x2x2x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2, filter = plain>
  return
}

// -----

// Memory decides whether a vector can be stored, not only the map.
#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @gaps(%x: memref<1x4x4x2xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x2x2x4xf32, strided<[32, 16, 8, 2]>>) {
  // expected-error @below {{store = k_contiguous on a layout whose k is not contiguous in memory}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x4x2xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x2x2x4xf32, strided<[32, 16, 8, 2]>>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 2>
  return
}

// -----

// With vector = w neighbouring columns are read at once.
#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>
func.func @columns_apart(%x: memref<1x4x8x3xf32>, %w: memref<1x1x3x3x3x4xf32>, %o: memref<1x4x2x6xf32>) {
  // expected-error @below {{vector = w on an input whose wo is neither contiguous in memory nor every second element}}
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x4x8x3xf32>, memref<1x1x3x3x3x4xf32>) outs(%o : memref<1x4x2x6xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w * 3 + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>
func.func @third(%x: memref<1x2x4x9xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x4x2x3xf32>) {
  // expected-error @below {{vector = w on an input whose wo is neither contiguous in memory nor every second element}}
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x2x4x9xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x4x2x3xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @output(%x: memref<1x2x4x8xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{vector = w on an output or residual whose wo is not contiguous in memory}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x2x4x8xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c floordiv 2, h + r, w + s, c mod 2)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>
func.func @blocked(%x: memref<1x1x4x8x2xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x4x2x6xf32>) {
  // expected-error @below {{vector = w on a blocked input or one that k runs along}}
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x4x8x2xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x4x2x6xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h + r, w + s)>
#plain = affine_map<(n, g, h, w, k, r, s, c) -> (k, c, r, s)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>
func.func @plain_lanes(%x: memref<1x2x4x8xf32>, %w: memref<4x2x3x3xf32>, %o: memref<1x4x2x6xf32>) {
  // expected-error @below {{broadcast = lane with vector = w needs a packed filter}}
  conv.contract maps = [#image, #plain, #out] store = w_contiguous
    ins(%x, %w : memref<1x2x4x8xf32>, memref<4x2x3x3xf32>) outs(%o : memref<1x4x2x6xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = w, c_ob = 4, w_ob = 4, broadcast = lane, filter = plain>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @unknown_instruction(%x: memref<1x4x8x2xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{cannot be lowered: fma = nonsense names no instruction}}
  conv.contract maps = [#image, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x8x2xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, c_ob = 4, w_ob = 4, fma = nonsense>
  return
}

// -----

#groups = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, k floordiv 3, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @cut_groups(%x: memref<1x4x8x2x2xf32>, %w: memref<1x2x3x3x2x4xf32>, %o: memref<1x2x6x6xf32>) {
  // expected-error @below {{vector = g with c_ob = 4, which cuts groups of 3 output channels}}
  conv.contract maps = [#groups, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x8x2x2xf32>, memref<1x2x3x3x2x4xf32>) outs(%o : memref<1x2x6x6xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 4>
  return
}

// -----

#groups = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, k floordiv 2, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @few_steps(%x: memref<1x4x8x2x3xf32>, %w: memref<1x1x3x3x3x4xf32>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{vector = g needs unroll = 3, the channels of a group, got 2}}
  conv.contract maps = [#groups, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x8x2x3xf32>, memref<1x1x3x3x3x4xf32>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 4, unroll = 2>
  return
}

// -----

#groups = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, k, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @far_lanes(%x: memref<1x4x8x4x3xf32>, %w: memref<1x1x3x3x3x4xf32>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{vector = g on groups of 3 > 1 channels, whose lanes do not come from two vectors of 4}}
  conv.contract maps = [#groups, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x4x8x4x3xf32>, memref<1x1x3x3x3x4xf32>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 4>
  return
}

// -----

#groups = affine_map<(n, g, h, w, k, r, s, c) -> (n, k floordiv 2, h + r, w + s, c)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
func.func @planes(%x: memref<1x2x4x8x2xf32>, %w: memref<1x1x3x3x2x4xf32>, %o: memref<1x2x6x4xf32>) {
  // expected-error @below {{vector = g on an input whose groups of channels do not follow each other in memory}}
  conv.contract maps = [#groups, #packed, #out] store = k_contiguous
    ins(%x, %w : memref<1x2x4x8x2xf32>, memref<1x1x3x3x2x4xf32>) outs(%o : memref<1x2x6x4xf32>)
    schedule<algorithm = direct, n_vec = 4, vector = g, c_ob = 4, w_ob = 4>
  return
}

// -----

#image = affine_map<(n, g, h, w, k, r, s, c) -> (n, c, h, w)>
#packed = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 4, r, s, c, k mod 4)>
#out = affine_map<(n, g, h, w, k, r, s, c) -> (n, k, h, w)>
func.func @plain_beside(%x: memref<1x1x1x5xf32>, %w: memref<1x1x1x1x1x4xf32>, %even: memref<1x4x1x5xf32>, %o: memref<1x4x1x5xf32, strided<[40, 10, 10, 2], offset: 1>>) {
  // expected-error @below {{has no lowering of beside by plain loops}}
  conv.contract maps = [#image, #packed, #out] store = w_contiguous
    ins(%x, %w : memref<1x1x1x5xf32>, memref<1x1x1x1x1x4xf32>) beside(%even : memref<1x4x1x5xf32>)
    outs(%o : memref<1x4x1x5xf32, strided<[40, 10, 10, 2], offset: 1>>)
    schedule<algorithm = naive, n_vec = 4, c_ob = 4, w_ob = 4>
  return
}
