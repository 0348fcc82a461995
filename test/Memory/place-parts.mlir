// RUN: conv-opt %s --conv-bufferize=deallocate=false | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-bufferize -o /dev/null

#id = affine_map<(c, i) -> (c, i)>

// What makes a part writes it where it will be; nothing is copied.
// CHECK-LABEL: func.func @operations(
// CHECK:         %[[D:.+]] = memref.alloc() {{.*}} : memref<5x8xf32>
// CHECK:         %[[A:.+]] = memref.subview %[[D]][0, 0] [2, 8]
// CHECK:         linalg.exp {{.*}} outs(%[[A]] :
// CHECK:         %[[B:.+]] = memref.subview %[[D]][2, 0] [3, 8]
// CHECK:         linalg.fill {{.*}} outs(%[[B]] :
// CHECK:         linalg.generic {{.*}} outs(%[[B]] :
// CHECK-NOT:     copy
// CHECK:         return %[[D]]
func.func @operations(%x: tensor<2x8xf32>, %y: tensor<3x8xf32>) -> tensor<5x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %e1 = tensor.empty() : tensor<3x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3x8xf32>) -> tensor<3x8xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%y : tensor<3x8xf32>) outs(%f : tensor<3x8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %i, %o : f32
    linalg.yield %s : f32
  } -> tensor<3x8xf32>
  %c = tensor.concat dim(0) %a, %b : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<5x8xf32>
  return %c : tensor<5x8xf32>
}

