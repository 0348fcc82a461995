// RUN: conv-opt %s --conv-apply-schedule | FileCheck %s
// RUN: conv-opt %s --conv-apply-schedule --conv-prepack --conv-bufferize | FileCheck %s --check-prefix=PLACE

// Each part is a convolution on slices of what has output channels; the second
// one is written beside the first one.

// CHECK-LABEL: func.func @tensors(
// CHECK-SAME:    %[[X:.*]]: tensor<?x9x9x5xf32>, %[[W:.*]]: tensor<3x3x5x11xf32>, %[[B:.*]]: tensor<11xf32>, %[[O:.*]]: tensor<?x7x7x11xf32>
// CHECK-DAG:     %[[W0:.*]] = tensor.extract_slice %[[W]][0, 0, 0, 0] [3, 3, 5, 8] [1, 1, 1, 1]
// CHECK-DAG:     %[[B0:.*]] = tensor.extract_slice %[[B]][0] [8] [1]
// CHECK-DAG:     %[[O0:.*]] = tensor.extract_slice %[[O]][0, 0, 0, 0] [%{{.*}}, 7, 7, 8] [1, 1, 1, 1]
// CHECK:         %[[P0:.*]] = conv.pack_filter rsck ins(%[[W0]]
// CHECK:         %[[R0:.*]] = conv.contract {{.*}} ins(%[[X]], %[[P0]] : {{.*}}) bias(%[[B0]] : tensor<8xf32>) outs(%[[O0]]
// CHECK-SAME:      schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 7>
// CHECK:         %[[I0:.*]] = tensor.insert_slice %[[R0]] into %[[O]][0, 0, 0, 0]
// CHECK:         %[[O1:.*]] = tensor.extract_slice %[[I0]][0, 0, 0, 8] [%{{.*}}, 7, 7, 3]
// CHECK:         %[[R1:.*]] = conv.contract {{.*}} c_pack = 8 ins(%[[X]], {{.*}} outs(%[[O1]]
// CHECK-SAME:      schedule<algorithm = direct, n_vec = 8, vector = c, c_ob = 3, w_ob = 3>
// CHECK:         %[[I1:.*]] = tensor.insert_slice %[[R1]] into %[[I0]][0, 0, 0, 8]
// CHECK:         return %[[I1]]
func.func @tensors(%x: tensor<?x9x9x5xf32>, %w: tensor<3x3x5x11xf32>, %b: tensor<11xf32>, %o: tensor<?x7x7x11xf32>) -> tensor<?x7x7x11xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<?x9x9x5xf32>, tensor<3x3x5x11xf32>) bias(%b : tensor<11xf32>) outs(%o : tensor<?x7x7x11xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 7, parts = [3: <algorithm = direct, n_vec = 8, vector = c, c_ob = 3, w_ob = 3>]> -> tensor<?x7x7x11xf32>
  return %r : tensor<?x7x7x11xf32>
}

// Rows and columns of a 1x1 convolution are one dimension of each part. Both
// write the buffer that is returned.
// PLACE-LABEL: func.func @flat(
// PLACE:         %[[O:.*]] = memref.alloc() {{.*}} : memref<1x7x7x9xf32>
// PLACE-NOT:     memref.copy
// PLACE:         conv.contract
// PLACE-NOT:     memref.copy
// PLACE:         conv.contract
// PLACE-NOT:     memref.copy
// PLACE:         return %[[O]]
func.func @flat(%x: tensor<1x7x7x5xf32>, %w: tensor<1x1x5x9xf32>) -> tensor<1x7x7x9xf32> {
  %o = tensor.empty() : tensor<1x7x7x9xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x7x7x5xf32>, tensor<1x1x5x9xf32>) outs(%o : tensor<1x7x7x9xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 7, flatten = true, parts = [1: <algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 3, flatten = true>]> -> tensor<1x7x7x9xf32>
  return %r : tensor<1x7x7x9xf32>
}

// On memrefs, and of an image of any size with padding.
// CHECK-LABEL: func.func @buffers(
// CHECK-SAME:    %[[X:.*]]: memref<1x5x?x?xf32>, %[[W:.*]]: memref<11x5x3x3xf32>, %[[O:.*]]: memref<1x11x?x?xf32>)
// CHECK-DAG:     memref.subview %[[W]][0, 0, 0, 0] [8, 5, 3, 3] [1, 1, 1, 1]
// CHECK-DAG:     %[[O0:.*]] = memref.subview %[[O]][0, 0, 0, 0] [1, 8, %{{.*}}, %{{.*}}] [1, 1, 1, 1]
// CHECK:         conv.contract {{.*}} ins(%[[X]], {{.*}} outs(%[[O0]]
// CHECK-DAG:     memref.subview %[[W]][8, 0, 0, 0] [3, 5, 3, 3] [1, 1, 1, 1]
// CHECK-DAG:     %[[O1:.*]] = memref.subview %[[O]][0, 8, 0, 0] [1, 3, %{{.*}}, %{{.*}}] [1, 1, 1, 1]
// CHECK:         conv.contract {{.*}} ins(%[[X]], {{.*}} outs(%[[O1]]
func.func @buffers(%x: memref<1x5x?x?xf32>, %w: memref<11x5x3x3xf32>, %o: memref<1x11x?x?xf32>) {
  conv.conv dims<nchw x kcrs -> nkhw, low = [1, 1], high = [1, 1]> ins(%x, %w : memref<1x5x?x?xf32>, memref<11x5x3x3xf32>) outs(%o : memref<1x11x?x?xf32>)
    schedule<algorithm = direct, n_vec = 8, c_ob = 8, w_ob = 7, parts = [3: <algorithm = direct, n_vec = 8, vector = w, c_ob = 3, w_ob = 8>]>
  return
}
