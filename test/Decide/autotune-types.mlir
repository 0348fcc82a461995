// Every type has an instruction on every CPU, and the remark says how it
// compares to the best there is.

// RUN: conv-opt %s --conv-autotune="cpu=haswell triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s
// RUN: conv-opt %s --conv-autotune="cpu=x86-64 triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=SSE
// RUN: conv-opt %s --conv-autotune="cpu=cortex-a57" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=NEON

// CHECK-NOT: left to the plain lowering
// CHECK-DAG: f64 x f64 -> f64 by fma = fma3_f64, 1.0 products per lane and FMA of the 1.0 of avx512_f64
// CHECK-DAG: f16 x f16 -> f32 by fma = f16, 1.0 products
// CHECK-DAG: bf16 x bf16 -> f32 by fma = bf16, 1.0 products per lane and FMA of the 2.0 of avx512_bf16
// CHECK-DAG: i8 x i8 -> i32 by fma = avx2_i8, 2.0 products per lane and FMA of the 4.0 of avxvnniint8_i8
// CHECK-DAG: u8 x i8 -> i32 by fma = avx2_u8, 2.0 products per lane and FMA of the 4.0 of avx512vnni_u8
// CHECK-DAG: i16 x i16 -> i32 by fma = avx2_i16, 2.0 products
// Single channels of groups, whose pairs are they and a zero.
// CHECK-DAG: mb1_g64ic64oc64_{{.*}} i8 x i8 -> i32 by fma = avx2_i8, 2.0 products
// CHECK-COUNT-8: schedule<algorithm = direct

// RUN: conv-opt %s --conv-autotune="cpu=znver5 triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=ZNVER5
// RUN: conv-opt %s --conv-autotune="cpu=alderlake triple=x86_64-pc-linux-gnu" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=ALDERLAKE
// RUN: conv-opt %s --conv-autotune="cpu=neoverse-v1" --remarks-filter=conv 2>&1 | FileCheck %s --check-prefix=V1

// ZNVER5-DAG: by fma = avx512_bf16,
// ZNVER5-DAG: i8 x i8 -> i32 by fma = avx512vnni_u8, 4.0 products
// ZNVER5-DAG: u8 x i8 -> i32 by fma = avx512vnni_u8, 4.0 products
// ZNVER5-DAG: by fma = avx512vnni_i16,
// ALDERLAKE-DAG: i8 x i8 -> i32 by fma = avxvnni_u8, 4.0 products
// ALDERLAKE-DAG: by fma = avxvnni_u8, 4.0 products
// V1-DAG: by fma = neon_bfdot,
// V1-DAG: by fma = neon_sdot, 4.0 products
// V1-DAG: by fma = neon_usdot, 4.0 products

// SSE-NOT: left to the plain lowering
// SSE-DAG: by fma = f64,
// SSE-DAG: by fma = f16,
// SSE-DAG: by fma = i8,
// NEON-NOT: left to the plain lowering
// NEON-DAG: by fma = neon_f64,
// NEON-DAG: by fma = i16,

func.func @f64(%x: memref<1x14x14x64xf64>, %w: memref<3x3x64x64xf64>, %o: memref<1x12x12x64xf64>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf64>, memref<3x3x64x64xf64>) outs(%o : memref<1x12x12x64xf64>)
  return
}
func.func @f16(%x: memref<1x14x14x64xf16>, %w: memref<3x3x64x64xf16>, %o: memref<1x12x12x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xf16>, memref<3x3x64x64xf16>) outs(%o : memref<1x12x12x64xf32>)
  return
}
func.func @bf16(%x: memref<1x14x14x64xbf16>, %w: memref<3x3x64x64xbf16>, %o: memref<1x12x12x64xf32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xbf16>, memref<3x3x64x64xbf16>) outs(%o : memref<1x12x12x64xf32>)
  return
}
func.func @i8(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64x64xi8>) outs(%o : memref<1x12x12x64xi32>)
  return
}
func.func @u8(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64x64xi8>) outs(%o : memref<1x12x12x64xi32>) {unsigned_input}
  return
}
func.func @i16(%x: memref<1x14x14x64xi16>, %w: memref<3x3x64x64xi16>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x14x14x64xi16>, memref<3x3x64x64xi16>) outs(%o : memref<1x12x12x64xi32>)
  return
}
func.func @depthwise(%x: memref<1x14x14x64xbf16>, %w: memref<3x3x64xbf16>, %o: memref<1x12x12x64xf32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x14x14x64xbf16>, memref<3x3x64xbf16>) outs(%o : memref<1x12x12x64xf32>)
  return
}
func.func @depthwise_i8(%x: memref<1x14x14x64xi8>, %w: memref<3x3x64xi8>, %o: memref<1x12x12x64xi32>) {
  conv.conv dims<nhwg x rsg -> nhwg> ins(%x, %w : memref<1x14x14x64xi8>, memref<3x3x64xi8>) outs(%o : memref<1x12x12x64xi32>)
  return
}
