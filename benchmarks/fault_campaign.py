"""Runs the fault campaign of the tests and prints its table: what became of every fault, early, middle, late.

    python -m benchmarks.fault_campaign [JUNIT_XML]

With a report of an earlier run (`pytest tests/e2e/faults --junitxml FILE`) it only prints.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

COLUMNS = ("wall_s", "finished", "lost", "restored", "left", "unlucky")


def rows(report: Path) -> list[list[str]]:
    """One row for each test: its name, and what its run noted."""
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        noted = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        failed = case.find("failure") is not None or case.find("error") is not None
        name = case.get("name", "").removeprefix("test_").replace("_", " ")
        found.append([("FAILED " if failed else "") + name, *(noted.get(column, "?") for column in COLUMNS)])
    return found


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "report.xml"
        status = 0
        if not report.exists():
            tests = [sys.executable, "-m", "pytest", "-q", "tests/e2e/faults", f"--junitxml={report}"]
            status = subprocess.run(tests).returncode
        table = rows(report)
    print(f"| test | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
    for row in table:
        print(f"| {' | '.join(row)} |")
    walls = [float(row[1]) for row in table if row[1] != "?"]
    lost, left = (sum(int(row[at]) for row in table if row[at].isdecimal()) for at in (3, 5))
    finished = sum(int(row[2]) for row in table if row[2].isdecimal())
    print(f"\n{len(table)} runs, {finished} launches finished, {lost} lost, {left} files left, ", end="")
    print(f"wall time {min(walls):.1f} to {max(walls):.1f} s" if walls else "no wall times")
    return status


if __name__ == "__main__":
    sys.exit(main())
