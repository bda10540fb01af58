"""`logcat` and `log` of the virtual phone: buffers, formats, filters, as on a phone of each era."""

from datetime import UTC, datetime

import pytest

from harness.virtual.system.logcat import FORMATS, Logcat
from harness.virtual.system.phone_clock import PhoneClock
from tests.virtual.connected import ConnectedPhone

WHEN = datetime(2026, 3, 4, 5, 6, 7, 89_123, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("threadtime", "03-04 05:06:07.089  1234  1234 I Tag     : hello"),
        ("brief", "I/Tag     ( 1234): hello"),
        ("time", "03-04 05:06:07.089 I/Tag     ( 1234): hello"),
        ("tag", "I/Tag     : hello"),
        ("process", "I( 1234) hello  (Tag)"),
        ("raw", "hello"),
        ("epoch", "     1772600767.089  1234  1234 I Tag     : hello"),
        ("monotonic", "         12.500  1234  1234 I Tag     : hello"),
    ],
)
def test_each_format_is_written_as_liblog_writes_it(form: str, line: str) -> None:
    times_s = iter([100.0, 112.5])
    log = Logcat(PhoneClock(monotonic_s=lambda: next(times_s), now=lambda: WHEN, on_for_s=0), sdk=34)
    log.write("I", "Tag", "hello")
    [entry] = log.entries(["main"])
    assert FORMATS[form](entry) == line


@pytest.mark.parametrize(
    ("sdk", "form", "buffers"),
    [
        (19, "brief", ("main", "system")),
        (21, "brief", ("main", "system", "crash")),
        (24, "threadtime", ("main", "system", "crash")),
    ],
)
def test_old_phones_have_fewer_buffers_and_another_format(
    sdk: int, form: str, buffers: tuple[str, ...]
) -> None:
    log = Logcat(PhoneClock(), sdk=sdk)
    assert (log.default_format, log.default_buffers) == (form, buffers)


def said(phone: ConnectedPhone, options: str) -> list[str]:
    """The messages that a call shows of those that these tests write."""
    lines = phone.shell(f"logcat -d -v tag {options}").stdout.splitlines()
    return [line for line in lines if "elb-" in line]


def test_tags_priorities_and_patterns_choose_what_is_shown(phone: ConnectedPhone) -> None:
    phone.shell("logcat -c; log -p w -t elb-a first; log -p d -t elb-a second; log -p e -t elb-b third")
    everything = ["W/elb-a   : first", "D/elb-a   : second", "E/elb-b   : third"]
    assert said(phone, "") == everything
    assert said(phone, "'*:W'") == [everything[0], everything[2]]
    assert said(phone, "elb-a:W '*:S'") == [everything[0]]
    assert said(phone, "-s elb-b") == [everything[2]]
    assert said(phone, "-e '^sec'") == [everything[1]]
    assert said(phone, "-m 1 -e 'st|nd'") == [everything[0]]
    assert said(phone, "-t 1") == [everything[2]]
    assert said(phone, "-t1") == [everything[2]]
    assert said(phone, "--pid=1") == []
    assert said(phone, "-b crash,events") == []
    assert said(phone, "-b all") == everything


def test_entries_since_a_time_are_chosen_by_the_phones_clock(phone: ConnectedPhone) -> None:
    phone.shell("logcat -c; log -t elb-t early")
    stamp = phone.shell("logcat -d -v threadtime -s elb-t").stdout.splitlines()[-1][:18]
    assert said(phone, f"-t '{stamp}'") == ["I/elb-t   : early"]
    assert said(phone, "-T '2099-01-01 00:00:00.000'") == []
    assert said(phone, "-t 946684800.000") == ["I/elb-t   : early"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("logcat -d -b nonsense", "Unknown buffer 'nonsense'"),
        ("logcat -d -v fancy", "Invalid parameter 'fancy' to -v"),
        ("logcat -d -t yesterday", "not in time format"),
        ("logcat -d --surprise", "Unknown option '--surprise'"),
        ("logcat -d -m many", "out of range"),
        ("logcat -d -e '('", "-e ("),
        ("logcat -d -b", "requires an argument -- b"),
    ],
)
def test_what_logcat_does_not_know_is_refused(phone: ConnectedPhone, line: str, reason: str) -> None:
    refused = phone.shell(line)
    assert refused.returncode != 0
    assert reason in refused.stderr


def test_a_log_that_is_followed_shows_what_comes(phone: ConnectedPhone) -> None:
    phone.shell("logcat -c; log -t elb-f before")
    following = phone.client("shell", "logcat -v tag -s elb-f")
    assert following.stdout
    lines = iter(following.stdout.readline, b"")
    assert next(line for line in lines if b"elb-f" in line) == b"I/elb-f   : before\n"
    phone.shell("log -t elb-f after")
    assert next(lines) == b"I/elb-f   : after\n"
    following.kill()
    following.communicate(timeout=30)
