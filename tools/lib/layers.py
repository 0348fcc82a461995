"""Layers of networks, and the MLIR functions on memrefs that compute them.

Layers come from the sets built into conv-bench (tools/conv-bench/layers) and
from the problem strings of tools/real-nets.json.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re

TOOLS = pathlib.Path(__file__).resolve().parent.parent
SETS = TOOLS / "conv-bench" / "layers"

# (input, filter, output) letters, as conv-bench has them.
DENSE = {
    "nhwc": ("nhwc", "rsck", "nhwk"),
    "nchw": ("nchw", "kcrs", "nkhw"),
    "blocked": ("nChwc", "rsck", "nKhwk"),
}
GROUPED = {"nhwc": ("nhwgc", "rsgck", "nhwgk"), "nchw": ("ngchw", "gkcrs", "ngkhw")}
DEPTHWISE = {"nhwc": ("nhwg", "rsg", "nhwg"), "nchw": ("nghw", "grs", "nghw")}

# What is computed beside the sum of products, by name.
EPILOGUES = {
    "": (),
    "bias": ("bias",),
    "bias+relu": ("bias", "clamp<lower = 0.0 : f32>"),
    "bias+add+relu": ("bias", "residual", "clamp<lower = 0.0 : f32>"),
    "bias+relu6": ("bias", "clamp<lower = 0.0 : f32, upper = 6.0 : f32>"),
    "accumulate": ("accumulate",),
}


@dataclasses.dataclass(frozen=True)
class Layer:
    """A convolution; pairs are (rows, columns)."""

    name: str
    net: str
    n: int
    c: int
    k: int
    groups: int
    image: tuple[int, int]
    taps: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    low: tuple[int, int]
    out: tuple[int, int]

    @property
    def is_depthwise(self) -> bool:
        return self.groups > 1 and self.groups == self.c == self.k

    @property
    def is_1d(self) -> bool:
        return self.image[0] == self.taps[0] == self.out[0] == 1

    @property
    def high(self) -> tuple[int, ...]:
        """What the last windows need; less than the net pads where its last
        window leaves columns unread."""
        return tuple(
            max(0, (out - 1) * stride + (taps - 1) * dilation + 1 - size - low)
            for out, stride, taps, dilation, size, low in zip(
                self.out, self.strides, self.taps, self.dilations, self.image, self.low
            )
        )

    def kinds(self) -> list[str]:
        """The features a selection of layers should cover."""
        found = {
            "depthwise": self.is_depthwise,
            "grouped": self.groups > 1 and not self.is_depthwise,
            "1-d": self.is_1d,
            "strided": self.strides != (1, 1),
            "dilated": self.dilations != (1, 1),
            "asymmetric": self.low != self.high,
            "pointwise": self.taps == (1, 1),
            "batch": self.n > 1,
        }
        return [kind for kind, holds in found.items() if holds]

    def layouts(self) -> list[str]:
        return ["nhwc", "nchw"] if self.groups > 1 else ["nhwc", "nchw", "blocked"]


def _make(name: str, net: str, n: int, c: int, k: int, groups: int, *pairs: tuple[int, int]) -> Layer:
    image, taps, strides, dilations, low, high = pairs
    out = tuple(
        (size + before + after - (count - 1) * dilation - 1) // stride + 1
        for size, before, after, count, dilation, stride in zip(image, low, high, taps, dilations, strides)
    )
    return Layer(name, net, n, c, k, groups, image, taps, strides, dilations, low, out)


def from_record(record: dict) -> Layer:
    """A layer of one of conv-bench's sets."""

    def pair(name: str, default: str = "") -> tuple[int, int]:
        return tuple(record.get(f"{name}_{axis}", record.get(default or name)) for axis in "hw")

    low = pair("pad")
    high = tuple(record.get(f"pad_{axis}_high", pad) for axis, pad in zip("hw", low))
    return _make(
        record["name"], record["net"], record["n"], record["c"], record["k"], record["groups"],
        (record["h"], record["w"]), (record["r"], record["s"]), pair("stride"), pair("dilation"), low, high,
    )  # fmt: skip


