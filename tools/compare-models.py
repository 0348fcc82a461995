#!/usr/bin/env python3
"""Compares whole models with packages of Python that run them, and says by how much.

  tools/compare-models.py FOLDER --prepare [NAME ...]
  tools/compare-models.py FOLDER [--threads 1,2] [--batch 1,8] [NAME ...]

--prepare writes FOLDER/NAME-bN.onnx and .mlir, batch N of each model that is there:
trained ones out of PyPI packages, generated ones of torchvision and of
tools/lib/models.py. It needs convopt[onnx], and torch, torchvision, onnx and
onnxscript for the generated ones (tools/check-importers.py says how to get the
packages, and compares with the models' definitions).

Without it conv-bench times what the folder has beside each peer, in turns, at each
number of threads, and the results are compared. The peers are packages of the
python3 that --peer-python names; for ncnn a FOLDER/NAME-b1.ncnn.param that pnnx
wrote is taken, batch 1 alone. A line per model has our milliseconds and, for each
peer, its time over ours; --json keeps all. The geometric mean is of the best peer of
each model. Fails when results differ, when a model cannot be measured, and when one
is below --at-least.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from models import ONNX, TORCH, find_file, make_torch

PEERS = ("onnxruntime", "openvino", "ncnn-no-winograd")
#: Below half of what memory and arithmetic allow, and above this share of the time.
SLOW_SHARE, SLOW_BOUND = 0.05, 0.5


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


# ---------------------------------------------------------------------------
# Preparing


def export_torch(name: str, extent: int, batch: int, path: pathlib.Path) -> None:
    """The generated model as ONNX, weights inside."""
    import torch

    example = torch.zeros(batch, 3, extent, extent)
    torch.onnx.export(make_torch(name), (example,), str(path), opset_version=17, dynamo=False)


def copy_onnx(source: str, shapes: list[tuple], batch: int, path: pathlib.Path) -> None:
    """A trained model with inputs of this batch, as peers and we are to read it."""
    import onnx

    model = onnx.load(source)
    for value, shape in zip(model.graph.input, shapes):
        for dim, extent in zip(value.type.tensor_type.shape.dim, (batch, *shape[1:])):
            dim.dim_value = extent
    del model.graph.value_info[:]
    for value in model.graph.output:
        for dim in value.type.tensor_type.shape.dim:
            dim.ClearField("dim_value")
    onnx.save(model, path)


def prepare(folder: pathlib.Path, names: list[str], batches: list[int]) -> int:
    """Writes what is not there yet; returns how many models could not be."""
    failed = 0
    for name in [*ONNX, *TORCH]:
        for batch in batches:
            path = folder / f"{name}-b{batch}.onnx"
            if (names and name not in names) or path.with_suffix(".mlir").exists():
                continue
            try:
                if name in TORCH:
                    export_torch(name, TORCH[name], batch, path)
                elif source := find_file(*ONNX[name][:2]):
                    copy_onnx(source, ONNX[name][2], batch, path)
                else:
                    print(f"{name}: {ONNX[name][0]} is not installed")
                    break
                command = [sys.executable, "-m", "convopt", "import", str(path), "-o", str(path.with_suffix(".mlir"))]
                subprocess.run(command, check=True)
            except ImportError as error:
                print(f"{name}: {error.name} is not installed")
                break
            except Exception as error:  # Exporters raise what they like.
                print(f"{path.stem}: {str(error).splitlines()[0]}", file=sys.stderr)
                failed += 1
    return failed


# ---------------------------------------------------------------------------
# Comparing


def find_peer_model(model: pathlib.Path, peer: str) -> pathlib.Path | None:
    """What the peer reads; nothing where it has no such model."""
    suffix = ".ncnn.param" if peer.startswith("ncnn") else ".onnx"
    path = model.with_suffix(suffix)
    return path if path.exists() else None


def measure(bench: str, model: pathlib.Path, peer: str, threads: int, options: list[str]) -> dict | str:
    """The fields of `module` that conv-bench writes, or what went wrong."""
    peer_model = find_peer_model(model, peer)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.json"
        command = [bench, model.name, "--module-only", "--threads", str(threads), "--json", str(out), *options]
        command += ["--peer", peer, "--peer-model", str(peer_model.resolve())]
        # Weights are beside the module.
        done = subprocess.run(command, cwd=model.parent, capture_output=True, text=True)
        try:
            return json.loads(out.read_text())["module"]
        except (OSError, KeyError, ValueError):
            lines = [line for line in done.stderr.splitlines() if "error" in line]
            return (lines or [f"exit code {done.returncode}"])[0]


def find_slow(operations: list[dict]) -> list[str]:
    """Kinds of operations, convolutions apart, that are slow by conv-bench's measure."""
    total = sum(o["ms"] for o in operations)
    kinds: dict[str, list[float]] = {}
    for o in operations:
        if not o["convolution"]:
            sums = kinds.setdefault(o["kind"], [0.0, 0.0])
            sums[0] += o["ms"]
            sums[1] += o["bound_ms"]
    return [k for k, (ms, bound) in kinds.items() if ms > SLOW_SHARE * total and bound < SLOW_BOUND * ms]


