"""Random convolution problems, their plain definition, and their MLIR.

A problem is drawn from strata that cross layout, stride, dilation, padding,
groups, batch, tails and epilogue. The plain definition works in float64 on
integer values small enough for every sum to be exact in float32 as well, so
results compare exactly, whatever the order of the sums.
"""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np

# (input, filter, output) letters: what front ends emit first, then layouts
# nobody hand-tunes for.
LAYOUTS = [
    ("nhwc", "rsck", "nhwk"),
    ("nhwc", "krsc", "nhwk"),
    ("nchw", "kcrs", "nkhw"),
    ("nhwc", "rsck", "nkhw"),
    ("nchw", "kcrs", "nhwk"),
    ("hwc", "rsck", "hwk"),
    ("hw", "rs", "hw"),
    ("nwc", "sck", "nwk"),
    ("ncw", "kcs", "nkw"),
    ("chwn", "crsk", "khwn"),
    ("nwhc", "srck", "nwhk"),
]
GROUPED_LAYOUTS = [
    ("nhwgc", "rsgck", "nhwgk"),
    ("ngchw", "gkcrs", "ngkhw"),
    ("ngchw", "kgcrs", "ngkhw"),
    ("nhwgc", "gkrsc", "nhwgk"),
]
# Every input with every filter and every output.
MIXED_LAYOUTS = [
    (x, f, y)
    for x in ("nhwc", "nchw")
    for f in ("rsck", "krsc", "kcrs", "rskc")
    for y in ("nhwk", "nkhw")
]
MIXED_GROUPED_LAYOUTS = [
    (x, f, y)
    for x in ("nhwgc", "ngchw")
    for f in ("rsgck", "gkcrs", "kgcrs", "gkrsc", "grsck")
    for y in ("nhwgk", "ngkhw")
]
# Blocks of channels (C, K) around the image.
BLOCKED_LAYOUTS = [
    ("nChwc", "rsck", "nKhwk"),
    ("nChwc", "kcrs", "nhwk"),
    ("nhwc", "rsck", "nKhwk"),
    ("nchw", "kcrs", "nKhwk"),
    ("nChwc", "rsck", "nkhw"),
]
DEPTHWISE_LAYOUTS = [
    ("nhwg", "rsg", "nhwg"),
    ("nghw", "grs", "nghw"),
    ("nhwg", "rsgk", "nhwgk"),
]
# Where channels or columns are neighbours, in blocks or not.
WINOGRAD_LAYOUTS = [
    *MIXED_LAYOUTS,
    *MIXED_GROUPED_LAYOUTS,
    *BLOCKED_LAYOUTS,
    ("hwc", "rsck", "hwk"),
    ("nwhc", "srck", "nwhk"),
]


@dataclasses.dataclass(frozen=True)
class Types:
    """Element types of a convolution: factors and sums in MLIR, and the same as
    NumPy's, which stores bf16 as its bits."""

    factor: str
    sum: str
    factor_dtype: type
    sum_dtype: type
    # The row of the compiler's table of instructions that every target has, and
    # how many channels it takes at once.
    fmas: tuple[tuple[str, int], ...]
    unsigned: bool = False  # of the input


TYPES = {
    "f32": Types("f32", "f32", np.float32, np.float32, (("f32", 1),)),
    "f64": Types("f64", "f64", np.float64, np.float64, (("f64", 1),)),
    "f16": Types("f16", "f32", np.float16, np.float32, (("f16", 1),)),
    "bf16": Types("bf16", "f32", np.uint16, np.float32, (("bf16", 1),)),
    "i8": Types("i8", "i32", np.int8, np.int32, (("i8", 1),)),
    "u8": Types("i8", "i32", np.int8, np.int32, (("u8", 1),), unsigned=True),
    "i16": Types("i16", "i32", np.int16, np.int32, (("i16", 1),)),
}


