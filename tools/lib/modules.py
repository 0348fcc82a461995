"""Random modules around convolutions, for tools/fuzz.py.

Convolutions are written in all the ways that --conv-raise knows, between what
models have around them: padding, biases, activations, casts, pooling, layout
changes, slices, calls and control flow. Most modules are valid; some sizes are
not, and those have to end in an error.
"""

from __future__ import annotations

import dataclasses
import random

# What linalg calls the operands' dimensions: n batch, g groups, c and f
# channels, m multiplier; pixels and taps are written d, h, w.
NAMED = {
    "conv_1d_nwc_wcf": ("nwc", "wcf", "nwf"),
    "conv_1d_ncw_fcw": ("ncw", "fcw", "nfw"),
    "conv_2d_nhwc_hwcf": ("nhwc", "hwcf", "nhwf"),
    "conv_2d_nhwc_fhwc": ("nhwc", "fhwc", "nhwf"),
    "conv_2d_nchw_fchw": ("nchw", "fchw", "nfhw"),
    "conv_2d_ngchw_fgchw": ("ngchw", "fgchw", "ngfhw"),
    "conv_2d_ngchw_gfchw": ("ngchw", "gfchw", "ngfhw"),
    "conv_2d_nhwgc_gfhwc": ("nhwgc", "gfhwc", "nhwgf"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "dhwcf", "ndhwf"),
    "conv_3d_ncdhw_fcdhw": ("ncdhw", "fcdhw", "nfdhw"),
    "depthwise_conv_1d_nwc_wc": ("nwc", "wc", "nwc"),
    "depthwise_conv_1d_ncw_cw": ("ncw", "cw", "ncw"),
    "depthwise_conv_1d_nwc_wcm": ("nwc", "wcm", "nwcm"),
    "depthwise_conv_2d_nhwc_hwc": ("nhwc", "hwc", "nhwc"),
    "depthwise_conv_2d_nchw_chw": ("nchw", "chw", "nchw"),
    "depthwise_conv_2d_nhwc_hwcm": ("nhwc", "hwcm", "nhwcm"),
    "depthwise_conv_3d_ndhwc_dhwc": ("ndhwc", "dhwc", "ndhwc"),
    "conv_1d": ("w", "w", "w"),
    "conv_2d": ("hw", "hw", "hw"),
    "conv_3d": ("dhw", "dhw", "dhw"),
}
QUANTISED = {
    "conv_2d_nhwc_hwcf_q": ("nhwc", "hwcf", "nhwf"),
    "conv_2d_nchw_fchw_q": ("nchw", "fchw", "nfhw"),
    "depthwise_conv_2d_nhwc_hwc_q": ("nhwc", "hwc", "nhwc"),
    "depthwise_conv_2d_nhwc_hwcm_q": ("nhwc", "hwcm", "nhwcm"),
}
POOLING = {
    "pooling_nhwc_sum": "nhwc",
    "pooling_nhwc_max": "nhwc",
    "pooling_nhwc_min": "nhwc",
    "pooling_nchw_sum": "nchw",
    "pooling_nchw_max": "nchw",
    "pooling_ncw_sum": "ncw",
    "pooling_nwc_max": "nwc",
    "pooling_ndhwc_max": "ndhwc",
}
SPATIAL = "dhw"
# Sizes that no memory holds, that wrap around, and that leave nothing.
ABSURD = [0, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 40, 1 << 62]
ALGORITHMS = [
    "auto", "naive", "direct", "im2col", "im2row", "kn2row", "kn2col", "kn2row_as", "kn2col_as", "kn2row_aa",
    "mec", "mec_a", "mec_b", "im2win", "winograd_4", "winograd_4x2", "winograd_2",
]  # fmt: skip
CPUS = ["haswell", "znver4", "znver5", "skylake-avx512", "x86-64", "cooperlake"]


@dataclasses.dataclass
class Value:
    name: str
    shape: list[int]
    element: str

    @property
    def type(self) -> str:
        return "tensor<" + "".join(f"{n}x" for n in self.shape) + self.element + ">"


