"""Layers that keep their filters packed, tensors of torch, and all options."""

import random
import sys
import threading
import types

import numpy as np
import pytest
from conftest import reference
from test_conv2d import check, draw

import convopt
from convopt._options import make_options


@pytest.mark.parametrize("seed", range(1000, 1030))
def test_random_layer(seed):
    rng = random.Random(seed)
    values = np.random.default_rng(seed)
    problem = draw(rng)
    shape = problem.pop("x")
    w = values.standard_normal(problem.pop("w"), np.float32)
    bias = values.standard_normal(w.shape[0], np.float32) if problem.pop("bias") else None
    layer = convopt.Conv2d(w, bias, **problem)
    # Another image of the same shape, another shape, and one without a batch.
    for extents in (shape, shape, (shape[0] + 1, *shape[1:]), shape[1:]):
        x = values.standard_normal(extents, np.float32)
        expected = reference(x.reshape((-1, *shape[1:])), w, bias, **problem)
        check(layer(x), expected if len(extents) == 4 else expected[0])


def test_layer_keeps_its_filters(rng):
    x = rng.standard_normal((1, 9, 8, 3), np.float32)
    w = rng.standard_normal((3, 3, 3, 5), np.float32)
    bias = rng.standard_normal(5, np.float32)
    layer = convopt.Conv2d(w, bias, padding="same", layout="NHWC")
    expected = layer(x)
    check(expected, convopt.conv2d(x, w, bias, padding="same", layout="NHWC"))
    w[:], bias[:] = 0, 0
    assert np.array_equal(layer(x), expected)
    results = []
    threads = [threading.Thread(target=lambda: results.append(layer(x))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4 and all(np.array_equal(r, expected) for r in results)
    assert repr(layer).startswith("convopt.Conv2d((3, 3, 3, 5), stride=1, padding='same'")


def test_layer_errors():
    w = np.ones((4, 3, 3, 3), np.float32)
    with pytest.raises(ValueError, match=r"bias must have shape \(4,\)"):
        convopt.Conv2d(w, np.ones(3, np.float32))
    with pytest.raises(ValueError, match="layout must be"):
        convopt.Conv2d(w, layout="NCWH")
    with pytest.raises(ValueError, match="w must have 4 dimensions"):
        convopt.Conv2d(w[0])
    with pytest.raises(ValueError, match="has 3 channels per group, but x"):
        convopt.Conv2d(w)(np.ones((1, 4, 8, 8), np.float32))
    with pytest.raises(TypeError, match="padding must be an int or a pair of ints, got 1.5"):
        convopt.Conv2d(w, padding=1.5)(np.ones((1, 3, 8, 8), np.float32))


class FakeTensor:
    """What is asked of torch's tensors."""

    def __init__(self, array, requires_grad=False):
        self.array, self.requires_grad = array, requires_grad
        self.dtype = array.dtype

    def detach(self):
        return FakeTensor(self.array)

    def numpy(self):
        if self.requires_grad:
            raise RuntimeError("requires a gradient")
        return self.array


@pytest.fixture
def torch(monkeypatch):
    module = types.ModuleType("torch")
    module.Tensor = FakeTensor
    module.nn = types.SimpleNamespace(Module=type("Module", (), {}))
    module.recording = True
    module.is_grad_enabled = lambda: module.recording
    module.from_numpy = FakeTensor
    module.bfloat16 = object()
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


def test_torch_in_torch_out(torch, rng):
    x, w = rng.standard_normal((1, 3, 8, 8), np.float32), rng.standard_normal((4, 3, 3, 3), np.float32)
    expected = convopt.conv2d(x, w)
    assert isinstance(expected, np.ndarray)
    for result in (
        convopt.conv2d(FakeTensor(x), FakeTensor(w)),
        convopt.Conv2d(FakeTensor(w))(FakeTensor(x)),
    ):
        assert isinstance(result, FakeTensor)
        assert np.array_equal(result.array, expected)
    # The image says what comes out.
    assert isinstance(convopt.conv2d(x, FakeTensor(w)), np.ndarray)


def test_gradients_are_refused_while_they_are_recorded(torch, rng):
    x = FakeTensor(rng.standard_normal((1, 3, 8, 8), np.float32))
    w = FakeTensor(rng.standard_normal((4, 3, 3, 3), np.float32), requires_grad=True)
    with pytest.raises(TypeError, match=r"w requires a gradient.*torch.no_grad\(\), or give its .detach\(\)"):
        convopt.conv2d(x, w)
    with pytest.raises(TypeError, match="w requires a gradient"):
        convopt.Conv2d(w)
    module = convopt.compile(
        "func.func @main(%x: tensor<4x3x3x3xf32>) -> tensor<4x3x3x3xf32> {\n"
        "  return %x : tensor<4x3x3x3xf32>\n}"
    )
    with pytest.raises(TypeError, match="argument 0 requires a gradient"):
        module.main(w)
    torch.recording = False
    assert np.array_equal(module.main(w).array, w.array)
    assert isinstance(convopt.conv2d(x, w), FakeTensor)
    assert isinstance(convopt.Conv2d(w)(x), FakeTensor)


def test_options_are_the_pipeline_s():
    assert make_options({}) == ""
    text = make_options(
        {
            "cpu": "haswell", "threads": 2, "form": "banded", "exclude": ["mec", "im2col"],
            "products": False, "records": "a file.db", "algorithm": None,
        }
    )  # fmt: skip
    assert text == (
        "cpu=haswell threads=2 form=banded exclude=mec,im2col products=false records='a file.db'"
    )
    with pytest.raises(TypeError, match="threads must be an int, got '2'"):
        make_options({"threads": "2"})
    with pytest.raises(TypeError, match=r"unknown option 'layout' \(known: cpu, threads,"):
        make_options({"layout": "nhwc"})


def test_options_reach_the_pipeline(conv_text):
    with pytest.raises(convopt.CompileError, match="unknown form"):
        convopt.compile(conv_text, form="half")
    with pytest.raises(convopt.CompileError, match="quantized = both is neither"):
        convopt.compile(conv_text, quantized="both")
    with pytest.raises(convopt.CompileError, match="unknown algorithm 'mecc' to exclude"):
        convopt.compile(conv_text, exclude="mecc")
    with pytest.raises(convopt.CompileError, match="unknown filters 'never' to pack before"):
        convopt.compile(conv_text, prepack="never")
    with pytest.raises(convopt.CompileError, match="unknown layout 'wide'"):
        convopt.compile(conv_text, propagate_layouts="wide")
    with pytest.raises(convopt.CompileError, match="unknown target feature"):
        convopt.compile(conv_text, features="+nonsense")
    assert "0 bytes of workspace" in str(convopt.explain(conv_text, exclude=["im2col"]))


# No instruction multiplies and adds integers of 64 bits.
PLAIN = """
func.func @f(%x: tensor<1x8x8x4xi64>, %w: tensor<3x3x4x4xi64>) -> tensor<1x6x6x4xi64> {
  %z = arith.constant 0 : i64
  %e = tensor.empty() : tensor<1x6x6x4xi64>
  %f = linalg.fill ins(%z : i64) outs(%e : tensor<1x6x6x4xi64>) -> tensor<1x6x6x4xi64>
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x4xi64>, tensor<3x3x4x4xi64>)
    outs(%f : tensor<1x6x6x4xi64>) -> tensor<1x6x6x4xi64>
  return %r : tensor<1x6x6x4xi64>
}
"""


def test_what_is_left_to_the_plain_lowering_is_warned_of():
    with pytest.warns(convopt.CompileWarning, match="left to the plain lowering"):
        convopt.compile(PLAIN)
    # In an explanation it stands among the decisions.
    explanation = convopt.explain(PLAIN)
    assert "left to the plain lowering" in str(explanation)
    assert "left to the plain lowering" in explanation._repr_html_()
