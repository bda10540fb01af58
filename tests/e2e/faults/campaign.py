"""One run of phones of which some have bad luck: what is let happen, and all that must hold then."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from android_runner.contract import PACKAGE, recovery_path
from harness.virtual.process import VirtualPhones
from tests.conftest import PrivateAdb
from tests.e2e.conftest import MODEL, Elbench, journal

LAUNCHES = 3
PHONES = 3
UNLUCKY = 1
"""Of these phones, the one that a fault befalls; the others must notice nothing."""
LONGEST_RUN_S = 30.0
"""Bound of every run's wall time. The plan gives up a silent app after 3 s and a phone that is away after 6;
without a fault a run takes some 3 s on two desktop cores, and the machine may have other work."""
PLAN = f"""
models = ["{MODEL}"]
launches = {LAUNCHES}
[warmup]
rule = "fixed"
min_iterations = 3
min_seconds = 0.0
[measure]
min_iterations = 10
min_seconds = 0.0
[ready]
wait_seconds = 1.0
poll_seconds = 0.2
[settings]
brightness = 77
[limits]
launch_seconds = 10.0
silence_seconds = 3.0
reconnect_seconds = 6.0
"""
WHENS = {"early": (1, "start"), "middle": (2, "warmup"), "late": (3, "destroyed")}
"""Launch of the unlucky phone and phase of that launch at whose end the fault happens."""
UNLUCKY_EACH = {"early": 1, "middle": 2, "late": 3}
"""The phones of a run in which a fault befalls a phone early, another in the middle and a third late; beside
them is one that must notice nothing."""
ALWAYS_FOUND = "output_not_computed"
"""Every launch of the engine `modelled` says that it computed nothing."""
_LAUNCHES_FOLDER = "/data/local/tmp/elbench/launches"
_COPIES_FOLDER = recovery_path("x").rpartition("/")[0]
_EXIT = re.compile(r"pid=(\d+).*?reason=(\d+)", re.DOTALL)


@dataclass(frozen=True)
class Seen:
    """What a run left: its exit, its journal, and each phone afterwards.

    `unlucky` and `failed` are about one phone, that of `on`; a run of one unlucky phone is about it already.
    """

    unlucky_phones: tuple[int, ...]
    phone: int
    """The unlucky phone that this is about."""
    ran: "subprocess.CompletedProcess[str]"
    wall_s: float
    records: list[dict[str, Any]]
    finished: list[set[int]]
    """Process ids of the apps that ended by themselves, by phone: what Android itself remembers."""
    settings_before: list[str]
    settings_after: list[str]
    left: list[list[str]]
    """Files of launches that are still there, by phone."""

    def on(self, phone: int) -> "Seen":
        """The same about another unlucky phone."""
        return replace(self, phone=phone)

    @property
    def lucky_phones(self) -> list[int]:
        """Those that no fault befalls."""
        return [phone for phone in range(len(self.finished)) if phone not in self.unlucky_phones]

    def of_phone(self, phone: int) -> list[dict[str, Any]]:
        """The records of one phone, found by the processes that ran on it."""
        ids = {one["request"]["phone_id"] for one in self.records if _pid(one) in self.finished[phone]}
        assert len(ids) <= 1
        return [one for one in self.records if one["request"]["phone_id"] in ids]

    @property
    def unlucky(self) -> list[dict[str, Any]]:
        """The records of the unlucky phone."""
        others = {
            one["request"]["phone_id"]
            for phone in range(len(self.finished))
            if phone != self.phone
            for one in self.of_phone(phone)
        }
        return [one for one in self.records if one["request"]["phone_id"] not in others]

    @property
    def failed(self) -> list[dict[str, Any]]:
        """Those of them that measured nothing."""
        return [one for one in self.unlucky if one["outcome"] != "ok"]


def _pid(record: dict[str, Any]) -> int | None:
    return record["runner"]["pid"] if record["runner"] else None


@dataclass
class Served:
    """Phones on one adb server, some of them unlucky."""

    adb: PrivateAdb
    serials: Sequence[str]
    unlucky: tuple[int, ...]
    settings_before: list[str] = field(default_factory=list)

    def shell(self, phone: int, line: str) -> str:
        """Run a command line on a phone."""
        return self.adb.run("-s", self.serials[phone], "shell", line).stdout

    def settings(self, phone: int) -> str:
        """All settings of a phone."""
        return self.shell(phone, "settings list global; settings list system; settings list secure")

    def connect(self) -> None:
        """See to it that the adb server is connected to every phone, whatever happened to either."""
        until_s = time.monotonic() + 20
        for serial in self.serials:
            while self.adb.run("-s", serial, "shell", "echo up").stdout != "up\n":
                assert time.monotonic() < until_s, f"{serial} does not come back"
                self.adb.run("disconnect", serial)
                self.adb.run("connect", serial)

    def await_launch(self, phone: int, number: int) -> None:
        """Wait until an app runs on a phone in its launch of this number, of which each marks the log."""
        until_s = time.monotonic() + 60
        while time.monotonic() < until_s:
            marks, *pids = self.shell(
                phone, f"logcat -d -s elbench | grep -c ' elbench '; pidof {PACKAGE}"
            ).split() or ["0"]
            if int(marks) >= number and pids:
                return
        raise AssertionError(f"launch {number} does not begin")

    def finished(self, phone: int) -> set[int]:
        """Process ids of the apps that ended by themselves."""
        exits = self.shell(phone, f"dumpsys activity exit-info {PACKAGE}")
        entries = exits.split("ApplicationExitInfo #")[1:]
        found = [match for entry in entries if (match := _EXIT.search(entry))]
        return {int(match[1]) for match in found if match[2] == "1"}

    def left(self, phone: int) -> list[str]:
        """Files of launches on a phone."""
        return self.shell(phone, f"ls {_LAUNCHES_FOLDER} {_COPIES_FOLDER} 2>/dev/null | grep -v :").split()


@contextmanager
def served(adb: PrivateAdb, folder: Path, faults: str, unlucky: tuple[int, ...]) -> Iterator[Served]:
    """Phones of which some have these faults, and others none."""
    file = folder / "faults.toml" if faults else None
    if file:
        file.write_text(faults, encoding="utf-8")
    count = max(PHONES, max(unlucky) + 1)
    with VirtualPhones.start(engine="modelled", count=count, faults=file) as started:
        phones = Served(adb, started.addresses, unlucky)
        phones.connect()
        phones.settings_before = [phones.settings(phone) for phone in range(count)]
        yield phones
        for serial in started.addresses:
            adb.run("disconnect", serial)


def fault(kind: str, when: str, extra: str = "", *, phone: int = UNLUCKY) -> str:
    """A fault of one phone, early, in the middle or late in the run."""
    launch, phase = WHENS[when]
    return f'[[fault]]\nphone = {phone}\nkind = "{kind}"\nlaunch = {launch}\nphase = "{phase}"\n{extra}\n'


@dataclass(frozen=True)
class Campaign:
    """Runs of some phones, each of which is looked at and noted for the table of all."""

    elbench: Elbench
    adb: PrivateAdb
    note: Callable[[str, object], None]

    def phones(
        self, faults: str = "", unlucky: tuple[int, ...] = (UNLUCKY,)
    ) -> AbstractContextManager[Served]:
        """Phones of which the unlucky ones have these faults."""
        return served(self.adb, self.elbench.folder, faults, unlucky)

    def after(self, faults: str, unlucky: tuple[int, ...] = (UNLUCKY,)) -> Seen:
        """What a run with these faults left; nothing may be lost."""
        with self.phones(faults, unlucky) as phones:
            seen = self.run(phones)
        check_nothing_is_lost_or_left(seen)
        return seen

    def after_each(self, kind: str, extra: str = "") -> dict[str, Seen]:
        """What a run left in which this fault befell one phone early, one in the middle and one late."""
        faults = "".join(fault(kind, when, extra, phone=phone) for when, phone in UNLUCKY_EACH.items())
        seen = self.after(faults, tuple(UNLUCKY_EACH.values()))
        return {when: seen.on(phone) for when, phone in UNLUCKY_EACH.items()}

    def run(
        self,
        phones: Served,
        *,
        resume: bool = False,
        all_phones: bool = False,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Seen:
        """Measure on the phones and look at everything afterwards.

        Args:
            phones: on which.
            resume: continue the run.
            all_phones: name no phone, so that one that cannot be used may be left out.
            meanwhile: what happens while it runs.
        """
        (self.elbench.folder / "campaign.toml").write_text(PLAN, encoding="utf-8")
        named = [] if all_phones else [part for serial in phones.serials for part in ("--device", serial)]
        options = ["--resume", "run"] if resume else ["--plan", "campaign.toml", *named, "--out", "run"]
        began_s = time.monotonic()
        with self.elbench.started("run", *options) as run:
            meanwhile()
            out, said = run.communicate(timeout=120)
        wall_s = time.monotonic() - began_s
        ran = subprocess.CompletedProcess(run.args, run.returncode, out, said)
        seen = look(phones, self.elbench.folder / "run", ran, wall_s)
        self._note(seen)
        return seen

    def _note(self, seen: Seen) -> None:
        """For the table; a test that runs twice notes its last run."""
        measured = {_pid(one) for one in seen.records if one["runner"]}
        self.note("wall_s", f"{seen.wall_s:.1f}")
        self.note("unlucky", "; ".join(_ends(seen.on(phone)) for phone in seen.unlucky_phones))
        self.note("finished", sum(len(pids) for pids in seen.finished))
        self.note("lost", sum(len(pids - measured) for pids in seen.finished))
        self.note("restored", seen.settings_before == seen.settings_after)
        self.note("left", sum(len(files) for files in seen.left))


def _ends(seen: Seen) -> str:
    return " ".join(_named(one) for one in seen.unlucky) or "left out"


def _named(record: dict[str, Any]) -> str:
    codes = [finding["code"] for finding in record["findings"] if finding["code"] != ALWAYS_FOUND]
    return record["outcome"] + (f"({','.join(codes)})" if codes else "")


def look(phones: Served, run: Path, ran: "subprocess.CompletedProcess[str]", wall_s: float) -> Seen:
    """What a run left."""
    phones.connect()
    each = range(len(phones.serials))
    return Seen(
        unlucky_phones=phones.unlucky,
        phone=phones.unlucky[0],
        ran=ran,
        wall_s=wall_s,
        records=journal(run) if run.exists() else [],
        finished=[phones.finished(phone) for phone in each],
        settings_before=phones.settings_before,
        settings_after=[phones.settings(phone) for phone in each],
        left=[phones.left(phone) for phone in each],
    )


def check_nothing_is_lost_or_left(seen: Seen, *, all_may_fail: bool = False) -> None:
    """What must hold whatever happened; a fault of the adb server befalls all phones alike."""
    said = f"{seen.ran.stderr}\n{summary(seen)}"
    assert "Traceback" not in seen.ran.stderr, said
    assert seen.ran.returncode in (0, 5), said
    measured = {_pid(one) for one in seen.records if one["runner"]}
    for phone, finished in enumerate(seen.finished):
        assert finished <= measured, f"phone {phone} finished what is not in the journal\n{said}"
    assert seen.settings_after == seen.settings_before
    assert not any(seen.left), said
    assert seen.wall_s < LONGEST_RUN_S, said
    for phone in seen.lucky_phones:
        outcomes = [one["outcome"] for one in seen.of_phone(phone)]
        assert outcomes.count("ok") == LAUNCHES, said
        assert all_may_fail or len(outcomes) == LAUNCHES, said


def check_every_launch_is_measured(seen: Seen) -> None:
    """The unlucky phone, too, has measured every launch in the end."""
    measured = [one["request"]["launch_id"] for one in seen.unlucky if one["outcome"] == "ok"]
    assert len(set(measured)) == len(measured) == LAUNCHES, summary(seen)
    assert seen.ran.returncode == 0, seen.ran.stderr


def findings(records: Sequence[dict[str, Any]]) -> list[str]:
    """The codes of all findings, once each, without the one that every launch has."""
    return sorted({finding["code"] for one in records for finding in one["findings"]} - {ALWAYS_FOUND})


def summary(seen: Seen) -> str:
    """The journal in short, for the message of a failed assertion."""
    return json.dumps(
        [
            f"{one['request']['phone_id'][:6]} launch {one['request']['index']}, attempt {one['attempt']}: "
            f"{one['outcome']} {[f['code'] for f in one['findings']]} {one['evidence'][:400]}"
            for one in seen.records
        ],
        indent=1,
    )
