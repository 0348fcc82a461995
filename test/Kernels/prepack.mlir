// RUN: conv-opt %s --conv-prepack --split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-prepack="mode=function" --split-input-file | FileCheck %s -enable-var-scope --check-prefix=FUNC

// Distinct values, k padded from 3 to 4: [g][k/2][r][s][c][k%2].
// CHECK-LABEL: func.func @inline
// CHECK-NEXT:    %[[P:.*]] = arith.constant dense<{{\[\[\[\[\[\[}}1.000000e+00, 2.000000e+00], [4.000000e+00, 5.000000e+00]]]],
// CHECK-SAME:      {{\[\[\[\[}}3.000000e+00, 0.000000e+00], [6.000000e+00, 0.000000e+00]]]]]]> : tensor<1x2x1x1x2x2xf32>
// CHECK-NEXT:    return %[[P]]
func.func @inline() -> tensor<1x2x1x1x2x2xf32> {
  %w = arith.constant dense<[[[[1., 2., 3.], [4., 5., 6.]]]]> : tensor<1x1x2x3xf32>
  %e = tensor.empty() : tensor<1x2x1x1x2x2xf32>
  %p = conv.pack_filter rsck ins(%w : tensor<1x1x2x3xf32>) outs(%e : tensor<1x2x1x1x2x2xf32>) -> tensor<1x2x1x1x2x2xf32>
  return %p : tensor<1x2x1x1x2x2xf32>
}

// Another order of dimensions, pairs of c: [g][k/2][r][s][c/2][k%2][c%2].
// CHECK-LABEL: func.func @pairs
// CHECK-NEXT:    arith.constant dense<{{\[+}}1.000000e+00, 2.000000e+00], [4.000000e+00, 5.000000e+00]], {{\[+}}3.000000e+00, 0.000000e+00], [6.000000e+00, 0.000000e+00]]]]]]]> : tensor<1x1x1x1x2x2x2xf32>
func.func @pairs() -> tensor<1x1x1x1x2x2x2xf32> {
  %w = arith.constant dense<[[1., 2., 3.], [4., 5., 6.]]> : tensor<2x3xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2x2xf32>
  %p = conv.pack_filter kc c_pack = 2 ins(%w : tensor<2x3xf32>) outs(%e : tensor<1x1x1x1x2x2x2xf32>) -> tensor<1x1x1x1x2x2x2xf32>
  return %p : tensor<1x1x1x1x2x2x2xf32>
}

// The channels of all groups in one dimension: [1][g*k/4][r][s][c][g*k%4].
// CHECK-LABEL: func.func @groups
// CHECK-NEXT:    arith.constant dense<{{\[+}}1.000000e+00, 2.000000e+00, 5.000000e+00, 6.000000e+00], [3.000000e+00, 4.000000e+00, 7.000000e+00, 8.000000e+00]]]]]]> : tensor<1x1x1x1x2x4xf32>
func.func @groups() -> tensor<1x1x1x1x2x4xf32> {
  %w = arith.constant dense<[[[1., 2.], [3., 4.]], [[5., 6.], [7., 8.]]]> : tensor<2x2x2xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x4xf32>
  %p = conv.pack_filter gck ins(%w : tensor<2x2x2xf32>) outs(%e : tensor<1x1x1x1x2x4xf32>) -> tensor<1x1x1x1x2x4xf32>
  return %p : tensor<1x1x1x1x2x4xf32>
}

// CHECK-LABEL: func.func @splat
// CHECK-NEXT:    arith.constant dense<2.000000e+00> : tensor<1x4x3x3x64x16xf32>
func.func @splat() -> tensor<1x4x3x3x64x16xf32> {
  %w = arith.constant dense<2.0> : tensor<64x64x3x3xf32>
  %e = tensor.empty() : tensor<1x4x3x3x64x16xf32>
  %p = conv.pack_filter kcrs ins(%w : tensor<64x64x3x3xf32>) outs(%e : tensor<1x4x3x3x64x16xf32>) -> tensor<1x4x3x3x64x16xf32>
  return %p : tensor<1x4x3x3x64x16xf32>
}

