"""Measuring, by the tools conv-bench and conv-tune."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Optional, Union

from convopt._fleet import tune_fleet
from convopt._tools import Progress, run_tool

if TYPE_CHECKING:
    from distributed import Client


def _join(value: Union[str, Iterable[str]]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def bench(
    problems: Union[str, Iterable[str]] = (),
    *,
    net: Union[str, Iterable[str], None] = None,
    layout: Literal["nhwc", "nchw", "blocked"] = "nhwc",
    algorithm: Union[str, Iterable[str]] = "auto",
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
    layout : {"nhwc", "nchw", "blocked"}
    algorithm : str or iterable of str
        Names, "auto" for the compiler's choice, or "all".
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
    if net is not None:
        arguments += ["--net", _join(net)]
    if not arguments:
        raise ValueError("give problems or net=")
    arguments += ["--layout", layout, "--algorithm", _join(algorithm)]
    arguments += ["--cpu", cpu, "--threads", str(threads), "--progress"]
    if batch is not None:
        arguments += ["--batch", str(batch)]
    if rounds is not None:
        arguments += ["--rounds", str(rounds)]
    if check:
        arguments.append("--check")
    with tempfile.TemporaryDirectory() as folder:
        path = os.fspath(json_path) if json_path else os.path.join(folder, "out.json")
        run_tool("conv-bench", [*arguments, "--json", path], progress)
        with open(path, encoding="utf-8") as file:
            records: list[dict[str, Any]] = json.load(file)["records"]
    return records


def tune(
    path: Union[os.PathLike[str], str, Sequence[Union[os.PathLike[str], str]]],
    records: os.PathLike[str] | str,
    *,
    cpu: str = "native",
    threads: int = 1,
    budget: Optional[float] = None,
    max_workspace: Union[int, str, None] = None,
    progress: Optional[Progress] = None,
    client: Optional[Client] = None,
    board: Optional[str] = None,
) -> os.PathLike[str] | str:
    """Measure schedules for the convolutions of modules and remember the best.

    What `records` has already is not measured again.

    Parameters
    ----------
    path : path or sequence of paths
        MLIR files, or problem strings.
    records : path
        Store to make, or to add to; JSON lines when a new one's name ends in
        ``.json``. `compile` takes it as ``records=``.
    cpu, threads
        As for `compile`. A CPU other than this one is not measured, which is a
        warning.
    budget : float, optional
        Seconds all of it may take, 300 when not given; with a `client` seconds of
        each convolution, 60 when not given.
    max_workspace : int or str, optional
        As for `compile`.
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
    options = ["--threads", str(threads)]
    if max_workspace is not None:
        options += ["--max-workspace", str(max_workspace)]
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
