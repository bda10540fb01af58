"""Torch's engine for int8 that phones have; desktops' own engines compute int8 differently."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

ENGINE = "qnnpack"
"""With signed activations it calls XNNPACK, on phones and on desktops; the other engines refuse them."""


@contextmanager
def phone_engine() -> Iterator[None]:
    """Let torch compute int8 as phones do; the process's own engine comes back at the end.

    An int8 program keeps the engine with which it was loaded: both loading and running belong in here.
    """
    engine = torch.backends.quantized.engine
    torch.backends.quantized.engine = ENGINE
    try:
        yield
    finally:
        torch.backends.quantized.engine = engine
