// RUN: conv-opt %s --conv-workspace-to-argument -split-input-file -verify-diagnostics

func.func @freed(%x: memref<8xf32>) {
  // expected-error @below {{what this frees was not allocated in the same function}}
  memref.dealloc %x : memref<8xf32>
  return
}

// -----

func.func private @callee(%x: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  return
}
func.func @unknown_extent(%x: memref<8xf32>, %n: index) {
  // expected-note @below {{the loop}}
  scf.forall (%i) in (%n) {
    // expected-error @below {{it is in a parallel loop of unknown extent}}
    func.call @callee(%x) : (memref<8xf32>) -> ()
  }
  return
}

// -----

// expected-error @below {{it calls itself, directly or not}}
func.func @recursive() {
  call @recursive() : () -> ()
  return
}

// -----

// expected-error @below {{'@taken_workspace_size' already exists}}
func.func @taken() {
  return
}
// expected-note @below {{defined here}}
func.func private @taken_workspace_size() -> i64

// -----

// A bound that was given, and what is needed in the end.
// expected-error @below {{needs 128 bytes at once, network-memory is 100}}
func.func @bound(%x: memref<16xf32>) attributes {conv.network_memory = 100 : i64} {
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  memref.copy %a, %b : memref<16xf32> to memref<16xf32>
  memref.copy %b, %x : memref<16xf32> to memref<16xf32>
  return
}
