"""How compiled functions show themselves: as signatures and in notebooks."""

from __future__ import annotations

import html
import inspect
import keyword
from collections.abc import Iterable
from typing import Any, Optional

from convopt._convopt import Function

#: (element type, shape or None for a scalar, role).
ValueType = tuple[str, Optional[tuple[Optional[int], ...]], str]


def describe_type(value: ValueType) -> str:
    """``float32[1, 3, ?, ?]``."""
    element, shape, _ = value
    if shape is None:
        return element
    extents = ("?" if extent is None else str(extent) for extent in shape)
    return f"{element}[{', '.join(extents)}]"


def describe_workspace(size: Optional[int]) -> str:
    """``64 bytes of workspace``."""
    return "workspace by its sizes" if size is None else f"{size} bytes of workspace"


def _make_names(function: Function) -> list[str]:
    """What Python can call the arguments: their names, or ``arg0`` and so on."""
    names: list[str] = []
    for i, name in enumerate(function.argument_names):
        usable = name is not None and name.isidentifier() and not keyword.iskeyword(name)
        taken = {*names, "out"}
        names.append(name if usable and name not in taken else f"arg{i}")  # type: ignore[arg-type]
    return names


def make_signature(function: Function) -> inspect.Signature:
    """What ``inspect.signature`` and ``help`` say; annotations are texts."""
    names = _make_names(function)
    # Python has it that what can be named follows what cannot.
    unnamed = [i for i, name in enumerate(function.argument_names) if name != names[i]]
    first_named = unnamed[-1] + 1 if unnamed else 0
    parameters = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_ONLY
            if i < first_named
            else inspect.Parameter.POSITIONAL_OR_KEYWORD,
            annotation=describe_type(value),
        )
        for i, (name, value) in enumerate(zip(names, function.arguments))
    ]
    parameters.append(inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None))
    results = [describe_type(value) for value in function.results]
    returned = results[0] if len(results) == 1 else f"({', '.join(results)})" if results else None
    return inspect.Signature(parameters, return_annotation=returned)


def _describe_rows(function: Function) -> Iterable[tuple[str, str, str]]:
    values: list[tuple[Optional[str], Any]] = [
        *zip(function.argument_names, function.arguments),
        *zip(function.result_names, function.results),
    ]
    for name, value in values:
        yield name or "", describe_type(value), value[2]


def describe_html(function: Function) -> str:
    """A table of arguments and results."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in _describe_rows(function)
    )
    return (
        f'<table style="text-align: left"><caption>{html.escape(function.name)}, '
        f"{describe_workspace(function.workspace_bytes)}</caption>"
        f"<tr><th>name</th><th>type</th><th>role</th></tr>{rows}</table>"
    )
