// The worked examples of the papers: images of 0, 1, 2, ... and windows of 1, 2,
// 3, ..., with the matrices the papers print, by every algorithm.

// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=direct" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=naive" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2col" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2row" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=kn2row" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=kn2col" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=kn2row_as" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=kn2col_as" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=kn2row_aa" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=mec_a" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=mec_b" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2win" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2col form=whole" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2row form=whole" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=mec_b form=whole" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm="cpu=native algorithm=im2win form=whole" | mlir-runner -e main --entry-point-result=void %runner_libs | FileCheck %s

func.func private @printMemrefF32(memref<*xf32>)

// Fills a buffer with first, first + 1, ...
func.func private @count(%m: memref<?xf32>, %first: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %n = memref.dim %m, %c0 : memref<?xf32>
  %last = scf.for %i = %c0 to %n step %c1 iter_args(%v = %first) -> f32 {
    memref.store %v, %m[%i] : memref<?xf32>
    %next = arith.addf %v, %one : f32
    scf.yield %next : f32
  }
  return
}

func.func @main() {
  %f0 = arith.constant 0.0 : f32
  %f1 = arith.constant 1.0 : f32
  %xf = memref.alloc() : memref<16xf32>
  %xd = memref.cast %xf : memref<16xf32> to memref<?xf32>
  call @count(%xd, %f0) : (memref<?xf32>, f32) -> ()
  %x = memref.expand_shape %xf [[0, 1, 2, 3]] output_shape [1, 1, 4, 4] : memref<16xf32> into memref<1x1x4x4xf32>
  %wf = memref.alloc() : memref<9xf32>
  %wd = memref.cast %wf : memref<9xf32> to memref<?xf32>
  call @count(%wd, %f1) : (memref<?xf32>, f32) -> ()
  %w = memref.expand_shape %wf [[0, 1, 2, 3]] output_shape [1, 1, 3, 3] : memref<9xf32> into memref<1x1x3x3xf32>
  %yf = memref.alloc() : memref<18xf32>
  %yd = memref.cast %yf : memref<18xf32> to memref<?xf32>
  call @count(%yd, %f0) : (memref<?xf32>, f32) -> ()
  %y = memref.expand_shape %yf [[0, 1, 2, 3]] output_shape [1, 2, 3, 3] : memref<18xf32> into memref<1x2x3x3xf32>
  %vf = memref.alloc() : memref<16xf32>
  %vd = memref.cast %vf : memref<16xf32> to memref<?xf32>
  call @count(%vd, %f1) : (memref<?xf32>, f32) -> ()
  %v = memref.expand_shape %vf [[0, 1, 2, 3]] output_shape [2, 2, 2, 2] : memref<16xf32> into memref<2x2x2x2xf32>
  %zf = memref.alloc() : memref<25xf32>
  %zd = memref.cast %zf : memref<25xf32> to memref<?xf32>
  call @count(%zd, %f0) : (memref<?xf32>, f32) -> ()
  %z = memref.expand_shape %zf [[0, 1, 2, 3]] output_shape [1, 1, 5, 5] : memref<25xf32> into memref<1x1x5x5xf32>

  // E1: patches are columns of im2col,
  // CHECK: {{\[\[}}0, 1, 4, 5]
  // CHECK-NEXT: {{\[}}1, 2, 5, 6]
  // CHECK-NEXT: {{\[}}2, 3, 6, 7]
  // CHECK-NEXT: {{\[}}4, 5, 8, 9]
  // CHECK-NEXT: {{\[}}5, 6, 9, 10]
  // CHECK-NEXT: {{\[}}6, 7, 10, 11]
  // CHECK-NEXT: {{\[}}8, 9, 12, 13]
  // CHECK-NEXT: {{\[}}9, 10, 13, 14]
  // CHECK-NEXT: {{\[}}10, 11, 14, 15]]
  %m1 = memref.alloc() : memref<1x1x1x3x3x2x2xf32>
  conv.im2col dims<nchw x kcrs -> nkhw> ins(%x : memref<1x1x4x4xf32>) outs(%m1 : memref<1x1x1x3x3x2x2xf32>)
  %m1c = memref.collapse_shape %m1 [[0, 1, 2, 3, 4], [5, 6]] : memref<1x1x1x3x3x2x2xf32> into memref<9x4xf32>
  %m1u = memref.cast %m1c : memref<9x4xf32> to memref<*xf32>
  call @printMemrefF32(%m1u) : (memref<*xf32>) -> ()
  memref.dealloc %m1 : memref<1x1x1x3x3x2x2xf32>
  // rows of im2row,
  // CHECK: {{\[\[}}0, 1, 2, 4, 5, 6, 8, 9, 10]
  // CHECK-NEXT: {{\[}}1, 2, 3, 5, 6, 7, 9, 10, 11]
  // CHECK-NEXT: {{\[}}4, 5, 6, 8, 9, 10, 12, 13, 14]
  // CHECK-NEXT: {{\[}}5, 6, 7, 9, 10, 11, 13, 14, 15]]
  %m2 = memref.alloc() : memref<1x1x2x2x3x3x1xf32>
  conv.im2row dims<nchw x kcrs -> nkhw> ins(%x : memref<1x1x4x4xf32>) outs(%m2 : memref<1x1x2x2x3x3x1xf32>)
  %m2c = memref.collapse_shape %m2 [[0, 1, 2, 3], [4, 5, 6]] : memref<1x1x2x2x3x3x1xf32> into memref<4x9xf32>
  %m2u = memref.cast %m2c : memref<4x9xf32> to memref<*xf32>
  call @printMemrefF32(%m2u) : (memref<*xf32>) -> ()
  memref.dealloc %m2 : memref<1x1x2x2x3x3x1xf32>
  // overlapping parts of MEC's strips,
  // CHECK: {{\[\[}}0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14]
  // CHECK-NEXT: {{\[}}1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15]]
  %m3 = memref.alloc() : memref<1x1x2x4x3x1xf32>
  conv.mec_lower dims<nchw x kcrs -> nkhw> ins(%x : memref<1x1x4x4xf32>) outs(%m3 : memref<1x1x2x4x3x1xf32>)
  %m3c = memref.collapse_shape %m3 [[0, 1, 2], [3, 4, 5]] : memref<1x1x2x4x3x1xf32> into memref<2x12xf32>
  %m3u = memref.cast %m3c : memref<2x12xf32> to memref<*xf32>
  call @printMemrefF32(%m3u) : (memref<*xf32>) -> ()
  memref.dealloc %m3 : memref<1x1x2x4x3x1xf32>
  // and of im2win's bands.
  // CHECK: {{\[\[}}0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
  // CHECK-NEXT: {{\[}}4, 8, 12, 5, 9, 13, 6, 10, 14, 7, 11, 15]]
  %m4 = memref.alloc() : memref<1x1x1x2x4x3xf32>
  conv.im2win dims<nchw x kcrs -> nkhw> channels_first ins(%x : memref<1x1x4x4xf32>) outs(%m4 : memref<1x1x1x2x4x3xf32>)
  %m4c = memref.collapse_shape %m4 [[0, 1, 2, 3], [4, 5]] : memref<1x1x1x2x4x3xf32> into memref<2x12xf32>
  %m4u = memref.cast %m4c : memref<2x12xf32> to memref<*xf32>
  call @printMemrefF32(%m4u) : (memref<*xf32>) -> ()
  memref.dealloc %m4 : memref<1x1x1x2x4x3xf32>
  // Its output.
  // CHECK: {{\[\[}}303, 348]
  // CHECK-NEXT: {{\[}}483, 528]]
  %o5 = memref.alloc() : memref<1x1x2x2xf32>
  conv.conv dims<nchw x kcrs -> nkhw> ins(%x, %w : memref<1x1x4x4xf32>, memref<1x1x3x3xf32>) outs(%o5 : memref<1x1x2x2xf32>)
  %o5c = memref.collapse_shape %o5 [[0, 1, 2], [3]] : memref<1x1x2x2xf32> into memref<2x2xf32>
  %o5u = memref.cast %o5c : memref<2x2xf32> to memref<*xf32>
  call @printMemrefF32(%o5u) : (memref<*xf32>) -> ()
  memref.dealloc %o5 : memref<1x1x2x2xf32>
  // E2: padded.
  // CHECK: {{\[\[}}83, 139, 178, 121]
  // CHECK-NEXT: {{\[}}198, 303, 348, 225]
  // CHECK-NEXT: {{\[}}330, 483, 528, 333]
  // CHECK-NEXT: {{\[}}181, 253, 274, 163]]
  %o6 = memref.alloc() : memref<1x1x4x4xf32>
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x1x4x4xf32>, memref<1x1x3x3xf32>) outs(%o6 : memref<1x1x4x4xf32>)
  %o6c = memref.collapse_shape %o6 [[0, 1, 2], [3]] : memref<1x1x4x4xf32> into memref<4x4xf32>
  %o6u = memref.cast %o6c : memref<4x4xf32> to memref<*xf32>
  call @printMemrefF32(%o6u) : (memref<*xf32>) -> ()
  memref.dealloc %o6 : memref<1x1x4x4xf32>
  // E3: padded, every second window.
  // CHECK: {{\[\[}}0, 0, 0, 0, 0, 1, 0, 4, 5, 0, 8, 9, 0, 12, 13, 0, 0, 0]
  // CHECK-NEXT: {{\[}}0, 0, 0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 0, 0, 0]]
  %m7 = memref.alloc() : memref<1x1x2x6x3x1xf32>
  conv.mec_lower dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%x : memref<1x1x4x4xf32>) outs(%m7 : memref<1x1x2x6x3x1xf32>)
  %m7c = memref.collapse_shape %m7 [[0, 1, 2], [3, 4, 5]] : memref<1x1x2x6x3x1xf32> into memref<2x18xf32>
  %m7u = memref.cast %m7c : memref<2x18xf32> to memref<*xf32>
  call @printMemrefF32(%m7u) : (memref<*xf32>) -> ()
  memref.dealloc %m7 : memref<1x1x2x6x3x1xf32>
  // im2win of E3.
  // CHECK: {{\[\[}}0, 0, 0, 0, 0, 4, 0, 1, 5, 0, 2, 6, 0, 3, 7, 0, 0, 0]
  // CHECK-NEXT: {{\[}}0, 0, 0, 4, 8, 12, 5, 9, 13, 6, 10, 14, 7, 11, 15, 0, 0, 0]]
  %m8 = memref.alloc() : memref<1x1x1x2x6x3xf32>
  conv.im2win dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [1, 1]> channels_first ins(%x : memref<1x1x4x4xf32>) outs(%m8 : memref<1x1x1x2x6x3xf32>)
  %m8c = memref.collapse_shape %m8 [[0, 1, 2, 3], [4, 5]] : memref<1x1x1x2x6x3xf32> into memref<2x18xf32>
  %m8u = memref.cast %m8c : memref<2x18xf32> to memref<*xf32>
  call @printMemrefF32(%m8u) : (memref<*xf32>) -> ()
  memref.dealloc %m8 : memref<1x1x1x2x6x3xf32>
  // Its output.
  // CHECK: {{\[\[}}83, 178]
  // CHECK-NEXT: {{\[}}330, 528]]
  %o9 = memref.alloc() : memref<1x1x2x2xf32>
  conv.conv dims<nchw x kcrs -> nkhw, strides = [2, 2], low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x1x4x4xf32>, memref<1x1x3x3xf32>) outs(%o9 : memref<1x1x2x2xf32>)
  %o9c = memref.collapse_shape %o9 [[0, 1, 2], [3]] : memref<1x1x2x2xf32> into memref<2x2xf32>
  %o9u = memref.cast %o9c : memref<2x2xf32> to memref<*xf32>
  call @printMemrefF32(%o9u) : (memref<*xf32>) -> ()
  memref.dealloc %o9 : memref<1x1x2x2xf32>
  // E4: two channels in, two out.
  // CHECK: {{\[\[}}0, 9, 1, 10, 3, 12, 4, 13, 6, 15, 7, 16]
  // CHECK-NEXT: {{\[}}1, 10, 2, 11, 4, 13, 5, 14, 7, 16, 8, 17]]
  %m10 = memref.alloc() : memref<1x1x2x3x2x2xf32>
  conv.mec_lower dims<nchw x kcrs -> nkhw> ins(%y : memref<1x2x3x3xf32>) outs(%m10 : memref<1x1x2x3x2x2xf32>)
  %m10c = memref.collapse_shape %m10 [[0, 1, 2], [3, 4, 5]] : memref<1x1x2x3x2x2xf32> into memref<2x12xf32>
  %m10u = memref.cast %m10c : memref<2x12xf32> to memref<*xf32>
  call @printMemrefF32(%m10u) : (memref<*xf32>) -> ()
  memref.dealloc %m10 : memref<1x1x2x3x2x2xf32>
  // im2win of E4.
  // CHECK: {{\[\[}}0, 3, 1, 4, 2, 5]
  // CHECK-NEXT: {{\[}}3, 6, 4, 7, 5, 8]
  // CHECK-NEXT: {{\[}}9, 12, 10, 13, 11, 14]
  // CHECK-NEXT: {{\[}}12, 15, 13, 16, 14, 17]]
  %m11 = memref.alloc() : memref<1x1x2x2x3x2xf32>
  conv.im2win dims<nchw x kcrs -> nkhw> channels_first ins(%y : memref<1x2x3x3xf32>) outs(%m11 : memref<1x1x2x2x3x2xf32>)
  %m11c = memref.collapse_shape %m11 [[0, 1, 2, 3], [4, 5]] : memref<1x1x2x2x3x2xf32> into memref<4x6xf32>
  %m11u = memref.cast %m11c : memref<4x6xf32> to memref<*xf32>
  call @printMemrefF32(%m11u) : (memref<*xf32>) -> ()
  memref.dealloc %m11 : memref<1x1x2x2x3x2xf32>
  // Its output.
  // CHECK: {{\[\[}}320, 356]
  // CHECK-NEXT: {{\[}}428, 464]
  // CHECK-NEXT: {{\[}}736, 836]
  // CHECK-NEXT: {{\[}}1036, 1136]]
  %o12 = memref.alloc() : memref<1x2x2x2xf32>
  conv.conv dims<nchw x kcrs -> nkhw> ins(%y, %v : memref<1x2x3x3xf32>, memref<2x2x2x2xf32>) outs(%o12 : memref<1x2x2x2xf32>)
  %o12c = memref.collapse_shape %o12 [[0, 1, 2], [3]] : memref<1x2x2x2xf32> into memref<4x2xf32>
  %o12u = memref.cast %o12c : memref<4x2xf32> to memref<*xf32>
  call @printMemrefF32(%o12u) : (memref<*xf32>) -> ()
  memref.dealloc %o12 : memref<1x2x2x2xf32>
  // E5: dilated.
  // CHECK: {{\[\[}}732]]
  %o13 = memref.alloc() : memref<1x1x1x1xf32>
  conv.conv dims<nchw x kcrs -> nkhw, dilations = [2, 2]> ins(%z, %w : memref<1x1x5x5xf32>, memref<1x1x3x3xf32>) outs(%o13 : memref<1x1x1x1xf32>)
  %o13c = memref.collapse_shape %o13 [[0, 1, 2], [3]] : memref<1x1x1x1xf32> into memref<1x1xf32>
  %o13u = memref.cast %o13c : memref<1x1xf32> to memref<*xf32>
  call @printMemrefF32(%o13u) : (memref<*xf32>) -> ()
  memref.dealloc %o13 : memref<1x1x1x1xf32>
  memref.dealloc %xf : memref<16xf32>
  memref.dealloc %wf : memref<9xf32>
  memref.dealloc %yf : memref<18xf32>
  memref.dealloc %vf : memref<16xf32>
  memref.dealloc %zf : memref<25xf32>
  return
}
