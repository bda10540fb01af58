"""What a phone's Android version decides: how its adbd speaks, and which services it does not have yet.

Sources: AOSP system/core/adb and packages/modules/adb, `transport.cpp` (features) and `adb.h` (version,
payload) of each release; the first release of each service by its @since in AOSP's frameworks/base.
"""

FEATURES_SINCE: dict[int, tuple[str, ...]] = {
    24: ("shell_v2", "cmd"),
    26: ("stat_v2",),
    28: ("fixed_push_mkdir",),
    29: ("apex", "abb", "fixed_push_symlink_timestamp", "abb_exec"),
    30: ("ls_v2", "remount_shell", "sendrecv_v2", "sendrecv_v2_brotli"),
    31: ("sendrecv_v2_lz4", "sendrecv_v2_zstd", "sendrecv_v2_dry_run_send", "track_app"),
    34: ("delayed_ack",),
}
SERVICES_SINCE = {"deviceidle": 23, "thermalservice": 29}
API_LEVELS = {
    "5.0": 21, "5.0.1": 21, "5.0.2": 21, "5.1": 22, "5.1.1": 22, "6.0": 23, "6.0.1": 23, "7.0": 24, "7.1": 25,
    "7.1.1": 25, "7.1.2": 25, "8.0.0": 26, "8.1.0": 27, "9": 28, "10": 29, "11": 30, "12": 31, "13": 33,
    "14": 34, "15": 35, "16": 36,
}  # fmt: skip
"""Of releases, for phones whose properties lack the number itself."""


def features_of(sdk: int) -> frozenset[str]:
    """What the adbd of an Android version offers."""
    return frozenset(name for since, names in FEATURES_SINCE.items() if since <= sdk for name in names)


def protocol_of(sdk: int) -> tuple[int, int]:
    """ADB's version and the largest payload in bytes of an Android version."""
    if sdk < 24:
        return 0x01000000, 4096
    return (0x01000000, 256 << 10) if sdk < 28 else (0x01000001, 1 << 20)


def absent_services(sdk: int) -> tuple[str, ...]:
    """Services of `dumpsys` that came with a later version."""
    return tuple(name for name, since in SERVICES_SINCE.items() if sdk < since)
