"""Colours of the charts: placeholders that matplotlib draws with, and what the page makes of them.

A chart is drawn once and shown in a light and a dark theme, so it is drawn in colours that occur nowhere
else and these are then replaced by the page's own variables (templates/page.css gives them their values).
"""

from typing import Final

INK: Final = "#010203"
MUTED: Final = "#010204"
LINE: Final = "#010205"
PAPER: Final = "#010206"
WARNING: Final = "#010207"

SERIES_COUNT: Final = 8
"""Colours that can be told apart also with colour-blindness; every model's name stands beside its colour."""

CSS_BY_PLACEHOLDER: Final = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    PAPER: "var(--paper)",
    WARNING: "var(--warn-ink)",
    **{f"#0a0b{place:02x}": f"var(--series-{place})" for place in range(SERIES_COUNT)},
}


def series_colour(place: int) -> str:
    """The placeholder for the model at `place`; after the eighth the colours begin again."""
    return f"#0a0b{place % SERIES_COUNT:02x}"
