// RUN: conv-opt %s --conv-to-linalg -verify-diagnostics

func.func @integers(%x: tensor<6x7xi8>, %w: tensor<3x2xi8>, %o: tensor<4x6xi8>) -> tensor<4x6xi8> {
  // expected-error @below {{has elements of type 'i8', only floating point can be written as linalg}}
  %r = conv.conv dims<hw x rs -> hw> ins(%x, %w : tensor<6x7xi8>, tensor<3x2xi8>) outs(%o : tensor<4x6xi8>) -> tensor<4x6xi8>
  return %r : tensor<4x6xi8>
}
