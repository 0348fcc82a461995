#!/usr/bin/env python3
"""Counts what the kernels of layers consist of and compares with what is pinned.

usage: census.py --bin DIR --llvm-bin DIR --pinned FILE.tsv [--cpus A,B] [--jobs 1]
                 [--update | --self-test]

For each layer and CPU, of the code made by conv-opt, opt and llc:

  fmas    FMAs in the hot loop: of the innermost loops with FMAs the one with
          most, among equals the one of most bytes, then of most loads. Which
          function it is in does not matter.
  loads   instructions in the hot loop that read memory, the stack included
  spills  instructions that exchange a vector register with the stack, in all
          loops that have FMAs of their own
  bytes   size of the hot loop's code, jumps in their short form

They make the speed of a kernel whose data are in the cache: a pinned number that
moves is a change of speed that nobody has to time. Exit code 1 prints each
deviation. --update writes the file anew; a commit that does so says why.
--self-test compiles a layer with fewer registers and fails unless that deviates.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools" / "lib"))
import assembly
import layers

CPUS = ["znver5", "haswell", "cortex-a76"]
# Layer, layout and epilogue. Of each net and kind those that compile fast.
CASES = """
resnet50_conv1 nhwc bias+relu
resnet50_res2_1x1_64_64 nhwc bias+relu
resnet50_res2_1x1_64_64 nchw bias+relu
resnet50_res2_3x3_64_64 nhwc bias+relu
resnet50_res2_3x3_64_64 nchw bias+relu
resnet50_res2_3x3_64_64 blocked bias+relu
resnet50_res2_1x1_64_256 nhwc bias+add+relu
resnet50_res3_1x1_256_512_s2 nhwc
resnet50_res3_1x1_256_512_s2 nchw
resnet50_res4_3x3_256_256_s2 nhwc bias+relu
resnet50_res4_1x1_1024_256 blocked bias+relu
resnet50_res5_3x3_512_512 nhwc bias+relu
resnet50_res5_1x1_512_2048 nhwc bias+add+relu
vgg16_conv1_1 nhwc bias+relu
vgg16_conv3_2 nhwc bias+relu
vgg16_conv3_2 blocked bias+relu
vgg16_conv5_1 nchw bias+relu
alexnet_conv1 nhwc
alexnet_conv5_g2 nhwc bias+relu
googlenet_conv2_reduce blocked bias
mec_cv7 blocked accumulate
im2win_conv7 nchw bias+relu6
yolo9000_5 nchw bias+add+relu
mobilenet_v1_conv0 nhwc bias+relu
mobilenet_v1_dw_128_56 nchw bias+add+relu
mobilenet_v1_dw_512_14 nhwc bias+relu6
mobilenet_v2_dw_96_112_s2 nhwc bias
mobilenet_v2_dw_144_56 nchw accumulate
mobilenet_v2_pw_64_384_14 nchw bias+relu
stress_group32_resnext nchw bias+add+relu
stress_group2_odd nhwc accumulate
stress_dil2_same nhwc
dil_1x3_s2 nhwc bias+relu
causal_1x9 nhwc
stress_conv1d_1x9 nchw bias
causal_dil_1x3 blocked bias+add+relu
tf_same_3x3_s2 nchw
ssd300_ic512oc1024_ih19kh3dh5ph6 nhwc bias+relu6
densenet121_ic640oc128_ih14kh1 nhwc
inception_v3_ic128oc192_ih17kh7kw1ph3pw0 blocked bias
"""


@dataclasses.dataclass(frozen=True)
class Census:
    fmas: int
    loads: int
    spills: int
    bytes: int

    def __str__(self) -> str:
        return ", ".join(f"{value} {name}" for name, value in dataclasses.asdict(self).items())


COLUMNS = ["layer", "layout", "epilogue", "cpu"] + [field.name for field in dataclasses.fields(Census)]
Key = tuple[str, str, str, str]  # layer, layout, epilogue, CPU


def take(tools: assembly.Toolchain, layer: layers.Layer, key: Key, options: str = "") -> Census:
    _, layout, epilogue, cpu = key
    text = layers.function(layer, layout, "kernel", epilogue)
    loops = assembly.parse_loops(tools.assembly(text, cpu, options, encodings=True))
    hot = max(assembly.fma_loops(loops), key=lambda loop: (loop.fmas, loop.size, loop.loads), default=None)
    if hot is None:
        raise RuntimeError(f"{' '.join(key)}: no innermost loop has FMAs")
    spills = sum(len(loop.spills()) for loop in assembly.fma_loops(loops, innermost=False))
    return Census(hot.fmas, hot.loads, spills, hot.size)


def read_pinned(path: pathlib.Path) -> dict[Key, Census]:
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    if not lines or lines[0] != COLUMNS:
        raise SystemExit(f"{path}: the first line is not the names of the columns")
    return {tuple(words[:4]): Census(*map(int, words[4:])) for words in lines[1:]}


def write_pinned(path: pathlib.Path, found: dict[Key, Census]) -> None:
    lines = [COLUMNS] + [[*key, *dataclasses.astuple(census)] for key, census in found.items()]
    path.write_text("".join("\t".join(map(str, words)) + "\n" for words in lines))


def get_deviations(pinned: dict[Key, Census], found: dict[Key, Census]) -> list[str]:
    lines = []
    for key in dict.fromkeys([*found, *pinned]):
        expected, counted = pinned.get(key), found.get(key)
        if expected != counted:
            name = " ".join(filter(None, key))
            lines.append(f"{name}: pinned {expected or 'nothing'}; counted {counted or 'nothing'}")
    return lines


def self_test(tools: assembly.Toolchain, shapes: dict[str, layers.Layer], pinned: dict[Key, Census]) -> int:
    """Other code, a layer too few and one too many must be found out."""
    keys = [key for key in pinned if key[3] != "cortex-a76"][:2]
    right = {key: pinned[key] for key in keys}
    wrong = {key: take(tools, shapes[key[0]], key, "n-reg=10") for key in keys}
    missed = len(keys) - len(get_deviations(right, wrong))
    missed += len(get_deviations(right, {})) != len(keys)
    missed += len(get_deviations({}, right)) != len(keys)
    missed += len(get_deviations(right, right)) != 0
    print("\n".join(get_deviations(right, wrong)))
    print("self-test:", f"{missed} deviations not found" if missed else "every deviation is found")
    return 1 if missed or not keys else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of conv-opt")
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--pinned", required=True, type=pathlib.Path)
    parser.add_argument("--cpus", default=CPUS, type=lambda text: text.split(","))
    parser.add_argument("--jobs", default=1, type=int)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    tools = assembly.Toolchain(args.bin, args.llvm_bin)
    shapes = {layer.name: layer for net in layers.read_all().values() for layer in net}
    if args.self_test:
        return self_test(tools, shapes, read_pinned(args.pinned))

    cases = [tuple((line + "  ").split(" ")[:3]) for line in CASES.strip().splitlines()]
    keys = [(*case, cpu) for case in cases for cpu in args.cpus]
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        found = dict(zip(keys, pool.map(lambda key: take(tools, shapes[key[0]], key), keys)))
    if args.update:
        write_pinned(args.pinned, found)
        return 0
    pinned = {key: census for key, census in read_pinned(args.pinned).items() if key[3] in args.cpus}
    deviations = get_deviations(pinned, found)
    print("".join(line + "\n" for line in deviations), end="")
    print(f"{len(cases)} layers x {len(args.cpus)} CPUs: {len(deviations)} deviations")
    return 1 if deviations else 0


if __name__ == "__main__":
    sys.exit(main())
