"""The documentation and the command say the same."""

import re
from pathlib import Path

import pytest
import typer

from harness.cli.main import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")


def options_by_command() -> dict[str, set[str]]:
    group = typer.main.get_command(app)
    commands = {f"elbench {name}": command for name, command in group.commands.items()}
    phone = commands.pop("elbench phone")
    commands |= {f"elbench phone {name}": command for name, command in phone.commands.items()}
    return {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in commands.items()
    }


@pytest.mark.parametrize("command", options_by_command())
def test_every_option_is_documented_and_no_other(command: str) -> None:
    section = re.search(rf"^## {command}\b[^\n]*\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, f"docs/reference/cli.md has no section `{command}`"
    documented = set(re.findall(r"`(--[a-z-]+)", section[1]))
    assert documented == options_by_command()[command]


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("android_runner/*.md")]
    assert len(pages) > 10
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
