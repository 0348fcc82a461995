// RUN: conv-opt %s --conv-to-linalg -verify-diagnostics

func.func @unsigned(%x: tensor<6x7xui8>, %w: tensor<3x2xui8>, %o: tensor<4x6xui8>) -> tensor<4x6xui8> {
  // expected-error @below {{has elements of type 'ui8', only signless numbers can be written as linalg}}
  %r = conv.conv dims<hw x rs -> hw> ins(%x, %w : tensor<6x7xui8>, tensor<3x2xui8>) outs(%o : tensor<4x6xui8>) -> tensor<4x6xui8>
  return %r : tensor<4x6xui8>
}
