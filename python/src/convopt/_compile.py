"""Compiling modules."""

from __future__ import annotations

import dataclasses
import html
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from convopt import _convopt
from convopt._describe import describe_html, describe_workspace
from convopt._import import import_model, is_foreign
from convopt._imported import Imported, Shapes, as_bytes
from convopt._options import (
    Algorithm,
    CompileOptions,
    Form,
    Layouts,
    Path,
    Prepack,
    Quantized,
    Sizes,
    make_options,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: ``[Analysis] pass | Category:conv | Remark="what it says"``.
_REMARK = re.compile(r'\[(?P<kind>\w+)\] .*?(?:Remark|Reason)="(?P<said>.*)".*', re.DOTALL)

#: MLIR text, bytecode, the name of a file, or a model that was imported.
Source = Union[str, bytes, "os.PathLike[str]", Imported]


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler.

    Attributes
    ----------
    severity : {"note", "warning", "error", "remark"}
    file : str
        Empty when the message has no location.
    line, column : int
        Counted from 1; 0 where the message is about all of the file, or about options.
    message : str
    """

    severity: str
    file: str
    line: int
    column: int
    message: str

    @classmethod
    def make(
        cls, severity: str, file: str, line: int, column: int, message: str
    ) -> Diagnostic:
        """The compiler's message, without the frame MLIR puts around remarks."""
        framed = _REMARK.fullmatch(message)
        if severity == "remark" and framed:
            kind = framed["kind"].lower()
            said = framed["said"].replace('\\"', '"')
            message = said if kind == "analysis" else f"{kind}: {said}"
        return cls(severity, file, line, column, message)

    @property
    def _place(self) -> str:
        """Of the file, and what of line and column is known."""
        known = filter(None, (self.file, self.line, self.column))
        return ":".join(map(str, known)) if self.file else ""

    def __str__(self) -> str:
        where = f"{self._place}: " if self.file else ""
        return f"{where}{self.severity}: {self.message}"


class CompileWarning(UserWarning):
    """What the compiler warned of while it compiled."""


class CompileError(RuntimeError):
    """Compilation failed; `diagnostics` holds what the compiler said."""

    def __init__(self, diagnostics: list[Diagnostic]):
        self.diagnostics = diagnostics
        # Remarks explain decisions; they are not why it failed.
        said = [str(d) for d in diagnostics if d.severity != "remark"]
        super().__init__("\n".join(said) or "compilation failed")


class Module:
    """Compiled code. Its functions are attributes: ``module.main(x, w)``.

    Attributes
    ----------
    functions : dict of str to Function
        In the order of the source. A function's `arguments` and `results` give
        element types and shapes, `workspace_bytes` its temporary memory.
    diagnostics : list of Diagnostic
        Warnings, and remarks that say what was decided.
    """

    def __init__(
        self,
        functions: list[_convopt.Function],
        diagnostics: list[Diagnostic],
        source: Optional[tuple[Any, ...]] = None,
    ):
        self.functions = {function.name: function for function in functions}
        self.diagnostics = diagnostics
        self._source = source

    def __getattr__(self, name: str) -> _convopt.Function:
        try:
            functions: dict[str, _convopt.Function] = self.__dict__["functions"]
            return functions[name]
        except KeyError:
            names = ", ".join(self.__dict__.get("functions", {}))
            raise AttributeError(
                f"the module has no function '{name}' (it has: {names})"
            ) from None

    def __getitem__(self, name: str) -> _convopt.Function:
        return self.functions[name]

    def __iter__(self) -> Iterator[_convopt.Function]:
        return iter(self.functions.values())

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.functions]

    def __repr__(self) -> str:
        return f"<convopt.Module: {', '.join(self.functions)}>"

    def _repr_html_(self) -> str:
        return "".join(map(describe_html, self))

    def save(self, path: Path) -> None:
        """Write the compiled code, weights included, to a file for `load`.

        The code is made again for it; its kernels come from the cache.

        Parameters
        ----------
        path : path
            What is there is replaced.

        Raises
        ------
        CompileError
            When the file cannot be written.
        ValueError
            For a module that was loaded from a file: copy that one.
        """
        if self._source is None:
            raise ValueError("the module is from a file: copy that instead")
        done, said = _convopt.compile_to_file(*self._source, os.fspath(path))
        if not done:
            raise CompileError([Diagnostic.make(*entry) for entry in said])


def _read(source: Source) -> tuple[bytes, str]:
    """The bytes of `source` and the name diagnostics call it."""
    if isinstance(source, Imported):
        text = source.text
        return text if isinstance(text, bytes) else text.encode(), source.name
    if isinstance(source, bytes):
        return source, "<bytes>"
    # A path has no line breaks; text that is one line is no module of use.
    if isinstance(source, str) and ("\n" in source or "func.func" in source):
        return source.encode(), "<string>"
    path = os.fspath(source)
    with open(path, "rb") as file:
        return file.read(), path


