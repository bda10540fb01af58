"""A matplotlib figure as an SVG element that can stand inside an HTML page beside others.

matplotlib writes a document: with a style sheet that would apply to the whole page, ids that repeat from
figure to figure, fixed colours and a font of its own. Here it becomes an element that follows the page's
theme and font, says what it shows, and is the same to the byte whenever it is drawn from the same data.
"""

import io
import re
from collections.abc import Sequence
from html import escape
from typing import Final

from matplotlib.figure import Figure

from reports.palette import CSS_BY_PLACEHOLDER

SETTINGS: Final = {"svg.fonttype": "none", "svg.hashsalt": "elbench"}
"""Text stays text; ids follow from the content alone."""

_METADATA: Final = {"Date": None, "Creator": None, "Format": None, "Type": None}
_DROPPED: Final = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>"
    r"| font-family: [^;\"]*;| transform=\"rotate\(-?0 [^\"]*\"",
    re.DOTALL,
)
_ROOT: Final = re.compile(r"<svg [^>]*viewBox=\"([^\"]*)\"[^>]*>")
_REFERENCE: Final = re.compile(r"(url\(#|xlink:href=\"#)([^)\"]+)")
_ID: Final = re.compile(r" id=\"([^\"]+)\"")
_COORDINATES: Final = re.compile(r" (?:d|x|y)=\"[^\"]*\"")
_DECIMALS: Final = re.compile(r"\d+\.\d{3,}")
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}\b")
_LABEL: Final = re.compile(r">@(\d+)@<")


def label_placeholder(place: int) -> str:
    """Text to draw where the label at `place` shall stand.

    Names never meet matplotlib, which reads `$…$` as mathematics and warns about letters of other scripts.
    """
    return f"@{place}@"


def inline_svg(
    figure: Figure, *, prefix: str, title: str, description: str, labels: Sequence[str] = ()
) -> str:
    """Draw a figure as an element for an HTML page.

    Args:
        figure: drawn with the placeholders of `palette` and under SETTINGS.
        prefix: unique on the page; every id begins with it.
        title: name of the chart for screen readers.
        description: what it shows, for screen readers.
        labels: texts for the figure's label placeholders.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_METADATA, transparent=True)
    body = _DROPPED.sub("", buffer.getvalue())
    body = _own_ids(body, prefix)
    body = _COORDINATES.sub(_rounded, body)
    body = _COLOUR.sub(lambda match: CSS_BY_PLACEHOLDER.get(match[0], match[0]), body)
    body = _LABEL.sub(lambda match: f">{escape(labels[int(match[1])])}<", body)
    return _with_root(body, prefix, title, description)


def _own_ids(body: str, prefix: str) -> str:
    """Keep only the ids that something refers to, and make them unique on the page."""
    referred = {match[2] for match in _REFERENCE.finditer(body)}
    body = _ID.sub(lambda match: f' id="{prefix}-{match[1]}"' if match[1] in referred else "", body)
    return _REFERENCE.sub(lambda match: f"{match[1].removeprefix('xlink:')}{prefix}-{match[2]}", body)


def _rounded(coordinates: re.Match[str]) -> str:
    short = _DECIMALS.sub(lambda number: f"{float(number[0]):.2f}", coordinates[0])
    return f" {' '.join(short.split())}"


def _with_root(body: str, prefix: str, title: str, description: str) -> str:
    def root(match: re.Match[str]) -> str:
        return (
            f'<svg viewBox="{match[1]}" role="img" aria-labelledby="{prefix}-title {prefix}-desc">'
            f'<title id="{prefix}-title">{escape(title)}</title>'
            f'<desc id="{prefix}-desc">{escape(description)}</desc>'
        )

    return re.sub(r">\s+<", "><", _ROOT.sub(root, body, count=1).strip())
