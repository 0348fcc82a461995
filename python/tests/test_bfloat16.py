"""Arrays of bfloat16, which NumPy has from ml_dtypes."""

import sys

import numpy as np
import pytest

import convopt

ml_dtypes = pytest.importorskip("ml_dtypes")

DOUBLE = """func.func @main(%x: tensor<2x3xbf16>) -> tensor<2x3xbf16> {
  %e = tensor.empty() : tensor<2x3xbf16>
  %y = linalg.add ins(%x, %x : tensor<2x3xbf16>, tensor<2x3xbf16>) outs(%e : tensor<2x3xbf16>) -> tensor<2x3xbf16>
  return %y : tensor<2x3xbf16>
}"""


def make(rng, shape):
    """Small integers, which are exact."""
    return rng.integers(-4, 5, shape).astype(ml_dtypes.bfloat16)


def test_functions_take_and_return_them(rng):
    main = convopt.compile(DOUBLE).main
    x = make(rng, (2, 3))
    y = main(x)
    assert y.dtype == ml_dtypes.bfloat16
    assert np.array_equal(y, x + x)
    out = np.zeros((2, 3), ml_dtypes.bfloat16)
    assert main(x, out=out) is out
    assert np.array_equal(out, y)
    with pytest.raises(TypeError, match=r"must be bfloat16\[2, 3\], got float16\[2, 3\]"):
        main(x.astype(np.float16))


def test_results_need_the_package(rng, monkeypatch):
    main = convopt.compile(DOUBLE).main
    x = make(rng, (2, 3))
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ModuleNotFoundError, match="pip install ml_dtypes"):
        main(x)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_convolutions(rng, layout):
    x_shape, w_shape = ((1, 5, 8, 7), (4, 5, 3, 3)) if layout == "NCHW" else ((1, 8, 7, 5), (3, 3, 5, 4))
    x, w = make(rng, x_shape), make(rng, w_shape)
    bias = rng.integers(-4, 5, 4).astype(np.float32)
    expected = convopt.conv2d(
        x.astype(np.float32), w.astype(np.float32), bias, padding=1, layout=layout
    )
    y = convopt.conv2d(x, w, bias, padding=1, layout=layout)
    assert y.dtype == np.float32
    assert np.array_equal(y, expected)
    layer = convopt.Conv2d(w, bias, padding=1, layout=layout)
    assert np.array_equal(layer(x), expected)
    with pytest.raises(TypeError, match="w must be bfloat16, got float32"):
        convopt.conv2d(x, w.astype(np.float32))
