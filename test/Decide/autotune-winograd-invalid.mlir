// RUN: conv-opt %s --split-input-file --conv-autotune="cpu=haswell" --verify-diagnostics

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<5x5x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{a window of 5x5: the tables are for 3x3}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [2, 2], high = [2, 2]> ins(%x, %w : memref<1x24x24x16xf32>, memref<5x5x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) {conv.algorithm = "winograd_4"}
  return
}

// -----

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x12x12x32xf32>) {
  // expected-error @below {{strides of 2x2: tiles of neighbouring outputs need 1x1}}
  conv.conv dims<nhwc x rsck -> nhwk, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x12x12x32xf32>) {conv.algorithm = "winograd_4"}
  return
}

// -----

func.func @f(%x: memref<1x4x4x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x20x20x32xf32>) {
  // expected-error @below {{dilations of 8x8: some outputs read nothing of the image}}
  conv.conv dims<nhwc x rsck -> nhwk, dilations = [8, 8], low = [16, 16], high = [16, 16]> ins(%x, %w : memref<1x4x4x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x20x20x32xf32>) {conv.algorithm = "winograd_4"}
  return
}

// -----

func.func @f(%x: memref<1x16x24x24xf32>, %w: memref<32x16x3x3xf32>, %o: memref<1x32x24x24xf32>) {
  // expected-error @below {{columns that are read together are 2 apart, and channels are not contiguous in memory}}
  conv.conv dims<nchw x kcrs -> nkhw, dilations = [2, 2], low = [2, 2], high = [2, 2]> ins(%x, %w : memref<1x16x24x24xf32>, memref<32x16x3x3xf32>) outs(%o : memref<1x32x24x24xf32>) {conv.algorithm = "winograd_4"}
  return
}

// -----

func.func @f(%x: memref<1x24x24x1xf32>, %w: memref<3x3x1x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{there is one channel to sum over}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x1xf32>, memref<3x3x1x32xf32>) outs(%o : memref<1x24x24x32xf32>) {conv.algorithm = "winograd_4"}
  return
}

// -----

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{form = banded needs a band of whole tiles of 4 rows}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 16, w_ob = 6, form = banded, band = 6>
  return
}

// -----

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{form = whole transforms the whole image, band must be 0}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 16, w_ob = 6, band = 4>
  return
}

// -----

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{needs a packed filter}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) schedule<algorithm = winograd_4, n_vec = 8, c_ob = 16, w_ob = 6, filter = plain>
  return
}

// -----

func.func @f(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x24x24x32xf32>) {
  // expected-error @below {{has no vectors along w}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x24x24x32xf32>) schedule<algorithm = winograd_4, n_vec = 8, vector = w, c_ob = 4, w_ob = 16>
  return
}

// -----

func.func @f(%x: memref<4x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<4x8x8x32xf32>) {
  // expected-error @below {{images = 2: a band of 4 rows does not have all of an image}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<4x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<4x8x8x32xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4, form = banded, band = 4, images = 2>
  return
}

// -----

func.func @f(%x: memref<4x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<4x8x8x32xf32>) {
  // expected-error @below {{images = 5: there are 4}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<4x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<4x8x8x32xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4, images = 5>
  return
}

// -----

func.func @f(%x: memref<?x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<?x8x8x32xf32>) {
  // expected-error @below {{images = 2: the number of images is not known}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<?x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<?x8x8x32xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4, images = 2>
  return
}

// -----

func.func @f(%x: memref<4x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<4x8x8x32xf32>) {
  // expected-error @below {{images = 2: parallel = h2 divides the rows of one}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<4x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<4x8x8x32xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4, images = 2, parallel = h2>
  return
}

// -----

func.func @f(%x: memref<6x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<6x8x8x32xf32>) {
  // expected-error @below {{images = 2: they do not divide the share of a thread}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<6x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<6x8x8x32xf32>) schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4, images = 2, parallel = n2>
  return
}

// -----

func.func @f(%x: memref<4x8x8x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<4x8x8x32xf32>) {
  // expected-error @below {{algorithm 'im2row' has no blocks of several images}}
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<4x8x8x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<4x8x8x32xf32>) schedule<algorithm = im2row, n_vec = 8, c_ob = 16, w_ob = 4, images = 2>
  return
}
