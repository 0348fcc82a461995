// RUN: conv-opt %s --transform-interpreter --split-input-file --verify-diagnostics

// What is not legal is refused with the reason, and nothing is changed.
module attributes {transform.with_named_sequence, conv.machine = #conv.machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1>} {
  func.func @registers(%x: memref<1x24x24x16xf32>, %w: memref<3x3x16x32xf32>, %o: memref<1x22x22x32xf32>) {
    // expected-note @below {{the convolution}}
    conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf32>, memref<3x3x16x32xf32>) outs(%o : memref<1x22x22x32xf32>)
    return
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %convs = transform.structured.match ops{["conv.conv"]} in %module : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{schedule cannot compute mb1_ic16oc32_ih24oh22kh3sh1ph0: register tile of h_ob = 1, w_ob = 14, c_ob = 16 needs 31 vector registers, the machine has 16}}
    transform.conv.set_schedule %convs schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 14> : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence, conv.machine = #conv.machine<n_fma = 2, l_fma = 5, n_vec = 8, n_reg = 16, loads = 2, broadcast = splat, l1 = 32768, l1_ways = 8, l2 = 262144, l3 = 8388608, threads = 1>} {
  func.func @f16(%x: memref<1x24x24x16xf16>, %w: memref<3x3x16x32xf16>, %o: memref<1x22x22x32xf16>) {
    // expected-note @below {{the convolution}}
    conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x24x24x16xf16>, memref<3x3x16x32xf16>) outs(%o : memref<1x22x22x32xf16>)
    return
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %convs = transform.structured.match ops{["conv.conv"]} in %module : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{schedule cannot compute mb1_ic16oc32_ih24oh22kh3sh1ph0: fma = f32 computes f32 x f32 -> f32, the convolution is f16 x f16 -> f16}}
    transform.conv.set_schedule %convs schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  // expected-note @below {{the operation}}
  func.func @other() {
    return
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %functions = transform.structured.match ops{["func.func"]} in %module : (!transform.any_op) -> !transform.any_op
    // expected-error @below {{takes conv.conv, not func.func}}
    transform.conv.set_schedule %functions schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %w = transform.param.constant 9 : i64 -> !transform.param<i64>
    // expected-error @below {{parameters do not make a schedule: c_ob = 9 is not a multiple of n_vec = 8}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(c_ob = %w : !transform.param<i64>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant "winograd_3" -> !transform.any_param
    // expected-error @below {{"winograd_3" is no value of field 'algorithm'}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(algorithm = %a : !transform.any_param) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant true -> !transform.any_param
    // expected-error @below {{true is no value of field 'w_ob'}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(w_ob = %a : !transform.any_param) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant 4 : i64 -> !transform.param<i64>
    %b = transform.merge_handles %a, %a : !transform.param<i64>
    // expected-error @below {{field 'w_ob' takes one value, the parameter has 2}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(w_ob = %b : !transform.param<i64>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant 4 : i64 -> !transform.param<i64>
    // expected-error @below {{a schedule has no field 'tile_size'}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(tile_size = %a : !transform.param<i64>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant 4 : i64 -> !transform.param<i64>
    // expected-error @below {{field 'w_ob' is given twice}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(w_ob = %a : !transform.param<i64>, w_ob = %a : !transform.param<i64>) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant array<i64: 4, 4> -> !transform.any_param
    // expected-error @below {{parameters do not make a schedule: tile = [4, 4] is not of algorithm = direct}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(tile = %a : !transform.any_param) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant array<i64: 3, 3> -> !transform.any_param
    // expected-error @below {{array<i64: 3, 3> is no value of field 'tile'}}
    transform.conv.set_schedule %module schedule<algorithm = winograd_2, n_vec = 8, c_ob = 16, w_ob = 4> with(tile = %a : !transform.any_param) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant "winograd" -> !transform.any_param
    // expected-error @below {{parameters do not make a schedule: algorithm = winograd needs the field 'tile'}}
    transform.conv.set_schedule %module schedule<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 4> with(algorithm = %a : !transform.any_param) : !transform.any_op
    transform.yield
  }
}
