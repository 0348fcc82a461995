"""The passes of torch-mlir, by whichever package brings them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Optional

import numpy as np

from convopt._imported import (
    INLINE_BYTES,
    NAME_ATTRIBUTE,
    Imported,
    UnsupportedModelError,
    make_unique,
)
from convopt._suppliers import check_version

Array = np.ndarray[Any, Any]

_TO_LINALG = "torch-backend-to-linalg-on-tensors-backend-pipeline"

#: Digits of a resource in text: two for each byte and for the four of its
#: alignment, "0x" and the quotes.
_INLINE_DIGITS = 2 * (INLINE_BYTES + 4) + 4


@dataclasses.dataclass(frozen=True)
class TorchMlir:
    """A package with torch-mlir's passes and importers."""

    package: str

    @property
    def ir(self) -> Any:
        return import_module(f"{self.package}.ir")

    def load(self, module: str) -> Any:
        return import_module(f"{self.package}.{module}")

    def make_context(self) -> Any:
        context = self.ir.Context()
        # For the attribute with names, of a dialect of ours.
        context.allow_unregistered_dialects = True
        if self.package == "torch_mlir":
            self.load("dialects.torch").register_dialect(context)
        return context


def find_torch_mlir(extra: str) -> TorchMlir:
    """torch-mlir itself, or else IREE's compiler, which has the same passes.

    Raises
    ------
    ModuleNotFoundError
        When there is neither.
    """
    for package, distribution in (
        ("torch_mlir", "torch-mlir"),
        ("iree.compiler", "iree-base-compiler"),
    ):
        try:
            found = find_spec(package)
        except ModuleNotFoundError:
            found = None
        if found:
            check_version(distribution)
            return TorchMlir(package)
    raise ModuleNotFoundError(
        "torch-mlir is not installed, which this importer needs: "
        f"pip install 'mlir-conv-opt[{extra}]' (iree-base-compiler will do as well)",
        name="torch_mlir",
    )


class WeightStore:
    """Constants that leave the text, under names of their own."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

    def add(self, name: str, array: Array) -> str:
        """Keeps `array`; returns the name the text calls it."""
        key = make_unique(name, self.arrays)
        self.arrays[key] = array
        return key


def _describe(error: Any, kinds: dict[str, str]) -> str:
    """One line of what MLIR said: the node, its kind, the reason."""
    location = re.search(r'loc\("((?:[^"\\]|\\.)*)"', str(error.location))
    node = location[1] if location else ""
    kind = kinds.get(node)
    where = f"node '{node}'" + (f" ({kind})" if kind else "") + ": " if node else ""
    # Behind the reason stands the operation as MLIR prints it.
    return where + re.split(r": (?=%|\")", error.message, maxsplit=1)[0]


def lower(
    supplier: TorchMlir,
    module: Any,
    first_pipeline: str,
    model: str,
    kinds: Optional[dict[str, str]] = None,
) -> None:
    """Runs the passes down to linalg on tensors.

    Parameters
    ----------
    module : Operation
        Changed in place.
    model : str
        Its name, for messages.
    kinds : dict of str to str
        The kind of each node by its name.

    Raises
    ------
    UnsupportedModelError
        Naming the nodes that the passes did not take.
    """
    pipeline = f"builtin.module({first_pipeline},{_TO_LINALG})"
    try:
        with module.context:
            supplier.load("passmanager").PassManager.parse(pipeline).run(module)
    except supplier.ir.MLIRError as error:
        said = [_describe(entry, kinds or {}) for entry in error.error_diagnostics]
        lines = list(dict.fromkeys(said)) or [str(error)]
        raise UnsupportedModelError(f"{model} cannot be imported: " + "\n".join(lines)) from None


def find_function(supplier: TorchMlir, module: Any, name: str) -> Any:
    """The function `name` of `module`."""
    for operation in module.regions[0].blocks[0].operations:
        function = operation.operation
        if function.name == "func.func":
            if supplier.ir.StringAttr(function.attributes["sym_name"]).value == name:
                return function
    raise AssertionError(f"the importer made no function '{name}'")


def replace_arguments(
    supplier: TorchMlir, function: Any, arrays: Sequence[Optional[Array]], names: Sequence[str]
) -> dict[str, Array]:
    """Makes constants of the arguments that stand for weights.

    Parameters
    ----------
    arrays : sequence of array or None
        For each argument its value, None for those that stay.
    names : sequence of str
        What the model calls the arguments.

    Returns
    -------
    dict of str to array
        The weights, by the names the constants have.
    """
    ir = supplier.ir
    block = function.regions[0].blocks[0]
    store = WeightStore()
    with function.context, ir.Location.unknown():
        for index in reversed(range(len(arrays))):
            array = arrays[index]
            if array is None:
                continue
            argument = block.arguments[index]
            if next(iter(argument.uses), None) is not None:
                key = store.add(names[index], array)
                value = ir.Attribute.parse(f"dense_resource<{key}> : {argument.type}")
                constant = ir.Operation.create(
                    "arith.constant",
                    results=[argument.type],
                    attributes={"value": value},
                    ip=ir.InsertionPoint.at_block_begin(block),
                )
                argument.replace_all_uses_with(constant.result)
            block.erase_argument(index)
        results = ir.FunctionType(ir.TypeAttr(function.attributes["function_type"]).value).results
        function.attributes["function_type"] = ir.TypeAttr.get(
            ir.FunctionType.get([argument.type for argument in block.arguments], results)
        )
    return store.arrays


def set_names(
    supplier: TorchMlir, function: Any, arguments: Sequence[str], results: Sequence[str]
) -> None:
    """Notes what the model calls the arguments and results, where it says so."""
    ir = supplier.ir
    with function.context:
        for attribute, names in (("arg_attrs", arguments), ("res_attrs", results)):
            if names:
                function.attributes[attribute] = ir.ArrayAttr.get(
                    [ir.DictAttr.get({NAME_ATTRIBUTE: ir.StringAttr.get(n)}) for n in names]
                )


def print_module(module: Any, weights: dict[str, Array], name: str) -> Imported:
    """`module` as text, without the values of `weights`."""
    text = module.get_asm(large_resource_limit=_INLINE_DIGITS)
    used = set(re.findall(r"dense_resource<([\w.]+)>", text))
    return Imported(text, {key: array for key, array in weights.items() if key in used}, name)