def from_problem(text: str, net: str) -> Layer:
    """A layer written as benchdnn does, such as ic64oc64_ih56kh3ph1."""
    tokens = {key: int(value) for key, value in re.findall(r"([a-z]+)(\d+)", text)}

    def pair(key: str, default: int) -> tuple[int, int]:
        rows = tokens.get(key + "h", default)
        return rows, tokens.get(key + "w", rows)

    pads = pair("p", 0)
    dilations = tuple(d + 1 for d in pair("d", 0))
    return _make(
        f"{net}_{text}", net, tokens.get("mb", 1), tokens["ic"], tokens["oc"], tokens.get("g", 1),
        pair("i", 1), pair("k", 1), pair("s", 1), dilations, pads, pads,
    )  # fmt: skip


def read_set(name: str) -> list[Layer]:
    """The layers of one of conv-bench's sets."""
    return [from_record(record) for record in json.loads((SETS / f"{name}.json").read_text())]


def read_all() -> dict[str, list[Layer]]:
    """The layers of every net, by net."""
    nets = {path.stem: read_set(path.stem) for path in sorted(SETS.glob("*.json"))}
    for net, problems in sorted(json.loads((TOOLS / "real-nets.json").read_text()).items()):
        nets[net] = [from_problem(text, net) for text in problems]
    return nets


def without_duplicates(nets: dict[str, list[Layer]]) -> dict[str, list[Layer]]:
    """The layers of every net that none before it has."""
    seen: set[Layer] = set()
    result: dict[str, list[Layer]] = {}
    for net, layers in nets.items():
        for layer in layers:
            shape = dataclasses.replace(layer, name="", net="")
            if shape not in seen:
                result.setdefault(net, []).append(layer)
            seen.add(shape)
    return result


def _block(channels: int) -> int:
    """Channels per block, as conv-bench chooses them."""
    return next((block for block in (32, 16) if channels % block == 0), channels)


def function(layer: Layer, layout: str, name: str, epilogue: str = "", schedule: str = "") -> str:
    """A function `name` on memrefs that computes `layer`."""
    letters = (DEPTHWISE if layer.is_depthwise else GROUPED if layer.groups > 1 else DENSE)[layout]
    if layer.is_1d:
        letters = tuple(text.replace("h", "").replace("r", "") for text in letters)
    c, k = layer.c // layer.groups, layer.k // layer.groups
    extents = {"n": layer.n, "g": layer.groups, "r": layer.taps[0], "s": layer.taps[1]}
    extents |= {"C": c // _block(c), "K": k // _block(k)}

    def memref(text: str, image: tuple[int, int]) -> str:
        sizes = extents | dict(zip("hw", image))
        sizes |= {"c": _block(c) if "C" in text else c, "k": _block(k) if "K" in text else k}
        return "memref<" + "x".join(str(sizes[letter]) for letter in text) + "xf32>"

    types = {
        "x": memref(letters[0], layer.image),
        "w": memref(letters[1], layer.image),
        "y": memref(letters[2], layer.out),
    }
    dims = "{} x {} -> {}".format(*letters)
    for key in ("strides", "dilations", "low", "high"):
        dims += ", {} = [{}, {}]".format(key, *getattr(layer, key))
    parts = EPILOGUES[epilogue]
    operands = tail = ""
    if "bias" in parts:
        # In groups the bias has the output's groups and channels within.
        sizes = [n for letter, n in (("g", layer.groups), ("k", k)) if letter in letters[2]]
        types["b"] = f"memref<{'x'.join(map(str, sizes))}xf32>"
        operands += f" bias(%b : {types['b']})"
    if "residual" in parts:
        types["z"] = types["y"]
        operands += f" residual(%z : {types['z']})"
    tail += "".join(f" {part}" for part in parts if part not in ("bias", "residual"))
    if schedule:
        tail += f" schedule<{schedule}>"
    arguments = ", ".join(f"%{key}: {value}" for key, value in types.items())
    return (
        f"func.func @{name}({arguments}) {{\n"
        f"  conv.conv dims<{dims}> ins(%x, %w : {types['x']}, {types['w']}){operands} "
        f"outs(%y : {types['y']}){tail}\n"
        "  return\n}\n"
    )
