// RUN: conv-opt %s --conv-flatten-modules --split-input-file --verify-diagnostics

module {
  module @a {
    // expected-note @below {{the other one}}
    func.func @main() {
      return
    }
  }
  module @b {
    // expected-error @below {{'main' is public in two modules, which are compiled as one}}
    func.func @main() {
      return
    }
  }
}

// -----

module attributes {conv.weights = "a.safetensors"} {
  // expected-error @below {{the attribute 'conv.weights' of this module differs from that of the module it is compiled with}}
  module attributes {conv.weights = "b.safetensors"} {
  }
}
