// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu" | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu stage=choose" | FileCheck %s --check-prefix=CHOOSE
// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu stage=choose" | conv-opt --conv-propagate-layouts=stage=apply | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu layout=plain" | FileCheck %s --check-prefix=PLAIN
// Only direct reads blocks.
// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu exclude=direct" | FileCheck %s --check-prefix=PLAIN
// RUN: conv-opt %s --conv-propagate-layouts="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefix=HASWELL
// RUN: conv-opt %s --conv-propagate-layouts="cpu=znver5 triple=x86_64-pc-linux-gnu" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// PLAIN-LABEL: func.func @residual(
// PLAIN-NOT:     nKhwk
// PLAIN-LABEL: func.func @network(

// The first convolution reads the caller's layout, the last one writes it, and
// nothing is converted. Bias and filter stay as they are. Channels behind rows
// and columns suit the stem better than blocks.
// REMARK: propagate-layouts.mlir:[[#@LINE+16]]:{{.*}} remark: [Analysis] propagate-layouts | Category:conv | Remark="3 of 3 convolutions read or write channels behind rows and columns; predicted {{[0-9]+}} cycles, plain {{[0-9]+}}"
// CHECK-LABEL: func.func @residual(
// CHECK-SAME:    %[[X:.+]]: tensor<1x3x56x56xf32>, %[[V:.+]]: tensor<64x3x3x3xf32>, %[[W:.+]]: tensor<64x64x1x1xf32>, %[[B:.+]]: tensor<64xf32>)
// CHECK-NOT:     linalg.
// CHECK:         %[[R1:.+]] = conv.conv dims<nchw x kcrs -> nhwk, low = [1, 1], high = [1, 1]> ins(%[[X]], %[[V]] : {{.*}}) outs(%{{.*}} : tensor<1x56x56x64xf32>) clamp<lower = 0.000000e+00 : f32> -> tensor<1x56x56x64xf32>
// CHECK:         %[[R2:.+]] = conv.conv dims<nhwc x kcrs -> nhwk> ins(%[[R1]], %[[W]] : tensor<1x56x56x64xf32>, tensor<64x64x1x1xf32>) bias(%[[B]] : tensor<64xf32>) outs({{.*}} : tensor<1x56x56x64xf32>)
// CHECK:         %[[R3:.+]] = conv.conv dims<nhwc x kcrs -> nkhw> ins(%[[R2]], %[[W]] : {{.*}}) outs({{.*}} : tensor<1x64x56x56xf32>)
// CHECK:         return %[[R3]]
// CHOOSE-LABEL: func.func @residual(
// CHOOSE:         conv.conv dims<nchw x kcrs -> nkhw{{.*}}{conv.output_channels_last = 1 : i64} -> tensor<1x64x56x56xf32>
// CHOOSE:         conv.conv dims<nchw x kcrs -> nkhw>{{.*}}{conv.input_channels_last = 1 : i64, conv.output_channels_last = 1 : i64}
// CHOOSE:         conv.conv dims<nchw x kcrs -> nkhw>{{.*}}{conv.input_channels_last = 1 : i64} ->
// With fewer lanes the plain layout fills them with columns, and is as good.
// HASWELL-LABEL: func.func @residual(
// HASWELL-COUNT-3: conv.conv dims<nchw x kcrs -> nkhw
// HASWELL-LABEL: func.func @network(
func.func @residual(%x: tensor<1x3x56x56xf32>, %v: tensor<64x3x3x3xf32>, %w: tensor<64x64x1x1xf32>, %b: tensor<64xf32>) -> tensor<1x64x56x56xf32> {
  %e = tensor.empty() : tensor<1x64x56x56xf32>
  %0 = conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %v : tensor<1x3x56x56xf32>, tensor<64x3x3x3xf32>) outs(%e : tensor<1x64x56x56xf32>) clamp<lower = 0.0 : f32> -> tensor<1x64x56x56xf32>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%0, %w : tensor<1x64x56x56xf32>, tensor<64x64x1x1xf32>) bias(%b : tensor<64xf32>) outs(%e : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x64x56x56xf32>, tensor<64x64x1x1xf32>) outs(%e : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
  return %2 : tensor<1x64x56x56xf32>
}

