"""The Pareto front: what nothing else beats in both latency and accuracy."""

from collections.abc import Sequence


def on_front(points: Sequence[tuple[float, float]]) -> tuple[bool, ...]:
    """Whether each point is on the front; points that are the same share their place on it.

    Args:
        points: (cost, gain): less of the first and more of the second is better.
    """
    return tuple(not any(_beats(other, point) for other in points) for point in points)


def _beats(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return first != second and first[0] <= second[0] and first[1] >= second[1]
