"""PyTorch: tensors in and out, the operator, the backend of torch.compile.

Skipped where PyTorch is missing; torch.txt has what is needed.
"""

import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import convopt

torch = pytest.importorskip("torch")
functional = torch.nn.functional


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def assert_close(result, expected, tolerance=1e-5):
    assert isinstance(result, torch.Tensor)
    assert result.shape == expected.shape
    assert (result - expected).abs().max() <= tolerance * expected.abs().max()


# Tensors in, tensors out.


def test_tensors_make_tensors():
    x, w, b = torch.randn(1, 4, 9, 9), torch.randn(6, 4, 3, 3), torch.randn(6)
    expected = functional.conv2d(x, w, b, padding=1)
    assert_close(convopt.conv2d(x, w, b, padding=1), expected)
    layer = convopt.Conv2d(w, b, padding=1)
    assert_close(layer(x), expected)
    assert isinstance(layer(x.numpy()), np.ndarray)
    strided = x.to(memory_format=torch.channels_last)
    assert_close(layer(strided), expected)


def test_modules_take_tensors_without_a_copy():
    module = convopt.compile(
        "func.func @main(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<i64>) {\n"
        "  %r = math.absf %x : tensor<2x3xf32>\n"
        "  %c = arith.constant dense<7> : tensor<i64>\n"
        "  return %r, %c : tensor<2x3xf32>, tensor<i64>\n}"
    )
    x = torch.randn(2, 3)
    y, count = module.main(x)
    assert torch.equal(y, x.abs()) and count.item() == 7 and count.dtype == torch.int64
    out = torch.empty(2, 3), torch.empty((), dtype=torch.int64)
    assert module.main(x, out=out)[0] is out[0]
    assert torch.equal(out[0], x.abs())
    # An array in the place of one tensor changes nothing for the other.
    assert isinstance(module.main(x.numpy())[0], np.ndarray)
    with pytest.raises(ValueError, match="strided"):
        module.main(torch.randn(3, 2).t())
    with pytest.raises(TypeError, match="float64"):
        module.main(x.double())


def test_a_tensor_that_requires_a_gradient_is_an_error():
    module = convopt.compile(
        "func.func @main(%x: tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32> {\n"
        "  return %x : tensor<1x1x3x3xf32>\n}"
    )
    x = torch.randn(1, 1, 3, 3, requires_grad=True)
    w = torch.nn.Parameter(torch.ones(1, 1, 1, 1))
    layer = None
    calls = [
        lambda: module.main(x),
        lambda: convopt.conv2d(x.detach(), w),
        lambda: convopt.conv2d(x, w.detach()),
        lambda: convopt.Conv2d(w),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="requires a gradient.*no_grad"):
            call()
    with torch.no_grad():
        layer = convopt.Conv2d(w)
        for result in (module.main(x), convopt.conv2d(x, w), layer(x)):
            assert_close(result, x)
            assert not result.requires_grad


def test_tensors_of_other_types_are_errors():
    w = torch.ones(1, 1, 1, 1)
    for kind in (torch.bfloat16, torch.float16, torch.float64):
        with pytest.raises(TypeError, match="float32"):
            convopt.conv2d(torch.ones(1, 1, 2, 2, dtype=kind), w)
    with pytest.raises(TypeError, match="CPU memory"):
        convopt.conv2d(torch.ones(1, 1, 2, 2, device="meta"), w)


BFLOAT16 = """
import torch, convopt
x, w = torch.randn(1, 4, 8, 8).bfloat16(), torch.randn(6, 4, 3, 3).bfloat16()
y = torch.nn.functional.conv2d(x.float(), w.float())
for result in (convopt.conv2d(x, w), convopt.Conv2d(w)(x), convopt.conv2d(x.contiguous(memory_format=torch.channels_last), w)):
    assert result.dtype == torch.float32 and (result - y).abs().max() < 1e-4
"""


def test_bfloat16_needs_no_import():
    pytest.importorskip("ml_dtypes")
    subprocess.run([sys.executable, "-c", BFLOAT16], check=True)


# The operator.


def make_arguments(requires_grad=False):
    x = torch.randn(2, 4, 9, 8, requires_grad=requires_grad)
    w = torch.randn(6, 2, 3, 3, requires_grad=requires_grad)
    return x, w, torch.randn(6, requires_grad=requires_grad), [2, 1], [1, 0], [1, 1], 2


@pytest.mark.parametrize("requires_grad", [False, True])
def test_operator(requires_grad):
    import convopt.torch  # noqa: F401

    arguments = make_arguments(requires_grad)
    torch.library.opcheck(torch.ops.convopt.conv2d.default, arguments)
    no_bias = (*arguments[:2], None, *arguments[3:])
    torch.library.opcheck(torch.ops.convopt.conv2d.default, no_bias)
    last = (arguments[0].to(memory_format=torch.channels_last), *arguments[1:])
    torch.library.opcheck(torch.ops.convopt.conv2d.default, last)
    assert_close(torch.ops.convopt.conv2d(*arguments), functional.conv2d(*arguments))


