"""Whatever a phone answers, its facts are a record or a named error; never a crash, and never a zero."""

import re
from collections.abc import Callable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UnreadableAnswer
from harness.phone.cpufreq import clusters_in_words, parse_clocks, parse_cores
from harness.phone.cpuinfo import parse_cpuinfo
from harness.phone.discovery import Sighting, each_phone_once
from harness.phone.facts import facts_from, transport_kind
from harness.phone.properties import parse_properties
from harness.phone.server import parse_devices
from harness.phone.soc import chip_name
from harness.phone.states import remedy_for
from harness.phone.usb_vendor import usb_vendor
from harness.results.records import PhoneFacts
from tests.phone.adb_lists import LISTS
from tests.phone.sample_phones import answers, clock_files, clocks_answer, cores_answer

PROPERTIES = tuple(answers("getprop.txt").values())
CPUINFO = tuple(answers("cpuinfo.txt").values())
CLOCKS = tuple(clocks_answer(clock_files(phone)) for phone in answers("cpufreq.txt"))
CORES = tuple(cores_answer(clock_files(phone)) for phone in answers("cpufreq.txt"))
PAGES = ("4096\n", "sh: getconf: not found\nKernelPageSize:        4 kB\n")
MEMORY = ("MemTotal:        3809036 kB\nMemFree:          100000 kB\n",)
DIGITS = st.from_regex(r"\A-?[0-9]{1,40}\Z|\A[٠-٩]{1,3}\Z")


@st.composite
def damaged(draw: st.DrawFn, samples: tuple[str, ...]) -> str:
    """A real answer with pieces of it lost, doubled or replaced."""
    text = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        end = min(end, start + draw(st.sampled_from([0, 5, 50, 5000])))
        pieces = st.sampled_from(["", text[start:end] * 2, "\r\n", "\0", "0", "]: [", "\n\n"])
        inserted = draw(pieces | DIGITS | st.text(max_size=9))
        text = text[:start] + inserted + text[end:]
    return text


def is_sound(facts: PhoneFacts) -> bool:
    """No zero stands for what was not read, and what was read is within reason."""
    numbers = (facts.cores, facts.ram_kib, facts.api_level, facts.page_size_bytes)
    clusters = facts.clusters or ()
    clocks = [khz for cluster in clusters for khz in (cluster.min_khz, cluster.max_khz) if khz is not None]
    cpus = [cpu for cluster in clusters for cpu in cluster.cpus]
    texts = (facts.manufacturer, facts.model, facts.soc, facts.vendor_version, *facts.abis)
    return (
        all(number is None or number > 0 for number in numbers)
        and all(khz > 0 for khz in clocks)
        and len(cpus) == len(set(cpus))
        and all(text is None or 0 < len(text) <= 100 for text in texts)
        and set(facts.sources) | set(facts.missing) >= {"soc", "clusters", "cores", "ram_kib"}
    )


@given(
    st.text(max_size=50) | damaged(PROPERTIES),
    st.text(max_size=50) | damaged(CPUINFO),
    st.text(max_size=50) | damaged(PAGES),
    st.text(max_size=50) | damaged(MEMORY),
    st.text(max_size=50) | damaged(CLOCKS),
    st.text(max_size=50) | damaged(CORES),
    st.text(max_size=50) | st.sampled_from(["S1", "emulator-5554", "10.0.0.7:5555"]),
)
def test_facts_are_sound_or_the_phone_is_unreadable(
    properties: str, cpuinfo: str, page: str, memory: str, clocks: str, cores: str, serial: str
) -> None:
    try:
        known = parse_properties(properties)
    except UnreadableAnswer:
        return
    assert is_sound(facts_from(known, [cpuinfo, page, memory, clocks, cores], serial))


@given(
    st.text(max_size=80) | damaged(CPUINFO + CLOCKS + CORES),
    st.sampled_from([parse_cpuinfo, parse_clocks, parse_cores]),
)
def test_every_parser_gives_a_record_or_says_unreadable(text: str, parse: Callable[[str], object]) -> None:
    with suppress(UnreadableAnswer):
        assert parse(text) is not None


@given(damaged(CLOCKS))
def test_clusters_that_are_read_can_be_put_in_words(text: str) -> None:
    try:
        clusters = parse_clocks(text).clusters
    except UnreadableAnswer:
        return
    assert re.fullmatch(r"\d+×\d+\.\d\d(?: \+ \d+×\d+\.\d\d)* GHz", clusters_in_words(clusters))


@given(st.text(max_size=100))
def test_a_chip_has_a_short_name_or_none(text: str) -> None:
    name = chip_name(text)
    assert name is None or 0 < len(name) < 80


@given(damaged(tuple(listed.short for listed in LISTS.values())), st.text(max_size=50), st.text(max_size=20))
def test_every_list_of_phones_is_surveyed(short: str, long: str, identity: str) -> None:
    listed = parse_devices(short, long)
    sightings = [
        Sighting(
            serial=phone.serial,
            state=phone.state,
            model=None,
            remedy=remedy_for(phone.state, transport=transport_kind(phone.serial)),
        )
        for phone in listed
    ]
    phones = each_phone_once(sightings, {sighting.serial: identity for sighting in sightings[::2]})
    connections = [connection for phone in phones for connection in phone.connections]
    assert len(connections) == len(sightings)
    assert {connection.serial for connection in connections} == {phone.serial for phone in listed}


@given(st.text(max_size=30))
def test_no_usb_path_leaves_the_folder_of_devices(path: str) -> None:
    vendor = usb_vendor(path)
    assert vendor is None or re.fullmatch("[0-9a-f]{4}", vendor)