// Blocks pass through pooling and its padding, through elementwise operations
// with two users, and through residuals; vectors per channel are split. What
// leaves the function is unpacked. (Chosen by hand: the model would let the last
// convolution write the function's layout.)
// CHECK-LABEL: func.func @network(
// CHECK:         %[[STEM:.+]] = conv.conv dims<nhwc x rsck -> nKhwk, {{.*}} -> tensor<?x2x56x56x32xf32>
// CHECK:         %[[PAD:.+]] = tensor.pad %[[STEM]] low[0, 0, 0, 0, 0] high[0, 0, 1, 1, 0]
// CHECK:         : tensor<?x2x56x56x32xf32> to tensor<?x2x57x57x32xf32>
// CHECK:         %[[FILL:.+]] = linalg.fill {{.*}} -> tensor<?x2x28x28x32xf32>
// CHECK:         %[[POOL:.+]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]} ins(%[[PAD]], %{{.*}} : {{.*}}) outs(%[[FILL]] : {{.*}})
// CHECK:         %[[SCALE:.+]] = tensor.expand_shape %{{.*}} {{\[\[}}0, 1]] output_shape [2, 32] : tensor<64xf32> into tensor<2x32xf32>
// CHECK:         %[[MUL:.+]] = linalg.generic {{.*}} ins(%[[POOL]], %[[SCALE]] : tensor<?x2x28x28x32xf32>, tensor<2x32xf32>)
// CHECK:         %[[C1:.+]] = conv.conv dims<nChwc x kcrs -> nKhwk> ins(%[[MUL]],
// CHECK:         %[[C2:.+]] = conv.conv dims<nChwc x kcrs -> nKhwk> ins(%[[C1]], {{.*}} residual(%[[MUL]] : tensor<?x2x28x28x32xf32>)
// CHECK:         %[[NEG:.+]] = linalg.generic {{.*}} ins(%[[C2]] : tensor<?x2x28x28x32xf32>)
// CHECK:         %[[OUT:.+]] = linalg.unpack %[[NEG]] inner_dims_pos = [1] inner_tiles = [32]
// CHECK:         return %[[OUT]] : tensor<?x64x28x28xf32>
func.func @network(%x: tensor<?x112x112x3xf32>, %v: tensor<3x3x3x64xf32>, %w: tensor<64x64x1x1xf32>, %s: tensor<64xf32>) -> tensor<?x64x28x28xf32> {
  %c0 = arith.constant 0 : index
  %low = arith.constant 0xFF800000 : f32
  %n = tensor.dim %x, %c0 : tensor<?x112x112x3xf32>
  %e = tensor.empty(%n) : tensor<?x64x56x56xf32>
  %stem = conv.conv dims<nhwc x rsck -> nkhw, strides = [2, 2], low = [1, 1], high = [0, 0]> ins(%x, %v : tensor<?x112x112x3xf32>, tensor<3x3x3x64xf32>) outs(%e : tensor<?x64x56x56xf32>) {conv.output_block = 32 : i64} -> tensor<?x64x56x56xf32>
  %pad = tensor.pad %stem low[0, 0, 0, 0] high[0, 0, 1, 1] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %low : f32
  } {conv.output_block = 32 : i64} : tensor<?x64x56x56xf32> to tensor<?x64x57x57xf32>
  %half = tensor.empty(%n) : tensor<?x64x28x28xf32>
  %fill = linalg.fill ins(%low : f32) outs(%half : tensor<?x64x28x28xf32>) -> tensor<?x64x28x28xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %pool = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>, conv.output_block = 32 : i64} ins(%pad, %window : tensor<?x64x57x57xf32>, tensor<3x3xf32>) outs(%fill : tensor<?x64x28x28xf32>) -> tensor<?x64x28x28xf32>
  %mul = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (c)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"], conv.output_block = 32 : i64}
      ins(%pool, %s : tensor<?x64x28x28xf32>, tensor<64xf32>) outs(%half : tensor<?x64x28x28xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<?x64x28x28xf32>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%mul, %w : tensor<?x64x28x28xf32>, tensor<64x64x1x1xf32>) outs(%half : tensor<?x64x28x28xf32>) {conv.input_block = 32 : i64, conv.output_block = 32 : i64} -> tensor<?x64x28x28xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<?x64x28x28xf32>, tensor<64x64x1x1xf32>) residual(%mul : tensor<?x64x28x28xf32>) outs(%half : tensor<?x64x28x28xf32>) {conv.input_block = 32 : i64, conv.output_block = 32 : i64} -> tensor<?x64x28x28xf32>
  %neg = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"], conv.output_block = 32 : i64}
      ins(%2 : tensor<?x64x28x28xf32>) outs(%half : tensor<?x64x28x28xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.negf %a : f32
    linalg.yield %m : f32
  } -> tensor<?x64x28x28xf32>
  return %neg : tensor<?x64x28x28xf32>
}

