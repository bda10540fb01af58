"""Two model files compared in what has no noise: each difference is a change, however small, and is named.

No statistics are needed, and no margin applies. What depends on a phone, core, runtime or machine is compared
only where both have the same one. Times, memory on phones and accuracy are for others.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from harness.results.records import Artifact, Count, LaunchRecord, OutputProof
from harness.stats.exact_change import ExactChange, ExactVerdict, counted, number_change
from harness.stats.outputs import OutputCell, digests, outputs_by_cell
from harness.units import printable


def compare_exactly(
    baseline: Artifact,
    candidate: Artifact,
    *,
    baseline_launches: Sequence[LaunchRecord] = (),
    candidate_launches: Sequence[LaunchRecord] = (),
    baseline_counts: Sequence[Count] = (),
    candidate_counts: Sequence[Count] = (),
) -> tuple[ExactChange, ...]:
    """Compare two model files in every metric, changed or not.

    Args:
        baseline: what the candidate is compared with.
        candidate: the other file, or the same one in another run.
        baseline_launches: a journal with launches of the baseline; those of other files are left out.
        candidate_launches: the same of the candidate; the same journal where both were in one run.
        baseline_counts: instruction counts, of which those of other files are left out.
        candidate_counts: the same of the candidate.

    Returns:
        One entry a metric; of the output one for each phone and thread count that both ran with, of
        instructions one for each core that both were counted on, none where one was not counted.
    """
    return (
        *_costs(baseline, candidate),
        *_allocations(baseline, candidate),
        _operators(baseline.operators, candidate.operators),
        *_outputs(baseline, candidate, baseline_launches, candidate_launches),
        *_instructions(
            [count for count in baseline_counts if count.artifact_sha256 == baseline.sha256],
            [count for count in candidate_counts if count.artifact_sha256 == candidate.sha256],
        ),
    )


def _costs(baseline: Artifact, candidate: Artifact) -> Iterator[ExactChange]:
    names: tuple[Literal["parameters", "macs"], ...] = ("parameters", "macs")
    for name in names:
        before, now = getattr(baseline, name), getattr(candidate, name)
        yield number_change(
            name, before, now, baseline.missing.get(name, ""), candidate.missing.get(name, "")
        )
    yield number_change("file_bytes", baseline.file_bytes, candidate.file_bytes)


def _allocations(baseline: Artifact, candidate: Artifact) -> Iterator[ExactChange]:
    before, now = baseline.allocation, candidate.allocation
    other = before.measured_with != now.measured_with
    why = f"measured with {before.measured_with} and with {now.measured_with}" if other else ""
    names: tuple[Literal["allocated_bytes", "allocations"], ...] = ("allocated_bytes", "allocations")
    for name in names:
        yield number_change(
            name,
            getattr(before, name),
            getattr(now, name),
            before.missing.get(name, ""),
            now.missing.get(name, ""),
            refused=why,
        )


def _operators(before: tuple[str, ...], now: tuple[str, ...]) -> ExactChange:
    came, went = sorted(set(now) - set(before)), sorted(set(before) - set(now))
    words = [
        f"{counted(len(names), f'{more} operator')}: {', '.join(names)}"
        for names, more in ((came, "more"), (went, "fewer"))
        if names
    ]
    return ExactChange(
        metric="operators",
        baseline=before,
        candidate=now,
        verdict="different" if words else "equal",
        words=printable("; ".join(words) or f"the same {counted(len(now), 'operator')}"),
    )


def _outputs(
    baseline: Artifact,
    candidate: Artifact,
    baseline_launches: Sequence[LaunchRecord],
    candidate_launches: Sequence[LaunchRecord],
) -> Iterator[ExactChange]:
    before = outputs_by_cell(baseline.sha256, baseline_launches)
    now = outputs_by_cell(candidate.sha256, candidate_launches)
    shared = [cell for cell in before if cell in now]
    if not shared:
        yield _no_output("no phone ran both with the same threads and runtime")
    elif baseline.input_sha256 != candidate.input_sha256:
        yield _no_output("their inputs are not the same")
    else:
        same_reference = baseline.reference_sha256 == candidate.reference_sha256
        yield from (_output(cell, before[cell], now[cell], same_reference) for cell in shared)


def _no_output(why: str) -> ExactChange:
    return ExactChange(
        metric="output",
        baseline=None,
        candidate=None,
        verdict="not comparable",
        words=f"not compared: {why}",
        missing={"baseline": why, "candidate": why},
    )


def _output(
    cell: OutputCell, before: Sequence[OutputProof], now: Sequence[OutputProof], same_reference: bool
) -> ExactChange:
    old, new = digests(before), digests(now)
    verdict: ExactVerdict
    if len(old) > 1 and len(new) > 1:
        verdict, words = "not comparable", "not compared: the output of neither is the same in all launches"
    elif len(old) > 1 or len(new) > 1:
        which, outputs = ("baseline", before) if len(old) > 1 else ("candidate", now)
        found = f"{len(digests(outputs))} outputs in {len(outputs)} launches"
        verdict, words = "different", f"only the {which} is not deterministic: {found}"
    elif old == new:
        verdict, words = "equal", "the same to the last bit"
    else:
        verdict, words = "different", _difference(before[0], now[0], same_reference)
    return ExactChange(
        metric="output",
        baseline=old,
        candidate=new,
        verdict=verdict,
        words=words,
        phone_id=cell.phone_id,
        where=counted(cell.threads, "thread"),
    )


def _difference(before: OutputProof, now: OutputProof, same_reference: bool) -> str:
    """Only digests are on record, so the distance is bounded by those from the reference."""
    if before.shape != now.shape:
        return f"its shape was {_shape(before)} and is {_shape(now)}"
    words = [f"digest was {before.sha256[:12]} and is {now.sha256[:12]}"]
    if before.argmax != now.argmax:
        words.append(f"its largest value was at {before.argmax} and is at {now.argmax}")
    errors = (before.relative_error, now.relative_error)
    if same_reference and None not in errors:
        words.append(
            "max|Δ| / max|y| against the same reference was {:.1e} and is {:.1e},"
            " so they are at most the sum apart".format(*errors)
        )
    return "; ".join(words)


def _shape(output: OutputProof) -> str:
    return "×".join(map(str, output.shape))


def _instructions(before: Sequence[Count], now: Sequence[Count]) -> Iterator[ExactChange]:
    new = {count.core: count for count in now}
    for old in before:
        count = new.get(old.core)
        if count is not None:
            other = f"counted in {old.runtime} and in {count.runtime}" if old.runtime != count.runtime else ""
            yield number_change(
                "instructions",
                old.instructions,
                count.instructions,
                refused=other,
                where=f"core {old.core}",
            )
