"""Modules: calls, refusals, lifetimes, threads."""

import gc
import inspect
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import convopt
from convopt._options import CompileOptions


def arrays(rng):
    x = rng.integers(-4, 5, (1, 6, 6, 3)).astype(np.float32)
    w = rng.integers(-4, 5, (3, 3, 3, 5)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    return x, w, np.einsum("nijcrs,rsck->nijk", windows, w)


def test_call(conv_text, rng):
    module = convopt.compile(conv_text)
    x, w, expected = arrays(rng)
    assert np.array_equal(module.main(x, w), expected)
    out = np.empty_like(expected)
    assert module["main"](x, w, out=out) is out
    assert np.array_equal(out, expected)
    assert module.main.arguments == [
        ("float32", (1, 6, 6, 3), "input"),
        ("float32", (3, 3, 3, 5), "input"),
    ]
    assert module.main.results == [("float32", (1, 4, 4, 5), "output")]
    assert module.main.workspace_bytes > 0
    assert "main" in dir(module)
    assert [function.name for function in module] == ["main"]


def test_sources(conv_text, rng, tmp_path):
    x, w, expected = arrays(rng)
    path = tmp_path / "conv.mlir"
    path.write_text(conv_text)
    for source in (path, str(path), conv_text, conv_text.encode()):
        assert np.array_equal(convopt.compile(source).main(x, w), expected)
    with pytest.raises(FileNotFoundError):
        convopt.compile("nothing.mlir")


def test_modules_in_a_module(conv_text, rng):
    x, w, expected = arrays(rng)
    module = convopt.compile("module { module @model { " + conv_text + "} }")
    assert np.array_equal(module.main(x, w), expected)


def test_readonly_inputs(conv_text, rng):
    x, w, expected = arrays(rng)
    x.flags.writeable = False
    assert np.array_equal(convopt.compile(conv_text).main(x, w), expected)


def test_inputs_are_not_written():
    """A tensor argument used as init belongs to the caller."""
    module = convopt.compile(
        """
func.func @f(%x: tensor<1x4x4x8xf32>, %w: tensor<1x1x8x8xf32>, %y: tensor<1x4x4x8xf32>)
    -> tensor<1x4x4x8xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x4x4x8xf32>, tensor<1x1x8x8xf32>)
    outs(%y : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  return %r : tensor<1x4x4x8xf32>
}"""
    )
    x, y = np.ones((1, 4, 4, 8), np.float32), np.ones((1, 4, 4, 8), np.float32)
    assert (module.f(x, np.ones((1, 1, 8, 8), np.float32), y) == 9).all()
    assert (y == 1).all()


def test_scalars_memrefs_and_several_results():
    module = convopt.compile(
        """
func.func @scale(%x: memref<4xf32>, %s: f32, %i: index) -> f32 {
  %v = memref.load %x[%i] : memref<4xf32>
  %m = arith.mulf %v, %s : f32
  memref.store %m, %x[%i] : memref<4xf32>
  return %m : f32
}
func.func @two(%x: tensor<3xi32>) -> (tensor<3xi32>, tensor<3xf64>) {
  %f = arith.sitofp %x : tensor<3xi32> to tensor<3xf64>
  return %x, %f : tensor<3xi32>, tensor<3xf64>
}
func.func @nothing() {
  return
}
"""
    )
    x = np.arange(4, dtype=np.float32)
    assert module.scale(x, 2.5, 3) == 7.5
    assert x.tolist() == [0, 1, 2, 7.5]
    x.flags.writeable = False
    with pytest.raises(TypeError, match="writable"):
        module.scale(x, 2.5, 3)
    with pytest.raises(TypeError, match="argument 1 must be a number"):
        module.scale(np.zeros(4, np.float32), "2", 3)
    ints, floats = module.two(np.arange(3, dtype=np.int32))
    assert ints.tolist() == [0, 1, 2] and floats.dtype == np.float64
    assert module.nothing() is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda x: x.astype(np.float64), TypeError, r"float32\[1, 6, 6, 3\], got float64"),
        (lambda x: x[:, :5], ValueError, r"got float32\[1, 5, 6, 3\]"),
        (lambda x: x[0], ValueError, r"got float32\[6, 6, 3\]"),
        (lambda x: x.transpose(0, 2, 1, 3), ValueError, "is strided; pass numpy.asc"),
        (lambda x: x[:, :, ::-1], ValueError, "is strided"),
        (lambda x: x.tolist(), TypeError, "must be an array or DLPack tensor, got list"),
        (lambda x: None, TypeError, "got NoneType"),
    ],
)
def test_wrong_arguments(conv_text, rng, make, error, message):
    module = convopt.compile(conv_text)
    x, w, _ = arrays(rng)
    with pytest.raises(error, match=message):
        module.main(make(x), w)


