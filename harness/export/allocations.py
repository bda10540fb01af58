"""What one forward takes from PyTorch's allocator on this machine, to the byte.

Torch's older profiler counts it: the newer one finds the same figures, but writes lines of its own to the
standard error. What may be compared with what is for the reader of the record to say.
"""

import importlib.metadata
import platform

import numpy as np
from numpy.typing import NDArray
from torch._C._autograd import _disable_profiler_legacy, _enable_profiler_legacy
from torch._C._profiler import ProfilerConfig, ProfilerState, _ExperimentalConfig

from harness.export.host_runtime import LiteProgram
from harness.results.records import Allocation


def measure_allocation(program: LiteProgram, images: NDArray[np.float32]) -> Allocation:
    """Count two forwards after a first one, which may pack weights; they must agree.

    Args:
        program: a model in the lite interpreter.
        images: its input, N, C, H, W.

    Raises:
        RuntimeError: the program does not take this input.
        TypeError: its output is not one tensor.
    """
    program.compute(images)
    sizes, again = (_allocated(program, images) for _ in range(2))
    if sorted(sizes) != sorted(again):
        return Allocation.unknown(
            f"two forwards differ: {sum(sizes)} bytes in {len(sizes)}, {sum(again)} bytes in {len(again)}"
        )
    return Allocation(
        allocated_bytes=sum(sizes),
        allocations=len(sizes),
        measured_with=f"torch {importlib.metadata.version('torch')}, {platform.machine()}",
    )


def _allocated(program: LiteProgram, images: NDArray[np.float32]) -> tuple[int, ...]:
    """Bytes of each allocation of one forward, on every thread of torch's."""
    _enable_profiler_legacy(_memory_alone())
    try:
        program.compute(images)
    finally:
        threads = _disable_profiler_legacy()
    changes = (event.cpu_memory_usage() for events in threads for event in events)
    return tuple(change for change in changes if change > 0)


def _memory_alone() -> ProfilerConfig:
    return ProfilerConfig(
        ProfilerState.CPU,
        report_input_shapes=False,
        profile_memory=True,
        with_stack=False,
        with_flops=False,
        with_modules=False,
        experimental_config=_ExperimentalConfig(),
    )
