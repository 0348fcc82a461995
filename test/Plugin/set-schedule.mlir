// The transform operations of ../TransformOps/set-schedule.mlir by the
// distribution's driver.
// RUN: split-file %S/../TransformOps/set-schedule.mlir %t
// RUN: %driver_with_plugin --pass-pipeline='builtin.module(transform-preload-library{transform-library-paths=%t/script.mlir},transform-interpreter)' %t/module.mlir | FileCheck %S/../TransformOps/set-schedule.mlir
