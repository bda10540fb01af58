"""Streams as a runner prints them, for tests of what reads them."""

import base64
import hashlib
from collections.abc import Sequence

import numpy as np

from android_runner.contract import (
    Envelope,
    Event,
    Failure,
    Finished,
    First,
    Loaded,
    Memory,
    Output,
    Samples,
    Started,
    Warmup,
    result_lines,
    status_lines,
)

LAUNCH = "launch-1"
VALUES = np.array([[1.0, -2.0, 4.0]], dtype="<f4")

STARTED = Started(
    pid=4711,
    runner="1.0",
    runtime="pytorch_mobile",
    runtime_version="1.12.2",
    abi="arm64-v8a",
    page_size=4096,
    cpuset="/top-app",
    affinity=(0, 1, 2, 3),
    api=34,
    threads=1,
    sustained_mode=True,
    debuggable=False,
)
MEMORY = Memory(
    phase="start",
    at_ns=5,
    rss_kib=1000,
    swap_kib=0,
    hwm_kib=1200,
    pss_kib=None,
    native_heap_kib=None,
    java_heap_kib=300,
    sources={"pss_kib": "smaps_rollup: Permission denied", "native_heap_kib": "not asked for"},
)


def output(values: np.ndarray = VALUES) -> Output:
    data = values.astype("<f4").tobytes()
    return Output(
        model="net",
        sha256=hashlib.sha256(data).hexdigest(),
        shape=values.shape,
        argmax=int(np.nan_to_num(values).argmax()),
        values_f32=base64.b64encode(data).decode(),
    )


def good_events() -> list[Event]:
    return [
        STARTED,
        MEMORY,
        Loaded(model="net", load_ns=7_000_000, sha256="ab" * 32),
        First(model="net", duration_ns=9_000_000),
        Warmup(model="net", durations_ns=(5, 4, 3), converged=True, rule="ema"),
        Samples(model="net", start_ns=(10, 20), duration_ns=(3, 4)),
        Samples(model="net", start_ns=(30,), duration_ns=(5,)),
        output(),
    ]


def failure() -> Failure:
    return Failure(stage="load", kind="RuntimeError", message="no such operator: foo::bar", stack="at …")


def closed(events: Sequence[Event]) -> list[Event]:
    return [*events, Finished(events=len(events) + 1)]


def lines(events: Sequence[Event], *, ok: bool = True, launch: str = LAUNCH) -> list[str]:
    """The lines of a stream that the runner ended itself."""
    text = "".join(
        status_lines(Envelope(launch=launch, seq=seq, t_ns=seq, body=event))
        for seq, event in enumerate(events)
    )
    return (text + result_lines(ok=ok, events=len(events))).splitlines()
