"""ONNX models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Optional

from convopt._fold_onnx import fold_shapes
from convopt._imported import (
    INLINE_BYTES,
    WEIGHT_TYPES,
    Imported,
    Shapes,
    UnsupportedModelError,
)
from convopt._suppliers import require
from convopt._torch_mlir import (
    find_function,
    find_torch_mlir,
    lower,
    print_module,
    replace_arguments,
    set_names,
)

#: Operators of older sets are converted: the importer knows those from here on.
_OPSET = 17

_PIPELINE = "torch-onnx-to-torch-backend-pipeline"


def from_onnx(
    path_or_proto: Any, shapes: Optional[Shapes] = None, entry: str = "main"
) -> Imported:
    """Import an ONNX model.

    Needs ``mlir-conv-opt[onnx]``: the packages onnx and torch-mlir, without
    PyTorch.

    Parameters
    ----------
    path_or_proto : path or onnx.ModelProto
    shapes : dict of str to tuple, or sequence of tuples, optional
        Shapes of inputs, for those the model leaves open.
    entry : str
        What the function is called.

    Returns
    -------
    Imported
        Its function takes and returns what the graph does, under the same names.

    Raises
    ------
    UnsupportedModelError
        When a node cannot be taken; the message names it.
    ValueError
        When a dimension of an input is not known, or `shapes` does not fit.
    ModuleNotFoundError
        Naming the extra, when a package is missing.
    """
    onnx = require("onnx", "onnx", "onnx")
    supplier = find_torch_mlir("onnx")
    if isinstance(path_or_proto, (str, os.PathLike)):
        name = os.fspath(path_or_proto)
        model = onnx.load(name)
    else:
        name = f"{path_or_proto.graph.name or 'model'}.onnx"
        model = onnx.ModelProto()
        model.CopyFrom(path_or_proto)
    _set_shapes(model, shapes)
    kinds = _name_nodes(model)
    weights: dict[str, Any] = {}
    model = _take_weights(onnx, model, weights)
    model = _convert(onnx, model, name)
    model.graph.name = entry

    importer = supplier.load("extras.onnx_importer")
    try:
        info = importer.ModelInfo(model)
        module = info.create_module(context=supplier.make_context()).operation
        importer.NodeImporter.define_function(info.main_graph, module).import_all()
    except importer.OnnxImportError as error:
        raise UnsupportedModelError(f"{name} cannot be imported: {error}") from None
    lower(supplier, module, _PIPELINE, name, kinds)
    inputs = [value.name for value in _get_inputs(model)]
    function = find_function(supplier, module, entry)
    kept = replace_arguments(supplier, function, [weights.get(name) for name in inputs], inputs)
    set_names(supplier, function, [n for n in inputs if n not in weights], [o.name for o in model.graph.output])
    return print_module(module, kept, name + ".mlir")


def _get_inputs(model: Any) -> list[Any]:
    """Inputs that are no weights, which old models list as well."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in weights]


def _set_shapes(model: Any, shapes: Optional[Shapes]) -> None:
    """Gives the inputs their shapes, and forgets what was derived from others."""
    inputs = _get_inputs(model)
    by_name = {value.name: value for value in inputs}
    if shapes is None:
        shapes = {}
    if not isinstance(shapes, Mapping):
        if len(shapes) > len(inputs):
            raise ValueError(f"{len(shapes)} shapes for {len(inputs)} inputs ({', '.join(by_name)})")
        shapes = dict(zip(by_name, shapes))
    for name, shape in shapes.items():
        if name not in by_name:
            raise ValueError(f"the model has no input '{name}' (it has: {', '.join(by_name)})")
        tensor = by_name[name].type.tensor_type
        if tensor.HasField("shape") and len(tensor.shape.dim) != len(shape):
            raise ValueError(
                f"the input '{name}' has {len(tensor.shape.dim)} dimensions, its shape {tuple(shape)} {len(shape)}"
            )
        del tensor.shape.dim[:]
        for extent in shape:
            tensor.shape.dim.add().dim_value = extent
    for value in inputs:
        dims = value.type.tensor_type.shape.dim
        if all(dim.HasField("dim_value") and dim.dim_value > 0 for dim in dims):
            continue
        known = ", ".join(str(dim.dim_value or dim.dim_param or "?") for dim in dims)
        example = tuple(dim.dim_value or 1 for dim in dims)
        raise ValueError(
            f"the input '{value.name}' has the shape [{known}]: say which it is to have, "
            f"such as shapes={{'{value.name}': {example}}}"
        )
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")


def _name_nodes(model: Any) -> dict[str, str]:
    """Gives nodes without a name the one of what they make; kinds by names."""
    kinds = {}
    for node in model.graph.node:
        if not node.name and node.output:
            node.name = node.output[0]
        kinds[node.name] = node.op_type
    return kinds


def _take_weights(onnx: Any, model: Any, weights: dict[str, Any]) -> Any:
    """Moves large constants into `weights` and makes them inputs of the graph.

    The passes then never see their bytes, which they would copy, and print.

    Returns
    -------
    onnx.ModelProto
        Without the constants. The original still holds them.
    """
    graph = model.graph
    constants = [(tensor.name, tensor) for tensor in graph.initializer]
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants.append((node.output[0], node.attribute[0].t))
    declared = {value.name for value in graph.input}
    for name, tensor in constants:
        array = onnx.numpy_helper.to_array(tensor)
        if array.nbytes < INLINE_BYTES or array.dtype.name not in WEIGHT_TYPES:
            continue
        weights[name] = array
        if name not in declared:
            graph.input.append(
                onnx.helper.make_tensor_value_info(name, tensor.data_type, array.shape)
            )
    _remove(graph.initializer, lambda tensor: tensor.name not in weights)
    _remove(graph.node, lambda node: not any(output in weights for output in node.output))
    light = onnx.ModelProto()
    light.ParseFromString(model.SerializeToString())
    return light


def _remove(entries: Any, keep: Any) -> None:
    """Leaves of the protobuf list `entries` those to keep."""
    for i in reversed(range(len(entries))):
        if not keep(entries[i]):
            del entries[i]


def _convert(onnx: Any, model: Any, name: str) -> Any:
    """`model` with operators the importer knows and the shapes of all values."""
    opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), _OPSET)
    if opset < _OPSET:
        try:
            model = onnx.version_converter.convert_version(model, _OPSET)
        except Exception as error:  # noqa: BLE001 -- ONNX raises plain RuntimeError and more.
            raise UnsupportedModelError(
                f"{name} cannot be converted from operator set {opset} to {_OPSET}: {error}"
            ) from None
    return fold_shapes(onnx, model)
