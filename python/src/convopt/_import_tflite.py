"""TensorFlow Lite models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional, Union

from convopt._imported import Imported, Shapes, UnsupportedModelError
from convopt._suppliers import require

#: Run in a process of its own: on some models the converter crashes.
_CONVERT = """
import json, sys
import tosa_converter_for_tflite as converter
path, output, shapes = sys.argv[1:]
arguments = [path, output, converter.TosaConverterOutputFormat.Bytecode,
             converter.TosaConverterDebugInfo.Disabled]
if shapes:
    converter._tflite_flatbuffer_to_tosa_mlir(*arguments, json.loads(shapes))
else:
    converter.tflite_flatbuffer_to_tosa_mlir(*arguments)
"""


def from_tflite(
    path: Union[str, os.PathLike[str]], shapes: Optional[Shapes] = None
) -> Imported:
    """Import a TensorFlow Lite model.

    Needs ``mlir-conv-opt[tflite]``: Arm's tosa-converter-for-tflite.

    Parameters
    ----------
    path : path
        A ``.tflite`` file.
    shapes : dict of str to tuple, optional
        Shapes of inputs, in place of those of the file.

    Returns
    -------
    Imported
        Bytecode of TOSA, which `compile` and the tools read like text; its weights
        stand in it. The function is called ``main``, and takes and returns what the
        model does, under the same names.

    Raises
    ------
    UnsupportedModelError
        With what the converter said.
    ModuleNotFoundError
        Naming the extra, when the package is missing.
    """
    require("tosa_converter_for_tflite", "tosa-converter-for-tflite", "tflite")
    if shapes is not None and not isinstance(shapes, Mapping):
        raise ValueError("shapes of a .tflite model are given by name: {'input': (1, 224, 224, 3)}")
    name = os.fspath(path)
    with open(name, "rb"):
        pass  # What is not there is an OSError, not the converter's.
    return Imported(_convert(name, shapes), {}, name + ".mlir")


def _convert(path: str, shapes: Optional[Shapes]) -> bytes:
    """The bytecode the converter makes of the file `path`."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "model.mlirbc"
        asked = json.dumps({k: list(v) for k, v in dict(shapes).items()}) if shapes else ""
        run = subprocess.run(
            [sys.executable, "-c", _CONVERT, path, str(output), asked],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if run.returncode < 0:
            raise UnsupportedModelError(
                f"{path} cannot be imported: the converter crashed (signal {-run.returncode})"
            )
        if run.returncode:
            lines = [line for line in run.stderr.splitlines() if line.strip()]
            said = [line for line in lines if "error:" in line] or lines[-1:]
            raise UnsupportedModelError(f"{path} cannot be imported: " + "\n".join(said))
        return output.read_bytes()
