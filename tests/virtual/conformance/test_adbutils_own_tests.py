"""adbutils' own end-to-end tests, from its source distribution, run against a virtual phone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import adbutils
import pytest

from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb, bundled_adb, serving
from tests.virtual.conformance import sdist, unmet
from tests.virtual.connected import connect

ROOT = Path(__file__).parents[3]


@pytest.fixture
def lonely_adb(tmp_path: Path) -> Iterator[PrivateAdb]:
    """A server that sees no other phone, since these tests take the only one there is."""
    yield from serving(bundled_adb(), tmp_path)


def outcomes(report: Path) -> dict[str, str]:
    """How each test ended, by its module and name."""
    ends = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.attrib['classname'].split('.')[-1]}.{case.attrib['name']}"
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        ends[name] = next(iter(kinds), "passed")
    return ends


def test_all_of_adbutils_own_tests_pass_but_those_that_need_a_screen_a_network_or_usb(
    lonely_adb: PrivateAdb, tmp_path: Path
) -> None:
    assert adbutils.__version__ == sdist.VERSION, "pin the source distribution of the installed adbutils"
    tests, report = sdist.unpacked(tmp_path), tmp_path / "report.xml"
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.virtual.conformance.redirect", "-W", "ignore"]
    with VirtualPhones.start(engine="modelled") as phones:
        connect(lonely_adb, phones.addresses[0])
        said = subprocess.run(
            [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", tests],
            env={**os.environ, **lonely_adb.environment, "PYTHONPATH": str(ROOT)},
            cwd=tests,
            capture_output=True,
            text=True,
            timeout=120,
        )
        lonely_adb.run("disconnect", phones.addresses[0])
    ends = outcomes(report)
    failed = {name for name, end in ends.items() if end in ("failure", "error")}
    assert failed == set(unmet.FAIL), said.stdout[-4000:]
    assert {name for name, end in ends.items() if end == "skipped"} == set(unmet.SKIPPED)
    assert list(ends.values()).count("passed") == 39
