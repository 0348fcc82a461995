// Where an algorithm of tiles may be chosen that needs fewer products than the
// phases of an upsampled image, 3x3 windows of enough channels are left to it.

// RUN: conv-opt %s --conv-raise --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,SPLIT
// RUN: conv-opt %s --conv-raise=keep-upsampled --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,KEEP

// The pipeline decides by the error it may make, or by the name it is given.
// RUN: conv-opt %s --conv-to-llvm=cpu=haswell --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=PHASES
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell accuracy=1.1" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=PHASES
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell accuracy=2.5" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=TILES
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell network-accuracy=2.5" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=TILES
// PHASES-COUNT-2: computed as 4 of the image itself
// TILES: computed as 4 of the image itself
// TILES-NOT: computed as 4 of the image itself

// CHECK-LABEL: func @many(
// SPLIT-COUNT-4: conv.conv {{.*}} tensor<2x2x16x16xf32>
// KEEP: conv.conv {{.*}} tensor<3x3x16x16xf32>
func.func @many(%x: tensor<1x16x16x16xf32>) -> tensor<1x30x30x16xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x16x16xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x16x2x16x2x16xf32>
  %ub = linalg.broadcast ins(%x : tensor<1x16x16x16xf32>) outs(%ue : tensor<1x16x2x16x2x16xf32>) dimensions = [2, 4]
  %u = tensor.collapse_shape %ub [[0], [1, 2], [3, 4], [5]] : tensor<1x16x2x16x2x16xf32> into tensor<1x32x32x16xf32>
  %e = tensor.empty() : tensor<1x30x30x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x30x30x16xf32>) -> tensor<1x30x30x16xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%u, %w : tensor<1x32x32x16xf32>, tensor<3x3x16x16xf32>) outs(%f : tensor<1x30x30x16xf32>) -> tensor<1x30x30x16xf32>
  return %y : tensor<1x30x30x16xf32>
}

// CHECK-LABEL: func @few(
// CHECK-COUNT-4: conv.conv {{.*}} tensor<2x2x3x16xf32>
func.func @few(%x: tensor<1x16x16x3xf32>) -> tensor<1x30x30x16xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x16xf32>
  %z = arith.constant 0.0 : f32
  %ue = tensor.empty() : tensor<1x16x2x16x2x3xf32>
  %ub = linalg.broadcast ins(%x : tensor<1x16x16x3xf32>) outs(%ue : tensor<1x16x2x16x2x3xf32>) dimensions = [2, 4]
  %u = tensor.collapse_shape %ub [[0], [1, 2], [3, 4], [5]] : tensor<1x16x2x16x2x3xf32> into tensor<1x32x32x3xf32>
  %e = tensor.empty() : tensor<1x30x30x16xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x30x30x16xf32>) -> tensor<1x30x30x16xf32>
  %y = linalg.conv_2d_nhwc_hwcf ins(%u, %w : tensor<1x32x32x3xf32>, tensor<3x3x3x16xf32>) outs(%f : tensor<1x30x30x16xf32>) -> tensor<1x30x30x16xf32>
  return %y : tensor<1x30x30x16xf32>
}
