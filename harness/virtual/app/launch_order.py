"""What the phone tells a fresh app process: which request to carry out, where, and as which launch."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

FaultKind = Literal["crash", "lmk", "hang"]
Phase = Literal["start", "loaded", "first", "warmup", "steady", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFault:
    """Something that happens to an app process as it reaches a phase."""

    kind: FaultKind
    """`crash` is a segmentation fault, `lmk` the low-memory killer, `hang` silence for ever."""
    phase: Phase
    """The phase whose beginning sets it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOrder:
    """Everything that an app process knows of its phone."""

    package: str
    """The app."""
    request: str
    """Phone path of request.json."""
    root: str
    """Host folder that is the phone's `/`."""
    state: str
    """Host file that keeps the modelled clock between launches."""
    timing: str | None
    """Host path of the timing file, for the modelled engine."""
    launch_number: int
    """1 for the first launch since the phone was switched on."""
    seed: int
    """The phone's seed."""
    abi: str
    """ABI of the app process."""
    sdk: int
    """API level."""
    fault: AppFault | None = None
    """What goes wrong."""

    def encode(self) -> bytes:
        """The order as one message."""
        return json.dumps(asdict(self)).encode()


def decode_order(data: bytes) -> LaunchOrder:
    """Read what `LaunchOrder.encode` wrote."""
    fields: dict[str, Any] = json.loads(data)
    fault = fields.pop("fault")
    return LaunchOrder(**fields, fault=AppFault(**fault) if fault else None)
