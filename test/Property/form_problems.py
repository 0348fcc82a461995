#!/usr/bin/env python3
"""Compiles and runs convolutions in unusual forms and compares them exactly.

usage: form_problems.py --conv-opt PATH --llvm-bin DIR --cc PATH [--count N]
                        [--seed S] [--options "cpu=haswell"] [--batch 30] [--kinds volume,...]

Volumes, transposed convolutions and such of upsampled images, of random shapes, on tensors, with what front ends
write around them, compared with NumPy on integers whose sums are exact. No form may be left to the
plain lowering: a warning fails the problem. Every operand ends at an
inaccessible page. Exit code 1 when a result differs or a module does not
compile; a crash ends the script.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import numpy as np

from rest_problems import Case, compute_cases, dims, fill, generic, integers, make_parser, tensor


def axes(rng: random.Random, count: int, largest: int = 7) -> list[dict[str, int]]:
    """Extents of image, window and output along each axis."""
    result = []
    for _ in range(count):
        taps, stride, dilation = rng.choice([1, 2, 3, 3]), rng.choice([1, 1, 2, 3]), rng.choice([1, 1, 2])
        low, high = (rng.choice([0, 1, 1, 2]) if rng.random() < 0.6 else 0 for _ in range(2))
        reach = (taps - 1) * dilation + 1
        size = rng.randint(max(1, reach - low - high), max(largest, reach))
        out = (size + low + high - reach) // stride + 1
        result.append({"in": size, "taps": taps, "stride": stride, "dilation": dilation, "low": low, "high": high, "out": out})
    return result


def convolve(x: np.ndarray, w: np.ndarray, image: list[dict[str, int]], subscripts: str) -> np.ndarray:
    """The sum over the taps. `x` ends in the axes of the image, padded here, `w` begins with the taps."""
    x = np.pad(x, [(0, 0)] * (x.ndim - len(image)) + [(a["low"], a["high"]) for a in image])
    result = 0.0
    for tap in itertools.product(*(range(a["taps"]) for a in image)):
        views = tuple(
            slice(t * a["dilation"], t * a["dilation"] + (a["out"] - 1) * a["stride"] + 1, a["stride"])
            for t, a in zip(tap, image)
        )
        result = result + np.einsum(subscripts, x[(..., *views)], w[tap])
    return result


def pad(
    rng: random.Random, name: str, source: str, shape: tuple[int, ...], low: list[int], high: list[int]
) -> tuple[str, tuple[int, ...]]:
    """Zeros around `source`, in one of the ways to write them, and the shape with them."""
    padded = tuple(s + a + b for s, a, b in zip(shape, low, high))
    way = rng.choice(["pad", "pad", "sizes", "insert", "concat"])
    if way == "insert":
        return (
            fill(f"{name}_f", padded, 0.0)
            + f"  %{name} = tensor.insert_slice %{source} into %{name}_f{low} {list(shape)} {[1] * len(shape)} : "
            f"{tensor(shape)} into {tensor(padded)}\n",
            padded,
        )
    sides = [d for d in range(len(shape)) if low[d] or high[d]]
    if way == "concat" and len(sides) == 1:
        parts, body = [(source, shape)], ""
        for side, size in (("l", low[sides[0]]), ("h", high[sides[0]])):
            if size:
                zeros = tuple(size if d == sides[0] else s for d, s in enumerate(shape))
                body += fill(f"{name}_{side}", zeros, 0.0)
                parts.insert(0 if side == "l" else len(parts), (f"{name}_{side}", zeros))
        values, types = ", ".join(f"%{n}" for n, _ in parts), ", ".join(tensor(t) for _, t in parts)
        return body + f"  %{name} = tensor.concat dim({sides[0]}) {values} : ({types}) -> {tensor(padded)}\n", padded
    indices = ", ".join(f"%{name}_{i}: index" for i in range(len(shape)))
    body, bounds = f"  %{name}_z = arith.constant 0.0 : f32\n", [low, high]
    if way == "sizes":
        for size in sorted({*low, *high}):
            body += f"  %{name}_s{size} = arith.constant {size} : index\n"
        bounds = [f"[{', '.join(f'%{name}_s{size}' for size in side)}]" for side in bounds]
    return (
        body + f"  %{name} = tensor.pad %{source} low{bounds[0]} high{bounds[1]} {{\n  ^bb0({indices}):\n    tensor.yield %{name}_z : f32\n"
        f"  }} : {tensor(shape)} to {tensor(padded)}\n",
        padded,
    )


def permute(letters: str, order: str, array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.transpose([letters.index(c) for c in order]))


def around(rng: random.Random, body: str, sums: np.ndarray, channel: int, inputs: list[np.ndarray]) -> Case:
    """What front ends write behind: a bias and ReLU, in one operation."""
    if rng.random() < 0.5:
        return Case(body.replace("%sums", "%r"), inputs, sums.astype(np.float32))
    rank, shape = sums.ndim, sums.shape
    bias = integers(rng, (shape[channel],))
    maps = [f"affine_map<({', '.join(f'd{i}' for i in range(rank))}) -> (d{channel})>"]
    whole = f"affine_map<({', '.join(f'd{i}' for i in range(rank))}) -> ({', '.join(f'd{i}' for i in range(rank))})>"
    body += f"  %ye = tensor.empty() : {tensor(shape)}\n  %yz = arith.constant 0.0 : f32\n"
    body += generic(
        "r", [("sums", shape), (f"a{len(inputs)}", bias.shape)], [whole] + maps, "ye", shape, whole, ["parallel"] * rank,
        "%s = arith.addf %x0, %x1 : f32\n    %t = arith.maximumf %s, %yz : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    biased = sums + bias.reshape([-1 if i == channel else 1 for i in range(rank)])
    return Case(body, [*inputs, bias], np.maximum(biased, 0).astype(np.float32))


PLANES_AND_VOLUMES = {
    "conv_1d_nwc_wcf": ("nwc", "vck", "nwk"),
    "conv_2d_nhwc_hwcf": ("nhwc", "uvck", "nhwk"),
    "conv_2d_nchw_fchw": ("nchw", "kcuv", "nkhw"),
    "conv_3d": ("dhw", "tuv", "dhw"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "tuvck", "ndhwk"),
    "conv_3d_ncdhw_fcdhw": ("ncdhw", "kctuv", "nkdhw"),
    "depthwise_conv_3d_ndhwc_dhwc": ("ndhwc", "tuvc", "ndhwc"),
    "depthwise_conv_3d_ncdhw_cdhw": ("ncdhw", "ctuv", "ncdhw"),
    "depthwise_conv_3d_ndhwc_dhwcm": ("ndhwc", "tuvcm", "ndhwcm"),
}


def draw_volume(rng: random.Random) -> Case:
    name = rng.choice(list(PLANES_AND_VOLUMES))
    layout = PLANES_AND_VOLUMES[name]
    letters = "".join(c for c in layout[0] if c in "dhw")
    windows = "tuv"[-len(letters) :]
    image = axes(rng, len(letters))
    if name == "conv_3d":  # Has neither strides nor dilations.
        for a in image:
            a.update(stride=1, dilation=1)
            a["in"] = max(a["in"], a["taps"] - a["low"] - a["high"])
            a["out"] = a["in"] + a["low"] + a["high"] - a["taps"] + 1
    extent = {"n": rng.randint(1, 2), "c": rng.choice([1, 3, 8, 17]), "k": rng.choice([1, 5, 16, 20]), "m": rng.randint(1, 3)}
    extent |= {d: a["in"] for d, a in zip(letters, image)} | {t: a["taps"] for t, a in zip(windows, image)}
    x = integers(rng, tuple(extent[c] for c in layout[0]), 4)
    w = integers(rng, tuple(extent[c] for c in layout[1]), 4)
    plain = "".join(c for c in layout[0] if c in "nc")
    free = "".join(c for c in layout[1] if c in "ckm")
    results = "".join(c for c in layout[2] if c in "nckm")
    sums = convolve(
        permute(layout[0], plain + letters, x), permute(layout[1], windows + free, w), image,
        f"{plain}{letters},{free}->{results}{letters}",
    )  # fmt: skip
    sums = permute(results + letters, layout[2], sums)
    body, source, shape = "", "a0", x.shape
    if any(a["low"] or a["high"] for a in image):
        sides = [[dict(zip(letters, (a[side] for a in image))).get(c, 0) for c in layout[0]] for side in ("low", "high")]
        body, shape = pad(rng, "p", source, shape, *sides)
        source = "p"
    geometry = ""
    if name != "conv_3d":
        for what in ("stride", "dilation"):
            geometry += f"{what}s = dense<{[a[what] for a in image]}> : tensor<{len(image)}xi64>, "
        geometry = f" {{{geometry[:-2]}}}"
    body += fill("f", sums.shape, 0.0) + (
        f"  %sums = linalg.{name}{geometry} ins(%{source}, %a1 : {tensor(shape)}, {tensor(w.shape)}) "
        f"outs(%f : {tensor(sums.shape)}) -> {tensor(sums.shape)}\n"
    )
    return around(rng, body, sums, rng.choice([i for i, c in enumerate(layout[2]) if c in "ckm"] or [0]), [x, w])


TRANSPOSED = {
    "conv_1d_nwc_wcf": ("nwc", "sck", "nwk"),
    "conv_1d_ncw_fcw": ("ncw", "kcs", "nkw"),
    "conv_2d_nhwc_hwcf": ("nhwc", "rsck", "nhwk"),
    "conv_2d_nchw_fchw": ("nchw", "kcrs", "nkhw"),
    "depthwise_conv_2d_nhwc_hwc": ("nhwc", "rsc", "nhwc"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "trsck", "ndhwk"),
}


def reverse(name: str, source: str, shape: tuple[int, ...], order: list[int], backwards: list[int]) -> str:
    """The dimensions `order` of `source`, those in `backwards` reversed, element by element."""
    out = tuple(shape[i] for i in order)
    whole = dims(len(out), list(range(len(out))))
    lines = [f"%i{i} = linalg.index {i} : index" for i in range(len(out))]
    indices = [""] * len(out)
    for i, of in enumerate(order):
        indices[of] = f"%i{i}"
        if of in backwards:
            lines += [f"%e{i} = arith.constant {shape[of] - 1} : index", f"%b{i} = arith.subi %e{i}, %i{i} : index"]
            indices[of] = f"%b{i}"
    lines += [f"%v = tensor.extract %{source}[{', '.join(indices)}] : {tensor(shape)}", "linalg.yield %v : f32"]
    sides = ", ".join(['"parallel"'] * len(out))
    return (
        f"  %{name}_e = tensor.empty() : {tensor(out)}\n"
        f"  %{name} = linalg.generic {{indexing_maps = [{whole}], iterator_types = [{sides}]}} outs(%{name}_e : {tensor(out)}) {{\n"
        "  ^bb0(%o: f32):\n    " + "\n    ".join(lines) + f"\n  }} -> {tensor(out)}\n"
    )


def literal(array: np.ndarray) -> str:
    return repr(array.tolist()).replace(" ", "")


def draw_transposed(rng: random.Random) -> Case:
    """An image with zeros between its elements, as front ends write it; a filter that is reversed, known or not."""
    name = rng.choice(list(TRANSPOSED))
    layout = TRANSPOSED[name]
    letters = "".join(c for c in layout[0] if c in "dhw")
    windows = "trs"[-len(letters) :]
    image = []
    for _ in letters:
        taps, zeros, dilation, stride = rng.choice([1, 2, 3, 4]), rng.choice([1, 2, 2, 3]), rng.choice([1, 1, 1, 2]), rng.choice([1, 1, 1, 2])
        # Rows of several vectors, too.
        size = rng.randint(15, 40) if len(image) + 1 == len(letters) and rng.random() < 0.4 else rng.randint(1, 6)
        low, high = rng.randint(0, 4), rng.randint(0, 4)
        low += max(0, dilation * (taps - 1) + 1 - (low + (size - 1) * zeros + 1 + high))
        length = low + (size - 1) * zeros + 1 + high
        outside = rng.randint(0, low) if rng.random() < 0.3 else 0  # written as padding
        image.append({
            "size": size, "zeros": zeros, "at": low, "length": length, "outside": outside, "taps": taps, "stride": stride,
            "dilation": dilation, "low": 0, "high": 0, "out": (length - dilation * (taps - 1) - 1) // stride + 1,
        })  # fmt: skip
    extent = {"n": rng.randint(1, 2), "c": rng.choice([1, 3, 8]), "k": rng.choice([1, 5, 16])}
    extent |= {d: a["size"] for d, a in zip(letters, image)} | {t: a["taps"] for t, a in zip(windows, image)}
    x = integers(rng, tuple(extent[c] for c in layout[0]), 4)
    w = integers(rng, tuple(extent[c] for c in layout[1]), 4)
    of = lambda key, default: [dict(zip(letters, (a[key] for a in image))).get(c, default) for c in layout[0]]  # noqa: E731
    wide_shape = tuple(length or size for length, size in zip(of("length", 0), x.shape))
    wide = np.zeros(wide_shape, np.float32)
    wide[tuple(slice(a, a + (s - 1) * z + 1, z) for a, s, z in zip(of("at", 0), x.shape, of("zeros", 1)))] = x
    inner_shape = tuple(size - a for size, a in zip(wide_shape, of("outside", 0)))
    offsets = [a - b for a, b in zip(of("at", 0), of("outside", 0))]
    body = fill("z", inner_shape, 0.0) + (
        f"  %zi = tensor.insert_slice %a0 into %z{offsets} {list(x.shape)} {of('zeros', 1)} : {tensor(x.shape)} into {tensor(inner_shape)}\n"
    )
    source = "zi"
    if inner_shape != wide_shape:
        body += pad(rng, "p", "zi", inner_shape, of("outside", 0), [0] * x.ndim)[0]
        source = "p"
    # The filter that is given, from which the one that is used is made.
    inputs, taps, given = [x, w], "a1", w
    if rng.random() < 0.7:
        order = list(range(w.ndim))
        rng.shuffle(order)
        backwards = [order.index(layout[1].index(t)) for t in windows]
        given = np.ascontiguousarray(np.flip(w.transpose(order), backwards))
        inputs = [x, given]
    if rng.random() < 0.5:
        inputs, taps = [x], "k"
        body += f"  %k = arith.constant dense<{literal(given)}> : {tensor(given.shape)}\n"
    if given is not w:
        body += reverse("u", taps, given.shape, [order.index(i) for i in range(w.ndim)], backwards)
        taps = "u"
    plain = "".join(c for c in layout[0] if c in "nc")
    free = "".join(c for c in layout[1] if c in "ck")
    results = "".join(c for c in layout[2] if c in "nck")
    sums = convolve(
        permute(layout[0], plain + letters, wide), permute(layout[1], windows + free, w), image,
        f"{plain}{letters},{free}->{results}{letters}",
    )  # fmt: skip
    sums = permute(results + letters, layout[2], sums)
    geometry = ", ".join(f"{what}s = dense<{[a[what] for a in image]}> : tensor<{len(image)}xi64>" for what in ("stride", "dilation"))
    body += fill("f", sums.shape, 0.0) + (
        f"  %sums = linalg.{name} {{{geometry}}} ins(%{source}, %{taps} : {tensor(wide_shape)}, {tensor(w.shape)}) "
        f"outs(%f : {tensor(sums.shape)}) -> {tensor(sums.shape)}\n"
    )
    return around(rng, body, sums, next(i for i, c in enumerate(layout[2]) if c in "ck"), inputs)


def draw_tosa(rng: random.Random) -> Case:
    """TOSA's transposed convolution: every element of the image adds to a window of the output."""
    extent = {"n": rng.randint(1, 2), "c": rng.choice([1, 3, 8]), "k": rng.choice([1, 5, 16])}
    taps, stride = [[rng.randint(1, 4) for _ in range(2)] for _ in range(2)]
    size = [rng.randint(1, 6) for _ in range(2)]
    pads = [[rng.randint(-min(t - 1, 1), 2) for _ in range(2)] for t in taps]
    out = [(i - 1) * s + a + b + t for i, s, t, (a, b) in zip(size, stride, taps, pads)]
    if min(out) < 1:
        return draw_tosa(rng)
    x = integers(rng, (extent["n"], *size, extent["c"]), 4)
    w = integers(rng, (extent["k"], *taps, extent["c"]), 4)
    bias = integers(rng, (rng.choice([1, extent["k"]]),))
    whole = np.zeros((extent["n"], *((i - 1) * s + t for i, s, t in zip(size, stride, taps)), extent["k"]))
    for r, c in itertools.product(*map(range, taps)):
        rows, columns = (slice(at, at + (i - 1) * s + 1, s) for at, i, s in zip((r, c), size, stride))
        whole[:, rows, columns] += np.einsum("nhwc,kc->nhwk", x, w[:, r, c])
    sides = [(max(a, 0), max(b, 0)) for a, b in pads]
    whole = np.pad(whole, [(0, 0), *sides, (0, 0)])
    cuts = [slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pads, whole.shape[1:3])]
    sums = (whole[:, cuts[0], cuts[1]] + bias).astype(np.float32)
    result = tensor(sums.shape)
    body = (
        '  %z = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>\n'
        f"  %r = tosa.transpose_conv2d %a0, %a1, %a2, %z, %z {{acc_type = f32, out_pad = array<i64: {', '.join(str(p) for side in pads for p in side)}>, "
        f"stride = array<i64: {stride[0]}, {stride[1]}>}} : ({tensor(x.shape)}, {tensor(w.shape)}, {tensor(bias.shape)}, tensor<1xf32>, tensor<1xf32>) -> {result}\n"
    )
    return Case(body, [x, w, bias], sums)


