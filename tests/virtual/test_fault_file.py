"""Fault files: what each kind says, and every mistake in one line."""

import math
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.virtual.fault_file import read_faults
from harness.virtual.faults import AfterBytes, AfterSeconds, AtCommand, AtPhase, Fault


def read(folder: Path, text: str, *, count: int = 1) -> list[tuple[Fault, ...]]:
    """The faults of each phone."""
    file = folder / "faults.toml"
    file.write_text(text, encoding="utf-8")
    return [faults.all for faults in read_faults(file, count=count)]


@pytest.mark.parametrize(
    ("line", "trigger"),
    [
        ('phase = "steady"', AtPhase(None, "steady")),
        ('phase = "end"\nlaunch = 3', AtPhase(3, "end")),
        ('phase = "loaded"\nmodel = "elnet_1.0"', AtPhase(None, "loaded", "elnet_1.0")),
        ("after_bytes = 50000", AfterBytes(50_000)),
        ("after_seconds = 1.5", AfterSeconds(1.5, None)),
        ("after_seconds = 2\nlaunch = 4", AfterSeconds(2.0, 4)),
        ('command = "^sync:"', AtCommand(re.compile("^sync:"), 1)),
        ('command = "pm install"\nnth = 2', AtCommand(re.compile("pm install"), 2)),
    ],
)
def test_a_fault_happens_at_any_of_four_triggers(tmp_path: Path, line: str, trigger: object) -> None:
    [[fault]] = read(tmp_path, f'[[fault]]\nkind = "lmk"\n{line}\n')
    assert fault.trigger == trigger


def test_each_phone_has_its_own_faults_in_the_order_of_the_file(tmp_path: Path) -> None:
    entries = [("lmk", 1), ("crash", 0), ("anr", 1)]
    text = "".join(f'[[fault]]\nkind = "{kind}"\nphase = "end"\nphone = {phone}\n' for kind, phone in entries)
    first, second, third = read(tmp_path, text, count=3)
    assert [fault.kind for fault in first] == ["crash"]
    assert [fault.kind for fault in second] == ["lmk", "anr"]
    assert third == ()


@pytest.mark.parametrize(
    ("kind", "seconds"), [("disconnect", 0.0), ("reboot", 1.0), ("hang", math.inf), ("throttle", math.inf)]
)
def test_a_fault_that_does_not_say_how_long_it_lasts(tmp_path: Path, kind: str, seconds: float) -> None:
    [[fault]] = read(tmp_path, f'[[fault]]\nkind = "{kind}"\nafter_bytes = 1\n')
    assert fault.for_seconds == seconds


def test_a_throttle_for_the_rest_of_a_launch_ends_soon_after_it(tmp_path: Path) -> None:
    throttle = '[[fault]]\nkind = "throttle"\nphase = "loaded"\nrest_of_launch = '
    for last, seconds in (("true", 1.0), ("true\nfor_seconds = 3", 3.0), ("false", math.inf)):
        [[fault]] = read(tmp_path, f"{throttle}{last}\n")
        assert fault.for_seconds == seconds


def test_a_cable_may_stay_out_for_ever(tmp_path: Path) -> None:
    [[fault]] = read(tmp_path, '[[fault]]\nkind = "disconnect"\nafter_bytes = 1\nfor_seconds = inf\n')
    assert fault.for_seconds == math.inf


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('kind = "melt"\nphase = "end"', "kind is 'melt', it must be one of crash, crash_java, lmk"),
        ("kind = 3", "kind is 3"),
        ('kind = ["crash"]\nphase = "end"', r"kind is \['crash'\]"),
        ('kind = "crash"', "crash needs one of phase, after_bytes, after_seconds, command, it has 0"),
        ('kind = "crash"\nphase = "end"\nafter_bytes = 3', "it has 2"),
        ('kind = "crash"\nphase = "soon"', "phase is 'soon'"),
        ('kind = "crash"\nphase = ["end"]', r"phase is \['end'\]"),
        ('kind = "crash"\nphase = "end"\nat = 3', "unknown key at of crash"),
        ('kind = "crash"\nphase = "end"\nshare = 0.5', "unknown key share of crash"),
        ('kind = "crash"\nphase = "end"\nphone = 1', "phone is 1"),
        ('kind = "crash"\nphase = "end"\nphone = true', "phone is True"),
        ('kind = "crash"\nphase = "end"\nlaunch = 0', "launch is 0"),
        ('kind = "crash"\nphase = "end"\nnth = 2', "nth means nothing beside phase"),
        ('kind = "crash"\nafter_bytes = 2\nlaunch = 2', "launch means nothing beside after_bytes"),
        ('kind = "crash"\nafter_bytes = -1', "after_bytes is -1"),
        ('kind = "crash"\nafter_seconds = inf', "after_seconds is inf"),
        ('kind = "crash"\nafter_seconds = nan', "after_seconds is nan"),
        ('kind = "crash"\ncommand = "("', "no regular expression"),
        ('kind = "crash"\ncommand = ""', "command is ''"),
        ('kind = "hang"\nafter_bytes = 1\nfor_seconds = -2', "for_seconds is -2"),
        ('kind = "hang"\nafter_bytes = 1\nfor_seconds = "long"', "for_seconds is 'long'"),
        ('kind = "throttle"\nafter_bytes = 1\nshare = 0', "share is 0"),
        ('kind = "throttle"\nafter_bytes = 1\nstatus = 7', "status is 7"),
        ('kind = "throttle"\nafter_bytes = 1\nrest_of_launch = true', "rest_of_launch is True"),
        ('kind = "throttle"\nphase = "end"\nrest_of_launch = 1', "rest_of_launch is 1"),
        ('kind = "throttle"\nphase = "end"\nmodel = ""', "model is ''"),
        ('kind = "throttle"\nafter_bytes = 1\nmodel = "a"', "model means nothing beside after_bytes"),
        ('kind = "clock_jump"\nafter_bytes = 1', "clock_jump needs jump_seconds"),
        ('kind = "slow"\nafter_bytes = 1', "slow needs delay_seconds"),
        ('kind = "corrupt"\nafter_bytes = 1\npath = "models"', "path is 'models'"),
        ('kind = "lock_screen"\nafter_bytes = 1\npin = 1234', "pin is 1234"),
    ],
)
def test_a_wrong_fault_is_refused_by_what_is_wrong(tmp_path: Path, entry: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        read(tmp_path, f"[[fault]]\n{entry}\n")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["fault = 3\n", "fault = [3]\n", "[fault]\n", "", "[[faults]]\n"])
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="tables and nothing else"):
        read(tmp_path, text)


@pytest.mark.parametrize("content", [b"nonsense", b"\xff\xfe", b"a = [" * 2000, b"#" * (2 << 20)])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "faults.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="not understood"):
        read_faults(file, count=1)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: the fault file is not understood"):
        read_faults(tmp_path / "none.toml", count=1)


_VALUES = st.one_of(
    st.integers(), st.floats(), st.text(max_size=20), st.booleans(), st.lists(st.integers(), max_size=2)
)
_KEYS = ("kind", "phase", "launch", "after_bytes", "after_seconds", "for_seconds", "share", "command", "pin")


@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=5), st.sampled_from(("crash", "throttle")))
def test_no_entry_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, entry: dict[str, object], kind: str
) -> None:
    text = "[[fault]]\n" + "".join(
        f"{key} = {_toml(value)}\n" for key, value in {"kind": kind, **entry}.items()
    )
    with suppress(UsageError):
        read(tmp_path_factory.getbasetemp(), text)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
    return str(value)
