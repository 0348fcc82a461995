"""``python -m convopt``: the package from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import convopt
from convopt._convopt import full_version
from convopt._tools import show_progress


def _add_compile_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cpu", default="native", help="CPU as LLVM spells it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--algorithm", help="force this algorithm")
    parser.add_argument("--max-workspace", help="bytes, or 1MiB")
    parser.add_argument("--records", help="a tuner's records")


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="convopt", description=convopt.__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=full_version())
    commands = parser.add_subparsers(dest="command", required=True)

    explain = commands.add_parser("explain", help="say what was decided, and why")
    explain.add_argument("module", help="MLIR file")
    _add_compile_options(explain)
    explain.add_argument("--report", metavar="FILE", help="write all candidates as JSON")

    signature = commands.add_parser("signature", help="compile; list the functions")
    signature.add_argument("module", help="MLIR file")
    _add_compile_options(signature)

    importer = commands.add_parser(
        "import", help="turn an .onnx, .tflite or .pt2 file into MLIR for the tools"
    )
    importer.add_argument("model", help=".onnx, .tflite or .pt2 file")
    importer.add_argument("-o", "--output", help="MLIR file (default: the model's name)")
    importer.add_argument(
        "--weights", metavar="FILE", help="file of weights (default: beside the output, .safetensors)"
    )
    importer.add_argument(
        "--shape",
        metavar="NAME=EXTENTS",
        action="append",
        default=[],
        help="shape of an input that the model leaves open, image=1x3x320x320; may be repeated",
    )
    importer.add_argument("--entry", default="main", help="name of the function")

    bench = commands.add_parser("bench", help="time layers")
    bench.add_argument("problems", nargs="*", help="problem strings or MLIR files")
    bench.add_argument("--net", help="built-in sets: resnet50,vgg16,...")
    bench.add_argument("--layers", metavar="FILE", help="a set of layers as JSON")
    bench.add_argument("--layout", default="nhwc", help="nhwc (default), nchw or blocked")
    bench.add_argument("--type", help="elements of layers: f32 (default), f16, bf16, s8s8, ...")
    bench.add_argument("--algorithm", default="auto", help="names, auto (default) or all")
    bench.add_argument("--form", help="whole or banded")
    bench.add_argument("--schedule", help="as a record has it")
    bench.add_argument(
        "--search",
        nargs="?",
        const=True,
        default=False,
        help="measure what the model chose from: tiles (default), exhaustive or algorithms",
    )
    bench.add_argument("--max-workspace", help="bytes, or 1MiB")
    bench.add_argument("--accuracy", help="largest error, as a multiple of the plain sum's")
    bench.add_argument("--machine", metavar="FILE", help="machine file of conv-tune")
    bench.add_argument("--peer", help="a library in turns: onednn, openblas or naive")
    bench.add_argument("--peer-model", metavar="FILE", help="what a peer of a module runs")
    bench.add_argument("--settle", action="store_true", help="let each side run alone first")
    bench.add_argument("--cold", action="store_true", help="flush the caches before each call")
    bench.add_argument("--cpu", default="native")
    bench.add_argument("--threads", type=int, default=1)
    bench.add_argument("--batch", type=int)
    bench.add_argument("--rounds", type=int)
    bench.add_argument("--check", action="store_true")
    bench.add_argument("--json", metavar="FILE", help="keep the records")

    tune = commands.add_parser("tune", help="measure schedules and remember the best")
    tune.add_argument("module", help="MLIR file")
    tune.add_argument("records", help="file to make or add to")
    tune.add_argument("--cpu", default="native")
    tune.add_argument("--threads", type=int, default=1)
    tune.add_argument("--budget", type=float, help="seconds; with --scheduler of each convolution")
    tune.add_argument("--max-workspace", help="bytes, or 1MiB")
    tune.add_argument("--scheduler", metavar="ADDRESS", help="measure on Dask's workers there")

    worker = commands.add_parser("worker", help="measure for a scheduler of Dask")
    worker.add_argument("scheduler", help="its address, tcp://HOST:8786")
    worker.add_argument(
        "--cores", nargs="+", default=["0"], help="a slot per set, such as 0-7 8-15 (default: 0)"
    )

    plot = commands.add_parser("plot", help="draw conv-bench's records or a report")
    plot.add_argument("records", help="JSON file")
    plot.add_argument("output", nargs="+", help="files ending in .png or .html")
    return parser


def _parse_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """NAME=1x3x320x320."""
    name, equals, extents = text.rpartition("=")
    parts = extents.split("x")
    if not equals or not all(part.isdigit() for part in parts):
        raise ValueError(f"--shape={text}: must be NAME=EXTENTS, such as image=1x3x320x320")
    return name, tuple(map(int, parts))


def _import(arguments: argparse.Namespace) -> None:
    imported = convopt.import_model(
        arguments.model,
        shapes=dict(map(_parse_shape, arguments.shape)) or None,
        entry=arguments.entry,
    )
    output = arguments.output or str(Path(arguments.model).with_suffix(".mlir").name)
    for path in imported.save(output, arguments.weights):
        print(path)


def _describe_record(record: dict[str, Any]) -> str:
    """A line of ``convopt bench``."""
    start = f"{record['name']:28} {record['algorithm']:10}"
    if record["refused"]:
        return f"{start} refused: {record['refused']}"
    text = (
        f"{start} {record['median_ms']:9.4f} ms {record['gflops']:8.1f} GFLOP/s "
        f"{100 * record['peak_fraction']:5.1f} % of peak"
    )
    if record.get("speedup"):
        text += f", {record['speedup']:.2f} times as fast as {record['peer']}"
    return text


def _describe_search(record: dict[str, Any]) -> str:
    """A line of ``convopt bench --search``."""
    if record["refused"]:
        return f"{record['name']:28} refused: {record['refused']}"
    return (
        f"{record['name']:28} {len(record['candidates'])} candidates, best time / pick's time "
        f"{record['quality']:.3f}"
    )


def _run(arguments: argparse.Namespace) -> None:
    if arguments.command in ("explain", "signature"):
        module = convopt.compile(
            arguments.module,
            cpu=arguments.cpu,
            threads=arguments.threads,
            algorithm=arguments.algorithm,
            max_workspace=arguments.max_workspace,
            records=arguments.records,
            report=getattr(arguments, "report", None),
        )
        if arguments.command == "explain":
            print(convopt.explain(module))
            return
        for function in module:
            inputs = ", ".join(f"{t}{list(s) if s is not None else ''}" for t, s, _ in function.arguments)
            outputs = ", ".join(f"{t}{list(s) if s is not None else ''}" for t, s, _ in function.results)
            print(f"{function.name}({inputs}) -> {outputs or 'nothing'}")
    elif arguments.command == "import":
        _import(arguments)
    elif arguments.command == "bench":
        records = convopt.bench(
            arguments.problems,
            net=arguments.net,
            layers=arguments.layers,
            layout=arguments.layout,
            element_type=arguments.type,
            algorithm=arguments.algorithm,
            form=arguments.form,
            schedule=arguments.schedule,
            search=arguments.search,
            max_workspace=arguments.max_workspace,
            accuracy=arguments.accuracy,
            machine=arguments.machine,
            peer=arguments.peer,
            peer_model=arguments.peer_model,
            settle=arguments.settle,
            cold=arguments.cold,
            cpu=arguments.cpu,
            threads=arguments.threads,
            batch=arguments.batch,
            rounds=arguments.rounds,
            check=arguments.check,
            json_path=arguments.json,
            progress=show_progress,
        )
        for record in records:
            print(_describe_search(record) if arguments.search else _describe_record(record))
    elif arguments.command == "tune":
        client = None
        if arguments.scheduler:
            from distributed import Client

            client = Client(arguments.scheduler)
        convopt.tune(
            arguments.module,
            arguments.records,
            cpu=arguments.cpu,
            threads=arguments.threads,
            budget=arguments.budget,
            max_workspace=arguments.max_workspace,
            progress=show_progress,
            client=client,
        )
    elif arguments.command == "worker":
        from convopt._fleet import serve

        serve(arguments.scheduler, arguments.cores)
    else:
        for output in arguments.output:
            convopt.plot(arguments.records, output)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs a command; returns the exit code."""
    arguments = _make_parser().parse_args(argv)
    try:
        _run(arguments)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        print(f"convopt: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
