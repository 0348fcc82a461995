// Tables of bytes, looked up by shuffles: signed and unsigned bytes, rows that
// are shorter than a shuffle and no multiple of one, what is computed before and
// behind the lookup, channels that lie apart. The same as upstream's loops.

// RUN: mlir-opt %s --one-shot-bufferize="bufferize-function-boundaries" --buffer-deallocation-pipeline --convert-bufferization-to-memref --convert-linalg-to-loops --convert-scf-to-cf --expand-strided-metadata --lower-affine --convert-math-to-llvm --convert-arith-to-llvm --convert-index-to-llvm --finalize-memref-to-llvm --convert-func-to-llvm --convert-cf-to-llvm --reconcile-unrealized-casts \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.upstream
// RUN: conv-opt %s --conv-to-llvm="cpu=native" \
// RUN:   | mlir-runner -O2 -e main --entry-point-result=void %runner_libs | grep -v "base@" > %t.shuffles
// RUN: diff %t.upstream %t.shuffles
// RUN: FileCheck %s --input-file %t.shuffles --check-prefix=VALUES
// VALUES-COUNT-64: {{[1-9][0-9]*}}

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#one = affine_map<(d0) -> (d0)>

func.func private @printMemrefI32(tensor<*xi32>)

func.func private @bytes() -> tensor<2x23x43xi8> {
  %e = tensor.empty() : tensor<2x23x43xi8>
  %r = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]} outs(%e : tensor<2x23x43xi8>) {
  ^bb0(%o: i8):
    %i0 = linalg.index 0 : index
    %i1 = linalg.index 1 : index
    %i2 = linalg.index 2 : index
    %f0 = arith.constant 1009 : index
    %f1 = arith.constant 113 : index
    %f2 = arith.constant 37 : index
    %p0 = arith.muli %i0, %f0 : index
    %p1 = arith.muli %i1, %f1 : index
    %p2 = arith.muli %i2, %f2 : index
    %s0 = arith.addi %p0, %p1 : index
    %s1 = arith.addi %s0, %p2 : index
    %v = arith.index_cast %s1 : index to i8
    linalg.yield %v : i8
  } -> tensor<2x23x43xi8>
  return %r : tensor<2x23x43xi8>
}

func.func private @table() -> tensor<256xi8> {
  %e = tensor.empty() : tensor<256xi8>
  %r = linalg.generic {indexing_maps = [#one], iterator_types = ["parallel"]} outs(%e : tensor<256xi8>) {
  ^bb0(%o: i8):
    %i = linalg.index 0 : index
    %f = arith.constant 167 : index
    %c = arith.constant 5 : index
    %p = arith.muli %i, %f : index
    %s = arith.addi %p, %c : index
    %v = arith.index_cast %s : index to i8
    linalg.yield %v : i8
  } -> tensor<256xi8>
  return %r : tensor<256xi8>
}

// As tosa.table becomes.
func.func private @signed(%x: tensor<2x23x43xi8>, %t: tensor<256xi8>) -> tensor<2x23x43xi8> {
  %e = tensor.empty() : tensor<2x23x43xi8>
  %c128 = arith.constant 128 : index
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<2x23x43xi8>) outs(%e : tensor<2x23x43xi8>) {
  ^bb0(%a: i8, %o: i8):
    %i = arith.index_cast %a : i8 to index
    %p = arith.addi %i, %c128 : index
    %v = tensor.extract %t[%p] : tensor<256xi8>
    linalg.yield %v : i8
  } -> tensor<2x23x43xi8>
  return %r : tensor<2x23x43xi8>
}

// A constant table, read backwards for the upper half of the bytes by a wrapped
// sum, between other operations; rows of channels that lie apart.
func.func private @unsigned(%x: tensor<2x23x43xi8>, %t: tensor<256xi8>) -> tensor<2x43x23xi32> {
  %e = tensor.empty() : tensor<2x43x23xi32>
  %c3 = arith.constant 3 : i8
  %flip = arith.constant -128 : i8
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2, d1)>, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<2x23x43xi8>) outs(%e : tensor<2x43x23xi32>) {
  ^bb0(%a: i8, %o: i32):
    %b = arith.muli %a, %c3 : i8
    %u = arith.xori %b, %flip : i8
    %i = arith.index_castui %u : i8 to index
    %v = tensor.extract %t[%i] : tensor<256xi8>
    %w = arith.extui %v : i8 to i32
    %n = arith.extsi %a : i8 to i32
    %s = arith.addi %w, %n : i32
    linalg.yield %s : i32
  } -> tensor<2x43x23xi32>
  return %r : tensor<2x43x23xi32>
}

// Rows of the table that are not neighbours: not looked up by shuffles.
func.func private @scattered(%x: tensor<2x23x43xi8>, %t: tensor<256xi8>) -> tensor<2x23x43xi8> {
  %e = tensor.empty() : tensor<2x23x43xi8>
  %c255 = arith.constant 255 : i32
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<2x23x43xi8>) outs(%e : tensor<2x23x43xi8>) {
  ^bb0(%a: i8, %o: i8):
    %w = arith.extui %a : i8 to i32
    %s = arith.subi %c255, %w : i32
    %i = arith.index_cast %s : i32 to index
    %v = tensor.extract %t[%i] : tensor<256xi8>
    linalg.yield %v : i8
  } -> tensor<2x23x43xi8>
  return %r : tensor<2x23x43xi8>
}

func.func private @widen(%x: tensor<2x23x43xi8>) -> tensor<2x23x43xi32> {
  %e = tensor.empty() : tensor<2x23x43xi32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<2x23x43xi8>) outs(%e : tensor<2x23x43xi32>) {
  ^bb0(%a: i8, %o: i32):
    %w = arith.extsi %a : i8 to i32
    linalg.yield %w : i32
  } -> tensor<2x23x43xi32>
  return %r : tensor<2x23x43xi32>
}

func.func @main() {
  %x = func.call @bytes() : () -> tensor<2x23x43xi8>
  %t = func.call @table() : () -> tensor<256xi8>
  %a = func.call @signed(%x, %t) : (tensor<2x23x43xi8>, tensor<256xi8>) -> tensor<2x23x43xi8>
  %aw = func.call @widen(%a) : (tensor<2x23x43xi8>) -> tensor<2x23x43xi32>
  %ap = tensor.cast %aw : tensor<2x23x43xi32> to tensor<*xi32>
  func.call @printMemrefI32(%ap) : (tensor<*xi32>) -> ()
  %b = func.call @unsigned(%x, %t) : (tensor<2x23x43xi8>, tensor<256xi8>) -> tensor<2x43x23xi32>
  %bp = tensor.cast %b : tensor<2x43x23xi32> to tensor<*xi32>
  func.call @printMemrefI32(%bp) : (tensor<*xi32>) -> ()
  %c = func.call @scattered(%x, %t) : (tensor<2x23x43xi8>, tensor<256xi8>) -> tensor<2x23x43xi8>
  %cw = func.call @widen(%c) : (tensor<2x23x43xi8>) -> tensor<2x23x43xi32>
  %cp = tensor.cast %cw : tensor<2x23x43xi32> to tensor<*xi32>
  func.call @printMemrefI32(%cp) : (tensor<*xi32>) -> ()
  return
}
