"""What a phone was and in which state it measured, as tables: facts, conditions, conditions by launch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.results.records import Cluster, Conditions, LaunchRecord, PhoneFacts, RunnerInfo
from harness.units import THERMAL_STATUSES, format_khz, format_kib, format_millicelsius, format_significant
from reports.names import phone_kind
from reports.shown import DASH, Heading, Shown, Table, shown_field, shown_words, span

_KINDS_FIRST = ("skin", "cpu", "gpu", "npu", "battery")


@dataclass(frozen=True, slots=True)
class _Quantity:
    """One line of the conditions: how to read it and how to say it."""

    label: str
    field: str
    read: Callable[[Conditions], float | None]
    form: Callable[[float], str]


def facts_table(phone: PhoneFacts, launches: Sequence[LaunchRecord]) -> Table:
    """What a phone is, and what measured on it."""
    clusters = phone.clusters
    rows = (
        ("Kind", Shown(phone_kind(phone) or "real phone")),
        ("Manufacturer", shown_words(phone, "manufacturer")),
        ("Model", shown_words(phone, "model")),
        ("System on chip", shown_words(phone, "soc")),
        ("Cores", shown_words(phone, "cores")),
        ("Cores switched off", _offline(phone)),
        ("Clusters", shown_words(phone, "clusters") if clusters is None else Shown(_clusters(clusters))),
        ("Memory", shown_field(phone, "ram_kib", format_kib)),
        ("Android", shown_words(phone, "android_release")),
        ("Vendor's system", shown_words(phone, "vendor_version")),
        ("API level", shown_words(phone, "api_level")),
        ("ABIs", Shown(", ".join(phone.abis) or DASH)),
        ("Page size, bytes", shown_words(phone, "page_size_bytes")),
        ("Security patch", shown_words(phone, "security_patch")),
        ("Build type", shown_words(phone, "build_type")),
        ("Transport", Shown(phone.transport)),
        ("Phone id", Shown(phone.phone_id)),
        ("Runtime", _of_runners(launches, lambda runner: runner.runtime)),
        ("Runner", _of_runners(launches, lambda runner: runner.version)),
        ("ABI of its process", _of_runners(launches, lambda runner: runner.abi)),
        ("Its group of cores (cpuset)", _of_runners(launches, lambda runner: runner.cpuset)),
    )
    headings = (Heading("Property", is_number=False), Heading("Value", is_number=False))
    return Table("The phone", headings, tuple((Shown(label), value) for label, value in rows))


def said_by_runners(launches: Sequence[LaunchRecord], read: Callable[[RunnerInfo], str]) -> str:
    """What all runners say of themselves; several answers where they differ, nothing where none measured."""
    return "; ".join(dict.fromkeys(read(launch.runner) for launch in launches if launch.runner))


def _of_runners(launches: Sequence[LaunchRecord], read: Callable[[RunnerInfo], str]) -> Shown:
    said = said_by_runners(launches, read)
    return Shown(said) if said else Shown(DASH, note="no launch was measured")


def conditions_table(launches: Sequence[LaunchRecord]) -> Table:
    """The phone's state over the run: at its two ends, and the range before and after launches."""
    before = [launch.before for launch in launches if launch.before]
    after = [launch.after for launch in launches if launch.after]
    headings = (
        Heading("Condition", is_number=False),
        Heading("Before the first launch"),
        Heading("Before launches, range"),
        Heading("After launches, range"),
        Heading("After the last launch"),
    )
    rows = tuple(
        (
            Shown(quantity.label),
            _over(quantity, before[:1]),
            _over(quantity, before),
            _over(quantity, after),
            _over(quantity, after[-1:]),
        )
        for quantity in _quantities([*before, *after])
    )
    return Table("Conditions over the run", headings, rows)


def conditions_by_launch(launches: Sequence[LaunchRecord]) -> Table:
    """The phone's state before and after each launch."""
    headings = (
        Heading("Launch"),
        Heading("Model", is_number=False),
        Heading("Threads"),
        *(Heading(f"{quantity.label}, before → after") for quantity in _QUANTITIES),
    )
    rows = tuple(
        (
            Shown(str(launch.request.index + 1)),
            Shown(launch.request.model),
            Shown(str(launch.request.threads)),
            *(_change(quantity, launch) for quantity in _QUANTITIES),
        )
        for launch in launches
    )
    return Table("Conditions by launch", headings, rows)


def _over(quantity: _Quantity, states: Sequence[Conditions]) -> Shown:
    values = [quantity.read(state) for state in states]
    known = [value for value in values if value is not None]
    reasons = [_reason(quantity, s) for s, value in zip(states, values, strict=True) if value is None]
    if not known:
        return Shown(DASH, reasons[0] if reasons else "no launch was measured")
    note = f"{len(reasons)} of {len(states)} unread: {reasons[0]}" if reasons else ""
    return Shown(span(min(known), max(known), quantity.form), note)


