// RUN: conv-opt %s --split-input-file --verify-diagnostics

func.func @map(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %a: tensor<4xf32>) {
  // expected-error @below {{operand 0 of the epilogue, of type 'tensor<4xf32>', does not fit its map affine_map<(d0, d1, d2, d3) -> (0)>}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue(%a by affine_map<(n, h, w, k) -> (0)> : tensor<4xf32>) {
  ^bb0(%acc: f32, %s: f32):
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @dims(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %a: tensor<8xf32>) {
  // expected-error @below {{map 0 of the epilogue does not have the output's 4 dimensions}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue(%a by affine_map<(k) -> (k)> : tensor<8xf32>) {
  ^bb0(%acc: f32, %s: f32):
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @arguments(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %a: tensor<8xf32>) {
  // expected-error @below {{epilogue has 1 arguments, not the sum and one for each of 1 operands}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue(%a by affine_map<(n, h, w, k) -> (k)> : tensor<8xf32>) {
  ^bb0(%acc: f32):
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @argument_type(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %a: tensor<8xf32>) {
  // expected-error @below {{argument 1 of the epilogue has type 'f16', its operand 'f32'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue(%a by affine_map<(n, h, w, k) -> (k)> : tensor<8xf32>) {
  ^bb0(%acc: f32, %s: f16):
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @yield(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xi8>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xi8>) epilogue {
  ^bb0(%acc: f32):
    // expected-error @below {{of type 'f32' for an output of 'i8'}}
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xi8>
  return
}

// -----

func.func @accumulates(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xbf16>) {
  // expected-error @below {{adds sums of type 'f32' to an output of 'bf16'}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xbf16>) accumulate epilogue {
  ^bb0(%acc: f32):
    %0 = arith.truncf %acc : f32 to bf16
    conv.yield %0 : bf16
  } -> tensor<1x4x4x8xbf16>
  return
}

// -----

func.func @elementwise(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue {
  ^bb0(%acc: f32):
    // expected-error @below {{in an epilogue is not elementwise on scalars}}
    %0 = vector.broadcast %acc : f32 to vector<4xf32>
    conv.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @isolated(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>, %s: f32) {
  // expected-note @below {{required by region isolation constraints}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue {
  ^bb0(%acc: f32):
    // expected-error @below {{using value defined outside the region}}
    %0 = arith.mulf %acc, %s : f32
    conv.yield %0 : f32
  } -> tensor<1x4x4x8xf32>
  return
}

// -----

func.func @sums(%u: memref<1x1x1x1x8x4x4xf32>, %o: memref<1x4x4x8xi8>) {
  // expected-error @below {{keeps its sums in the result, of 'i8', not of the epilogue's 'f32'}}
  conv.shift_add dims<nhwc x rsck -> nhwk> order = ngrskpq ins(%u : memref<1x1x1x1x8x4x4xf32>)
    outs(%o : memref<1x4x4x8xi8>) epilogue {
  ^bb0(%acc: f32):
    %0 = arith.fptosi %acc : f32 to i8
    conv.yield %0 : i8
  }
  return
}

// -----

func.func @empty(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x8xf32>, %o: tensor<1x4x4x8xf32>) {
  // expected-error @below {{epilogue does not end in conv.yield}}
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x6x6x4xf32>, tensor<3x3x4x8xf32>)
    outs(%o : tensor<1x4x4x8xf32>) epilogue {
  ^bb0(%acc: f32):
  } -> tensor<1x4x4x8xf32>
  return
}
