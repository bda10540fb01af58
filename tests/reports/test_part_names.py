"""The parts of a count have a name wherever they are shown."""

from harness.cli.count import SHOWN_PARTS
from harness.counts.parts import PARTS
from reports.count_tables import PART_LABELS


def test_every_part_is_shown_in_the_terminal_and_on_the_page() -> None:
    assert tuple(SHOWN_PARTS) == tuple(PART_LABELS) == PARTS