def _change(quantity: _Quantity, launch: LaunchRecord) -> Shown:
    sides = [
        _over(quantity, [state]) if state else Shown(DASH, launch.missing[name])
        for name, state in (("before", launch.before), ("after", launch.after))
    ]
    notes = dict.fromkeys(side.note for side in sides if side.note)
    return Shown(" → ".join(side.text for side in sides), "; ".join(notes))


def _reason(quantity: _Quantity, state: Conditions) -> str:
    return state.missing.get(quantity.field, "the phone does not let it be read")


def _quantities(states: Sequence[Conditions]) -> list[_Quantity]:
    """Everything that is known of any of these states."""
    return [*_QUANTITIES, *_temperature_quantities(states), *_clock_quantities(states)]


def _temperature_quantities(states: Sequence[Conditions]) -> list[_Quantity]:
    """One line for each kind of sensor: the hottest of that kind."""
    kinds = dict.fromkeys(reading.kind for state in states for reading in state.temperatures or ())
    if not kinds:
        return [_Quantity("Temperatures", "temperatures", lambda _: None, format_millicelsius)]
    return [
        _Quantity(f"Hottest {kind} sensor", "temperatures", _hottest(kind), format_millicelsius)
        for kind in sorted(kinds, key=_kind_order)
    ]


def _kind_order(kind: str) -> tuple[int, str]:
    return (_KINDS_FIRST.index(kind) if kind in _KINDS_FIRST else len(_KINDS_FIRST), kind)


def _hottest(kind: str) -> Callable[[Conditions], float | None]:
    def read(state: Conditions) -> float | None:
        return max((t.millicelsius for t in state.temperatures or () if t.kind == kind), default=None)

    return read


def _clock_quantities(states: Sequence[Conditions]) -> list[_Quantity]:
    """Two lines a cluster, clock and cap, for every cluster that any state names."""
    maxima = {clock.first_cpu: clock.max_khz for state in states for clock in state.clocks or ()}
    return [
        _Quantity(f"{label} from core {cpu}, MHz of {_mhz(max_khz)}", "clocks", _clock(cpu, attribute), _mhz)
        for cpu, max_khz in sorted(maxima.items())
        for label, attribute in (("Clock", "current_khz"), ("Clock cap", "cap_khz"))
    ]


def _clock(first_cpu: int, attribute: str) -> Callable[[Conditions], float | None]:
    def read(state: Conditions) -> float | None:
        clock = next((clock for clock in state.clocks or () if clock.first_cpu == first_cpu), None)
        value: int | None = getattr(clock, attribute, None)
        return value

    return read


def _clusters(clusters: Sequence[Cluster]) -> str:
    return "; ".join(map(_cluster, clusters))


def _cluster(cluster: Cluster) -> str:
    low = "" if cluster.min_khz is None else f"{cluster.min_khz / 1e6:.2f} to "
    core = "" if cluster.core is None else f"{cluster.core}, "
    return f"{len(cluster.cpus)} × {core}{low}{format_khz(cluster.max_khz)}"


def _offline(phone: PhoneFacts) -> Shown:
    if phone.offline_cpus is None:
        return Shown(DASH, phone.missing["offline_cpus"])
    return Shown(", ".join(map(str, phone.offline_cpus)) or "none")


def _mhz(khz: float) -> str:
    return f"{khz / 1000:.0f}"


def _thermal(status: float) -> str:
    return THERMAL_STATUSES[int(status)] if 0 <= status < len(THERMAL_STATUSES) else f"{status:.0f}"


def _yes_or_no(value: float) -> str:
    return "yes" if value else "no"


_QUANTITIES = (
    _Quantity("Battery, %", "battery_percent", lambda s: s.battery_percent, "{:.0f}".format),
    _Quantity(
        "Battery temperature", "battery_millicelsius", lambda s: s.battery_millicelsius, format_millicelsius
    ),
    _Quantity("Charging", "charging", lambda s: s.charging, _yes_or_no),
    _Quantity("Thermal status", "thermal_status", lambda s: s.thermal_status, _thermal),
    _Quantity("Load average, 1 min", "load_average", lambda s: s.load_average, format_significant),
    _Quantity("Available memory", "available_kib", lambda s: s.available_kib, format_kib),
    _Quantity("Screen on", "screen_on", lambda s: s.screen_on, _yes_or_no),
    _Quantity("Locked", "locked", lambda s: s.locked, _yes_or_no),
    _Quantity("Power saver", "power_saver", lambda s: s.power_saver, _yes_or_no),
    _Quantity("Dozing", "idle", lambda s: s.idle, _yes_or_no),
    _Quantity("Airplane mode", "airplane_mode", lambda s: s.airplane_mode, _yes_or_no),
)
