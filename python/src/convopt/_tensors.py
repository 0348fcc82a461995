"""Arrays of NumPy and tensors of other libraries, in and out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: NumPy looks up a type itself faster than its name.
_FLOAT32 = (np.dtype(np.float32),)


def _get_torch(value: Any) -> Any:
    """The module torch when `value` is one of its tensors; it is never imported."""
    torch = sys.modules.get("torch")
    return torch if torch is not None and isinstance(value, torch.Tensor) else None


def open_tensor(value: Any, name: str) -> Any:
    """NumPy's view of a tensor of torch; anything else as it is.

    Raises
    ------
    TypeError
        For a tensor in other memory than the CPU's, and for one that asks for a
        gradient while gradients are recorded: none is computed here.
    """
    torch = _get_torch(value)
    if torch is None:
        return value
    if value.requires_grad:
        if torch.is_grad_enabled():
            raise TypeError(
                f"{name} requires a gradient, which is not computed: call under "
                f"torch.no_grad(), or give its .detach()"
            )
        value = value.detach()
    if value.dtype == torch.bfloat16:  # NumPy has none, DLPack has.
        return value.detach()
    try:
        return value.numpy()
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{name} must be in CPU memory, got {value.device}: {error}") from None


def make_tensor(result: Any) -> Any:
    """`result` as a tensor of torch in the same memory."""
    return sys.modules["torch"].from_numpy(result)


def make_bfloat16(bits: Array, is_torch: bool) -> Any:
    """`bits`, of uint16, as a tensor of torch or an array of bfloat16 in the same memory.

    Raises
    ------
    ModuleNotFoundError
        Without ml_dtypes, which gives NumPy the type.
    """
    if is_torch:
        torch = sys.modules["torch"]
        return torch.from_numpy(bits.view(np.int16)).view(torch.bfloat16)
    try:
        import ml_dtypes
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "arrays of bfloat16 need the package ml_dtypes: pip install ml_dtypes"
        ) from error
    return bits.view(ml_dtypes.bfloat16)


def _is_torch_bfloat16(value: Any) -> bool:
    torch = _get_torch(value)
    return torch is not None and value.dtype == torch.bfloat16


def get_bfloat16(value: Any) -> Optional[np.dtype[Any]]:
    """NumPy's bfloat16, once somebody has imported ml_dtypes, which has it, or where
    `value` is a tensor of torch of that type.

    Raises
    ------
    ModuleNotFoundError
        For such a tensor, without ml_dtypes.
    """
    module = sys.modules.get("ml_dtypes")
    if module is not None:
        known: np.dtype[Any] = np.dtype(module.bfloat16)
        return known
    # Calls with arrays are asked about nothing else.
    if isinstance(value, np.ndarray) or not _is_torch_bfloat16(value):
        return None
    made: np.dtype[Any] = make_bfloat16(np.zeros(0, np.uint16), is_torch=False).dtype
    return made


def _join(types: Sequence[np.dtype[Any]]) -> str:
    return " or ".join(map(str, types))


def to_array(value: Any, name: str, types: Sequence[np.dtype[Any]] = _FLOAT32) -> Array:
    """`value` as a dense array of one of `types`; copied only when it is strided.

    Raises
    ------
    TypeError
        For what is no array or has another element type, and as `open_tensor` does.
    """
    value = open_tensor(value, name)
    if not isinstance(value, np.ndarray) and _is_torch_bfloat16(value):
        bits = value.contiguous().view(sys.modules["torch"].int16).numpy().view(np.uint16)
        value = make_bfloat16(bits, is_torch=False)
    if not isinstance(value, np.ndarray):
        if not hasattr(value, "__dlpack__"):
            raise TypeError(
                f"{name} must be an array or DLPack tensor, got {type(value).__name__}"
            )
        try:
            value = np.from_dlpack(value)
        except (BufferError, RuntimeError) as error:
            # NumPy has no bfloat16, and none of what is on another device.
            dtype = getattr(value, "dtype", "another element type")
            raise TypeError(
                f"{name} must be {_join(types)} in CPU memory, got {dtype}: {error}"
            ) from None
    if value.dtype not in types:
        raise TypeError(f"{name} must be {_join(types)}, got {value.dtype}")
    return np.ascontiguousarray(value)


def like(result: Array, value: Any) -> Any:
    """`result` as a tensor of torch when `value` is one; the memory is shared."""
    return result if _get_torch(value) is None else make_tensor(result)
