// RUN: conv-opt %s --conv-to-linalg | FileCheck %s -enable-var-scope

// A temporary holds the padded input; everything else happens in the output.
// CHECK-LABEL: func @padded
// CHECK-SAME: (%[[X:[^:]*]]: memref<?x6x6x4xf32>, %[[W:[^:]*]]: memref<3x3x4x8xf32>, %[[B:[^:]*]]: memref<8xf32>, %[[RES:[^:]*]]: memref<?x6x7x8xf32>, %[[O:[^:]*]]: memref<?x6x7x8xf32>)
// CHECK: %[[N:.*]] = memref.dim %[[X]], %{{.*}}
// CHECK: %[[P:.*]] = memref.alloc(%[[N]]) : memref<?x8x9x4xf32>
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%[[P]] :
// CHECK: %[[S:.*]] = memref.subview %[[P]][0, 1, 2, 0] [%[[N]], 6, 6, 4] [1, 1, 1, 1]
// CHECK: linalg.copy ins(%[[X]] : {{.*}}) outs(%[[S]] :
// CHECK: linalg.broadcast ins(%[[B]] : memref<8xf32>) outs(%[[O]] :
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[W]] : {{.*}}) outs(%[[O]] :
// CHECK: linalg.generic {{.*}} ins(%[[RES]] : {{.*}}) outs(%[[O]] :
// CHECK: arith.cmpf ugt
// CHECK: memref.dealloc %[[P]]
// CHECK-NEXT: return
func.func @padded(%x: memref<?x6x6x4xf32>, %w: memref<3x3x4x8xf32>, %b: memref<8xf32>, %res: memref<?x6x7x8xf32>, %o: memref<?x6x7x8xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk, low = [1, 2], high = [1, 1]> ins(%x, %w : memref<?x6x6x4xf32>, memref<3x3x4x8xf32>)
    bias(%b : memref<8xf32>) residual(%res : memref<?x6x7x8xf32>) outs(%o : memref<?x6x7x8xf32>) clamp<lower = 0.0 : f32>
  return
}

// CHECK-LABEL: func @plain
// CHECK-SAME: %[[O:[^:]*]]: memref<4x6xf32>
// CHECK-NOT: alloc
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%[[O]] :
// CHECK-NEXT: linalg.generic {{.*}} outs(%[[O]] :
func.func @plain(%x: memref<6x7xf32>, %w: memref<3x2xf32>, %o: memref<4x6xf32>) {
  conv.conv dims<hw x rs -> hw> ins(%x, %w : memref<6x7xf32>, memref<3x2xf32>) outs(%o : memref<4x6xf32>)
  return
}

// A residual in the output is saved before the output is written.
// CHECK-LABEL: func @in_place
// CHECK-SAME: %[[O:[^:]*]]: memref<4x6xf32, strided<[8, 1]>>
// CHECK: %[[T:.*]] = memref.alloc() : memref<4x6xf32>
// CHECK-NEXT: linalg.copy ins(%[[O]] : {{.*}}) outs(%[[T]] :
// CHECK: linalg.fill
// CHECK: linalg.generic
// CHECK: linalg.generic {{.*}} ins(%[[T]] : {{.*}}) outs(%[[O]] :
// CHECK: memref.dealloc %[[T]]
func.func @in_place(%x: memref<6x7xf32>, %w: memref<3x2xf32>, %o: memref<4x6xf32, strided<[8, 1]>>) {
  conv.conv dims<hw x rs -> hw> ins(%x, %w : memref<6x7xf32>, memref<3x2xf32>) residual(%o : memref<4x6xf32, strided<[8, 1]>>) outs(%o : memref<4x6xf32, strided<[8, 1]>>)
  return
}

// CHECK-LABEL: func @unreached
// CHECK-SAME: %[[X:[^:]*]]: memref<5x9xf32>
// CHECK: %[[S:.*]] = memref.subview %[[X]][0, 0] [5, 7] [1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[S]],
func.func @unreached(%x: memref<5x9xf32>, %w: memref<2xf32>, %o: memref<3x7xf32>) {
  conv.conv dims<hw x r -> hw> ins(%x, %w : memref<5x9xf32>, memref<2xf32>) outs(%o : memref<3x7xf32>)
  return
}
