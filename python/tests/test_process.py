"""What the package leaves in the process that uses it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import convopt

#: Runs in a process of its own: which symbols are there depends on what came
#: before.
_PROGRAM = """
import ctypes
import numpy as np
import convopt

x, w = np.ones((1, 4, 8, 8), np.float32), np.ones((4, 4, 3, 3), np.float32)
for threads in (1, 2):
    assert convopt.conv2d(x, w, threads=threads).flat[0] == 36

# Libraries that hold an LLVM of their own would take ours for it.
process = ctypes.CDLL(None)
for symbol in ("_ZN4llvm2cl6Option11addArgumentEv", "LLVMContextCreate",
               "mlirContextCreate", "omp_get_num_threads"):
    assert not hasattr(process, symbol), symbol

import llvmlite.binding as llvm

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
module = llvm.parse_assembly(
    "define i32 @f(i32 %x) { %y = add i32 %x, 1 ret i32 %y }")
machine = llvm.Target.from_default_triple().create_target_machine()
engine = llvm.create_mcjit_compiler(module, machine)
engine.finalize_object()
add = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(engine.get_function_address("f"))
assert add(41) == 42
assert convopt.conv2d(x, w, padding=1).flat[0] == 16
"""


def test_another_llvm_may_follow():
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True, timeout=120)


_TWICE = """
import sys
from pathlib import Path
import numpy as np
import convopt

x = np.arange(1 * 4 * 9 * 9, dtype=np.float32).reshape(1, 4, 9, 9) % 7
w = np.arange(8 * 4 * 3 * 3, dtype=np.float32).reshape(8, 4, 3, 3) % 5
text = '''
func.func @main(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x7x7x8xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x7x7x8xf32>
  %i = linalg.fill ins(%z : f32) outs(%e : tensor<1x7x7x8xf32>) -> tensor<1x7x7x8xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x9x9x4xf32>, tensor<3x3x4x8xf32>)
    outs(%i : tensor<1x7x7x8xf32>) -> tensor<1x7x7x8xf32>
  return %r : tensor<1x7x7x8xf32>
}
'''
module = convopt.compile(text)
result = module.main(x.transpose(0, 2, 3, 1).copy(), w.transpose(2, 3, 1, 0).copy())
assert (result.transpose(0, 3, 1, 2) == convopt.conv2d(x, w)).all()
print(int(result.sum()), module.main.arguments, module.main.workspace_bytes)
for diagnostic in module.diagnostics:
    print(diagnostic, file=sys.stderr)
"""


def test_cache(tmp_path):
    """A second process says the same, computes the same, and compiles nothing."""
    environment = {**os.environ, "CONVOPT_CACHE_DIR": str(tmp_path / "cache")}

    def run(**more):
        done = subprocess.run(
            [sys.executable, "-c", _TWICE],
            env={**environment, **more},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout, done.stderr

    first, said = run()
    again, said_again = run()
    assert first == again
    assert "kernels, 0 from the cache" in said
    assert "the module is from the cache" in said_again
    # Remarks about decisions come out of the cache, too.
    assert "direct" in said and "direct" in said_again
    off, said_off = run(CONVOPT_CACHE="off")
    assert off == first and "from the cache" in said_off
    assert "the module is from the cache" not in said_off


def test_cache_depends_on_options(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVOPT_CACHE_DIR", str(tmp_path / "cache"))
    text = """
func.func @f(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32> {
  %e = tensor.empty() : tensor<1x6x6x8xf32>
  %r = conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>)
    outs(%e : tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32>
  return %r : tensor<1x6x6x8xf32>
}
"""

    def algorithm(**options):
        module = convopt.compile(text, **options)
        said = "\n".join(d.message for d in module.diagnostics)
        return "im2row" if ": im2row" in said else "direct"

    for _ in range(2):
        assert algorithm() == "direct"
        assert algorithm(algorithm="im2row") == "im2row"
    x, w = np.ones((1, 8, 8, 4), np.float32), np.ones((3, 3, 4, 8), np.float32)
    assert (convopt.compile(text, algorithm="im2row").f(x, w) == 36).all()


def test_importing_loads_what_every_use_needs():
    program = (
        "import sys, convopt\n"
        "late = [m for m in ('_bench', '_fleet', '_plot', '_import_torch') if f'convopt.{m}' in sys.modules]\n"
        "assert not late, late\n"
        "assert set(convopt.__all__) <= set(dir(convopt))\n"
        "for name in convopt.__all__: getattr(convopt, name)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_import_and_calls_cost_can_be_measured():
    tool = Path(__file__).parents[2] / "tools" / "python-cost.py"
    said = subprocess.check_output([sys.executable, tool, "--runs", "1"], text=True)
    costs = re.findall(r": (\d+\.\d+) (?:s|us a call)", said)
    # Bounds that only a mistake of another kind exceeds, on any machine.
    assert len(costs) == 4 and float(costs[0]) < 10 and all(0 < float(c) < 1000 for c in costs)
