"""Eager convolutions against SciPy."""

import random
import sys

import numpy as np
import pytest
from conftest import reference

import convopt


def draw(rng):
    """A random problem: shapes and parameters."""
    groups = rng.choice([1, 1, 1, 2, 3])
    depthwise = rng.random() < 0.15
    cg = 1 if depthwise else rng.randint(1, 9)
    if depthwise:
        groups = rng.randint(2, 20)
    kg = rng.randint(1, 2) if depthwise else rng.randint(1, 19)
    window = (rng.randint(1, 4), rng.randint(1, 4))
    dilation = (rng.randint(1, 2), rng.randint(1, 2))
    padding = (rng.randint(0, 2), rng.randint(0, 2))
    least = [d * (k - 1) + 1 - 2 * p for d, k, p in zip(dilation, window, padding)]
    size = [max(1, low) + rng.randint(0, 12) for low in least]
    return {
        "x": (rng.randint(1, 2), groups * cg, *size),
        "w": (groups * kg, cg, *window),
        "bias": rng.random() < 0.5,
        "stride": (rng.randint(1, 3), rng.randint(1, 3)),
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }


def check(y, expected):
    assert y.shape == expected.shape
    assert y.dtype == np.float32
    assert np.abs(y - expected).max() <= 1e-5 * max(np.abs(expected).max(), 1e-30)


@pytest.mark.parametrize("seed", range(200))
def test_random_problem(seed):
    rng = random.Random(seed)
    values = np.random.default_rng(seed)
    problem = draw(rng)
    x = values.standard_normal(problem.pop("x"), np.float32)
    w = values.standard_normal(problem.pop("w"), np.float32)
    bias = values.standard_normal(w.shape[0], np.float32) if problem.pop("bias") else None
    expected = reference(x, w, bias, **problem)
    if seed % 3 == 0:
        y = convopt.conv2d(
            x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0), bias, layout="NHWC", **problem
        ).transpose(0, 3, 1, 2)
    else:
        y = convopt.conv2d(x, w, bias, **problem)
    check(y, expected)


def test_parameter_forms(rng):
    x = rng.standard_normal((2, 3, 9, 8), np.float32)
    w = rng.standard_normal((4, 3, 3, 3), np.float32)
    expected = reference(x, w, stride=(2, 2), padding=(1, 1))
    check(convopt.conv2d(x, w, stride=2, padding=1), expected)
    check(convopt.conv2d(x, w, stride=[2, 2], padding=(1, 1)), expected)
    check(convopt.conv2d(x[1], w, stride=2, padding=1), expected[1])
    check(convopt.conv2d(x, w, padding="valid"), reference(x, w))
    check(convopt.conv2d(x, w, padding="same"), reference(x, w, padding=(1, 1)))
    even = rng.standard_normal((4, 3, 2, 2), np.float32)
    same = reference(np.pad(x, [(0, 0), (0, 0), (0, 1), (0, 1)]), even)
    check(convopt.conv2d(x, even, padding="same"), same)


def test_strided_arrays_are_copied(rng):
    x = rng.standard_normal((1, 4, 9, 16), np.float32)[:, ::2, :, ::2]
    w = rng.standard_normal((3, 3, 2, 5), np.float32).transpose(3, 2, 0, 1)
    check(convopt.conv2d(x, w), reference(x, w))


