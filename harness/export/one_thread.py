"""Exports, and what they are compared with, are computed on one thread: a busy machine does not slow them.

torch's threads wait for each other by spinning: with neighbours on both cores of a two-core machine,
exporting the default models took 29 s on two threads and 14 s on one; two threads on idle cores take 11 s.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Give torch one thread, and its earlier number back at the end."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
