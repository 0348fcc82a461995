// RUN: conv-opt %s --conv-bufferize --split-input-file | FileCheck %s -enable-var-scope
// RUN: conv-opt %s --conv-bufferize --split-input-file --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-arith-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts | FileCheck %s --check-prefix=LLVM

// No copy needs the runtime library.
// LLVM-NOT: memrefCopy

// Boundaries have identity layouts; what is allocated is freed; the copy into
// the padded image becomes loops.
// CHECK-LABEL: func.func @pad(
// CHECK-SAME:    %[[X:.*]]: memref<1x8x8x3xf32>) -> memref<1x4x4x3xf32>
// CHECK:         %[[P:.*]] = memref.alloc() {{.*}} : memref<1x9x9x3xf32>
// CHECK:         %[[IN:.*]] = memref.subview %[[P]]
// CHECK-NOT:     memref.copy
// CHECK:         linalg.copy ins(%[[X]] : memref<1x8x8x3xf32>) outs(%[[IN]] : memref<1x8x8x3xf32, strided<
// CHECK:         linalg.pooling_nhwc_max
// CHECK:         memref.dealloc %[[P]]
func.func @pad(%x: tensor<1x8x8x3xf32>) -> tensor<1x4x4x3xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 0, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x3xf32> to tensor<1x9x9x3xf32>
  %win = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x4x4x3xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : vector<2xi64>}
    ins(%p, %win : tensor<1x9x9x3xf32>, tensor<3x3xf32>)
    outs(%f : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  return %r : tensor<1x4x4x3xf32>
}

// -----

// A result that is a slice is copied: it cannot leave with its strides.
// CHECK-LABEL: func.func @slice(
// CHECK-SAME:    -> memref<4x4xf32> {
// CHECK:         %[[A:.*]] = memref.alloc() {{.*}}: memref<4x4xf32>
// CHECK:         linalg.copy ins(%{{.*}} : memref<4x4xf32, strided<[8, 1], offset: 2>>) outs(%[[A]] : memref<4x4xf32>)
// CHECK:         return %[[A]]
func.func @slice(%x: tensor<8x8xf32>) -> tensor<4x4xf32> {
  %s = tensor.extract_slice %x[0, 2] [4, 4] [1, 1] : tensor<8x8xf32> to tensor<4x4xf32>
  return %s : tensor<4x4xf32>
}

// -----

#map = affine_map<(d0) -> (d0)>

// A contiguous copy stays one: it becomes an intrinsic.
// CHECK-LABEL: func.func @both(
// CHECK-SAME:    %[[X:.*]]: memref<16xf32>)
// CHECK:         %[[A:.*]] = memref.alloc() {{.*}}: memref<16xf32>
// CHECK:         memref.copy %[[X]], %[[A]]
// LLVM:          llvm.intr.memcpy
func.func @both(%x: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %r = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]}
      outs(%x : tensor<16xf32>) {
  ^bb0(%v: f32):
    %0 = arith.addf %v, %v : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  return %x, %r : tensor<16xf32>, tensor<16xf32>
}

// -----

// Memrefs with their own deallocation come through, copies apart.
// CHECK-LABEL: func.func @manual(
// CHECK-SAME:    %[[X:.*]]: memref<4x4xf32>)
// CHECK:         %[[A:.*]] = memref.alloc() : memref<6x6xf32>
// CHECK:         %[[V:.*]] = memref.subview %[[A]]
// CHECK:         linalg.copy ins(%[[X]] : {{.*}}) outs(%[[V]] :
// CHECK:         memref.dealloc %[[A]]
// CHECK-NOT:     memref.dealloc
func.func @manual(%x: memref<4x4xf32>) {
  %a = memref.alloc() : memref<6x6xf32>
  %v = memref.subview %a[1, 1] [4, 4] [1, 1] : memref<6x6xf32> to memref<4x4xf32, strided<[6, 1], offset: 7>>
  memref.copy %x, %v : memref<4x4xf32> to memref<4x4xf32, strided<[6, 1], offset: 7>>
  memref.dealloc %a : memref<6x6xf32>
  return
}

