"""Machine code of kernels: how it is made, and the loops and instructions in it.

The code is what `llc` prints for x86 and AArch64. Its comments say which loop a
block belongs to, so that no control flow has to be guessed; its encodings say
how many bytes an instruction takes.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import pathlib
import re
import subprocess
import tempfile

# Both spellings of a target's triple follow from the CPU.
ARM_CPUS = ("cortex-a", "cortex-x", "neoverse-", "apple-")

_FUNCTION = re.compile(r'^"?([A-Za-z_][\w.$]*)"?:')
_BLOCK = re.compile(r"^(?:\.L(BB\d+_\d+):|(?:#|//) %bb\.\d+:)")
_HEADER = re.compile(r"=>\s*This (Inner )?Loop Header: Depth=(\d+)")
_MEMBER = re.compile(r"in Loop: Header=(BB\d+_\d+) Depth=(\d+)")
_INSTRUCTION = re.compile(r"^\t([a-z][\w.]*)(?:\s+(.*))?$")
_ENCODING = re.compile(r"encoding: \[([^\]]*)\]")
_COMMENT = re.compile(r"\s*(?:#|//)(?: .*)?$")

_X86_FMA = re.compile(r"vfn?m(add|sub)\d+[ps]s$")
_ARM_FMA = re.compile(r"f(n?madd|n?msub|mla|mls|mad|msb)$")
_X86_MEMORY = re.compile(r"[-+\w.@$]*\((?:%\w+)?(?:,\s*%\w+)?(?:,\s*\d)?\)")
_ARM_MEMORY = re.compile(r"(?<![\w.])\[[^\]]*\]!?(?:,\s*(?:#-?\w+|x\d+))?")
_X86_STACK = re.compile(r"\(%rsp\b")
_X86_FRAME = re.compile(r"\(%r[sb]p\b")
_ARM_STACK = re.compile(r"\[sp\b")
_ARM_FRAME = re.compile(r"\[(?:sp|x29)\b")
_VECTOR_REGISTER = re.compile(r"%[xyz]mm\d+|(?<![\w#])[vqdz]\d+\b")
# What is not the same in two builds whose kernels are: registers, addresses.
_REPLACEMENTS = [
    (_X86_MEMORY, "mem"),
    (_ARM_MEMORY, "mem"),
    (re.compile(r"%([xyz]mm)\d+"), r"\1"),
    (re.compile(r"%k\d"), "mask"),
    (re.compile(r"%\w+"), "gpr"),
    (re.compile(r"(?<![\w#])([vqdszp])\d+\b"), r"\1"),
    (re.compile(r"(?<![\w#])(?:[xw]\d+|[xw]zr|w?sp)\b"), "gpr"),
    (re.compile(r"\.L\w+"), "label"),
]


@dataclasses.dataclass(frozen=True)
class Instruction:
    opcode: str
    operands: str
    size: int  # bytes, a jump in its short form; 0 without encodings

    def __str__(self) -> str:
        return f"{self.opcode} {self.operands}".strip()

    def is_fma(self) -> bool:
        return bool(_X86_FMA.match(self.opcode) or _ARM_FMA.match(self.opcode))

    def is_vector(self) -> bool:
        return bool(_VECTOR_REGISTER.search(self.operands))

    def is_prefetch(self) -> bool:
        return self.opcode.startswith(("prefetch", "prfm"))

    def is_load(self) -> bool:
        """Whether it reads memory. What writes its last operand on x86 and only
        stores on AArch64 does not."""
        if self.is_prefetch() or self.opcode.startswith(("lea", "nop", "adr")):
            return False
        if _ARM_MEMORY.search(self.operands) and not _X86_MEMORY.search(self.operands):
            return self.opcode.startswith("ld")
        memory = _X86_MEMORY.search(self.operands)
        if not memory:
            return False
        # What follows a memory operand that is the last is at most a mask.
        is_last = not re.search(r"[%\w]", re.sub(r"\{[^}]*\}", "", self.operands[memory.end() :]))
        return not is_last or self.opcode.startswith(("cmp", "test", "vucomi", "vcomi", "jmp", "call"))

    def normalised(self) -> str:
        """Opcode, classes of registers and immediates. What a move knows of its
        address's alignment costs nothing."""
        operands = self.operands
        opcode = re.sub(r"^(v?mov)a(p[sd])$", r"\1u\2", self.opcode)
        for pattern, replacement in _REPLACEMENTS:
            operands = pattern.sub(replacement, operands)
        return f"{opcode} {operands}".strip()


@dataclasses.dataclass
class Loop:
    """The blocks that belong to a loop and to no loop inside it."""

    function: str
    header: str
    depth: int
    innermost: bool
    blocks: list[list[Instruction]] = dataclasses.field(default_factory=list)
    has_frame_pointer: bool = False  # of the function

    @property
    def instructions(self) -> list[Instruction]:
        return [instruction for block in self.blocks for instruction in block]

    @property
    def fmas(self) -> int:
        return sum(instruction.is_fma() for instruction in self.instructions)

    @property
    def loads(self) -> int:
        return sum(instruction.is_load() for instruction in self.instructions)

    @property
    def size(self) -> int:
        return sum(instruction.size for instruction in self.instructions)

    def spills(self, fma_blocks_only: bool = False) -> list[Instruction]:
        """Instructions that exchange a vector register with the stack."""
        patterns = (_X86_FRAME, _ARM_FRAME) if self.has_frame_pointer else (_X86_STACK, _ARM_STACK)
        return [
            instruction
            for block in self.blocks
            if not fma_blocks_only or any(other.is_fma() for other in block)
            for instruction in block
            if instruction.is_vector() and any(pattern.search(instruction.operands) for pattern in patterns)
        ]

    def digest(self, every_instruction: bool = False) -> str:
        """A hash of the multiset of normalised instructions: those on vectors
        and prefetches, or every one. Order, registers and addresses are free."""
        counted = collections.Counter(
            instruction.normalised()
            for instruction in self.instructions
            if every_instruction or instruction.is_vector() or instruction.is_prefetch()
        )
        return hashlib.sha256(repr(sorted(counted.items())).encode()).hexdigest()[:12]


