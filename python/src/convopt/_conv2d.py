"""Single convolutions, compiled when first seen."""

from __future__ import annotations

import dataclasses
import operator
import os
import threading
from collections import OrderedDict
from typing import Any, Callable, Literal, Optional, Union, cast

import numpy as np

from convopt._compile import Module, compile
from convopt._options import Algorithm, Path
from convopt._tensors import Array, get_bfloat16, like, to_array

IntPair = Union[int, tuple[int, int]]
Padding = Union[IntPair, Literal["valid", "same"]]
Layout = Literal["NCHW", "NHWC"]
_Kernel = Callable[..., Array]

#: Kernels kept. A kernel takes some ten kilobytes; networks have a few dozen.
_CACHE_SIZE = 512
_cache: OrderedDict[Any, _Kernel] = OrderedDict()
_lock = threading.Lock()


def clear_cache() -> None:
    """Forget all compiled kernels."""
    with _lock:
        _cache.clear()


def _pair(value: IntPair, name: str, least: int) -> tuple[int, int]:
    """`value` for rows and columns."""
    try:
        values = (value, value) if np.ndim(value) == 0 else tuple(value)  # type: ignore[arg-type]
        pair = tuple(map(operator.index, values))
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an int or a pair of ints, got {value!r}") from None
    if len(pair) == 1:
        pair = (pair[0], pair[0])
    if len(pair) != 2:
        raise ValueError(f"{name} must be an int or a pair of ints, got {value!r}")
    if min(pair) < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return cast("tuple[int, int]", pair)