// Through loops, reshapes and one undefined tensor for both; the second part is
// finished first, and read before the other one is begun.
// CHECK-LABEL: func.func @others(
// CHECK:         %[[D:.+]] = memref.alloc() {{.*}} : memref<1x4x2x4xf32>
// CHECK:         %[[B:.+]] = memref.subview %[[D]][0, 2, 0, 0] [1, 2, 2, 4]
// CHECK:         %[[R:.+]] = memref.collapse_shape %[[B]]
// CHECK:         linalg.exp {{.*}} outs(%[[R]] :
// CHECK:         memref.load
// CHECK:         %[[A:.+]] = memref.subview %[[D]][0, 0, 0, 0] [1, 2, 2, 4]
// CHECK:         %[[S:.+]] = memref.collapse_shape %[[A]]
// CHECK:         scf.for
// CHECK:           memref.store {{.*}}, %[[S]]
// CHECK-NOT:     copy
// CHECK:         return %[[D]]
func.func @others(%x: tensor<1x2x8xf32>) -> (tensor<1x4x2x4xf32>, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %e = tensor.empty() : tensor<1x2x8xf32>
  %b0 = linalg.exp ins(%x : tensor<1x2x8xf32>) outs(%e : tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %b = tensor.expand_shape %b0 [[0], [1], [2, 3]] output_shape [1, 2, 2, 4] : tensor<1x2x8xf32> into tensor<1x2x2x4xf32>
  %s = tensor.extract %b[%c0, %c0, %c0, %c0] : tensor<1x2x2x4xf32>
  %a0 = scf.for %i = %c0 to %c8 step %c1 iter_args(%o = %e) -> tensor<1x2x8xf32> {
    %v = tensor.extract %x[%c0, %c1, %i] : tensor<1x2x8xf32>
    %p = tensor.insert %v into %o[%c0, %c0, %i] : tensor<1x2x8xf32>
    %q = tensor.insert %v into %p[%c0, %c1, %i] : tensor<1x2x8xf32>
    scf.yield %q : tensor<1x2x8xf32>
  }
  %a = tensor.expand_shape %a0 [[0], [1], [2, 3]] output_shape [1, 2, 2, 4] : tensor<1x2x8xf32> into tensor<1x2x2x4xf32>
  %c = tensor.concat dim(1) %a, %b : (tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>) -> tensor<1x4x2x4xf32>
  return %c, %s : tensor<1x4x2x4xf32>, f32
}

// Pixels that were joined, in a tensor that is there in another shape.
// CHECK-LABEL: func.func @joined(
// CHECK:         %[[D:.+]] = memref.alloc() {{.*}} : memref<2x2x5xf32>
// CHECK:         copy
// CHECK:         %[[A:.+]] = memref.subview %[[D]][0, 0, 0] [2, 2, 2]
// CHECK:         %[[R:.+]] = memref.collapse_shape %[[A]]
// CHECK:         linalg.exp {{.*}} outs(%[[R]] :
// CHECK-NOT:     copy
func.func @joined(%x: tensor<4x2xf32>, %y: tensor<2x2x3xf32>) -> tensor<2x2x5xf32> {
  %e = tensor.empty() : tensor<2x2x2xf32>
  %r = tensor.collapse_shape %e [[0, 1], [2]] : tensor<2x2x2xf32> into tensor<4x2xf32>
  %a0 = linalg.exp ins(%x : tensor<4x2xf32>) outs(%r : tensor<4x2xf32>) -> tensor<4x2xf32>
  %a = tensor.expand_shape %a0 [[0, 1], [2]] output_shape [2, 2, 2] : tensor<4x2xf32> into tensor<2x2x2xf32>
  %c = tensor.concat dim(2) %a, %y : (tensor<2x2x2xf32>, tensor<2x2x3xf32>) -> tensor<2x2x5xf32>
  return %c : tensor<2x2x5xf32>
}

// The first part is read by what writes the second one; that one is read by
// nothing else.
// CHECK-LABEL: func.func @chained(
// CHECK-DAG:     %[[A:.+]] = memref.alloc() {{.*}} : memref<2x8xf32>
// CHECK-DAG:     %[[D:.+]] = memref.alloc() {{.*}} : memref<4x8xf32>
// CHECK:         linalg.exp {{.*}} outs(%[[A]] :
// CHECK:         copy
// CHECK:         %[[B:.+]] = memref.subview %[[D]][2, 0] [2, 8]
// CHECK:         linalg.exp ins(%[[A]] : {{.*}} outs(%[[B]] :
// CHECK-NOT:     copy
func.func @chained(%x: tensor<2x8xf32>) -> tensor<4x8xf32> {
  %e0 = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.exp ins(%a : tensor<2x8xf32>) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %c = tensor.concat dim(0) %a, %b : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<4x8xf32>
  return %c : tensor<4x8xf32>
}

// What is there already is copied, and so is what stands twice.
// CHECK-LABEL: func.func @copied(
// CHECK-SAME:    %[[X:.+]]: memref<2x8xf32>)
// CHECK:         %[[D:.+]] = memref.alloc() {{.*}} : memref<6x8xf32>
// CHECK:         copy %[[X]]
// CHECK:         %[[A:.+]] = memref.alloc() {{.*}} : memref<2x8xf32>
// CHECK:         copy %[[A]]
// CHECK:         copy %[[A]]
// CHECK-NOT:     copy
// CHECK:         return %[[D]]
func.func @copied(%x: tensor<2x8xf32>) -> tensor<6x8xf32> {
  %e0 = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e0 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %c = tensor.concat dim(0) %x, %a, %a : (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<6x8xf32>
  return %c : tensor<6x8xf32>
}

// Sizes that are not known are upstream's.
// CHECK-LABEL: func.func @dynamic(
// CHECK:         copy
func.func @dynamic(%x: tensor<2x?xf32>, %y: tensor<3x?xf32>) -> tensor<5x?xf32> {
  %c = tensor.concat dim(0) %x, %y : (tensor<2x?xf32>, tensor<3x?xf32>) -> tensor<5x?xf32>
  return %c : tensor<5x?xf32>
}

// A dense block: each layer reads all that is there and adds a part, in front of
// the others or behind them, of the parts or of what was concatenated before. All
// of it is one buffer.
// CHECK-LABEL: func.func @dense(
// CHECK:         %[[D:.+]] = memref.alloc() {{.*}} : memref<8x8xf32>
// CHECK:         %[[A:.+]] = memref.subview %[[D]][2, 0] [2, 8]
// CHECK:         linalg.exp {{.*}} outs(%[[A]] :
// CHECK:         %[[B:.+]] = memref.subview %[[D]][4, 0] [2, 8]
// CHECK:         linalg.fill {{.*}} outs(%[[B]] :
// CHECK:         %[[AB:.+]] = memref.subview %[[D]][2, 0] [4, 8]
// CHECK:         linalg.exp ins(%[[AB]] :
// CHECK:         %[[N:.+]] = memref.subview %[[D]][6, 0] [2, 8]
// CHECK:         linalg.generic {{.*}} outs(%[[N]] :
// CHECK:         %[[ABN:.+]] = memref.subview %[[D]][2, 0] [6, 8]
// CHECK:         linalg.exp ins(%[[ABN]] :
// CHECK:         %[[M:.+]] = memref.subview %[[D]][0, 0] [2, 8]
// CHECK:         linalg.generic {{.*}} outs(%[[M]] :
// CHECK-NOT:     copy
// CHECK:         return %[[D]]
func.func @dense(%x: tensor<2x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.fill ins(%zero : f32) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %ab = tensor.concat dim(0) %a, %b : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<4x8xf32>
  %ne = tensor.empty() : tensor<4x8xf32>
  %na = linalg.exp ins(%ab : tensor<4x8xf32>) outs(%ne : tensor<4x8xf32>) -> tensor<4x8xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(c, i) -> (c + 1, i)>, #id], iterator_types = ["parallel", "parallel"]} ins(%na : tensor<4x8xf32>) outs(%e : tensor<2x8xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<2x8xf32>
  %abn = tensor.concat dim(0) %a, %b, %n : (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<6x8xf32>
  %me = tensor.empty() : tensor<6x8xf32>
  %ma = linalg.exp ins(%abn : tensor<6x8xf32>) outs(%me : tensor<6x8xf32>) -> tensor<6x8xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(c, i) -> (c + 3, i)>, #id], iterator_types = ["parallel", "parallel"]} ins(%ma : tensor<6x8xf32>) outs(%e : tensor<2x8xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  } -> tensor<2x8xf32>
  %r = tensor.concat dim(0) %m, %abn : (tensor<2x8xf32>, tensor<6x8xf32>) -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}

// One that is a result has its own buffer.
// CHECK-LABEL: func.func @apart(
// CHECK:         memref.alloc() {{.*}} : memref<4x8xf32>
// CHECK:         memref.alloc() {{.*}} : memref<6x8xf32>
// CHECK:         return
func.func @apart(%x: tensor<2x8xf32>) -> (tensor<6x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.tanh ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %ab = tensor.concat dim(0) %a, %b : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<4x8xf32>
  %d = linalg.sqrt ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %abd = tensor.concat dim(0) %a, %b, %d : (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<6x8xf32>
  return %abd, %ab : tensor<6x8xf32>, tensor<4x8xf32>
}

// So has one that is read by what writes the next part.
// CHECK-LABEL: func.func @early(
// CHECK:         memref.alloc() {{.*}} : memref<4x8xf32>
// CHECK:         memref.alloc() {{.*}} : memref<8x8xf32>
// CHECK:         return
func.func @early(%x: tensor<2x8xf32>) -> tensor<8x8xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %b = linalg.tanh ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %ab = tensor.concat dim(0) %a, %b : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<4x8xf32>
  %g = tensor.empty() : tensor<4x8xf32>
  %d = linalg.sqrt ins(%ab : tensor<4x8xf32>) outs(%g : tensor<4x8xf32>) -> tensor<4x8xf32>
  %r = tensor.concat dim(0) %a, %b, %d : (tensor<2x8xf32>, tensor<2x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}
