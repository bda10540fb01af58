"""`elbench models` as a person and as a program reads it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.main import app
from harness.errors import UnknownModel, UsageError
from harness.models.catalogue import entries
from harness.units import format_bytes


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["models", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_table_shows_what_a_model_costs() -> None:
    lines = printed("--filter", "mobilenet_v2").splitlines()
    assert lines[0].split() == [
        "name",
        "parameters",
        "MACs",
        "traffic",
        "size",
        "input",
        "top-1",
        "%",
        "year",
        "note",
    ]
    # 56,637,856 bytes of activations and 4 × 3,504,872 of parameters.
    expected = "mobilenet_v2 3.50 M 301 M 70.7 MB 14.0 MB 224×224 71.88 2018"
    assert lines[1].split() == expected.split()
    assert len(lines) == 2


def test_a_model_with_options_can_be_asked_for() -> None:
    (row,) = json.loads(printed("elnet_1.0@classes=10,input=32", "--json"))
    assert row["name"] == "elnet_1.0@input=32,classes=10"
    assert (row["parameters"], row["macs"]) == (190_570, 8_899_584)
    assert row["size_bytes"] == 4 * 190_570
    assert row["traffic_bytes"] == row["activation_bytes"] + row["size_bytes"]


def test_what_is_not_known_is_a_dash_for_people_and_null_with_a_reason_for_programs() -> None:
    assert printed("elnet_1.0").splitlines()[1].split()[-9:-7] == ["—", "2024"]
    (row,) = json.loads(printed("elnet_1.0", "--json"))
    assert row["top1_percent"] is None
    assert row["missing"]["top1_percent"] == "no weights are published"


def test_a_network_that_the_catalogue_has_not_counted_is_counted_when_it_is_asked_for() -> None:
    (row,) = json.loads(printed("timm:lcnet_035@classes=10", "--json"))
    assert row["parameters"] == 376_180


def test_what_cannot_be_built_is_refused_instead_of_shown_as_dashes() -> None:
    with pytest.raises(UnknownModel, match="there is no module not_there"):
        printed("not_there:net")


def test_a_network_that_does_not_take_its_input_is_refused() -> None:
    with pytest.raises(UsageError, match="does not take an input of shape 1x3x96x96"):
        printed("torchvision:vit_b_16@input=96")


def test_imagenet_accuracy_is_not_shown_for_another_form_of_a_network() -> None:
    for name in (
        "mobilenet_v2@input=32,classes=10",
        "mobilenet_v2@weights=digits",
        "mobilenet_v2@weights=my.pt",
    ):
        (row,) = json.loads(printed(name, "--json"))
        assert row["top1_percent"] is None, name
        assert row["missing"]["top1_percent"].startswith("what is published is for 1000 classes")


def test_columns_stand_below_their_heads_for_long_names_too() -> None:
    head, row = printed("elnet_1.0@g=8,shuffle=off,residual=relu").splitlines()
    assert row.index("224×224") + len("224×224") == head.index("input") + len("input")


@pytest.mark.parametrize(
    ("arguments", "kind"), [(["--filter", "flops<3"], UsageError), (["mobilenetv2"], UnknownModel)]
)
def test_a_slip_is_an_error_of_use(arguments: list[str], kind: type[UsageError]) -> None:
    with pytest.raises(kind):
        printed(*arguments)


def test_the_documentation_states_the_same() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    rows = [
        line for line in page.splitlines() if (line.startswith("| `") and "arXiv" in line) or "Zhang" in line
    ]
    known = entries()
    assert len(rows) == len(known)
    for row, model in zip(rows, known, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[:3] == [f"`{model.name}`", f"{model.parameters:,}", f"{model.macs:,}"]
        assert model.activation_bytes is not None
        assert cells[3] == format_bytes(model.activation_bytes)


def test_listing_loads_no_torch() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from harness.cli.main import app;"
        " result = CliRunner().invoke(app, ['models', '--json']); assert result.exit_code == 0;"
        " assert not {'torch', 'numpy', 'timm', 'torchvision'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
