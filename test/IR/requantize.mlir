// RUN: conv-opt %s | conv-opt | FileCheck %s
// RUN: conv-opt %s --conv-expand-functions | FileCheck %s --check-prefix=EXPAND

// CHECK-LABEL: func @even
// CHECK: conv.requantize f32_even(%{{.*}}) zero_point = 3 range = [-128, 127] : (f32) -> i8
// EXPAND-LABEL: func @even
// EXPAND: arith.cmpf ogt
// EXPAND: arith.cmpf olt
// EXPAND: arith.addf
// EXPAND: arith.bitcast
// EXPAND: arith.subi
// EXPAND: arith.addi
// EXPAND: arith.trunci
func.func @even(%x: f32) -> i8 {
  %0 = conv.requantize f32_even(%x) zero_point = 3 range = [-128, 127] : (f32) -> i8
  return %0 : i8
}

// CHECK-LABEL: func @scaled
// CHECK: conv.requantize tosa_single(%{{.*}}, %{{.*}}, %{{.*}}) : (i32, i32, i8) -> i32
// EXPAND-LABEL: func @scaled
// EXPAND-NOT: arith.select
// EXPAND: arith.shrsi {{.*}} : i64
func.func @scaled(%x: i32, %m: i32, %s: i8) -> i32 {
  %0 = conv.requantize tosa_single(%x, %m, %s) : (i32, i32, i8) -> i32
  return %0 : i32
}

// Every second lane is multiplied apart.
// CHECK-LABEL: func @vectors
// CHECK: conv.requantize tosa_double(%{{.*}}) large_shifts zero_point = -5 range = [0, 255]
// EXPAND-LABEL: func @vectors
// EXPAND: arith.muli {{.*}} : vector<8xi64>
// EXPAND: arith.muli {{.*}} : vector<8xi64>
// EXPAND: vector.shuffle {{.*}} [0, 16, 2, 18,
// EXPAND: arith.trunci {{.*}} to vector<16xi8>
func.func @vectors(%x: vector<16xi32>, %m: vector<16xi32>, %s: vector<16xi8>) -> vector<16xi8> {
  %0 = conv.requantize tosa_double(%x, %m, %s) large_shifts zero_point = -5 range = [0, 255] : (vector<16xi32>, vector<16xi32>, vector<16xi8>) -> vector<16xi8>
  return %0 : vector<16xi8>
}

// A register of four is multiplied by halves.
// EXPAND-LABEL: func @four
// EXPAND: arith.muli {{.*}} : vector<4xi64>
// EXPAND-NOT: vector.shuffle
func.func @four(%x: vector<4xi32>, %m: vector<4xi32>, %s: vector<4xi8>) -> vector<4xi32> {
  %0 = conv.requantize tosa_double(%x, %m, %s) : (vector<4xi32>, vector<4xi32>, vector<4xi8>) -> vector<4xi32>
  return %0 : vector<4xi32>
}
