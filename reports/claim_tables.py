"""The paper's claims as readers meet them: the page's section on them, and their lines in the terminal."""

from collections import Counter
from dataclasses import dataclass

from harness.stats.claims import CLAIM_WORDS, Claim, is_subject
from reports.claim_comparisons import beside_table
from reports.claim_words import claim_phone, claim_place, figure_form, standing_words
from reports.digest import RunDigest
from reports.published_accuracy import published_table, training_commands
from reports.shown import DASH, Heading, Shown, Table, span


@dataclass(frozen=True, slots=True)
class ClaimSection:
    """The page's part on the claims."""

    note: str
    """What a reader must know of the network that is judged: that it is a reconstruction."""
    verdicts: Table
    beside: tuple[Table, ...]
    """ELNet beside each baseline, a table for each phone, thread count and setup."""
    published: Table
    untrained: tuple[str, ...]
    """Commands that train what was not evaluated."""


def claim_section(run: RunDigest) -> ClaimSection | None:
    """Verdicts and figures; None where the run is not about the claims."""
    if not run.claims:
        return None
    notes = {artifact.model: artifact.note for artifact in run.artifacts.values()}
    return ClaimSection(
        note=notes[run.claims[0].subject],
        verdicts=_verdicts(run),
        beside=tuple(
            beside_table(claim, run) for claim in run.claims if claim.key == "latency" and claim.comparisons
        ),
        published=published_table(run),
        untrained=training_commands(run),
    )


def claim_lines(run: RunDigest) -> list[str]:
    """The verdicts as lines for the terminal; none where the run is not about the claims."""
    if not run.claims:
        return []
    width = max(map(len, CLAIM_WORDS.values()))
    lines = [
        f"{CLAIM_WORDS[claim.key].ljust(width)}  {claim.text} [{claim_place(claim, run)}]"
        for claim in run.claims
    ]
    note = next((a.note for a in run.artifacts.values() if a.model == run.claims[0].subject), "")
    return [f"The paper's claims{f' ({note})' if note else ''}", *lines]


def _verdicts(run: RunDigest) -> Table:
    headings = (
        Heading("Claim", is_number=False),
        Heading("Verdict", is_number=False),
        Heading("ELNet's to each baseline's", "ratio; of top-1 points", is_number=False),
        Heading("Where", is_number=False),
    )
    rows = tuple(
        (
            Shown(CLAIM_WORDS[claim.key]),
            Shown(claim.text),
            _figures(claim, run),
            Shown(claim_place(claim, run)),
        )
        for claim in run.claims
    )
    return Table("The claims of the paper's abstract", headings, rows)


def _figures(claim: Claim, run: RunDigest) -> Shown:
    """The span of the figures, and how many say what."""
    if claim.key == "phones":
        return Shown(_launches(claim, run))
    values = [one.value for one in claim.comparisons if one.value is not None]
    if not values:
        return Shown(DASH, "nothing was compared")
    form = figure_form(claim.key)
    said = Counter(standing_words(claim.key, one) for one in claim.comparisons)
    return Shown(
        span(min(values), max(values), form), ", ".join(f"{words}: {count}" for words, count in said.items())
    )


def _launches(claim: Claim, run: RunDigest) -> str:
    phone = claim_phone(claim, run)
    cells = phone.cells if phone else ()
    own = [cell for cell in cells if is_subject(run.artifacts[cell.key.artifact_sha256])]
    return f"{sum(cell.ok for cell in own)} of {sum(cell.attempted for cell in own)} launches are usable"
