"""The pipeline's options, as Python names them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal, Optional, TypedDict, Union

#: "mec" takes the better of its two forms; "auto" is the model's choice. Others are as
#: in docs/algorithms.md.
Algorithm = Literal[
    "auto",
    "naive",
    "direct",
    "im2col",
    "im2row",
    "kn2row",
    "kn2col",
    "kn2row_as",
    "kn2col_as",
    "kn2row_aa",
    "mec",
    "mec_a",
    "mec_b",
    "im2win",
    "winograd_4",
    "winograd_4x2",
    "winograd_2",
]
Form = Literal["whole", "banded"]
Prepack = Literal["constants", "function"]
Layouts = Literal["plain", "blocked"]
Quantized = Literal["integer", "literal"]
Path = Union[str, "os.PathLike[str]"]
#: Rows and columns of images: "224x224", or (224, 224).
Sizes = Union[str, Sequence[Union[str, tuple[int, int]]]]


class CompileOptions(TypedDict, total=False):
    """Keyword arguments of `compile`, which describes them."""

    cpu: str
    threads: int
    algorithm: Optional[Algorithm]
    form: Optional[Form]
    exclude: Union[str, Sequence[Algorithm], None]
    max_workspace: Union[int, str, None]
    accuracy: Union[float, str, None]
    network_accuracy: Optional[float]
    network_memory: Union[int, str, None]
    triple: Optional[str]
    features: Optional[str]
    prepack: Optional[Prepack]
    propagate_layouts: Optional[Layouts]
    products: Optional[bool]
    quantized: Optional[Quantized]
    sizes: Optional[Sizes]
    records: Optional[Path]
    report: Optional[Path]
    clock_mhz: Optional[int]
    machine: Optional[Path]
    weights: Optional[Path]
    n_fma: Optional[int]
    l_fma: Optional[int]
    n_vec: Optional[int]
    n_reg: Optional[int]
    loads: Optional[int]
    l1: Optional[int]
    l1_ways: Optional[int]
    l2: Optional[int]
    l3: Optional[int]


#: Options whose values are files: quoted, since a path may have spaces.
_PATHS = ("records", "report", "machine", "weights")


def _write_size(size: Union[str, tuple[int, int]]) -> str:
    if isinstance(size, str):
        return size
    if len(size) != 2:
        raise ValueError(f"sizes: {size!r} is not a number of rows and one of columns")
    return "x".join(map(str, size))


def _write(name: str, value: Any) -> str:
    if name in _PATHS:
        return f"'{os.fspath(value)}'"
    if name == "sizes" and not isinstance(value, str):
        return ",".join(map(_write_size, value))
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) and isinstance(value, Sequence):
        return ",".join(map(str, value))
    return str(value)


def make_options(options: CompileOptions) -> str:
    """The text of the pipeline's options; what is None is left to the pipeline.

    Raises
    ------
    TypeError, ValueError
        For threads that are no positive number, and for names there are not.
    """
    threads = options.get("threads", 1)
    if isinstance(threads, bool) or not isinstance(threads, int):
        raise TypeError(f"threads must be an int, got {threads!r}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}")
    for name in options:
        if name not in CompileOptions.__annotations__:
            known = ", ".join(CompileOptions.__annotations__)
            raise TypeError(f"unknown option '{name}' (known: {known})")
    return " ".join(
        f"{name.replace('_', '-')}={_write(name, value)}"
        for name, value in options.items()
        if value is not None
    )
