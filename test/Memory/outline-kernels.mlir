// RUN: conv-opt %s --split-input-file --conv-outline-kernels | FileCheck %s
// RUN: conv-opt %s --split-input-file --conv-outline-kernels --conv-outline-kernels | FileCheck %s
// RUN: conv-opt %s --split-input-file --conv-outline-kernels=cpu=haswell | FileCheck %s --check-prefix=NAME
// RUN: conv-opt %s --split-input-file --conv-outline-kernels=cpu=znver5 | FileCheck %s --check-prefix=NAME

#a = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#b = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c, k mod 16)>
#o = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>
#schedule = #conv.schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 6>

// Two equal contractions are one kernel; a third that accumulates is another.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:.*]]: memref<1x8x8x4xf32>, %[[F:.*]]: memref<1x1x3x3x4x16xf32>, %[[Y:.*]]: memref<1x6x6x16xf32>, %[[Z:.*]]: memref<1x6x6x16xf32>)
// CHECK:         %[[XB:.*]], %{{.*}}, %{{.*}}:4, %{{.*}}:4 = memref.extract_strided_metadata %[[X]]
// CHECK:         %[[FB:.*]], %{{.*}}, %{{.*}}:6, %{{.*}}:6 = memref.extract_strided_metadata %[[F]]
// CHECK:         %[[YB:.*]], %{{.*}}, %{{.*}}:4, %{{.*}}:4 = memref.extract_strided_metadata %[[Y]]
// CHECK:         call @[[KERNEL:conv3x3_4x16_6x6_[0-9a-f]+]](%[[XB]], %[[FB]], %[[YB]]) : (memref<f32>, memref<f32>, memref<f32>) -> ()
// CHECK:         call @[[KERNEL]](
// CHECK:         call @[[OTHER:conv3x3_4x16_6x6_[0-9a-f]+]](
// CHECK-NOT:     conv.contract
// CHECK:         return
// CHECK:       func.func private @[[KERNEL]](%[[A:.*]]: memref<f32>, %[[B:.*]]: memref<f32>, %[[O:.*]]: memref<f32>) attributes {conv.kernel, llvm.bareptr}
// CHECK:         memref.reinterpret_cast %[[A]] to offset: [0], sizes: [1, 8, 8, 4], strides: [256, 32, 4, 1] : memref<f32> to memref<1x8x8x4xf32>
// CHECK:         conv.contract
// CHECK:       func.func private @[[OTHER]](
// CHECK:         conv.contract {{.*}} accumulate
// A kernel is for one target: two models in a program share it only when equal.
// NAME:        call @conv3x3_4x16_6x6_[[#%x,]](
func.func @twice(%x: memref<1x8x8x4xf32>, %f: memref<1x1x3x3x4x16xf32>,
                 %y: memref<1x6x6x16xf32>, %z: memref<1x6x6x16xf32>) {
  conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %f : memref<1x8x8x4xf32>, memref<1x1x3x3x4x16xf32>)
    outs(%y : memref<1x6x6x16xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 6>
  conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %f : memref<1x8x8x4xf32>, memref<1x1x3x3x4x16xf32>)
    outs(%z : memref<1x6x6x16xf32>) schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 6>
  conv.contract maps = [#a, #b, #o] store = k_contiguous
    ins(%x, %f : memref<1x8x8x4xf32>, memref<1x1x3x3x4x16xf32>)
    outs(%z : memref<1x6x6x16xf32>) accumulate schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 6>
  return
}

// -----

#a = affine_map<(n, g, h, w, k, r, s, c) -> (n, h + r, w + s, c)>
#b = affine_map<(n, g, h, w, k, r, s, c) -> (g, k floordiv 16, r, s, c, k mod 16)>
#o = affine_map<(n, g, h, w, k, r, s, c) -> (n, h, w, k)>

