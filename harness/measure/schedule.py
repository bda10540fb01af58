"""The order of launches: interleaved, so that drift touches all models alike.

Models are measured in blocks that hold each model × thread-count cell once. A block in random order is
followed by the same order reversed (ABBA), which cancels a linear drift within the pair; the next pair
starts from a new random order. In a duet both models of a thread count stand side by side, for one process to
measure in turns, and take turns in being its first as well.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.results.records import LaunchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One thing to measure: a model file with a thread count."""

    artifact_sha256: str
    model: str
    threads: int


def interleave(
    cells: Sequence[Cell], blocks: int, rng: random.Random, *, duet: bool = False
) -> list[list[Cell]]:
    """Order `cells` in `blocks` blocks: random, its reverse, new random, its reverse, …

    Args:
        duet: keep the cells of one thread count side by side.
    """
    ordered: list[list[Cell]] = []
    for block in range(blocks):
        if block % 2:
            ordered.append(ordered[-1][::-1])
        else:
            drawn = rng.sample(cells, len(cells))
            ordered.append(_side_by_side(drawn) if duet else drawn)
    return ordered


def make_schedule(
    run_id: str,
    phone_ids: Sequence[str],
    cells: Sequence[Cell],
    *,
    launches: int,
    seed: int,
    duet: bool = False,
) -> tuple[LaunchRequest, ...]:
    """Plan every launch of a run; the same arguments give the same schedule.

    Each phone gets its own random orders, derived from `seed` and its id.

    Args:
        duet: measure the two cells of each thread count in one process.
    """
    beside = {cell: other for cell in cells for other in cells if duet and _are_a_pair(cell, other)}
    schedule: list[LaunchRequest] = []
    for phone_id in phone_ids:
        blocks = interleave(cells, launches, random.Random(f"{seed}:{phone_id}"), duet=duet)
        numbered = ((block, cell) for block, order in enumerate(blocks) for cell in order)
        schedule += [
            LaunchRequest(
                index=index,
                block=block,
                launch_id=f"{run_id}-{phone_id}-{index:05d}".lower(),
                phone_id=phone_id,
                artifact_sha256=cell.artifact_sha256,
                model=cell.model,
                threads=cell.threads,
                beside=beside[cell].artifact_sha256 if duet else "",
                beside_model=beside[cell].model if duet else "",
            )
            for index, (block, cell) in enumerate(numbered)
        ]
    return tuple(schedule)


def processes(requests: Iterable[LaunchRequest]) -> tuple[tuple[LaunchRequest, ...], ...]:
    """The requests by the process that carries them out, in their order: one alone, or the two of a duet."""
    grouped: dict[tuple[object, ...], list[LaunchRequest]] = {}
    for request in requests:
        alone = () if request.beside else (request.launch_id,)
        grouped.setdefault((request.phone_id, request.block, request.threads, *alone), []).append(request)
    return tuple(map(tuple, grouped.values()))


def _side_by_side(cells: Sequence[Cell]) -> list[Cell]:
    """The same order, with the cells of one thread count moved up to the first of them."""
    threads = list(dict.fromkeys(cell.threads for cell in cells))
    return sorted(cells, key=lambda cell: threads.index(cell.threads))


def _are_a_pair(cell: Cell, other: Cell) -> bool:
    return cell != other and cell.threads == other.threads
