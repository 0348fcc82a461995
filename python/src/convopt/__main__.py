"""``python -m convopt``: the package from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

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
    bench.add_argument("--layout", default="nhwc")
    bench.add_argument("--algorithm", default="auto")
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
            layout=arguments.layout,
            algorithm=arguments.algorithm,
            cpu=arguments.cpu,
            threads=arguments.threads,
            batch=arguments.batch,
            rounds=arguments.rounds,
            check=arguments.check,
            json_path=arguments.json,
            progress=show_progress,
        )
        for record in records:
            if record["refused"]:
                print(f"{record['name']:28} {record['algorithm']:10} refused: {record['refused']}")
                continue
            print(
                f"{record['name']:28} {record['algorithm']:10} {record['median_ms']:9.4f} ms "
                f"{record['gflops']:8.1f} GFLOP/s {100 * record['peak_fraction']:5.1f} % of peak"
            )
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
