"""Names, their entries, and that each entry tells the truth about the network that is built."""

import subprocess
import sys

import pytest

from harness.errors import UnknownModel
from harness.models.calibrate import seeded
from harness.models.catalogue import DEFAULT_MODELS, construct, entries, entry
from harness.models.complexity import complexity

PUBLISHED_MMACS = {
    "mobilenet_v2": 300.8,
    "mobilenet_v3_small": 56.5,
    "mobilenet_v3_large": 216.6,
    "shufflenet_v2_x0_5": 40.5,
    "shufflenet_v2_x1_0": 144.9,
    "squeezenet1_0": 818.9,
    "squeezenet1_1": 349.2,
    "mnasnet1_0": 314.4,
    "efficientnet_b0": 385.8,
    "resnet18": 1814.1,
}


@pytest.mark.parametrize("name", [known.name for known in entries()])
def test_the_network_that_is_built_has_the_parameters_and_macs_of_its_entry(name: str) -> None:
    known = entry(name)
    counted = complexity(seeded(lambda: construct(known), 0), known.input_shape)
    assert (counted.parameters, counted.macs) == (known.parameters, known.macs)


@pytest.mark.parametrize("name", ["elnet_1.0@g=8", "elnet_0.5@g=1,residual=linear", "elnet_1.5@shuffle=off"])
def test_an_elnet_with_options_costs_what_its_entry_computes(name: str) -> None:
    known = entry(name)
    counted = complexity(seeded(lambda: construct(known), 0), known.input_shape)
    assert (counted.parameters, counted.macs) == (known.parameters, known.macs)


@pytest.mark.parametrize(("name", "millions"), PUBLISHED_MMACS.items())
def test_macs_round_to_the_published_figure(name: str, millions: float) -> None:
    assert round(entry(name).macs / 1e6, 1) == millions


def test_the_default_models_are_in_the_catalogue() -> None:
    assert set(DEFAULT_MODELS) <= {known.name for known in entries()}


def test_every_elnet_says_that_it_is_a_reconstruction() -> None:
    assert all(
        known.is_reconstruction and "reconstruction" in known.note
        for known in (*entries()[:4], entry("elnet_1.0@g=2"))
    )


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("elnet_1.0@residual=relu,g=8", "elnet_1.0@g=8,residual=relu"),
        ("elnet_1.0@g=4,shuffle=on", "elnet_1.0"),
        ("elnet_2.0@shuffle=off", "elnet_2.0@shuffle=off"),
    ],
)
def test_an_elnet_has_one_canonical_name(spelling: str, canonical: str) -> None:
    assert entry(spelling).name == canonical
    assert entry(spelling) == entry(canonical)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mobilenet_v3_smal", "The nearest is mobilenet_v3_small"),
        ("elnet_1", "The nearest is elnet_"),
        ("elnet", "The nearest is elnet_"),
        ("qqq", "Known are elnet_0.5, "),
        ("resnet18@g=2", "The nearest is resnet18"),
        ("elnet_1.0@h=8", "Use g, shuffle, residual"),
        ("elnet_1.0@g=3", "Use one of 1, 2, 4, 8, 16"),
        ("elnet_1.0@shuffle", "Use one of on, off"),
        ("elnet_1.0@", "Use g, shuffle, residual"),
        ("elnet_1.0@g=8,g=2", "Give it once"),
    ],
)
def test_a_wrong_name_is_answered_in_one_line_with_what_is_possible(name: str, told: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        entry(name)
    message = str(refused.value)
    assert told in message
    assert name in message
    assert "\n" not in message


def test_reading_the_catalogue_loads_no_torch() -> None:
    code = (
        "import sys; from harness.models.catalogue import entries; entries();"
        " assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
