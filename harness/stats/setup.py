"""What must agree before two models are compared: their input, recipe, precision and runtime.

A small input, an 8-bit file or another recipe makes any model faster, so models that differ in one of them
stand in groups of their own, and no ratio, verdict or chart goes across.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.results.records import Artifact


class Setup(NamedTuple):
    """How a model was made ready, apart from which model it is."""

    inputs: tuple[tuple[int, ...], ...]
    """Shape of each input."""
    recipe: str
    """Named export recipe."""
    precision: str
    """Of weights and activations."""
    runtime: str
    """What runs the file."""


def setup_of(artifact: Artifact) -> Setup:
    """The setup of a model file."""
    return Setup(
        inputs=tuple(spec.shape for spec in artifact.inputs),
        recipe=artifact.recipe,
        precision=artifact.precision,
        runtime=artifact.runtime,
    )


def differing(setups: Iterable[Setup]) -> tuple[str, ...]:
    """Names of the fields in which these setups are not all the same."""
    different = set(setups)
    return tuple(name for name in Setup._fields if len({getattr(one, name) for one in different}) > 1)


def setup_words(setup: Setup, names: Sequence[str]) -> str:
    """Some fields of a setup in words: `input 32×32, recipe fast, int8`; empty without names."""
    words = {
        "inputs": f"input {input_words(setup)}",
        "recipe": f"recipe {setup.recipe}",
        "precision": setup.precision,
        "runtime": setup.runtime,
    }
    return ", ".join(words[name] for name in names)


def input_words(setup: Setup) -> str:
    """The inputs' sizes: `224×224` of one image with three channels, else every dimension."""
    return " and ".join(_size_words(shape) for shape in setup.inputs) or "none"


def _size_words(shape: Sequence[int]) -> str:
    is_image = len(shape) == 4 and tuple(shape[:2]) == (1, 3)
    return "×".join(map(str, shape[2:] if is_image else shape))