// The parallel loop stays; its band loop goes along, as does the view in it.
// Offsets are arguments, constant or not.
// CHECK-LABEL: func.func @shares(
// CHECK:         scf.forall (%[[I:.*]]) in (2)
// CHECK:           %[[ROW:.*]] = affine.apply
// CHECK:           memref.subview %{{.*}}[0, %[[ROW]], 0, 0]
// CHECK:           call @[[KERNEL:conv3x3_4x16_1x6_[0-9a-f]+]](%{{.*}}) : (memref<f32>, index, memref<f32>, index, memref<f32>) -> ()
// CHECK-NOT:       scf.for
// CHECK:       func.func private @[[KERNEL]](%{{[a-z0-9]+}}: memref<f32>, %[[AT:[a-z0-9]+]]: index,
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [%[[AT]]], sizes: [1, 5, 8, 4]
// CHECK:         scf.for
// CHECK:           memref.subview
// CHECK:           conv.contract
func.func @shares(%x: memref<1x8x8x4xf32>, %f: memref<1x1x3x3x4x16xf32>,
                  %y: memref<1x6x6x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.forall (%i) in (2) {
    %row = affine.apply affine_map<(d0) -> (d0 * 3)>(%i)
    %a = memref.subview %x[0, %row, 0, 0] [1, 5, 8, 4] [1, 1, 1, 1]
      : memref<1x8x8x4xf32> to memref<1x5x8x4xf32, strided<[256, 32, 4, 1], offset: ?>>
    %o = memref.subview %y[0, %row, 0, 0] [1, 3, 6, 16] [1, 1, 1, 1]
      : memref<1x6x6x16xf32> to memref<1x3x6x16xf32, strided<[576, 96, 16, 1], offset: ?>>
    scf.for %ho = %c0 to %c3 step %c1 {
      %ab = memref.subview %a[0, %ho, 0, 0] [1, 3, 8, 4] [1, 1, 1, 1]
        : memref<1x5x8x4xf32, strided<[256, 32, 4, 1], offset: ?>> to memref<1x3x8x4xf32, strided<[256, 32, 4, 1], offset: ?>>
      %ob = memref.subview %o[0, %ho, 0, 0] [1, 1, 6, 16] [1, 1, 1, 1]
        : memref<1x3x6x16xf32, strided<[576, 96, 16, 1], offset: ?>> to memref<1x1x6x16xf32, strided<[576, 96, 16, 1], offset: ?>>
      conv.contract maps = [#a, #b, #o] store = k_contiguous
        ins(%ab, %f : memref<1x3x8x4xf32, strided<[256, 32, 4, 1], offset: ?>>, memref<1x1x3x3x4x16xf32>)
        outs(%ob : memref<1x1x6x16xf32, strided<[576, 96, 16, 1], offset: ?>>)
        schedule<algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 6>
    }
  }
  return
}

// -----

// What a loop of the user's does beside the work stays in the caller, and so
// does the loop.
// CHECK-LABEL: func.func @loop(
// CHECK:         scf.for
// CHECK:           call @pack_filter_1x1x3x3x4x16_{{[0-9a-f]+}}(
// CHECK:           memref.store
// CHECK:       func.func private @pack_filter_1x1x3x3x4x16_{{[0-9a-f]+}}(
func.func @loop(%w: memref<3x3x4x16xf32>, %p: memref<1x1x3x3x4x16xf32>, %z: memref<f32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c3 step %c1 {
    conv.pack_filter rsck ins(%w : memref<3x3x4x16xf32>)
      outs(%p : memref<1x1x3x3x4x16xf32>)
    memref.store %zero, %z[] : memref<f32>
  }
  return
}

// -----

// The taps of a sum differ in where they start: one kernel.
// CHECK-LABEL: func.func @taps(
// CHECK:         %[[FIVE:.*]] = arith.constant 5 : index
// CHECK:         call @[[KERNEL:pack_filter_1x1x1x1x4x16_[0-9a-f]+]](%{{.*}}, %[[ZERO:.*]], %{{.*}})
// CHECK:         call @[[KERNEL]](%{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NOT:     func.func private @pack_filter{{.*}}
// CHECK:       func.func private @[[KERNEL]](
// CHECK-NOT:   func.func
func.func @taps(%w: memref<100xf32>, %p: memref<1x1x1x1x4x16xf32>) {
  %a = memref.reinterpret_cast %w to offset: [5], sizes: [1, 1, 4, 16], strides: [64, 64, 16, 1]
    : memref<100xf32> to memref<1x1x4x16xf32, strided<[64, 64, 16, 1], offset: 5>>
  %b = memref.reinterpret_cast %w to offset: [7], sizes: [1, 1, 4, 16], strides: [64, 64, 16, 1]
    : memref<100xf32> to memref<1x1x4x16xf32, strided<[64, 64, 16, 1], offset: 7>>
  conv.pack_filter rsck ins(%a : memref<1x1x4x16xf32, strided<[64, 64, 16, 1], offset: 5>>)
    outs(%p : memref<1x1x1x1x4x16xf32>)
  conv.pack_filter rsck ins(%b : memref<1x1x4x16xf32, strided<[64, 64, 16, 1], offset: 7>>)
    outs(%p : memref<1x1x1x1x4x16xf32>)
  return
}
