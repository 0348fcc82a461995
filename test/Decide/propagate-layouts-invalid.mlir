// RUN: conv-opt %s --split-input-file --verify-diagnostics --conv-propagate-layouts=stage=apply
// RUN: not conv-opt %s --split-input-file --conv-propagate-layouts=layout=zigzag 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not conv-opt %s --split-input-file --conv-propagate-layouts=stage=later 2>&1 | FileCheck %s --check-prefix=STAGE
// LAYOUT: error: unknown layout 'zigzag' to propagate (known: plain, blocked)
// STAGE: error: unknown stage 'later' (known: all, choose, apply)

func.func @divides(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{conv.output_block = 24 does not divide 64 channels}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.output_block = 24 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @number(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{conv.input_block = "many" is not a number of channels}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.input_block = "many"} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @scheduled(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has a schedule, which was made for its layouts}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 8> {conv.output_block = 32 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @grouped(%x: tensor<1x64x8x8xf32>, %w: tensor<64x3x3xf32>, %o: tensor<1x64x6x6xf32>) -> tensor<1x64x6x6xf32> {
  // expected-error @+1 {{has groups, blocks of channels cannot be combined with them}}
  %0 = conv.conv dims<nghw x grs -> nghw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x3x3xf32>) outs(%o : tensor<1x64x6x6xf32>) {conv.output_block = 32 : i64} -> tensor<1x64x6x6xf32>
  return %0 : tensor<1x64x6x6xf32>
}

// -----

func.func @channelless(%x: tensor<8x8xf32>, %w: tensor<3x3xf32>, %o: tensor<6x6xf32>) -> tensor<6x6xf32> {
  // expected-error @+1 {{conv.output_block but there are no channels}}
  %0 = conv.conv dims<hw x rs -> hw> ins(%x, %w : tensor<8x8xf32>, tensor<3x3xf32>) outs(%o : tensor<6x6xf32>) {conv.output_block = 32 : i64} -> tensor<6x6xf32>
  return %0 : tensor<6x6xf32>
}

// -----

func.func @memrefs(%x: memref<1x64x8x8xf32>, %w: memref<64x64x1x1xf32>, %o: memref<1x64x8x8xf32>) {
  // expected-error @+1 {{conv.output_block is for tensors, not for 'memref<1x64x8x8xf32>'}}
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x64x8x8xf32>, memref<64x64x1x1xf32>) outs(%o : memref<1x64x8x8xf32>) {conv.output_block = 32 : i64}
  return
}

// -----

func.func @twice(%x: tensor<1x2x8x8x32xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has blocks of channels already}}
  %0 = conv.conv dims<nChwc x kcrs -> nkhw> ins(%x, %w : tensor<1x2x8x8x32xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.input_block = 32 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @nothing_in_blocks(%x: tensor<1x64x8x8xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has conv.output_block but no operand in blocks of channels}}
  %0 = linalg.copy {conv.output_block = 32 : i64} ins(%x : tensor<1x64x8x8xf32>) outs(%o : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @not_alike(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x8x64x8xf32> {
  %e = tensor.empty() : tensor<1x8x64x8xf32>
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.output_block = 8 : i64} -> tensor<1x64x8x8xf32>
  // expected-error @+1 {{cannot have its channels in blocks}}
  %1 = linalg.transpose ins(%0 : tensor<1x64x8x8xf32>) outs(%e : tensor<1x8x64x8xf32>) permutation = [0, 2, 1, 3] {conv.output_block = 8 : i64}
  return %1 : tensor<1x8x64x8xf32>
}

// -----

func.func @input_of_another(%x: tensor<1x64x8x8xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{conv.input_block is for conv.conv}}
  %0 = linalg.copy {conv.input_block = 32 : i64} ins(%x : tensor<1x64x8x8xf32>) outs(%o : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @other_operation(%x: index) -> index {
  // expected-error @+1 {{cannot have its channels in blocks}}
  %0 = arith.addi %x, %x {conv.output_block = 32 : i64} : index
  return %0 : index
}

// -----

func.func @twice(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has channels in blocks and last}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.output_block = 32 : i64, conv.input_channels_last = 1 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @groups(%x: tensor<1x2x8x8x8xf32>, %w: tensor<2x8x8x1x1xf32>, %o: tensor<1x2x8x8x8xf32>) -> tensor<1x2x8x8x8xf32> {
  // expected-error @+1 {{has groups of several channels, which are no dimension that could be last}}
  %0 = conv.conv dims<ngchw x gkcrs -> ngkhw> ins(%x, %w : tensor<1x2x8x8x8xf32>, tensor<2x8x8x1x1xf32>) outs(%o : tensor<1x2x8x8x8xf32>) {conv.output_channels_last = 1 : i64} -> tensor<1x2x8x8x8xf32>
  return %0 : tensor<1x2x8x8x8xf32>
}

// -----

func.func @blocked(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x2x8x8x32xf32>) -> tensor<1x2x8x8x32xf32> {
  // expected-error @+1 {{has blocks of channels already}}
  %0 = conv.conv dims<nchw x kcrs -> nKhwk> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x2x8x8x32xf32>) {conv.output_channels_last = 1 : i64} -> tensor<1x2x8x8x32xf32>
  return %0 : tensor<1x2x8x8x32xf32>
}

// -----

func.func @scheduled_last(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has a schedule, which was made for its layouts}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 8> {conv.output_channels_last = 1 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @no_image(%x: tensor<1x64x8x8xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{conv.input_channels_last is for conv.conv}}
  %0 = linalg.copy {conv.input_channels_last = 1 : i64} ins(%x : tensor<1x64x8x8xf32>) outs(%o : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @dimension(%x: tensor<1x64x8x8xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{conv.output_channels_last = 4 : i64 is no dimension of 'tensor<1x64x8x8xf32>'}}
  %0 = linalg.copy {conv.output_channels_last = 4 : i64} ins(%x : tensor<1x64x8x8xf32>) outs(%o : tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}

// -----

func.func @other_channels(%x: tensor<1x64x8x8xf32>, %w: tensor<64x64x1x1xf32>, %o: tensor<1x64x8x8xf32>) -> tensor<1x64x8x8xf32> {
  // expected-error @+1 {{has other channels than those that are to be last}}
  %0 = conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : tensor<1x64x8x8xf32>, tensor<64x64x1x1xf32>) outs(%o : tensor<1x64x8x8xf32>) {conv.output_channels_last = 2 : i64} -> tensor<1x64x8x8xf32>
  return %0 : tensor<1x64x8x8xf32>
}
