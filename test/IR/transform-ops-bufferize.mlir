// RUN: conv-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s -enable-var-scope

// Each transformation writes the buffer it is given, and nothing is copied.
// CHECK-LABEL: func.func @gathers(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x4x4x2xf32>, %[[ROW:[^:]*]]: index)
// CHECK-NOT:     memref.copy
// CHECK:         %[[A:.*]] = memref.alloc() {{.*}}: memref<1x1x2x2x3x3x2xf32>
// CHECK:         conv.im2row dims<nhwc x rsck -> nhwk> ins(%[[X]] : {{.*}}) outs(%[[A]] : memref<1x1x2x2x3x3x2xf32>){{$}}
// CHECK:         conv.im2col {{.*}} ins(%[[X]] : {{.*}}) outs(%{{.*}} : memref<1x1x2x3x3x2x2xf32>){{$}}
// CHECK:         conv.mec_lower {{.*}} row_origin(%[[ROW]]) outs(%{{.*}} : memref<1x1x2x3x3x2xf32>){{$}}
// CHECK:         conv.im2win {{.*}} channels_first ins(%[[X]] : {{.*}}) outs(%{{.*}} : memref<1x1x2x2x4x3xf32>){{$}}
// CHECK-NOT:     memref.copy
func.func @gathers(%x: tensor<1x4x4x2xf32>, %row: index) -> (tensor<1x1x2x2x3x3x2xf32>, tensor<1x1x2x3x3x2x2xf32>, tensor<1x1x2x3x3x2xf32>, tensor<1x1x2x2x4x3xf32>) {
  %a = tensor.empty() : tensor<1x1x2x2x3x3x2xf32>
  %b = tensor.empty() : tensor<1x1x2x3x3x2x2xf32>
  %c = tensor.empty() : tensor<1x1x2x3x3x2xf32>
  %e = tensor.empty() : tensor<1x1x2x2x4x3xf32>
  %0 = conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) outs(%a : tensor<1x1x2x2x3x3x2xf32>) -> tensor<1x1x2x2x3x3x2xf32>
  %1 = conv.im2col dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) outs(%b : tensor<1x1x2x3x3x2x2xf32>) -> tensor<1x1x2x3x3x2x2xf32>
  %2 = conv.mec_lower dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) row_origin(%row) outs(%c : tensor<1x1x2x3x3x2xf32>) -> tensor<1x1x2x3x3x2xf32>
  %3 = conv.im2win dims<nhwc x rsck -> nhwk> channels_first ins(%x : tensor<1x4x4x2xf32>) outs(%e : tensor<1x1x2x2x4x3xf32>) -> tensor<1x1x2x2x4x3xf32>
  return %0, %1, %2, %3 : tensor<1x1x2x2x3x3x2xf32>, tensor<1x1x2x3x3x2x2xf32>, tensor<1x1x2x3x3x2xf32>, tensor<1x1x2x2x4x3xf32>
}

// A target that is still read is not overwritten; since it is not read by the
// operation itself, it is not copied either.
// CHECK-LABEL: func.func @live_target(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x4x4x2xf32>, %[[A:[^:]*]]: memref<1x1x2x2x3x3x2xf32>)
// CHECK:         %[[N:.*]] = memref.alloc()
// CHECK-NOT:     memref.copy
// CHECK:         conv.im2row {{.*}} outs(%[[N]] :
// CHECK-NEXT:    return %[[A]], %[[N]]
func.func @live_target(%x: tensor<1x4x4x2xf32>, %a: tensor<1x1x2x2x3x3x2xf32>) -> (tensor<1x1x2x2x3x3x2xf32>, tensor<1x1x2x2x3x3x2xf32>) {
  %0 = conv.im2row dims<nhwc x rsck -> nhwk> ins(%x : tensor<1x4x4x2xf32>) outs(%a : tensor<1x1x2x2x3x3x2xf32>) -> tensor<1x1x2x2x3x3x2xf32>
  return %a, %0 : tensor<1x1x2x2x3x3x2xf32>, tensor<1x1x2x2x3x3x2xf32>
}

// The sum of products reads what it accumulates into.
// CHECK-LABEL: func.func @live_sum(
// CHECK-SAME:    %[[T:[^:]*]]: memref<1x1x4x4x1x1x8xf32>, %[[O:[^:]*]]: memref<1x4x4x8xf32>)
// CHECK:         %[[N:.*]] = memref.alloc()
// CHECK-NEXT:    memref.copy %[[O]], %[[N]]
// CHECK-NEXT:    conv.shift_add {{.*}} ins(%[[T]] : {{.*}}) outs(%[[N]] : memref<1x4x4x8xf32>) accumulate
func.func @live_sum(%t: tensor<1x1x4x4x1x1x8xf32>, %o: tensor<1x4x4x8xf32>) -> (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) {
  %0 = conv.shift_add dims<nhwc x rsck -> nhwk> order = ngpqrsk ins(%t : tensor<1x1x4x4x1x1x8xf32>) outs(%o : tensor<1x4x4x8xf32>) accumulate -> tensor<1x4x4x8xf32>
  return %o, %0 : tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>
}
