// RUN: split-file %s %t
// RUN: conv-opt %t/module.mlir --transform-preload-library='transform-library-paths=%t/script.mlir' --transform-interpreter | FileCheck %s
// The tuner keeps what the script has set.
// RUN: conv-opt %t/module.mlir --transform-preload-library='transform-library-paths=%t/script.mlir' --transform-interpreter --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s
// The script survives printing and parsing.
// RUN: conv-opt %t/script.mlir | conv-opt | FileCheck %s --check-prefix=SCRIPT
// RUN: conv-opt %t/script.mlir --mlir-print-op-generic | conv-opt | FileCheck %s --check-prefix=SCRIPT
// Before raising, an attribute forces the algorithm: it stays on the operation.
// RUN: conv-opt %t/linalg.mlir --transform-preload-library='transform-library-paths=%t/annotate.mlir' --transform-interpreter --conv-raise --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" | FileCheck %s --check-prefix=FORCED

// CHECK-LABEL: func.func @two(
// CHECK:         schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6>
// CHECK:         schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6>
// CHECK-LABEL: func.func @parameters(
// CHECK:         schedule<algorithm = im2win, form = banded, n_vec = 8, c_ob = 16, w_ob = 5, order = hkw, band = 4>
// CHECK-LABEL: func.func @tile(
// CHECK:         schedule<algorithm = winograd, tile = [4, 2], n_vec = 8, c_ob = 16, w_ob = 4>
// CHECK-LABEL: func.func @name(
// CHECK:         schedule<algorithm = winograd, tile = [4, 4], n_vec = 8, c_ob = 16, w_ob = 4>

// SCRIPT: transform.conv.set_schedule %{{.*}} schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6> machine<n_fma = 2, {{.*}}> : !transform.any_op
// SCRIPT: %[[W:.*]] = transform.tune.knob<"w_ob"> = 5 : i64 from options = [4, 5, 6] -> !transform.param<i64>
// SCRIPT: %[[A:.*]] = transform.tune.knob<"algorithm"> = "im2win" from options = ["direct", "im2win"] -> !transform.any_param
// SCRIPT: transform.conv.set_schedule %{{.*}} schedule<algorithm = direct, form = banded, {{.*}}> with(w_ob = %[[W]] : !transform.param<i64>, algorithm = %[[A]] : !transform.any_param, order = %{{.*}} : !transform.any_param, flatten = %{{.*}} : !transform.any_param, vector = %{{.*}} : !transform.any_param)

// FORCED: conv.conv {{.*}}schedule<algorithm = kn2row_aa

//--- script.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %two = transform.structured.match ops{["conv.conv"]} attributes{which = "two"} in %module : (!transform.any_op) -> !transform.any_op
    transform.conv.set_schedule %two schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 6>
      machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1> : !transform.any_op
    %other = transform.structured.match ops{["conv.conv"]} attributes{which = "other"} in %module : (!transform.any_op) -> !transform.any_op
    %w = transform.tune.knob<"w_ob"> = 5 : i64 from options = [4, 5, 6] -> !transform.param<i64>
    %a = transform.tune.knob<"algorithm"> = "im2win" from options = ["direct", "im2win"] -> !transform.any_param
    %o = transform.param.constant "hkw" -> !transform.any_param
    %f = transform.param.constant false -> !transform.any_param
    %t = transform.param.constant array<i64: 4, 2> -> !transform.any_param
    %v = transform.param.constant "k" -> !transform.any_param
    transform.conv.set_schedule %other schedule<algorithm = direct, form = banded, n_vec = 8, vector = w, c_ob = 16, w_ob = 8, band = 4>
      with(w_ob = %w : !transform.param<i64>, algorithm = %a : !transform.any_param, order = %o : !transform.any_param, flatten = %f : !transform.any_param, vector = %v : !transform.any_param)
      machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1> : !transform.any_op
    %third = transform.structured.match ops{["conv.conv"]} attributes{which = "third"} in %module : (!transform.any_op) -> !transform.any_op
    transform.conv.set_schedule %third schedule<algorithm = winograd_2, n_vec = 8, c_ob = 16, w_ob = 4>
      with(tile = %t : !transform.any_param)
      machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1> : !transform.any_op
    %n = transform.param.constant "winograd_4" -> !transform.any_param
    %fourth = transform.structured.match ops{["conv.conv"]} attributes{which = "fourth"} in %module : (!transform.any_op) -> !transform.any_op
    transform.conv.set_schedule %fourth schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4>
      with(algorithm = %n : !transform.any_param)
      machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1> : !transform.any_op
    transform.yield
  }
}

//--- annotate.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %convs = transform.structured.match ops{["linalg.conv_2d_nhwc_hwcf"]} in %module : (!transform.any_op) -> !transform.any_op
    %name = transform.param.constant "kn2row_aa" -> !transform.any_param
    transform.annotate %convs "conv.algorithm" = %name : !transform.any_op, !transform.any_param
    transform.yield
  }
}

//--- module.mlir
func.func @two(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x22x22x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>) {which = "two"}
  // One that is there is replaced.
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>) schedule<algorithm = naive, n_vec = 8, c_ob = 8, w_ob = 1> {which = "two"}
  return
}

func.func @parameters(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x22x22x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>) {which = "other"}
  return
}

func.func @tile(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x22x22x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>) {which = "third"}
  return
}

func.func @name(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x22x22x32xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>) {which = "fourth"}
  return
}

//--- linalg.mlir
func.func @f(%x: tensor<1x24x24x16xf32>, %w: tensor<3x3x16x32xf32>, %o: tensor<1x22x22x32xf32>) -> tensor<1x22x22x32xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x24x24x16xf32>, tensor<3x3x16x32xf32>) outs(%o : tensor<1x22x22x32xf32>) -> tensor<1x22x22x32xf32>
  return %r : tensor<1x22x22x32xf32>
}
