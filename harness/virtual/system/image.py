"""What lies on a phone from the start: folders, /proc, and the cpufreq files of its two clusters.

A replayed phone has the recorded files instead, and none of the hardware that was not recorded.
"""

from pathlib import Path

from android_runner.arm64.cores import BIG, cpuinfo
from harness.errors import UsageError
from harness.virtual.profile import CpuCluster, PhoneProfile
from harness.virtual.system.filesystem import PhoneFiles

FOLDERS = {
    "/data/app": 0o771,
    "/data/local": 0o751,
    "/data/local/tmp": 0o771,
    "/storage/emulated/0/Android/media": 0o771,
    "/storage/emulated/0/Download": 0o771,
    "/system/bin": 0o755,
}
MIRRORED = ("/proc/loadavg", "/proc/uptime")
"""The host's own: an app process really shares its cores and its time."""
CPU = "/sys/devices/system/cpu"


def install_image(files: PhoneFiles, profile: PhoneProfile) -> None:
    """Lay out a new phone's files.

    Raises:
        UsageError: a recorded path cannot be on a phone, as a folder is there.
    """
    for folder, mode in FOLDERS.items():
        host = files.host_path(folder)
        host.mkdir(parents=True)
        host.chmod(mode)
    for path in MIRRORED:
        if path not in profile.recorded_files:
            files.generate(path, Path(path).read_bytes)
    files.place("/proc/version", b"Linux version 5.10.0-elbench-virtual\n", mode=0o444)
    if profile.is_replayed:
        _install_recorded(files, profile)
    else:
        _install_invented(files, profile)


def _install_invented(files: PhoneFiles, profile: PhoneProfile) -> None:
    meminfo = Path("/proc/meminfo")  # the host's own: an app process really shares its memory
    files.generate(str(meminfo), meminfo.read_bytes)
    files.place("/proc/cpuinfo", _cpuinfo(profile).encode(), mode=0o444)
    files.place("/system/build.prop", b"# a virtual phone\n")
    _install_cpus(files, profile)


def _install_recorded(files: PhoneFiles, profile: PhoneProfile) -> None:
    for path, content in profile.recorded_files.items():
        if files.is_dir(path):
            raise UsageError(
                "a profile cannot have a file there, as every phone has a folder",
                remedy="take it out of [files]",
                where=path,
            )
        files.place(path, content, mode=0o444)
    for path in profile.denied:
        files.deny(path)


def _install_cpus(files: PhoneFiles, profile: PhoneProfile) -> None:
    all_cpus = f"0-{profile.cores - 1}\n"
    for name in ("possible", "present", "online"):
        files.place(f"{CPU}/{name}", all_cpus.encode(), mode=0o444)
    for cluster in profile.clusters:
        for cpu in cluster.cpus:
            files.place(f"{CPU}/cpu{cpu}/online", b"1\n", mode=0o444)
            for name, value in _cpufreq(cluster).items():
                files.place(f"{CPU}/cpu{cpu}/cpufreq/{name}", f"{value}\n".encode(), mode=0o444)


def _cpufreq(cluster: CpuCluster) -> dict[str, str]:
    lowest, highest = cluster.frequencies_khz[0], cluster.frequencies_khz[-1]
    return {
        "affected_cpus": " ".join(str(cpu) for cpu in cluster.cpus),
        "cpuinfo_max_freq": str(highest),
        "cpuinfo_min_freq": str(lowest),
        "related_cpus": " ".join(str(cpu) for cpu in cluster.cpus),
        "scaling_available_frequencies": " ".join(str(khz) for khz in cluster.frequencies_khz) + " ",
        "scaling_cur_freq": str(highest),
        "scaling_governor": "schedutil",
        "scaling_max_freq": str(highest),
        "scaling_min_freq": str(lowest),
    }


def _cpuinfo(profile: PhoneProfile) -> str:
    return f"{_cores(profile)}\nHardware\t: {profile.soc_manufacturer} {profile.soc_model}\n"


def _cores(profile: PhoneProfile) -> str:
    if profile.engine == "arm64":
        return cpuinfo(BIG, count=profile.cores)
    blocks = [
        f"processor\t: {cpu}\nmodel name\t: elbench virtual core, cluster {index}\n"
        for index, cluster in enumerate(profile.clusters)
        for cpu in cluster.cpus
    ]
    return "\n".join(blocks)