// Blocks chosen by hand. What the convolution accumulates to and its residual
// are packed.
// CHECK-LABEL: func.func @by_hand(
// CHECK-SAME:    %[[X:.+]]: tensor<1x32x8x8xf32>, %[[W:.+]]: tensor<16x32x1x1xf32>, %[[R:.+]]: tensor<1x16x8x8xf32>, %[[O:.+]]: tensor<1x16x8x8xf32>)
// CHECK-DAG:     %[[PX:.+]] = linalg.pack %[[X]] inner_dims_pos = [1] inner_tiles = [8]
// CHECK-DAG:     %[[PO:.+]] = linalg.pack %[[O]] inner_dims_pos = [1] inner_tiles = [4]
// CHECK-DAG:     %[[PR:.+]] = linalg.pack %[[R]] inner_dims_pos = [1] inner_tiles = [4]
// CHECK:         %[[C:.+]] = conv.conv dims<nChwc x kcrs -> nKhwk> ins(%[[PX]], %[[W]] : tensor<1x4x8x8x8xf32>, tensor<16x32x1x1xf32>) residual(%[[PR]] : tensor<1x4x8x8x4xf32>) outs(%[[PO]] : tensor<1x4x8x8x4xf32>) accumulate -> tensor<1x4x8x8x4xf32>
// CHECK:         linalg.unpack %[[C]]
func.func @by_hand(%x: tensor<1x32x8x8xf32>, %w: tensor<16x32x1x1xf32>, %r: tensor<1x16x8x8xf32>, %o: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x32x8x8xf32>, tensor<16x32x1x1xf32>) residual(%r : tensor<1x16x8x8xf32>) outs(%o : tensor<1x16x8x8xf32>) accumulate {conv.input_block = 8 : i64, conv.output_block = 4 : i64} -> tensor<1x16x8x8xf32>
  return %0 : tensor<1x16x8x8xf32>
}

