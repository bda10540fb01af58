"""Which exports are compared to say what a rewrite won."""

from dataclasses import replace

import pytest

from harness.export.explain import recipes_to_compare, steps
from harness.export.from_catalogue import export_from_catalogue
from harness.export.settings import ExportSettings
from harness.models.catalogue import entry
from harness.results.records import Artifact, RewriteOutcome


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    proved = export_from_catalogue(entry("elnet_0.5"), settings=ExportSettings(), input_shape=(1, 3, 32, 32))
    return proved.artifact


def outcome(name: str, places: int, dropped: str = "") -> RewriteOutcome:
    return RewriteOutcome(name=name, places=places, error=0.0, dropped=dropped)


def test_each_rewrite_is_compared_with_the_recipe_before_it(artifact: Artifact) -> None:
    rewrites = (
        outcome("batch_norm", 44),
        outcome("channel_shuffle", 0),
        outcome("shuffle_late", 3),
        outcome("fold_shuffle", 1, "not proved"),
        outcome("channels_last", 1),
    )
    told = replace(artifact, rewrites=rewrites)
    compared = [(step.before and step.before.name, step.after and step.after.name) for step in steps(told)]
    assert compared == [
        (None, None),  # every right file has it
        (None, None),
        ("documented", "shuffle_late"),
        (None, None),
        ("shuffle_late", "shuffle_late+channels_last"),
    ]
    assert recipes_to_compare(told) == ("documented", "shuffle_late", "shuffle_late+channels_last")


def test_an_export_in_which_nothing_was_changed_is_compared_with_nothing(artifact: Artifact) -> None:
    assert recipes_to_compare(replace(artifact, rewrites=(outcome("batch_norm", 44),))) == ()


def test_a_real_export_is_explained(artifact: Artifact) -> None:
    changed = [step.outcome.name for step in steps(artifact) if step.after]
    assert "channels_last" in changed
    assert "batch_norm" not in changed
