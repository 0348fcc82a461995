"""The version as Python writes it."""

from __future__ import annotations

import re

from convopt import _convopt


def _get_version() -> str:
    """``0.1.0+1a2b3c4.dirty.llvm22.1.8``.

    The version of the distribution, then as its local part (PEP 440) the
    revision of the sources and the version of LLVM.
    """
    local = f"{_convopt.revision()}.llvm{_convopt.llvm_version()}"
    return f"{_convopt.version()}+{re.sub('[^a-z0-9]+', '.', local.lower())}"


__version__ = _get_version()
