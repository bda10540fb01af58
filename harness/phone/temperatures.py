"""What a sensor measures, told from its name and its reading: which readings are temperatures, and of what.

Phones mix voltages, currents, percents, differences and dead sensors among their temperatures.
"""

import re

_DEAD_BELOW = -40_000
"""Where unconnected sensors stand: at −40 °C on Qualcomm's phones, −99.9 on Samsung's, −127 on MediaTek's."""
_DEAD_ABOVE = 150_000
"""Beyond what silicon survives."""

_NO_TEMPERATURE = re.compile(
    # Charge in percent, voltages, currents and battery limits of Qualcomm's `bcl` and Google's `ocp` sensors.
    r"^(?:soc|(?:bcl|bat\w*)[-_]soc)$|vbat|ibat|vph|bcl|volt|current|percent|capacity|vdroop|smpl|ocp|batoilo|cycle"
    # Differences of two sensors, and Qualcomm's virtual zones that average dead sensors in.
    r"|[-_]minus[-_]|[-_]diff|-avg-step$|reduce"
)
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("battery", r"^bms$|bat|fuel"),
        ("gpu", r"gpu|g3d|mali"),
        ("npu", r"npu(?!t)|tpu|apu|vpu|nsp|cdsp|hvx|mdla"),
        ("modem", r"modem|mdm|mmw|cellular|(?:^|[-_])rf\d|(?:^|[-_])md\d*(?:$|[-_])"),
        ("power_amplifier", r"(?:^|[-_])pa\d*(?:$|[-_])|pa[-_]?therm|mtktspa|amplifier"),
        ("skin", r"skin|quiet|shell|(?:case|rear|back|front)[-_]?therm"),
        ("camera", r"cam"),
        ("wifi", r"wifi|wlan"),
        ("usb", r"usb"),
        ("display", r"disp|lcd|oled|backlight"),
        ("memory", r"ddr|dram|(?:^|[-_])mem"),
        ("pmic", r"^pm[a-z]*\d|pmic"),
        ("cpu", r"cpu|^apc|core|cluster|krait|^(?:big|mid|little|ap)$"),
        ("soc", r"tsens|soc|aoss|tmu"),
    )
)


def is_temperature(name: str) -> bool:
    """Whether a sensor of this name measures a temperature at all."""
    return not _NO_TEMPERATURE.search(name.lower())


def kind_of(name: str) -> str:
    """What a sensor of this name sits on: `cpu`, `gpu`, `battery`, … or `other`."""
    return next((kind for kind, pattern in _KINDS if pattern.search(name.lower())), "other")


def is_alive(millicelsius: int) -> bool:
    """Whether a reading comes from a sensor that is there; exactly 0 is what absent ones show."""
    return _DEAD_BELOW < millicelsius < _DEAD_ABOVE and millicelsius != 0