def test_wrong_numbers(conv_text, rng):
    module = convopt.compile(conv_text)
    x, w, expected = arrays(rng)
    with pytest.raises(TypeError, match="takes 2 arguments, got 1"):
        module.main(x)
    with pytest.raises(ValueError, match="out must hold 1 arrays"):
        module.main(x, w, out=(expected, expected))
    with pytest.raises(ValueError, match="out 0 must be"):
        module.main(x, w, out=x)
    with pytest.raises(AttributeError, match="it has: main"):
        module.nothing


def test_errors_carry_lines():
    with pytest.raises(convopt.CompileError) as caught:
        convopt.compile("func.func @f() {\n  nonsense\n}")
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.line, diagnostic.column) == (2, 3)
    assert "<string>:2:3: error:" in str(caught.value)
    with pytest.raises(convopt.CompileError, match="has no rank"):
        convopt.compile("func.func @f(%x: tensor<*xf32>) {\n  return\n}")
    with pytest.raises(convopt.CompileError, match="nonsense"):
        convopt.compile("func.func @f() {\n  return\n}", cpu="nonsense")


def test_lifetimes(conv_text, rng):
    """A function keeps its code, a result its memory."""
    x, w, expected = arrays(rng)
    function = convopt.compile(conv_text).main
    gc.collect()
    y = function(x, w)
    view = y[0, 1:]
    before = sys.getrefcount(x)
    for _ in range(100):
        function(x, w)
    assert sys.getrefcount(x) == before
    del function, y
    gc.collect()
    assert np.array_equal(view, expected[0, 1:])


def test_results_are_independent(conv_text, rng):
    module = convopt.compile(conv_text)
    x, w, expected = arrays(rng)
    first = module.main(x, w)
    second = module.main(-x, w)
    assert np.array_equal(first, expected) and np.array_equal(second, -expected)


