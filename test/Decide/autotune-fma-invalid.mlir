// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --split-input-file --verify-diagnostics

func.func @unknown(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x6x6x16xf32>) {
  // expected-error @below {{fma = nonsense names no instruction}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x16xf32>)
    outs(%o : memref<1x6x6x16xf32>) schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6, fma = nonsense>
  return
}

// -----

func.func @lanes(%x: memref<1x8x8x16xf32>, %w: memref<3x3x16x16xf32>, %o: memref<1x6x6x16xf32>) {
  // expected-error @below {{fma = fma3_f32 has 8 lanes, not n_vec = 4}}
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x8x16xf32>, memref<3x3x16x16xf32>)
    outs(%o : memref<1x6x6x16xf32>) schedule<algorithm = direct, n_vec = 4, c_ob = 8, w_ob = 6, fma = fma3_f32>
  return
}
