"""From what is stored (ns, KiB, milli-degrees, counts) to what people read: the one home of formats."""


def format_duration_ns(duration_ns: float) -> str:
    """A duration with three significant digits: `845 ns`, `3.21 ms`, `12.4 s`."""
    for limit, divisor, unit in ((1e3, 1, "ns"), (1e6, 1e3, "µs"), (1e9, 1e6, "ms")):
        if abs(duration_ns) < limit * 0.9995:
            return f"{format_significant(duration_ns / divisor)} {unit}"
    return f"{format_significant(duration_ns / 1e9)} s"


def format_ms(duration_ns: float) -> str:
    """A duration as milliseconds without the unit, for a column whose heading has it: `3.21`."""
    return format_significant(duration_ns / 1e6)


def format_kib(size_kib: float) -> str:
    """A memory size in MiB, the unit in which phones' memory is spoken of: `48.2 MiB`."""
    return f"{format_significant(size_kib / 1024)} MiB"


def format_bytes(size_bytes: float) -> str:
    """A file size in decimal units, as stores and file managers print it: `2.81 MB`."""
    if size_bytes < 1e3:
        return f"{size_bytes:.0f} B"
    if size_bytes < 1e6:
        return f"{format_significant(size_bytes / 1e3)} kB"
    return f"{format_significant(size_bytes / 1e6)} MB"


def format_count(count: float) -> str:
    """Parameters or MACs: `698 k`, `32.4 M`, `1.81 G`."""
    for divisor, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if count >= divisor * 0.9995:
            return format_significant(count / divisor) + unit
    return f"{count:.0f}"


def format_millicelsius(temperature_millicelsius: float) -> str:
    """A temperature with one decimal: `36.5 °C`."""
    return f"{temperature_millicelsius / 1000:.1f} °C"


THERMAL_STATUSES = ("none", "light", "moderate", "severe", "critical", "emergency", "shutdown")
"""PowerManager.THERMAL_STATUS_*, Android 10 and later."""


def format_khz(frequency_khz: float) -> str:
    """A clock with two decimals, as specifications give it: `2.84 GHz`."""
    return f"{frequency_khz / 1e6:.2f} GHz"


def format_significant(value: float, digits: int = 3) -> str:
    """A number with `digits` significant digits, never in exponent form."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - _decade(rounded))
    return f"{rounded:.{decimals}f}"


def format_share(share: float) -> str:
    """A share with one decimal: `3.1 %`."""
    return f"{100 * share:.1f} %"


def printable(text: str, *, keep: str = "") -> str:
    """Text that cannot steer a terminal and can be written as UTF-8: all else but `keep` becomes U+FFFD."""
    return "".join(char if char.isprintable() or char in keep else "\ufffd" for char in text)


def _decade(value: float) -> int:
    return int(f"{abs(value):e}".split("e")[1])