def test_threads(conv_text, rng):
    """Four threads call one module at once."""
    module = convopt.compile(conv_text)
    x, w, expected = arrays(rng)
    wrong = []

    def work(factor):
        for _ in range(500):
            if not np.array_equal(module.main(factor * x, w), factor * expected):
                wrong.append(factor)

    threads = [threading.Thread(target=work, args=(np.float32(k),)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_compile_in_threads(conv_text, rng):
    x, w, expected = arrays(rng)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(convopt.compile(conv_text).main(x, w)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and all(np.array_equal(r, expected) for r in results)


def test_interpreter_runs_during_calls():
    """The interpreter lock is free while a function computes."""
    module = convopt.compile(
        """
func.func @slow(%x: tensor<1x224x224x64xf32>, %w: tensor<3x3x64x256xf32>)
    -> tensor<1x222x222x256xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x222x222x256xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x222x222x256xf32>) -> tensor<1x222x222x256xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x224x224x64xf32>, tensor<3x3x64x256xf32>)
    outs(%f : tensor<1x222x222x256xf32>) -> tensor<1x222x222x256xf32>
  return %r : tensor<1x222x222x256xf32>
}"""
    )
    x = np.ones((1, 224, 224, 64), np.float32)
    w = np.ones((3, 3, 64, 256), np.float32)
    done = threading.Event()
    counted = 0

    def work():
        for _ in range(3):
            module.slow(x, w)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.001):
        counted += 1
    thread.join()
    # Tens of milliseconds of computation: a held lock would allow a few.
    assert counted >= 10


def test_threads_option(conv_text, rng):
    x, w, expected = arrays(rng)
    module = convopt.compile(conv_text, threads=2)
    assert np.array_equal(module.main(x, w), expected)


@pytest.mark.parametrize("algorithm", ["direct", "im2row", "kn2row", "mec_a", "im2win", "naive"])
def test_algorithms(conv_text, rng, algorithm):
    x, w, expected = arrays(rng)
    module = convopt.compile(conv_text, algorithm=algorithm)
    assert np.array_equal(module.main(x, w), expected)
    assert any(algorithm.split("_")[0] in d.message for d in module.diagnostics)


def test_max_workspace(conv_text):
    with pytest.raises(convopt.CompileError, match="workspace"):
        convopt.compile(conv_text, algorithm="im2row", max_workspace=64)
    assert convopt.compile(conv_text, max_workspace="1MiB").main.workspace_bytes < 1 << 20


def test_messages_about_options_name_no_line(conv_text):
    with pytest.raises(convopt.CompileError, match="^<string>: error: unknown algorithm 'foo'"):
        convopt.compile(conv_text, algorithm="foo")
    assert not re.search(r":0\b", str(convopt.explain(conv_text)))


def test_every_option_of_the_pipeline_is_an_argument(conv_text):
    page = Path(__file__).parents[2] / "docs" / "reference" / "pipeline.md"
    options = re.findall(r"^\| `([\w-]+)` \|", page.read_text(), re.MULTILINE)
    # The calling convention is this package's; what times operations is in nobody's code.
    names = {name.replace("-", "_") for name in options} - {"abi", "time_operations"}
    assert "n_fma" in names and names == set(CompileOptions.__annotations__)
    assert names <= set(inspect.signature(convopt.compile).parameters)
    by_hand = {"n_fma": 1, "l_fma": 4, "n_vec": 8, "n_reg": 16, "loads": 2}
    caches = {"l1": 1 << 15, "l1_ways": 8, "l2": 1 << 20, "l3": 1 << 24}
    halved = convopt.explain(conv_text, cpu="haswell", clock_mhz=3000, **by_hand, **caches)
    assert str(halved) != str(convopt.explain(conv_text, cpu="haswell"))
    with pytest.raises(convopt.CompileError, match="network"):
        convopt.compile(conv_text, network_memory=1)


def test_accuracy(conv_text):
    with pytest.raises(convopt.CompileError, match="accuracy"):
        convopt.compile(conv_text, accuracy="good")
    with pytest.raises(convopt.CompileError, match="accuracy is 0.50"):
        convopt.compile(conv_text, algorithm="winograd_2", accuracy=0.5)
    with pytest.raises(convopt.CompileError, match="network-accuracy is 0.50, but"):
        convopt.compile(conv_text, network_accuracy=0.5)


def test_machine_file(conv_text, rng, tmp_path):
    x, w, expected = arrays(rng)
    path = tmp_path / "a machine.json"
    path.write_text('{"conv_machine": 1, "rates": {"l3_stall": 2.5}}')
    module = convopt.compile(conv_text, machine=path)
    assert np.array_equal(module.main(x, w), expected)
    assert any("a machine.json" in d.message for d in module.diagnostics)
    # The file's content counts, not its name.
    path.write_text('{"conv_machine": 1, "rates": {"l3_stall": -1}}')
    with pytest.raises(convopt.CompileError, match="l3_stall"):
        convopt.compile(conv_text, machine=path)
    image, kernel = np.ones((1, 3, 6, 6), np.float32), np.ones((4, 3, 3, 3), np.float32)
    with pytest.raises(convopt.CompileError, match="cannot read the machine file"):
        convopt.conv2d(image, kernel, machine=tmp_path / "none.json")


def test_explain(conv_text):
    explanation = convopt.explain(conv_text, cpu="native")
    assert any("direct" in d.message for d in explanation.decisions)
    assert explanation.workspace_bytes["main"] > 0
    assert "bytes of workspace" in str(explanation)
    module = convopt.compile(conv_text)
    assert convopt.explain(module).decisions == [
        d for d in module.diagnostics if d.severity in ("remark", "warning")
    ]


def test_network_with_threads(rng):
    """A bottleneck block: workspaces, epilogues, and shares per thread."""
    from pathlib import Path

    model = Path(__file__).parents[2] / "examples" / "resnet50-bottleneck.mlir"
    one, two = convopt.compile(model), convopt.compile(model, threads=2)
    inputs = [
        rng.integers(-2, 3, shape).astype(np.float32) for _, shape, _ in one.main.arguments
    ]
    y = one.main(*inputs)
    assert np.abs(y).max() > 0
    for _ in range(3):
        assert np.array_equal(two.main(*inputs), y)


def test_functions_have_signatures_and_displays():
    module = convopt.compile(
        "func.func @main(%x: tensor<2xf32> {conv.name = \"a<b\"}, "
        "%y: tensor<2xf32> {conv.name = \"image\"}, %s: f32) -> tensor<2xf32> {\n"
        "  return %x : tensor<2xf32>\n}\n"
        "func.func @named(%y: tensor<2xf32> {conv.name = \"image\"}) -> tensor<2xf32> {\n"
        "  return %y : tensor<2xf32>\n}"
    )
    signature = inspect.signature(module.main)
    assert str(signature) == (
        "(arg0: 'float32[2]', image: 'float32[2]', arg2: 'float32', /, *, out=None) -> 'float32[2]'"
    )
    inspect.signature(module.named).bind(image=np.ones(2, np.float32))
    shown = module.main._repr_html_()
    assert "a&lt;b" in shown and "<td>float32[2]</td>" in shown
    assert shown in module._repr_html_()


def test_save_and_load(tmp_path, conv_text, rng):
    x = rng.standard_normal((1, 6, 6, 3), np.float32)
    w = rng.standard_normal((3, 3, 3, 5), np.float32)
    module = convopt.compile(conv_text)
    path = tmp_path / "model.compiled"
    module.save(path)
    program = (
        "import sys, numpy as np, convopt\n"
        "module = convopt.load(sys.argv[1])\n"
        "x, w = (np.load(name) for name in sys.argv[2:4])\n"
        "np.save(sys.argv[4], module.main(x, w))\n"
    )
    names = [str(tmp_path / name) for name in ("x.npy", "w.npy", "y.npy")]
    np.save(names[0], x)
    np.save(names[1], w)
    subprocess.run([sys.executable, "-c", program, path, *names], check=True)
    assert np.array_equal(np.load(names[2]), module.main(x, w))
    with pytest.raises(ValueError, match="copy that"):
        convopt.load(path).save(tmp_path / "other")
    with pytest.raises(convopt.CompileError, match="No such file"):
        module.save(tmp_path / "none" / "model")


def test_only_whole_files_of_this_machine_are_loaded(tmp_path, conv_text):
    path = tmp_path / "model.compiled"
    convopt.compile(conv_text).save(path)
    good = path.read_bytes()
    for bad, reason in (
        (good[:-1], "damaged"),
        (good[:-9] + bytes([good[-9] ^ 1]) + good[-8:], "damaged"),
        (b"", "not a compiled module"),
        (good.replace(b"module 1 ", b"module 0 ", 1), "another version"),
    ):
        path.write_bytes(bad)
        with pytest.raises(convopt.CompileError, match=reason):
            convopt.load(path)
    with pytest.raises(convopt.CompileError, match="No such file"):
        convopt.load(tmp_path / "nothing")


#: A convolution of images of any size, of a residual's.
SIZES = """
func.func @main(%x: tensor<?x?x?x3xf32> {conv.name = "image"}, %w: tensor<3x3x3x5xf32>,
                %y: tensor<?x?x?x5xf32>) -> tensor<?x?x?x5xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x?x3xf32>
  %h = tensor.dim %x, %c1 : tensor<?x?x?x3xf32>
  %v = tensor.dim %x, %c2 : tensor<?x?x?x3xf32>
  %ho = affine.apply affine_map<()[s] -> (s - 2)>()[%h]
  %wo = affine.apply affine_map<()[s] -> (s - 2)>()[%v]
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n, %ho, %wo) : tensor<?x?x?x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x?x5xf32>) -> tensor<?x?x?x5xf32>
  %a = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<?x?x?x3xf32>, tensor<3x3x3x5xf32>)
    outs(%f : tensor<?x?x?x5xf32>) -> tensor<?x?x?x5xf32>
  %r = linalg.add ins(%a, %y : tensor<?x?x?x5xf32>, tensor<?x?x?x5xf32>)
    outs(%e : tensor<?x?x?x5xf32>) -> tensor<?x?x?x5xf32>
  return %r : tensor<?x?x?x5xf32>
}
"""


@pytest.mark.parametrize("sizes", [None, "8x9,16x16", [(8, 9), "16x16"]])
def test_sizes(rng, sizes, tmp_path):
    module = convopt.compile(SIZES, sizes=sizes)
    assert not [d for d in module.diagnostics if d.severity == "warning"]
    path = tmp_path / "module"
    module.save(path)
    for function in (module.main, convopt.load(path).main):
        assert function.arguments[0] == ("float32", (None, None, None, 3), "input")
        assert repr(function).startswith("main(image: float32[?, ?, ?, 3], ")
        assert "?, ?, 5]" in str(inspect.signature(function))
        assert function.workspace_bytes is None
        for n, h, w in [(1, 8, 9), (2, 16, 16), (1, 3, 40), (3, 5, 4)]:
            x = rng.integers(-4, 5, (n, h, w, 3)).astype(np.float32)
            f = rng.integers(-4, 5, (3, 3, 3, 5)).astype(np.float32)
            y = rng.integers(-4, 5, (n, h - 2, w - 2, 5)).astype(np.float32)
            windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
            expected = np.einsum("nijcrs,rsck->nijk", windows, f) + y
            assert np.array_equal(function(x, f, y), expected)
            out = np.empty_like(expected)
            assert function(x, f, y, out=out) is out
            assert np.array_equal(out, expected)
    assert "workspace by its sizes" in str(convopt.explain(module))
    assert "float32[?, ?, ?, 3]" in module._repr_html_()


def test_wrong_sizes(rng):
    main = convopt.compile(SIZES).main
    f = np.zeros((3, 3, 3, 5), np.float32)

    def image(*shape):
        return np.zeros(shape, np.float32)

    with pytest.raises(ValueError, match=r"\('image'\) must be float32\[\?, \?, \?, 3\], got .*4\]"):
        main(image(1, 8, 8, 4), f, image(1, 6, 6, 5))
    with pytest.raises(ValueError, match=r"do not fit together.*float32\[1, 7, 6, 5\]"):
        main(image(1, 8, 8, 3), f, image(1, 7, 6, 5))
    with pytest.raises(ValueError, match="too small"):
        main(image(1, 2, 8, 3), f, image(1, 0, 6, 5))
    with pytest.raises(ValueError, match=r"out 0 must be float32\[1, 6, 6, 5\], got"):
        main(image(1, 8, 8, 3), f, image(1, 6, 6, 5), out=image(1, 6, 6, 4))
    with pytest.raises(ValueError, match="shapes"):
        main.call_flat(image(1, 8, 8, 3), f, image(1, 6, 6, 5))


def test_sizes_that_are_none(conv_text):
    with pytest.raises(convopt.CompileError, match="not of the form ROWSxCOLUMNS"):
        convopt.compile(conv_text, sizes="224")
    with pytest.raises(ValueError, match="rows"):
        convopt.compile(conv_text, sizes=[(224,)])
