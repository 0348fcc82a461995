// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{has no matrices for tile = [2, 4]}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [2, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{has no matrices for tile = [4]}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{tiles must be two positive numbers}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 0] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{lanes must be a power of two up to 256, got 6}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 6 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{has strides and dilations of 1 only}}
  conv.winograd_input dims<nhwc x rsck -> nhwk, strides = [2, 1]> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf64>, %v: memref<36x4x8xf64>) {
  // expected-error @below {{has f32 elements only, not 'f64'}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf64>) outs(%v : memref<36x4x8xf64>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x4x2x8xf32>) {
  // expected-error @below {{planes of type 'memref<36x4x2x8xf32>' are not [point][tile][channel] of static extents}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x4x2x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<16x4x8xf32>) {
  // expected-error @below {{has 16 planes, the tile has 36 points}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<16x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x8xf32>, %v: memref<36x3x8xf32>) {
  // expected-error @below {{has 3 tiles, fewer than tiles says}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x8xf32>) outs(%v : memref<36x3x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8x9xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{planes have 8 channels, the image's need 16}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8x9xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<2x8x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{works on one 'n' at a time, the image has 2}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<2x8x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x?x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{image of type 'memref<1x?x8x8xf32>' must be static}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x?x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x8x8xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{needs an image dimension 'h'}}
  conv.winograd_input dims<nwc x sck -> nwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x8x8xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @input(%x: memref<1x2x8x8x4xf32>, %v: memref<36x4x8xf32>) {
  // expected-error @below {{blocks of 4 channels are not whole vectors of 8}}
  conv.winograd_input dims<nChwc x rsck -> nKhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%x : memref<1x2x8x8x4xf32>) outs(%v : memref<36x4x8xf32>)
  return
}

// -----

func.func @output(%m: memref<36x4x8xf32>, %o: memref<1x8x8x9xf32>) {
  // expected-error @below {{planes have 8 channels, the result has 9}}
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%m : memref<36x4x8xf32>) outs(%o : memref<1x8x8x9xf32>)
  return
}

// -----

func.func @output(%m: memref<36x4x8xf32>, %o: memref<1x9x8x8xf32>) {
  // expected-error @below {{2 tiles of 4 along 'h' do not cover 9}}
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%m : memref<36x4x8xf32>) outs(%o : memref<1x9x8x8xf32>)
  return
}

// -----

func.func @output(%m: memref<36x4x8xf32>, %o: memref<1x8x4x8xf32>) {
  // expected-error @below {{2 tiles of 4 along 'w' do not cover 4}}
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 ins(%m : memref<36x4x8xf32>) outs(%o : memref<1x8x4x8xf32>)
  return
}

// -----

func.func @pack(%w: memref<3x3x5x8xf32>, %p: memref<1x1x36x1x1x1x5x8xf32>) {
  // expected-error @below {{has no matrices for winograd = [4, 6]}}
  conv.pack_filter rsck winograd = [4, 6] ins(%w : memref<3x3x5x8xf32>) outs(%p : memref<1x1x36x1x1x1x5x8xf32>)
  return
}

// -----

func.func @pack(%w: memref<3x3x5x8xf32>, %p: memref<1x1x36x1x1x1x5x8xf32>) {
  // expected-error @below {{transforms windows with c_pack = 1, got 2}}
  conv.pack_filter rsck c_pack = 2 winograd = [4, 4] ins(%w : memref<3x3x5x8xf32>) outs(%p : memref<1x1x36x1x1x1x5x8xf32>)
  return
}

// -----

func.func @pack(%w: memref<3x3x5x8xf64>, %p: memref<1x1x36x1x1x1x5x8xf64>) {
  // expected-error @below {{transforms windows of f32, not of 'f64'}}
  conv.pack_filter rsck winograd = [4, 4] ins(%w : memref<3x3x5x8xf64>) outs(%p : memref<1x1x36x1x1x1x5x8xf64>)
  return
}

// -----

func.func @pack(%w: memref<3x5x5x8xf32>, %p: memref<1x1x36x1x1x1x5x8xf32>) {
  // expected-error @below {{transforms windows of 3 taps, along 's' there are 5}}
  conv.pack_filter rsck winograd = [4, 4] ins(%w : memref<3x5x5x8xf32>) outs(%p : memref<1x1x36x1x1x1x5x8xf32>)
  return
}

// -----

func.func @pack(%w: memref<3x3x5x8xf32>, %p: memref<1x1x6x6x5x8xf32>) {
  // expected-error @below {{must have rank 8}}
  conv.pack_filter rsck winograd = [4, 4] ins(%w : memref<3x3x5x8xf32>) outs(%p : memref<1x1x6x6x5x8xf32>)
  return
}

// -----

func.func @pack(%w: memref<3x3x5x8xf32>, %p: memref<1x1x16x1x1x1x5x8xf32>) {
  // expected-error @below {{should be 'tensor<1x1x36x1x1x1x5x8xf32>'}}
  conv.pack_filter rsck winograd = [4, 4] ins(%w : memref<3x3x5x8xf32>) outs(%p : memref<1x1x16x1x1x1x5x8xf32>)
  return
}

// -----

func.func @stored(%m: memref<36x4x8xf32>, %o: memref<1x8x8x8xi8>) {
  // expected-error @below {{keeps its sums in the result, of 'i8', not of the epilogue's 'f32'}}
  conv.winograd_output dims<nhwc x rsck -> nhwk> tile = [4, 4] tiles = [2, 2] lanes = 8 stored ins(%m : memref<36x4x8xf32>) outs(%o : memref<1x8x8x8xi8>) epilogue() {
  ^bb0(%acc: f32):
    %y = arith.fptosi %acc : f32 to i8
    conv.yield %y : i8
  }
  return
}