# What a body makes of an element of the image before it multiplies.
FACTORS = {
    "": ("", lambda x: x),
    "scale": ("%h = arith.constant -2.0 : f32\n    %g = arith.mulf %X, %h : f32\n    ", lambda x: -2 * x),
    "shift": ("%h = arith.constant 3.0 : f32\n    %g = arith.subf %X, %h : f32\n    ", lambda x: x - 3),
    "relu": ("%h = arith.constant 0.0 : f32\n    %g = arith.maximumf %X, %h : f32\n    ", lambda x: np.maximum(x, 0)),
}


def shuffled(rng: random.Random, parts: list[str]) -> str:
    rng.shuffle(parts)
    return "".join(parts)


def draw_generic(rng: random.Random) -> Case:
    """Any loops in any order: several batches, groups and channels, windows that begin at an offset or run backwards."""
    batches = "nmo"[: rng.choice([0, 1, 1, 2, 2, 3])]
    groups = "gj"[: rng.choice([0, 0, 0, 1, 2])]
    inputs = "c" if groups else "ce"[: rng.randint(1, 2)]
    outputs = "k" if groups else "kl"[: rng.randint(1, 2)]
    image = [
        {
            "out": rng.randint(1, 5), "taps": rng.randint(1, 3), "stride": rng.choice([1, 1, 2]), "dilation": rng.choice([1, 1, 2]),
            "at": rng.choice([0, 0, 1, 2]), "backwards": rng.random() < 0.4, "rest": rng.choice([0, 0, 1]), "low": 0, "high": 0,
        }
        for _ in range(rng.choice([1, 2, 2, 2, 3]))
    ]  # fmt: skip
    # A window that is one tap in every direction is none.
    image[0]["taps"] = max(image[0]["taps"], 2)
    rows, windows = "hwd"[: len(image)], "rst"[: len(image)]
    extent = {b: rng.randint(1, 2) for b in batches} | {g: rng.randint(2, 3) for g in groups}
    extent |= {c: rng.choice([2, 4]) for c in inputs} | {k: rng.choice([2, 4, 8]) for k in outputs}
    for row, window, a in zip(rows, windows, image):
        extent |= {row: a["out"], window: a["taps"]}
        a["size"] = a["at"] + (a["out"] - 1) * a["stride"] + (a["taps"] - 1) * a["dilation"] + 1 + a["rest"]
    unit = [groups] if groups else []
    x_letters = shuffled(rng, [*batches, *inputs, *rows, *unit])
    w_letters = shuffled(rng, [*inputs, *outputs, *windows, *groups])
    y_letters = shuffled(rng, [*batches, *outputs, *rows, *unit])
    loops = shuffled(rng, list(y_letters)) + shuffled(rng, [*inputs, *windows])
    sizes = {row: a["size"] for row, a in zip(rows, image)}
    x = integers(rng, tuple(sizes.get(c, extent.get(c)) for c in x_letters), 4)
    w = integers(rng, tuple(extent[c] for c in w_letters), 4)
    kind = rng.choice(["", "", "", "fma", *FACTORS])
    before, function = FACTORS.get(kind, FACTORS[""])
    plain = batches + groups + inputs
    seen = permute(x_letters, plain + rows, function(x))
    seen = seen[(..., *(slice(a["at"], None) for a in image))]
    taps = permute(w_letters, windows + groups + inputs + outputs, w)
    taps = np.flip(taps, [i for i, a in enumerate(image) if a["backwards"]])
    results = batches + groups + outputs
    sums = convolve(seen, taps, image, f"{plain}{rows},{groups}{inputs}{outputs}->{results}{rows}")
    sums = permute(results + rows, y_letters, sums)

    def index(letter: str) -> str:
        if letter not in rows:
            return letter
        a = image[rows.index(letter)]
        window, offset = windows[rows.index(letter)], a["at"] + (a["taps"] - 1) * a["dilation"] * a["backwards"]
        return f"{letter} * {a['stride']} {'-' if a['backwards'] else '+'} {window} * {a['dilation']} + {offset}"

    def affine(results: list[str]) -> str:
        return f"affine_map<({', '.join(loops)}) -> ({', '.join(results)})>"

    operands = [("a0", x.shape), ("a1", w.shape)]
    maps = [affine([index(c) for c in x_letters]), affine(list(w_letters))]
    names = ["x0", "x1"]
    if rng.random() < 0.3:
        operands, maps, names = operands[::-1], maps[::-1], names[::-1]
    image_name, filter_name = f"%{names[0]}", f"%{names[1]}"
    before = before.replace("%X", image_name)
    factor = "%g" if before else image_name
    step = f"%m = arith.mulf {filter_name}, {factor} : f32\n    %s = arith.addf %m, %o : f32\n    linalg.yield %s : f32"
    if kind == "fma":
        step = f"%s = math.fma {factor}, {filter_name}, %o : f32\n    linalg.yield %s : f32"
    sides = ["parallel" if c in y_letters else "reduction" for c in loops]
    body = fill("f", sums.shape, 0.0) + generic(
        "sums", operands, maps, "f", sums.shape, affine(list(y_letters)), sides, before + step
    )
    return around(rng, body, sums, rng.randrange(len(y_letters)), [x, w])


