// Ties, where the kinds of requantisation differ: on scalars, and on vectors,
// whose even and odd lanes are multiplied apart.

// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | FileCheck %s

// 1.5, 2.5, -1.5, -2.5, -49.5, 0.25, and numbers beyond the bounds.
// CHECK: even
// CHECK: [2, 2, -2, -2, -50, 0, -100, 120]
// CHECK: [2, 2, -2, -2, -50, 0, -100, 120]
// With a zero point it is the number that is rounded, not the sum.
// CHECK: [5, 5, 1, 1, -47, 3, -100, 120]
// CHECK: single
// CHECK: [2, 3, -1, -2, -49, 0, -200, 200]
// CHECK: [2, 3, -1, -2, -49, 0, -200, 200]
// 0.25 becomes a half, then one.
// CHECK: double
// CHECK: [2, 3, -2, -3, -50, 1, -200, 200]
// CHECK: [2, 3, -2, -3, -50, 1, -200, 200]
// CHECK: [2, 3, -2, -3, -50, 1, -200, 200]
// Shifts up to 31 are rounded once.
// CHECK: [2, 3, -1, -2, -99, 1, -400, 400]
// CHECK: [2, 3, -1, -2, -99, 1, -400, 400]

func.func private @printMemrefI32(tensor<*xi32>)

#id = affine_map<(d0) -> (d0)>

// On scalars.
func.func private @even(%x: tensor<8xi32>) -> tensor<8xi32> {
  %e = tensor.empty() : tensor<8xi32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xi32>) outs(%e : tensor<8xi32>) {
  ^bb0(%a: i32, %o: i32):
    %quarter = arith.constant 0.25 : f32
    %0 = arith.sitofp %a : i32 to f32
    %1 = arith.mulf %0, %quarter : f32
    %2 = conv.requantize f32_even(%1) range = [-100, 120] : (f32) -> i8
    %3 = arith.extsi %2 : i8 to i32
    linalg.yield %3 : i32
  } -> tensor<8xi32>
  return %r : tensor<8xi32>
}

func.func private @even_vector(%x: tensor<8xi32>) -> (tensor<8xi32>, tensor<8xi32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8xi32>
  %v = vector.transfer_read %x[%c0], %z {in_bounds = [true]} : tensor<8xi32>, vector<8xi32>
  %quarter = arith.constant dense<0.25> : vector<8xf32>
  %0 = arith.sitofp %v : vector<8xi32> to vector<8xf32>
  %1 = arith.mulf %0, %quarter : vector<8xf32>
  %2 = conv.requantize f32_even(%1) range = [-100, 120] : (vector<8xf32>) -> vector<8xi8>
  %3 = arith.extsi %2 : vector<8xi8> to vector<8xi32>
  %r = vector.transfer_write %3, %e[%c0] {in_bounds = [true]} : vector<8xi32>, tensor<8xi32>
  %4 = conv.requantize f32_even(%1) zero_point = 3 range = [-100, 120] : (vector<8xf32>) -> vector<8xi8>
  %5 = arith.extsi %4 : vector<8xi8> to vector<8xi32>
  %s = vector.transfer_write %5, %e[%c0] {in_bounds = [true]} : vector<8xi32>, tensor<8xi32>
  return %r, %s : tensor<8xi32>, tensor<8xi32>
}

func.func private @single(%x: tensor<8xi32>, %m: i32, %s: i8) -> tensor<8xi32> {
  %e = tensor.empty() : tensor<8xi32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xi32>) outs(%e : tensor<8xi32>) {
  ^bb0(%a: i32, %o: i32):
    %1 = conv.requantize tosa_single(%a, %m, %s) : (i32, i32, i8) -> i32
    linalg.yield %1 : i32
  } -> tensor<8xi32>
  return %r : tensor<8xi32>
}

func.func private @double(%x: tensor<8xi32>, %m: i32, %s: i8) -> tensor<8xi32> {
  %e = tensor.empty() : tensor<8xi32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xi32>) outs(%e : tensor<8xi32>) {
  ^bb0(%a: i32, %o: i32):
    %1 = conv.requantize tosa_double(%a, %m, %s) : (i32, i32, i8) -> i32
    linalg.yield %1 : i32
  } -> tensor<8xi32>
  return %r : tensor<8xi32>
}

