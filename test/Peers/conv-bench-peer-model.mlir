// A program that runs a whole model beside a module: a package of Python, here
// one that only knows the identity (Inputs/onnxruntime.py).

// RUN: echo x > %t.onnx && echo x y > %t.two.onnx
// RUN: env PYTHONPATH=%S/Inputs conv-bench %s --peer onnxruntime --peer-model %t.onnx --peer-python %python --rounds 1 --json %t.json | FileCheck %s
// RUN: FileCheck %s --check-prefix=JSON < %t.json
// RUN: env PYTHONPATH=%S/Inputs FACTOR=2 not conv-bench %s --peer onnxruntime --peer-model %t.onnx --peer-python %python --rounds 1 | FileCheck %s --check-prefix=DIFFER
// RUN: env PYTHONPATH=%S/Inputs not conv-bench %s --peer onnxruntime --peer-model %t.two.onnx --peer-python %python 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: env PYTHONPATH=%S/Inputs CALLS=3 not conv-bench %s --peer onnxruntime --peer-model %t.onnx --peer-python %python --rounds 1 2>&1 | FileCheck %s --check-prefix=ENDED
// RUN: not conv-bench %s --peer openvino --peer-model %t.onnx --peer-python %t.nosuch 2>&1 | FileCheck %s --check-prefix=PYTHON
// RUN: not conv-bench %s --peer onnxruntime 2>&1 | FileCheck %s --check-prefix=MODEL
// RUN: not conv-bench %s --peer onednn --peer-model %t.onnx 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not conv-bench %s --peer ncnn --peer-model %t.nosuch 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not conv-bench ic3oc8_ih8kh3 --peer-model %t.onnx 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: not conv-bench ic3oc8_ih8kh3 --peer openvino 2>&1 | FileCheck %s --check-prefix=LAYERS

// CHECK:      conv-opt {{.*}} ms
// CHECK:      onnxruntime 0.0-test {{.*}} ms
// CHECK-NEXT: speed-up
// CHECK-NEXT: results agree: largest difference 0.0e+00
// JSON:       "max_difference": 0
// JSON:       "mismatch": ""
// JSON:       "name": "onnxruntime"
// JSON:       "speedup":
// JSON:       "version": "0.0-test"
// DIFFER:     results DIFFER: {{[0-9]+}} of 128 values differ by more than 1.0e-03 of the largest
// COUNT:      conv-bench: error: --peer=onnxruntime: the model takes 2 inputs, the module 1
// ENDED:      conv-bench: error: --peer=onnxruntime: the program has ended
// PYTHON:     conv-bench: error: cannot start {{.*}}.nosuch
// MODEL:      conv-bench: error: the --peer of a module needs the --peer-model that it runs
// NAME:       conv-bench: error: unknown peer 'onednn' (known for modules: onnxruntime, openvino, ncnn, ncnn-no-winograd)
// FILE:       conv-bench: error: there is no file {{.*}}.nosuch
// LAYER:      conv-bench: error: --peer-model is for modules
// LAYERS:     conv-bench: error: unknown peer 'openvino' (known for layers: onednn, openblas, naive)

func.func @main(%x: tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32> {
  %w = arith.constant dense<[[[[1.0, 0.0], [0.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  %z = arith.constant dense<0.0> : tensor<1x8x8x2xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x2xf32>, tensor<1x1x2x2xf32>)
    outs(%z : tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32>
  return %r : tensor<1x8x8x2xf32>
}
