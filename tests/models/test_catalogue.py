"""Names, their entries, and that each entry tells the truth about the network that is built."""

import subprocess
import sys

import pytest
import torch

from harness.errors import UnknownModel
from harness.models.calibrate import seeded
from harness.models.catalogue import DEFAULT_MODELS, build, construct, entries, entry
from harness.models.complexity import Complexity, complexity
from harness.models.measure_costs import count

# Parameters, millions of MACs and top-1 as published; MACs that papers count in other ways (with BatchNorm or
# activations) are within 2.5 % of ours.
BASELINES = {
    "mobilenet_v1": (4_231_976, 568.7, 70.9),
    "mobilenet_v2": (3_504_872, 300.8, 71.88),
    "mobilenet_v3_small": (2_542_856, 56.5, 67.67),
    "mobilenet_v3_large": (5_483_032, 216.6, 75.27),
    "mobilenet_v4_conv_small": (3_774_024, 190, 73.8),
    "shufflenet_v1_x0_5": (717_324, 37.6, 57.3),
    "shufflenet_v1_x1_0": (1_864_728, 137.5, 67.8),
    "shufflenet_v2_x0_5": (1_366_792, 40.5, 60.55),
    "shufflenet_v2_x1_0": (2_278_604, 144.9, 69.36),
    "squeezenet1_0": (1_248_424, 818.9, 58.09),
    "squeezenet1_1": (1_235_496, 349.2, 58.18),
    "ghostnet": (5_182_508, 141.2, 73.9),
    "efficientnet_b0": (5_288_548, 385.8, 77.69),
    "efficientnet_lite0": (4_652_008, 385.2, 75.1),
    "mnasnet0_5": (2_218_512, 104.5, 67.73),
    "mnasnet1_0": (4_383_312, 314.4, 73.46),
    "resnet18": (11_689_512, 1814.1, 69.76),
    "mobileone_s0": (2_078_504, 275.1, 71.4),
    "fasternet_t0": (3_905_500, 338, 71.9),
    "repvit_m0_9": (5_067_056, 820, 78.7),
    "starnet_s1": (2_869_168, 425, 73.5),
}
ROUNDED_BY_THE_PAPER = {"mobilenet_v4_conv_small", "fasternet_t0", "repvit_m0_9", "starnet_s1"}


def stated(name: str) -> Complexity:
    known = entry(name)
    assert known.parameters is not None
    assert known.macs is not None
    assert known.activation_bytes is not None
    return Complexity(known.parameters, known.macs, known.activation_bytes)


@pytest.mark.parametrize("name", [known.name for known in entries()])
def test_the_network_that_is_built_costs_what_its_entry_states(name: str) -> None:
    assert count(entry(name)) == stated(name)


@pytest.mark.parametrize(
    "name",
    ["mobilenet_v2", "resnet18", "squeezenet1_0", "shufflenet_v1_x0_5", "mobileone_s0", "ghostnet"],
)
def test_its_form_for_small_images_costs_what_its_entry_states(name: str) -> None:
    small = f"{name}@input=32,classes=10"
    assert count(entry(small)) == stated(small)


@pytest.mark.parametrize(
    "name",
    [
        "elnet_1.0@g=8",
        "elnet_0.5@g=1,residual=linear",
        "elnet_1.5@shuffle=off",
        "elnet_1.0@block=b",
        "elnet_0.5@block=b,residual=relu,input=32,classes=100",
        "elnet_0.5@input=97",
    ],
)
def test_an_elnet_with_options_costs_what_its_entry_computes(name: str) -> None:
    known = entry(name)
    counted = complexity(seeded(lambda: construct(known), 0), known.input_shape)
    assert counted == stated(name)


def test_the_catalogue_is_elnet_and_every_baseline() -> None:
    names = [known.name for known in entries()]
    assert names[:4] == ["elnet_0.5", "elnet_1.0", "elnet_1.5", "elnet_2.0"]
    assert set(names[4:]) == set(BASELINES)
    assert {entry(name).network for name in DEFAULT_MODELS} <= set(names)


@pytest.mark.parametrize(("name", "published"), BASELINES.items())
def test_a_baseline_is_as_published(name: str, published: tuple[int, float, float]) -> None:
    known = entry(name)
    parameters, millions, top1 = published
    assert known.parameters == parameters
    assert known.top1_percent == top1
    assert known.macs is not None
    if name in ROUNDED_BY_THE_PAPER:
        assert known.macs / 1e6 == pytest.approx(millions, rel=0.025)
    else:
        assert round(known.macs / 1e6, 1) == millions
    assert known.paper is not None
    assert known.paper.startswith("arXiv ")
    assert known.top1_source


def test_traffic_is_the_activations_and_each_parameter_once() -> None:
    known = entry("elnet_1.0")
    assert known.size_bytes == 4 * 698_440
    assert known.traffic_bytes == 21_935_008 + 4 * 698_440


def test_what_is_not_counted_has_its_reason() -> None:
    known = entry("mobilenet_v2@input=160")
    assert (known.parameters, known.traffic_bytes) == (None, None)
    assert known.missing["macs"] == "counted when it is built"


