"""The order of events that CONTRACT.md allows."""

import re

from android_runner.contract import Envelope

LETTERS = {
    "started": "s",
    "loaded": "l",
    "first": "f",
    "warmup": "w",
    "samples": "n",
    "output": "o",
    "predicted": "p",
    "evaluated": "v",
    "error": "x",
    "finished": "z",
}
COMPLETE = re.compile(r"sl(fwn+o?|p*v)z")
FAILED = re.compile(r"s?(l(f(w(n+o?)?)?|p+v?)?)?xz")


def breaks(events: list[Envelope]) -> str | None:
    """What is wrong with the order of a single model's stream; None if nothing is."""
    if [envelope.seq for envelope in events] != list(range(len(events))):
        return "seq has a gap"
    if len({envelope.launch for envelope in events}) != 1:
        return "more than one launch"
    times = [envelope.t_ns for envelope in events]
    if times != sorted(times):
        return "time runs backwards"
    names = [envelope.body.event for envelope in events]
    word = "".join(LETTERS[name] for name in names if name not in ("memory", "thermal"))
    if not COMPLETE.fullmatch(word) and not FAILED.fullmatch(word):
        return f"the order is {' '.join(names)}"
    if getattr(events[-1].body, "events", None) != len(events):
        return "finished counts wrongly"
    return None