// Its neighbour without one is freed for.
// CHECK-LABEL: func.func @automatic(
// CHECK:         %[[A:.*]] = memref.alloc()
// CHECK:         memref.dealloc %[[A]]
func.func @automatic(%x: memref<4x4xf32>) {
  %a = memref.alloc() : memref<4x4xf32>
  linalg.copy ins(%x : memref<4x4xf32>) outs(%a : memref<4x4xf32>)
  linalg.copy ins(%a : memref<4x4xf32>) outs(%x : memref<4x4xf32>)
  return
}

// A function on memrefs that allocates nothing may return its argument.
// CHECK-LABEL: func.func @identity(
// CHECK-SAME:    %[[X:.*]]: memref<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @identity(%x: memref<4xf32>) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// -----

// A workspace inside a parallel loop is one per iteration and freed in it.
// CHECK-LABEL: func.func @forall(
// CHECK-SAME:    %[[X:[^:]*]]: memref<4x8xf32>, %[[O:[^:]*]]: memref<4x8xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         scf.forall
// CHECK:           %[[A:.*]] = memref.alloc() {{.*}}: memref<1x8xf32>
// CHECK:           memref.dealloc %[[A]]
// CHECK-NEXT:    }
func.func @forall(%x: tensor<4x8xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %r = scf.forall (%i) in (4) shared_outs(%s = %o) -> tensor<4x8xf32> {
    %in = tensor.extract_slice %x[%i, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<1x8xf32>
    %out = tensor.extract_slice %s[%i, 0] [1, 8] [1, 1] : tensor<4x8xf32> to tensor<1x8xf32>
    %e = tensor.empty() : tensor<1x8xf32>
    %a = linalg.exp ins(%in : tensor<1x8xf32>) outs(%e : tensor<1x8xf32>) -> tensor<1x8xf32>
    %b = linalg.add ins(%a, %in : tensor<1x8xf32>, tensor<1x8xf32>) outs(%out : tensor<1x8xf32>) -> tensor<1x8xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %b into %s[%i, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<4x8xf32>
    }
  }
  return %r : tensor<4x8xf32>
}

// -----

// A loop may yield a new tensor each time.
// CHECK-LABEL: func.func @grow(
// CHECK:         scf.for {{.*}} -> (memref<
// CHECK:           memref.alloc
// LLVM-LABEL: llvm.func @grow
func.func @grow(%x: tensor<8xf32>, %n: index) -> tensor<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> tensor<8xf32> {
    %e = tensor.empty() : tensor<8xf32>
    %t = linalg.transpose ins(%v : tensor<8xf32>) outs(%e : tensor<8xf32>) permutation = [0]
    scf.yield %t : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// -----

// The dialect's operations write into the buffers of their outs.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME:    %[[X:[^:]*]]: memref<1x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>)
// CHECK:         %[[O:.*]] = memref.alloc() {{.*}}: memref<1x4x4x8xf32>
// CHECK-NEXT:    conv.conv dims<nhwc x rsck -> nhwk> ins(%[[X]], %[[W]] : {{.*}}) outs(%[[O]] : memref<1x4x4x8xf32>){{$}}
// CHECK-NEXT:    return %[[O]]
func.func @conv(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %e = tensor.empty() : tensor<1x4x4x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk>
    ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%e : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}

// Loops of branches are refused by the deallocation, but not where there is
// nothing to free.
// CHECK-LABEL: func.func @scalar(
func.func @scalar(%n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  cf.br ^loop(%c0 : index)
^loop(%i: index):
  %next = arith.addi %i, %c1 : index
  %more = arith.cmpi slt, %next, %n : index
  cf.cond_br %more, ^loop(%next : index), ^exit
^exit:
  return %next : index
}

// Tensors are values: each result has a buffer of its own, which whoever calls
// may free. What is not freed otherwise is not allocated twice.
// CHECK-LABEL: func.func @same_result(
// CHECK:         %[[A:.*]] = memref.alloc()
// CHECK:         linalg.exp ins(%{{.*}}) outs(%[[A]] :
// CHECK:         %[[B:.*]] = memref.alloc()
// CHECK:         memref.copy %[[A]], %[[B]]
// CHECK-NOT:     memref.dealloc
// CHECK:         return %[[A]], %[[B]]
func.func @same_result(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.exp ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %r, %r : tensor<8xf32>, tensor<8xf32>
}
