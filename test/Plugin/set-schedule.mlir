// The transform operations of ../Decide/set-schedule.mlir by the
// distribution's driver.
// RUN: split-file %S/../Decide/set-schedule.mlir %t
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(transform-preload-library{transform-library-paths=%t/script.mlir},transform-interpreter)' %t/module.mlir | FileCheck %S/../Decide/set-schedule.mlir