def compile(
    source: Any,
    example_inputs: Optional[Sequence[Any]] = None,
    *,
    shapes: Optional[Shapes] = None,
    cpu: str = "native",
    threads: int = 1,
    algorithm: Optional[Algorithm] = None,
    form: Optional[Form] = None,
    exclude: Union[str, Sequence[Algorithm], None] = None,
    max_workspace: Union[int, str, None] = None,
    network_memory: Union[int, str, None] = None,
    triple: Optional[str] = None,
    features: Optional[str] = None,
    prepack: Optional[Prepack] = None,
    propagate_layouts: Optional[Layouts] = None,
    products: Optional[bool] = None,
    quantized: Optional[Quantized] = None,
    sizes: Optional[Sizes] = None,
    records: Optional[Path] = None,
    report: Optional[Path] = None,
    clock_mhz: Optional[int] = None,
    machine: Optional[Path] = None,
    weights: Optional[Path] = None,
    accuracy: Union[float, str, None] = None,
    network_accuracy: Optional[float] = None,
    n_fma: Optional[int] = None,
    l_fma: Optional[int] = None,
    n_vec: Optional[int] = None,
    n_reg: Optional[int] = None,
    loads: Optional[int] = None,
    l1: Optional[int] = None,
    l1_ways: Optional[int] = None,
    l2: Optional[int] = None,
    l3: Optional[int] = None,
) -> Module:
    """Compile a model for calls in this process.

    Parameters
    ----------
    source : str, bytes, path or model
        MLIR text, bytecode, or the name of a file with either: linalg and TOSA on
        tensors or memrefs. Dimensions may be dynamic where those of results follow
        from those of arguments. Or what an importer takes: the name of an ``.onnx``,
        ``.tflite`` or ``.pt2`` file, an ``onnx.ModelProto``, a ``torch.nn.Module``; or
        what an importer returned.
    example_inputs : sequence of tensors, optional
        What a ``torch.nn.Module`` is called with: see `from_torch`.
    shapes : dict of str to tuple, or sequence of tuples, optional
        Shapes of a model's inputs: see `from_onnx`.
    cpu : str
        CPU as LLVM spells it; "native" is this one.
    threads : int
        Threads a convolution may use.
    algorithm : str, optional
        Force this algorithm on every convolution ("direct", "im2col", ...); an
        error when it cannot be done.
    form : {"whole", "banded"}, optional
        Transform the whole image, or a band of rows at a time.
    exclude : str or sequence of str, optional
        Algorithms that must not be chosen.
    max_workspace : int or str, optional
        Bytes of temporary memory a convolution may use; "1MiB" works as well.
    network_memory : int or str, optional
        Bytes that a call of a function may have in memory at once, values between
        its operations and temporary memory together.
    triple : str, optional
        Target triple; that of `cpu` when not given.
    features : str, optional
        Further target features, such as "-avx512f".
    prepack : {"constants", "function"}, optional
        "function": filters that are arguments are expected packed, as the
        function ``NAME_pack`` of the module makes them from the plain ones.
    propagate_layouts : {"plain", "blocked"}, optional
        "blocked", the default: channels in blocks, or last, between convolutions
        where that pays. "plain": as the module has them.
    products : bool, optional
        False: products of matrices are left to the plain lowering.
    quantized : {"integer", "literal"}, optional
        "integer", the default: convolutions of quantised networks that are written
        in f32, between what dequantises and what quantises, are computed on the
        integers, as ONNX Runtime does; results differ by at most one, near ties.
        "literal": as they are written.
    sizes : str or sequence of str or tuple, optional
        Rows and columns of images, "224x224,320x320" or [(224, 224), (320, 320)],
        that functions whose images have dynamic sizes are also compiled for; calls
        with others run code that is right for all.
    records : path, optional
        Records of a tuner to take schedules from.
    report : path, optional
        JSON file to write every decision to, and what else was possible; `plot`
        draws it.
    clock_mhz : int, optional
        The machine's clock, with which the report has milliseconds.
    machine : path, optional
        Machine file of ``conv-tune --measure-machine``: the model takes rates
        and caches from it. An error when it is missing, damaged or of another
        CPU.
    weights : path, optional
        ``.safetensors`` file with the values of constants that the text only names;
        the one that the module names when not given.
    accuracy : float or "sum", optional
        The largest error of an algorithm that may be chosen, as a multiple of
        the plain sum's; "sum", the default, reorders sums and nothing else.
    network_accuracy : float, optional
        The largest error of a function's convolutions together, as a multiple of
        the plain sums'. Algorithms are then chosen for all of them at once, each
        with any error that `accuracy`, where it is given, admits.
    n_fma, l_fma, n_vec, n_reg, loads, l1, l1_ways, l2, l3 : int, optional
        Describe the machine by hand, each in place of what is known of `cpu`: FMAs
        that start per cycle, their latency, lanes, vector registers, loads per cycle,
        caches in bytes.

    Returns
    -------
    Module
        Its functions take the arguments of the source as dense arrays of
        exactly these shapes, NumPy's or any DLPack tensor in CPU memory, without
        copying, and return new NumPy arrays (or fill those given as ``out=``).
        Dynamic dimensions have any extent; results have the shapes that follow.
        They may be called from several threads at once.

    Warns
    -----
    CompileWarning
        For each warning of the compiler, such as a convolution that is left to
        the plain lowering, which is slow; `diagnostics` has them as well.

    Raises
    ------
    CompileError
        With the compiler's messages and their line numbers.
    OSError
        When the file cannot be read.
    UnsupportedModelError, ValueError, ModuleNotFoundError
        As the importers do.
    """
    if is_foreign(source):
        source = import_model(source, example_inputs, shapes)
    elif example_inputs is not None or shapes is not None:
        raise TypeError("example_inputs and shapes are for models that are imported")
    text, name = _read(source)
    arrays = source.weights if isinstance(source, Imported) else {}
    options = make_options(
        {
            "cpu": cpu,
            "threads": threads,
            "algorithm": algorithm,
            "form": form,
            "exclude": exclude,
            "max_workspace": max_workspace,
            "network_memory": network_memory,
            "triple": triple,
            "features": features,
            "prepack": prepack,
            "propagate_layouts": propagate_layouts,
            "products": products,
            "quantized": quantized,
            "sizes": sizes,
            "records": records,
            "report": report,
            "clock_mhz": clock_mhz,
            "machine": machine,
            "weights": weights,
            "accuracy": accuracy,
            "network_accuracy": network_accuracy,
            "n_fma": n_fma,
            "l_fma": l_fma,
            "n_vec": n_vec,
            "n_reg": n_reg,
            "loads": loads,
            "l1": l1,
            "l1_ways": l1_ways,
            "l2": l2,
            "l3": l3,
        }
    )
    # Of an array that is dense its memory is kept, and nothing copied.
    blobs = [(key, as_bytes(array)) for key, array in arrays.items()]
    compiled = (text, name, options, blobs)
    functions, said = _convopt.compile_source(*compiled)
    diagnostics = [Diagnostic.make(*entry) for entry in said]
    if functions is None:
        raise CompileError(diagnostics)
    for diagnostic in diagnostics:
        if diagnostic.severity == "warning":
            warnings.warn(str(diagnostic), CompileWarning, stacklevel=2)
    return Module(functions, diagnostics, compiled)


