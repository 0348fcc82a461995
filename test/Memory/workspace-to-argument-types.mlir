// RUN: conv-opt %s --conv-workspace-to-argument --split-input-file | FileCheck %s

// A buffer of 64 elements is as large as LLVM's data layout makes it.

// CHECK-LABEL: func.func @i1(%arg0: memref<64xi8> {conv.workspace})
func.func @i1() {
  %a = memref.alloc() : memref<64xi1>
  memref.dealloc %a : memref<64xi1>
  return
}

// CHECK-LABEL: func.func @i3(%arg0: memref<64xi8> {conv.workspace})
func.func @i3() {
  %a = memref.alloc() : memref<64xi3>
  memref.dealloc %a : memref<64xi3>
  return
}

// CHECK-LABEL: func.func @i8(%arg0: memref<64xi8> {conv.workspace})
func.func @i8() {
  %a = memref.alloc() : memref<64xi8>
  memref.dealloc %a : memref<64xi8>
  return
}

// CHECK-LABEL: func.func @i9(%arg0: memref<128xi8> {conv.workspace})
func.func @i9() {
  %a = memref.alloc() : memref<64xi9>
  memref.dealloc %a : memref<64xi9>
  return
}

// CHECK-LABEL: func.func @i24(%arg0: memref<256xi8> {conv.workspace})
func.func @i24() {
  %a = memref.alloc() : memref<64xi24>
  memref.dealloc %a : memref<64xi24>
  return
}

// CHECK-LABEL: func.func @i40(%arg0: memref<512xi8> {conv.workspace})
func.func @i40() {
  %a = memref.alloc() : memref<64xi40>
  memref.dealloc %a : memref<64xi40>
  return
}

// CHECK-LABEL: func.func @i48(%arg0: memref<512xi8> {conv.workspace})
func.func @i48() {
  %a = memref.alloc() : memref<64xi48>
  memref.dealloc %a : memref<64xi48>
  return
}

// CHECK-LABEL: func.func @i64(%arg0: memref<512xi8> {conv.workspace})
func.func @i64() {
  %a = memref.alloc() : memref<64xi64>
  memref.dealloc %a : memref<64xi64>
  return
}

// CHECK-LABEL: func.func @i65(%arg0: memref<1024xi8> {conv.workspace})
func.func @i65() {
  %a = memref.alloc() : memref<64xi65>
  memref.dealloc %a : memref<64xi65>
  return
}

// CHECK-LABEL: func.func @i96(%arg0: memref<1024xi8> {conv.workspace})
func.func @i96() {
  %a = memref.alloc() : memref<64xi96>
  memref.dealloc %a : memref<64xi96>
  return
}

// CHECK-LABEL: func.func @i128(%arg0: memref<1024xi8> {conv.workspace})
func.func @i128() {
  %a = memref.alloc() : memref<64xi128>
  memref.dealloc %a : memref<64xi128>
  return
}

// CHECK-LABEL: func.func @i129(%arg0: memref<2048xi8> {conv.workspace})
func.func @i129() {
  %a = memref.alloc() : memref<64xi129>
  memref.dealloc %a : memref<64xi129>
  return
}

// CHECK-LABEL: func.func @f16(%arg0: memref<128xi8> {conv.workspace})
func.func @f16() {
  %a = memref.alloc() : memref<64xf16>
  memref.dealloc %a : memref<64xf16>
  return
}

// CHECK-LABEL: func.func @bf16(%arg0: memref<128xi8> {conv.workspace})
func.func @bf16() {
  %a = memref.alloc() : memref<64xbf16>
  memref.dealloc %a : memref<64xbf16>
  return
}

// CHECK-LABEL: func.func @f32(%arg0: memref<256xi8> {conv.workspace})
func.func @f32() {
  %a = memref.alloc() : memref<64xf32>
  memref.dealloc %a : memref<64xf32>
  return
}

// CHECK-LABEL: func.func @f64(%arg0: memref<512xi8> {conv.workspace})
func.func @f64() {
  %a = memref.alloc() : memref<64xf64>
  memref.dealloc %a : memref<64xf64>
  return
}

