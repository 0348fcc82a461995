"""PyTorch modules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Optional

from convopt._imported import INLINE_BYTES, Imported, UnsupportedModelError
from convopt._suppliers import require
from convopt._torch_mlir import (
    WeightStore,
    find_function,
    find_torch_mlir,
    lower,
    print_module,
    set_names,
)

_PIPELINE = "func.func(torch-match-quantized-custom-ops),torchdynamo-export-to-torch-backend-pipeline"


def from_torch(
    module: Any, example_inputs: Optional[Sequence[Any]] = None, entry: str = "main"
) -> Imported:
    """Import a PyTorch module by way of torch.export.

    Needs ``mlir-conv-opt[torch]``: torch-mlir, beside the PyTorch you have.

    Parameters
    ----------
    module : torch.nn.Module or torch.export.ExportedProgram
        A module is taken in inference mode, as its `eval()` sets it.
    example_inputs : sequence of tensors
        What the module is called with; their shapes become the function's. A
        single tensor will do. Not for an exported program, which has its own.
    entry : str
        What the function is called.

    Returns
    -------
    Imported
        Its function takes the module's inputs under the names that `forward` gives
        them.

    Raises
    ------
    UnsupportedModelError
        When an operation cannot be taken; the message names it.
    ModuleNotFoundError
        Naming the extra, when a package is missing.
    """
    torch = require("torch", "torch", "torch")
    supplier = find_torch_mlir("torch")
    kind = type(module).__name__
    if isinstance(module, torch.export.ExportedProgram):
        program = module
    else:
        if example_inputs is None:
            raise ValueError(f"a module needs example_inputs: tensors to call {kind} with")
        if isinstance(example_inputs, torch.Tensor):
            example_inputs = (example_inputs,)
        training = module.training
        module.eval()
        try:
            program = torch.export.export(module, tuple(example_inputs))
        finally:
            module.train(training)
    table = supplier.load("extras.fx_decomp_util").get_decomposition_table()
    program = program.run_decompositions({**table, **get_own_decompositions(torch)})

    fx = supplier.load("extras.fx_importer")
    context = supplier.make_context()
    store = WeightStore()
    importer = fx.FxImporter(context=context, hooks=_make_hooks(torch, fx, supplier, store))
    try:
        importer.import_frozen_program(program, func_name=entry)
    except (NotImplementedError, TypeError) as error:
        raise UnsupportedModelError(f"{kind} cannot be imported: {error}") from None
    lower(supplier, importer.module.operation, _PIPELINE, kind)
    function = find_function(supplier, importer.module.operation, entry)
    set_names(supplier, function, [str(n) for n in program.graph_signature.user_inputs], [])
    return print_module(importer.module.operation, store.arrays, f"{kind}.mlir")


def get_own_decompositions(torch: Any) -> dict[Any, Any]:
    """``convopt::conv2d`` as ATen has it, once the operator is registered."""
    if "convopt.torch" not in sys.modules:
        return {}

    def decompose(
        x: Any,
        w: Any,
        bias: Any = None,
        stride: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
    ) -> Any:
        return torch.ops.aten.convolution.default(
            x, w, bias, stride, padding, dilation, False, [0, 0], groups
        )

    return {torch.ops.convopt.conv2d.default: decompose}


def _make_hooks(torch: Any, fx: Any, supplier: Any, store: WeightStore) -> Any:
    """Hooks that take tensors by their bytes; the importer goes through lists."""

    class Hooks(fx.FxImporterHooks):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            self.attributes: dict[int, Any] = {}

        def resolve_literal(self, gni: Any, literal: Any, info: Any) -> Any:
            if not isinstance(literal, torch.Tensor):
                return None
            if literal.numel() * literal.element_size() < INLINE_BYTES:
                return None
            tensor_type = gni._cc.tensor_to_vtensor_type(literal)
            attribute = self.attributes.get(id(literal))
            if attribute is None:
                attribute = self._make_attribute(literal, info)
                self.attributes[id(literal)] = attribute
            return supplier.ir.Operation.create(
                "torch.vtensor.literal", results=[tensor_type], attributes={"value": attribute}
            ).result

        @staticmethod
        def _make_attribute(literal: Any, info: Any) -> Any:
            name = info.input_spec.target if info is not None else "constant"
            array = _to_numpy(torch, literal)
            return supplier.ir.DenseResourceElementsAttr.get_from_buffer(
                array.reshape(-1).view("uint8"),
                store.add(name, array),
                fx.create_mlir_tensor_type(literal),
                alignment=array.itemsize,
            )

    return Hooks()


def _to_numpy(torch: Any, tensor: Any) -> Any:
    """The elements of `tensor`, without a copy where they lie in rows."""
    from torch._subclasses import fake_tensor

    with fake_tensor.unset_fake_temporarily():
        tensor = tensor.detach().cpu().contiguous()
        if tensor.dtype == torch.bfloat16:
            import ml_dtypes

            return tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
        return tensor.numpy()