// Through pooling between two convolutions, by the model's choice: columns of
// 3x3 windows are read by channels, which a plain output would transpose.
// CHECK-LABEL: func.func @pooled(
// CHECK:         conv.conv dims<nchw x kcrs -> nhwk{{.*}} -> tensor<1x56x56x64xf32>
// CHECK:         linalg.generic {{.*}} outs({{.*}} : tensor<1x28x28x64xf32>)
// CHECK:         conv.conv dims<nhwc x kcrs -> nkhw{{.*}}>
// CHECK-NOT:     linalg.transpose
// CHECK:         return
// HASWELL-LABEL: func.func @pooled(
// HASWELL:         outs({{.*}} : tensor<1x56x56x64xf32>)
func.func @pooled(%x: tensor<1x64x56x56xf32>, %w: tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32> {
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<1x64x56x56xf32>
  %half = tensor.empty() : tensor<1x64x28x28xf32>
  %fill = linalg.fill ins(%low : f32) outs(%half : tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %0 = conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) outs(%e : tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32>
  %1 = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>} ins(%0, %window : tensor<1x64x56x56xf32>, tensor<2x2xf32>) outs(%fill : tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%1, %w : tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) outs(%half : tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  return %2 : tensor<1x64x28x28xf32>
}

// Channels moved behind rows and columns, by hand: through depthwise
// convolutions, padding, pooling, elementwise operations and residuals, with
// the channels as the innermost loop that is parallel. What leaves the function
// is transposed back.
// CHECK-LABEL: func.func @last(
// CHECK:         %[[STEM:.+]] = conv.conv dims<nchw x kcrs -> nhwk, {{.*}} outs({{.*}} : tensor<?x56x56x24xi8>)
// CHECK:         %[[DEPTH:.+]] = conv.conv dims<nhwg x grs -> nhwg, {{.*}} ins(%[[STEM]],
// CHECK:         %[[PAD:.+]] = tensor.pad %[[DEPTH]] low[0, 0, 0, 0] high[0, 1, 1, 0]
// CHECK:         : tensor<?x56x56x24xi8> to tensor<?x57x57x24xi8>
// CHECK:         %[[FILL:.+]] = linalg.fill {{.*}} -> tensor<?x28x28x24xi8>
// CHECK:         %[[POOL:.+]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]} ins(%[[PAD]], %{{.*}} : {{.*}}) outs(%[[FILL]] : {{.*}})
// CHECK:         %[[MUL:.+]] = linalg.generic {{.*}} ins(%[[POOL]], %{{.*}} : tensor<?x28x28x24xi8>, tensor<24xi8>)
// CHECK:         %[[C:.+]] = conv.conv dims<nhwc x kcrs -> nhwk> ins(%[[MUL]], {{.*}} epilogue(%{{.*}} by #{{.*}} : tensor<24xi32>, %[[MUL]] by #{{.*}} : tensor<?x28x28x24xi8>)
// CHECK:         %[[OUT:.+]] = linalg.transpose ins(%[[C]] : {{.*}} permutation = [0, 3, 1, 2]
// CHECK:         return %[[OUT]] : tensor<?x24x28x28xi8>
func.func @last(%x: tensor<?x3x112x112xi8>, %v: tensor<24x3x3x3xi8>, %d: tensor<24x3x3xi8>, %w: tensor<24x24x1x1xi8>, %s: tensor<24xi8>, %b: tensor<24xi32>) -> tensor<?x24x28x28xi8> {
  %c0 = arith.constant 0 : index
  %low = arith.constant -128 : i8
  %n = tensor.dim %x, %c0 : tensor<?x3x112x112xi8>
  %e = tensor.empty(%n) : tensor<?x24x56x56xi8>
  %stem = conv.conv dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [0, 0]> ins(%x, %v : tensor<?x3x112x112xi8>, tensor<24x3x3x3xi8>) outs(%e : tensor<?x24x56x56xi8>) epilogue() {
  ^bb0(%acc: i32):
    %t = arith.trunci %acc : i32 to i8
    conv.yield %t : i8
  } {conv.output_channels_last = 1 : i64} -> tensor<?x24x56x56xi8>
  %depth = conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%stem, %d : tensor<?x24x56x56xi8>, tensor<24x3x3xi8>) outs(%e : tensor<?x24x56x56xi8>) epilogue() {
  ^bb0(%acc: i32):
    %t = arith.trunci %acc : i32 to i8
    conv.yield %t : i8
  } {conv.input_channels_last = 1 : i64, conv.output_channels_last = 1 : i64} -> tensor<?x24x56x56xi8>
  %pad = tensor.pad %depth low[0, 0, 0, 0] high[0, 0, 1, 1] {
  ^bb0(%i0: index, %i1: index, %i2: index, %i3: index):
    tensor.yield %low : i8
  } {conv.output_channels_last = 1 : i64} : tensor<?x24x56x56xi8> to tensor<?x24x57x57xi8>
  %half = tensor.empty(%n) : tensor<?x24x28x28xi8>
  %fill = linalg.fill ins(%low : i8) outs(%half : tensor<?x24x28x28xi8>) -> tensor<?x24x28x28xi8>
  %window = tensor.empty() : tensor<3x3xi8>
  %pool = linalg.pooling_nchw_max {strides = dense<2> : vector<2xi64>, conv.output_channels_last = 1 : i64} ins(%pad, %window : tensor<?x24x57x57xi8>, tensor<3x3xi8>) outs(%fill : tensor<?x24x28x28xi8>) -> tensor<?x24x28x28xi8>
  %mul = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (c)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"], conv.output_channels_last = 1 : i64}
      ins(%pool, %s : tensor<?x24x28x28xi8>, tensor<24xi8>) outs(%half : tensor<?x24x28x28xi8>) {
  ^bb0(%a: i8, %q: i8, %o: i8):
    %p = arith.muli %a, %q : i8
    linalg.yield %p : i8
  } -> tensor<?x24x28x28xi8>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%mul, %w : tensor<?x24x28x28xi8>, tensor<24x24x1x1xi8>) outs(%half : tensor<?x24x28x28xi8>)
      epilogue(%b by affine_map<(n, k, h, w) -> (k)> : tensor<24xi32>, %mul by affine_map<(n, k, h, w) -> (n, k, h, w)> : tensor<?x24x28x28xi8>) {
  ^bb0(%acc: i32, %bias: i32, %r: i8):
    %0 = arith.addi %acc, %bias : i32
    %wide = arith.extsi %r : i8 to i32
    %sum = arith.addi %0, %wide : i32
    %t = arith.trunci %sum : i32 to i8
    conv.yield %t : i8
  } {conv.input_channels_last = 1 : i64, conv.output_channels_last = 1 : i64} -> tensor<?x24x28x28xi8>
  return %1 : tensor<?x24x28x28xi8>
}

