"""What the phone tells a fresh app process: which request to carry out, where, and as which launch."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

Phase = Literal["start", "loaded", "first", "warmup", "steady", "end", "destroyed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOrder:
    """Everything that an app process knows of its phone."""

    package: str
    """The app."""
    apk: str
    """Host path of its APK."""
    request: str
    """Phone path of request.json."""
    root: str
    """Host folder that is the phone's `/`."""
    state: str
    """Host file that keeps the modelled clock between launches."""
    timing: str | None
    """Host path of the timing file, for the modelled engine."""
    thermal: str
    """Host file that holds the phone's thermal status as it is now."""
    run: int
    """How many other runs the phone saw before that of this launch."""
    number: int
    """The launch's number in its run."""
    seed: int
    """The phone's seed."""
    abi: str
    """ABI of the app process."""
    sdk: int
    """API level."""
    stop_at: Phase | None = None
    """The phase after whose memory event the app does nothing any more, since a fault befalls it there."""
    wait_at: tuple[Phase, ...] = ()
    """Phases after whose memory event the app waits for SIGCONT, as something happens to the phone there."""
    cpuset: str | None = None
    """Scheduling group that the phone puts the app into; None: the host's."""
    keeps_copy: bool = True
    """Whether there is room for the recovery copy."""

    def encode(self) -> bytes:
        """The order as one message."""
        return json.dumps(asdict(self)).encode()


def decode_order(data: bytes) -> LaunchOrder:
    """Read what `LaunchOrder.encode` wrote."""
    fields: dict[str, Any] = json.loads(data)
    return LaunchOrder(**fields)
