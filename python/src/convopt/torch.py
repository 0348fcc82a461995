"""For PyTorch: a backend of ``torch.compile`` and a differentiable operator.

``torch.compile(model, backend="convopt")`` finds the backend without an import of
this module. ``torch.ops.convopt.conv2d`` is there after ``import convopt.torch``.
"""

from __future__ import annotations

from typing import Any

import torch

from convopt._conv2d import conv2d as _conv2d
from convopt._torch_backend import backend

__all__ = ["backend", "conv2d"]


@torch.library.custom_op(
    "convopt::conv2d",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor x, Tensor w, Tensor? bias=None, int[2] stride=1, int[2] padding=0, "
    "int[2] dilation=1, int groups=1) -> Tensor",
)
def conv2d(
    x: Any,
    w: Any,
    bias: Any = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
) -> Any:
    """``torch.nn.functional.conv2d`` by `convopt.conv2d`, as an operator of PyTorch's.

    torch.export and torch.compile keep it as it is. Its gradients are PyTorch's own.
    Tensors are float32 in CPU memory; filters are packed in every call.
    """
    tensors = [None if t is None else t.detach() for t in (x, w, bias)]
    threads = torch.get_num_threads()
    return _conv2d(*tensors, stride, padding, dilation, groups, threads=threads)


@conv2d.register_fake
def _make_result(
    x: Any,
    w: Any,
    bias: Any = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
) -> Any:
    """A tensor without elements like the result, which is dense in any case."""
    like = torch.nn.functional.conv2d(x, w, bias, stride, padding, dilation, groups)
    return x.new_empty(like.shape)


def _save(ctx: Any, inputs: Any, output: Any) -> None:
    x, w, bias, *ctx.parameters = inputs
    ctx.bias_sizes = None if bias is None else list(bias.shape)
    ctx.save_for_backward(x, w)


def _differentiate(ctx: Any, gradient: Any) -> Any:
    stride, padding, dilation, groups = ctx.parameters
    gradients = torch.ops.aten.convolution_backward(
        gradient,
        *ctx.saved_tensors,
        ctx.bias_sizes,
        stride,
        padding,
        dilation,
        False,
        [0, 0],
        groups,
        list(ctx.needs_input_grad[:3]),
    )
    return (*gradients, None, None, None, None)


conv2d.register_autograd(_differentiate, setup_context=_save)
