// A bound on what a function has in memory: a convolution may take the workspace
// that the values alive while it runs leave.

// RUN: conv-opt %s --split-input-file --conv-autotune="cpu=haswell accuracy=2.5" | FileCheck %s --check-prefix=ANY
// RUN: conv-opt %s --split-input-file --conv-autotune="cpu=haswell accuracy=2.5 network-memory=900000" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=ROOM
// RUN: not conv-opt %s --split-input-file --conv-autotune="cpu=haswell accuracy=2.5 network-memory=392KiB" 2>&1 | FileCheck %s --check-prefix=NONE --implicit-check-not=error:
// RUN: not conv-opt %s --split-input-file --conv-autotune="cpu=haswell network-memory=392KiB max-workspace=0 algorithm=im2row" 2>&1 | FileCheck %s --check-prefix=FORCED
// RUN: not conv-opt %s --split-input-file --conv-autotune="cpu=haswell network-memory=some" 2>&1 | FileCheck %s --check-prefix=WORD
// RUN: conv-opt %s --split-input-file --conv-autotune="cpu=haswell accuracy=2.5 network-memory=900000" --conv-report -o %t | FileCheck %s --check-prefix=REPORT

// The value between them takes half of the second one's room. The result is the
// caller's.
// ANY-LABEL: func.func @chain(
// ANY-NOT:   conv.network_memory
// ANY-COUNT-3: schedule<algorithm = winograd, tile = [4, 4],
// ROOM: [Missed] {{.*}}im2row (whole), {{.*}}, 1806336 bytes of workspace; network-memory leaves 699296
// ROOM: [Missed] {{.*}}winograd_4 (whole), {{.*}}, 564480 bytes of workspace; network-memory leaves 498592
// ROOM-LABEL: func.func @chain(
// ROOM-SAME: attributes {conv.network_memory = 900000 : i64}
// NONE: error: 'conv.conv' op is among values of 602112 bytes, network-memory is 401408
// NONE-LABEL: func.func @chain(
// NONE: schedule<algorithm = winograd, tile = [4, 4],
// NONE: schedule<algorithm = direct,
// NONE: schedule<algorithm = winograd, tile = [4, 4],
// FORCED: error: 'conv.conv' op needs at least {{[0-9]+}} bytes of workspace for mb1_ic64oc64_ih28oh28kh3sh1ph1 by algorithm 'im2row', max-workspace is 0
// WORD: error: network-memory: 'some' is not a number of bytes, KiB, MiB or GiB
// REPORT: "memory": [
// REPORT: "function": "chain",
// REPORT-NEXT: "bytes": 733184
func.func @chain(%x: tensor<1x28x28x64xf32>, %v: tensor<3x3x64x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<1x28x28x64xf32> {
  %e = tensor.empty() : tensor<1x28x28x64xf32>
  %0 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %v : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %1 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%0, %w : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %2 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%1, %w : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  return %2 : tensor<1x28x28x64xf32>
}

// -----

// Values that are alive for a later operation count, views and constants do not.
// REPORT: "memory": [
// REPORT: "function": "values",
// REPORT-NEXT: "bytes": 733184
func.func @values(%x: tensor<1x28x28x64xf32>, %v: tensor<3x3x64x64xf32>) -> tensor<784x64xf32> {
  %c = arith.constant dense<1.0> : tensor<784x64xf32>
  %e = tensor.empty() : tensor<1x28x28x64xf32>
  %0 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %v : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %flat = tensor.collapse_shape %0 [[0, 1, 2], [3]] : tensor<1x28x28x64xf32> into tensor<784x64xf32>
  %1 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%0, %v : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %2 = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%1, %v : tensor<1x28x28x64xf32>, tensor<3x3x64x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %end = tensor.collapse_shape %2 [[0, 1, 2], [3]] : tensor<1x28x28x64xf32> into tensor<784x64xf32>
  %f = tensor.empty() : tensor<784x64xf32>
  %3 = linalg.add ins(%flat, %end : tensor<784x64xf32>, tensor<784x64xf32>) outs(%f : tensor<784x64xf32>) -> tensor<784x64xf32>
  %4 = linalg.add ins(%3, %c : tensor<784x64xf32>, tensor<784x64xf32>) outs(%f : tensor<784x64xf32>) -> tensor<784x64xf32>
  return %4 : tensor<784x64xf32>
}
