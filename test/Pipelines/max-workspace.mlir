// A bound each convolution keeps is kept by the arena of the function, although
// convolutions share transformations: the first and the last one of @f.

// RUN: conv-opt %s --conv-to-llvm="cpu=haswell algorithm=im2row form=whole max-workspace=300KiB" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=WHOLE
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell algorithm=im2row form=whole" --remarks-filter=conv -o /dev/null 2>&1 | FileCheck %s --check-prefix=ANY
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell exclude=direct,kn2row_aa max-workspace=40KiB" --remarks-filter=conv -o /dev/null 2>&1 | %python %S/Inputs/check-arena.py 40960
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell threads=2 algorithm=im2win form=banded max-workspace=80KiB" --remarks-filter=conv -o /dev/null 2>&1 | %python %S/Inputs/check-arena.py 81920
// RUN: conv-opt %s --conv-to-llvm="cpu=haswell algorithm=mec max-workspace=128KiB" --remarks-filter=conv -o /dev/null 2>&1 | %python %S/Inputs/check-arena.py 131072

// What a convolution was said to need is what the function needs.
// WHOLE:   Remark="mb1_ic16oc32_ih24oh22kh3sh1ph0: im2row (whole), {{.*}}, [[#%u,BYTES:]] bytes of workspace;
// WHOLE:   Remark="f: [[#BYTES]] bytes of workspace"
// Without a bound sharing is worth its memory.
// ANY:     Remark="mb1_ic16oc32_ih24oh22kh3sh1ph0: im2row (whole), {{.*}}, [[#%u,BYTES:]] bytes of workspace;
// ANY:     Remark="f: [[#mul(2,BYTES)]] bytes of workspace"
func.func @f(%x: tensor<1x24x24x16xf32>, %y: tensor<1x24x24x16xf32>) -> (tensor<1x22x22x32xf32>, tensor<1x22x22x32xf32>, tensor<1x22x22x32xf32>) {
  %v = arith.constant dense<1.0> : tensor<3x3x16x32xf32>
  %w = arith.constant dense<2.0> : tensor<3x3x16x32xf32>
  %e = tensor.empty() : tensor<1x22x22x32xf32>
  %0 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %v : tensor<1x24x24x16xf32>, tensor<3x3x16x32xf32>) outs(%e : tensor<1x22x22x32xf32>) -> tensor<1x22x22x32xf32>
  %1 = conv.conv dims<nhwc x rsck -> nhwk> ins(%y, %v : tensor<1x24x24x16xf32>, tensor<3x3x16x32xf32>) outs(%e : tensor<1x22x22x32xf32>) -> tensor<1x22x22x32xf32>
  %2 = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x24x24x16xf32>, tensor<3x3x16x32xf32>) outs(%e : tensor<1x22x22x32xf32>) -> tensor<1x22x22x32xf32>
  return %0, %1, %2 : tensor<1x22x22x32xf32>, tensor<1x22x22x32xf32>, tensor<1x22x22x32xf32>
}
