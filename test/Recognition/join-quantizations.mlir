// RUN: conv-opt %s --conv-raise | FileCheck %s -enable-var-scope

#id = affine_map<(a, b, c, d) -> (a, b, c, d)>

// A maximum is one of the integers; what is quantised as it was before is what
// it was.
// CHECK-LABEL: func @maximum
// CHECK-NOT: xf32
// CHECK: tensor.pad
// CHECK: tensor.yield %c0_i8 : i8
// CHECK: linalg.fill ins(%c0_i8{{.*}} : i8)
// CHECK: %[[Y:.*]] = linalg.generic
// CHECK: arith.maxui
// CHECK: return %[[Y]]
func.func @maximum(%x: tensor<1x2x4x4xi8>) -> tensor<1x2x2x2xi8> {
  %s = arith.constant 0.5 : f32
  %z = arith.constant 100.0 : f32
  %zi = arith.constant 100 : i64
  %lo = arith.constant 0.0 : f32
  %hi = arith.constant 255.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<1x2x4x4xf32>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x2x4x4xi8>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%i: i8, %o: f32):
    %0 = arith.extui %i : i8 to i64
    %1 = arith.subi %0, %zi : i64
    %2 = arith.sitofp %1 : i64 to f32
    %3 = arith.mulf %2, %s : f32
    linalg.yield %3 : f32
  } -> tensor<1x2x4x4xf32>
  %p = tensor.pad %d low[0, 0, 1, 1] high[0, 0, 0, 0] {
  ^bb0(%i: index, %j: index, %l: index, %m: index):
    tensor.yield %inf : f32
  } : tensor<1x2x4x4xf32> to tensor<1x2x5x5xf32>
  %ey = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%inf : f32) outs(%ey : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %w = tensor.empty() : tensor<3x3xf32>
  %y = linalg.pooling_nchw_max {dilations = dense<1> : vector<2xi64>, strides = dense<2> : vector<2xi64>} ins(%p, %w : tensor<1x2x5x5xf32>, tensor<3x3xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %eq = tensor.empty() : tensor<1x2x2x2xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%y : tensor<1x2x2x2xf32>) outs(%eq : tensor<1x2x2x2xi8>) {
  ^bb0(%i: f32, %o: i8):
    %0 = arith.divf %i, %s : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.addf %1, %z : f32
    %3 = arith.maximumf %2, %lo : f32
    %4 = arith.minimumf %3, %hi : f32
    %5 = arith.fptoui %4 : f32 to i8
    linalg.yield %5 : i8
  } -> tensor<1x2x2x2xi8>
  return %q : tensor<1x2x2x2xi8>
}

// Of a concatenation each part is quantised: the first is what it was, with a
// ReLU in between that is a bound of the integers; the other is real.
// CHECK-LABEL: func @concat
// CHECK: %[[A:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x2x4x4xi8>) outs(%{{.*}} : tensor<1x2x4x4xi8>)
// CHECK: arith.maxsi
// CHECK: %[[B:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<1x2x4x4xf32>) outs(%{{.*}} : tensor<1x2x4x4xi8>)
// CHECK: conv.requantize f32_even({{.*}}) zero_point = 5 range = [-128, 127]
// CHECK: tensor.concat dim(1) %[[A]], %[[B]]
func.func @concat(%x: tensor<1x2x4x4xi8>, %r: tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xi8> {
  %s = arith.constant 0.5 : f32
  %z = arith.constant 5.0 : f32
  %zi = arith.constant 5 : i64
  %zero = arith.constant 0.0 : f32
  %lo = arith.constant -128.0 : f32
  %hi = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<1x2x4x4xf32>
  %d = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<1x2x4x4xi8>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%i: i8, %o: f32):
    %0 = arith.extsi %i : i8 to i64
    %1 = arith.subi %0, %zi : i64
    %2 = arith.sitofp %1 : i64 to f32
    %3 = arith.mulf %2, %s : f32
    linalg.yield %3 : f32
  } -> tensor<1x2x4x4xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%d : tensor<1x2x4x4xf32>) outs(%e : tensor<1x2x4x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = arith.maximumf %i, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x4x4xf32>
  %c = tensor.concat dim(1) %relu, %r : (tensor<1x2x4x4xf32>, tensor<1x2x4x4xf32>) -> tensor<1x4x4x4xf32>
  %eq = tensor.empty() : tensor<1x4x4x4xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<1x4x4x4xf32>) outs(%eq : tensor<1x4x4x4xi8>) {
  ^bb0(%i: f32, %o: i8):
    %0 = arith.divf %i, %s : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.addf %1, %z : f32
    %3 = arith.maximumf %2, %lo : f32
    %4 = arith.minimumf %3, %hi : f32
    %5 = arith.fptosi %4 : f32 to i8
    linalg.yield %5 : i8
  } -> tensor<1x4x4x4xi8>
  return %q : tensor<1x4x4x4xi8>
}

// A Clip, whose bounds are tensors of one number, is bounds of the integers.
// CHECK-LABEL: func @clip
// CHECK-NOT: f32
// CHECK: arith.constant 0 : i8
// CHECK: arith.maxsi
// CHECK-NOT: f32
// CHECK: arith.constant 12 : i8
// CHECK: arith.minsi
// CHECK-NOT: f32
// CHECK: return
#clipped = affine_map<(a, b) -> (a, b)>
#number = affine_map<(a, b) -> ()>
func.func @clip(%x: tensor<4x8xi8>) -> tensor<4x8xi8> {
  %lo = arith.constant dense<0.0> : tensor<f32>
  %hi = arith.constant dense<6.0> : tensor<f32>
  %e = tensor.empty() : tensor<4x8xf32>
  %dx = linalg.generic {indexing_maps = [#clipped, #clipped], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xi8>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%i: i8, %o: f32):
    %s = arith.constant 0.5 : f32
    %0 = arith.sitofp %i : i8 to f32
    %1 = arith.mulf %0, %s : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %c = linalg.generic {indexing_maps = [#clipped, #number, #number, #clipped], iterator_types = ["parallel", "parallel"]} ins(%dx, %lo, %hi : tensor<4x8xf32>, tensor<f32>, tensor<f32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%i: f32, %l: f32, %h: f32, %o: f32):
    %0 = arith.cmpf ult, %i, %l : f32
    %1 = arith.select %0, %l, %i : f32
    %2 = arith.cmpf ugt, %1, %h : f32
    %3 = arith.select %2, %h, %1 : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  %eq = tensor.empty() : tensor<4x8xi8>
  %q = linalg.generic {indexing_maps = [#clipped, #clipped], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<4x8xf32>) outs(%eq : tensor<4x8xi8>) {
  ^bb0(%i: f32, %o: i8):
    %s = arith.constant 0.5 : f32
    %z = arith.constant 0.0 : f32
    %l = arith.constant -128.0 : f32
    %h = arith.constant 127.0 : f32
    %0 = arith.divf %i, %s : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.addf %1, %z : f32
    %3 = arith.maximumf %2, %l : f32
    %4 = arith.minimumf %3, %h : f32
    %5 = arith.fptosi %4 : f32 to i8
    linalg.yield %5 : i8
  } -> tensor<4x8xi8>
  return %q : tensor<4x8xi8>
}
