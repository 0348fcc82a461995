"""Measuring, by the tools conv-bench and conv-tune."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from convopt._fleet import tune_fleet
from convopt._options import Form
from convopt._options import Path as Name
from convopt._tools import Progress, run_tool

if TYPE_CHECKING:
    from distributed import Client


#: What the tools call the layouts of layers.
Layout = Literal["nhwc", "nchw", "blocked"]
#: Libraries beside layers, and programs beside modules.
Peer = Literal[
    "onednn", "openblas", "naive", "onnxruntime", "openvino", "ncnn", "ncnn-no-winograd"
]


def _join(value: Union[str, Iterable[str]]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _make_flags(flags: dict[str, Any]) -> list[str]:
    """Flags of a tool; what is None or False is left out, True has no value."""
    arguments: list[str] = []
    for name, value in flags.items():
        if value is None or value is False:
            continue
        arguments.append(f"--{name.replace('_', '-')}")
        if value is not True:
            arguments.append(os.fspath(value) if isinstance(value, os.PathLike) else str(value))
    return arguments


def bench(
    problems: Union[str, Iterable[str]] = (),
    *,
    net: Union[str, Iterable[str], None] = None,
    layers: Optional[Name] = None,
    layout: Layout = "nhwc",
    element_type: Literal["f32", "f64", "f16", "bf16", "i16", "s8s8", "u8s8", None] = None,
    algorithm: Union[str, Iterable[str]] = "auto",
    form: Optional[Form] = None,
    schedule: Optional[str] = None,
    search: Union[bool, Literal["tiles", "exhaustive", "algorithms"]] = False,
    max_workspace: Union[int, str, None] = None,
    accuracy: Union[float, str, None] = None,
    machine: Optional[Name] = None,
    peer: Optional[Peer] = None,
    peer_model: Optional[Name] = None,
    settle: bool = False,
    cold: bool = False,
    cpu: str = "native",
    threads: int = 1,
    batch: Optional[int] = None,
    rounds: Optional[int] = None,
    check: bool = False,
    json_path: Optional[os.PathLike[str] | str] = None,
    progress: Optional[Progress] = None,
) -> list[dict[str, Any]]:
    """Time convolutions as a fraction of the machine's peak.

    Parameters
    ----------
    problems : str or iterable of str
        Problem strings as benchdnn writes them
        ("mb1_ic64oc64_ih56oh56kh3sh1ph1") or names of .mlir files.
    net : str or iterable of str, optional
        Built-in sets of layers: "resnet50", "vgg16", "mobilenet_v2", ...
    layers : path, optional
        JSON file with a set of layers.
    layout : {"nhwc", "nchw", "blocked"}
    element_type : {"f32", "f64", "f16", "bf16", "i16", "s8s8", "u8s8"}, optional
        Of layers.
    algorithm : str or iterable of str
        Names, "auto" for the compiler's choice, or "all".
    form : {"whole", "banded"}, optional
        Transform the whole image, or a band of rows at a time.
    schedule : str, optional
        As a record has it: ``"<algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14>"``.
    search : bool or {"tiles", "exhaustive", "algorithms"}
        Measure what the model chose from: register tiles, those in every loop order,
        or algorithms. Records then have `quality`, the fastest one's time over the
        pick's, and `candidates`.
    max_workspace, accuracy, machine
        As for `compile`.
    peer : str, optional
        Time a library beside each layer, in turns ("onednn", "openblas", "naive"), or
        a package of Python beside a module ("onnxruntime", "openvino", "ncnn",
        "ncnn-no-winograd"), which runs `peer_model`. Records then have `peer_ms` and
        `speedup`.
    peer_model : path, optional
        ``.onnx``, for ncnn ``.param``.
    settle, cold : bool
        Beside a peer, let each side run alone first; flush the caches before each call.
    cpu, threads
        As for `compile`.
    batch : int, optional
        Overrides the problems' batch.
    rounds : int, optional
        Samples per measurement.
    check : bool
        Compare exactly with the plain definition first.
    json_path : path, optional
        Also keep the file, machine included.
    progress : callable, optional
        Called with (done, total, what).

    Returns
    -------
    list of dict
        One record per layer and algorithm; ``pandas.DataFrame(records)`` reads
        it. Among the fields: name, algorithm, layout, schedule, threads,
        median_ms, gflops, peak_gflops, peak_fraction (0 to 1), workspace_bytes,
        checked, refused (the reason when it was not run, else None).

    Raises
    ------
    RuntimeError
        With what the tool said, for problems it cannot read or failed checks.
    FileNotFoundError
        When conv-bench is not installed.
    """
    arguments = [problems] if isinstance(problems, str) else list(problems)
    if not arguments and net is None and layers is None:
        raise ValueError("give problems, net= or layers=")
    flags: dict[str, Any] = {
        "net": None if net is None else _join(net),
        "layers": layers,
        "layout": layout,
        "type": element_type,
        "form": form,
        "schedule": schedule,
        "max_workspace": max_workspace,
        "accuracy": accuracy,
        "machine": machine,
        "peer": peer,
        "peer_model": peer_model,
        "settle": settle,
        "cold": cold,
        "cpu": cpu,
        "threads": threads,
        "batch": batch,
        "rounds": rounds,
        "check": check,
        "progress": True,
    }
    # A search is one among algorithms, or of the model's pick.
    if search:
        arguments.append("--search" if search is True else f"--search={search}")
    if not search or algorithm != "auto":
        flags["algorithm"] = _join(algorithm)
    arguments += _make_flags(flags)
    with tempfile.TemporaryDirectory() as folder:
        path = os.fspath(json_path) if json_path else os.path.join(folder, "out.json")
        run_tool("conv-bench", [*arguments, "--json", path], progress)
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    records: list[dict[str, Any]] = found["searches" if search else "records"]
    return records


def tune(
    path: Union[os.PathLike[str], str, Sequence[Union[os.PathLike[str], str]]],
    records: os.PathLike[str] | str,
    *,
    net: Union[str, Iterable[str], None] = None,
    layout: Optional[Layout] = None,
    cpu: str = "native",
    threads: int = 1,
    budget: Optional[float] = None,
    algorithm: Optional[str] = None,
    form: Optional[Form] = None,
    exclude: Union[str, Iterable[str], None] = None,
    max_workspace: Union[int, str, None] = None,
    accuracy: Union[float, str, None] = None,
    progress: Optional[Progress] = None,
    client: Optional[Client] = None,
    board: Optional[str] = None,
) -> os.PathLike[str] | str:
    """Measure schedules for the convolutions of modules and remember the best.

    What `records` has already is not measured again.

    Parameters
    ----------
    path : path or sequence of paths
        MLIR files, or problem strings; may be empty with `net`.
    records : path
        Store to make, or to add to; JSON lines when a new one's name ends in
        ``.json``. `compile` takes it as ``records=``.
    net : str or iterable of str, optional
        Built-in sets of layers: "resnet50", "vgg16", "mobilenet_v2", ...
    layout : {"nhwc", "nchw", "blocked"}, optional
        Of layers, "nhwc" when not given.
    cpu, threads
        As for `compile`. A CPU other than this one is not measured, which is a
        warning.
    budget : float, optional
        Seconds all of it may take, 300 when not given; with a `client` seconds of
        each convolution, 60 when not given.
    algorithm, form, exclude, max_workspace, accuracy : optional
        What may be tried, as for `compile`.
    progress : callable, optional
        Called with (done, total, what).
    client : distributed.Client, optional
        Measure on the machines of a cluster, for their kinds of machines, each
        convolution as a task of its own; `tune_fleet` says more. What no machine
        could measure is a warning. `cpu` does not apply.
    board : str, optional
        Measure on a machine that has ``conv-board`` alone: a command that does a
        job, such as ``"ssh pi ./conv-board -"``, or a folder that conv-board looks
        into. `cpu` says which CPU it has.

    Returns
    -------
    path
        `records`.

    Raises
    ------
    RuntimeError
        With what the tool said.
    FileNotFoundError
        When conv-tune is not installed.
    """
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    options = _make_flags(
        {
            "net": None if net is None else _join(net),
            "layout": layout,
            "threads": threads,
            "algorithm": algorithm,
            "form": form,
            "exclude": None if exclude is None else _join(exclude),
            "max_workspace": max_workspace,
            "accuracy": accuracy,
        }
    )
    if client is not None:
        options += ["--budget", str(60 if budget is None else budget)]
        report = tune_fleet(paths, records, client=client, options=options, progress=progress)
        for name, reason in report.failed.items():
            warnings.warn(f"{name} was not measured: {reason}", stacklevel=2)
        return records
    arguments = [*(os.fspath(one) for one in paths), "--records", os.fspath(records)]
    arguments += ["--cpu", cpu, *options, "--progress"]
    if budget is not None:
        arguments += ["--budget", str(budget)]
    if board is not None:
        arguments += ["--board", board]
    for line in run_tool("conv-tune", arguments, progress):
        warnings.warn(line, stacklevel=2)
    return records
