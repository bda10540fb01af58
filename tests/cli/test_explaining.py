"""What `elbench export --explain` tells of each rewrite."""

from pathlib import Path

import numpy as np
import pytest

from harness.cli.explaining import explanation, show_explanation
from harness.export.artifact import ExportedModel
from harness.results.records import Artifact, RewriteOutcome, TensorSpec

KEPT = RewriteOutcome(name="channels_last", places=1, error=3e-7)
IDLE = RewriteOutcome(
    name="channel_shuffle", places=0, error=None, missing={"error": "it found nothing to change"}
)
DROPPED = RewriteOutcome(name="fold_shuffle", places=2, error=0.5, dropped="not proved: an error of 0.5")


def model(*rewrites: RewriteOutcome) -> ExportedModel:
    artifact = Artifact(
        sha256="0" * 64,
        file_name="net.ptl",
        file_bytes=1,
        runtime="pytorch_mobile",
        model="net",
        source="catalogue",
        parameters=1,
        macs=1,
        inputs=(TensorSpec(shape=(1, 3, 8, 8)),),
        input_sha256="0" * 64,
        precision="float32",
        recipe="fast",
        operators=(),
        exporter="torch",
        weights="calibrated-random:0",
        reference="eager PyTorch, float64",
        reference_sha256="0" * 64,
        export_error=1e-7,
        rewrites=rewrites,
    )
    return ExportedModel(artifact, Path("net.ptl"), Path("net.f32"), np.zeros(1))


COUNTED = {
    "documented": {"a55": 40_000_000, "a76": 30_000_000},
    "channels_last": {"a55": 30_000_000, "a76": 15_000_000},
}


def test_each_rewrite_is_a_line_with_what_it_won(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation(model(IDLE, DROPPED, KEPT), COUNTED)
    title, _, idle, dropped, kept = capsys.readouterr().out.splitlines()
    assert title.startswith("net, fast")
    assert idle.endswith("nothing to change")
    assert dropped.split() == ["fold_shuffle", "dropped:", "not", "proved:", "an", "error", "of", "0.5"]
    assert kept.split() == [
        *("channels_last", "1", "3.0e-07"),
        *("40.00", "→", "30.00", "-25%"),
        *("30.00", "→", "15.00", "-50%"),
    ]


def test_programs_get_the_counts_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    idle, kept = explanation(model(IDLE, KEPT), COUNTED)
    assert kept["instructions"] == {"a55": (40_000_000, 30_000_000), "a76": (30_000_000, 15_000_000)}
    assert idle["instructions"] == {}
    assert capsys.readouterr().out == ""


def test_without_counts_the_rewrites_are_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation(model(KEPT), {})
    assert capsys.readouterr().out.splitlines()[-1].split() == ["channels_last", "1", "3.0e-07", "–", "–"]


def test_a_file_that_stays_as_it_is_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_explanation(model(), {})
    assert "nothing was rewritten" in capsys.readouterr().out
