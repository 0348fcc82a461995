// RUN: conv-opt %s --conv-flatten-modules | FileCheck %s
// RUN: conv-opt %s --conv-to-llvm -o /dev/null

// Names stay where they can, references follow where they cannot, and nothing
// is declared twice.
// CHECK: module attributes {conv.note = "inner", dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>, torch.name = "outer"} {
// CHECK-NEXT: func.func private @print(f32)
// CHECK-NEXT: func.func private @helper_0(
// CHECK: func.func @model(
// CHECK-SAME: -> f32
// CHECK:   call @print(
// CHECK:   call @helper(
// CHECK: func.func @helper(
// CHECK: func.func @deep(
// CHECK-NOT: module
module attributes {dlti.dl_spec = #dlti.dl_spec<index = 64 : i64>, torch.name = "outer"} {
  func.func private @print(f32)
  func.func private @helper(%x: f32) -> f32 {
    return %x : f32
  }
  // A module may be called as its function is.
  module @model attributes {conv.note = "inner", torch.name = "inner"} {
    func.func private @print(f32)
    func.func @model(%x: f32) -> f32 {
      call @print(%x) : (f32) -> ()
      %r = call @helper(%x) : (f32) -> f32
      return %r : f32
    }
    func.func @helper(%x: f32) -> f32 {
      %y = arith.addf %x, %x : f32
      return %y : f32
    }
    module {
      module {
        func.func @deep(%x: f32) -> f32 {
          return %x : f32
        }
      }
    }
  }
}
