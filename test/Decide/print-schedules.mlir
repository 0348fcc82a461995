// Enumeration, legality and cost on machines small enough to count by hand.

// Two vectors of channels, 3x3 pixels. Legal: P v + v + 1 <= 8. Hides the
// latency: P v >= 2 * 1. That leaves P <= 6 for v = 1 and P <= 2 for v = 2. Two
// columns of three make the parts 2 + 1, one column three parts of 1. Bands are
// for tiles of one row; with one block of channels all orders are the same.
// RUN: conv-opt %s --conv-print-schedules="n-fma=1 l-fma=2 n-vec=4 n-reg=8 l1=32768 l1-ways=8 l2=262144" -o /dev/null | FileCheck %s --check-prefix=SMALL
//      SMALL: mb1_ic5oc8_ih3oh3kh3sh1ph1: 15 schedules
// SMALL-NEXT: > 2x2 khw {{ *}}7 registers {{ *[0-9]+}} cycles FMA issue
//  SMALL-DAG:   2x1 khw {{ *}}4 registers {{ *[0-9]+}} cycles FMA latency
//  SMALL-DAG:   2x1 hkw {{ *}}4 registers
//  SMALL-DAG:   2x1 khw/2 {{ *}}4 registers
//  SMALL-DAG:   3x1 khw {{ *}}5 registers
//  SMALL-DAG:   3x1 hkw {{ *}}5 registers
//  SMALL-DAG:   3x1 khw/2 {{ *}}5 registers
//  SMALL-DAG:   1x2 khw {{ *}}5 registers
//  SMALL-DAG:   2x1x1 khw {{ *}}4 registers
//  SMALL-DAG:   2x1x1 hkw {{ *}}4 registers
//  SMALL-DAG:   2x2x1 khw {{ *}}6 registers
//  SMALL-DAG:   2x2x1 hkw {{ *}}6 registers
//  SMALL-DAG:   2x3x1 khw {{ *}}8 registers
//  SMALL-DAG:   2x3x1 hkw {{ *}}8 registers
//  SMALL-DAG:   2x1x2 khw {{ *}}7 registers

// No tile of 4 x 4 outputs has 64 accumulators: all legal ones are offered.
// RUN: conv-opt %s --conv-print-schedules="n-fma=8 l-fma=8 n-vec=4 n-reg=4" -o /dev/null | FileCheck %s --check-prefix=SLOW
// SLOW: mb1_ic5oc8_ih3oh3kh3sh1ph1: {{[0-9]+}} schedules
// SLOW-NEXT: > {{.*}} FMA latency

// What the direct algorithm cannot compute is said.
// SLOW: mb1_ic5oc8_ih{{.*}}: none: dimension 'r' is dynamic

// A module without the dialect has nothing to print, until it is raised.
// RUN: conv-opt %examples/resnet50-bottleneck.mlir --conv-print-schedules=cpu=haswell -o /dev/null | FileCheck %s --check-prefix=NONE --allow-empty
// NONE-NOT: schedules
// RUN: conv-opt %examples/resnet50-bottleneck.mlir --conv-raise --conv-print-schedules=cpu=haswell -o /dev/null | FileCheck %s --check-prefix=RAISED
// RAISED-COUNT-3: {{^mb1_.*: [0-9]+ schedules$}}

// A machine that is not known is an error.
// RUN: not conv-opt %s --conv-print-schedules="cpu=nobodys-cpu" -o /dev/null 2>&1 | FileCheck %s --check-prefix=CPU
// CPU: error: unknown CPU 'nobodys-cpu'

func.func @small(%x: tensor<1x3x3x5xf32>, %w: tensor<3x3x5x8xf32>, %o: tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x3x3x5xf32>, tensor<3x3x5x8xf32>) outs(%o : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  return %r : tensor<1x3x3x8xf32>
}

func.func @dynamic(%x: tensor<1x3x3x5xf32>, %w: tensor<?x3x5x8xf32>, %o: tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32> {
  %r = conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]> ins(%x, %w : tensor<1x3x3x5xf32>, tensor<?x3x5x8xf32>) outs(%o : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  return %r : tensor<1x3x3x8xf32>
}
