"""The verdict on each kind of file, in words, with and without Android's libraries."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from harness.errors import SetupIncomplete, UnreadableModel, UsageError
from harness.export import preflight as room
from harness.export.checks import Check, check_phone
from harness.export.preflight import Preflight, preflight
from harness.export.trial import Outcome, Trial
from harness.results.records import Allocation
from tests.export.conftest import SMALL, lite_bytes, tiny_program
from tests.export.networks import (
    WITH_BATCH_NORM,
    careful,
    careless,
    seeded,
    super_resolution,
    torchscript,
    unoptimised,
    with_bytecode_version,
    with_record,
)
from tests.export.test_obtain import Nothing, Random
from tests.export.test_trial import nested_too_deep

NO_TOOLS = {"PATH": ""}


class Attention(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        pixels = images.flatten(2).transpose(1, 2)
        return nn.functional.scaled_dot_product_attention(pixels, pixels, pixels)


class Unpacked(nn.Module):
    """A squeeze-excite that stays as it is: x86_64 libraries compute it wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.reduce, self.expand = nn.Conv2d(64, 16, 1), nn.Conv2d(16, 64, 1)

    def forward(self, images: Tensor) -> Tensor:
        gate = self.expand(torch.relu(self.reduce(images.mean((2, 3), keepdim=True))))
        return images * torch.sigmoid(gate)


def module() -> nn.Module:
    return seeded(WITH_BATCH_NORM["plain"])


def check(
    folder: Path, program: bytes, *, reference: bytes | None = None, shape: tuple[int, ...] | None = SMALL
) -> Preflight:
    """By lists alone, as where Android's libraries do not run."""
    (folder / "net.ptl").write_bytes(program)
    proof = folder / "reference.pt" if reference else None
    if proof and reference:
        proof.write_bytes(reference)
    return preflight(folder / "net.ptl", reference=proof, input_shape=shape, environment=NO_TOOLS)


def answers(found: Preflight) -> dict[str, str]:
    return {check.name: check.answer for check in found.checks}


def message(found: Preflight, name: str) -> str:
    return next(check.message for check in found.checks if check.name == name)


def test_a_good_file_is_fine_and_what_was_not_done_is_said(tmp_path: Path) -> None:
    found = check(tmp_path, tiny_program(), shape=None)
    assert found.verdict == "fine"
    assert not found.certain
    assert found.ran_in is None
    assert found.input_shape == SMALL
    assert answers(found)["phone"] == "skipped"
    assert "compared with lists" in message(found, "phone")
    assert "cannot be found" in message(found, "phone")


