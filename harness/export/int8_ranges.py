"""Ranges of activations, from what a network computes on given images: which 256 numbers it may use.

A range that reaches to the largest value ever seen spends its 256 steps on outliers; one that is cut early
loses them. The cut is the one with the least mean square error over the values seen, which is what
torch's HistogramObserver looks for as well.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx

LOWEST, HIGHEST = -128, 127
"""Signed: PyTorch Mobile hands signed activations to XNNPACK, whose kernels use the cores' dot product; the
unsigned ones of its own QNNPACK cost twice as many instructions (docs/explanation/export.md)."""

SAMPLES = 1 << 13
"""Values kept of one tensor of one batch, besides its smallest and largest."""
CUTS = tuple(np.linspace(1.0, 0.3, 29).tolist())
BINS = 2048
"""Of the histogram on which cuts are tried: eight for each of the 256 numbers."""
SMALLEST_SCALE = 2.0**-24
"""For a tensor that is always zero."""


@dataclass(frozen=True, slots=True)
class Range:
    """A real number is `scale` times (its int8 number less `zero_point`)."""

    scale: float
    zero_point: int


@dataclass(slots=True)
class _Seen:
    """Values of one tensor."""

    samples: list[NDArray[np.float32]]

    def add(self, value: Tensor) -> None:
        flat = value.detach().contiguous().flatten().numpy()
        step = max(1, flat.size // SAMPLES) | 1  # odd: no multiple of a row's length, of which most are even
        self.samples.append(np.concatenate([flat[::step], [flat.min(), flat.max()]]).astype(np.float32))


def observe(
    graph: fx.GraphModule,
    bounds: Mapping[fx.Node, tuple[float, float]],
    batches: Sequence[NDArray[np.float32]],
) -> dict[fx.Node, Range]:
    """Run a float network and choose the range of each of its tensors asked for.

    Args:
        graph: float32, as `graph_capture` makes it.
        bounds: the tensors, each with the smallest and largest value that the int8 network has to tell apart;
            infinite where everything counts.
        batches: images, N, C, H, W; N is that of the graph.
    """
    observer = _Observer(graph, bounds.keys())
    with torch.no_grad():
        for images in batches:
            observer.run(torch.from_numpy(images))
    return {
        node: choose_range(np.concatenate(seen.samples), *bounds[node])
        for node, seen in observer.seen.items()
    }


class _Observer(fx.Interpreter):
    def __init__(self, graph: fx.GraphModule, nodes: Collection[fx.Node]) -> None:
        super().__init__(graph)
        self.seen = {node: _Seen([]) for node in nodes}

    def run_node(self, n: fx.Node) -> Any:  # noqa: ANN401  whatever an operator returns
        value = super().run_node(n)
        if n in self.seen:
            self.seen[n].add(value)
        return value


def choose_range(values: NDArray[np.float32], smallest: float = -np.inf, largest: float = np.inf) -> Range:
    """The range with the least mean square error over these values, cut to the bounds first.

    Zero is always one of the 256 numbers, since padding is zero.
    """
    kept = np.clip(values.astype(np.float64), smallest, largest)
    low, high = min(0.0, float(kept.min())), max(0.0, float(kept.max()))
    counts, edges = np.histogram(kept, BINS, (low, high if high > low else low + 1.0))
    centres = (edges[:-1] + edges[1:]) / 2

    def error(chosen: Range) -> float:
        return float(counts @ (rounded(centres, chosen) - centres) ** 2)

    cut_high = min((high * cut for cut in CUTS), key=lambda end: error(_range(low, end)))
    return min((_range(low * cut, cut_high) for cut in CUTS), key=error)


def rounded(values: NDArray[np.float64], to: Range) -> NDArray[np.float64]:
    """What is left of real numbers in a range."""
    numbers = np.clip(np.rint(values / to.scale) + to.zero_point, LOWEST, HIGHEST)
    result: NDArray[np.float64] = (numbers - to.zero_point) * to.scale
    return result


def _range(low: float, high: float) -> Range:
    scale = max((high - low) / (HIGHEST - LOWEST), SMALLEST_SCALE)
    return Range(float(scale), int(np.clip(round(LOWEST - low / scale), LOWEST, HIGHEST)))
