"""Launches of one file after another, of which only the steady medians matter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from harness.results.records import LaunchRecord
from tests.results.records import launch


def launches(medians_ns: "NDArray[np.float64] | list[float]", *, seconds: float = 10) -> list[LaunchRecord]:
    """A journal of launches of these steady medians, one every few seconds."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        replace(
            launch(index),
            duration_ns=(round(ns),),
            start_ns=(1,),
            started_at=(begin + timedelta(seconds=seconds * index)).isoformat(timespec="milliseconds"),
        )
        for index, ns in enumerate(medians_ns)
    ]
