"""The packaging script's own parts: zip files without circumstances, tools that fail, and the comparison."""

import os
import time
from pathlib import Path

import pytest

from android_runner.packaging.__main__ import main
from android_runner.packaging.archive import read_folder, read_zip, write_zip
from android_runner.packaging.recipe import Recipe
from android_runner.packaging.tools import BuildFailed, run_tool
from harness.errors import SetupIncomplete


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Nothing to build from; enough to call tools."""
    return Recipe(
        version="0.1.0",
        pytorch_lite="1.12.2",
        classes=tmp_path,
        aar=tmp_path / "a.aar",
        libraries=(),
        android=tmp_path / "android.jar",
        r8=tmp_path / "r8.jar",
        java_home=tmp_path,
    )


def test_a_zip_depends_on_its_content_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {"b": b"2" * 1000, "a/ü": bytes(range(256)), "a": b""}
    write_zip(tmp_path / "one.zip", entries)
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    before = os.umask(0o077)
    try:
        write_zip(tmp_path / "two.zip", dict(reversed(entries.items())))
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert read_zip(tmp_path / "one.zip", lambda name: name != "b") == {"a/ü": bytes(range(256)), "a": b""}


def test_folders_are_read_by_relative_name(tmp_path: Path) -> None:
    (tmp_path / "io/x").mkdir(parents=True)
    (tmp_path / "io/x/A.class").write_bytes(b"A")
    (tmp_path / "B.txt").write_bytes(b"B")
    assert read_folder(tmp_path, lambda name: name.endswith(".class")) == {"io/x/A.class": b"A"}


def test_a_missing_tool_is_named_with_the_remedy(recipe: Recipe) -> None:
    with pytest.raises(SetupIncomplete, match=r"no-such-tool is not installed\. Run `make apk`"):
        run_tool(recipe, "no-such-tool")


def test_a_tool_that_refuses_is_quoted(recipe: Recipe) -> None:
    with pytest.raises(BuildFailed, match=r"sh ended with code 3: bad input"):
        run_tool(recipe, "sh", "-c", "echo bad input >&2; exit 3")


def test_tools_see_neither_locale_nor_time_zone_nor_jvm_options(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Duser.language=tr")
    seen = run_tool(recipe, "sh", "-c", 'echo "$LC_ALL $TZ [$JAVA_TOOL_OPTIONS]"')
    assert seen == "C.UTF-8 UTC []\n"


def test_a_failed_build_leaves_the_last_one_and_no_rubbish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "apk"
    output.mkdir()
    (output / "manifest.json").write_text("last")
    named = [f"--{name}={tmp_path / 'nowhere'}" for name in ("classes", "aar", "android", "r8", "library")]
    code = main(
        [
            "build",
            f"--output={output}",
            "--version=0.1.0",
            "--pytorch-lite=1.12.2",
            f"--java-home={tmp_path}",
            *named,
        ]
    )
    assert code != 0
    assert "ended with code" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["apk"]
    assert (output / "manifest.json").read_text() == "last"


def test_the_comparison_says_which_file_is_not_as_shipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built, prebuilt = tmp_path / "built", tmp_path / "prebuilt"
    for folder, content in ((built, "new"), (prebuilt, "old")):
        folder.mkdir()
        (folder / "a.apk").write_text(content)
        (folder / "b.apk").write_text("same")
    (built / "c.apk").write_text("only built")

    assert main(["compare", str(built), str(prebuilt)]) == 0

    verdicts = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert verdicts == [
        "a.apk  DIFFERS from prebuilt/",
        "b.apk  equals prebuilt/",
        "c.apk  not shipped yet",
    ]
