// RUN: conv-opt %s --split-input-file --conv-lower-to-loops --verify-diagnostics

func.func @input(%x: memref<1x9x8x9xf32>, %v: memref<16x16x8xf32>) {
  // expected-error @below {{has no lowering for an image of which neither channels nor columns are contiguous in memory}}
  conv.winograd_input dims<nwch x kcrs -> nkhw> tile = [2, 2] tiles = [4, 4] lanes = 8 ins(%x : memref<1x9x8x9xf32>) outs(%v : memref<16x16x8xf32>)
  return
}

// -----

func.func @output(%m: memref<16x4x8xf32>, %o: memref<1x4x8x4xf32>) {
  // expected-error @below {{has no lowering for a result of which neither channels nor columns are contiguous in memory}}
  conv.winograd_output dims<nchw x kcrs -> nwkh> tile = [2, 2] tiles = [2, 2] lanes = 8 ins(%m : memref<16x4x8xf32>) outs(%o : memref<1x4x8x4xf32>)
  return
}

// -----

func.func @planes(%x: memref<1x4x4x8xf32>, %v: memref<16x1x8xf32, strided<[16, 16, 2]>>) {
  // expected-error @below {{has no lowering for planes whose channels are not contiguous in memory}}
  conv.winograd_input dims<nhwc x rsck -> nhwk> tile = [2, 2] tiles = [1, 1] lanes = 8 ins(%x : memref<1x4x4x8xf32>) outs(%v : memref<16x1x8xf32, strided<[16, 16, 2]>>)
  return
}
