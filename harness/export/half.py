"""Half precision, which the phone's PyTorch does not compute on its CPU.

Asked of the runtime itself, in its x86_64 libraries (tests/export/test_half.py) and in those of arm64: it
converts and adds half-precision tensors, but has no convolution, linear layer or ReLU for them, and says so
at run time, not when the file is loaded.
"""

from harness.errors import ExportRefused
from harness.export.phone_limits import RUNTIME

MISSING_KERNELS = {
    "convolution": "\"slow_conv2d_cpu\" not implemented for 'Half'",
    "linear layer": "\"addmm_impl_cpu_\" not implemented for 'Half'",
    "ReLU": "\"clamp_min_cpu\" not implemented for 'Half'",
}
"""What the runtime answers, by what it was asked to compute in half precision."""


def refusal(where: str) -> ExportRefused:
    """The error that a model cannot be exported in half precision for PyTorch Mobile."""
    return ExportRefused(
        f"{RUNTIME} computes no convolution in half precision ({MISSING_KERNELS['convolution']})",
        remedy="use float32 or int8",
        where=where,
    )
