// RUN: conv-opt %s --transform-interpreter --split-input-file --verify-diagnostics

func.func @f(%x: memref<1x10x10x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x8x8x16xf32>) {
  // expected-error @below {{reductions r, s and c cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous ins(%x, %w : memref<1x10x10x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @f(%x: memref<1x10x10x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x8x8x16xf32>) {
  // expected-error @below {{k can be tiled only by multiples of c_ob = 8}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, wo + s, c)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous ins(%x, %w : memref<1x10x10x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @f(%x: memref<1x8x8x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x8x8x16xf32>) {
  // expected-error @below {{wo cannot be tiled across a padded border}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r - 1, wo + s - 1, c)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    high = [1, 1] store = k_contiguous ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @f(%x: memref<1x10x10x4xf32>, %w: memref<3x3x4x16xf32>, %o: memref<1x8x8x16xf32>) {
  // expected-error @below {{a dimension that runs backwards cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.contract maps = [affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho + r, 9 - wo - s, c)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (r, s, c, k)>,
                        affine_map<(n, g, ho, wo, k, r, s, c) -> (n, ho, wo, k)>]
    store = k_contiguous ins(%x, %w : memref<1x10x10x4xf32>, memref<3x3x4x16xf32>) outs(%o : memref<1x8x8x16xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 4, filter = plain>
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.contract"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @f(%x: memref<1x8x8x4xf32>, %w: memref<3x3x4x8xf32>, %o: memref<1x8x8x8xf32>) {
  // expected-error @below {{rows and columns of a padded convolution cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4x8xf32>) outs(%o : memref<1x8x8x8xf32>)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.conv"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @f(%x: memref<1x10x10x4xf32>, %w: memref<?x?x4x8xf32>, %o: memref<1x8x8x8xf32>) {
  // expected-error @below {{a dynamic window cannot be tiled}}
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x10x10x4xf32>, memref<?x?x4x8xf32>) outs(%o : memref<1x8x8x8xf32>)
  return
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op {transform.readonly}) {
    %c = transform.structured.match ops{["conv.conv"]} in %m : (!transform.any_op) -> !transform.any_op
    %t, %l = transform.structured.tile_using_for %c tile_sizes [0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
