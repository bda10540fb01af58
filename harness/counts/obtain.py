"""Counts for exported models: from the cache where this file was counted with this runtime, else counted now.

A count is the same in every process, so that one is enough, and several may run at once.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from android_runner.arm64.cores import Core, core_named
from harness.counts.cache import CountCache
from harness.counts.counter import Counted, Counter, count_once
from harness.counts.measurement import Measurement, Span
from harness.counts.parts import PARTS
from harness.counts.ready import ready_counter
from harness.errors import ExportRefused
from harness.export.artifact import ExportedModel
from harness.export.bytecode import PREPACKED_OPERATORS
from harness.export.proof import relative_error, tolerance
from harness.results.records import Count, OperatorCount


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Counting:
    """Everything that counting needs, found and checked."""

    cores: tuple[Core, ...]
    counter: Counter
    cache: CountCache

    def counts_of(
        self, models: Sequence[ExportedModel], *, fresh: bool = False, say: Callable[[str], None] = _silent
    ) -> tuple[Count, ...]:
        """Count every model on every core, model by model.

        Args:
            models: exported models.
            fresh: count again what the cache holds.
            say: told in one line what takes time.

        Raises:
            UsageError: a file does not load or run in the arm64 runtime, computes something else there than
                its reference, or the runtime does not work here; each in its own class.
        """
        pairs = list(product(models, self.cores))
        found = {} if fresh else {pair: self.cache.lookup(*pair, self.counter.runtime) for pair in pairs}
        known = {pair: count for pair, count in found.items() if count}
        missing = [pair for pair in pairs if pair not in known]
        if missing:
            names, cores = (
                dict.fromkeys(one)
                for one in zip(*((m.artifact.model, c.name) for m, c in missing), strict=True)
            )
            say(f"counting {', '.join(names)} on {', '.join(cores)}")
            known |= asyncio.run(_count_all(self.counter, missing, self.cache))
        return tuple(known[pair] for pair in pairs)


def ready_to_count(cores: Sequence[str], environment: Mapping[str, str] = os.environ) -> Counting:
    """Find what counting needs.

    Args:
        cores: names of cores, such as `a55`.
        environment: where tools and the cache are looked for.

    Raises:
        UsageError: an unknown core, or an arm64 runtime that is not set up; each in its own class.
    """
    chosen = tuple(core_named(name) for name in cores)
    return Counting(chosen, ready_counter(environment), CountCache.default(environment))


async def _count_all(
    counter: Counter, pairs: Sequence[tuple[ExportedModel, Core]], cache: CountCache
) -> dict[tuple[ExportedModel, Core], Count]:
    """Count as many at once as there are processors; what worked is in the cache even if something failed."""
    free = asyncio.Semaphore(len(os.sched_getaffinity(0)))

    async def count(model: ExportedModel, core: Core) -> Count:
        async with free:
            counted = _record(model, core, counter, await count_once(counter, model, core))
        cache.store(model, counted)
        return counted

    counts = await asyncio.gather(*(count(*pair) for pair in pairs), return_exceptions=True)
    done = {}
    for pair, outcome in zip(pairs, counts, strict=True):
        if isinstance(outcome, BaseException):
            raise outcome
        done[pair] = outcome
    return done


def _record(model: ExportedModel, core: Core, counter: Counter, counted: Counted) -> Count:
    measured, artifact = counted.measurement, model.artifact
    steady = measured.of(Span.STEADY)[0]
    (place,) = (measured.kinds == Span.STEADY).nonzero()[0]
    return Count(
        artifact_sha256=artifact.sha256,
        model=artifact.model,
        recipe=artifact.recipe,
        core=core.name,
        instructions=int(steady.sum()),
        first_instructions=int(measured.of(Span.FIRST).sum()),
        load_instructions=int(measured.of(Span.LOAD).sum()),
        parts=dict(zip(PARTS, steady.tolist(), strict=True)),
        bytes_loaded=int(measured.bytes_loaded[place]),
        bytes_stored=int(measured.bytes_stored[place]),
        operators=_operators(counted, measured, artifact.layers),
        output_error=_proved(model, core, counted),
        runtime=counter.runtime,
        emulator=counter.emulator_version,
        note=artifact.note,
    )


def _operators(counted: Counted, measured: Measurement, layers: Sequence[str]) -> tuple[OperatorCount, ...]:
    copies = PARTS.index("layout_copies")
    calls = counted.report.operators
    packed = [name in PREPACKED_OPERATORS for name, _ in calls]
    known = iter(layers if len(layers) == sum(packed) else [""] * sum(packed))
    return tuple(
        OperatorCount(
            operator=name,
            layer=next(known) if is_packed else "",
            inputs=inputs,
            instructions=int(parts.sum()),
            layout_copies=int(parts[copies]),
        )
        for (name, inputs), is_packed, parts in zip(calls, packed, measured.of(Span.OPERATOR), strict=True)
    )


def _proved(model: ExportedModel, core: Core, counted: Counted) -> float:
    """How far the output is from its reference; nothing is counted that computes something else."""
    error = relative_error(counted.output, model.reference)
    allowed = tolerance(model.artifact.precision)
    if not error <= allowed:
        raise ExportRefused(
            f"in the phones' arm64 runtime on {core.name} its output differs by {error:.3g} of the largest"
            f" from {model.artifact.reference}, {allowed:g} is allowed",
            remedy="ask `elbench preflight FILE --engine arm64` what is wrong with it",
            where=model.artifact.file_name,
        )
    return error
