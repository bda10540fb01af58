"""Whatever a phone prints, a parser gives a record or says that it is unreadable."""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InstallRefused, UnreadableAnswer
from harness.phone.battery import parse_battery
from harness.phone.conditions import parse_airplane_mode, parse_load, parse_screen
from harness.phone.cpufreq import parse_clocks, parse_cores
from harness.phone.facts import parse_page_size
from harness.phone.identity import abis, identify, is_virtual
from harness.phone.install_failures import explained
from harness.phone.memory import parse_memory
from harness.phone.properties import parse_properties
from harness.phone.server import parse_devices
from harness.phone.thermal import parse_thermal
from harness.results.records import Explained
from tests.phone.test_battery import PLAIN as BATTERY
from tests.phone.test_cpufreq import answer, core
from tests.phone.test_identity import ANDROID_6, ANDROID_14
from tests.phone.test_thermal_and_memory import NEW_KERNEL, THROTTLED

PARSERS: tuple[Callable[[str], Explained], ...] = (
    parse_battery,
    parse_thermal,
    parse_memory,
    parse_clocks,
    parse_cores,
    parse_page_size,
    parse_screen,
    parse_airplane_mode,
    parse_load,
)
CLOCKS = answer(core(0, "0-1", "1500000", "300000", "300000"))
SAMPLES = (
    BATTERY,
    THROTTLED,
    NEW_KERNEL,
    CLOCKS,
    "0-7\n",
    "4096\n",
    "Display Power: state=ON\n",
    "1.00 2 3\n",
)
DIGITS = st.from_regex(r"-?[0-9]{1,40}|[٠-٩]{1,3}", fullmatch=True)


@st.composite
def damaged(draw: st.DrawFn, samples: tuple[str, ...]) -> str:
    """A real answer with pieces of it lost, doubled or replaced."""
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        inserted = draw(
            st.sampled_from(["", text[start:end] * 2, "\r\n", "\0"]) | DIGITS | st.text(max_size=9)
        )
        text = text[:start] + inserted + text[end:]
    return text


@given(st.text() | damaged(SAMPLES))
def test_every_parser_gives_a_record_or_says_unreadable(text: str) -> None:
    for parse in PARSERS:
        with suppress(UnreadableAnswer):
            assert isinstance(parse(text), Explained)


@given(st.text() | damaged((ANDROID_6, ANDROID_14)))
def test_every_set_of_properties_identifies_a_phone_or_is_unreadable(text: str) -> None:
    try:
        properties = parse_properties(text)
    except UnreadableAnswer:
        return
    known = identify(properties)
    assert set(known.missing) == {name for name, value in known.values.items() if value is None}
    assert all(abis(properties))
    assert is_virtual(properties) in (True, False)


@given(st.text(), st.text())
def test_every_list_of_devices_is_read(short: str, long: str) -> None:
    for phone in parse_devices(short, long):
        assert f"{phone.serial}\t{phone.state}" in short


@given(st.text())
def test_every_refusal_of_an_apk_has_a_cause_and_a_remedy(text: str) -> None:
    error = explained(text, serial="phone", package=None, manufacturer=None)
    assert isinstance(error, InstallRefused)
    assert error.cause
    assert error.remedy
