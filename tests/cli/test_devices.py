"""`elbench devices`: the table for people and the JSON for programs."""

import json
import re

import pytest
from typer.testing import CliRunner

from harness.cli.devices import table
from harness.cli.main import app
from harness.phone.discovery import Sighting
from harness.phone.states import remedy_for
from tests.phone.adb_lists import LISTS, answering_list
from tests.phone.test_facts import real


def sighting(serial: str, state: str = "device", *others: Sighting) -> Sighting:
    return Sighting(serial=serial, state=state, model=None, remedy=remedy_for(state), others=others)


def test_each_phone_has_a_row_and_what_its_owner_should_know_stands_below() -> None:
    facts = real("huawei-mate-20", "huawei-mate-20", "huawei-mate-20")
    old = real("moto-g-gen4", "moto-g-gen4", "moto-g-gen4")
    lines = table(
        [
            (sighting("M20", "device", sighting("10.0.0.7:5555", "offline")), facts),
            (sighting("ZY1"), old),
            (sighting("XYZ", "unauthorized"), None),
        ]
    )
    assert [re.split(" {2,}", line) for line in lines] == [
        ["Serial", "State", "Phone", "Chip", "Cores", "System"],
        [
            "M20", "ready", "HUAWEI Mate 20", "HiSilicon Kirin 980",
            "4×1.80 + 2×1.90 + 2×2.60 GHz", "Android 9, EMUI 9.0.0",
        ],
        ["", "Also connected as 10.0.0.7:5555 (offline)."],
        [
            "ZY1", "ready", "motorola Moto G (4)", "Qualcomm MSM8952",
            "4×1.52 + 4×1.21 GHz, 2 off", "Android 6.0.1",
        ],
        ["XYZ", "unauthorized", "–", "–", "–", "–"],
        ["", 'Unlock the phone and accept its dialog "Allow USB debugging", with "Always allow" ticked.'],
    ]  # fmt: skip
    starts = {
        line.index(name) for line, name in ((lines[0], "Cores"), (lines[1], "4×1.80"), (lines[3], "4×1.52"))
    }
    assert len(starts) == 1


def test_a_phone_that_nobody_may_open_is_listed_with_the_rule_that_cures_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = LISTS["Unihertz without permissions"]
    with answering_list(listed.short, listed.long) as port:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(port))
        monkeypatch.delenv("ADB_SERVER_SOCKET", raising=False)
        for_people = CliRunner().invoke(app, ["devices"])
        for_programs = CliRunner().invoke(app, ["devices", "--json"])
    assert for_people.exit_code == 0
    assert "JEEECN0000000000  no permissions  –" in for_people.stdout
    assert "51-android.rules" in for_people.stdout
    (phone,) = json.loads(for_programs.stdout)
    assert set(phone) == {"serial", "state", "model", "remedy", "others", "facts"}
    assert phone["facts"] is None
    assert "51-android.rules" in phone["remedy"]


def test_what_a_phone_calls_itself_cannot_steer_the_terminal() -> None:
    facts = real("pixel", "pixel-8", "pixel")
    hostile = type(facts)(
        **{name: getattr(facts, name) for name in facts.__slots__ if name != "model"},
        model="\x1b[2J" + "x" * 500,
        missing=facts.missing,
    )
    line = table([(sighting("P1"), hostile)])[1]
    assert "\x1b" not in line
    assert len(line) < 250
