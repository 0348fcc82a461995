"""Convolutions compiled for this machine, called on NumPy arrays.

>>> import numpy as np, convopt
>>> x = np.ones((1, 3, 8, 8), np.float32)
>>> w = np.ones((4, 3, 3, 3), np.float32)
>>> convopt.conv2d(x, w, padding=1).shape
(1, 4, 8, 8)

`compile` turns a whole MLIR module into Python functions, `conv2d` runs single
convolutions, `explain` says what the compiler decided and why, `bench`, `tune`
and `plot` measure, remember and show.
"""

from convopt._bench import bench, tune
from convopt._compile import (
    CompileError,
    Diagnostic,
    Explanation,
    Module,
    compile,
    explain,
)
from convopt._conv2d import clear_cache, conv2d
from convopt._convopt import Function
from convopt._plot import plot
from convopt._version import __version__

__all__ = [
    "CompileError",
    "Diagnostic",
    "Explanation",
    "Function",
    "Module",
    "bench",
    "clear_cache",
    "compile",
    "conv2d",
    "explain",
    "plot",
    "tune",
]
