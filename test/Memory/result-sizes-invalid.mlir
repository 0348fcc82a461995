// Results whose sizes a caller cannot know.
// RUN: conv-opt %s --conv-result-sizes --split-input-file -verify-diagnostics

// expected-error @below {{cannot be called with sizes: those of its results do not follow from those of its arguments}}
func.func @value(%n: index) -> tensor<?xf32> {
  %e = tensor.empty(%n) : tensor<?xf32>
  return %e : tensor<?xf32>
}

// -----

// expected-error @below {{cannot be called with sizes}}
func.func @element(%x: tensor<4xi32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  // expected-note @below {{but from what this computes}}
  %i = tensor.extract %x[%c0] : tensor<4xi32>
  %n = arith.index_cast %i : i32 to index
  %e = tensor.empty(%n) : tensor<?xf32>
  return %e : tensor<?xf32>
}

// -----

// expected-error @below {{has branches, behind which the sizes of results are not known}}
func.func @branches(%x: memref<?xf32>, %c: i1) {
  cf.cond_br %c, ^a, ^b
^a:
  return
^b:
  return
}

// -----

// expected-error @below {{needs a function '@f_result_sizes', which exists}}
func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
// expected-note @below {{defined here}}
func.func private @f_result_sizes()
