"""``torch.compile(model, backend="convopt")``, for inference.

AOTAutograd makes a graph of ATen's operators without side effects. What of it this
compiler does well, and has a convolution in it, becomes a part that is compiled when
it is first called with given shapes; PyTorch runs the rest.
"""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import torch
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import make_boxed_func
from torch._guards import TracingContext
from torch.fx.passes.infra.partitioner import CapabilityBasedPartitioner
from torch.fx.passes.operator_support import OperatorSupportBase
from torch.utils._python_dispatch import _disable_current_modes

from convopt._compile import CompileError, CompileWarning, compile
from convopt._import_torch import from_torch
from convopt._options import CompileOptions, make_options
from convopt._torch_mlir import find_torch_mlir

aten = torch.ops.aten

#: What makes a part worth compiling.
_CONVOLUTIONS = {aten.convolution}

#: What may stand around convolutions in a part: torch-mlir takes it, and it is
#: vectorised here.
_SUPPORTED = _CONVOLUTIONS | {
    # Normalisation.
    aten._native_batch_norm_legit_no_training,
    aten.native_batch_norm,
    aten._batch_norm_no_update,
    aten.native_layer_norm,
    aten._softmax,
    # Functions of elements.
    aten.relu,
    aten.hardtanh,
    aten.clamp,
    aten.leaky_relu,
    aten.elu,
    aten.gelu,
    aten.sigmoid,
    aten.silu,
    aten.tanh,
    aten.hardswish,
    aten.hardsigmoid,
    aten.exp,
    aten.sqrt,
    aten.rsqrt,
    aten.neg,
    aten.add,
    aten.sub,
    aten.mul,
    aten.div,
    aten.maximum,
    aten.minimum,
    # Windows, sums and products.
    aten.max_pool2d_with_indices,
    aten.avg_pool2d,
    aten._adaptive_avg_pool2d,
    aten.mean,
    aten.sum,
    aten.addmm,
    aten.mm,
    # What moves elements.
    aten.cat,
    aten.view,
    aten._unsafe_view,
    aten.reshape,
    aten.permute,
    aten.transpose,
    aten.t,
    aten.squeeze,
    aten.unsqueeze,
    aten.slice,
    aten.split,
    aten.split_with_sizes,
    aten.select,
    aten.expand,
    aten.clone,
    aten.constant_pad_nd,
    aten.upsample_nearest2d,
    aten.upsample_bilinear2d,
}


def backend(
    graph: Any,
    example_inputs: Sequence[Any],
    *,
    mode: Optional[str] = None,
    options: Optional[CompileOptions] = None,
) -> Any:
    """What ``torch.compile(model, backend="convopt", options={...})`` calls.

    Parameters
    ----------
    graph, example_inputs
        What TorchDynamo recorded.
    mode : str, optional
        Must be "default".
    options : dict, optional
        Those of `compile`; `threads` is PyTorch's number when not given.

    Returns
    -------
    callable
        Convolutions that are left to PyTorch, each with its reason a
        `CompileWarning`: when gradients are recorded all of them, for none are
        computed here.

    Raises
    ------
    ModuleNotFoundError
        When torch-mlir is missing.
    """
    if mode not in (None, "default"):
        raise ValueError(f"the backend convopt has no mode '{mode}'")
    make_options(options or {})  # A wrong name is an error now, not at the first call.
    find_torch_mlir("torch")
    compiled = aot_autograd(
        fw_compiler=_leave_training,
        inference_compiler=functools.partial(_compile_inference, options=options or {}),
        decompositions=_get_decompositions(),
    )
    return compiled(graph, example_inputs)


def _get_decompositions() -> dict[Any, Any]:
    """Operators of ours as ATen's, so that they become a part of what is around."""
    from convopt._import_torch import get_own_decompositions

    return get_own_decompositions(torch)


def _is_convolution(node: Any) -> bool:
    return getattr(node.target, "overloadpacket", None) in _CONVOLUTIONS


def _warn(message: str) -> None:
    warnings.warn(message, CompileWarning, stacklevel=2)


def _leave_training(graph: Any, example_inputs: Sequence[Any]) -> Any:
    if any(map(_is_convolution, graph.graph.nodes)):
        _warn(
            "the convolutions are left to PyTorch: gradients are recorded, which are not "
            "computed here; call under torch.no_grad()"
        )
    return make_boxed_func(graph.forward)


def _find_obstacle(value: Any) -> Optional[str]:
    """Why a value of this kind cannot be part of what is compiled."""
    if not isinstance(value, torch.Tensor):
        return None
    if value.device.type != "cpu":
        return f"the tensors are on {value.device}"
    if value.dtype != torch.float32:
        return f"the element type is {str(value.dtype).removeprefix('torch.')}"
    return None


def _find_obstacles(node: Any) -> list[str]:
    # Of several results the first is used: others are statistics or positions.
    values = [n.meta.get("val") for n in (node, *node.all_input_nodes)]
    flat = [v[0] if isinstance(v, (tuple, list)) and v else v for v in values]
    return [obstacle for value in flat if (obstacle := _find_obstacle(value))]