// One of another type, too.
// CHECK-LABEL: func.func @wider
// CHECK-NEXT:    arith.constant dense<-2> : tensor<1x4x3x3x64x16xi16>
func.func @wider() -> tensor<1x4x3x3x64x16xi16> {
  %w = arith.constant dense<-2> : tensor<64x64x3x3xi8>
  %e = tensor.empty() : tensor<1x4x3x3x64x16xi16>
  %p = conv.pack_filter kcrs ins(%w : tensor<64x64x3x3xi8>) outs(%e : tensor<1x4x3x3x64x16xi16>) -> tensor<1x4x3x3x64x16xi16>
  return %p : tensor<1x4x3x3x64x16xi16>
}

// A constant of one value may stand for any number of bytes: those of a packed
// form are written by the program.
// CHECK-LABEL: func.func @endless
// CHECK:         conv.pack_filter
func.func @endless() -> tensor<1x1x1x1x2147483648x16xf32> {
  %w = arith.constant dense<1.0> : tensor<2147483648x3xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2147483648x16xf32>
  %p = conv.pack_filter ck ins(%w : tensor<2147483648x3xf32>) outs(%e : tensor<1x1x1x1x2147483648x16xf32>) -> tensor<1x1x1x1x2147483648x16xf32>
  return %p : tensor<1x1x1x1x2147483648x16xf32>
}

// -----

// One blob serves both uses; what else reads the constant keeps it.
// CHECK-LABEL: func.func @shared
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1x5x17xf32>
// CHECK-DAG:     %[[P:.*]] = arith.constant dense_resource<[[$KEY:packed_filter.*]]> : tensor<1x2x1x1x5x16xf32>
// CHECK-DAG:     %[[Q:.*]] = arith.constant dense_resource<[[$KEY]]> : tensor<1x2x1x1x5x16xf32>
// CHECK:         return %[[W]], %[[P]], %[[Q]]
// 17 channels in blocks of 16: the last block is one value and 15 zeros.
// CHECK: packed_filter: "0x400000000000803F0000803F{{.*}}0000803F0000000000000000
func.func @shared() -> (tensor<1x1x5x17xf32>, tensor<1x2x1x1x5x16xf32>, tensor<1x2x1x1x5x16xf32>) {
  %w = arith.constant dense<1.0> : tensor<1x1x5x17xf32>
  %e = tensor.empty() : tensor<1x2x1x1x5x16xf32>
  %p = conv.pack_filter rsck ins(%w : tensor<1x1x5x17xf32>) outs(%e : tensor<1x2x1x1x5x16xf32>) -> tensor<1x2x1x1x5x16xf32>
  %q = conv.pack_filter rsck ins(%w : tensor<1x1x5x17xf32>) outs(%e : tensor<1x2x1x1x5x16xf32>) -> tensor<1x2x1x1x5x16xf32>
  return %w, %p, %q : tensor<1x1x5x17xf32>, tensor<1x2x1x1x5x16xf32>, tensor<1x2x1x1x5x16xf32>
}

// -----

// CHECK-LABEL: func.func @resource
// CHECK-NEXT:    arith.constant dense<{{\[+}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]{{\]+}}> : tensor<1x1x1x1x2x2xf32>
func.func @resource() -> tensor<1x1x1x1x2x2xf32> {
  %w = arith.constant dense_resource<weights> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %p = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %p : tensor<1x1x1x1x2x2xf32>
}
{-# dialect_resources: { builtin: {
  weights: "0x040000000000803F000000400000404000008040"
} } #-}

// -----

// On memrefs the buffer becomes a constant global, and its allocation goes.
// CHECK-NOT:   @w :
// CHECK:       memref.global "private" constant @w_packed : memref<1x1x1x1x2x2xf32> = dense<{{.*}}> {alignment = 64 : i64}
// CHECK-NOT:   @w :
memref.global "private" constant @w : memref<2x2xf32> = dense<[[1., 2.], [3., 4.]]>
func.func private @use(memref<1x1x1x1x2x2xf32>)

// CHECK-LABEL: func.func @global(
// CHECK-NEXT:    %[[P:.*]] = memref.get_global @w_packed
// CHECK-NEXT:    %[[V:.*]] = memref.load %[[P]]
// CHECK-NEXT:    return %[[V]]
func.func @global(%i: index) -> f32 {
  %w = memref.get_global @w : memref<2x2xf32>
  %a = memref.alloc() : memref<1x1x1x1x2x2xf32>
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%a : memref<1x1x1x1x2x2xf32>)
  %v = memref.load %a[%i, %i, %i, %i, %i, %i] : memref<1x1x1x1x2x2xf32>
  memref.dealloc %a : memref<1x1x1x1x2x2xf32>
  return %v : f32
}