def encode(array: np.ndarray, factor: str, dtype: type) -> np.ndarray:
    """Numbers that the type has, as it stores them."""
    if factor != "bf16":
        return array.astype(dtype)
    return (array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def decode(array: np.ndarray, factor: str) -> np.ndarray:
    """The opposite, in float64."""
    if factor != "bf16":
        return array.astype(np.float64)
    return (array.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


@dataclasses.dataclass
class Problem:
    """One convolution; extents by letter, pairs are (rows, columns)."""

    layout: tuple[str, str, str]
    extent: dict[str, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    low: tuple[int, int]
    high: tuple[int, int]
    bias: bool = False
    residual: bool = False
    accumulate: bool = False
    clamp: str = ""
    epilogue: str = ""  # of EPILOGUES, instead of a clamp
    pitch: int = 0  # extra elements between rows of the input's slowest dims
    # Distance between neighbours of the innermost dimension, by operand.
    steps: dict[str, int] = dataclasses.field(default_factory=dict)
    dynamic: bool = False  # strides and offsets are not in the types
    # Outputs that Winograd's algorithm computes together, which rounds.
    tile: tuple[int, ...] = ()
    element: str = "f32"  # of TYPES
    padding: int = 0  # what elements outside of the image count as

    @property
    def types(self) -> Types:
        return TYPES[self.element]

    def shape(self, which: int) -> list[int]:
        letters = self.layout[which]
        names = {"h": "ho", "w": "wo"} if which == 2 else {}
        extent = dict(self.extent)
        for block, within in (("C", "c"), ("K", "k")):
            if block in letters:
                extent[within] //= extent[block]
        return [extent[names.get(c, c)] for c in letters]

    def has(self, letter: str) -> bool:
        return any(letter in letters for letters in self.layout)

    def dims(self) -> str:
        text = "{} x {} -> {}".format(*self.layout)
        for name, pair, default in (
            ("strides", self.stride, 1),
            ("dilations", self.dilation, 1),
            ("low", self.low, 0),
            ("high", self.high, 0),
        ):
            if pair != (default, default):
                text += f", {name} = [{pair[0]}, {pair[1]}]"
        return text

    def bias_shape(self) -> list[int]:
        return [self.extent[c] for c in "gk" if c in self.layout[2]]


# What bodies do with the sum t, after bias and residual and a per-channel scale:
# text, and the same in NumPy. `requantize` makes i8 of it.
EPILOGUES = {
    "scale": ("  %y = arith.mulf %t, %s : f32\n", lambda t, s: t * s),
    "leaky": (
        "  %z = arith.constant 0.0 : f32\n  %l = arith.constant 0.125 : f32\n  %m = arith.mulf %t, %l : f32\n"
        "  %p = arith.cmpf ugt, %t, %z : f32\n  %y = arith.select %p, %t, %m : f32\n",
        lambda t, s: np.where(t > 0, t, 0.125 * t),
    ),
    "hard_swish": (
        "  %z = arith.constant 0.0 : f32\n  %three = arith.constant 3.0 : f32\n  %six = arith.constant 6.0 : f32\n"
        "  %a = arith.addf %t, %three : f32\n  %lo = arith.maximumf %a, %z : f32\n"
        "  %hi = arith.minimumf %lo, %six : f32\n  %m = arith.mulf %t, %hi : f32\n"
        "  %y = arith.divf %m, %six : f32\n",
        lambda t, s: t * np.clip(t + 3, 0, 6) / 6,
    ),
    "silu": (
        "  %one = arith.constant 1.0 : f32\n  %n = arith.negf %t : f32\n  %e = math.exp %n : f32\n"
        "  %d = arith.addf %e, %one : f32\n  %y = arith.divf %t, %d : f32\n",
        lambda t, s: t / (1 + np.exp(-t)),
    ),
    "gelu": (
        "  %one = arith.constant 1.0 : f32\n  %half = arith.constant 0.5 : f32\n"
        "  %r2 = arith.constant 0.70710678 : f32\n  %v = arith.mulf %t, %r2 : f32\n  %e = math.erf %v : f32\n"
        "  %d = arith.addf %e, %one : f32\n  %h = arith.mulf %t, %half : f32\n  %y = arith.mulf %h, %d : f32\n",
        lambda t, s: 0.5 * t * (1 + np.vectorize(math.erf, otypes=[float])(t / math.sqrt(2))),
    ),
    "gelu_tanh": (
        "  %one = arith.constant 1.0 : f32\n  %half = arith.constant 0.5 : f32\n"
        "  %c0 = arith.constant 0.044715 : f32\n  %c1 = arith.constant 0.79788456 : f32\n"
        "  %t2 = arith.mulf %t, %t : f32\n  %t3 = arith.mulf %t2, %t : f32\n  %u = arith.mulf %t3, %c0 : f32\n"
        "  %v = arith.addf %t, %u : f32\n  %w = arith.mulf %v, %c1 : f32\n  %e = math.tanh %w : f32\n"
        "  %d = arith.addf %e, %one : f32\n  %h = arith.mulf %t, %half : f32\n  %y = arith.mulf %h, %d : f32\n",
        lambda t, s: 0.5 * t * (1 + np.tanh(0.79788456 * (t + 0.044715 * t**3))),
    ),
    "requantize": (
        "  %lo = arith.constant -128.0 : f32\n  %hi = arith.constant 127.0 : f32\n  %zp = arith.constant 3.0 : f32\n"
        "  %m = arith.mulf %t, %s : f32\n  %i = math.roundeven %m : f32\n  %z = arith.addf %i, %zp : f32\n"
        "  %a = arith.maximumf %z, %lo : f32\n  %b2 = arith.minimumf %a, %hi : f32\n"
        "  %y = arith.fptosi %b2 : f32 to i8\n",
        lambda t, s: np.clip(np.rint(t * s) + 3, -128, 127),
    ),
}
# Sums are brought into the range where functions bend.
EPILOGUE_SCALE = 0.0625


def _axis(rng: random.Random, small: bool, max_taps: int) -> tuple[int, ...]:
    """Input extent, taps, stride, dilation, low, high, output extent."""
    while True:
        taps = rng.choice([t for t in [1, 1, 2, 3, 3, 3, 4, 5, 7] if t <= max_taps])
        stride = rng.choice([1, 1, 1, 2, 2, 3, 4])
        dilation = rng.choice([1, 1, 1, 2, 3]) if taps > 1 else 1
        size = rng.randint(1, 9 if small else 33)
        reach = (taps - 1) * dilation
        low, high = (rng.choice([0, 0, 1, 2, reach]) for _ in range(2))
        padded = size + low + high
        if padded > reach:
            return size, taps, stride, dilation, low, high, (padded - reach - 1) // stride + 1


def _long_axis(rng: random.Random, max_taps: int) -> tuple[int, ...]:
    """An axis whose border is more code than what is peeled."""
    while True:
        taps = rng.choice([t for t in [1, 3, 3, 31, 64, 127, 255] if t <= max_taps])
        stride = rng.choice([1, 1, 1, 2, 2, 3])
        dilation = rng.choice([1, 1, 1, 2]) if taps > 1 else 1
        size = rng.randint(1, 60)
        reach = (taps - 1) * dilation
        low, high = (rng.choice([0, 1, reach // 2, reach, 150, 700]) for _ in range(2))
        padded = size + low + high
        if padded > reach:
            return size, taps, stride, dilation, low, high, (padded - reach - 1) // stride + 1


def draw(rng: random.Random, max_taps: int = 7, borders: bool = False) -> Problem:
    """A problem; with `borders` one of its axes has long windows or padding."""
    kind = rng.choices(["dense", "blocked", "grouped", "depthwise"], [6, 2, 2, 2])[0]
    layout = rng.choice(
        {
            "dense": LAYOUTS if rng.random() < 0.5 else MIXED_LAYOUTS,
            "blocked": BLOCKED_LAYOUTS,
            "grouped": GROUPED_LAYOUTS if rng.random() < 0.5 else MIXED_GROUPED_LAYOUTS,
            "depthwise": DEPTHWISE_LAYOUTS,
        }[kind]
    )
    extent = {letter: 1 for letter in "ngckhwrs"} | {"ho": 1, "wo": 1}
    pairs: dict[str, list[int]] = {"stride": [1, 1], "dilation": [1, 1], "low": [0, 0], "high": [0, 0]}
    pointwise = not borders and rng.random() < 0.2
    long = rng.choice([axis for axis, image in enumerate("hw") if image in layout[0]]) if borders else -1
    for axis, (image, window, out) in enumerate((("h", "r", "ho"), ("w", "s", "wo"))):
        if image not in layout[0]:
            continue
        if pointwise:
            extent[image] = extent[out] = rng.randint(1, 20)
            continue
        if axis == long:
            size, taps, stride, dilation, low, high, count = _long_axis(rng, 255 if max_taps > 3 else 3)
        else:
            size, taps, stride, dilation, low, high, count = _axis(rng, borders or kind == "grouped", max_taps)
        extent.update({image: size, window: taps, out: count})
        for name, value in (("stride", stride), ("dilation", dilation), ("low", low), ("high", high)):
            pairs[name][axis] = value
    if "n" in layout[0]:
        extent["n"] = rng.choice([1, 1, 1, 2, 3])
    if "c" in layout[0]:
        extent["c"] = rng.choice([1, 2, 3, 5] if borders else [1, 2, 3, 4, 5, 7, 8, 13, 16, 20, 32])
    if "k" in layout[2]:
        few, many = [1, 2, 7, 8, 10, 15, 16, 17, 24], [31, 32, 33, 40, 48, 64, 70]
        extent["k"] = rng.choice(few if borders else few + many)
    if "C" in layout[0]:
        extent["C"] = rng.choice([1, 2, 3])
        extent["c"] *= extent["C"]
    if "K" in layout[2]:
        extent["K"] = rng.choice([1, 2, 3])
        extent["k"] *= extent["K"]
    if "g" in layout[0]:
        extent["g"] = rng.choice([1, 2, 3, 5, 8, 17, 32, 40] if kind == "depthwise" else [1, 2, 3, 3, 8, 13])
        if "k" in layout[2]:
            extent["k"] = rng.choice([1, 2, 3, 5, 17] if extent["g"] < 4 or kind == "depthwise" else [1, 2, 3, 4, 8])
        if extent["g"] > 3 and kind == "grouped":
            extent["c"] = rng.choice([1, 2, 3, 4, 8])
    problem = Problem(layout, extent, *(tuple(pairs[n]) for n in ("stride", "dilation", "low", "high")))
    problem.bias = bool(problem.bias_shape()) and rng.random() < 0.4
    problem.residual = rng.random() < 0.25
    problem.accumulate = rng.random() < 0.2
    problem.clamp = rng.choice(["", "", "lower = 0.0 : f32", "lower = -9.0 : f32, upper = 12.0 : f32"])
    if rng.random() < 0.2:
        problem.pitch = rng.randint(1, 5)
    if rng.random() < 0.15:
        names = ["input", "filter", "output", "bias", "residual"]
        problem.steps = {name: rng.choice([2, 3]) for name in rng.sample(names, rng.randint(1, 3))}
    problem.dynamic = rng.random() < 0.2
    return problem


def draw_winograd(rng: random.Random, algorithm: str) -> Problem:
    """A problem that Winograd's algorithm computes."""
    problem = draw(rng, max_taps=3)
    problem.tile = WINOGRAD_TILES[algorithm]
    problem.layout = rng.choice(WINOGRAD_LAYOUTS)
    problem.stride = (1, 1)
    problem.dilation = rng.choice([(1, 1), (1, 1), (1, 1), (2, 2), (2, 1), (1, 2), (3, 2), (4, 4)])
    extent = {letter: 1 for letter in "ngckhw"} | {"r": 3, "s": 3}
    low, high = [], []
    for image, out, dilation in (("h", "ho", problem.dilation[0]), ("w", "wo", problem.dilation[1])):
        before, after = (rng.choice([0, 1, dilation, dilation, dilation + 1, 2 * dilation]) for _ in range(2))
        extent[image] = rng.randint(max(dilation, 2 * dilation + 1 - before - after), 21)
        extent[out] = extent[image] + before + after - 2 * dilation
        low.append(before)
        high.append(after)
    problem.low, problem.high = tuple(low), tuple(high)
    if "n" in problem.layout[0]:
        extent["n"] = rng.choice([1, 1, 1, 2, 3, 4, 5])
    if "g" in problem.layout[0]:
        extent["g"] = rng.choice([1, 2, 3])
    extent["c"] = rng.choice([2, 3, 5, 8, 13, 16, 20, 32])
    extent["k"] = rng.choice([1, 2, 7, 8, 10, 15, 16, 17, 24, 33, 40])
    for block, within in (("C", "c"), ("K", "k")):
        if any(block in letters for letters in problem.layout):
            extent[block] = rng.choice([1, 2, 3])
            extent[within] = extent[block] * rng.choice([8, 16, 32])
    problem.extent = extent
    return problem


def set_type(rng: random.Random, problem: Problem, element: str) -> Problem:
    """The problem with elements of other types; integers may be padded with others
    than zero."""
    problem.element = element
    if problem.types.sum == "i32":
        problem.clamp = ""  # has bounds of floating point
        exists = all(c in problem.layout[0] for c, low, high in zip("hw", problem.low, problem.high) if low or high)
        if exists and rng.random() < 0.3:
            problem.padding = rng.choice([1, 117, 255] if problem.types.unsigned else [-128, -5, 1, 117])
    problem.clamp = problem.clamp.replace("f32", problem.types.sum)
    return problem


def widths(lanes: int) -> list[int]:
    return [v for v in (4, 8, 16) if v <= lanes] or [lanes]


def draw_fma(rng: random.Random, problem: Problem, fields: dict[str, object]) -> dict[str, object]:
    """Fields of a schedule with a row for the problem's types that can compute it."""
    if problem.element == "f32":
        return fields
    pairs = [
        (name, k)
        for name, k in problem.types.fmas
        if k == 1 or (fields.get("vector") != "w" and fields.get("filter") != "plain" and "c" in problem.layout[0])
    ]
    return fields | {"fma": rng.choice(pairs)[0]}


def draw_epilogue(rng: random.Random, problem: Problem) -> Problem:
    """The problem with a body of EPILOGUES behind bias and residual."""
    problem.clamp = ""
    problem.epilogue = rng.choice(list(EPILOGUES))
    if problem.epilogue == "requantize":
        problem.accumulate = False
    return problem


def reads_scale(problem: Problem) -> bool:
    """Whether the body reads an operand with one element per channel."""
    return "%s " in EPILOGUES[problem.epilogue][0] if problem.epilogue else False


def keeps_columns(problem: Problem) -> bool:
    """Whether columns are neighbours in memory, so that vectors may hold them."""
    if problem.dynamic or any(name in problem.steps for name in ("input", "output", "residual")):
        return False
    return all(problem.layout[i].endswith("w") for i in (0, 2)) and problem.stride[1] <= 2


def is_too_much_code(problem: Problem, fields: dict[str, object]) -> bool:
    """Whether tiles of several rows are refused at the borders, as the compiler counts them."""
    if fields["h_ob"] == 1 or problem.low == problem.high == (0, 0):
        return False
    pixels = fields.get("vector") == "w"
    code = fields["h_ob"] * fields["w_ob"] * fields["c_ob"]
    if fields.get("vector") != "c":
        code = -(-code // fields["n_vec"])
    for axis, (tap, out, tile) in enumerate((("r", "ho", "h_ob"), ("s", "wo", "w_ob"))):
        step = fields[tile] * problem.stride[axis]
        touching = sum(-(-padding // step) for padding in (problem.low[axis], problem.high[axis]))
        code *= problem.extent[tap] * min(-(-problem.extent[out] // fields[tile]), touching + 1)
    return code > (15000 if pixels else 6000)


def draw_pixel_tile(
    rng: random.Random, problem: Problem, rows: int, lanes: int, registers: int, taps: int
) -> dict[str, object]:
    """Fields of a register tile whose vectors run along columns, with `taps` in a column of the window."""
    n_vec = rng.choice(widths(lanes))
    vectors = rng.randint(1, 4)
    channels = rng.randint(1, max(1, min(20, (registers - 1) // (vectors * rows) - 1)))
    if rows * vectors * (channels + 1) + 1 > registers:
        rows, vectors, channels = 1, 1, 1
    fields = {"n_vec": n_vec, "vector": "w", "c_ob": channels, "w_ob": vectors * n_vec, "h_ob": rows}
    if rng.random() < 0.4 and rows * vectors * channels + vectors + taps * channels <= registers:
        return fields | {"share": "true"}
    if channels % n_vec == 0 and rng.random() < 0.5:
        fields["broadcast"] = "lane"
    return fields


def keeps_channels(problem: Problem) -> bool:
    """Whether input channels are neighbours in memory, so that vectors may hold them."""
    if problem.dynamic or "input" in problem.steps:
        return False
    return problem.layout[0].endswith("c") and problem.element in ("f32", "f64")


def draw_sum_tile(rng: random.Random, problem: Problem, rows: int, lanes: int, registers: int) -> dict[str, object]:
    """Fields of a register tile whose vectors run along input channels."""
    share = rng.random() < 0.5
    taps = problem.extent["s"] if share else 1
    channels = rng.randint(1, max(1, min(8, (registers - 1) // (taps + rows))))
    columns = (registers - 1 - taps * channels) // (rows * channels)
    if columns < 1:
        rows, channels, columns, share = 1, 1, 1, False
    return {
        "n_vec": rng.choice(widths(lanes)),
        "vector": "c",
        "c_ob": channels,
        "w_ob": rng.randint(1, min(columns, 14)),
        "h_ob": rows,
        "share": "true" if share else "false",
    }


def keeps_groups(problem: Problem) -> bool:
    """Whether groups of channels follow each other in memory, so that vectors may hold several."""
    letters = problem.layout
    if problem.dynamic or problem.extent["g"] == 1 or any(name != "filter" for name in problem.steps):
        return False
    follows = letters[0].endswith(("gc", "g")) and letters[2].endswith(("gk", "g"))
    return follows and ("k" in letters[2] or "c" in letters[0]) and problem.element in ("f32", "f64")


def draw_group_tile(rng: random.Random, problem: Problem, rows: int, lanes: int, registers: int) -> dict[str, object] | None:
    """Fields of a register tile whose vectors hold channels of several groups; None where there is none."""
    n_vec = rng.choice(widths(lanes))
    channels, outputs = problem.extent["c"], problem.extent["k"]
    share = rng.random() < 0.7
    taps = problem.extent["s"] if share else 1
    total = problem.extent["g"] * outputs

    def is_near(block: int) -> bool:
        """Whether each vector of a block reads its channels of at most two vectors."""
        ends = ((begin, min(begin + n_vec, block) - 1) for begin in range(0, block, n_vec))
        return all((last // outputs - first // outputs) * channels < 2 * n_vec for first, last in ends)

    # Blocks are whole groups, or all there are.
    vectors = [v for v in range(1, 9) if v * n_vec % outputs == 0 or v * n_vec >= total]
    vectors = [v for v in vectors if channels <= 16 and is_near(min(v * n_vec, total))]
    sizes = [(v, (registers - 3 - v * taps) // (v * rows)) for v in vectors]
    sizes = [(v, columns) for v, columns in sizes if columns >= 1 and channels * taps * rows * v <= 512]
    if not sizes:
        return None
    v, columns = rng.choice(sizes)
    columns = min(columns, 14, 512 // (channels * taps * rows * v))
    return {
        "n_vec": n_vec,
        "vector": "g",
        "c_ob": v * n_vec,
        "w_ob": rng.randint(1, columns),
        "h_ob": rows,
        "unroll": max(channels, rng.choice([1, 4])),
        "share": "true" if share else "false",
    }


def draw_pair_tile(rng: random.Random, problem: Problem, rows: int, lanes: int, registers: int) -> dict[str, object]:
    """Fields of a register tile whose vectors hold channels of two columns."""
    share = rng.random() < 0.6
    vectors = rng.randint(1, 3)
    filters = vectors * (problem.extent["s"] if share else 1)
    pairs = (registers - 3 - filters) // (rows * vectors)
    if pairs < 1:
        rows, vectors, pairs, share = 1, 1, 2, False
    n_vec = rng.choice(widths(lanes))
    return {
        "n_vec": n_vec,
        "vector": "kw",
        "c_ob": vectors * n_vec // 2,
        "w_ob": 2 * rng.randint(1, min(pairs, 14)),
        "h_ob": rows,
        "share": "true" if share else "false",
    }


def has_channels(problem: Problem) -> bool:
    """Whether vectors may hold channels of two columns: not those of depthwise convolutions."""
    is_plain = problem.element in ("f32", "f64") and problem.padding == 0
    return is_plain and ("k" in problem.layout[2] or "c" in problem.layout[0])


def draw_schedule(rng: random.Random, problem: Problem, lanes: int) -> str:
    """A legal schedule the tuner would rarely choose, or "" to let it choose."""
    if rng.random() < 0.5 or "C" in problem.layout[0] or "K" in problem.layout[2]:
        return ""
    channels = problem.extent["k"]
    if channels == 1 or rng.random() < 0.7:
        return print_fields(draw_fma(rng, problem, draw_fields(rng, problem, lanes)))
    ends = sorted(rng.sample(range(1, channels), min(channels - 1, rng.choice([1, 1, 2]))))
    counts = [end - begin for begin, end in zip([0, *ends], [*ends, channels])]
    parts = []
    for count in counts:
        part = dataclasses.replace(problem, extent=problem.extent | {"k": count})
        parts.append(draw_fma(rng, part, draw_fields(rng, part, lanes, divided=True)))
    if len({part.get("fma") for part in parts}) > 1:  # one for all
        return print_fields(draw_fma(rng, problem, draw_fields(rng, problem, lanes)))
    behind = ", ".join(f"{count}: <{print_fields(part)}>" for count, part in zip(counts[1:], parts[1:]))
    return print_fields(parts[0] | {"parts": f"[{behind}]"})


def print_fields(fields: dict[str, object]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in fields.items())


def draw_fields(rng: random.Random, problem: Problem, lanes: int, divided: bool = False) -> dict[str, object]:
    """Fields of a schedule for direct; `divided`: for a part of the output channels of each group."""
    widest = lanes
    lanes = lanes * 32 // (8 * np.dtype(problem.types.sum_dtype).itemsize)
    n_vec = rng.choice(widths(lanes))
    vectors = rng.randint(1, 4)
    # Several rows, more where there is but one column.
    several = [2, 3, 7] if problem.extent["wo"] == 1 else [2]
    rows = rng.choice([1, 1, 1] + several) if problem.extent["ho"] > 1 else 1
    registers = 32 if widest == 16 else 16
    columns = rng.randint(1, max(1, min(28, (registers - vectors - 1) // (vectors * rows))))
    if rows * columns * vectors + vectors + 1 > registers:
        rows, columns, vectors = 1, 1, 1
    fields = {
        "algorithm": "direct",
        "n_vec": n_vec,
        "c_ob": n_vec * vectors,
        "w_ob": columns,
        "h_ob": rows,
        "order": rng.choice(["khw", "hkw", "hwk"]),
        "unroll": rng.choice([1, 2, 3, 4, 8]),
        "prefetch": rng.choice([0, 512]),
        "prefetch_input": rng.choice([0, 0, 1, 2]),
        "prefetch_output": rng.choice([0, 0, 0, 3]),
    }
    if lanes >= 4 and has_channels(problem) and rng.random() < 0.25:
        fields |= draw_pair_tile(rng, problem, rows, lanes, registers)
    elif keeps_columns(problem) and rng.random() < 0.7:
        rows = rows if rows == 1 else rng.randint(2, 4)
        fields |= draw_pixel_tile(rng, problem, rows, lanes, registers, problem.extent["r"])
    elif not divided and keeps_groups(problem) and rng.random() < 0.7:
        fields |= draw_group_tile(rng, problem, rows, lanes, registers) or {}
    elif keeps_channels(problem) and rng.random() < 0.5:
        fields |= draw_sum_tile(rng, problem, rows, lanes, registers)
    if is_too_much_code(problem, fields):
        fields["h_ob"] = 1
    rows = fields["h_ob"]
    c_ob = fields["c_ob"]
    if rows == 1:
        fields["band"] = rng.choice([0, 0, 1, 2, 3])
    splits = [f"{letter}2" for letter, extent in (("n", "n"), ("g", "g"), ("h", "ho")) if problem.extent[extent] > 1]
    if problem.extent["k"] > 1 and problem.extent["k"] % (2 * c_ob) == 0:
        splits.append("k2")
    if fields.get("vector") == "g":
        splits = [split for split in splits if split[0] not in "gk"]
        if problem.extent["g"] * problem.extent["k"] % (2 * c_ob) == 0 and c_ob % problem.extent["k"] == 0:
            splits.append("k2")
    if splits and rng.random() < 0.3:
        fields["parallel"] = rng.choice(splits)
    plain = fields.get("vector") == "w" or (
        problem.layout[1].endswith("k") and "filter" not in problem.steps and not problem.dynamic
    )
    if plain and "broadcast" not in fields and fields.get("vector") not in ("c", "g", "kw") and rng.random() < 0.3:
        fields["filter"] = "plain"
    return fields


ALGORITHMS = [
    "naive", "direct", "im2col", "im2row", "kn2row", "kn2col", "kn2row_as", "kn2col_as", "kn2row_aa",
    "mec_a", "mec_b", "im2win", "winograd_4", "winograd_4x2", "winograd_2",
]  # fmt: skip
WINOGRAD_TILES = {"winograd_4": (4, 4), "winograd_4x2": (4, 2), "winograd_2": (2, 2)}
GATHERING = ("im2col", "im2row", "mec_a", "mec_b", "im2win")
# Those with a buffer that is not made in bands.
WHOLE_ONLY = ("kn2row", "kn2col", "kn2row_as", "kn2col_as")
# Reasons for which a combination may be refused.
REFUSALS = [
    r"algorithm 'kn2\w+' has no banded form",
    r"a window along '[rs]' needs an image dimension '[hw]'",
    r"the window moves along a dimension the image does not have",
    r"does not read blocked layouts",
    r"the sums are kept in the output, whose elements have another type",
    r"does not divide the output's blocks of \d+ channels",
    r"vector = w needs columns that are neighbours in memory",
    r"columns that are read together are \d apart, and channels are not contiguous",
    r"dilations of \dx\d: some outputs read nothing of the image",
    r"neither channels nor columns of the (image|output) are contiguous in memory",
    r"blocks of \d+ channels are not whole vectors of \d+",
    r"parallel = \w+: .* are not .*equal",
    r"there is one channel to sum over",
    r"images = \d+: parallel = \w+ divides the rows of one",
    r"images = \d+: they do not divide the share of a thread",
    r"its transformations are of f32",
    r"takes \d channels at once, which blocks of \d+ do not divide into",
    r"epilogue = output, but an operand of the epilogue may lie there",
    r"pads with zeros only",
    r"cannot add up taps by fma = \w+, which takes unsigned bytes",
]


def draw_for(rng: random.Random, algorithm: str, borders: bool = False) -> Problem:
    """A problem; those with code per tap get small windows."""
    if algorithm in WINOGRAD_TILES:
        return draw_winograd(rng, algorithm)
    return draw(rng, max_taps=3 if algorithm.startswith("kn2") else 7, borders=borders)


def draw_algorithm_schedule(rng: random.Random, problem: Problem, algorithm: str, form: str, lanes: int) -> str:
    """A schedule for an algorithm in a form, or "" to let the tuner choose."""
    if algorithm not in GATHERING + tuple(WINOGRAD_TILES) or rng.random() < 0.5:
        return ""
    registers = 32 if lanes == 16 else 16
    lanes = lanes * 32 // (8 * np.dtype(problem.types.sum_dtype).itemsize)
    n_vec = rng.choice(widths(lanes))
    vectors, columns = rng.randint(1, 3), rng.randint(1, 4)
    fields: dict[str, object] = {"n_vec": n_vec, "c_ob": n_vec * vectors, "w_ob": columns}
    if not problem.tile and keeps_columns(problem) and rng.random() < 0.5:
        # What is gathered may have channels in the place of a window's rows.
        taps = max(problem.extent["r"], problem.extent["c"])
        fields = draw_pixel_tile(rng, problem, 1, lanes, registers, taps)
    tile = ", ".join(f"{key} = {value}" for key, value in draw_fma(rng, problem, fields).items())
    text = f"algorithm = {algorithm}, form = {form}, {tile}"
    text += f", order = {rng.choice(['khw', 'hkw'])}, unroll = {rng.choice([1, 3, 4])}"
    if problem.tile and rng.random() < 0.5:
        text = text.replace(algorithm, f"winograd, tile = {list(problem.tile)}")
    if problem.tile and rng.random() < 0.3:
        text += f", parallel = {rng.choice(['n2', 'g2', 'h2', 'h3', 'k2'])}"
    images = problem.extent["n"]
    if problem.tile and images > 1 and rng.random() < 0.7:
        text += f", images = {rng.randint(2, images)}"
        if form == "banded":  # all rows of an image
            text += f", band = {-(-problem.extent['ho'] // problem.tile[0]) * problem.tile[0]}"
    elif form == "banded" and problem.tile:
        text += f", band = {problem.tile[0] * rng.randint(1, 4)}"
    elif form == "banded":
        text += f", band = {rng.randint(1, problem.extent['ho'])}"
    return text


def nothing(dtype: type) -> float | int:
    """What stands where nobody may read."""
    return np.nan if np.issubdtype(dtype, np.floating) else 99


def make_data(problem: Problem, seed: int) -> dict[str, np.ndarray]:
    """Operands as arrays of small integers."""
    rng = np.random.default_rng(seed)
    types = problem.types

    # Sums of all bytes are exact in 32 bits, but not in what an epilogue makes
    # of them.
    least, most = (-128, 128) if types.factor == "i8" and not problem.epilogue else (-9, 10)

    def integers(shape: list[int], is_factor: bool = False) -> np.ndarray:
        array = rng.integers(least, most, shape) if is_factor else rng.integers(-9, 10, shape)
        return encode(array, types.factor, types.factor_dtype) if is_factor else array.astype(types.sum_dtype)

    data = {name: integers(problem.shape(i), i < 2) for i, name in enumerate(("input", "filter", "output"))}
    if types.unsigned:
        data["input"] = data["input"].view(np.uint8)
    if problem.pitch:
        shape = problem.shape(0)
        wide = shape[:-2] + [shape[-2] + problem.pitch, shape[-1]] if len(shape) > 1 else shape
        dtype = data["input"].dtype
        padded = np.full(wide, nothing(dtype), dtype)
        view = padded[tuple(slice(0, n) for n in shape)]
        view[...] = data["input"]
        data["input"] = view
    if problem.bias:
        data["bias"] = integers(problem.bias_shape())
    if problem.residual:
        data["residual"] = integers(problem.shape(2))
    if not problem.accumulate:
        data["output"][...] = nothing(types.sum_dtype)
    if problem.epilogue == "requantize":
        data["output"] = np.full(problem.shape(2), 99, np.int8)
    if reads_scale(problem):
        data["scale"] = rng.choice(np.array([0.25, 0.5, 0.125], np.float32), problem.bias_shape())
    for name, step in problem.steps.items():
        if name in data:
            shape = list(data[name].shape)
            spread = np.full(shape[:-1] + [shape[-1] * step], nothing(data[name].dtype), data[name].dtype)[..., ::step]
            spread[...] = data[name]
            data[name] = spread
    return data


def _unblock(array: np.ndarray, letters: str) -> tuple[np.ndarray, str]:
    """`array` with blocks of channels merged into whole channels."""
    for block, within in (("C", "c"), ("K", "k")):
        if block not in letters:
            continue
        blocks = letters.index(block)
        array = np.moveaxis(array, blocks, letters.replace(block, "").index(within))
        letters = letters.replace(block, "")
        at = letters.index(within)
        shape = list(array.shape)
        shape[at : at + 2] = [shape[at] * shape[at + 1]]
        array = array.reshape(shape)
    return array, letters


def _canonical(array: np.ndarray, letters: str, order: str) -> np.ndarray:
    """`array` with its dimensions in `order`, absent ones of extent 1."""
    array, letters = _unblock(array, letters)
    present = [c for c in order if c in letters]
    array = array.transpose([letters.index(c) for c in present])
    shape = [array.shape[present.index(c)] if c in present else 1 for c in order]
    return array.reshape(shape)


def reference(problem: Problem, data: dict[str, np.ndarray], by_products: bool = False) -> np.ndarray:
    """The plain definition, in float64, in the output's layout. `by_products`
    is faster on large problems; it starts the threads of numpy's library of
    matrix products, which do not survive a fork."""
    x = _canonical(decode(data["input"], problem.types.factor), problem.layout[0], "ngchw")
    f = _canonical(decode(data["filter"], problem.types.factor), problem.layout[1], "gkcrs")
    e = problem.extent
    x = np.pad(x, ((0, 0),) * 3 + tuple(zip(problem.low, problem.high)), constant_values=problem.padding)
    y = np.zeros((e["n"], e["g"], e["k"], e["ho"], e["wo"]))
    for r in range(e["r"]):
        for s in range(e["s"]):
            rows = r * problem.dilation[0] + np.arange(e["ho"]) * problem.stride[0]
            columns = s * problem.dilation[1] + np.arange(e["wo"]) * problem.stride[1]
            window = x[:, :, :, rows][..., columns]
            y += np.einsum("ngchw,gkc->ngkhw", window, f[..., r, s], optimize=by_products)
    blocked = "K" in problem.layout[2]
    out = problem.layout[2].replace("K", "")
    present = [c for c in "ngkhw" if c in out]
    y = y.reshape([y.shape["ngkhw".index(c)] for c in present])
    y = y.transpose([present.index(c) for c in out])
    if problem.accumulate:
        y = y + _unblock(data["output"], problem.layout[2])[0]
    if problem.bias:
        bias_letters = [c for c in "gk" if c in out]
        bias = data["bias"].transpose([bias_letters.index(c) for c in out if c in "gk"])
        y = y + bias.reshape([n if c in "gk" else 1 for c, n in zip(out, y.shape)])
    if problem.residual:
        y = y + _unblock(data["residual"], problem.layout[2])[0]
    if problem.epilogue:
        scale = np.array(1.0)
        if "scale" in data:
            letters = [c for c in "gk" if c in out]
            scale = data["scale"].astype(np.float64).transpose([letters.index(c) for c in out if c in "gk"])
            scale = scale.reshape([n if c in "gk" else 1 for c, n in zip(out, y.shape)])
        y = EPILOGUES[problem.epilogue][1](y * EPILOGUE_SCALE, scale)
    if "lower" in problem.clamp:
        y = np.maximum(y, float(problem.clamp.split("lower = ")[1].split(" ")[0]))
    if "upper" in problem.clamp:
        y = np.minimum(y, float(problem.clamp.split("upper = ")[1].split(" ")[0]))
    if blocked:
        at = out.index("k")
        shape = list(y.shape)
        shape[at : at + 1] = [problem.extent["K"], shape[at] // problem.extent["K"]]
        y = np.moveaxis(y.reshape(shape), at, problem.layout[2].index("K"))
    return y


# The largest sums of magnitudes that F(m, 3) makes of inputs and weights of 1.
WINOGRAD_GROWTH = {2: 8.0, 4: 139 / 6}


def is_within_bound(problem: Problem, output: np.ndarray, expected: np.ndarray) -> bool:
    """Whether no element is further from the expected one than rounding every
    operation allows, and most are much nearer. With small integers F(2x2) is
    exact: its matrices halve."""
    if problem.tile == (2, 2) and problem.epilogue in ("", "scale", "leaky", "requantize"):
        return np.array_equal(output, expected)
    channels, largest = problem.extent["c"], 9
    roundings = channels + 1 + sum(2 * (m + 3) for m in problem.tile)
    growth = math.prod(WINOGRAD_GROWTH[m] for m in problem.tile)
    bound = 2.0**-24 * roundings * growth * channels * largest**2
    difference = np.abs(output.astype(np.float64) - expected)
    if problem.epilogue == "requantize":
        return bool(np.all(difference <= 1))
    # No body grows faster than 1.5 times its argument.
    scale = 1.5 * EPILOGUE_SCALE if problem.epilogue else 1.0
    near = scale * bound + 2e-6 * (1 + np.abs(expected))
    # Errors are sums of many, which rarely agree.
    typical = np.sqrt(np.mean((difference / near) ** 2)) <= 1 / 8
    return bool(np.all(difference <= near) and typical)


def agrees(problem: Problem, output: np.ndarray, expected: np.ndarray) -> bool:
    """Whether `output` is what was expected: exactly, or, behind functions and
    divisions, to a few units in the last place of what they are applied to."""
    if problem.tile:
        return is_within_bound(problem, output, expected)
    if problem.epilogue in ("", "scale", "leaky", "requantize"):
        return np.array_equal(output, expected)
    return bool(np.all(np.abs(output - expected) <= 2e-6 * (1 + np.abs(expected))))


ELEMENTS = {"float32": "f32", "float64": "f64", "float16": "f16", "uint16": "bf16", "int8": "i8", "uint8": "i8", "int16": "i16", "int32": "i32"}


def memref_type(array: np.ndarray, dynamic: bool) -> str:
    shape = "x".join(map(str, array.shape))
    element = ELEMENTS[str(array.dtype)]
    strides = [s // array.itemsize for s in array.strides]
    if dynamic:
        return f"memref<{shape}{'x' if shape else ''}{element}, strided<[{', '.join('?' for _ in strides)}], offset: ?>>"
    if array.flags.c_contiguous:
        return f"memref<{shape}{'x' if shape else ''}{element}>"
    return f"memref<{shape}x{element}, strided<[{', '.join(map(str, strides))}]>>"


def epilogue_text(problem: Problem, types: dict[str, str]) -> str:
    """The epilogue of `problem` in its long form."""
    letters = problem.layout[2]
    dims = ", ".join(f"d{i}" for i in range(len(letters)))
    channels = []
    for letter in "gk":
        if letter not in letters:
            continue
        text = f"d{letters.index(letter)}"
        if letter == "k" and "K" in letters:
            text = f"d{letters.index('K')} * {problem.extent['k'] // problem.extent['K']} + {text}"
        channels.append(text)
    maps = {
        "bias": f"affine_map<({dims}) -> ({', '.join(channels)})>",
        "residual": f"affine_map<({dims}) -> ({dims})>",
        "scale": f"affine_map<({dims}) -> ({', '.join(channels)})>",
    }
    names = {"bias": "%b", "residual": "%r", "scale": "%s"}
    present = [key for key in maps if key in types]
    text = " epilogue"
    if present:
        text += "(" + ", ".join(f"%{key} by {maps[key]} : {types[key]}" for key in present) + ")"
    text += " {\n^bb0(" + ", ".join(["%acc: f32"] + [f"{names[key]}: f32" for key in present]) + "):\n"
    value = "%acc"
    for key in ("bias", "residual"):
        if key in present:
            text += f"  %{key[0]}sum = arith.addf {value}, {names[key]} : f32\n"
            value = f"%{key[0]}sum"
    text += f"  %unit = arith.constant {EPILOGUE_SCALE} : f32\n  %t = arith.mulf {value}, %unit : f32\n"
    text += EPILOGUES[problem.epilogue][0]
    return text + f"  conv.yield %y : {'i8' if problem.epilogue == 'requantize' else 'f32'}\n}}"


def function(problem: Problem, name: str, data: dict[str, np.ndarray], schedule: str = "", algorithm: str = "") -> str:
    """A function `name` on memrefs that computes `problem`, by `algorithm` if
    one is given."""
    types = {key: memref_type(value, problem.dynamic) for key, value in data.items()}
    args = ", ".join(f"%{key}: {types[key]}" for key in data)
    text = f"func.func @{name}({args}) attributes {{llvm.emit_c_interface}} {{\n"
    text += f"  conv.conv dims<{problem.dims()}> ins(%input, %filter : {types['input']}, {types['filter']})"
    for operand in ("bias", "residual"):
        if operand in data and not problem.epilogue:
            text += f" {operand}(%{operand} : {types[operand]})"
    text += f" outs(%output : {types['output']})"
    if problem.accumulate:
        text += " accumulate"
    if problem.clamp:
        text += f" clamp<{problem.clamp}>"
    if problem.epilogue:
        text += epilogue_text(problem, types)
    attributes = ["unsigned_input"] if problem.types.unsigned else []
    if problem.padding:
        attributes.append(f"padding_value = {problem.padding} : i64")
    if schedule:
        text += f" schedule<{schedule}>"
    elif algorithm:
        attributes.append(f'conv.algorithm = "{algorithm}"')
    if attributes:
        text += f" {{{', '.join(attributes)}}}"
    return text + "\n  return\n}\n"