def repeat_pixels(rng: random.Random, shape: tuple[int, ...], factors: list[int]) -> str:
    """`%a0` with each element as often in turn as `factors` says, `%u`, in one of the ways to write it."""
    rank, wide = len(shape), tuple(s * f for s, f in zip(shape, factors))
    loops = ", ".join(f"d{i}" for i in range(rank))
    whole = f"affine_map<({loops}) -> ({loops})>"
    way = rng.choice(["map", "repeat", "integers", "floats", "table"])
    if way == "map":
        divided = ", ".join(f"d{i} floordiv {f}" if f > 1 else f"d{i}" for i, f in enumerate(factors))
        body = f"  %ue = tensor.empty() : {tensor(wide)}\n"
        return body + generic(
            "u", [("a0", shape)], [f"affine_map<({loops}) -> ({divided})>"], "ue", wide, whole, ["parallel"] * rank, "linalg.yield %x0 : f32"
        )
    if way == "repeat":
        inner, groups, added = [], [], []
        for size, factor in zip(shape, factors):
            groups.append([len(inner)])
            inner.append(size)
            if factor > 1:
                added.append(len(inner))
                groups[-1].append(len(inner))
                inner.append(factor)
        return (
            f"  %ue = tensor.empty() : {tensor(tuple(inner))}\n"
            f"  %ub = linalg.broadcast ins(%a0 : {tensor(shape)}) outs(%ue : {tensor(tuple(inner))}) dimensions = {added}\n"
            f"  %u = tensor.collapse_shape %ub {groups} : {tensor(tuple(inner))} into {tensor(wide)}\n"
        )
    tables, lines, indices = "", [], []
    for i, (size, factor) in enumerate(zip(shape, factors)):
        lines.append(f"%i{i} = linalg.index {i} : index")
        indices.append(f"%i{i}" if factor == 1 else f"%q{i}")
        if factor == 1:
            continue
        if way == "integers":
            # As a resize clamps what it has computed.
            lines += [
                f"%f{i} = arith.constant {factor} : index", f"%m{i} = arith.constant {size - 1} : index",
                f"%d{i} = arith.divui %i{i}, %f{i} : index", f"%q{i} = arith.minsi %d{i}, %m{i} : index",
            ]  # fmt: skip
        elif way == "floats":
            lines += [
                f"%n{i} = arith.index_cast %i{i} : index to i64", f"%x{i} = arith.sitofp %n{i} : i64 to f32",
                f"%h{i} = arith.constant 0.5 : f32", f"%y{i} = arith.addf %x{i}, %h{i} : f32",
                f"%f{i} = arith.constant {factor}.0 : f32", f"%d{i} = arith.divf %y{i}, %f{i} : f32",
                f"%g{i} = math.floor %d{i} : f32", f"%t{i} = arith.fptosi %g{i} : f32 to i64", f"%q{i} = arith.index_cast %t{i} : i64 to index",
            ]  # fmt: skip
        else:
            table = np.repeat(np.arange(size), factor)
            tables += f"  %t{i} = arith.constant dense<{table.tolist()}> : tensor<{len(table)}xi64>\n"
            lines += [
                f"%e{i} = tensor.extract %t{i}[%i{i}] : tensor<{len(table)}xi64>",
                f"%q{i} = arith.index_cast %e{i} : i64 to index",
            ]
    lines += [f"%v = tensor.extract %a0[{', '.join(indices)}] : {tensor(shape)}", "linalg.yield %v : f32"]
    sides = ", ".join(['"parallel"'] * rank)
    return (
        tables + f"  %ue = tensor.empty() : {tensor(wide)}\n"
        f"  %u = linalg.generic {{indexing_maps = [{whole}], iterator_types = [{sides}]}} outs(%ue : {tensor(wide)}) {{\n"
        "  ^bb0(%o: f32):\n    " + "\n    ".join(lines) + f"\n  }} -> {tensor(wide)}\n"
    )