def load(path: Path) -> Module:
    """Load what `Module.save` wrote, without a compilation.

    The file is code that will run: load none from people you would not run programs
    of.

    Parameters
    ----------
    path : path

    Returns
    -------
    Module

    Raises
    ------
    CompileError
        When the file cannot be read, is damaged, was written by a version with
        another form of such files, or is for a CPU with features that this machine
        has not.
    """
    functions, said = _convopt.load_module(os.fspath(path))
    diagnostics = [Diagnostic.make(*entry) for entry in said]
    if functions is None:
        raise CompileError(diagnostics)
    return Module(functions, diagnostics)


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What the compiler decided, and why.

    Attributes
    ----------
    decisions : list of Diagnostic
        One remark per decision or refusal: problem, algorithm, register tile,
        limiting resource, predicted cycles.
    workspace_bytes : dict of str to int
        Temporary memory of one call, by function; None where that follows from the
        shapes it is called with.
    """

    decisions: list[Diagnostic]
    workspace_bytes: dict[str, Optional[int]]

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(d._place)}</td>"
            f"<td>{html.escape(d.message)}</td></tr>"
            for d in self.decisions
        )
        return f'<table style="text-align: left">{rows}</table>'

    def __str__(self) -> str:
        lines = [f"{d._place}: {d.message}" for d in self.decisions]
        lines += [
            f"{name}(): {describe_workspace(size)}"
            for name, size in self.workspace_bytes.items()
        ]
        return "\n".join(lines)


def explain(
    module: Union[Module, Source], **options: Unpack[CompileOptions]
) -> Explanation:
    """Say what was decided for each convolution, and why.

    Parameters
    ----------
    module : Module, str, bytes or path
        Compiled already, or something to compile.
    **options
        Those of `compile`: ``cpu="haswell"``, ``threads=2``, ...

    Returns
    -------
    Explanation
        ``print()`` it, or look at its fields.

    Raises
    ------
    CompileError, OSError
        As `compile` does.
    """
    if not isinstance(module, Module):
        with warnings.catch_warnings():
            # They are part of the explanation.
            warnings.simplefilter("ignore", CompileWarning)
            module = compile(module, **options)
    return Explanation(
        [d for d in module.diagnostics if d.severity in ("remark", "warning")],
        {function.name: function.workspace_bytes for function in module},
    )
