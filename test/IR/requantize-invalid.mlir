// RUN: conv-opt %s -split-input-file -verify-diagnostics

func.func @input(%x: i32) -> i8 {
  // expected-error @below {{of kind f32_even on elements of type 'i32'}}
  %0 = conv.requantize f32_even(%x) range = [-128, 127] : (i32) -> i8
  return %0 : i8
}

// -----

func.func @scale(%x: i32) -> i32 {
  // expected-error @below {{needs a multiplier of i32 and a shift of i8}}
  %0 = conv.requantize tosa_single(%x, %x, %x) : (i32, i32, i32) -> i32
  return %0 : i32
}

// -----

func.func @unscaled(%x: f32, %m: i32, %s: i8) -> i8 {
  // expected-error @below {{of kind f32_even has no multiplier and shift}}
  %0 = conv.requantize f32_even(%x, %m, %s) range = [-128, 127] : (f32, i32, i8) -> i8
  return %0 : i8
}

// -----

func.func @unbounded(%x: f32) -> i8 {
  // expected-error @below {{needs a range to give a result of i8}}
  %0 = conv.requantize f32_even(%x) : (f32) -> i8
  return %0 : i8
}

// -----

func.func @range(%x: f32) -> i8 {
  // expected-error @below {{range [-128, 255] does not fit i8}}
  %0 = conv.requantize f32_even(%x) range = [-128, 255] : (f32) -> i8
  return %0 : i8
}

// -----

func.func @large(%x: f32) -> i32 {
  // expected-error @below {{rounds only to numbers up to 1048576}}
  %0 = conv.requantize f32_even(%x) range = [0, 2000000] : (f32) -> i32
  return %0 : i32
}

// -----

func.func @shifts(%x: i32, %m: i32, %s: i8) -> i32 {
  // expected-error @below {{large_shifts is about tosa_double}}
  %0 = conv.requantize tosa_single(%x, %m, %s) large_shifts : (i32, i32, i8) -> i32
  return %0 : i32
}