// CHECK-LABEL: func.func @global_again(
// CHECK-NEXT:    memref.get_global @w_packed :
func.func @global_again(%i: index) -> f32 {
  %w = memref.get_global @w : memref<2x2xf32>
  %a = memref.alloc() : memref<1x1x1x1x2x2xf32>
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%a : memref<1x1x1x1x2x2xf32>)
  %s = memref.subview %a[0, 0, 0, 0, 0, 0] [1, 1, 1, 1, 2, 1] [1, 1, 1, 1, 1, 1] : memref<1x1x1x1x2x2xf32> to memref<2xf32, strided<[2]>>
  %v = memref.load %s[%i] : memref<2xf32, strided<[2]>>
  return %v : f32
}

// -----

// A buffer that others may write, or that is the caller's, is packed in place.
memref.global "private" constant @w : memref<2x2xf32> = dense<[[1., 2.], [3., 4.]]>
func.func private @use(memref<1x1x1x1x2x2xf32>)
// CHECK-LABEL: func.func @escapes(
// CHECK:         conv.pack_filter
// CHECK:         conv.pack_filter
// FUNC-LABEL:  func.func @escapes(
// FUNC:          conv.pack_filter
// FUNC:          conv.pack_filter
func.func @escapes(%o: memref<1x1x1x1x2x2xf32>) {
  %w = memref.get_global @w : memref<2x2xf32>
  %a = memref.alloc() : memref<1x1x1x1x2x2xf32>
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%a : memref<1x1x1x1x2x2xf32>)
  call @use(%a) : (memref<1x1x1x1x2x2xf32>) -> ()
  conv.pack_filter kc ins(%w : memref<2x2xf32>) outs(%o : memref<1x1x1x1x2x2xf32>)
  return
}

// -----

// Arguments are packed by a function of their own, if that is asked for.
// CHECK-LABEL: func.func @main(
// CHECK-COUNT-3: conv.pack_filter
// CHECK-NOT:   @main_pack

// FUNC-LABEL:  func.func @main(
// FUNC-SAME:     %[[X:[^:]*]]: tensor<4xf32>, %[[V:[^:]*]]: tensor<1x1x1x1x2x2xf32> {llvm.noalias}, %[[K:[^:]*]]: tensor<2x2xf32>, %[[W:[^:]*]]: tensor<1x1x3x3x8x16xf32>)
// FUNC-SAME:     attributes {llvm.emit_c_interface}
// FUNC-NOT:      tensor.empty() : tensor<1x1x3x3x8x16xf32>
// FUNC:          %[[P:.*]] = conv.pack_filter kc ins(%[[K]] :
// FUNC-NOT:      conv.pack_filter
// FUNC:          return %[[V]], %[[P]], %[[K]], %[[W]], %[[W]]

