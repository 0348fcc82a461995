// RUN: not conv-opt %s --conv-finalize-llvm="cpu=no-such-cpu triple=x86_64-pc-linux-gnu" 2>&1 | FileCheck %s --check-prefix=CPU
// RUN: not conv-opt %s --conv-finalize-llvm="cpu=haswell triple=nosuch-unknown-linux" 2>&1 | FileCheck %s --check-prefix=TRIPLE
// RUN: not conv-opt %s --conv-finalize-llvm="triple=x86_64-pc-linux-gnu" 2>&1 | FileCheck %s --check-prefix=NOCPU
// RUN: not conv-opt %s --conv-finalize-llvm="cpu=haswell triple=x86_64-pc-linux-gnu features=avx2" 2>&1 | FileCheck %s --check-prefix=FEATURE

// CPU: error: {{.*}}no-such-cpu
// TRIPLE: error: {{.*}}nosuch
// NOCPU: error: options 'triple' and 'features' need 'cpu' as well
// FEATURE: error: unknown target feature 'avx2'
module {}
