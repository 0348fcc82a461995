//===- ScheduleOps.td - Schedules from transform scripts ---*- tablegen -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef CONV_TRANSFORMOPS_SCHEDULEOPS_TD
#define CONV_TRANSFORMOPS_SCHEDULEOPS_TD

include "conv/IR/ConvAttrs.td"
include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/IR/TransformTypes.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Conv_SetScheduleOp : Op<Transform_Dialect, "conv.set_schedule", [
    DeclareOpInterfaceMethods<TransformOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let cppNamespace = "::mlir::transform";
  let summary = "Set the schedule of convolutions";
  let description = [{
    Writes `schedule` on every `conv.conv` of `target`, whether or not it has
    one. `--conv-autotune` afterwards keeps it. Fields of the schedule may be
    given by parameters, such as the results of `transform.param.constant` and
    `transform.tune.knob`: integers for sizes, strings for `algorithm`, `form`,
    `order`, `broadcast`, `parallel` and `filter`, a boolean for `flatten`, an
    array of i64 for `tile`, which changes that of a schedule that has one.

    ```mlir
    %convs = transform.structured.match ops{["conv.conv"]} in %module
      : (!transform.any_op) -> !transform.any_op
    %w = transform.tune.knob<"w_ob"> = 12 from options = [6, 12, 14]
      -> !transform.param<i64>
    transform.conv.set_schedule %convs
      schedule<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14>
      with(w_ob = %w : !transform.param<i64>) : !transform.any_op
    ```

    The machine the schedule has to suit is `machine` where it is given, else the
    module's `conv.machine`, else what `--conv-autotune` without options would
    find.

    Fails definitely when `target` holds another operation than `conv.conv`, when
    a parameter is not one value of its field's kind, when the fields do not make
    a schedule, and, with the reason, when the schedule cannot compute a
    convolution on the machine. Convolutions before that one keep the schedule.
    Reads `target`, does not consume it.
  }];
  let arguments = (ins
    TransformHandleTypeInterface:$target,
    Conv_ScheduleAttr:$schedule,
    Variadic<TransformParamTypeInterface>:$params,
    DefaultValuedOptionalAttr<StrArrayAttr, "{}">:$fields,
    OptionalAttr<Conv_MachineAttr>:$machine);
  let results = (outs);
  let assemblyFormat = [{
    $target `schedule` `` $schedule
    custom<FieldParams>($fields, $params, type($params))
    (`machine` `` $machine^)? attr-dict `:` type($target)
  }];
  let hasVerifier = 1;
}

#endif // CONV_TRANSFORMOPS_SCHEDULEOPS_TD
