"""Accuracy that others published, told apart from what is measured; and what would train a network here."""

from harness.errors import UnknownModel
from harness.models.catalogue import CatalogueEntry, entry
from harness.stats.claims import network
from reports.digest import RunDigest
from reports.shown import Heading, Shown, Table, shown_field, shown_words


def published_table(run: RunDigest) -> Table:
    """A row for each network of the catalogue that the run measured."""
    headings = (
        Heading("Model", is_number=False),
        Heading("Top-1 on ImageNet", "%, published"),
        Heading("Whose weights", is_number=False),
        Heading("Paper", is_number=False),
    )
    rows = tuple(
        (
            Shown(known.name),
            shown_field(known, "top1_percent", "{:.1f}".format),
            shown_words(known, "top1_source"),
            shown_words(known, "paper"),
        )
        for known in _known_networks(run)
    )
    return Table("Published accuracy, not measured here", headings, rows)


def training_commands(run: RunDigest) -> tuple[str, ...]:
    """The commands that train what has no accuracy; only names of the catalogue become part of one."""
    evaluated = {
        network(run.artifacts[one.artifact_sha256].model) for phone in run.phones for one in phone.evaluations
    }
    names = [known.name for known in _known_networks(run) if known.name not in evaluated]
    return tuple(f"elbench train {name} --data digits" for name in names)


def _known_networks(run: RunDigest) -> list[CatalogueEntry]:
    """The catalogue's entries of the networks that were measured, each once."""
    names = dict.fromkeys(network(a.model) for a in run.artifacts.values() if a.source == "catalogue")
    return [known for name in names if (known := _known(name)) is not None]


def _known(name: str) -> CatalogueEntry | None:
    if ":" in name:  # a library's or a caller's, whatever its record says
        return None
    try:
        return entry(name)
    except UnknownModel:
        return None
