"""Real phones' answers, shortened to the lines that matter: what published collections of them hold."""

from functools import cache
from pathlib import Path

CPU = "/sys/devices/system/cpu"
SAMPLES = Path(__file__).parent / "samples"


@cache
def answers(file: str) -> dict[str, str]:
    """The answers in a file of samples, by phone; the line that says where each is from is left out."""
    with (SAMPLES / file).open(newline="", encoding="utf-8") as opened:
        _, *sections = opened.read().split("# phone: ")
    named = [section.split("\n", 2) for section in sections]
    assert all(source.startswith("# source: ") for _, source, _ in named)
    return {name: answer for name, _, answer in named}


def clock_files(phone: str) -> dict[str, str]:
    """Content of each readable file below /sys/devices/system/cpu, by its path from there."""
    lines = answers("cpufreq.txt")[phone].splitlines()
    return dict(line.split("\t", 1) for line in lines)


def clocks_answer(files: dict[str, str]) -> str:
    """What CLOCKS_COMMAND prints on a phone with these files."""
    clocks = {f"{CPU}/{path}": content for path, content in files.items() if "/cpufreq/" in path}
    return " ".join(clocks) + "\n" + "".join(f"{content}\n" for content in clocks.values())


def cores_answer(files: dict[str, str]) -> str:
    """What CORES_COMMAND prints on a phone with these files."""
    return f"{files['present']}\n{files['online']}\n"
