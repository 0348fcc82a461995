"""Which importer takes what."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from convopt._imported import Imported, Shapes
from convopt._suppliers import require


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
    # Most programs need none of them.
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
