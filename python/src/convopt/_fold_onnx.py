"""What an ONNX graph computes of shapes, computed before it is imported."""

from __future__ import annotations

import math
from typing import Any, Optional

#: Elements of what is computed here: shapes, indices, scales; never weights.
_MOST_ELEMENTS = 1024

#: Operators whose results are not functions of their inputs.
_RANDOM = ("Bernoulli", "Multinomial", "Random")


def fold_shapes(onnx: Any, model: Any) -> Any:
    """Replaces what follows from shapes and small constants by constants.

    Exporters write sizes as computations: a split in halves is ``Shape``,
    ``Gather``, ``Div``, ``Mul`` and ``Slice``. The shapes of a graph are known
    once those of its inputs are, and with them the sizes; passes that meet the
    computations instead take minutes over them, or give them up as dynamic.

    Parameters
    ----------
    onnx : module
    model : onnx.ModelProto
        Changed. The shapes of its inputs are known.

    Returns
    -------
    onnx.ModelProto
        With the shapes of all values that can be derived. Nodes that cannot be
        computed, for whatever reason, are left for the importer to judge.
    """
    while True:
        model = onnx.shape_inference.infer_shapes(model, data_prop=True)
        # A constant that takes the place of a computation is what further
        # shapes follow from.
        if not _fold_once(onnx, model):
            return model


def _fold_once(onnx: Any, model: Any) -> bool:
    """One pass over the nodes, which stand in the order of their uses."""
    graph = model.graph
    shapes = _get_shapes(graph)
    constants = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if math.prod(tensor.dims) <= _MOST_ELEMENTS
    }
    results = {value.name for value in graph.output}

    def is_small(name: str) -> bool:
        return not name or math.prod(shapes.get(name, (math.inf,))) <= _MOST_ELEMENTS

    # Constants stay nodes: only what is computed of them is new.
    folded = []
    for node in graph.node:
        if not all(map(is_small, node.output)) or not results.isdisjoint(node.output):
            continue
        values = _compute(onnx, model, node, constants, shapes)
        if values is None:
            continue
        constants.update(zip(node.output, values))
        if node.op_type != "Constant":
            folded.append(node)
    for node in folded:
        for name in node.output:
            if name:
                graph.initializer.append(onnx.numpy_helper.from_array(constants[name], name))
        graph.node.remove(node)
    return bool(folded)


def _get_shapes(graph: Any) -> dict[str, tuple[int, ...]]:
    """The shapes that are known in full."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        dims = tensor.shape.dim
        if tensor.HasField("shape") and all(dim.HasField("dim_value") for dim in dims):
            shapes[value.name] = tuple(dim.dim_value for dim in dims)
    return shapes


def _compute(
    onnx: Any, model: Any, node: Any, constants: dict[str, Any], shapes: dict[str, tuple[int, ...]]
) -> Optional[list[Any]]:
    """What `node` makes by its operator's definition, where that is known."""
    import numpy as np
    from onnx.reference import ReferenceEvaluator

    tensors = [a.t for a in node.attribute if a.name == "value" and node.op_type == "Constant"]
    if tensors:
        return [onnx.numpy_helper.to_array(tensors[0])]
    inputs = {}
    for name in filter(None, node.input):
        if name in constants:
            inputs[name] = constants[name]
        elif node.op_type == "Shape" and name in shapes:
            # Of no size in memory, whatever the shape.
            inputs[name] = np.broadcast_to(np.float32(0), shapes[name])
        else:
            return None
    if not inputs and node.op_type != "Constant":
        return None
    if node.op_type.startswith(_RANDOM) or _has_graph(onnx, node):
        return None
    graph = onnx.helper.make_graph(
        [node],
        node.name,
        [
            onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in inputs.items()
        ],
        [onnx.helper.make_empty_tensor_value_info(name) for name in node.output if name],
    )
    try:
        single = onnx.helper.make_model(graph, opset_imports=model.opset_import)
        values = iter(ReferenceEvaluator(single).run(None, inputs))
    except Exception:  # noqa: BLE001 -- An operator of another domain, or one the reference lacks.
        return None
    return [np.asarray(next(values)) if name else None for name in node.output]


def _has_graph(onnx: Any, node: Any) -> bool:
    kinds = (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS)
    return any(attribute.type in kinds for attribute in node.attribute)
