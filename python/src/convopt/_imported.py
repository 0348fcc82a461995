"""Models as the importers leave them: MLIR, and weights apart from it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np

#: Shapes of inputs: by name, or in their order.
Shapes = Union[Mapping[str, Sequence[int]], Sequence[Sequence[int]]]

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
