"""What a replayed phone answers from its recording, until somebody changes what the answer tells."""

import shlex
from collections.abc import Iterable, Mapping, Sequence

from harness.virtual.profile_folder import Answer

NO_SERVICE = "Can't find service:"
OUTDATED_BY: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("dumpsys", "battery", "set"), ("dumpsys battery", "dumpsys power")),
    (("dumpsys", "battery", "unplug"), ("dumpsys battery", "dumpsys power")),
    (("dumpsys", "battery", "reset"), ("dumpsys battery", "dumpsys power")),
    (("cmd", "thermalservice"), ("dumpsys thermalservice",)),
    (("cmd", "connectivity"), ("settings get global airplane_mode_on", "cmd connectivity")),
    (("cmd", "deviceidle"), ("dumpsys deviceidle", "cmd deviceidle")),
    (("dumpsys", "deviceidle", "force-idle"), ("dumpsys deviceidle",)),
    (("dumpsys", "deviceidle", "unforce"), ("dumpsys deviceidle",)),
    (("input", "keyevent"), ("dumpsys power", "dumpsys window", "dumpsys trust", "dumpsys display")),
    (("wm", "dismiss-keyguard"), ("dumpsys window", "dumpsys trust")),
    (("svc", "power"), ("settings get global stay_on_while_plugged_in", "dumpsys power")),
    (("pm", "install"), ("pm", "dumpsys package", "cmd package")),
    (("pm", "uninstall"), ("pm", "dumpsys package", "cmd package")),
)
"""Commands that change the phone, each with the beginnings of those whose recorded answers it outdates."""


class Replay:
    """Recorded answers to simple commands.

    Args:
        answers: by command, in the form that `shlex.join` gives to its words.
        absent_services: of `dumpsys`, those that the phone lacks, besides those that the answers show.
    """

    def __init__(
        self, answers: Mapping[str, Answer] | None = None, absent_services: Iterable[str] = ()
    ) -> None:
        self._answers = dict(answers or {})
        self._absent = {service: f"{NO_SERVICE} {service}\n".encode() for service in absent_services}
        for command, answer in self._answers.items():
            words = command.split(" ")
            if words[0] == "dumpsys" and words[1:] and answer.output.startswith(NO_SERVICE.encode()):
                self._absent[words[1]] = answer.output

    def answer(self, argv: Sequence[str]) -> Answer | None:
        """The recorded output of a command; None: the built-in phone answers."""
        self._note_change(argv)
        words = [argv[0].removeprefix("/system/bin/"), *argv[1:]]
        recorded = self._answers.get(shlex.join(words))
        if recorded is None and words[0] == "dumpsys" and words[1:] and words[1] in self._absent:
            return Answer(self._absent[words[1]])
        return recorded

    def answer_line(self, line: str) -> Answer | None:
        """The recorded output of a whole command line that is no simple command, such as a pipeline."""
        return self._answers.get(line.strip())

    def _note_change(self, argv: Sequence[str]) -> None:
        if shlex.join(argv) in self._answers:
            return
        match [word for word in argv if word != "--user" and not word.isdecimal()]:
            case ["settings", "put" | "delete", namespace, key, *_]:
                self._forget((f"settings get {namespace} {key}", f"settings list {namespace}"))
        for change, outdated in OUTDATED_BY:
            if tuple(argv[: len(change)]) == change:
                self._forget(outdated)

    def _forget(self, beginnings: Iterable[str]) -> None:
        forgotten = tuple(beginnings)
        self._answers = {
            command: answer
            for command, answer in self._answers.items()
            if not any(command == start or command.startswith(f"{start} ") for start in forgotten)
        }
