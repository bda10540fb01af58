"""What the chart of accuracy against latency shows: one point for each model that has both."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.records import DataFacts
from harness.stats.accuracy import Share, top1
from harness.stats.estimate import Estimate
from harness.stats.front import on_front
from reports.digest import Group, PhoneDigest, RunDigest


@dataclass(frozen=True, slots=True)
class Point:
    """One model."""

    label: str
    colour: int
    """Place in the palette, the same in all charts of a run."""
    latency_ms: Estimate
    """Has a value."""
    accuracy: Share
    is_on_front: bool
    """Whether no other point is at least as fast and as accurate, and better in one."""

    @property
    def ms(self) -> float:
        """The latency."""
        assert self.latency_ms.value is not None
        return self.latency_ms.value


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points that may be compared: one thread count, one setup, one set of images."""

    group: Group
    data: DataFacts
    points: tuple[Point, ...]
    """The fastest first."""


def accuracy_clouds(phone: PhoneDigest, run: RunDigest) -> tuple[Cloud, ...]:
    """A phone's models by what may be compared; a set with fewer than two points is left out."""
    data = {evaluation.data.sha256: evaluation.data for evaluation in phone.evaluations}
    clouds = (
        Cloud(group, facts, _points(group, facts, phone, run))
        for group in phone.groups
        for facts in data.values()
    )
    return tuple(cloud for cloud in clouds if len(cloud.points) > 1)


def _points(group: Group, data: DataFacts, phone: PhoneDigest, run: RunDigest) -> tuple[Point, ...]:
    shares = {
        one.artifact_sha256: share
        for one in phone.evaluations
        if one.data.sha256 == data.sha256 and (share := top1(one)[0])
    }
    known = [
        (cell.latency_ns.scaled(1e-6), value_ns, cell.key.artifact_sha256)
        for cell in group.cells
        if cell.key.artifact_sha256 in shares and (value_ns := cell.latency_ns.value)
    ]
    front = on_front([(value_ns, shares[sha256].value) for _, value_ns, sha256 in known])
    points = [
        Point(run.labels[sha256], run.colours[sha256], latency, shares[sha256], is_on_front)
        for (latency, _, sha256), is_on_front in zip(known, front, strict=True)
    ]
    return tuple(sorted(points, key=lambda point: point.ms))


def spread_out(wanted: Sequence[float], gap: float, low: float, high: float) -> tuple[float, ...]:
    """Places near the wanted ones, in their order, at least a gap apart and between two ends.

    Args:
        wanted: in rising order.
        gap: least distance of two neighbours; all together must fit between the ends.
        low: the lower end.
        high: the upper end.
    """
    places: list[float] = []
    for one in wanted:
        places.append(max(one, places[-1] + gap if places else low))
    ceiling = high
    for number in reversed(range(len(places))):
        places[number] = min(places[number], ceiling)
        ceiling = places[number] - gap
    return tuple(places)
