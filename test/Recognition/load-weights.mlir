// Constants without a value get the tensor of their name; others keep theirs.
// RUN: rm -rf %t && mkdir %t && cp %s %t/model.mlir
// RUN: %python %S/Inputs/write-weights.py %t/model.safetensors w.1=F32:2x2:1,2,3,4 odd=I8:3:5,6,7 inline=F32:2:9,9
// RUN: conv-opt %t/model.mlir --conv-load-weights | FileCheck %s --implicit-check-not=missing:
// RUN: cd %t && conv-opt model.mlir --conv-load-weights | FileCheck %s --implicit-check-not=missing:

// The option comes before the module's own word, and serves standard input.
// RUN: %python %S/Inputs/write-weights.py %t/other.safetensors w.1=F32:2x2:8,2,3,4
// RUN: conv-opt - --conv-load-weights=file=%t/other.safetensors < %s | FileCheck %s --check-prefix=OTHER

// CHECK: module {
// OTHER: module {
module attributes {conv.weights = "model.safetensors"} {
  // CHECK-LABEL: func.func @f
  func.func @f() -> (tensor<2x2xf32>, tensor<3xi8>, tensor<2xf32>, tensor<4xf32>) {
    %w = arith.constant dense_resource<w.1> : tensor<2x2xf32>
    %odd = arith.constant dense_resource<odd> : tensor<3xi8>
    %inline = arith.constant dense_resource<inline> : tensor<2xf32>
    %missing = arith.constant dense_resource<missing> : tensor<4xf32>
    return %w, %odd, %inline, %missing : tensor<2x2xf32>, tensor<3xi8>, tensor<2xf32>, tensor<4xf32>
  }
}
{-#
  dialect_resources: {
    builtin: {
      inline: "0x040000000000803F00000040"
    }
  }
#-}
// CHECK-DAG: inline: "0x040000000000803F00000040"
// CHECK-DAG: odd: "0x01000000050607"
// CHECK-DAG: w.1: "0x040000000000803F000000400000404000008040"
// OTHER: w.1: "0x0400000000000041{{[0-9A-F]*}}"