def draw_options(rng: random.Random) -> str:
    """Options of --conv-to-llvm."""
    options = [f"cpu={rng.choice(CPUS)}", "triple=x86_64-pc-linux-gnu"]
    if rng.random() < 0.5:
        options.append(f"algorithm={rng.choice(ALGORITHMS)}")
    for option, values in {
        "form": ["whole", "banded"],
        "accuracy": ["sum", "1.0", "4.0"],
        "network-accuracy": ["0.5", "1.2", "4.0"],
        "threads": ["2", "3", "64"],
        "max-workspace": ["0", "1KiB", "1MiB"],
        "network-memory": ["0", "64KiB", "4MiB"],
        "exclude": ["direct", "im2col,im2row"],
        "prepack": ["function", "none", "constants"],
        "propagate-layouts": ["off", "blocked", "nhwc", "nchw"],
        "products": ["false"],
    }.items():
        if rng.random() < 0.15:
            options.append(f"{option}={rng.choice(values)}")
    return " ".join(options)


class Writer:
    """Writes one module; operations take what was computed before them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.count = 0
        self.lines: list[str] = []
        self.arguments: list[str] = []
        self.values: list[Value] = []
        self.element = rng.choices(["f32", "bf16", "f16", "f64", "i8", "i32"], [20, 3, 2, 2, 2, 1])[0]
        # What models are mostly made of, and now and then what they are not.
        self.absurd = rng.random() < 0.04

    def name(self) -> str:
        self.count += 1
        return f"%v{self.count}"

    def emit(self, text: str) -> None:
        self.lines.append(text)

    def add(self, shape: list[int], element: str, text: str) -> Value:
        """An operation whose text has `RESULT` where its type goes."""
        value = Value(self.name(), list(shape), element)
        self.emit(f"{value.name} = {text.replace('RESULT', value.type)}")
        self.values.append(value)
        return value

    def is_float(self, element: str) -> bool:
        return not element.startswith("i")

    def extent(self, low: int, high: int) -> int:
        if self.absurd and self.rng.random() < 0.1:
            return self.rng.choice(ABSURD)
        return self.rng.randint(low, high)

    def argument(self, shape: list[int], element: str) -> Value:
        """An input of the function, or a constant."""
        count = 1
        for extent in shape:
            count *= extent
        if self.rng.random() < 0.4 and count < 1 << 16:
            literal = self.rng.choice(["0.5", "1.0", "0x7FC00000"] if element == "f32" else ["1.0"])
            return self.add(shape, element, f"arith.constant dense<{literal if self.is_float(element) else 3}> : RESULT")
        value = Value(f"%arg{len(self.arguments)}", list(shape), element)
        if self.rng.random() < 0.03 and shape:
            # Its size is known inside of the function only.
            dynamic = list(shape)
            dynamic[self.rng.randrange(len(shape))] = "?"
            given = Value(value.name, dynamic, element)
            self.arguments.append(f"{given.name}: {given.type}")
            return self.add(shape, element, f"tensor.cast {given.name} : {given.type} to RESULT")
        self.arguments.append(f"{value.name}: {value.type}")
        self.values.append(value)
        return value

    def zero(self, element: str) -> str:
        name = self.name()
        self.emit(f"{name} = arith.constant {'0.0' if self.is_float(element) else '0'} : {element}")
        return name

    def init(self, shape: list[int], element: str) -> Value:
        """What a convolution adds to: zeros, a broadcast bias, or another tensor."""
        kind = self.rng.choices(["zeros", "bias", "tensor"], [6, 3, 1])[0]
        if kind == "tensor":
            return self.argument(shape, element)
        empty = self.add(shape, element, "tensor.empty() : RESULT")
        self.values.pop()
        if kind == "zeros" or not shape:
            zero = self.zero(element)
            return self.add(shape, element, f"linalg.fill ins({zero} : {element}) outs({empty.name} : {empty.type}) -> RESULT")
        axis = self.rng.randrange(len(shape))
        bias = self.argument([shape[axis]], element)
        others = ", ".join(str(i) for i in range(len(shape)) if i != axis)
        return self.add(
            shape, element,
            f"linalg.broadcast ins({bias.name} : {bias.type}) outs({empty.name} : {empty.type}) dimensions = [{others}]",
        )  # fmt: skip

    def pick(self, rank: int | None = None, element: str | None = None) -> Value | None:
        """A value computed lately."""
        fitting = [
            v for v in self.values
            if (rank is None or len(v.shape) == rank) and (element is None or v.element == element)
        ]  # fmt: skip
        return self.rng.choice(fitting[-3:]) if fitting else None

    # Convolutions.

    def accumulator(self, element: str) -> str:
        if element in ("bf16", "f16") and self.rng.random() < 0.7:
            return "f32"
        return "i32" if element == "i8" else element

    def draw_window(self, letters: str) -> dict[str, tuple[int, int, int]]:
        """Taps, stride and dilation of each letter."""
        return {
            x: (self.extent(1, 4), self.rng.choices([1, 2, 3], [6, 3, 1])[0], self.rng.choices([1, 2], [8, 1])[0])
            for x in letters if x in SPATIAL
        }  # fmt: skip

    def convolution(self) -> None:
        table = {**NAMED, **QUANTISED} if self.element == "i8" else NAMED
        name = self.rng.choice(sorted(table))
        letters = table[name]
        window = self.draw_window(letters[0])
        image = self.pick(len(letters[0]), self.element)
        if image is None or self.rng.random() < 0.2:
            shape = [self.extent(*((3, 14) if x in SPATIAL else (1, 2) if x == "n" else (1, 20))) for x in letters[0]]
            image = self.argument(shape, self.element)
        image = self.pad(image, letters[0]) if self.rng.random() < 0.6 else image
        sizes = dict(zip(letters[0], image.shape))
        out: dict[str, int] = {x: n for x, n in sizes.items() if x not in SPATIAL}
        for x, (taps, stride, dilation) in window.items():
            taps = min(taps, max(1, sizes[x])) if not self.absurd else taps
            dilation = dilation if (taps - 1) * dilation < sizes[x] else 1
            window[x] = (taps, stride, dilation)
            out[x] = max(0, (sizes[x] - (taps - 1) * dilation - 1) // stride + 1)
        out["f"], out["m"] = self.extent(1, 20), self.extent(1, 3)
        kernel = self.argument([window[x][0] if x in window else out[x] for x in letters[1]], self.element)
        accumulator = self.accumulator(self.element)
        init = self.init([out[x] for x in letters[2]], accumulator)
        if self.rng.random() < 0.35 and name not in QUANTISED and len(window) < 3:
            self.generic_convolution(letters, window, image, kernel, init)
            return
        steps = [window[x][1:] for x in letters[0] if x in window]
        attributes = ""
        if "_n" in name:
            attributes = (
                f"{{strides = dense<[{', '.join(str(s) for s, _ in steps)}]> : tensor<{len(steps)}xi64>, "
                f"dilations = dense<[{', '.join(str(d) for _, d in steps)}]> : tensor<{len(steps)}xi64>}} "
            )
        inputs, types = f"{image.name}, {kernel.name}", f"{image.type}, {kernel.type}"
        if name in QUANTISED:
            points = []
            for _ in range(2):
                points.append(self.name())
                self.emit(f"{points[-1]} = arith.constant {self.rng.choice([0, 3, -128])} : i32")
            inputs, types = f"{inputs}, {', '.join(points)}", f"{types}, i32, i32"
        self.add(
            init.shape, accumulator,
            f"linalg.{name} {attributes}ins({inputs} : {types}) outs({init.name} : {init.type}) -> RESULT",
        )  # fmt: skip

    def generic_convolution(
        self, letters: tuple[str, str, str], window: dict[str, tuple[int, int, int]],
        image: Value, kernel: Value, init: Value,
    ) -> None:  # fmt: skip
        """The same as a linalg.generic, with its loops in any order."""
        reduced = [x.upper() for x in window] + (["c"] if "c" not in letters[2] else [])
        loops = list(letters[2]) + reduced
        self.rng.shuffle(loops)

        def tap(x: str) -> str:
            taps, stride, dilation = window[x]
            left = x if stride == 1 else f"{x} * {stride}"
            index = x.upper()
            if self.rng.random() < 0.1:
                index = f"({taps - 1} - {index})"
            return f"{left} + {index if dilation == 1 else f'{index} * {dilation}'}"

        maps = [
            [tap(x) if x in window else x for x in letters[0]],
            [x.upper() if x in window else x for x in letters[1]],
            list(letters[2]),
        ]
        text = ", ".join(f"affine_map<({', '.join(loops)}) -> ({', '.join(m)})>" for m in maps)
        kinds = ", ".join('"reduction"' if x in reduced else '"parallel"' for x in loops)
        source, target = image.element, init.element
        body = []
        for side in "ab":
            if source != target:
                convert = "arith.extsi" if source.startswith("i") else "arith.extf"
                body.append(f"%{side}x = {convert} %{side} : {source} to {target}")
        a, b = ("%ax", "%bx") if source != target else ("%a", "%b")
        if self.rng.random() < 0.5:
            a, b = b, a
        suffix = "f" if self.is_float(target) else "i"
        if suffix == "f" and self.rng.random() < 0.2:
            body.append(f"%s = math.fma {a}, {b}, %c : {target}")
        else:
            product = self.rng.choice(["mul", "mul", "mul", "mul", "add"])
            total = self.rng.choice(["add", "add", "add", "add", "sub"])
            body.append(f"%p = arith.{product}{suffix} {a}, {b} : {target}")
            body.append(f"%s = arith.{total}{suffix} {self.rng.choice(['%c, %p', '%p, %c'])} : {target}")
        self.add(
            init.shape, target,
            f"linalg.generic {{indexing_maps = [{text}], iterator_types = [{kinds}]}} "
            f"ins({image.name}, {kernel.name} : {image.type}, {kernel.type}) outs({init.name} : {init.type}) {{\n"
            f"^bb0(%a: {source}, %b: {source}, %c: {target}):\n" + "\n".join(body)
            + f"\nlinalg.yield %s : {target}\n}} -> RESULT",
        )  # fmt: skip

    def tosa(self) -> None:
        image = self.pick(4, "f32")
        if image is None or self.element != "f32":
            return
        kind = self.rng.choice(["conv2d", "depthwise_conv2d", "transpose_conv2d", "avg_pool2d", "max_pool2d"])
        n, h, w, c = image.shape
        taps = [self.rng.randint(1, 3), self.rng.randint(1, 3)]
        pad, stride = [self.rng.randint(0, 2) for _ in range(4)], self.rng.randint(1, 2)
        if kind.endswith("pool2d"):
            pad = [0] * 4
        outs = [(e + pad[2 * i] + pad[2 * i + 1] - taps[i]) // stride + 1 for i, e in enumerate((h, w))]
        outputs = self.rng.randint(1, 9)
        zero = self.add([1], "f32", '"tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> RESULT')
        self.values.pop()
        pads, strides = ", ".join(map(str, pad)), f"{stride}, {stride}"
        if kind == "max_pool2d":
            self.add(
                [n, *outs, c], "f32",
                f"tosa.max_pool2d {image.name} {{kernel = array<i64: {taps[0]}, {taps[1]}>, pad = array<i64: {pads}>, "
                f"stride = array<i64: {strides}>}} : ({image.type}) -> RESULT",
            )  # fmt: skip
            return
        if kind == "avg_pool2d":
            self.add(
                [n, *outs, c], "f32",
                f"tosa.avg_pool2d {image.name}, {zero.name}, {zero.name} {{acc_type = f32, kernel = array<i64: {taps[0]}, "
                f"{taps[1]}>, pad = array<i64: {pads}>, stride = array<i64: {strides}>}} : "
                f"({image.type}, {zero.type}, {zero.type}) -> RESULT",
            )  # fmt: skip
            return
        if kind == "depthwise_conv2d":
            kernel, outputs = self.argument([*taps, c, 1], "f32"), c
        else:
            kernel = self.argument([outputs, *taps, c], "f32")
        bias = self.argument([outputs], "f32")
        extra = f"dilation = array<i64: 1, 1>, pad = array<i64: {pads}>"
        if kind == "transpose_conv2d":
            extra = f"out_pad = array<i64: {pads}>"
            outs = [(e - 1) * stride + pad[2 * i] + pad[2 * i + 1] + taps[i] for i, e in enumerate((h, w))]
        self.add(
            [n, *outs, outputs], "f32",
            f"tosa.{kind} {image.name}, {kernel.name}, {bias.name}, {zero.name}, {zero.name} {{acc_type = f32, {extra}, "
            f"stride = array<i64: {strides}>}} : ({image.type}, {kernel.type}, {bias.type}, {zero.type}, {zero.type}) -> RESULT",
        )  # fmt: skip

    # What surrounds them.

    def pad(self, image: Value, letters: str) -> Value:
        low, high, shape = [], [], []
        for letter, extent in zip(letters, image.shape):
            inside = letter not in SPATIAL and self.rng.random() < 0.97
            low.append(0 if inside else self.extent(-1 if self.rng.random() < 0.05 else 0, 3))
            high.append(0 if inside else self.extent(-1 if self.rng.random() < 0.05 else 0, 3))
            shape.append(max(0, extent + low[-1] + high[-1]))
        value = self.zero(image.element)
        if self.rng.random() < 0.1 and self.is_float(image.element):
            value = self.name()
            self.emit(f"{value} = arith.constant {self.rng.choice(['1.0', '-1.0e3'])} : {image.element}")
        indices = ", ".join(f"%i{i}: index" for i in range(len(shape)))
        return self.add(
            shape, image.element,
            f"tensor.pad {image.name} low[{', '.join(map(str, low))}] high[{', '.join(map(str, high))}] {{\n"
            f"^bb0({indices}):\ntensor.yield {value} : {image.element}\n}} : {image.type} to RESULT",
        )  # fmt: skip

    def elementwise(self) -> None:
        """A chain of scalar operations on one value, or on two of equal shape."""
        value = self.pick()
        if value is None:
            return
        element, rank = value.element, len(value.shape)
        letters = [f"d{i}" for i in range(rank)]
        identity = f"affine_map<({', '.join(letters)}) -> ({', '.join(letters)})>"
        inputs, maps = [value], [identity]
        if rank and self.rng.random() < 0.6:
            kept = [i for i in range(rank) if self.rng.random() < 0.5]
            other = self.argument([value.shape[i] for i in kept], element)
            inputs.append(other)
            maps.append(f"affine_map<({', '.join(letters)}) -> ({', '.join(letters[i] for i in kept)})>")
        names = [f"%x{i}" for i in range(len(inputs))]
        body, known, result = [], list(names), element
        for i in range(self.rng.randint(1, 4)):
            a, b = self.rng.choice(known[-2:]), self.rng.choice(known)
            if self.is_float(element):
                text = self.rng.choice([
                    f"arith.addf {a}, {b}", f"arith.mulf {a}, {b}", f"arith.maximumf {a}, {b}", f"arith.minnumf {a}, {b}",
                    f"arith.subf {a}, {b}", f"arith.divf {a}, {b}", f"math.exp {a}", f"math.tanh {a}", f"math.erf {a}",
                    f"math.rsqrt {a}", f"math.roundeven {a}", f"math.log1p {a}", f"math.absf {a}", f"math.powf {a}, {b}",
                ])  # fmt: skip
            else:
                text = self.rng.choice([
                    f"arith.addi {a}, {b}", f"arith.muli {a}, {b}", f"arith.maxsi {a}, {b}", f"arith.minui {a}, {b}",
                    f"arith.shrsi {a}, {b}", f"arith.xori {a}, {b}",
                ])  # fmt: skip
            known.append(f"%y{i}")
            body.append(f"{known[-1]} = {text} : {element}")
        casts = {"f32": [("truncf", "bf16"), ("fptosi", "i8")], "bf16": [("extf", "f32")], "i32": [("trunci", "i8"), ("sitofp", "f32")]}
        if element in casts and self.rng.random() < 0.15:
            cast, result = self.rng.choice(casts[element])
            body.append(f"%cast = arith.{cast} {known[-1]} : {element} to {result}")
            known.append("%cast")
        empty = self.add(value.shape, result, "tensor.empty() : RESULT")
        self.values.pop()
        maps.append(identity)
        arguments, parallel = ", ".join(f"{n}: {element}" for n in names), ", ".join(['"parallel"'] * rank)
        self.add(
            value.shape, result,
            f"linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = "
            f"[{parallel}]}} ins({', '.join(v.name for v in inputs)} : "
            f"{', '.join(v.type for v in inputs)}) outs({empty.name} : {empty.type}) {{\n^bb0({arguments}, %o: {result}):\n"
            + "\n".join(body) + f"\nlinalg.yield {known[-1]} : {result}\n}} -> RESULT",
        )  # fmt: skip

    def pooling(self) -> None:
        name = self.rng.choice(sorted(POOLING))
        value = self.pick(len(POOLING[name]))
        if value is None or not (self.is_float(value.element) or "sum" in name):
            return
        taps, shape = [], []
        for letter, extent in zip(POOLING[name], value.shape):
            if letter not in SPATIAL:
                shape.append(extent)
                continue
            taps.append(self.rng.randint(1, 3))
            shape.append(max(0, extent - taps[-1] + 1))
        window = Value(self.name(), taps, value.element)
        self.emit(f"{window.name} = tensor.empty() : {window.type}")
        init = self.init(shape, value.element)
        self.add(
            shape, value.element,
            f"linalg.{name} ins({value.name}, {window.name} : {value.type}, {window.type}) "
            f"outs({init.name} : {init.type}) -> RESULT",
        )  # fmt: skip

    def layout(self) -> None:
        value = self.pick()
        if value is None or len(value.shape) < 2:
            return
        rank = len(value.shape)
        kind = self.rng.choice(["transpose", "collapse", "expand", "slice", "insert", "concat", "pack", "reverse"])
        if kind == "transpose":
            order = list(range(rank))
            self.rng.shuffle(order)
            shape = [value.shape[i] for i in order]
            empty = self.add(shape, value.element, "tensor.empty() : RESULT")
            self.values.pop()
            self.add(
                shape, value.element,
                f"linalg.transpose ins({value.name} : {value.type}) outs({empty.name} : {empty.type}) permutation = {order}",
            )  # fmt: skip
        elif kind == "collapse":
            at = self.rng.randrange(rank - 1)
            groups = [[i] for i in range(at)] + [[at, at + 1]] + [[i] for i in range(at + 2, rank)]
            shape = value.shape[:at] + [value.shape[at] * value.shape[at + 1]] + value.shape[at + 2 :]
            self.add(shape, value.element, f"tensor.collapse_shape {value.name} {groups} : {value.type} into RESULT")
        elif kind == "expand":
            at = self.rng.randrange(rank)
            factor = next((f for f in (4, 2, 3) if value.shape[at] % f == 0), 1)
            groups = [[i] for i in range(at)] + [[at, at + 1]] + [[i + 1] for i in range(at + 1, rank)]
            shape = value.shape[:at] + [value.shape[at] // factor, factor] + value.shape[at + 1 :]
            self.add(
                shape, value.element,
                f"tensor.expand_shape {value.name} {groups} output_shape {shape} : {value.type} into RESULT",
            )  # fmt: skip
        elif kind == "slice":
            offsets = [self.rng.randint(0, max(0, n // 3)) for n in value.shape]
            steps = [self.rng.choices([1, 2], [9, 1])[0] for _ in value.shape]
            shape = [max(0, (n - o - 1) // s + 1) for n, o, s in zip(value.shape, offsets, steps)]
            self.add(shape, value.element, f"tensor.extract_slice {value.name}{offsets} {shape} {steps} : {value.type} to RESULT")
        elif kind == "insert":
            offsets = [self.rng.randint(0, 2) for _ in value.shape]
            into = self.init([n + o + self.rng.randint(0, 2) for n, o in zip(value.shape, offsets)], value.element)
            self.add(
                into.shape, value.element,
                f"tensor.insert_slice {value.name} into {into.name}{offsets} {value.shape} {[1] * rank} : {value.type} into RESULT",
            )  # fmt: skip
        elif kind == "concat":
            axis = self.rng.randrange(rank)
            other = self.argument([n if i != axis else self.extent(1, 8) for i, n in enumerate(value.shape)], value.element)
            shape = [n + (other.shape[i] if i == axis else 0) for i, n in enumerate(value.shape)]
            self.add(
                shape, value.element,
                f"tensor.concat dim({axis}) {value.name}, {other.name} : ({value.type}, {other.type}) -> RESULT",
            )  # fmt: skip
        elif kind == "pack":
            axis, tile = self.rng.randrange(rank), self.rng.choice([2, 4, 8, 16])
            shape = [(n + tile - 1) // tile if i == axis else n for i, n in enumerate(value.shape)] + [tile]
            empty = self.add(shape, value.element, "tensor.empty() : RESULT")
            self.values.pop()
            padding = f"padding_value({self.zero(value.element)} : {value.element}) " if value.shape[axis] % tile else ""
            self.add(
                shape, value.element,
                f"linalg.pack {value.name} {padding}inner_dims_pos = [{axis}] inner_tiles = [{tile}] into {empty.name} : "
                f"{value.type} -> RESULT",
            )  # fmt: skip

    def named(self) -> None:
        value = self.pick()
        if value is None or not self.is_float(value.element):
            return
        empty = self.add(value.shape, value.element, "tensor.empty() : RESULT")
        self.values.pop()
        kind = self.rng.choice(["add", "mul", "exp", "softmax", "max"])
        outs = f"outs({empty.name} : {empty.type})"
        if kind == "softmax" and value.shape:
            axis = self.rng.randrange(len(value.shape))
            self.add(value.shape, value.element, f"linalg.softmax dimension({axis}) ins({value.name} : {value.type}) {outs} -> RESULT")
        elif kind == "exp":
            self.add(value.shape, value.element, f"linalg.exp ins({value.name} : {value.type}) {outs} -> RESULT")
        elif kind != "softmax":
            other = self.rng.choice([v for v in self.values if v.type == value.type])
            self.add(
                value.shape, value.element,
                f"linalg.{kind} ins({value.name}, {other.name} : {value.type}, {other.type}) {outs} -> RESULT",
            )  # fmt: skip

    def matmul(self) -> None:
        value = self.pick(2, self.element)
        if value is None:
            value = self.argument([self.extent(1, 20), self.extent(1, 20)], self.element)
        columns, accumulator = self.extent(1, 20), self.accumulator(value.element)
        right = self.argument([value.shape[1], columns], value.element)
        init = self.init([value.shape[0], columns], accumulator)
        self.add(
            init.shape, accumulator,
            f"linalg.matmul ins({value.name}, {right.name} : {value.type}, {right.type}) "
            f"outs({init.name} : {init.type}) -> RESULT",
        )  # fmt: skip

    def control(self) -> None:
        """Some of the operations in a branch or a loop."""
        value = self.pick()
        if value is None:
            return
        known, outer = list(self.values), self.lines
        self.lines = []
        for _ in range(self.rng.randint(1, 3)):
            self.step(depth=1)
        inner, self.lines = self.lines, outer
        result = self.rng.choice([v for v in self.values if v.type == value.type])
        self.values = known
        if self.rng.random() < 0.5:
            condition = f"%arg{len(self.arguments)}"
            self.arguments.append(f"{condition}: i1")
            self.add(
                value.shape, value.element,
                f"scf.if {condition} -> (RESULT) {{\n" + "\n".join(inner)
                + f"\nscf.yield {result.name} : RESULT\n}} else {{\nscf.yield {value.name} : RESULT\n}}",
            )  # fmt: skip
            return
        bounds = [self.name() for _ in range(3)]
        for name, bound in zip(bounds, (0, self.rng.randint(0, 3), 1)):
            self.emit(f"{name} = arith.constant {bound} : index")
        carried = self.name()
        self.add(
            value.shape, value.element,
            f"scf.for %i = {bounds[0]} to {bounds[1]} step {bounds[2]} iter_args({carried} = {value.name}) -> (RESULT) {{\n"
            + "\n".join(inner) + f"\nscf.yield {result.name} : RESULT\n}}",
        )  # fmt: skip

    def step(self, depth: int = 0) -> None:
        steps = [
            (self.convolution, 10), (self.elementwise, 6), (self.layout, 3), (self.pooling, 2), (self.named, 2),
            (self.matmul, 1), (self.tosa, 2), (self.control, 0 if depth else 1),
        ]  # fmt: skip
        self.rng.choices([s for s, _ in steps], [w for _, w in steps])[0]()

    def module(self) -> str:
        for _ in range(self.rng.randint(1, 6)):
            self.step()
        if not self.values:
            self.argument([4], self.element)
        results = [self.values[-1]]
        while self.rng.random() < 0.2:
            results.append(self.rng.choice(self.values))
        names, types = ", ".join(v.name for v in results), ", ".join(v.type for v in results)
        helper = self.rng.random() < 0.15
        visibility = "private " if helper else ""
        text = (
            f"func.func {visibility}@f({', '.join(self.arguments)}) -> ({types}) {{\n"
            + "\n".join(self.lines) + f"\nreturn {names} : {types}\n}}\n"
        )  # fmt: skip
        if helper:
            given = ", ".join(a.split(":")[0] for a in self.arguments)
            given_types = ", ".join(a.split(": ", 1)[1] for a in self.arguments)
            count = f":{len(results)}" if len(results) > 1 else ""
            returned = ", ".join(f"%r#{i}" for i in range(len(results))) if count else "%r"
            text += (
                f"func.func @main({', '.join(self.arguments)}) -> ({types}) {{\n"
                f"%r{count} = call @f({given}) : ({given_types}) -> ({types})\nreturn {returned} : {types}\n}}\n"
            )
        return text


def draw_module(rng: random.Random) -> str:
    return Writer(rng).module()
