"""Numbers that stand in two files are the same in both."""

import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from android_runner.packaging.recipe import RUNNER, Recipe
from android_runner.prebuilt import Prebuilt
from tests.android_runner.conftest import REPOSITORY

POM = RUNNER / "pom.xml"


def pom_text(path: str) -> str:
    """The text of one element of pom.xml."""
    found = ElementTree.parse(POM).find(path.replace("/", "/{*}").join(["{*}", ""]))
    assert found is not None, path
    assert found.text, path
    return found.text


def test_the_runner_has_the_version_of_elbench() -> None:
    assert (
        pom_text("version")
        == tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
    )


def test_the_shipped_manifest_has_the_versions_of_the_pom(shipped: Prebuilt) -> None:
    assert shipped.manifest.version == pom_text("version")
    assert shipped.manifest.pytorch_lite == pom_text("properties/pytorch.lite.version")


def test_code_is_checked_against_the_oldest_android_that_the_manifest_admits() -> None:
    written = (RUNNER / "src/main/AndroidManifest.xml").read_text()
    admitted = re.search(r'android:minSdkVersion="(\d+)"', written)
    assert admitted
    assert admitted[1] == pom_text("properties/android.min.api")


@pytest.mark.parametrize(
    ("version", "code"),
    [("0.1.0", 100), ("0.1.1", 101), ("0.2.0", 200), ("1.0.0", 10_000), ("1.12.3", 11_203)],
)
def test_version_codes_grow_with_versions(version: str, code: int) -> None:
    somewhere = Path()
    recipe = Recipe(
        version=version,
        pytorch_lite="1.12.2",
        classes=somewhere,
        aar=somewhere,
        libraries=(),
        android=somewhere,
        r8=somewhere,
        java_home=somewhere,
    )
    assert recipe.version_code == code
