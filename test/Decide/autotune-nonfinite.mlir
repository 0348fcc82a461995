// Winograd's algorithms add weights up before they multiply: a filter that is known
// and has an infinite or NaN weight is not for them. Operations that are equal but
// for that are decided apart.

// RUN: split-file %s %t
// RUN: conv-opt %t/chosen.mlir --conv-autotune="cpu=haswell accuracy=4.0" --remarks-filter=conv 2>&1 | FileCheck %s
// RUN: not conv-opt %t/chosen.mlir --conv-autotune="cpu=haswell algorithm=winograd_4" 2>&1 | FileCheck %s --check-prefix=FORCED
// RUN: not conv-opt %t/given.mlir --conv-autotune="cpu=haswell" 2>&1 | FileCheck %s --check-prefix=GIVEN
// RUN: not conv-opt %t/given.mlir --conv-apply-schedule 2>&1 | FileCheck %s --check-prefix=GIVEN

// CHECK: winograd_4 is refused: the filter has infinite or NaN weights, which sums of weights would spread
// CHECK-LABEL: func @chosen
// CHECK: conv.conv {{.*}}ins(%{{.*}}, %[[FINITE:.*]] :{{.*}}schedule<algorithm = winograd, tile = [4, 4]
// CHECK: conv.conv {{.*}}schedule<algorithm = {{direct|im2|kn2|mec}}
// FORCED: chosen.mlir:7:{{.*}}: error: 'conv.conv' op {{.*}}the filter has infinite or NaN weights
// GIVEN: given.mlir:3:{{.*}}: error: 'conv.conv' op schedule cannot be honoured: the filter has infinite or NaN weights, which sums of weights would spread

//--- chosen.mlir
func.func @chosen(%x: tensor<1x56x56x64xf32>, %y: tensor<1x54x54x64xf32>) -> (tensor<1x54x54x64xf32>, tensor<1x54x54x64xf32>) {
  %finite = arith.constant dense<0.5> : tensor<3x3x64x64xf32>
  %infinite = arith.constant dense<0x7F800000> : tensor<3x3x64x64xf32>
  %0 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %finite : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>)
         outs(%y : tensor<1x54x54x64xf32>) -> tensor<1x54x54x64xf32>
  // The same again.
  %1 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %infinite : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>)
         outs(%y : tensor<1x54x54x64xf32>) -> tensor<1x54x54x64xf32>
  return %0, %1 : tensor<1x54x54x64xf32>, tensor<1x54x54x64xf32>
}

//--- given.mlir
func.func @given(%x: tensor<1x56x56x64xf32>, %y: tensor<1x54x54x64xf32>) -> tensor<1x54x54x64xf32> {
  %w = arith.constant dense<0x7FC00000> : tensor<3x3x64x64xf32>
  %0 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x56x56x64xf32>, tensor<3x3x64x64xf32>)
         outs(%y : tensor<1x54x54x64xf32>) {schedule = #conv.schedule<algorithm = winograd_2, n_vec = 8, c_ob = 8, w_ob = 4>} -> tensor<1x54x54x64xf32>
  return %0 : tensor<1x54x54x64xf32>
}