def _pads(
    padding: Union[IntPair, str],
    window: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns added before and after."""
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding == "same":
        if stride != (1, 1):
            raise ValueError("padding='same' needs stride 1")
        total = [d * (k - 1) for d, k in zip(dilation, window)]
        # An odd one goes to the right and below, as in PyTorch.
        low = (total[0] // 2, total[1] // 2)
        return low, (total[0] - low[0], total[1] - low[1])
    if isinstance(padding, str):
        raise ValueError(f"padding must be 'valid', 'same' or numbers, got {padding!r}")
    pair = _pair(padding, "padding", 0)
    return pair, pair


@dataclasses.dataclass(frozen=True)
class _Types:
    """Element types of a convolution whose image has a given one."""

    #: MLIR's names of factors, and of sums, bias and result.
    factor: str
    sums: str
    #: What NumPy calls filter and bias. The filter of unsigned bytes is signed.
    w: np.dtype[Any]
    bias: np.dtype[Any]
    #: Whether the image is of unsigned integers.
    is_unsigned: bool = False


#: By the element type of the image.
_TYPES = {
    np.dtype(x): _Types(factor, sums, np.dtype(w), np.dtype(bias), x == "uint8")
    for x, factor, w, sums, bias in (
        ("float32", "f32", "float32", "f32", "float32"),
        ("float64", "f64", "float64", "f64", "float64"),
        ("float16", "f16", "float16", "f32", "float32"),
        ("int8", "i8", "int8", "i32", "int32"),
        ("uint8", "i8", "int8", "i32", "int32"),
        ("int16", "i16", "int16", "i32", "int32"),
    )
}


def _get_types(value: Any) -> dict[np.dtype[Any], _Types]:
    """`_TYPES`, with bfloat16 where NumPy has it or `value`, a tensor, is of it."""
    bfloat16 = get_bfloat16(value)
    if bfloat16 is not None and bfloat16 not in _TYPES:
        _TYPES[bfloat16] = _Types("bf16", "f32", bfloat16, np.dtype(np.float32))
    return _TYPES


def _get_filter_types(w: Any) -> tuple[np.dtype[Any], ...]:
    return tuple({types.w: None for types in _get_types(w).values()})


def _as_argument(x: Array) -> Array:
    """`x` as functions take it: MLIR's integers have no sign."""
    return x.view(np.int8) if x.dtype == np.uint8 else x


def _tensor(shape: tuple[int, ...], element: str) -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{element}>"


@dataclasses.dataclass(frozen=True)
class _Problem:
    """A convolution's module, and the shape of its result."""

    text: str
    y_shape: tuple[int, ...]
    #: Whether the function's arguments have other shapes than the caller's.
    reshaped: bool

    def get_kernel(self, module: Module) -> _Kernel:
        """The function of these shapes."""
        function = module.conv2d
        if not self.reshaped:
            return cast(_Kernel, function)
        flat, shape = cast(_Kernel, function.call_flat), self.y_shape
        return lambda *arrays: flat(*arrays).reshape(shape)


def _describe(
    x_shape: tuple[int, ...],
    w_shape: tuple[int, ...],
    has_bias: bool,
    stride: IntPair,
    padding: Union[IntPair, str],
    dilation: IntPair,
    groups: int,
    layout: str,
    types: _Types,
) -> _Problem:
    """Raises ValueError on shapes and parameters that do not fit."""
    if layout not in ("NCHW", "NHWC"):
        raise ValueError(f"layout must be 'NCHW' or 'NHWC', got {layout!r}")
    batched = len(x_shape) == 4
    if len(x_shape) not in (3, 4):
        raise ValueError(f"x must have 3 or 4 dimensions, got shape {x_shape}")
    if len(w_shape) != 4:
        raise ValueError(f"w must have 4 dimensions, got shape {w_shape}")
    first = layout == "NCHW"
    n = x_shape[0] if batched else 1
    if first:
        c, h, width = x_shape[-3:]
        k, cg, r, s = w_shape
    else:
        h, width, c = x_shape[-3:]
        r, s, cg, k = w_shape
    if groups < 1 or c % groups or k % groups:
        raise ValueError(f"{groups} groups do not divide {c} channels and {k} filters")
    if cg * groups != c:
        raise ValueError(
            f"w of shape {w_shape} has {cg} channels per group, but x of shape "
            f"{x_shape} has {c} in {groups} groups"
        )
    strides = _pair(stride, "stride", 1)
    dilations = _pair(dilation, "dilation", 1)
    if min(r, s) < 1:
        raise ValueError(f"the window of w must not be empty, got shape {w_shape}")
    low, high = _pads(padding, (r, s), strides, dilations)
    out = [
        (size + a + b - d * (window - 1) - 1) // step + 1
        for size, a, b, d, window, step in zip(
            (h, width), low, high, dilations, (r, s), strides
        )
    ]
    if min(out) < 1:
        raise ValueError(
            f"the padded input ({h + low[0] + high[0]}, {width + low[1] + high[1]}) is "
            f"smaller than the dilated window of w ({r}, {s})"
        )
    ho, wo = out
    kg = k // groups
    grouped = groups > 1
    if first:
        dims = "ngchw x gkcrs -> ngkhw" if grouped else "nchw x kcrs -> nkhw"
        g = (groups,) if grouped else ()
        x_type, w_type = (n, *g, cg, h, width), (*g, kg, cg, r, s)
        y_type, y_shape = (n, *g, kg, ho, wo), (n, k, ho, wo)
    else:
        # Filters in the order r, s, c, k: groups are outermost in k.
        dims = "nhwgc x rscgk -> nhwgk" if grouped else "nhwc x rsck -> nhwk"
        g = (groups,) if grouped else ()
        x_type, w_type = (n, h, width, *g, cg), (r, s, cg, *g, kg)
        y_type, y_shape = (n, ho, wo, *g, kg), (n, ho, wo, k)
    b_type = (*g, kg)
    x_tensor, w_tensor = (_tensor(t, types.factor) for t in (x_type, w_type))
    b, y = (_tensor(t, types.sums) for t in (b_type, y_type))
    arguments = [f"%x: {x_tensor}", f"%w: {w_tensor}"]
    bias = ""
    if has_bias:
        arguments.append(f"%b: {b}")
        bias = f"bias(%b : {b}) "
    # What the function is called with, and what the sums take it for.
    unsigned = "{unsigned_input} " if types.is_unsigned else ""
    text = f"""
func.func @conv2d({', '.join(arguments)}) -> {y} {{
  %e = tensor.empty() : {y}
  %r = conv.conv dims<{dims}, strides = {list(strides)}, dilations = {list(dilations)},
                      low = {list(low)}, high = {list(high)}>
    ins(%x, %w : {x_tensor}, {w_tensor}) {bias}outs(%e : {y}) {unsigned}-> {y}
  return %r : {y}
}}
"""
    return _Problem(text, y_shape if batched else y_shape[1:], not batched or grouped)


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_bias(bias: Array, channels: int) -> None:
    if bias.shape != (channels,):
        raise ValueError(f"bias must have shape ({channels},), got {bias.shape}")


def conv2d(
    x: Any,
    w: Any,
    bias: Optional[Any] = None,
    stride: IntPair = 1,
    padding: Padding = 0,
    dilation: IntPair = 1,
    groups: int = 1,
    layout: Layout = "NCHW",
    *,
    cpu: str = "native",
    threads: int = 1,
    algorithm: Optional[Algorithm] = None,
    machine: Optional[Path] = None,
) -> Any:
    """2-D convolution with the semantics of ``torch.nn.functional.conv2d``.

    Filters are packed in every call; `Conv2d` keeps them packed.

    The first call with given shapes and parameters compiles (70 to 450
    milliseconds); later ones find the kernel in memory, and those of other
    processes on disk (some 5 milliseconds).

    Parameters
    ----------
    x : array, shape (N, C, H, W) or (C, H, W)
        NumPy array or DLPack tensor in CPU memory; copied only when strided. Of
        float32, float64, float16, bfloat16 (with the package ml_dtypes), int8, uint8 or
        int16.
        With ``layout="NHWC"``: (N, H, W, C) or (H, W, C).
    w : array, shape (K, C / groups, R, S)
        Of the element type of `x`; of int8 when `x` is of uint8.
        With ``layout="NHWC"``: (R, S, C / groups, K).
    bias : array, shape (K,), optional
        Of the result's element type.
    stride, dilation : int or pair of int
        For rows and columns, at least 1.
    padding : int, pair of int, "valid" or "same"
        Zeros on both sides of rows and columns. "same" needs stride 1.
    groups : int
        Divides C and K.
    layout : {"NCHW", "NHWC"}
    cpu, threads, algorithm, machine
        As for `compile`.

    Returns
    -------
    numpy.ndarray, shape (N, K, Ho, Wo)
        Of the sums' element type: float64 of float64, float32 of float32,
        float16 and bfloat16, int32 of integers, whose sums wrap around. Without N when
        `x` has none; (N, Ho, Wo, K) with ``layout="NHWC"``. A tensor of torch when `x` is
        one.

    Raises
    ------
    TypeError
        For other element types and those that do not fit together, and for
        tensors of torch that require a gradient outside of ``torch.no_grad()``.
    ValueError
        For shapes and parameters that do not fit together.
    CompileError
        When `algorithm` cannot be done.
    """
    x_array = to_array(x, "x", tuple(_get_types(x)))
    types = _TYPES[x_array.dtype]
    w_array = to_array(w, "w", (types.w,))
    b_array = None if bias is None else to_array(bias, "bias", (types.bias,))
    problem = (
        x_array.shape,
        w_array.shape,
        b_array is not None,
        _hashable(stride),
        _hashable(padding),
        _hashable(dilation),
        groups,
        layout,
        x_array.dtype,
    )
    options = (cpu, threads, algorithm, machine if machine is None else os.fspath(machine))
    kernel = _cache.get((problem, options))
    if kernel is None:
        described = _describe(*problem[:-1], types)
        kernel = described.get_kernel(
            compile(
                described.text, cpu=cpu, threads=threads, algorithm=algorithm, machine=machine
            )
        )
        with _lock:
            _cache[problem, options] = kernel
            while len(_cache) > _CACHE_SIZE:
                _cache.popitem(last=False)
    x_array = _as_argument(x_array)
    if b_array is None:
        return like(kernel(x_array, w_array), x)
    _check_bias(b_array, w_array.shape[0 if layout == "NCHW" else 3])
    return like(kernel(x_array, w_array, b_array), x)


class Conv2d:
    """A 2-D convolution that packs its filters once for each shape of image.

    >>> import numpy as np, convopt
    >>> layer = convopt.Conv2d(np.ones((4, 3, 3, 3), np.float32), padding=1)
    >>> layer(np.ones((1, 3, 8, 8), np.float32)).shape
    (1, 4, 8, 8)

    Parameters are those of `conv2d`. Filters and bias are copied: later changes of
    the arrays given do not matter. Calls from several threads are safe.
    """

    def __init__(
        self,
        w: Any,
        bias: Optional[Any] = None,
        stride: IntPair = 1,
        padding: Padding = 0,
        dilation: IntPair = 1,
        groups: int = 1,
        layout: Layout = "NCHW",
        *,
        cpu: str = "native",
        threads: int = 1,
        algorithm: Optional[Algorithm] = None,
        machine: Optional[Path] = None,
    ):
        self._w = to_array(w, "w", _get_filter_types(w)).copy()
        #: What an image may have, which all have sums of one type.
        self._x_types = tuple(x for x, types in _TYPES.items() if types.w == self._w.dtype)
        bias_type = _TYPES[self._w.dtype].bias
        self._bias = None if bias is None else to_array(bias, "bias", (bias_type,)).copy()
        if layout not in ("NCHW", "NHWC"):
            raise ValueError(f"layout must be 'NCHW' or 'NHWC', got {layout!r}")
        if self._w.ndim != 4:
            raise ValueError(f"w must have 4 dimensions, got shape {self._w.shape}")
        if self._bias is not None:
            _check_bias(self._bias, self._w.shape[0 if layout == "NCHW" else 3])
        self._parameters = (stride, padding, dilation, groups, layout)
        self._compile = lambda text: compile(
            text,
            cpu=cpu,
            threads=threads,
            algorithm=algorithm,
            machine=machine,
            prepack="function",
        )
        self._calls: dict[Any, Callable[[Array], Array]] = {}

    def __call__(self, x: Any) -> Any:
        """The convolution of `x`, which `conv2d` describes, as its result."""
        array = to_array(x, "x", self._x_types)
        key = array.shape, array.dtype
        call = self._calls.get(key)
        if call is None:
            # Two threads may both do this; the result is the same.
            call = self._calls[key] = self._build(array.shape, _TYPES[array.dtype])
        return like(call(_as_argument(array)), x)

    def __repr__(self) -> str:
        stride, padding, dilation, groups, layout = self._parameters
        return (
            f"convopt.Conv2d({self._w.shape}, stride={stride}, padding={padding!r}, "
            f"dilation={dilation}, groups={groups}, layout={layout!r})"
        )

    def _build(self, x_shape: tuple[int, ...], types: _Types) -> Callable[[Array], Array]:
        problem = _describe(
            x_shape, self._w.shape, self._bias is not None, *self._parameters, types
        )
        module = self._compile(problem.text)
        # An algorithm may read the filter as it is: there is nothing to pack then.
        pack = module.functions.get("conv2d_pack")
        packed = self._w if pack is None else pack.call_flat(self._w)
        rest = (packed,) if self._bias is None else (packed, self._bias)
        kernel = problem.get_kernel(module)
        return lambda array: kernel(array, *rest)