def test_every_elnet_says_that_it_is_a_reconstruction() -> None:
    assert all(
        known.is_reconstruction and "reconstruction" in known.note
        for known in (*entries()[:4], entry("elnet_1.0@g=2"))
    )


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("elnet_1.0@residual=relu,g=8", "elnet_1.0@g=8,residual=relu"),
        ("elnet_1.0@g=4,shuffle=on,block=gsd,input=224,classes=1000", "elnet_1.0"),
        ("elnet_2.0@shuffle=off", "elnet_2.0@shuffle=off"),
        ("elnet_1.0@classes=10,input=32,block=b,g=2", "elnet_1.0@g=2,block=b,input=32,classes=10"),
        ("mobilenet_v2@classes=10,input=032", "mobilenet_v2@input=32,classes=10"),
        ("elnet_1.0@weights=digits", "elnet_1.0@weights=digits"),
        ("elnet_1.0@weights=digits,input=32,classes=10", "elnet_1.0@weights=digits"),
        ("timm:resnet18@input=224", "timm:resnet18"),
        ("torchvision:resnet18@input=64", "torchvision:resnet18@input=64"),
        ("my.nets:small@input=48", "my.nets:small@input=48"),
    ],
)
def test_a_model_has_one_canonical_name(spelling: str, canonical: str) -> None:
    assert entry(spelling).name == canonical
    assert entry(spelling) == entry(canonical)


def test_options_decide_input_classes_and_weights() -> None:
    known = entry("shufflenet_v2_x0_5@input=32,classes=100,weights=/tmp/my, net@2.pt")
    assert (known.input_shape, known.classes) == ((1, 3, 32, 32), 100)
    assert known.weights == "/tmp/my, net@2.pt"
    assert known.name == "shufflenet_v2_x0_5@input=32,classes=100,weights=my, net@2"
    assert known.network == "shufflenet_v2_x0_5"
    digits = entry("elnet_1.0@residual=relu,weights=digits")
    assert (digits.input_shape, digits.classes, digits.weights) == ((1, 3, 32, 32), 10, "digits")
    assert digits.network == "elnet_1.0@residual=relu"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mobilenet_v3_smal", "The nearest is mobilenet_v3_small"),
        ("ELNet", "The nearest are elnet_0.5, elnet_1.0, elnet_1.5, elnet_2.0"),
        ("elnet", "The nearest are elnet_0.5, elnet_1.0, elnet_1.5, elnet_2.0"),
        ("elnet_1", "The nearest are elnet_1.0, elnet_1.5"),
        ("mobilenetv2", "The nearest is mobilenet_v2"),
        ("MobileNet-V3", "The nearest are mobilenet_v3_small, mobilenet_v3_large"),
        ("shufflenet", "The nearest are shufflenet_v1_x0_5, shufflenet_v1_x1_0, shufflenet_v2_x0_5"),
        ("resnet50", "The nearest are torchvision:resnet50, timm:resnet50, resnet18"),
        ("qqq", "Known are elnet_0.5, "),
        ("", "Known are elnet_0.5, "),
        ("resnet18@g=2", "Use input, classes, weights"),
        ("elnet_1.0@h=8", "Use g, shuffle, residual, block, input, classes, weights"),
        ("elnet_1.0@g=3", "Use one of 1, 2, 4, 8, 16"),
        ("elnet_1.0@shuffle", "Write options as in elnet_1.0@g=8,shuffle=off"),
        ("elnet_1.0@", "Write options as in"),
        ("elnet_1.0@g=8,g=2", "Give it once"),
        ("elnet_1.0@input=0", "Give a whole number from 8 to 2048"),
        ("elnet_1.0@input=32x32", "Give a whole number from 8 to 2048"),
        ("elnet_1.0@classes=-1", "Give a whole number from 1 to 100000"),
        ("elnet_1.0@classes=99999999999999999999", "Give a whole number from 1 to 100000"),
        ("elnet_1.0@weights=digits,classes=100", "Leave input and classes out"),
        ("timm:mobilenetv3_smal_100", "mobilenetv3_small_100"),
        ("timm:resnet18.a1_in1k", "trained weights"),
        ("timm:hf-hub:someone/net", "timm has no network"),
        ("torchvision:resnet19", "The nearest are resnet1"),
        ("torchvision:fasterrcnn_resnet50_fpn", "torchvision has no network"),
        ("my.nets:small@classes=7", "Use input, weights"),
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
        "import sys; from harness.models.catalogue import entries, entry; entries();"
        " entry('timm:resnet50'); entry('elnet_1.0@weights=x.pt');"
        " assert not {'torch', 'numpy', 'timm', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_branches_for_training_are_there_to_train_and_merged_to_measure() -> None:
    trained = seeded(lambda: construct(entry("mobileone_s0@input=32")), 0)
    measured = build("mobileone_s0@input=32")
    parameters = [sum(p.numel() for p in network.parameters()) for network in (trained, measured)]
    assert parameters == [5_293_272, 2_078_504]


def test_merging_changes_no_output() -> None:
    from harness.models.networks import merged

    network = seeded(lambda: construct(entry("mobileone_s0@input=32,classes=10")), 0).eval().double()
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)).double()
    with torch.no_grad():
        assert torch.allclose(merged(network)(images), network(images), atol=1e-12)


def test_a_network_of_a_library_is_built_with_the_classes_that_are_asked_for() -> None:
    for name in (
        "timm:mobilenetv3_small_050@classes=7,input=64",
        "torchvision:mnasnet0_75@classes=7,input=64",
    ):
        network = build(name)
        assert not network.training
        with torch.no_grad():
            assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 7)


def test_a_network_that_takes_one_size_only_says_which() -> None:
    with pytest.raises(UnknownModel, match="takes images of 384 pixels only"):
        build("timm:vit_tiny_patch16_384")