// FUNC-LABEL:  func.func @main_pack(
// FUNC-SAME:     %[[V:[^:]*]]: tensor<2x2xf32> {llvm.noalias}, %[[W:[^:]*]]: tensor<3x3x8x16xf32>)
// FUNC-SAME:     -> (tensor<1x1x1x1x2x2xf32>, tensor<1x1x3x3x8x16xf32>)
// FUNC-SAME:     attributes {llvm.emit_c_interface}
// FUNC-NEXT:     %[[E:.*]] = tensor.empty() : tensor<1x1x1x1x2x2xf32>
// FUNC-NEXT:     %[[P:.*]] = conv.pack_filter kc ins(%[[V]] : tensor<2x2xf32>) outs(%[[E]] :
// FUNC-NEXT:     %[[F:.*]] = tensor.empty() : tensor<1x1x3x3x8x16xf32>
// FUNC-NEXT:     %[[Q:.*]] = conv.pack_filter rsck ins(%[[W]] : tensor<3x3x8x16xf32>) outs(%[[F]] :
// FUNC-NEXT:     return %[[P]], %[[Q]]
func.func @main(%x: tensor<4xf32>, %v: tensor<2x2xf32> {llvm.noalias}, %k: tensor<2x2xf32>, %w: tensor<3x3x8x16xf32>)
    -> (tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>, tensor<2x2xf32>, tensor<1x1x3x3x8x16xf32>, tensor<1x1x3x3x8x16xf32>)
    attributes {llvm.emit_c_interface} {
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %f = tensor.empty() : tensor<1x1x3x3x8x16xf32>
  %0 = conv.pack_filter kc ins(%v : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  // Returned as well: it must stay plain.
  %1 = conv.pack_filter kc ins(%k : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  %2 = conv.pack_filter rsck ins(%w : tensor<3x3x8x16xf32>) outs(%f : tensor<1x1x3x3x8x16xf32>) -> tensor<1x1x3x3x8x16xf32>
  %3 = conv.pack_filter rsck ins(%w : tensor<3x3x8x16xf32>) outs(%f : tensor<1x1x3x3x8x16xf32>) -> tensor<1x1x3x3x8x16xf32>
  return %0, %1, %k, %2, %3 : tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>, tensor<2x2xf32>, tensor<1x1x3x3x8x16xf32>, tensor<1x1x3x3x8x16xf32>
}

// -----

// Two packings that differ need the plain filter.
// FUNC-LABEL:  func.func @differ(
// FUNC-SAME:     tensor<2x2xf32>)
// FUNC-NOT:    @differ_pack
func.func @differ(%w: tensor<2x2xf32>) -> (tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>) {
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %0 = conv.pack_filter kc ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  %1 = conv.pack_filter ck ins(%w : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) -> tensor<1x1x1x1x2x2xf32>
  return %0, %1 : tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>
}

// -----

// On memrefs @NAME_pack fills the caller's buffers.
// FUNC-LABEL:  func.func @buffers(
// FUNC-SAME:     %[[W:[^:]*]]: memref<1x1x1x1x2x2xf32>, %{{[^:]*}}: index) -> f32
// FUNC-NEXT:     memref.load %[[W]]
// FUNC-NEXT:     return
// FUNC-LABEL:  func.func @buffers_pack(
// FUNC-SAME:     %[[W:[^:]*]]: memref<2x2xf32, strided<[?, ?], offset: ?>>, %[[P:[^:]*]]: memref<1x1x1x1x2x2xf32>)
// FUNC-NEXT:     conv.pack_filter kc ins(%[[W]] : {{.*}}) outs(%[[P]] :
// FUNC-NEXT:     return
func.func @buffers(%w: memref<2x2xf32, strided<[?, ?], offset: ?>>, %i: index) -> f32 {
  %a = memref.alloc() : memref<1x1x1x1x2x2xf32>
  conv.pack_filter kc ins(%w : memref<2x2xf32, strided<[?, ?], offset: ?>>) outs(%a : memref<1x1x1x1x2x2xf32>)
  %v = memref.load %a[%i, %i, %i, %i, %i, %i] : memref<1x1x1x1x2x2xf32>
  memref.dealloc %a : memref<1x1x1x1x2x2xf32>
  return %v : f32
}

// -----

// Plain filters are seen through casts that forget or know sizes.
// CHECK-LABEL: func.func @constant_cast
// CHECK:         %[[P:.*]] = arith.constant dense<{{\[+}}1.000000e+00, 2.000000e+00]]]]]]> : tensor<1x1x1x1x1x2xf32>
// CHECK:         return %[[P]]
func.func @constant_cast() -> tensor<1x1x1x1x1x2xf32> {
  %w = arith.constant dense<[[1., 2.]]> : tensor<1x2xf32>
  %d = tensor.cast %w : tensor<1x2xf32> to tensor<?x?xf32>
  %c = tensor.cast %d : tensor<?x?xf32> to tensor<1x2xf32>
  %e = tensor.empty() : tensor<1x1x1x1x1x2xf32>
  %p = conv.pack_filter ck ins(%c : tensor<1x2xf32>) outs(%e : tensor<1x1x1x1x1x2xf32>) -> tensor<1x1x1x1x1x2xf32>
  return %p : tensor<1x1x1x1x1x2xf32>
}

// FUNC-LABEL: func.func @argument_cast(
// FUNC-SAME:    %[[P:.*]]: tensor<1x2x3x3x4x8xf32>)
// FUNC-NEXT:    return %[[P]]
// FUNC-LABEL: func.func @argument_cast_pack(
// FUNC-SAME:    %[[W:.*]]: tensor<?x?x?x?xf32>) -> tensor<1x2x3x3x4x8xf32>
// FUNC:         %[[C:.*]] = tensor.cast %[[W]] : tensor<?x?x?x?xf32> to tensor<16x4x3x3xf32>
// FUNC:         conv.pack_filter kcrs ins(%[[C]] : tensor<16x4x3x3xf32>)
func.func @argument_cast(%w: tensor<?x?x?x?xf32>) -> tensor<1x2x3x3x4x8xf32> {
  %c = tensor.cast %w : tensor<?x?x?x?xf32> to tensor<16x4x3x3xf32>
  %e = tensor.empty() : tensor<1x2x3x3x4x8xf32>
  %p = conv.pack_filter kcrs ins(%c : tensor<16x4x3x3xf32>) outs(%e : tensor<1x2x3x3x4x8xf32>) -> tensor<1x2x3x3x4x8xf32>
  return %p : tensor<1x2x3x3x4x8xf32>
}

// -----

// Constants are stored without the gaps that LLVM leaves between elements of
// such widths: packed when it runs.
// CHECK-LABEL: func.func @gaps(
// CHECK:         conv.pack_filter
// CHECK-LABEL: func.func @no_gaps(
// CHECK-NOT:     conv.pack_filter
// FUNC-LABEL:  func.func @gaps(
func.func @gaps() -> tensor<1x1x1x1x1x2xi24> {
  %w = arith.constant dense<[[1, 2]]> : tensor<1x2xi24>
  %e = tensor.empty() : tensor<1x1x1x1x1x2xi24>
  %p = conv.pack_filter ck ins(%w : tensor<1x2xi24>) outs(%e : tensor<1x1x1x1x1x2xi24>) -> tensor<1x1x1x1x1x2xi24>
  return %p : tensor<1x1x1x1x1x2xi24>
}
func.func @no_gaps() -> tensor<1x1x1x1x1x2xi16> {
  %w = arith.constant dense<[[1, 2]]> : tensor<1x2xi16>
  %e = tensor.empty() : tensor<1x1x1x1x1x2xi16>
  %p = conv.pack_filter ck ins(%w : tensor<1x2xi16>) outs(%e : tensor<1x1x1x1x1x2xi16>) -> tensor<1x1x1x1x1x2xi16>
  return %p : tensor<1x1x1x1x1x2xi16>
}

// Elements as wide as they are multiplied.
// CHECK-LABEL: func.func @extended(
func.func @extended() -> (tensor<1x1x1x1x1x4xf32>, tensor<1x1x1x1x1x4xf32>, tensor<1x1x1x1x1x4x2xi16>) {
  // CHECK-DAG: arith.constant dense<{{\[\[\[\[\[\[}}1.500000e+00, -2.000000e+00, 0x7F800000, 0.000000e+00]]]]]]> : tensor<1x1x1x1x1x4xf32>
  %b = arith.constant dense<[[1.5, -2.0, 0x7F80]]> : tensor<1x3xbf16>
  %be = tensor.empty() : tensor<1x1x1x1x1x4xf32>
  %bp = conv.pack_filter ck ins(%b : tensor<1x3xbf16>) outs(%be : tensor<1x1x1x1x1x4xf32>) -> tensor<1x1x1x1x1x4xf32>
  // The smallest number of f16, and a NaN.
  // CHECK-DAG: arith.constant dense<{{\[\[\[\[\[\[}}5.96046448E-8, -6.550400e+04, 0x7FC00000, 0.000000e+00]]]]]]> : tensor<1x1x1x1x1x4xf32>
  %h = arith.constant dense<[[0x0001, -65504.0, 0x7E00]]> : tensor<1x3xf16>
  %he = tensor.empty() : tensor<1x1x1x1x1x4xf32>
  %hp = conv.pack_filter ck ins(%h : tensor<1x3xf16>) outs(%he : tensor<1x1x1x1x1x4xf32>) -> tensor<1x1x1x1x1x4xf32>
  // CHECK-DAG: arith.constant dense<{{\[\[\[\[\[\[}}[-128, 0], [127, 0], [-1, 0], [0, 0]]]]]]]> : tensor<1x1x1x1x1x4x2xi16>
  %i = arith.constant dense<[[-128, 127, -1]]> : tensor<1x3xi8>
  %ie = tensor.empty() : tensor<1x1x1x1x1x4x2xi16>
  %ip = conv.pack_filter ck c_pack = 2 ins(%i : tensor<1x3xi8>) outs(%ie : tensor<1x1x1x1x1x4x2xi16>) -> tensor<1x1x1x1x1x4x2xi16>
  return %bp, %hp, %ip : tensor<1x1x1x1x1x4xf32>, tensor<1x1x1x1x1x4xf32>, tensor<1x1x1x1x1x4x2xi16>
}

// -----

// Slices of a constant are packed apart; nothing is left of the whole.
// CHECK-LABEL: func.func @slices
// CHECK-DAG:     %[[P:.*]] = arith.constant dense<{{\[+}}1.000000e+00, 2.000000e+00], [4.000000e+00, 5.000000e+00]{{\]+}}> : tensor<1x1x1x1x2x2xf32>
// CHECK-DAG:     %[[Q:.*]] = arith.constant dense<{{\[+}}3.000000e+00, 6.000000e+00]{{\]+}}> : tensor<1x1x1x1x1x1x2xf32>
// CHECK-NEXT:    return %[[P]], %[[Q]]
func.func @slices() -> (tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x1x1x2xf32>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %v = tensor.extract_slice %w[0, 0] [2, 2] [1, 1] : tensor<2x3xf32> to tensor<2x2xf32>
  %u = tensor.extract_slice %w[0, 2] [2, 1] [1, 1] : tensor<2x3xf32> to tensor<2x1xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %f = tensor.empty() : tensor<1x1x1x1x1x1x2xf32>
  %p = conv.pack_filter ck ins(%v : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) {lanes = 2 : i64} -> tensor<1x1x1x1x2x2xf32>
  %q = conv.pack_filter ck c_pack = 2 ins(%u : tensor<2x1xf32>) outs(%f : tensor<1x1x1x1x1x1x2xf32>) {lanes = 2 : i64} -> tensor<1x1x1x1x1x1x2xf32>
  return %p, %q : tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x1x1x2xf32>
}

// -----

// CHECK-NOT:   @w :
// CHECK-DAG:   memref.global "private" constant @w_packed{{.*}} : memref<1x1x1x1x2x2xf32> = dense<{{\[+}}1.000000e+00, 2.000000e+00], [4.000000e+00, 5.000000e+00]{{\]+}}>
// CHECK-DAG:   memref.global "private" constant @w_packed{{.*}} : memref<1x1x1x1x2x1xf32> = dense<{{\[+}}3.000000e+00], [6.000000e+00]{{\]+}}>
// CHECK-NOT:   @w :
memref.global "private" constant @w : memref<2x3xf32> = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]>
func.func @global_slices(%i: index) -> (f32, f32) {
  %w = memref.get_global @w : memref<2x3xf32>
  %v = memref.subview %w[0, 0] [2, 2] [1, 1] : memref<2x3xf32> to memref<2x2xf32, strided<[3, 1]>>
  %u = memref.subview %w[0, 2] [2, 1] [1, 1] : memref<2x3xf32> to memref<2x1xf32, strided<[3, 1], offset: 2>>
  %p = memref.alloc() : memref<1x1x1x1x2x2xf32>
  %q = memref.alloc() : memref<1x1x1x1x2x1xf32>
  conv.pack_filter ck ins(%v : memref<2x2xf32, strided<[3, 1]>>) outs(%p : memref<1x1x1x1x2x2xf32>) {lanes = 2 : i64}
  conv.pack_filter ck ins(%u : memref<2x1xf32, strided<[3, 1], offset: 2>>) outs(%q : memref<1x1x1x1x2x1xf32>) {lanes = 2 : i64}
  %0 = memref.load %p[%i, %i, %i, %i, %i, %i] : memref<1x1x1x1x2x2xf32>
  %1 = memref.load %q[%i, %i, %i, %i, %i, %i] : memref<1x1x1x1x2x1xf32>
  return %0, %1 : f32, f32
}

// -----

// Slices of an argument lie one after the other in one that is packed.
// FUNC-LABEL: func.func @argument_slices(
// FUNC-SAME:    %[[W:.*]]: tensor<20xf32>)
// FUNC-DAG:     %[[P:.*]] = tensor.extract_slice %[[W]][0] [4] [1]
// FUNC-DAG:     %[[Q:.*]] = tensor.extract_slice %[[W]][16] [4] [1]
// FUNC-DAG:     tensor.expand_shape %[[P]] {{.*}} into tensor<1x1x1x1x2x2xf32>
// FUNC-DAG:     tensor.expand_shape %[[Q]] {{.*}} into tensor<1x1x1x1x2x2xf32>
// FUNC-NOT:     conv.pack_filter
// FUNC-LABEL: func.func @argument_slices_pack(
// FUNC-SAME:    %[[W:.*]]: tensor<2x3xf32>) -> tensor<20xf32>
// FUNC-DAG:     tensor.extract_slice %[[W]][0, 0] [2, 2] [1, 1]
// FUNC-DAG:     tensor.extract_slice %[[W]][0, 2] [2, 1] [1, 1]
// FUNC-COUNT-2: conv.pack_filter
func.func @argument_slices(%w: tensor<2x3xf32>) -> (tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>) {
  %v = tensor.extract_slice %w[0, 0] [2, 2] [1, 1] : tensor<2x3xf32> to tensor<2x2xf32>
  %u = tensor.extract_slice %w[0, 2] [2, 1] [1, 1] : tensor<2x3xf32> to tensor<2x1xf32>
  %e = tensor.empty() : tensor<1x1x1x1x2x2xf32>
  %p = conv.pack_filter ck ins(%v : tensor<2x2xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) {lanes = 2 : i64} -> tensor<1x1x1x1x2x2xf32>
  %q = conv.pack_filter ck ins(%u : tensor<2x1xf32>) outs(%e : tensor<1x1x1x1x2x2xf32>) {lanes = 2 : i64} -> tensor<1x1x1x1x2x2xf32>
  return %p, %q : tensor<1x1x1x1x2x2xf32>, tensor<1x1x1x1x2x2xf32>
}

// -----

// Sums of the filter are computed with its packed form and lie behind it, as
// bytes. CHECK says that they stay where nothing is packed before.
// CHECK-LABEL: func.func @sums(
// CHECK-SAME:    tensor<1x1x2x3xi8>
// CHECK:         linalg.generic
// FUNC-LABEL:  func.func @sums(
// FUNC-SAME:     %[[P:.*]]: tensor<76xi8>) -> (tensor<1x1x1x1x1x3x4xi8>, tensor<3xi32>)
// FUNC:          %[[BEGIN:.*]] = arith.constant 64 : index
// FUNC:          %[[V:.*]] = memref.view %{{.*}}[%[[BEGIN]]][] : memref<76xi8> to memref<3xi32>
// FUNC:          %[[S:.*]] = bufferization.to_tensor %[[V]] restrict
// FUNC-NOT:      linalg.generic
// FUNC:          return %{{.*}}, %[[S]]
// FUNC-LABEL:  func.func @sums_pack(
// FUNC-SAME:     %[[W:.*]]: tensor<1x1x2x3xi8>) -> tensor<76xi8>
// FUNC:          conv.pack_filter rsck c_pack = 4 ins(%[[W]]
// FUNC:          %[[PACKED:.*]] = tensor.insert_slice %{{.*}}[0] [12] [1]
// FUNC:          %[[SUMS:.*]] = linalg.generic {{.*}} ins(%[[W]]
// FUNC:          %[[BYTES:.*]] = linalg.generic {{.*}} ins(%[[SUMS]]
// FUNC:          arith.shrui
// FUNC:          %[[FLAT:.*]] = tensor.collapse_shape %[[BYTES]]
// FUNC:          %[[R:.*]] = tensor.insert_slice %[[FLAT]] into %[[PACKED]][64] [12] [1]
// FUNC:          return %[[R]]
#filter = affine_map<(r, s, c, k) -> (r, s, c, k)>
#channel = affine_map<(r, s, c, k) -> (k)>
func.func @sums(%w: tensor<1x1x2x3xi8>) -> (tensor<1x1x1x1x1x3x4xi8>, tensor<3xi32>) {
  %e = tensor.empty() : tensor<1x1x1x1x1x3x4xi8>
  %p = conv.pack_filter rsck c_pack = 4 ins(%w : tensor<1x1x2x3xi8>) outs(%e : tensor<1x1x1x1x1x3x4xi8>) -> tensor<1x1x1x1x1x3x4xi8>
  %z = arith.constant 0 : i32
  %n = tensor.empty() : tensor<3xi32>
  %zeros = linalg.fill ins(%z : i32) outs(%n : tensor<3xi32>) -> tensor<3xi32>
  %factor = arith.constant -128 : i32
  %s = linalg.generic {indexing_maps = [#filter, #channel], iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
      ins(%w : tensor<1x1x2x3xi8>) outs(%zeros : tensor<3xi32>) {
  ^bb0(%in: i8, %out: i32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.muli %0, %factor : i32
    %2 = arith.addi %out, %1 : i32
    linalg.yield %2 : i32
  } -> tensor<3xi32>
  return %p, %s : tensor<1x1x1x1x1x3x4xi8>, tensor<3xi32>
}

// What needs more than the filter is no part of what is packed.
// FUNC-LABEL:  func.func @more(
// FUNC-SAME:     tensor<1x1x2x3xi8>, %{{.*}}: tensor<3xi32>
// FUNC-NOT:    @more_pack
func.func @more(%w: tensor<1x1x2x3xi8>, %start: tensor<3xi32>) -> (tensor<1x1x1x1x1x3x4xi8>, tensor<3xi32>) {
  %e = tensor.empty() : tensor<1x1x1x1x1x3x4xi8>
  %p = conv.pack_filter rsck c_pack = 4 ins(%w : tensor<1x1x2x3xi8>) outs(%e : tensor<1x1x1x1x1x3x4xi8>) -> tensor<1x1x1x1x1x3x4xi8>
  %s = linalg.generic {indexing_maps = [#filter, #channel], iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
      ins(%w : tensor<1x1x2x3xi8>) outs(%start : tensor<3xi32>) {
  ^bb0(%in: i8, %out: i32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.addi %out, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3xi32>
  return %p, %s : tensor<1x1x1x1x1x3x4xi8>, tensor<3xi32>
}

// -----

// In a buffer they are written as integers. The first operation is the buffer
// that goes.
// FUNC-LABEL:  func.func @sums_of_buffer(
// FUNC-SAME:     %{{.*}}: memref<1x4x4xi8>, %[[P:.*]]: memref<76xi8>,
// FUNC:          memref.view %[[P]]
// FUNC:          %[[PACKED:.*]] = memref.subview %[[P]][0] [64] [1]
// FUNC:          %[[F:.*]] = memref.expand_shape %[[PACKED]]
// FUNC:          conv.contract {{.*}} ins(%{{.*}}, %[[F]] :
// FUNC-LABEL:  func.func @sums_of_buffer_pack(
// FUNC-SAME:     %[[W:.*]]: memref<1x1x4x3xi8>, %[[T:.*]]: memref<76xi8>)
// FUNC:          conv.pack_filter rsck c_pack = 4 ins(%[[W]]
// FUNC:          %[[V:.*]] = memref.view %[[T]][%{{.*}}][] : memref<76xi8> to memref<3xi32>
// FUNC:          bufferization.materialize_in_destination %{{.*}} in restrict writable %[[V]]
#filter = affine_map<(r, s, c, k) -> (r, s, c, k)>
#channel = affine_map<(r, s, c, k) -> (k)>
#a = affine_map<(n, g, h, w, k, r, s, c) -> (n, w + s, c)>
#b = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c floordiv 4, k mod 16, c mod 4)>
#o = affine_map<(n, g, h, w, k, r, s, c) -> (n, w, k)>
func.func @sums_of_buffer(%x: memref<1x4x4xi8>, %w: memref<1x1x4x3xi8>, %out: memref<1x4x3xi32>) {
  %p = memref.alloc() : memref<1x1x1x1x1x16x4xi8>
  conv.pack_filter rsck c_pack = 4 ins(%w : memref<1x1x4x3xi8>) outs(%p : memref<1x1x1x1x1x16x4xi8>)
  %t = bufferization.to_tensor %w restrict : memref<1x1x4x3xi8> to tensor<1x1x4x3xi8>
  %z = arith.constant 0 : i32
  %n = tensor.empty() : tensor<3xi32>
  %zeros = linalg.fill ins(%z : i32) outs(%n : tensor<3xi32>) -> tensor<3xi32>
  %s = linalg.generic {indexing_maps = [#filter, #channel], iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
      ins(%t : tensor<1x1x4x3xi8>) outs(%zeros : tensor<3xi32>) {
  ^bb0(%in: i8, %sum: i32):
    %0 = arith.extsi %in : i8 to i32
    %1 = arith.addi %sum, %0 : i32
    linalg.yield %1 : i32
  } -> tensor<3xi32>
  %bias = bufferization.to_buffer %s read_only : tensor<3xi32> to memref<3xi32>
  conv.contract maps = [#a, #b, #o] store = k_contiguous c_pack = 4 ins(%x, %p : memref<1x4x4xi8>, memref<1x1x1x1x1x16x4xi8>) bias(%bias : memref<3xi32>) outs(%out : memref<1x4x3xi32>)
      schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 4, broadcast = splat, fma = avx512vnni_u8> {rebased_input}
  return
}