def test_dlpack_tensor(rng):
    class Tensor:
        """Not an array, but speaks the protocol."""

        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **options):
            return self.array.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    x = rng.standard_normal((1, 2, 6, 6), np.float32)
    w = rng.standard_normal((3, 2, 3, 3), np.float32)
    check(convopt.conv2d(Tensor(x), Tensor(w)), reference(x, w))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.zeros((1, 3, 8, 8))}, TypeError, "w must be float64, got float32"),
        ({"x": [[1.0]]}, TypeError, "array or DLPack"),
        ({"x": np.zeros((3, 8), np.float32)}, ValueError, "3 or 4 dimensions"),
        ({"w": np.zeros((4, 2, 3, 3), np.float32)}, ValueError, "channels per group"),
        ({"w": np.zeros((4, 3, 9, 9), np.float32)}, ValueError, "smaller than"),
        ({"bias": np.zeros(3, np.float32)}, ValueError, "bias must have shape"),
        ({"groups": 2}, ValueError, "do not divide"),
        ({"stride": 0}, ValueError, "stride must be at least 1"),
        ({"stride": (1, 2, 3)}, ValueError, "pair of ints"),
        ({"stride": "fast"}, TypeError, "pair of ints"),
        ({"padding": -1}, ValueError, "padding must be at least 0"),
        ({"padding": "full"}, ValueError, "'valid', 'same'"),
        ({"padding": "same", "stride": 2}, ValueError, "needs stride 1"),
        ({"layout": "CHWN"}, ValueError, "layout must be"),
        ({"algorithm": "magic"}, convopt.CompileError, "magic"),
        ({"threads": 0}, ValueError, "threads"),
    ],
)
def test_refusals(change, error, message):
    good = {
        "x": np.zeros((1, 3, 8, 8), np.float32),
        "w": np.zeros((4, 3, 3, 3), np.float32),
        "bias": np.zeros(4, np.float32),
    }
    with pytest.raises(error, match=message):
        convopt.conv2d(**{**good, **change})


def test_cached_call_does_little(rng):
    """A cached call is a few calls of Python functions: nothing is compiled or copied again."""
    x = rng.standard_normal((1, 1, 8, 8), np.float32)
    w = rng.standard_normal((1, 1, 1, 1), np.float32)
    b = rng.standard_normal(1, np.float32)
    convopt.conv2d(x, w, b)
    calls = []
    sys.setprofile(lambda frame, event, arg: calls.append(event) if event == "call" else None)
    try:
        convopt.conv2d(x, w, b)
    finally:
        sys.setprofile(None)
    assert len(calls) <= 20, len(calls)


def test_cache_is_bounded():
    from convopt import _conv2d

    convopt.clear_cache()
    w = np.ones((1, 1, 1, 1), np.float32)
    for n in (4, 5, 4):
        convopt.conv2d(np.ones((1, 1, n, n), np.float32), w)
    assert len(_conv2d._cache) == 2
    convopt.clear_cache()
    assert not _conv2d._cache


TYPES = [
    ("float64", "float64", "float64"),
    ("float16", "float16", "float32"),
    ("int8", "int8", "int32"),
    ("uint8", "int8", "int32"),
    ("int16", "int16", "int32"),
]


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("x_type, w_type, y_type", TYPES)
def test_types_are_computed_exactly(x_type, w_type, y_type, layout):
    values = np.random.default_rng(3)
    least = 0 if x_type == "uint8" else -9
    x = values.integers(least, 256 if x_type == "uint8" else 10, (2, 5, 7, 6)).astype(x_type)
    w = values.integers(-9, 10, (11, 5, 3, 3)).astype(w_type)
    bias = values.integers(-99, 100, 11).astype(y_type)
    expected = reference(x, w, bias, padding=(1, 1))
    arrays = (x, w)
    if layout == "NHWC":
        arrays = (x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0))
        expected = expected.transpose(0, 2, 3, 1)
    y = convopt.conv2d(*arrays, bias, padding=1, layout=layout)
    assert y.dtype == y_type and np.array_equal(y, expected)
    layer = convopt.Conv2d(arrays[1], bias, padding=1, layout=layout)
    assert np.array_equal(layer(arrays[0]), expected)


def test_types_that_do_not_fit_are_refused():
    x, w = np.ones((1, 2, 3, 3), np.uint8), np.ones((4, 2, 1, 1), np.uint8)
    with pytest.raises(TypeError, match="w must be int8, got uint8"):
        convopt.conv2d(x, w)
    with pytest.raises(TypeError, match="bias must be int32, got float32"):
        convopt.conv2d(x, w.astype(np.int8), np.ones(4, np.float32))
    with pytest.raises(TypeError, match="x must be float32 or .*, got int64"):
        convopt.conv2d(x.astype(np.int64), w)
    with pytest.raises(TypeError, match="w must be float32 or .*, got uint8"):
        convopt.Conv2d(w)
    with pytest.raises(TypeError, match="x must be int8 or uint8, got float32"):
        convopt.Conv2d(w.astype(np.int8))(x.astype(np.float32))