// A bottleneck of bytes with a depthwise convolution, by the model's choice:
// bytes of neighbouring channels are multiplied together.
// CHECK-LABEL: func.func @bytes(
// CHECK:         conv.conv dims<nchw x kcrs -> nhwk>
// CHECK:         conv.conv dims<nhwg x grs -> nhwg,
// CHECK:         conv.conv dims<nhwc x kcrs -> nkhw>
// CHECK-NOT:     linalg.transpose
// CHECK:         return
// HASWELL-LABEL: func.func @bytes(
// HASWELL:         conv.conv dims<nhwg x grs -> nhwg,
func.func @bytes(%x: tensor<1x24x28x28xi8>, %v: tensor<144x24x1x1xi8>, %d: tensor<144x3x3xi8>, %w: tensor<24x144x1x1xi8>) -> tensor<1x24x28x28xi32> {
  %e = tensor.empty() : tensor<1x144x28x28xi8>
  %o = tensor.empty() : tensor<1x24x28x28xi32>
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %v : tensor<1x24x28x28xi8>, tensor<144x24x1x1xi8>) outs(%e : tensor<1x144x28x28xi8>) epilogue() {
  ^bb0(%acc: i32):
    %t = arith.trunci %acc : i32 to i8
    conv.yield %t : i8
  } -> tensor<1x144x28x28xi8>
  %1 = conv.conv dims<nghw x grs -> nghw, low = [1, 1], high = [1, 1]> ins(%0, %d : tensor<1x144x28x28xi8>, tensor<144x3x3xi8>) outs(%e : tensor<1x144x28x28xi8>) epilogue() {
  ^bb0(%acc: i32):
    %t = arith.trunci %acc : i32 to i8
    conv.yield %t : i8
  } -> tensor<1x144x28x28xi8>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w : tensor<1x144x28x28xi8>, tensor<24x144x1x1xi8>) outs(%o : tensor<1x24x28x28xi32>) -> tensor<1x24x28x28xi32>
  return %2 : tensor<1x24x28x28xi32>
}

// What reads a value that stays is moved, too, where that is chosen: bytes are
// transposed instead of what they are made of.
// CHECK-LABEL: func.func @from_plain(
// CHECK-SAME:    %[[X:.+]]: tensor<1x24x28x28xf32>
// CHECK:         %[[T:.+]] = linalg.transpose ins(%[[X]] {{.*}} permutation = [0, 2, 3, 1]
// CHECK:         %[[Q:.+]] = linalg.generic {{.*}} ins(%[[T]] : tensor<1x28x28x24xf32>) outs(%{{.*}} : tensor<1x28x28x24xi8>)
// CHECK:         conv.conv dims<nhwc x kcrs -> nkhw> ins(%[[Q]],
func.func @from_plain(%x: tensor<1x24x28x28xf32>, %w: tensor<24x24x1x1xi8>) -> tensor<1x24x28x28xi32> {
  %e = tensor.empty() : tensor<1x24x28x28xi8>
  %o = tensor.empty() : tensor<1x24x28x28xi32>
  %0 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"], conv.output_channels_last = 1 : i64}
      ins(%x : tensor<1x24x28x28xf32>) outs(%e : tensor<1x24x28x28xi8>) {
  ^bb0(%a: f32, %b: i8):
    %q = arith.fptosi %a : f32 to i8
    linalg.yield %q : i8
  } -> tensor<1x24x28x28xi8>
  %1 = conv.conv dims<nchw x kcrs -> nkhw> ins(%0, %w : tensor<1x24x28x28xi8>, tensor<24x24x1x1xi8>) outs(%o : tensor<1x24x28x28xi32>) {conv.input_channels_last = 1 : i64} -> tensor<1x24x28x28xi32>
  return %1 : tensor<1x24x28x28xi32>
}