def parse_loops(assembly: str) -> list[Loop]:
    """Every loop of every function, in the order of the text. Blocks outside
    loops make one of depth 0 per function."""
    loops: dict[tuple[str, str], Loop] = {}
    function = label = ""
    block: list[Instruction] = []
    header, depth, innermost = "", 0, False
    frames: set[str] = set()

    def close() -> None:
        if block:
            loop = loops.setdefault((function, header), Loop(function, header, depth, innermost))
            loop.innermost |= innermost
            loop.blocks.append(list(block))
            block.clear()

    for line in assembly.splitlines():
        named = _FUNCTION.match(line)
        starts = _BLOCK.match(line)
        if named or starts:
            close()
            header, depth, innermost = "", 0, False
            if named:
                function = named[1]
            else:
                label = starts[1] or ""
        if match := _HEADER.search(line):
            header, depth, innermost = label, int(match[2]), bool(match[1])
        elif match := _MEMBER.search(line):
            header, depth = match[1], int(match[2])
        if match := _INSTRUCTION.match(line):
            encoding = _ENCODING.search(line)
            size = len(encoding[1].split(",")) if encoding else 0
            operands = _COMMENT.sub("", match[2] or "").strip()
            block.append(Instruction(match[1], operands, size))
            if re.match(r"movq\s+%rsp, %rbp|(mov\s+x29, sp|add\s+x29, sp\b)", str(block[-1])):
                frames.add(function)
    close()
    for loop in loops.values():
        loop.has_frame_pointer = loop.function in frames
    return list(loops.values())


def fma_loops(loops: list[Loop], innermost: bool = True) -> list[Loop]:
    """Loops with FMAs in blocks of their own."""
    return [loop for loop in loops if loop.fmas and loop.depth and (loop.innermost or not innermost)]


def reachable(loops: list[Loop], function: str) -> list[Loop]:
    """The loops of a function and of those of its module that it calls."""
    names = {loop.function for loop in loops}
    reached, left = set(), [function]
    while left:
        caller = left.pop()
        reached.add(caller)
        for loop in (loop for loop in loops if loop.function == caller):
            called = {re.split(r"[@\s]", i.operands)[0] for i in loop.instructions}
            left += (called & names) - reached
    return [loop for loop in loops if loop.function in reached]


def triple_of(cpu: str) -> str:
    return "aarch64-linux-gnu" if cpu.startswith(ARM_CPUS) else "x86_64-linux-gnu"


class CommandError(RuntimeError):
    pass


class Toolchain:
    """conv-opt of one build, and the LLVM tools behind it."""

    def __init__(self, bin_dir: str | pathlib.Path, llvm_bin: str | pathlib.Path, keep: pathlib.Path | None = None):
        self.bin, self.llvm, self.keep = pathlib.Path(bin_dir), pathlib.Path(llvm_bin), keep

    def run(self, *command: object) -> tuple[str, str]:
        """What a command writes to stdout and stderr."""
        words = [str(word) for word in command]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            name = pathlib.Path(words[0]).name
            raise CommandError(f"{name}: exit code {result.returncode}: {result.stderr[:4000]}")
        return result.stdout, result.stderr

    def conv_opt(self, text: str, *flags: str) -> tuple[str, str]:
        with tempfile.NamedTemporaryFile("w", suffix=".mlir") as source:
            source.write(text)
            source.flush()
            return self.run(self.bin / "conv-opt", source.name, *flags)

    def pipeline(self, cpu: str, options: str = "") -> str:
        return f"--conv-to-llvm=cpu={cpu} triple={triple_of(cpu)} {options}".strip()

    def dialect(self, text: str, cpu: str, options: str = "") -> str:
        """A module in the LLVM dialect."""
        return self.conv_opt(text, self.pipeline(cpu, options))[0]

    def assemble(self, dialect: str, name: str = "kernels", encodings: bool = False) -> str:
        """The code of a module in the LLVM dialect, left in the folder `keep`.
        Instructions have a size when `encodings` are printed."""
        with tempfile.TemporaryDirectory() as temporary:
            base = pathlib.Path(temporary) / name
            source, ir, optimized = (base.with_suffix(f".{suffix}") for suffix in ("mlir", "ll", "bc"))
            result = (self.keep / f"{name}.s") if self.keep else base.with_suffix(".s")
            source.write_text(dialect)
            self.run(self.llvm / "mlir-translate", "--mlir-to-llvmir", source, "-o", ir)
            self.run(self.llvm / "opt", "-O3", ir, "-o", optimized)
            flags = ["-show-mc-encoding"] if encodings else []
            self.run(self.llvm / "llc", "-O3", *flags, optimized, "-o", result)
            return result.read_text()

    def assembly(
        self, text: str, cpu: str, options: str = "", name: str = "kernels", encodings: bool = False
    ) -> str:
        """The code of a module."""
        return self.assemble(self.dialect(text, cpu, options), name, encodings)