// CHECK-LABEL: func.func @f80(%arg0: memref<1024xi8> {conv.workspace})
func.func @f80() {
  %a = memref.alloc() : memref<64xf80>
  memref.dealloc %a : memref<64xf80>
  return
}

// CHECK-LABEL: func.func @f128(%arg0: memref<1024xi8> {conv.workspace})
func.func @f128() {
  %a = memref.alloc() : memref<64xf128>
  memref.dealloc %a : memref<64xf128>
  return
}

// CHECK-LABEL: func.func @f8E4M3FN(%arg0: memref<64xi8> {conv.workspace})
func.func @f8E4M3FN() {
  %a = memref.alloc() : memref<64xf8E4M3FN>
  memref.dealloc %a : memref<64xf8E4M3FN>
  return
}

// CHECK-LABEL: func.func @f4E2M1FN(%arg0: memref<64xi8> {conv.workspace})
func.func @f4E2M1FN() {
  %a = memref.alloc() : memref<64xf4E2M1FN>
  memref.dealloc %a : memref<64xf4E2M1FN>
  return
}

// CHECK-LABEL: func.func @index(%arg0: memref<512xi8> {conv.workspace})
func.func @index() {
  %a = memref.alloc() : memref<64xindex>
  memref.dealloc %a : memref<64xindex>
  return
}

// CHECK-LABEL: func.func @complex_f32_(%arg0: memref<512xi8> {conv.workspace})
func.func @complex_f32_() {
  %a = memref.alloc() : memref<64xcomplex<f32>>
  memref.dealloc %a : memref<64xcomplex<f32>>
  return
}

// CHECK-LABEL: func.func @complex_i24_(%arg0: memref<512xi8> {conv.workspace})
func.func @complex_i24_() {
  %a = memref.alloc() : memref<64xcomplex<i24>>
  memref.dealloc %a : memref<64xcomplex<i24>>
  return
}

// CHECK-LABEL: func.func @vector_3xf32_(%arg0: memref<1024xi8> {conv.workspace})
func.func @vector_3xf32_() {
  %a = memref.alloc() : memref<64xvector<3xf32>>
  memref.dealloc %a : memref<64xvector<3xf32>>
  return
}

// CHECK-LABEL: func.func @vector_2x3xi8_(%arg0: memref<512xi8> {conv.workspace})
func.func @vector_2x3xi8_() {
  %a = memref.alloc() : memref<64xvector<2x3xi8>>
  memref.dealloc %a : memref<64xvector<2x3xi8>>
  return
}

// CHECK-LABEL: func.func @vector_8xi1_(%arg0: memref<64xi8> {conv.workspace})
func.func @vector_8xi1_() {
  %a = memref.alloc() : memref<64xvector<8xi1>>
  memref.dealloc %a : memref<64xvector<8xi1>>
  return
}

// -----

// A layout the module names counts where it wants more, and is not trusted to
// be that of the machine where it wants less.

module attributes {llvm.data_layout = "e-i24:64-i128:32"} {
  // CHECK-LABEL: func.func @i24(%arg0: memref<512xi8> {conv.workspace})
  func.func @i24() {
    %a = memref.alloc() : memref<64xi24>
    memref.dealloc %a : memref<64xi24>
    return
  }
  // CHECK-LABEL: func.func @i48(%arg0: memref<512xi8> {conv.workspace})
  func.func @i48() {
    %a = memref.alloc() : memref<64xi48>
    memref.dealloc %a : memref<64xi48>
    return
  }
  // CHECK-LABEL: func.func @i65(%arg0: memref<1024xi8> {conv.workspace})
  func.func @i65() {
    %a = memref.alloc() : memref<64xi65>
    memref.dealloc %a : memref<64xi65>
    return
  }
}

// -----

// Indices of 32 bits.

module attributes {dlti.dl_spec = #dlti.dl_spec<#dlti.dl_entry<index, 32 : i32>>} {
  // CHECK-LABEL: func.func @index(%arg0: memref<256xi8> {conv.workspace})
  func.func @index() {
    %a = memref.alloc() : memref<64xindex>
    memref.dealloc %a : memref<64xindex>
    return
  }
}
