"""The caller's own function: found from the current folder, and every slip answered in one line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from harness.errors import UnknownModel, UsageError
from harness.models.catalogue import build
from harness.models.own_function import own_code_digest

NETS = """
import torch
from torch import nn
import own_blocks

print("importing")

def small():
    print("building")
    return own_blocks.block()

def half():
    return small().half()

def needs(width):
    return small()

def fails():
    raise KeyError("the\\nconfiguration")

def leaves():
    raise SystemExit(3)

def number():
    return 5

constant = 7
"""

BLOCKS = """
from torch import nn

def block():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())
"""


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "own_nets.py").write_text(NETS)
    (tmp_path / "own_blocks.py").write_text(BLOCKS)
    (tmp_path / "own_broken.py").write_text("import missing_library\n")
    (tmp_path / "own_syntax.py").write_text("def\n")
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    yield tmp_path
    assert sys.path == before
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


@pytest.mark.usefixtures("nets")
def test_a_function_in_the_current_folder_is_built_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    network = build("own_nets:small", seed=3)
    assert not network.training
    assert torch.equal(network[1].bias, torch.zeros(4))  # type: ignore[index]
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "importing\nbuilding\n")


@pytest.mark.usefixtures("nets")
def test_its_random_weights_depend_on_the_seed_alone() -> None:
    first, again, other = (build("own_nets:small", seed=seed)[0].weight for seed in (3, 3, 4))  # type: ignore[index]
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.usefixtures("nets")
def test_half_precision_becomes_float32() -> None:
    assert {value.dtype for value in build("own_nets:half").parameters()} == {torch.float32}


@pytest.mark.usefixtures("nets")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("own_absent:small", "there is no module own_absent"),
        ("own_nets.deeper:small", "there is no module own_nets.deeper"),
        ("own_nets:smal", "The nearest is small"),
        ("own_nets:constant", "has no function constant"),
        ("own_nets:needs", "calling it without arguments failed (TypeError: needs() missing 1 required"),
        ("own_nets:fails", "calling it without arguments failed (KeyError: 'the\\nconfiguration')"),
        ("own_nets:leaves", "calling it without arguments failed (SystemExit: 3)"),
        ("own_nets:number", "returns int, not a torch.nn.Module"),
        ("own_broken:net", "importing it failed (ModuleNotFoundError: No module named 'missing_library')"),
        ("own_syntax:net", "importing it failed (SyntaxError"),
    ],
)
def test_each_slip_is_told_in_one_line_with_its_cause(name: str, told: str) -> None:
    with pytest.raises(UsageError) as refused:
        build(name)
    message = str(refused.value)
    assert told in message
    assert message.startswith(f"{name}: ")
    assert "\n" not in message


def test_a_module_that_does_not_exist_is_an_unknown_model() -> None:
    with pytest.raises(UnknownModel):
        build("no_such_package_anywhere:net")


def test_code_that_the_module_imports_from_its_folder_belongs_to_it(nets: Path) -> None:
    build("own_nets:small")
    before = own_code_digest("own_nets")
    assert own_code_digest("own_nets") == before
    (nets / "own_broken.py").write_text("# not imported, so no part of it\n")
    assert own_code_digest("own_nets") == before
    (nets / "own_blocks.py").write_text(BLOCKS + "\n# changed\n")
    assert own_code_digest("own_nets") != before
