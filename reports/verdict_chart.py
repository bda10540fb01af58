"""The forest plot of a comparison: each ratio with its interval against the band in which nothing matters."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.stats.verdict import Verdict
from harness.stats.wording import metric_words
from reports import charts
from reports.chart_views import Chart, Panel
from reports.digest import PhoneDigest, RunDigest
from reports.names import phone_kind
from reports.palette import INK, LINE, PAPER
from reports.shown import Table
from reports.svg import inline_svg, label_placeholder

_READING = (
    "How many times as much the candidate takes, with the interval that holds whenever the comparison stops. "
    "The band is the margin around 1: an interval within it means equivalent. A filled mark is a verdict, an "
    "empty one is inconclusive."
)
_WIDTH, _ROW, _AXIS = 640, 46, 44
_LABEL_LENGTH = 70


def verdict_chart(
    verdicts: Sequence[Verdict], phone: PhoneDigest, run: RunDigest, data: Table, prefix: str
) -> Chart | None:
    """The plot of all verdicts that have an interval; None where none has.

    Args:
        verdicts: on that phone.
        phone: the phone.
        run: its run.
        data: the same in figures, to stand below.
        prefix: unique on the page; the ids inside begin with it.
    """
    drawn = [one for one in verdicts if one.metric != "size" and one.ratio.low is not None]
    if not drawn:
        return None
    where = ", ".join(filter(None, (phone.name, phone_kind(phone.phone))))
    with charts.drawing():
        svg = inline_svg(
            _forest(drawn),
            prefix=prefix,
            title=f"Ratios to the baseline: {where}",
            description="A row for each metric. The figures stand in the table below.",
            labels=[_label(one, verdicts, run) for one in drawn],
        )
    return Chart("Ratios to the baseline", _READING, "", (Panel("", "", 0, svg),), data)


def _forest(verdicts: Sequence[Verdict]) -> Figure:
    height = _ROW * len(verdicts) + _AXIS
    figure = charts.blank_figure(_WIDTH, height)
    axes = figure.add_axes((0.015, _AXIS / height, 0.97, 1 - _AXIS / height))
    for place, one in enumerate(verdicts):
        y = len(verdicts) - place
        axes.barh([y], [2 * one.margin], left=1 - one.margin, height=0.36, color=LINE)
        axes.vlines([1], [y - 0.26], [y + 0.26], color=INK, linewidth=1, linestyle=(0, (4, 3)))
        value, low, high = _figures(one)
        axes.hlines([y], [low], [high], color=INK, linewidth=1.8)
        face = INK if one.is_decided else PAPER
        axes.plot([value], [y], "o", color=INK, markerfacecolor=face, markersize=7)
        axes.text(0.0, y + 0.3, label_placeholder(place), transform=axes.get_yaxis_transform())
    axes.set_ylim(0.5, len(verdicts) + 0.75)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)
    charts.span_values(axes, _reach(verdicts), "ratio to the baseline")
    return figure


def _reach(verdicts: Sequence[Verdict]) -> NDArray[np.float64]:
    ends = [(*_figures(one), 1 - one.margin, 1 + one.margin) for one in verdicts]
    return np.array(ends).ravel()


def _figures(verdict: Verdict) -> tuple[float, float, float]:
    """The ratio and the ends of its interval, which all verdicts that are drawn have."""
    ratio = verdict.ratio
    assert ratio.value is not None
    assert ratio.low is not None
    assert ratio.high is not None
    return ratio.value, ratio.low, ratio.high


def _label(verdict: Verdict, verdicts: Sequence[Verdict], run: RunDigest) -> str:
    """The metric, what tells it from the other rows, and the verdict."""
    several = len({one.candidate_sha256 for one in verdicts}) > 1
    threaded = len({one.threads for one in verdicts}) > 1
    parts = (
        metric_words(verdict),
        run.labels[verdict.candidate_sha256] if several else "",
        f"threads: {verdict.threads}" if threaded else "",
        ", ".join(filter(None, (verdict.verdict, verdict.shift))),
    )
    text = " · ".join(filter(None, parts))
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1]}…"