def draw_upsampled(rng: random.Random) -> Case:
    """An image whose pixels are repeated, before the convolution reads it or as it does."""
    name = rng.choice([n for n in TRANSPOSED if "3d" not in n])
    layout = TRANSPOSED[name]
    letters = "".join(c for c in layout[0] if c in "hw")
    windows = "rs"[-len(letters) :]
    fused = rng.random() < 0.3
    image = []
    for _ in letters:
        a = {
            "taps": rng.choice([1, 2, 3, 3, 3, 5]), "stride": rng.choice([1, 1, 1, 2]), "dilation": rng.choice([1, 1, 1, 1, 1, 2, 3]),
            "factor": rng.choice([1, 2, 2, 2, 3, 4]), "low": 0, "high": 0, "at": 0, "backwards": False,
        }  # fmt: skip
        reach = (a["taps"] - 1) * a["dilation"] + 1
        # Rows of several vectors, and images for which filters are added up in each call.
        a["out"] = rng.choice([rng.randint(1, 8), rng.randint(8, 16), rng.randint(32, 36), rng.randint(64, 66)])
        length = (a["out"] - 1) * a["stride"] + reach
        if fused:
            a.update(at=rng.choice([0, 0, 1, 2]), backwards=rng.random() < 0.15)
            a["size"] = -(-(length + a["at"]) // a["factor"]) + rng.choice([0, 0, 1])
        else:
            a.update(low=rng.choice([0, 1, 1, 2]), high=rng.choice([0, 1, 1, 2]))
            a["size"] = max(1, -(-(length - a["low"] - a["high"]) // a["factor"]))
            a["out"] = (a["size"] * a["factor"] + a["low"] + a["high"] - reach) // a["stride"] + 1
        image.append(a)
    if all(a["factor"] == 1 for a in image):
        return draw_upsampled(rng)
    extent = {"n": rng.randint(1, 2), "c": rng.choice([1, 3, 8]), "k": rng.choice([1, 5, 16])}
    # Beside channels that are not repeated, it takes some for a convolution of their own.
    beside = 0
    if not fused and "k" in layout[1] and rng.random() < 0.3:
        beside, extent["c"] = rng.choice([1, 3, 16]), 32
    extent |= {d: a["size"] for d, a in zip(letters, image)} | {t: a["taps"] for t, a in zip(windows, image)}
    x = integers(rng, tuple(extent[c] for c in layout[0]), 4)
    w = integers(rng, tuple((extent | {"c": extent["c"] + beside})[c] for c in layout[1]), 4)
    of = lambda key, default: [dict(zip(letters, (a[key] for a in image))).get(c, default) for c in layout[0]]  # noqa: E731
    factors = of("factor", 1)
    wide = x
    for axis, factor in enumerate(factors):
        wide = np.repeat(wide, factor, axis)
    others, repeated, channels = [], wide.shape, layout[0].index("c")
    if beside:
        shape = tuple(beside if c == "c" else size for c, size in zip(layout[0], wide.shape))
        others = [integers(rng, shape, 4) for _ in range(rng.choice([1, 1, 2]))]
        if len(others) > 1:
            w = np.concatenate([w, w], layout[1].index("c")).take(range(extent["c"] + 2 * beside), layout[1].index("c"))
        at = rng.choice([0, 0, len(others), 1])
        parts = [*others[:at], wide, *others[at:]]
        wide = np.concatenate(parts, channels)
    seen = wide[tuple(slice(at, None) for at in of("at", 0))]
    plain = "".join(c for c in layout[0] if c in "nc")
    free = "".join(c for c in layout[1] if c in "ck")
    results = "".join(c for c in layout[2] if c in "nck")
    taps = np.flip(permute(layout[1], windows + free, w), [i for i, a in enumerate(image) if a["backwards"]])
    sums = convolve(permute(layout[0], plain + letters, seen), taps, image, f"{plain}{letters},{free}->{results}{letters}")
    sums = permute(results + letters, layout[2], sums)
    inputs, body, weights = [x, w], "", "a1"
    if rng.random() < 0.6:
        inputs, weights = [x], "k"
        body = f"  %k = arith.constant dense<{literal(w)}> : {tensor(w.shape)}\n"
    body += fill("f", sums.shape, 0.0)
    if fused:
        loops = layout[2] + "".join(c for c in layout[1] if c not in layout[2])

        def index(letter: str) -> str:
            if letter not in letters:
                return letter
            a, window = image[letters.index(letter)], windows[letters.index(letter)]
            offset = a["at"] + (a["taps"] - 1) * a["dilation"] * a["backwards"]
            sign = "-" if a["backwards"] else "+"
            return f"({letter} * {a['stride']} {sign} {window} * {a['dilation']} + {offset}) floordiv {a['factor']}"

        maps = [f"affine_map<({', '.join(loops)}) -> ({', '.join(r)})>" for r in ([index(c) for c in layout[0]], layout[1], layout[2])]
        body += generic(
            "sums", [("a0", x.shape), (weights, w.shape)], maps[:2], "f", sums.shape, maps[2],
            ["parallel" if c in layout[2] else "reduction" for c in loops],
            "%m = arith.mulf %x0, %x1 : f32\n    %s = arith.addf %o, %m : f32\n    linalg.yield %s : f32",
        )  # fmt: skip
    else:
        body += repeat_pixels(rng, x.shape, factors)
        source, shape = "u", wide.shape
        if others:
            values = [(f"a{len(inputs) + i}", part.shape) for i, part in enumerate(others)]
            values.insert(at, ("u", repeated))
            inputs = [*inputs, *others]
            body += (
                f"  %c = tensor.concat dim({channels}) {', '.join(f'%{v}' for v, _ in values)} : "
                f"({', '.join(tensor(t) for _, t in values)}) -> {tensor(shape)}\n"
            )
            source = "c"
        if any(a["low"] or a["high"] for a in image):
            added, shape = pad(rng, "p", source, shape, of("low", 0), of("high", 0))
            body, source = body + added, "p"
        geometry = ", ".join(f"{what}s = dense<{[a[what] for a in image]}> : tensor<{len(image)}xi64>" for what in ("stride", "dilation"))
        body += (
            f"  %sums = linalg.{name} {{{geometry}}} ins(%{source}, %{weights} : {tensor(shape)}, {tensor(w.shape)}) "
            f"outs(%f : {tensor(sums.shape)}) -> {tensor(sums.shape)}\n"
        )
    return around(rng, body, sums, next(i for i, c in enumerate(layout[2]) if c in "ck"), inputs)


KINDS = {
    "volume": draw_volume,
    "transposed": draw_transposed,
    "tosa": draw_tosa,
    "generic": draw_generic,
    "upsampled": draw_upsampled,
}


def find_form_left(conv_opt: str, module: str) -> str:
    """What the compiler says of forms it does not raise; empty when it raises all."""
    raising = [conv_opt, "--conv-lower-tosa", "--conv-raise=require", "-o", "/dev/null"]
    raised = subprocess.run(raising, input=module, capture_output=True, text=True)
    return f"not raised:\n{raised.stderr}" if raised.returncode != 0 or raised.stderr else ""


def main() -> int:
    parser = make_parser(__doc__, seed=2026)
    parser.add_argument("--kinds", default=",".join(KINDS))
    args = parser.parse_args()
    kinds = args.kinds.split(",")
    return compute_cases(args, lambda rng: KINDS[rng.choice(kinds)](rng), lambda module: find_form_left(args.conv_opt, module))


if __name__ == "__main__":
    sys.exit(main())
