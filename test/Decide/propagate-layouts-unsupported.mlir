// RUN: conv-opt %s --split-input-file --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s --implicit-check-not=nKhwk --implicit-check-not=linalg.pack
// RUN: conv-opt %s --split-input-file --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu algorithm=im2win" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=FORCED --implicit-check-not=nKhwk

// One convolution alone: the function's layout is the caller's.
// CHECK: [[#@LINE+2]]:{{.*}} remark: [Missed] propagate-layouts | Category:conv | Remark="no blocks of channels: no chain of convolutions saves more than its conversions cost"
// FORCED: remark: [Missed] propagate-layouts | Category:conv | Remark="mb1_ic64oc64_ih8oh8kh1sh1ph0: no blocks of channels: algorithm 'im2win' does not read blocks"
func.func @alone(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

// Between the two stands something that needs whole channels: a sum over them,
// whose conversion costs more than two small convolutions gain.
// CHECK: [[#@LINE+1]]:{{.*}} remark: [Missed] {{.*}} no chain of convolutions saves more
func.func @softmax(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>) -> tensor<1x64x8x8xf32> {
  %e = tensor.empty() : tensor<1x64x8x8xf32>
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%e : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %1 = linalg.softmax dimension(1) ins(%0 : tensor<1x64x8x8xf32>) outs(%e : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%e : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %2 : tensor<1x64x8x8xf32>
}

// -----

// CHECK: [[#@LINE+3]]:{{.*}} remark: [Missed] {{.*}} Remark="mb1_ic64oc40_ih8oh8kh1sh1ph0: no blocks of channels: 40 channels are not blocks of 16"
// CHECK: [[#@LINE+3]]:{{.*}} remark: [Missed] {{.*}} Remark="mb1_ic40oc10_ih8oh8kh1sh1ph0: no blocks of channels: 10 channels are not blocks of 16"
func.func @indivisible(%x: tensor<1x64x8x8xf32>, %v: tensor<40x64x1x1xf32>, %w: tensor<10x40x1x1xf32>, %o: tensor<1x40x8x8xf32>, %p: tensor<1x10x8x8xf32>) -> tensor<1x10x8x8xf32> {
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %v : tensor<1x64x8x8xf32>, tensor<40x64x1x1xf32>) outs(%o : tensor<1x40x8x8xf32>) -> tensor<1x40x8x8xf32>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%0, %w : tensor<1x40x8x8xf32>, tensor<10x40x1x1xf32>) outs(%p : tensor<1x10x8x8xf32>) -> tensor<1x10x8x8xf32>
  return %1 : tensor<1x10x8x8xf32>
}

// -----

// CHECK: remark: [Missed] {{.*}} no blocks of channels: channels do not precede rows and columns
func.func @channels_last(%x: tensor<1x8x8x64xf32>, %w: tensor<1x1x64x64xf32>, %o: tensor<1x8x8x64xf32>) -> tensor<1x8x8x64xf32> {
  %0 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x64xf32>, tensor<1x1x64x64xf32>) outs(%o : tensor<1x8x8x64xf32>) -> tensor<1x8x8x64xf32>
  %1 = conv.conv dims<nhwc x rsck -> nhwk> ins(%0, %w : tensor<1x8x8x64xf32>, tensor<1x1x64x64xf32>) outs(%o : tensor<1x8x8x64xf32>) -> tensor<1x8x8x64xf32>
  return %1 : tensor<1x8x8x64xf32>
}

// -----

// CHECK: remark: [Missed] {{.*}} no blocks of channels: it has groups
// CHECK: remark: [Missed] {{.*}} no blocks of channels: it has a schedule
// CHECK: remark: [Missed] {{.*}} no blocks of channels: algorithm 'im2col' does not read blocks
// CHECK: remark: [Missed] {{.*}} no blocks of channels: it works on memrefs
func.func @others(%x: tensor<1x64x8x8xf32>, %d: tensor<64x3x3xf32>, %w: tensor<64x64x1x1xf32>, %m: memref<1x64x8x8xf32>, %v: memref<64x64x1x1xf32>, %o: memref<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  %e = tensor.empty() : tensor<1x64x8x8xf32>
  %0 = conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%x, %d : tensor<1x64x8x8xf32>, tensor<64x3x3xf32>) outs(%e : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%0, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%e : tensor<1x64x8x8xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 8> -> tensor<1x64x8x8xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%e : tensor<1x64x8x8xf32>) {conv.algorithm = "im2col"} -> tensor<1x64x8x8xf32>
  conv.conv dims<nchw x kcrs -> nkhw> ins(%m, %v : memref<1x64x8x8xf32>, memref<64x64x1x1xf32>) outs(%o : memref<1x64x8x8xf32>)
  return %2 : tensor<1x64x8x8xf32>
}
