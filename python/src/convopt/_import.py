"""Models of other programs, as MLIR."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
import types
import warnings
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Optional, Union

import numpy as np

#: Shapes of inputs: by name, or in their order.
Shapes = Union[Mapping[str, Sequence[int]], Sequence[Sequence[int]]]

#: What the importers are tested with: distribution, first version, first version
#: that is not. pyproject.toml says the same to pip.
TESTED_VERSIONS = {
    "torch-mlir": ("20261001", "20261101"),
    "iree-base-compiler": ("3.13.0", "3.14"),
    "onnx": ("1.19", "1.24"),
    "tosa-converter-for-tflite": ("2026.2.0", "2026.3"),
}

#: Constants of fewer bytes stand in the text.
INLINE_BYTES = 1024

#: The MLIR attribute that carries a name, and the one that names the weights.
NAME_ATTRIBUTE = "conv.name"
WEIGHTS_ATTRIBUTE = "conv.weights"

#: Types of weights, and what a .safetensors file calls them.
WEIGHT_TYPES = {
    "uint8": "U8",
    "int8": "I8",
    "uint16": "U16",
    "int16": "I16",
    "uint32": "U32",
    "int32": "I32",
    "uint64": "U64",
    "int64": "I64",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
}

#: Bytes to which the tensors of a file of weights are aligned, as buffers are.
_ALIGNMENT = 64


class UnsupportedModelError(RuntimeError):
    """A model that an importer cannot take; the message names the node."""


@dataclasses.dataclass(frozen=True)
class Imported:
    """A model as MLIR, for `compile` or for files.

    Attributes
    ----------
    text : str or bytes
        The module: text of linalg on tensors, or bytecode of TOSA. Constants of
        1 KiB and more stand in it by name only.
    weights : dict of str to array
        Their values, by those names.
    name : str
        What messages call the text.
    """

    text: Union[str, bytes]
    weights: dict[str, np.ndarray[Any, Any]]
    name: str

    def __str__(self) -> str:
        return self.text if isinstance(self.text, str) else self.name

    def __repr__(self) -> str:
        size = sum(w.nbytes for w in self.weights.values())
        return f"<convopt.Imported: {self.name}, {size} bytes of weights>"

    def save(
        self,
        path: Union[str, os.PathLike[str]],
        weights: Union[str, os.PathLike[str], None] = None,
    ) -> list[Path]:
        """Write a file that all tools read, and the file of weights it names.

        Parameters
        ----------
        path : path
            For the module.
        weights : path, optional
            For the weights, in the format of the safetensors library; the
            module's name with the ending ``.safetensors`` when omitted. The
            module names it relative to its own folder, so that both can be moved
            together.

        Returns
        -------
        list of Path
            The files written.
        """
        path = Path(path)
        if not self.weights:
            text = self.text if isinstance(self.text, bytes) else self.text.encode()
            path.write_bytes(text)
            return [path]
        assert isinstance(self.text, str)
        weights = Path(weights) if weights is not None else path.with_suffix(".safetensors")
        write_weights(weights, self.weights)
        relative = os.path.relpath(weights, path.parent)
        path.write_text(_add_weights_attribute(self.text, relative))
        return [path, weights]


def _add_weights_attribute(text: str, file: str) -> str:
    """`text` with the attribute of its module that names the file of weights."""
    attribute = f"{WEIGHTS_ATTRIBUTE} = {json.dumps(file, ensure_ascii=False)}"
    opening = re.compile(r"^module( @\S+)?( attributes \{(?P<others>.*)\})? \{$", re.MULTILINE)

    def extend(match: re.Match[str]) -> str:
        others = f", {match['others']}" if match["others"] else ""
        return f"module{match[1] or ''} attributes {{{attribute}{others}}} {{"

    text, count = opening.subn(extend, text, count=1)
    if count != 1:
        raise AssertionError("the text does not begin as a module does")
    return text


def write_weights(path: Path, weights: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Write a .safetensors file, one tensor after the other.

    The format allows no gaps. The widest elements come first: each tensor is then
    aligned to its elements, and the first to `_ALIGNMENT` bytes.
    """
    order = sorted(weights, key=lambda name: -weights[name].itemsize)
    index, offset = {}, 0
    for name in order:
        array = weights[name]
        index[name] = {
            "dtype": WEIGHT_TYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    header = json.dumps(index, separators=(",", ":")).encode()
    header += b" " * (-(len(header) + 8) % _ALIGNMENT)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little"))
        file.write(header)
        for name in order:
            file.write(as_bytes(weights[name]).data)


def as_bytes(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The bytes of `array`, dense and row-major; a view where that is so."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def _parse_version(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def check_version(distribution: str) -> None:
    """Warn when `distribution` is another version than those tested."""
    from importlib import metadata  # Slow to import, and not often asked.

    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:  # A build tree on the path.
        return
    first, end = TESTED_VERSIONS[distribution]
    if not _parse_version(first) <= _parse_version(version) < _parse_version(end):
        warnings.warn(
            f"{distribution} {version} is not a version this was tested with "
            f"({first} and later, before {end})",
            stacklevel=4,
        )


def require(module: str, distribution: str, extra: str) -> types.ModuleType:
    """Import `module`, or say what to install.

    Raises
    ------
    ModuleNotFoundError
        Naming the extra, when it or something it needs is not there.
    """
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is not installed, which this importer needs: "
            f"pip install 'mlir-conv-opt[{extra}]'",
            name=error.name,
        ) from None
    if distribution in TESTED_VERSIONS:
        check_version(distribution)
    return found


def make_unique(name: str, taken: Iterable[str]) -> str:
    """`name` as MLIR can print it bare, unlike all of `taken`."""
    stem = re.sub(r"[^\w.]", "_", name, flags=re.ASCII) or "_"
    if stem[0].isdigit() or stem[0] == ".":
        stem = "_" + stem
    unique, number = stem, 1
    while unique in taken:
        number += 1
        unique = f"{stem}.{number}"
    return unique


def is_torch(source: Any) -> bool:
    """Whether `source` is a module or an exported program of PyTorch's."""
    torch = sys.modules.get("torch")
    if torch is None:
        return False
    return isinstance(source, torch.nn.Module) or (
        hasattr(torch, "export") and isinstance(source, torch.export.ExportedProgram)
    )


def is_foreign(source: Any) -> bool:
    """Whether `source` is something that an importer takes."""
    if type(source).__name__ == "ModelProto" or is_torch(source):
        return True
    if not isinstance(source, (str, os.PathLike)):
        return False
    text = os.fspath(source)
    return "\n" not in text and Path(text).suffix.lower() in (".onnx", ".tflite", ".pt2")


def import_model(
    source: Any,
    example_inputs: Optional[Sequence[Any]] = None,
    shapes: Optional[Shapes] = None,
    entry: str = "main",
) -> Imported:
    """Import whatever `source` is: see `from_onnx`, `from_torch`, `from_tflite`."""
    from convopt._import_onnx import from_onnx
    from convopt._import_tflite import from_tflite
    from convopt._import_torch import from_torch

    if is_torch(source):
        return from_torch(source, example_inputs, entry=entry)
    if type(source).__name__ == "ModelProto":
        return from_onnx(source, shapes, entry)
    suffix = Path(source).suffix.lower()
    if suffix == ".tflite":
        return from_tflite(source, shapes)
    if suffix == ".pt2":
        torch = require("torch", "torch", "torch")
        return from_torch(torch.export.load(source), entry=entry)
    if suffix == ".onnx":
        return from_onnx(source, shapes, entry)
    raise ValueError(
        f"{os.fspath(source)}: no importer for the ending '{suffix}' (there are: .onnx, .pt2, .tflite)"
    )
