"""Arrays that border on memory nobody may touch.

A load or store past an operand faults instead of reading whatever lies there,
so that a mistake in a tail cannot hide behind a result that happens to be
right.
"""

from __future__ import annotations

import ctypes
import mmap

import numpy as np

PROT_NONE = 0


def guarded(array: np.ndarray, where: str) -> np.ndarray:
    """A copy of `array`, with its strides, that ends ("end") or begins
    ("begin") at an inaccessible page. Gaps between its rows hold NaN."""
    span = array.itemsize + sum((n - 1) * s for n, s in zip(array.shape, array.strides))
    page = mmap.PAGESIZE
    size = -(-span // page) * page
    region = mmap.mmap(-1, size + page)
    address = ctypes.addressof(ctypes.c_char.from_buffer(region))
    guard, offset = (size, size - span) if where == "end" else (0, page)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mprotect(ctypes.c_void_p(address + guard), ctypes.c_size_t(page), PROT_NONE) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    empty = np.nan if np.issubdtype(array.dtype, np.floating) else 99
    np.ndarray((span // array.itemsize,), array.dtype, region, offset).fill(empty)
    copy = np.ndarray(array.shape, array.dtype, region, offset, array.strides)
    copy[...] = array
    return copy