class _Support(OperatorSupportBase):
    """Says which nodes may be in a part."""

    def is_node_supported(self, submodules: Mapping[str, Any], node: Any) -> bool:
        if node.op != "call_function" or _find_obstacles(node):
            return False
        if node.target is operator.getitem:
            source = node.args[0]
            return isinstance(source, torch.fx.Node) and self.is_node_supported(submodules, source)
        return getattr(node.target, "overloadpacket", None) in _SUPPORTED


def _compile_inference(graph: Any, example_inputs: Sequence[Any], options: CompileOptions) -> Any:
    """`graph` with what can be compiled as parts of its own."""
    for node in graph.graph.nodes:
        if _is_convolution(node):
            for obstacle in dict.fromkeys(_find_obstacles(node)):
                _warn(f"the convolution '{node.name}' is left to PyTorch: {obstacle}")
    partitioner = CapabilityBasedPartitioner(graph, _Support(), allows_single_node_partition=True)
    partitions = [p for p in partitioner.propose_partitions() if any(map(_is_convolution, p.nodes))]
    constants = _find_constants(graph)
    fused = partitioner.fuse_partitions(partitions, prefix="convopt_part_")
    for node in fused.graph.nodes:
        if node.op == "call_module" and node.target.startswith("convopt_part_"):
            kept = [i for i, argument in enumerate(node.args) if argument.name in constants]
            part = Part(getattr(fused, node.target), kept, options)
            setattr(fused, node.target, part)
    return make_boxed_func(fused.forward)


def _find_constants(graph: Any) -> set[str]:
    """The placeholders that stand for parameters and buffers."""
    context = TracingContext.try_get()
    metadata = context.fw_metadata if context is not None else None
    static = set(metadata.static_input_indices) if metadata is not None else set()
    placeholders = (n for n in graph.graph.nodes if n.op == "placeholder")
    return {node.name for i, node in enumerate(placeholders) if i in static}


class Part(torch.nn.Module):
    """A piece of a graph, compiled for each set of shapes it is called with.

    Parameters are constants of the compiled code. One that is changed in place, or
    replaced, is noticed, and the piece compiled again.
    """

    def __init__(self, graph: Any, constants: Sequence[int], options: CompileOptions):
        super().__init__()
        self._graph = graph
        self._constants = list(constants)
        self._options: CompileOptions = {"threads": torch.get_num_threads(), **options}
        self._stamp: list[Any] = []
        self._calls: dict[Any, Any] = {}

    def forward(self, *arguments: Any) -> Any:
        stamp = [_get_stamp(arguments[i]) for i in self._constants]
        if stamp != self._stamp:
            self._calls.clear()
            self._stamp = stamp
        constants = set(self._constants)
        inputs = [a for i, a in enumerate(arguments) if i not in constants]
        key = tuple(tuple(a.shape) if isinstance(a, torch.Tensor) else a for a in inputs)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = self._compile(arguments)
        return call(arguments)

    def _compile(self, arguments: Sequence[Any]) -> Any:
        """Something to call with arguments of these shapes."""
        bound = _Bound(self._graph, arguments, self._constants)
        try:
            # AOTAutograd watches the first call, which exporting must not see.
            with _disable_current_modes(), warnings.catch_warnings():
                # Exporting warns of what it does itself.
                warnings.simplefilter("ignore")
                imported = from_torch(bound, [arguments[i] for i in bound.inputs])
        except RuntimeError as error:
            return self._leave(str(error))
        try:
            function = compile(imported, **self._options).main
        except CompileError as error:
            return self._leave(str(error))
        inputs = bound.inputs
        return lambda arguments: function(*(arguments[i].contiguous() for i in inputs))

    def _leave(self, reason: str) -> Any:
        count = sum(map(_is_convolution, self._graph.graph.nodes))
        _warn(f"{count} convolutions are left to PyTorch: {reason}")
        return lambda arguments: self._graph(*arguments)


def _get_stamp(tensor: Any) -> tuple[int, int]:
    """Differs after a change of `tensor`; those of inference mode do not tell."""
    return tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version


class _Bound(torch.nn.Module):
    """A graph, of whose arguments all but tensors of the caller's are constants."""

    def __init__(self, graph: Any, arguments: Sequence[Any], constants: Sequence[int]):
        super().__init__()
        self.graph = graph
        self.others = list(arguments)
        self.inputs = []
        for i, argument in enumerate(arguments):
            if i in constants:
                self.register_buffer(f"constant_{i}", argument.detach())
            elif isinstance(argument, torch.Tensor):
                self.inputs.append(i)
                self.others[i] = None

    def forward(self, *inputs: Any) -> Any:
        arguments = list(self.others)
        for i, value in zip(self.inputs, inputs):
            arguments[i] = value
        for i in range(len(arguments)):
            arguments[i] = getattr(self, f"constant_{i}", arguments[i])
        return self.graph(*arguments)
