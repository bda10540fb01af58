"""What is read from the libraries' sources is what they register."""

import timm
import torchvision

from harness.models.libraries import libraries_with, network_names


def test_every_network_that_a_library_registers_is_found_without_importing_it() -> None:
    assert network_names("timm") == set(timm.list_models())
    assert network_names("torchvision") == set(torchvision.models.list_models(module=torchvision.models))


def test_a_network_that_both_have_is_offered_of_both() -> None:
    assert libraries_with("resnet50") == ("torchvision:resnet50", "timm:resnet50")
    assert libraries_with("elnet_1.0") == ()
