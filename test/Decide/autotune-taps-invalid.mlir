// RUN: conv-opt %s --conv-autotune="cpu=znver4 triple=x86_64-pc-linux-gnu" --verify-diagnostics

func.func @long(%x: memref<1x32x32x128xi8>, %w: memref<13x13x128xi8>, %o: memref<1x20x20x128xi32>) {
  // expected-error @below {{four taps at once of a 13x13 window keep 208 vectors of the filter at hand (limit 128)}}
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x32x32x128xi8>, memref<13x13x128xi8>) outs(%o : memref<1x20x20x128xi32>)
    schedule<algorithm = direct, n_vec = 16, c_ob = 64, w_ob = 2, broadcast = splat, fma = avx512vnni_u8> {unsigned_input}
  return
}
