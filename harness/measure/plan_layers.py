"""Plans are made of layers, one written over the other, table by table."""

from typing import Any


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """What `below` says where `above` says nothing."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return result
