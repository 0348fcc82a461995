// Under a bound on the errors of all convolutions together layouts are chosen
// with the algorithms that --conv-autotune then takes.

// RUN: conv-opt %s --conv-propagate-layouts="cpu=haswell network-accuracy=1.5" --conv-autotune="cpu=haswell network-accuracy=1.5" --remarks-filter=conv 2>&1 | FileCheck %s
// RUN: conv-opt %s --conv-propagate-layouts="cpu=haswell network-accuracy=0.5" | FileCheck %s --check-prefix=PLAIN
// RUN: not conv-opt %s --conv-propagate-layouts="cpu=haswell network-accuracy=-1" 2>&1 | FileCheck %s --check-prefix=NEGATIVE

// CHECK: 3 of 3 convolutions read or write blocks of 16 channels; predicted [[CYCLES:[0-9]+]] cycles
// CHECK: errors of 3 convolutions together 1.{{[0-4][0-9]}} times the plain sums', network-accuracy is 1.50; 3 chosen together, predicted [[CYCLES]] cycles
// CHECK: schedule<algorithm = winograd, tile = [2, 2],
// CHECK: schedule<algorithm = winograd, tile = [4, 4],
// CHECK: schedule<algorithm = direct,

// What nothing can meet is --conv-autotune's to refuse.
// PLAIN-NOT: linalg.pack
// NEGATIVE: error: network-accuracy: '-1' is not a positive number

func.func @chain(%x: tensor<1x64x28x28xf32>, %w0: tensor<64x64x3x3xf32>, %w1: tensor<128x64x3x3xf32>, %w2: tensor<64x128x1x1xf32>,
                 %o0: tensor<1x64x28x28xf32>, %o1: tensor<1x128x28x28xf32>, %o2: tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32> {
  %0 = conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w0 : tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) outs(%o0 : tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  %1 = conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%0, %w1 : tensor<1x64x28x28xf32>, tensor<128x64x3x3xf32>) outs(%o1 : tensor<1x128x28x28xf32>) -> tensor<1x128x28x28xf32>
  %2 = conv.conv dims<nchw x kcrs -> nkhw> ins(%1, %w2 : tensor<1x128x28x28xf32>, tensor<64x128x1x1xf32>) outs(%o2 : tensor<1x64x28x28xf32>) -> tensor<1x64x28x28xf32>
  return %2 : tensor<1x64x28x28xf32>
}
