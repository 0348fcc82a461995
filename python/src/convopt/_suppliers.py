"""The packages that importers are built on."""

from __future__ import annotations

import re
import types
import warnings
from importlib import import_module

#: What the importers are tested with: distribution, first version, first version
#: that is not. pyproject.toml says the same to pip.
TESTED_VERSIONS = {
    "torch-mlir": ("20261001", "20261101"),
    "iree-base-compiler": ("3.13.0", "3.14"),
    "onnx": ("1.19", "1.24"),
    "tosa-converter-for-tflite": ("2026.2.0", "2026.3"),
}


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
