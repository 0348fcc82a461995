// RUN: conv-opt %s --conv-workspace-to-argument -split-input-file -verify-diagnostics

func.func @dynamic(%n: index) {
  // expected-error @below {{cannot use the workspace: the size of 'memref<?xf32>' is not known}}
  %a = memref.alloc(%n) : memref<?xf32>
  memref.dealloc %a : memref<?xf32>
  return
}

// -----

func.func @returned() -> memref<8xf32> {
  // expected-error @below {{the buffer outlives the loop or function that allocates it}}
  %a = memref.alloc() : memref<8xf32>
  // expected-note @below {{it leaves here}}
  return %a : memref<8xf32>
}

// -----

func.func @swapped(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%old = %x) -> memref<8xf32> {
    // expected-error @below {{the buffer outlives the loop or function that allocates it}}
    %a = memref.alloc() : memref<8xf32>
    memref.copy %old, %a : memref<8xf32> to memref<8xf32>
    // expected-note @below {{it leaves here}}
    scf.yield %a : memref<8xf32>
  }
  return
}

// -----

func.func @freed(%x: memref<8xf32>) {
  // expected-error @below {{what this frees was not allocated in the same function}}
  memref.dealloc %x : memref<8xf32>
  return
}

// -----

func.func @unknown_extent(%n: index) {
  // expected-note @below {{the loop}}
  scf.forall (%i) in (%n) {
    // expected-error @below {{it is in a parallel loop of unknown extent}}
    %a = memref.alloc() : memref<8xf32>
    memref.dealloc %a : memref<8xf32>
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
