"""What an ONNX graph computes of shapes, computed before it is imported."""

from __future__ import annotations

import math
from typing import Any, Optional

#: Elements of what is computed here: shapes, indices, scales; never weights.
_MOST_ELEMENTS = 1024

#: Operators whose results are not functions of their inputs.
_RANDOM = ("Bernoulli", "Multinomial", "Random")

#: What small weights and biases of quantised networks are read by: a convolution
#: is recognised as one of integers by it.
_QUANTIZATION = ("QuantizeLinear", "DequantizeLinear")


def fold_shapes(onnx: Any, model: Any) -> Any:
    """Replaces what follows from shapes and small constants by constants, and a
    choice that follows from them by what is chosen.

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

    kept, is_changed = [], False
    for node in graph.node:
        values = None
        if all(map(is_small, node.output)) and results.isdisjoint(node.output):
            values = _compute(onnx, model, node, constants, shapes)
        if values is None:
            branch = _take_branch(onnx, node, constants)
            is_changed |= branch is not None
            kept += [node] if branch is None else branch
            continue
        constants.update(zip(node.output, values))
        # Constants stay nodes: only what is computed of them is new.
        if node.op_type == "Constant":
            kept.append(node)
            continue
        is_changed = True
        for name in filter(None, node.output):
            graph.initializer.append(onnx.numpy_helper.from_array(constants[name], name))
    if is_changed:
        # Of the old list, which goes with its nodes.
        kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in kept]
        del graph.node[:]
        graph.node.extend(kept)
    return is_changed


def _take_branch(onnx: Any, node: Any, constants: dict[str, Any]) -> Optional[list[Any]]:
    """The nodes of the branch an ``If`` takes, where that is known.

    Such are left of what a program asked about a size, as of a squeezed dimension.
    """
    if node.op_type != "If" or node.input[0] not in constants:
        return None
    wanted = "then_branch" if constants[node.input[0]].item() else "else_branch"
    graph = next(attribute.g for attribute in node.attribute if attribute.name == wanted)
    # Names within are those of this branch alone; in graphs deeper inside they
    # would have to be replaced as well.
    if any(_has_graph(onnx, inner) for inner in graph.node):
        return None
    made = [value for inner in graph.node for value in inner.output if value]
    made += [tensor.name for tensor in graph.initializer]
    names = {value: f"{node.name}/{value}" for value in made}
    branch = [
        onnx.helper.make_node("Constant", [], [names[tensor.name]], names[tensor.name], value=tensor)
        for tensor in graph.initializer
    ]
    for inner in graph.node:
        copy = onnx.NodeProto.FromString(inner.SerializeToString())
        copy.name = f"{node.name}/{inner.name or inner.output[0]}"
        copy.input[:] = [names.get(value, value) for value in inner.input]
        copy.output[:] = [names.get(value, value) for value in inner.output]
        branch.append(copy)
    for value, result in zip(graph.output, node.output):
        if result:
            source = names.get(value.name, value.name)
            branch.append(onnx.helper.make_node("Identity", [source], [result], f"{node.name}/{result}"))
    return branch


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
    if node.op_type.startswith((*_RANDOM, *_QUANTIZATION)) or _has_graph(onnx, node):
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
