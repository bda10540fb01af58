"""Run ids that sort by time: ULID (https://github.com/ulid/spec), in lower case."""

import secrets

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_ulid(time_ms: int) -> str:
    """A fresh id: 48 bits of `time_ms` (since the epoch) and 80 random bits, as 26 characters."""
    number = (time_ms & (1 << 48) - 1) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
