"""The order of launches: interleaved, so that drift touches all models alike.

Models are measured in blocks that hold each model × thread-count cell once. A block in random order is
followed by the same order reversed (ABBA), which cancels a linear drift within the pair; the next pair
starts from a new random order.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.records import LaunchRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One thing to measure: a model file with a thread count."""

    artifact_sha256: str
    model: str
    threads: int


def interleave(cells: Sequence[Cell], blocks: int, rng: random.Random) -> list[list[Cell]]:
    """Order `cells` in `blocks` blocks: random, its reverse, new random, its reverse, …"""
    ordered: list[list[Cell]] = []
    for block in range(blocks):
        ordered.append(ordered[-1][::-1] if block % 2 else rng.sample(cells, len(cells)))
    return ordered


def make_schedule(
    run_id: str, phone_ids: Sequence[str], cells: Sequence[Cell], *, launches: int, seed: int
) -> tuple[LaunchRequest, ...]:
    """Plan every launch of a run; the same arguments give the same schedule.

    Each phone gets its own random orders, derived from `seed` and its id.
    """
    schedule: list[LaunchRequest] = []
    for phone_id in phone_ids:
        blocks = interleave(cells, launches, random.Random(f"{seed}:{phone_id}"))
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
            )
            for index, (block, cell) in enumerate(numbered)
        ]
    return tuple(schedule)
