"""Damages modules for tools/fuzz.py: tokens and bytes of a corpus, and shrinks
what was found to the lines and tokens that matter."""

from __future__ import annotations

import dataclasses
import pathlib
import random
import re
import shlex
from collections.abc import Callable

NUMBERS = [
    "0", "1", "-1", "2", "7", "16", "127", "255", "4096", "1000000", "2147483647", "2147483648", "-2147483648",
    "4294967296", "1099511627776", "4611686018427387904", "9223372036854775807", "-9223372036854775808",
    "99999999999999999999", "?", "0.0", "1.0e39", "0x7F800000", "0x7FC00000",
]  # fmt: skip
TYPES = ["f32", "f64", "f16", "bf16", "i1", "i8", "i24", "i32", "i48", "i64", "index", "complex<f32>", "vector<4xf32>"]
TOKEN = re.compile(r"\s+|[%@#!^$]?[\w.$-]+|.", re.DOTALL)
NUMBER = re.compile(r"-?\d+")
# A pass that writes a file, or reads one that the corpus does not hold.
FILES = re.compile(r"file=|records=|report=|machine=|weights=|%")
FULL = "builtin.module(conv-to-llvm{cpu=haswell triple=x86_64-pc-linux-gnu})"


@dataclasses.dataclass(frozen=True)
class Sample:
    """A module, and the passes that its test runs on it."""

    text: str
    pipelines: tuple[str, ...] = (FULL,)


def get_pipelines(text: str) -> list[str]:
    """The pipelines of a test's RUN lines, as --pass-pipeline takes them."""
    found = []
    for command in re.findall(r"RUN: *(conv-opt .*?)(?:\||2>|$)", text.replace("\\\n// RUN:", " "), re.MULTILINE):
        passes = []
        try:
            words = shlex.split(command)
        except ValueError:
            continue
        for word in words:
            match = re.fullmatch(r"--((?:conv-|canonicalize|cse|loop-|convert-|reconcile-|test-)[\w-]*)(?:=(.*))?", word)
            if match and match[1] != "convert-to-llvm" and not FILES.search(word):
                passes.append(match[1] + (f"{{{match[2]}}}" if match[2] else ""))
        if passes:
            found.append(f"builtin.module({','.join(passes)})")
    return found


def read_corpus(root: pathlib.Path) -> list[Sample]:
    """The modules of all tests and examples, each on its own."""
    samples = []
    for folder in ("test", "examples"):
        for path in sorted([*(root / folder).rglob("*.mlir"), *(root / folder).rglob("*.test")]):
            text = path.read_text(errors="replace")
            pipelines = tuple(get_pipelines(text))
            lines = [line for line in text.split("\n") if not re.match(r"// *(RUN|CHECK|[A-Z-]+:)", line)]
            for part in re.split(r"^// -----.*$|^//--- .*$", "\n".join(lines), flags=re.MULTILINE):
                if "func" in part or "conv." in part:
                    samples.append(Sample(part, (*pipelines, FULL)))
    return samples


def mutate_tokens(rng: random.Random, text: str, other: str) -> str:
    tokens, donor = TOKEN.findall(text), TOKEN.findall(other)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        at = rng.randrange(len(tokens))
        kind = rng.choices(["number", "same", "exchange", "delete", "repeat", "insert"], [6, 4, 2, 1, 1, 1])[0]
        numbers = [i for i, t in enumerate(tokens) if NUMBER.fullmatch(t) or re.match(r"\d+x", t)]
        if kind == "number" and numbers:
            at = rng.choice(numbers)
            tokens[at] = NUMBER.sub(lambda m: rng.choice(NUMBERS) if rng.random() < 0.5 else m[0], tokens[at])
        elif kind == "same":
            # The same everywhere: what stays consistent gets further.
            changed, to = tokens[at], rng.choice(TYPES if tokens[at] in TYPES else tokens)
            if numbers and rng.random() < 0.6:
                changed = tokens[rng.choice(numbers)]
                to = NUMBER.sub(lambda m: rng.choice(NUMBERS), changed, count=1)
            tokens = [to if t == changed else t for t in tokens]
        elif kind == "exchange":
            tokens[at] = rng.choice(TYPES) if tokens[at] in TYPES else rng.choice(donor)
        elif kind == "delete":
            del tokens[at : at + rng.randint(1, 6)]
        elif kind == "repeat":
            tokens[at:at] = tokens[at : at + rng.randint(1, 12)]
        else:
            start = rng.randrange(len(donor))
            tokens[at:at] = donor[start : start + rng.randint(1, 20)]
        if not tokens:
            return ""
    return "".join(tokens)


def mutate_bytes(rng: random.Random, data: bytes) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        if not mutated:
            break
        at, size = rng.randrange(len(mutated)), rng.choice([1, 1, 2, 8, 64])
        kind = rng.randrange(4)
        if kind == 0:
            mutated[at] = rng.randrange(256)
        elif kind == 1:
            del mutated[at : at + size]
        elif kind == 2:
            mutated[at:at] = mutated[at : at + size]
        else:
            mutated[at] ^= 1 << rng.randrange(8)
    return bytes(mutated)


def mutate_lines(rng: random.Random, text: str) -> str:
    """Leaves out, repeats or exchanges whole lines."""
    lines = text.split("\n")
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(3)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(to, lines[at])
    else:
        lines[at], lines[to] = lines[to], lines[at]
    return "\n".join(lines)


def mutate(rng: random.Random, text: str, other: str) -> bytes:
    kind = rng.random()
    if kind < 0.6:
        return mutate_tokens(rng, text, other).encode()
    if kind < 0.75:
        return mutate_lines(rng, text).encode()
    return mutate_bytes(rng, text.encode())


def shrink(data: bytes, fails: Callable[[bytes], bool], attempts: int = 400) -> bytes:
    """The fewest lines, then tokens, of which `fails` still says so (Zeller and
    Hildebrandt 2002), after at most so many attempts."""

    def reduce(parts: list[bytes]) -> list[bytes]:
        nonlocal attempts
        size = max(1, len(parts) // 2)
        while True:
            at = 0
            while at < len(parts) and attempts > 0:
                attempts -= 1
                shorter = parts[:at] + parts[at + size :]
                if shorter and fails(b"".join(shorter)):
                    parts = shorter
                else:
                    at += size
            if size == 1 or attempts <= 0:
                return parts
            size //= 2

    lines = reduce(re.findall(rb"[^\n]*\n|[^\n]+$", data))
    tokens = reduce(re.findall(rb"\s+|[%@#!^$]?[\w.$-]+|.", b"".join(lines), re.DOTALL))
    return b"".join(tokens)
