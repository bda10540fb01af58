"""Where a run came from: versions of what decides its numbers, the host, and the caller's commit."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

_DECISIVE = ("elbench", "torch", "torchvision", "adbutils", "numpy", "scipy", "matplotlib")


def tool_versions() -> dict[str, str]:
    """Installed versions, read without importing anything."""
    versions = {name: importlib.metadata.version(name) for name in _DECISIVE}
    return {"python": platform.python_version(), **versions}


def host_description() -> str:
    """Operating system and processor of this machine, without its name."""
    return f"{platform.system()} {platform.release()} {platform.machine()}, {_processor()}"


def git_commit(folder: Path) -> tuple[str | None, str]:
    """The commit that `folder` is at, with `+` where tracked files have changes; else None and the reason."""
    head = _git(folder, "rev-parse", "HEAD")
    if head is None:
        return None, "the run was not started inside a git repository"
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"{head}+" if changed else head, ""


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Hardware")))
    return next(names, platform.processor() or "unknown processor")