func.func private @vectors(%x: tensor<8xi32>, %m: i32, %s: i8) -> (tensor<8xi32>, tensor<8xi32>) {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8xi32>
  %v = vector.transfer_read %x[%c0], %z {in_bounds = [true]} : tensor<8xi32>, vector<8xi32>
  %ms = vector.broadcast %m : i32 to vector<8xi32>
  %ss = vector.broadcast %s : i8 to vector<8xi8>
  %1 = conv.requantize tosa_single(%v, %ms, %ss) : (vector<8xi32>, vector<8xi32>, vector<8xi8>) -> vector<8xi32>
  %2 = conv.requantize tosa_double(%v, %ms, %ss) : (vector<8xi32>, vector<8xi32>, vector<8xi8>) -> vector<8xi32>
  %r = vector.transfer_write %1, %e[%c0] {in_bounds = [true]} : vector<8xi32>, tensor<8xi32>
  %t = vector.transfer_write %2, %e[%c0] {in_bounds = [true]} : vector<8xi32>, tensor<8xi32>
  return %r, %t : tensor<8xi32>, tensor<8xi32>
}

// Of large shifts only.
func.func private @large(%x: tensor<8xi32>, %m: i32, %s: i8) -> tensor<8xi32> {
  %c0 = arith.constant 0 : index
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8xi32>
  %v = vector.transfer_read %x[%c0], %z {in_bounds = [true]} : tensor<8xi32>, vector<8xi32>
  %ms = vector.broadcast %m : i32 to vector<8xi32>
  %ss = vector.broadcast %s : i8 to vector<8xi8>
  %1 = conv.requantize tosa_double(%v, %ms, %ss) large_shifts : (vector<8xi32>, vector<8xi32>, vector<8xi8>) -> vector<8xi32>
  %r = vector.transfer_write %1, %e[%c0] {in_bounds = [true]} : vector<8xi32>, tensor<8xi32>
  return %r : tensor<8xi32>
}

func.func private @print(%x: tensor<8xi32>) {
  %0 = tensor.cast %x : tensor<8xi32> to tensor<*xi32>
  call @printMemrefI32(%0) : (tensor<*xi32>) -> ()
  return
}

func.func @main() {
  %x = arith.constant dense<[6, 10, -6, -10, -198, 1, -800, 800]> : tensor<8xi32>
  %y = arith.constant dense<[3, 5, -3, -5, -198, 1, -800, 800]> : tensor<8xi32>
  %m = arith.constant 1073741824 : i32
  %s32 = arith.constant 32 : i8
  %s31 = arith.constant 31 : i8
  vector.print str "even\n"
  %0 = call @even(%x) : (tensor<8xi32>) -> tensor<8xi32>
  call @print(%0) : (tensor<8xi32>) -> ()
  %1, %2 = call @even_vector(%x) : (tensor<8xi32>) -> (tensor<8xi32>, tensor<8xi32>)
  call @print(%1) : (tensor<8xi32>) -> ()
  call @print(%2) : (tensor<8xi32>) -> ()
  vector.print str "single\n"
  %3 = call @single(%x, %m, %s32) : (tensor<8xi32>, i32, i8) -> tensor<8xi32>
  call @print(%3) : (tensor<8xi32>) -> ()
  %4, %5 = call @vectors(%x, %m, %s32) : (tensor<8xi32>, i32, i8) -> (tensor<8xi32>, tensor<8xi32>)
  call @print(%4) : (tensor<8xi32>) -> ()
  vector.print str "double\n"
  %6 = call @double(%x, %m, %s32) : (tensor<8xi32>, i32, i8) -> tensor<8xi32>
  call @print(%6) : (tensor<8xi32>) -> ()
  call @print(%5) : (tensor<8xi32>) -> ()
  %7 = call @large(%x, %m, %s32) : (tensor<8xi32>, i32, i8) -> tensor<8xi32>
  call @print(%7) : (tensor<8xi32>) -> ()
  %8 = call @double(%y, %m, %s31) : (tensor<8xi32>, i32, i8) -> tensor<8xi32>
  call @print(%8) : (tensor<8xi32>) -> ()
  %9, %10 = call @vectors(%y, %m, %s31) : (tensor<8xi32>, i32, i8) -> (tensor<8xi32>, tensor<8xi32>)
  call @print(%10) : (tensor<8xi32>) -> ()
  return
}
