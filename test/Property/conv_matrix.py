#!/usr/bin/env python3
"""The convolution operations of linalg, compared with upstream's plain lowering.

usage: conv_matrix.py --conv-opt PATH --llvm-bin DIR --cc PATH [--options "cpu=haswell"]
                      [--sizes small|large] [--operations REGEX]

Every operation on floating point x static, dynamic batch, dynamic image x tensors,
memrefs x stride and dilation 1 (into zeros), 2 (added to what is there), and those
on i8 with zero points, which are constants or arguments; and all of them with every
extent dynamic, tensors into zeros, memrefs added to what is there. Each cell is equal
to what mlir-opt's loops compute, on integers whose sums are exact; it is raised without
a word, or, with an image of three dimensions and of dynamic size, or with every extent
dynamic, left with a warning; with zero points of an image of such a size, either. Exit
code 1 when a cell is none of these or a module does not compile.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import numpy as np

from random_problems import descriptor

# Letters of input, filter and output; windows are t (depth), r, s.
OPERATIONS = {
    "conv_1d": ("w", "s", "w"),
    "conv_2d": ("hw", "rs", "hw"),
    "conv_3d": ("dhw", "trs", "dhw"),
    "conv_1d_nwc_wcf": ("nwc", "sck", "nwk"),
    "conv_1d_ncw_fcw": ("ncw", "kcs", "nkw"),
    "conv_2d_nhwc_hwcf": ("nhwc", "rsck", "nhwk"),
    "conv_2d_nhwc_fhwc": ("nhwc", "krsc", "nhwk"),
    "conv_2d_nchw_fchw": ("nchw", "kcrs", "nkhw"),
    "conv_2d_ngchw_fgchw": ("ngchw", "kgcrs", "ngkhw"),
    "conv_2d_ngchw_gfchw": ("ngchw", "gkcrs", "ngkhw"),
    "conv_2d_nhwgc_gfhwc": ("nhwgc", "gkrsc", "nhwgk"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "trsck", "ndhwk"),
    "conv_3d_ncdhw_fcdhw": ("ncdhw", "kctrs", "nkdhw"),
    "depthwise_conv_1d_nwc_wc": ("nwc", "sc", "nwc"),
    "depthwise_conv_1d_ncw_cw": ("ncw", "cs", "ncw"),
    "depthwise_conv_1d_nwc_wcm": ("nwc", "scm", "nwcm"),
    "depthwise_conv_2d_nhwc_hwc": ("nhwc", "rsc", "nhwc"),
    "depthwise_conv_2d_nchw_chw": ("nchw", "crs", "nchw"),
    "depthwise_conv_2d_nhwc_hwcm": ("nhwc", "rscm", "nhwcm"),
    "depthwise_conv_3d_ndhwc_dhwc": ("ndhwc", "trsc", "ndhwc"),
    "depthwise_conv_3d_ncdhw_cdhw": ("ncdhw", "ctrs", "ncdhw"),
    "depthwise_conv_3d_ndhwc_dhwcm": ("ndhwc", "trscm", "ndhwcm"),
}
# Those with zero points.
OPERATIONS |= {
    f"{operation}_q": OPERATIONS[operation]
    for operation in (
        "conv_2d_nhwc_hwcf",
        "conv_2d_nhwc_fhwc",
        "conv_2d_nchw_fchw",
        "conv_2d_ngchw_gfchw",
        "conv_2d_nhwgc_gfhwc",
        "conv_3d_ndhwc_dhwcf",
        "depthwise_conv_2d_nhwc_hwc",
        "depthwise_conv_2d_nhwc_hwcm",
    )
}
# Of input and filter; None is an argument.
ZERO_POINTS = {"input": (-5, 0), "both": (117, 3), "arguments": (None, None)}
SIZES = {
    "small": {"n": 2, "g": 2, "c": 3, "k": 9, "m": 2, "d": 2, "h": 3, "w": 5, "t": 2, "r": 2, "s": 3},
    "large": {"n": 3, "g": 2, "c": 17, "k": 33, "m": 2, "d": 5, "h": 9, "w": 14, "t": 3, "r": 3, "s": 3},
}
UPSTREAM = [
    "--one-shot-bufferize=bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map",
    "--convert-linalg-to-loops", "--convert-scf-to-cf", "--expand-strided-metadata", "--lower-affine",
    "--convert-arith-to-llvm", "--finalize-memref-to-llvm", "--convert-func-to-llvm", "--convert-cf-to-llvm",
    "--reconcile-unrealized-casts",
]  # fmt: skip


@dataclass
class Cell:
    operation: str
    dynamic: str  # "", "batch", "image" or "all"
    tensors: bool
    step: int  # stride and dilation
    extent: dict[str, int]
    zeros: str = ""  # of ZERO_POINTS

    @property
    def elements(self) -> tuple[str, str, str]:
        return ("i8", "i8", "i32") if self.zeros else ("f32", "f32", "f32")

    def shapes(self) -> list[list[int]]:
        """Of input, filter and output."""
        windows = dict(zip("dhw", "trs"))
        size = dict(self.extent)
        for row, window in windows.items():
            size[row] = self.step * (self.extent[row] - 1) + self.step * (self.extent[window] - 1) + 1
        x, w, y = OPERATIONS[self.operation]
        return [[size[c] for c in x], [self.extent[c] for c in w], [self.extent[c] for c in y]]

    def types(self) -> list[str]:
        unknown = {"": "", "batch": "n", "image": "dhw", "all": "".join(SIZES["small"])}[self.dynamic]
        kind = "tensor" if self.tensors else "memref"
        return [
            f"{kind}<{'x'.join('?' if c in unknown else str(s) for c, s in zip(letters, shape))}x{element}>"
            for letters, shape, element in zip(OPERATIONS[self.operation], self.shapes(), self.elements)
        ]

    def draw(self, rng: np.random.Generator) -> list[np.ndarray | int]:
        """Operands: input, filter, zero points that are arguments, output."""
        if not self.zeros:
            return [rng.integers(-4, 5, shape).astype(np.float32) for shape in self.shapes()]
        x, w, y = self.shapes()
        factors = [rng.integers(-128, 128, shape).astype(np.int8) for shape in (x, w)]
        arguments = [int(z) for z in rng.integers(-128, 128, ZERO_POINTS[self.zeros].count(None))]
        return [*factors, *arguments, rng.integers(-4, 5, y).astype(np.int32)]

    def text(self, name: str) -> str:
        x, w, y = self.types()
        rows = sum(c in "dhw" for c in OPERATIONS[self.operation][0])
        geometry = ""
        if "_n" in self.operation:
            geometry = f"{{strides = dense<{self.step}> : tensor<{rows}xi64>, dilations = dense<{self.step}> : tensor<{rows}xi64>}} "
        result, out, fill = (f" -> {y}", "%y", "") if self.tensors else ("", "%y", "")
        arguments, inputs, types = "", "%x, %w", f"{x}, {w}"
        for zero, value in zip(("zx", "zw"), ZERO_POINTS.get(self.zeros, ())):
            inputs, types = f"{inputs}, %{zero}", f"{types}, i32"
            if value is None:
                arguments += f"%{zero}: i32, "
            else:
                fill += f"  %{zero} = arith.constant {value} : i32\n"
        if self.step == 1:
            zero = f"0{'' if self.zeros else '.0'} : {self.elements[2]}"
            fill += f"  %z = arith.constant {zero}\n  {'%f = ' if self.tensors else ''}linalg.fill ins(%z : {self.elements[2]}) outs(%y : {y}){result}\n"
            out = "%f" if self.tensors else "%y"
        return (
            f"func.func @{name}(%x: {x}, %w: {w}, {arguments}%y: {y}){result} attributes {{llvm.emit_c_interface}} {{\n{fill}"
            f"  {'%r = ' if self.tensors else ''}linalg.{self.operation} {geometry}ins({inputs} : {types}) outs({out} : {y}){result}\n"
            f"  return{f' %r : {y}' if self.tensors else ''}\n}}\n"
        )


def draw_cells(extent: dict[str, int], pattern: str) -> list[Cell]:
    cells = []
    for operation, dynamic, tensors, step in itertools.product(
        OPERATIONS, ("", "batch", "image", "all"), (True, False), (1, 2)
    ):
        plain = "_n" not in operation  # has neither a batch nor strides
        if dynamic == "all" and tensors != (step == 1):
            continue
        if re.search(pattern, operation) and not (plain and (step == 2 or dynamic == "batch")):
            zeros = ["arguments"] if dynamic else list(ZERO_POINTS)
            zeros = zeros if operation.endswith("_q") else [""]
            cells += [Cell(operation, dynamic, tensors, step, extent, zero) for zero in zeros]
    return cells


def execute(command: list[object], **options: object) -> str:
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stderr[:4000]}")
    return result.stdout


def compile_lowered(lowered: str, args: argparse.Namespace, folder: pathlib.Path, name: str) -> ctypes.CDLL:
    tool = pathlib.Path(args.llvm_bin)
    (folder / "k.mlir").write_text(lowered)
    execute([tool / "mlir-translate", "--mlir-to-llvmir", folder / "k.mlir", "-o", folder / "k.ll"])
    execute([tool / "opt", "-O1", folder / "k.ll", "-o", folder / "k.bc"])
    execute([tool / "llc", "-O1", "-filetype=obj", "-relocation-model=pic", folder / "k.bc", "-o", folder / "k.o"])
    # Upstream copies what lies in strides by a function of this library.
    utilities = pathlib.Path(args.llvm_bin).parent / "lib"
    execute(
        [args.cc, "-shared", folder / "k.o", "-o", folder / f"{name}.so", "-lm"]
        + [f"-L{utilities}", f"-Wl,-rpath,{utilities}", "-Wl,--as-needed", "-lmlir_c_runner_utils"]
    )
    return ctypes.CDLL(str(folder / f"{name}.so"))


def compute(library: ctypes.CDLL, name: str, cell: Cell, operands: list[np.ndarray | int]) -> np.ndarray:
    values = [value if isinstance(value, int) else value.copy() for value in operands]
    kept = [value if isinstance(value, int) else descriptor(value) for value in values]
    out = values[-1]
    result = descriptor(np.zeros_like(out))
    if cell.tensors:
        kept.insert(0, result)
    getattr(library, f"_mlir_ciface_{name}")(
        *(ctypes.c_int32(value) if isinstance(value, int) else ctypes.byref(value) for value in kept)
    )
    if not cell.tensors:
        return out
    data = (ctypes.c_char * out.nbytes).from_address(result.aligned + out.itemsize * result.offset)
    return np.frombuffer(data, out.dtype).reshape(out.shape).copy()


def find_fault(cell: Cell, raised: str, warned: bool) -> str:
    """What is wrong with the way `cell` goes; empty when nothing is."""
    plain = "linalg.conv" in raised or "linalg.depthwise" in raised or '"reduction"' in raised
    if cell.zeros:  # The taps of the filter are summed beside it.
        plain = "_q" in raised or "conv.conv" not in raised
    if plain != warned:
        return "left to plain loops without a warning" if plain else "raised with a warning"
    if cell.zeros and cell.dynamic == "image":  # Raised where the zeros are constants.
        return ""
    if plain != (cell.dynamic == "all" or (cell.dynamic == "image" and "3d" in cell.operation)):
        return "left to plain loops" if plain else "raised without a known image"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--sizes", choices=sorted(SIZES), default="small")
    parser.add_argument("--operations", default="", help="only those whose names match")
    parser.add_argument("--seed", type=int, default=22)
    args = parser.parse_args()
    cells = draw_cells(SIZES[args.sizes], args.operations)
    texts = [cell.text(f"f{i}") for i, cell in enumerate(cells)]
    module = "".join(texts)
    starts = list(itertools.accumulate((text.count("\n") for text in texts), initial=1))
    raising = subprocess.run([args.conv_opt, "--conv-raise"], input=module, capture_output=True, text=True)
    if raising.returncode != 0:
        sys.exit(raising.stderr[:4000])
    lines = [int(line) for line in re.findall(r"<stdin>:(\d+):\d+: warning:", raising.stderr)]
    raised = re.split(r"func\.func @f\d+\(", raising.stdout)[1:]
    rng = np.random.default_rng(args.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "m.mlir").write_text(module)
        ours = compile_lowered(
            execute([args.conv_opt, folder / "m.mlir", f"--conv-to-llvm={args.options}"]), args, folder, "ours"
        )
        theirs = compile_lowered(
            execute([pathlib.Path(args.llvm_bin) / "mlir-opt", folder / "m.mlir", *UPSTREAM]), args, folder, "theirs"
        )
        for i, (cell, text) in enumerate(zip(cells, texts)):
            warned = any(starts[i] <= line < starts[i + 1] for line in lines)
            fault = find_fault(cell, raised[i], warned)
            operands = cell.draw(rng)
            results = [compute(library, f"f{i}", cell, operands) for library in (ours, theirs)]
            if not np.array_equal(*results):
                fault = "wrong result"
            if fault:
                failed += 1
                print(f"{fault}:\n{text}", flush=True)
    print(f"{len(cells)} cells, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
