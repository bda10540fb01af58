"""Counts made by hand."""

from dataclasses import replace

from harness.results.records import Count, OperatorCount

CONVOLUTION, POOLING = "prepacked::conv2d_clamp_run", "aten::adaptive_avg_pool2d"


def operator(name: str = CONVOLUTION, instructions: int = 600, channels: int = 16) -> OperatorCount:
    """One call."""
    return OperatorCount(
        operator=name, layer="", inputs=((1, channels, 56, 56),), instructions=instructions, layout_copies=0
    )


def count(*operators: OperatorCount, between: int = 100, **changes: object) -> Count:
    """A count whose operators cost all but `between`."""
    calls = operators or (operator(), operator(POOLING, 300))
    total = sum(call.instructions for call in calls) + between
    made = Count(
        artifact_sha256="a" * 64,
        model="elnet_1.0",
        recipe="fast",
        core="a76",
        instructions=total,
        first_instructions=total + 50,
        load_instructions=5000,
        parts={
            "xnnpack": total - between,
            "layout_copies": 0,
            "other_aten": 0,
            "allocator": 0,
            "libm": 0,
            "interpreter": between,
            "other": 0,
        },
        bytes_loaded=4000,
        bytes_stored=1000,
        operators=calls,
        output_error=3e-7,
        runtime="PyTorch Mobile 1.12.2",
        emulator="qemu 7.2.22",
    )
    return replace(made, **changes)  # type: ignore[arg-type]