FAILING: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "empty": (lambda: b"", "file", "is empty"),
    "garbage": (lambda: b"\x00\x01garbage" * 40, "file", "is no model"),
    "pickle": (lambda: pickle.dumps({"weight": 1}), "file", "is a pickle"),
    "torchscript": (lambda: torchscript(module()), "file", "without the bytecode that phones run"),
    "truncated": (lambda: tiny_program()[:-100], "file", "damaged or cut short"),
    "half": (lambda: tiny_program()[: len(tiny_program()) // 2], "file", "damaged or cut short"),
    "no bytecode": (lambda: with_record(tiny_program(), "bytecode.pkl", b"x"), "file", "cannot be read"),
    "newer": (lambda: with_bytecode_version(tiny_program(), 10), "versions", "bytecode version 10 is newer"),
    "older": (lambda: with_bytecode_version(tiny_program(), 3), "versions", "bytecode version 3 is older"),
    "new format": (lambda: with_record(tiny_program(), "version", b"11\n"), "versions", "file format 11"),
    "attention": (
        lambda: careful(nn.Sequential(nn.Conv2d(3, 8, 3), Attention()).eval()),
        "operators",
        "lacks aten::scaled_dot_product_attention",
    ),
    "deadly": (nested_too_deep, "file", "damaged"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_file_that_would_not_load_fails_for_its_reason(tmp_path: Path, kind: str) -> None:
    make, name, told = FAILING[kind]
    found = check(tmp_path, make())
    assert found.verdict == "fails"
    assert answers(found)[name] == "failed"
    assert told in message(found, name)
    assert "\n" not in message(found, name)


def test_a_file_that_takes_another_input_fails_and_names_the_option(tmp_path: Path) -> None:
    found = check(tmp_path, unoptimised(module()), shape=(1, 1, 16, 16))
    assert found.verdict == "fails"
    assert "--input-shape" in message(found, "host")


def test_a_careless_export_is_suspect_and_told_the_way_out(tmp_path: Path) -> None:
    found = check(tmp_path, careless(module()))
    assert found.verdict == "suspect"
    told = message(found, "biases")
    assert "lost the bias that BatchNorm folds" in told
    assert "torch.jit.freeze before optimize_for_mobile" in told
    assert "--reference" in told


def test_a_reference_proves_a_careless_export_wrong(tmp_path: Path) -> None:
    found = check(tmp_path, careless(module()), reference=torchscript(module()))
    assert found.verdict == "wrong"
    assert "torch.jit.freeze" in message(found, "reference")


def test_a_reference_clears_a_network_without_biases(tmp_path: Path) -> None:
    program, reference = careful(seeded(super_resolution)), torchscript(seeded(super_resolution))
    assert check(tmp_path, program).verdict == "suspect"
    found = check(tmp_path, program, reference=reference)
    assert found.verdict == "fine"
    assert answers(found)["biases"] == "warning"


def test_a_reference_proves_a_careful_export_right(tmp_path: Path) -> None:
    found = check(tmp_path, careful(module()), reference=torchscript(module()))
    assert (found.verdict, answers(found)["reference"]) == ("fine", "passed")


def test_a_reference_of_another_model_is_told_from_lost_biases(tmp_path: Path) -> None:
    found = check(tmp_path, careful(module()), reference=torchscript(seeded(super_resolution)))
    assert found.verdict == "wrong"
    assert "TorchScript of this very model" in message(found, "reference")


def test_a_file_cannot_prove_itself(tmp_path: Path) -> None:
    with pytest.raises(UnreadableModel, match=r"is a \.ptl itself and proves nothing"):
        check(tmp_path, careless(module()), reference=careless(module()))


class Choosy(nn.Module):
    """Refuses every input in words of its own."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        assert images.size(1) == 1, "one channel please"
        return images


def test_a_model_that_refuses_its_input_is_quoted(tmp_path: Path) -> None:
    found = check(tmp_path, lite_bytes(Choosy()))
    assert found.verdict == "fails"
    assert "one channel please" in message(found, "host")
    assert "--input-shape" in message(found, "host")


@pytest.mark.parametrize("content", [b"garbage", pickle.dumps({"weight": 1})], ids=["garbage", "pickle"])
def test_a_reference_that_is_no_torchscript_is_an_error_and_no_verdict(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(UnreadableModel, match=r"reference\.pt: the reference does not compute"):
        check(tmp_path, careful(module()), reference=content)


@pytest.mark.parametrize("odd", [Nothing(), Random()], ids=["nan", "random"])
def test_an_output_that_proves_nothing_is_wrong(tmp_path: Path, odd: nn.Module) -> None:
    assert check(tmp_path, unoptimised(odd)).verdict == "wrong"


def test_what_cannot_be_read_is_an_error_and_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(UnreadableModel, match="there is no such file"):
        preflight(tmp_path / "absent.ptl")
    with pytest.raises(UnreadableModel, match="is a folder"):
        preflight(tmp_path)


def test_a_shape_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes 1x3x16x16 float32"):
        check(tmp_path, tiny_program(), shape=(1, 3, 224, 224))


def test_a_phone_that_computes_something_else_is_wrong_unless_only_x86_does() -> None:
    here = Outcome(torch.ones(1, 4).double().numpy(), "")
    there = Outcome(torch.zeros(1, 4).double().numpy(), "")
    trial = Trial(
        lite=here,
        script=here,
        biases=None,
        layers=(),
        allocation=Allocation.unknown("not asked for"),
        reference=None,
    )
    packed, unpacked = (
        room.read_bytecode(export(module()), where="net.ptl") for export in (careful, unoptimised)
    )
    assert check_phone(there, trial, packed, "x86_64").answer == "wrong"
    warned = check_phone(there, trial, unpacked, "x86_64")
    assert warned.answer == "warning"
    assert "arm64 libraries of phones do not have it" in warned.message
    told = check_phone(there, trial, unpacked, "arm64-v8a")
    assert told.answer == "wrong"
    assert "in its arm64-v8a libraries" in told.message


def test_a_phone_that_does_not_load_the_file_fails_it() -> None:
    here = Outcome(torch.ones(1, 4).double().numpy(), "")
    trial = Trial(
        lite=here,
        script=here,
        biases=None,
        layers=(),
        allocation=Allocation.unknown("not asked for"),
        reference=None,
    )
    bytecode = room.read_bytecode(tiny_program(), where="net.ptl")
    failed = check_phone(Outcome(None, "is too old"), trial, bytecode, "x86_64")
    assert failed == Check("phone", "failed", "PyTorch Mobile lite 1.12.2: is too old")


@pytest.fixture(scope="module")
def android(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which Android's libraries run."""
    return {**os.environ, "ELBENCH_CACHE": str(tmp_path_factory.mktemp("cache"))}


def test_a_proved_file_that_ran_in_androids_libraries_is_certain(
    tmp_path: Path, android: dict[str, str]
) -> None:
    (tmp_path / "net.ptl").write_bytes(careful(module()))
    (tmp_path / "net.pt").write_bytes(torchscript(module()))
    found = preflight(
        tmp_path / "net.ptl", reference=tmp_path / "net.pt", input_shape=SMALL, environment=android
    )
    assert (found.verdict, found.certain) == ("fine", True)
    assert found.ran_in is not None
    assert "Android x86_64 libraries" in found.ran_in
    assert found.abi == "x86_64"


def test_the_fault_of_the_x86_libraries_is_no_fault_of_the_file(
    tmp_path: Path, android: dict[str, str]
) -> None:
    network = nn.Sequential(nn.Conv2d(3, 64, 3), Unpacked()).eval()
    (tmp_path / "net.ptl").write_bytes(unoptimised(network))
    found = preflight(tmp_path / "net.ptl", input_shape=SMALL, environment=android)
    assert answers(found)["phone"] == "warning", "are the libraries mended? Then drop this case"
    assert found.verdict == "fine"
    (tmp_path / "net.ptl").write_bytes(careful(network))
    found = preflight(tmp_path / "net.ptl", input_shape=SMALL, environment=android)
    assert answers(found)["phone"] == "passed"


def test_the_libraries_of_phones_have_no_such_fault(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2d(3, 64, 3), Unpacked()).eval()
    (tmp_path / "net.ptl").write_bytes(unoptimised(network))
    found = preflight(tmp_path / "net.ptl", input_shape=SMALL, engine="arm64")
    assert answers(found)["phone"] == "passed"
    assert (found.verdict, found.abi) == ("fine", "arm64-v8a")
    assert found.ran_in is not None
    assert "arm64-v8a libraries" in found.ran_in


def test_wanted_libraries_of_phones_that_are_not_set_up_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "net.ptl").write_bytes(tiny_program())
    with pytest.raises(SetupIncomplete, match="qemu-aarch64 cannot be found"):
        preflight(tmp_path / "net.ptl", engine="arm64", environment=NO_TOOLS)
