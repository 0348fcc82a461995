"""Convolutions compiled for this machine, called on NumPy arrays.

>>> import numpy as np, convopt
>>> x = np.ones((1, 3, 8, 8), np.float32)
>>> w = np.ones((4, 3, 3, 3), np.float32)
>>> convopt.conv2d(x, w, padding=1).shape
(1, 4, 8, 8)

`compile` turns a whole model into Python functions, `from_onnx`, `from_torch` and
`from_tflite` turn those of other programs into MLIR, `conv2d` and `Conv2d` run
single convolutions, `explain` says what the compiler decided and why, `bench`, `tune`
and `plot` measure, remember and show.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from convopt._compile import (
    CompileError,
    CompileWarning,
    Diagnostic,
    Explanation,
    Module,
    compile,
    explain,
    load,
)
from convopt._conv2d import Conv2d, clear_cache, conv2d
from convopt._convopt import Function
from convopt._import import import_model
from convopt._imported import Imported, UnsupportedModelError
from convopt._version import __version__

if TYPE_CHECKING:
    from convopt._bench import bench, tune
    from convopt._fleet import FleetReport, tune_fleet
    from convopt._import_onnx import from_onnx
    from convopt._import_tflite import from_tflite
    from convopt._import_torch import from_torch
    from convopt._plot import plot

#: Where the names are that are imported at their first use: what they need takes as
#: long to import as everything else.
_LATER = {
    "FleetReport": "_fleet",
    "bench": "_bench",
    "from_onnx": "_import_onnx",
    "from_tflite": "_import_tflite",
    "from_torch": "_import_torch",
    "plot": "_plot",
    "tune": "_bench",
    "tune_fleet": "_fleet",
}

__all__ = [
    "CompileError",
    "CompileWarning",
    "Conv2d",
    "Diagnostic",
    "Explanation",
    "FleetReport",
    "Function",
    "Imported",
    "Module",
    "UnsupportedModelError",
    "bench",
    "clear_cache",
    "compile",
    "conv2d",
    "explain",
    "from_onnx",
    "from_tflite",
    "from_torch",
    "import_model",
    "load",
    "plot",
    "tune",
    "tune_fleet",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'convopt' has no attribute '{name}'")
    value = getattr(import_module(f"convopt.{_LATER[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
