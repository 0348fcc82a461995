"""Checks the register tile of every built-in layer on every machine.

usage: check-tiles.py CONV-OPT FOLDER-OF-LAYERS LAYOUT [SHARE]

With a SHARE n each machine takes every n-th layer, beginning at another one.

A tile keeps the FMA units busy, C_ob * W_ob * h_ob >= N_vec * N_fma * L_fma,
wherever the layer has that many outputs in the tile's two rows, and its
accumulators, filter vectors and broadcast input fit the registers.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "Machine", "Inputs"))
from machines import MACHINES

# Plain, grouped, depthwise.
LETTERS = {
    "nhwc": ("nhwc rsck nhwk", "nhwgc rsgck nhwgk", "nhwg rsg nhwg"),
    "nchw": ("nchw kcrs nkhw", "ngchw gkcrs ngkhw", "nghw grs nghw"),
}


def read_layers(folder):
    layers = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            for l in json.load(file):
                g = l.get("groups", 1)
                e = {"n": l.get("n", 1), "g": g, "c": l["c"] // g, "k": l["k"] // g}
                e.update((key, l[key]) for key in ("h", "w", "r", "s"))
                e["strides"] = (l.get("stride_h", 1), l.get("stride_w", 1))
                e["dilations"] = tuple(l.get("dilation_" + a, l.get("dilation", 1)) for a in "hw")
                e["low"] = (l.get("pad_h", 0), l.get("pad_w", 0))
                e["high"] = (
                    l.get("pad_h_high", e["low"][0]),
                    l.get("pad_w_high", e["low"][1]),
                )
                e["ho"], e["wo"] = (
                    (size + low + high - (taps - 1) * dilation - 1) // stride + 1
                    for size, low, high, taps, dilation, stride in zip(
                        (e["h"], e["w"]), e["low"], e["high"], (e["r"], e["s"]),
                        e["dilations"], e["strides"])
                )
                layers.setdefault(json.dumps(e, sort_keys=True), (l["name"], e))
    return list(layers.values())


def write_function(index, e, layout):
    depthwise = e["g"] > 1 and e["c"] == 1 and e["k"] == 1
    names = LETTERS[layout][2 if depthwise else 1 if e["g"] > 1 else 0].split()
    types = []
    for name, image in zip(names, ("in", "in", "out")):
        sizes = dict(e, h=e["ho"], w=e["wo"]) if image == "out" else e
        types.append("memref<" + "".join(f"{sizes[l]}x" for l in name) + "f32>")
    x, f, y = types
    geometry = "".join(
        f", {key} = [{e[key][0]}, {e[key][1]}]"
        for key in ("strides", "dilations", "low", "high")
    )
    return (
        f"func.func @layer{index}(%x: {x}, %f: {f}, %o: {y}) {{ conv.conv dims<{names[0]} x "
        f"{names[1]} -> {names[2]}{geometry}> ins(%x, %f : {x}, {f}) outs(%o : {y}) return }}\n"
    )


def check_sums(wanted, n_reg, e, pixels, channels, share):
    """The same for vectors along input channels, of which each output has one."""
    filters = channels * (e["s"] if share else 1)
    registers = pixels * channels + filters + 1
    if registers > n_reg:
        return f"{registers} registers of {n_reg}"
    held = min(e["ho"] * e["wo"] * e["k"], (n_reg - filters - 1) // channels * channels)
    if held >= wanted > pixels * channels:
        return f"{pixels} x {channels} sums do not hide {wanted}"
    return ""


def check_groups(wanted, n_vec, n_reg, e, pixels, channels, share):
    """The same for vectors of output channels of several groups."""
    if channels % e["k"] and channels < e["g"] * e["k"]:
        return f"{channels} channels are not whole groups of {e['k']}"
    vectors, taps = channels // n_vec, e["s"] if share else 1
    registers = vectors * (pixels + taps) + 3
    if registers > n_reg:
        return f"{registers} registers of {n_reg}"
    most = min(e["ho"] * e["wo"], (n_reg - 3) // vectors - taps) * vectors
    if most >= wanted > pixels * vectors:
        return f"{pixels} x {vectors} sums do not hide {wanted}"
    return ""


def check_pairs(wanted, n_vec, n_reg, e, rows, columns, channels, share):
    """The same for vectors of output channels of two columns."""
    vectors, taps = 2 * channels // n_vec, e["s"] if share else 1
    accumulators = rows * -(-columns // 2) * vectors
    registers = accumulators + vectors * taps + 3
    if registers > n_reg:
        return f"{registers} registers of {n_reg}"
    # Of one or two rows, which are cut into tiles as even as they can be.
    held = [
        height * -(-(-(-e["wo"] // tiles)) // 2) * vectors
        for height in (1, min(2, e["ho"]))
        for tiles in range(1, e["wo"] + 1)
    ]
    most = max((size for size in held if size <= n_reg - 4 - vectors * taps), default=0)
    if most >= wanted > accumulators:
        return f"{rows} x {columns} x {vectors} halves do not hide {wanted}"
    return ""


def check_shared_rows(wanted, n_vec, n_reg, e, rows, columns, channels, lane):
    """The same for vectors along columns, whose rows share what the taps of a column read."""
    scalars = e["r"] * (-(-channels // n_vec) if lane else channels)

    def count(rows, vectors):
        return rows * vectors * channels + vectors + scalars

    vectors = columns // n_vec
    if count(rows, vectors) > n_reg:
        return f"{count(rows, vectors)} registers of {n_reg}"
    sizes = [(h, v) for h in range(2, min(8, e["ho"]) + 1) for v in range(1, min(4, -(-e["wo"] // n_vec)) + 1)]
    most = max((h * v * channels for h, v in sizes if count(h, v) <= n_reg), default=0)
    if most >= wanted > rows * vectors * channels:
        return f"{rows} x {vectors} x {channels} sums do not hide {wanted}"
    return ""


def check(cpu, n_fma, l_fma, n_vec, n_reg, name, e, text):
    """What is wrong with a schedule; empty when nothing."""
    fields = dict(re.findall(r"(\w+) = (\w+)", text))
    if fields["algorithm"] != "direct":
        return ""
    along_columns = fields.get("vector") == "w"
    rows, columns, channels = (int(fields.get(key, 1)) for key in ("h_ob", "w_ob", "c_ob"))
    if fields.get("vector") == "c":
        return check_sums(n_fma * l_fma, n_reg, e, rows * columns, channels, fields.get("share") == "true")
    if fields.get("vector") == "g":
        share = fields.get("share") == "true"
        return check_groups(n_fma * l_fma, n_vec, n_reg, e, rows * columns, channels, share)
    if fields.get("vector") == "kw":
        share = fields.get("share") == "true"
        return check_pairs(n_fma * l_fma, n_vec, n_reg, e, rows, columns, channels, share)
    if along_columns:
        n_vec = int(fields["n_vec"])  # Short rows have narrower vectors.
    if fields.get("share") == "true":
        lane = fields.get("broadcast") == "lane"
        return check_shared_rows(n_fma * l_fma, n_vec, n_reg, e, rows, columns, channels, lane)
    # Vectors of one step, and scalars each of them meets.
    if along_columns:
        vectors, scalars = rows * columns // n_vec, channels
    else:
        vectors, scalars = channels // n_vec, rows * columns
    broadcasts = 1
    if fields.get("broadcast") == "lane":
        broadcasts = -(-channels // n_vec) if along_columns else scalars
    registers = scalars * vectors + vectors + broadcasts
    if registers > n_reg:
        return f"{registers} registers of {n_reg}"
    if e["c"] == 1 and e["k"] == 1:
        return ""  # Bound by its loads, not by the latency.
    # The most a tile of two rows (of all pixels, flattened) could hold.
    flat = fields.get("flatten") == "true"
    columns, rows = (e["ho"] * e["wo"], 1) if flat else (e["wo"], min(2, e["ho"]))
    outputs = -(-e["k"] // n_vec) * n_vec * columns * rows
    if along_columns:
        # Each vector of columns needs one of the input next to its channels.
        held = (n_reg - broadcasts) * e["k"] // (e["k"] + 1)
        if e["k"] < n_reg // 2:
            held = held // e["k"] * e["k"]
        outputs = min(-(-columns // n_vec) * e["k"] * rows, held) * n_vec
    else:
        # And each vector of channels one of the filter next to its pixels.
        outputs = min(outputs, (n_reg - 1) * columns * rows // (columns * rows + 1) * n_vec)
    if outputs >= n_vec * n_fma * l_fma > scalars * vectors * n_vec:
        return f"{scalars} x {vectors} x {n_vec} outputs do not hide {n_fma} x {l_fma}"
    return ""


def split_parts(text, channels):
    """Output channels and fields of each part of a schedule."""
    parts = [(int(count), part) for count, part in re.findall(r"(\d+): <([^<>]*)>", text)]
    return [(channels - sum(count for count, _ in parts), text.split(", parts = ")[0]), *parts]


conv_opt, folder, layout = sys.argv[1:4]
share = int(sys.argv[4]) if len(sys.argv) > 4 else 1
layers = read_layers(folder)
assert len(layers) > 150, len(layers)
failures = 0
for machine_index, (cpu, *machine, _, _) in enumerate(MACHINES):
    chosen = layers[machine_index % share :: share]
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as source:
        for index, (_, e) in enumerate(chosen):
            source.write(write_function(index, e, layout))
        source.flush()
        run = subprocess.run(
            [conv_opt, source.name, f"--conv-autotune=cpu={cpu}"], capture_output=True, text=True
        )
    schedules = dict(
        re.findall(r"@layer(\d+)\(.*\n.*schedule<(algorithm = (?:[^<>]|<[^<>]*>)*)>", run.stdout)
    )
    wrong = []
    for index, (name, e) in enumerate(chosen):
        if str(index) not in schedules:
            wrong.append(f"{name}: no schedule {run.stderr[:500]}")
            continue
        for channels, text in split_parts(schedules[str(index)], e["k"]):
            if reason := check(cpu, *machine, name, e | {"k": channels}, text):
                wrong.append(f"{name}: {text}: {reason}")
    print(f"{cpu}: {len(schedules)} schedules, {len(wrong)} wrong", *wrong, sep="\n  ")
    failures += len(wrong)
sys.exit(failures != 0)
