"""Checks what tools/lib/assembly.py makes of assembly written by hand.

usage: check-assembly.py FOLDER_OF_THE_TOOLS
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "lib"))
import assembly

X86 = """
main:
\tmovq\t%rsp, %rbp
.LBB0_1:                                # =>This Loop Header: Depth=1
                                        #     Child Loop BB0_2 Depth 2
\tvmovups\t(%rdi), %zmm0                 # encoding: [0x62,0x01]
.LBB0_2:                                #   Parent Loop BB0_1 Depth=1
                                        # =>  This Inner Loop Header: Depth=2
\tvmovaps\t(%rax,%rcx,4), %zmm1          # encoding: [0x62,0x01,0x02]
\tvfmadd231ps\t64(%rdx){1to16}, %zmm1, %zmm0 # encoding: [0x62,0x03]
\tvmovups\t%zmm0, -64(%rbp)              # 64-byte Spill
\tprefetcht0\t512(%rax)
\taddq\t$64, %rax
\tjne\t.LBB0_2
# %bb.3:                                #   in Loop: Header=BB0_1 Depth=1
\tjne\t.LBB0_1
# %bb.4:
\tretq
"""
# The same loop elsewhere: called, in other registers, from other addresses.
OUTLINED = """
main:
\tvzeroupper
\tcallq\tconv_kernel@PLT
\tretq
conv_kernel:
.LBB1_7:                                # =>This Inner Loop Header: Depth=1
\tprefetcht0\t(%r9)
\tvmovups\t(%r9,%r10), %zmm31
\tleaq\t(%r9,%r9,2), %r11
\tvfmadd231ps\t(%r8){1to16}, %zmm31, %zmm2
\tvmovups\t%zmm2, 8(%rsp)
\tjne\t.LBB1_7
other:
.LBB2_1:                                # =>This Inner Loop Header: Depth=1
\tvfmadd231ps\t%zmm3, %zmm31, %zmm2
\tjne\t.LBB2_1
"""
ARM = """
main:
.LBB0_1:                                // =>This Inner Loop Header: Depth=1
\tldr\tq0, [x8, #16]!                  // encoding: [0x00,0x01,0x02,0x03]
\tldp\tq1, q2, [sp, #32]               // 32-byte Folded Reload
\tfmla\tv3.4s, v0.4s, v1.s[2]
\tprfm\tpldl1keep, [x9, #256]
\tstr\tq3, [x8], #16
\tb.ne\t.LBB0_1
"""


def hot(text: str) -> assembly.Loop:
    (loop,) = assembly.fma_loops(assembly.reachable(assembly.parse_loops(text), "main"))
    return loop


def main() -> int:
    x86, outlined, arm = hot(X86), hot(OUTLINED), hot(ARM)
    lanes, immediates = hot(ARM.replace("s[2]", "s[1]")), hot(ARM.replace("#16", "#32"))
    checks = {
        "counts": (x86.fmas, x86.loads, len(x86.spills()), x86.size) == (1, 2, 1, 5),
        "depth": (x86.depth, x86.innermost, x86.header) == (2, True, "BB0_2"),
        "frame pointer": len(hot(X86.replace("%rsp, %rbp", "%rax, %rbp")).spills()) == 0,
        "other function": outlined.function == "conv_kernel",
        "same code": x86.digest() == outlined.digest(),
        "other control": x86.digest(True) != outlined.digest(True),
        "narrower": x86.digest() != hot(X86.replace("%zmm1", "%ymm1")).digest(),
        "no prefetch": x86.digest() != hot(X86.replace("prefetcht0", "incq")).digest(),
        "twice": x86.digest() != hot(X86.replace("\tprefetcht0\t512(%rax)\n", "\tprefetcht0\t512(%rax)\n" * 2)).digest(),
        "counts of AArch64": (arm.fmas, arm.loads, len(arm.spills()), arm.size) == (1, 2, 1, 4),
        "lanes": arm.digest() != lanes.digest(),
        "addresses": arm.digest() == immediates.digest(),
        "masked load": assembly.Instruction("vmovups", "(%rax), %zmm1 {%k1} {z}", 0).is_load(),
        "masked store": not assembly.Instruction("vmovups", "%zmm1, (%rax) {%k1}", 0).is_load(),
        "comparison": assembly.Instruction("cmpq", "%rax, 8(%rsp)", 0).is_load(),
    }
    failed = [name for name, holds in checks.items() if not holds]
    print(f"{len(checks)} checks, failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
