// What becomes of NaN, infinities and numbers at a clamp's bounds is the same
// whether the clamp is folded into the convolution or not.

// DEFINE: %{lower} = --one-shot-bufferize="bufferize-function-boundaries" \
// DEFINE:   --buffer-deallocation-pipeline --convert-bufferization-to-memref \
// DEFINE:   --convert-linalg-to-loops --convert-scf-to-cf \
// DEFINE:   --expand-strided-metadata --lower-affine --convert-arith-to-llvm \
// DEFINE:   --finalize-memref-to-llvm --convert-func-to-llvm \
// DEFINE:   --convert-cf-to-llvm --reconcile-unrealized-casts
// DEFINE: %{run} = mlir-runner -O2 -e main --entry-point-result=void %runner_libs

// RUN: conv-opt %s %{lower} | %{run} | FileCheck %s
// RUN: conv-opt %s --conv-raise --conv-to-linalg %{lower} | %{run} | FileCheck %s

// All but the last, whose first bound decides about NaN, are folded.
// RUN: conv-opt %s --conv-raise | FileCheck %s --check-prefix=RAISED
// RAISED-COUNT-10: clamp<
// RAISED-LABEL: func @bound_upper_first
// RAISED-NOT: clamp<

func.func private @printMemrefF32(tensor<*xf32>)

#id = affine_map<(d0) -> (d0)>
#unary = {indexing_maps = [#id, #id], iterator_types = ["parallel"]}

func.func @ugt(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %v, %zero : f32
    %r = arith.select %p, %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @ogt(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ogt, %v, %zero : f32
    %r = arith.select %p, %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @olt_negated(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf olt, %v, %zero : f32
    %r = arith.select %p, %zero, %v : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @ugt_exchanged(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %p = arith.cmpf ugt, %zero, %v : f32
    %r = arith.select %p, %zero, %v : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @maximumf(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %r = arith.maximumf %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @maxnumf(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %r = arith.maxnumf %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @minimumf(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %r = arith.minimumf %v, %six : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @minnumf(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %r = arith.minnumf %v, %six : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @upper_first(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minimumf %v, %six : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @bound_lower_first(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.maxnumf %v, %zero : f32
    %r = arith.minnumf %s, %six : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @bound_upper_first(%x: tensor<8xf32>, %w: tensor<1xf32>, %init: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %c = linalg.conv_1d ins(%x, %w : tensor<8xf32>, tensor<1xf32>) outs(%init : tensor<8xf32>) -> tensor<8xf32>
  %y = linalg.generic #unary ins(%c : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%v: f32, %out: f32):
    %s = arith.minnumf %v, %six : f32
    %r = arith.maxnumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8xf32>
  return %y : tensor<8xf32>
}

func.func @main() {
  %x = arith.constant dense<0.0> : tensor<8xf32>
  %w = arith.constant dense<1.0> : tensor<1xf32>
  %init = arith.constant dense<[0x7FC00000, 0x7F800000, 0xFF800000, -1.0, 0.0, 1.0, 6.0, 7.0]> : tensor<8xf32>
  %ugt = call @ugt(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %ugt_u = tensor.cast %ugt : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%ugt_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [nan,  inf,  0,  0,  0,  1,  6,  7]
  %ogt = call @ogt(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %ogt_u = tensor.cast %ogt : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%ogt_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [0,  inf,  0,  0,  0,  1,  6,  7]
  %olt_negated = call @olt_negated(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %olt_negated_u = tensor.cast %olt_negated : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%olt_negated_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [nan,  inf,  0,  0,  0,  1,  6,  7]
  %ugt_exchanged = call @ugt_exchanged(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %ugt_exchanged_u = tensor.cast %ugt_exchanged : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%ugt_exchanged_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [0,  inf,  0,  0,  0,  1,  6,  7]
  %maximumf = call @maximumf(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %maximumf_u = tensor.cast %maximumf : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%maximumf_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [nan,  inf,  0,  0,  0,  1,  6,  7]
  %maxnumf = call @maxnumf(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %maxnumf_u = tensor.cast %maxnumf : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%maxnumf_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [0,  inf,  0,  0,  0,  1,  6,  7]
  %minimumf = call @minimumf(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %minimumf_u = tensor.cast %minimumf : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%minimumf_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [nan,  6,  -inf,  -1,  0,  1,  6,  6]
  %minnumf = call @minnumf(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %minnumf_u = tensor.cast %minnumf : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%minnumf_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [6,  6,  -inf,  -1,  0,  1,  6,  6]
  %upper_first = call @upper_first(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %upper_first_u = tensor.cast %upper_first : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%upper_first_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [nan,  6,  0,  0,  0,  1,  6,  6]
  %bound_lower_first = call @bound_lower_first(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %bound_lower_first_u = tensor.cast %bound_lower_first : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%bound_lower_first_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [0,  6,  0,  0,  0,  1,  6,  6]
  %bound_upper_first = call @bound_upper_first(%x, %w, %init) : (tensor<8xf32>, tensor<1xf32>, tensor<8xf32>) -> tensor<8xf32>
  %bound_upper_first_u = tensor.cast %bound_upper_first : tensor<8xf32> to tensor<*xf32>
  call @printMemrefF32(%bound_upper_first_u) : (tensor<*xf32>) -> ()
  // CHECK: Unranked Memref
  // CHECK-NEXT: [6,  6,  0,  0,  0,  1,  6,  6]
  return
}