def test_gradients_of_the_operator():
    import convopt.torch  # noqa: F401

    gradients = []
    for function in (torch.ops.convopt.conv2d, functional.conv2d):
        torch.manual_seed(0)
        arguments = make_arguments(requires_grad=True)
        function(*arguments).square().sum().backward()
        gradients.append([t.grad for t in arguments[:3]])
    for own, expected in zip(*gradients):
        assert_close(own, expected)


# The importer.

needs_importer = pytest.mark.skipif(
    not any(map(__import__("importlib.util").util.find_spec, ("torch_mlir", "iree"))),
    reason="torch-mlir is missing",
)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.normal = torch.nn.BatchNorm2d(8)
        self.second = torch.nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, image):
        x = torch.relu(self.normal(self.first(image)))
        return functional.max_pool2d(self.second(x) + x, 2)


class Mixed(Net):
    """With an operator in the middle that only PyTorch has."""

    def forward(self, image):
        x = torch.cumsum(self.first(image), 2)
        return self.second(torch.relu(x))


def count(module):
    return sum("; register tile " in d.message for d in module.diagnostics)


@needs_importer
def test_from_torch():
    net, x = Net().eval(), torch.randn(1, 3, 12, 12)
    module = convopt.compile(net, x)
    assert module.main.argument_names == ["image"]
    assert count(module) == 2
    with torch.no_grad():
        assert_close(module.main(image=x), net(x))


@needs_importer
def test_from_torch_takes_the_operator():
    import convopt.torch  # noqa: F401

    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.randn(4, 3, 3, 3))

        def forward(self, x):
            return torch.relu(torch.ops.convopt.conv2d(x, self.w, padding=1))

    own, x = Own(), torch.randn(1, 3, 6, 6)
    module = convopt.compile(own, x)
    assert count(module) == 1
    assert_close(module.main(x), own(x).detach())


# The backend.


@pytest.fixture
def compiled():
    torch._dynamo.reset()
    return lambda net, **options: torch.compile(net, backend="convopt", options=options or None)


@needs_importer
def test_backend(compiled, monkeypatch):
    import convopt._torch_backend as own

    parts = []
    compile = own.compile
    monkeypatch.setattr(own, "compile", lambda *a, **o: parts.append(compile(*a, **o)) or parts[-1])
    net, x = Net().eval(), torch.randn(1, 3, 12, 12)
    fast = compiled(net, threads=1)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("error", convopt.CompileWarning)
        assert_close(fast(x), net(x))
        assert_close(fast(x), net(x))
        assert [count(part) for part in parts] == [2]
        # Weights may change.
        net.second.weight.mul_(2)
        assert_close(fast(x), net(x))
        assert len(parts) == 2
        # So may shapes, and memory formats.
        for shape in ((2, 3, 12, 12), (3, 3, 10, 14)):
            other = torch.randn(shape)
            assert_close(fast(other), net(other))
        last = x.to(memory_format=torch.channels_last)
        assert_close(fast(last), net(last))


@needs_importer
def test_backend_leaves_to_torch_what_it_does_not_know(compiled, monkeypatch):
    import convopt._torch_backend as own

    parts = []
    compile = own.compile
    monkeypatch.setattr(own, "compile", lambda *a, **o: parts.append(compile(*a, **o)) or parts[-1])
    net, x = Mixed().eval(), torch.randn(1, 3, 12, 12)
    fast = compiled(net)
    with torch.no_grad():
        assert_close(fast(x), net(x))
    assert [count(part) for part in parts] == [1, 1]


@needs_importer
def test_backend_warns_of_what_it_leaves(compiled):
    net, x = Net().eval(), torch.randn(1, 3, 12, 12)
    with pytest.warns(convopt.CompileWarning, match="gradients are recorded"):
        compiled(net)(x).sum().backward()
    assert net.first.weight.grad is not None
    with pytest.warns(convopt.CompileWarning, match="float64"), torch.no_grad():
        assert_close(compiled(net.double())(x.double()), net(x.double()))
    failing = compiled(Net().eval(), algorithm="none")
    with pytest.warns(convopt.CompileWarning, match="left to PyTorch"), torch.no_grad():
        failing(x)
    with pytest.raises(Exception, match="unknown option 'thread'"), torch.no_grad():
        compiled(Net().eval(), thread=2)(x)


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_importer
def test_backend_is_found_without_an_import():
    run(
        """
        import torch
        net = torch.nn.Conv2d(3, 4, 3)
        x = torch.randn(1, 3, 8, 8)
        with torch.no_grad():
            y = torch.compile(net, backend="convopt")(x)
            assert (y - net(x)).abs().max() < 1e-5
        import sys
        assert "convopt" in sys.modules
        """
    )


def test_compilers_after_use():
    """Other compilers with an LLVM of their own find no symbols of ours."""
    pytest.importorskip("triton")
    run(
        """
        import numpy as np
        import convopt
        convopt.conv2d(np.ones((1, 4, 8, 8), np.float32), np.ones((4, 4, 3, 3), np.float32))
        import triton
        import torch
        f = torch.compile(lambda x: torch.relu(x) * 2 + torch.sin(x))
        x = torch.randn(64)
        assert torch.allclose(f(x), torch.relu(x) * 2 + torch.sin(x), atol=1e-6)
        convopt.conv2d(torch.ones(1, 4, 9, 9), torch.ones(4, 4, 3, 3))
        """
    )
