"""System properties, as `getprop` prints them; the adb banner quotes some of them."""

from harness.virtual.profile import PhoneProfile


def system_properties(profile: PhoneProfile) -> dict[str, str]:
    """Every property by its name."""
    if profile.is_replayed:
        return dict(profile.recorded_properties)
    return {
        "dalvik.vm.heapsize": "512m",
        "persist.sys.timezone": "UTC",
        "ro.board.platform": "virtual",
        "ro.boot.serialno": profile.serial,
        "ro.build.characteristics": "default",
        "ro.build.fingerprint": profile.fingerprint,
        "ro.build.id": profile.fingerprint.split("/")[3],
        "ro.build.tags": "release-keys",
        "ro.build.type": "user",
        "ro.build.version.release": profile.release,
        "ro.build.version.sdk": str(profile.sdk),
        "ro.build.version.security_patch": profile.security_patch,
        "ro.debuggable": "0",
        "ro.elbench.engine": profile.engine,
        "ro.elbench.virtual": "1",
        "ro.hardware": "virtual",
        "ro.product.board": "virtual",
        "ro.product.brand": profile.manufacturer,
        "ro.product.cpu.abi": profile.abi,
        "ro.product.cpu.abilist": ",".join(profile.abis),
        "ro.product.device": "virtual",
        "ro.product.locale": "en-US",
        "ro.product.manufacturer": profile.manufacturer,
        "ro.product.model": profile.model,
        "ro.product.name": profile.name,
        "ro.secure": "1",
        "ro.serialno": profile.serial,
        "ro.soc.manufacturer": profile.soc_manufacturer,
        "ro.soc.model": profile.soc_model,
        "sys.boot_completed": "1",
    }
