"""The parts of a count have a name wherever they are shown."""

from harness.counts.parts import PARTS
from reports.count_tables import PART_LABELS


def test_every_part_is_shown_on_the_page() -> None:
    assert tuple(PART_LABELS) == PARTS