def compare(model: pathlib.Path, threads: int, arguments: argparse.Namespace, options: list[str]) -> dict:
    """One model beside all peers that can run it."""
    row: dict = {"model": model.stem, "threads": threads, "peers": {}, "errors": []}
    for peer in arguments.peers.split(","):
        if find_peer_model(model, peer) is None:
            continue
        result = measure(arguments.conv_bench, model, peer, threads, options)
        if isinstance(result, str):
            row["errors"].append(f"{peer}: {result}")
            continue
        row["ms"] = result["median_ms"]
        row["slow"] = find_slow(result.get("operations", []))
        row["peers"][peer] = {k: result["peer"][k] for k in ("version", "ms", "speedup")}
        if result["peer"]["mismatch"]:
            row["errors"].append(f"{peer}: {result['peer']['mismatch']}")
    row["best"] = min((p["speedup"] for p in row["peers"].values()), default=None)
    return row


def print_row(row: dict) -> None:
    peers = "  ".join(f"{peer} {result['speedup']:5.2f}" for peer, result in row["peers"].items())
    best = "     -" if row["best"] is None else f"{row['best']:6.2f}"
    print(f"{row['model']:24} {row['threads']} {row.get('ms', math.nan):10.3f} ms {best}   {peers}")
    for text in [*row["errors"], *(f"slow: {kind}" for kind in row.get("slow", []))]:
        print(f"  {text}")
    sys.stdout.flush()


def find_models(folder: pathlib.Path, names: list[str], batches: list[int]) -> list[pathlib.Path]:
    found = []
    for path in sorted(folder.glob("*.mlir")):
        match = re.fullmatch(r"(.+)-b(\d+)", path.stem)
        if match and int(match[2]) in batches and (not names or match[1] in names):
            found.append(path)
    return found


def print_mean(rows: list[dict], threads: int, batch: int) -> None:
    bests = [r["best"] for r in rows if r["threads"] == threads and r["model"].endswith(f"-b{batch}") and r["best"]]
    if bests:
        mean = math.exp(sum(map(math.log, bests)) / len(bests))
        print(
            f"threads {threads}, batch {batch}: best peer over ours {mean:.3f} "
            f"(geometric mean of {len(bests)}), least {min(bests):.2f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*", help="models (default: all that are there)")
    parser.add_argument("--prepare", action="store_true", help="write the models instead")
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--batch", type=numbers, default=[1])
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--peer-python", help="the Python that has the peers")
    parser.add_argument("--conv-bench", default="conv-bench")
    parser.add_argument("--rounds", type=int, help="samples of each side")
    parser.add_argument("--at-least", type=float, default=0.0, help="of best peer over ours")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to a file")
    arguments = parser.parse_intermixed_args()
    if arguments.prepare:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        return int(prepare(arguments.folder, arguments.names, arguments.batch) > 0)
    if os.sep in arguments.conv_bench:
        arguments.conv_bench = str(pathlib.Path(arguments.conv_bench).resolve())
    options = ["--peer-python", arguments.peer_python] if arguments.peer_python else []
    options += ["--rounds", str(arguments.rounds)] if arguments.rounds else []
    models = find_models(arguments.folder, arguments.names, arguments.batch)
    if not models:
        print(f"{arguments.folder} has no such models (see --prepare)", file=sys.stderr)
        return 1
    print(f"{'model':24} threads        ours   best   each peer's time over ours")
    rows = []
    for model in models:
        for threads in arguments.threads:
            rows.append(compare(model, threads, arguments, options))
            print_row(rows[-1])
    for batch in arguments.batch:
        for threads in arguments.threads:
            print_mean(rows, threads, batch)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    return int(any(r["errors"] or r["best"] is None or r["best"] < arguments.at_least for r in rows))


if __name__ == "__main__":
    sys.exit(main())
