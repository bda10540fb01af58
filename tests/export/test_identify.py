"""What people name: references, files of two kinds, and everything that is neither."""

from pathlib import Path

import pytest

from harness.errors import ElbenchError, UnknownModel, UnreadableModel, UsageError
from harness.export.identify import ModelFile, TorchScriptFile, identify
from harness.models.catalogue import CatalogueEntry
from tests.export.conftest import script, tiny_module


def silent(_: str) -> None:
    pass


@pytest.fixture
def scripted_file(tmp_path: Path) -> Path:
    file = tmp_path / "net.pt"
    file.write_bytes(script(tiny_module()).save_to_buffer())
    return file


def test_a_program_and_torchscript_are_told_apart(tiny_file: Path, scripted_file: Path) -> None:
    program, scripted = identify([str(tiny_file), str(scripted_file)], say=silent)
    assert isinstance(program, ModelFile)
    assert (program.name, program.program) == ("tiny", tiny_file.read_bytes())
    assert isinstance(scripted, TorchScriptFile)
    assert (scripted.name, scripted.program) == ("net", scripted_file.read_bytes())


@pytest.mark.parametrize(
    "name",
    [
        "elnet_1.0@g=8",
        "elnet_1.0@weights=/some/folder/net.pt",
        "mobilenet_v2@input=32,classes=10,weights=net.ptl",
        "timm:resnet18",
        "torchvision:resnet18@weights=a/b.pth",
        "package.module:function",
        "package.module:function@weights=a/b.pth",
    ],
)
def test_a_reference_is_no_file_though_it_names_one(name: str) -> None:
    (found,) = identify([name], say=silent)
    assert isinstance(found, CatalogueEntry)


def test_a_file_that_is_called_like_a_model_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("elnet_1.0").write_text("no model")
    (found,) = identify(["elnet_1.0"], say=silent)
    assert isinstance(found, CatalogueEntry)
    with pytest.raises(UnreadableModel):
        identify(["./elnet_1.0"], say=silent)


def test_one_model_in_two_spellings_is_measured_once(tiny_file: Path) -> None:
    told: list[str] = []
    names = ["elnet_1.0@residual=relu,g=8", "elnet_1.0@g=8,residual=relu", str(tiny_file), f"{tiny_file}"]
    assert len(identify(names, say=told.append)) == 2
    assert told == [f"{name} is named twice and measured once" for name in names[1::2]]


def test_files_of_one_name_are_told_apart_by_folder(tmp_path: Path, tiny_file: Path) -> None:
    other = tmp_path / "other" / "tiny.ptl"
    other.parent.mkdir()
    other.write_bytes(tiny_file.read_bytes())
    found = identify([str(tiny_file), str(other)], say=silent)
    assert [model.name for model in found] == [f"{tmp_path.name}/tiny", "other/tiny"]


def test_checkpoints_of_one_name_cannot_be_told_apart() -> None:
    names = ["elnet_1.0@weights=a/net.pt", "elnet_1.0@weights=b/net.pt"]
    with pytest.raises(UsageError, match="several models would be called this"):
        identify(names, say=silent)


def test_a_file_takes_no_options(tiny_file: Path) -> None:
    with pytest.raises(UsageError, match="Give its input's shape with --input-shape"):
        identify([f"{tiny_file}@input=32"], say=silent)


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        ("mobilenetv2", UnknownModel),
        ("absent.ptl", UnreadableModel),
        ("folder/absent", UnreadableModel),
        ("a:b:c", UnknownModel),
        ("timm:", UnknownModel),
        (":", UnknownModel),
        ("@g=8", UnknownModel),
        ("\x1b[31mred", UnknownModel),
    ],
)
def test_what_is_nothing_is_refused_in_one_line(thing: str, kind: type[ElbenchError]) -> None:
    with pytest.raises(kind) as refused:
        identify([thing], say=silent)
    assert "\n" not in str(refused.value)
