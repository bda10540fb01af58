"""Records a phone: every output that elbench reads from it.

What is read is said by `facts` and `conditions`; nothing else is asked, and nothing on the phone is changed.
Readings of a moment that a replayed phone has of its own (clock, load) stay out. Secrets are taken out by
`scrubbing`; `profile_writing` makes a folder of it.
"""

import re
import secrets
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.errors import UnreadableAnswer
from harness.phone.conditions import CONDITIONS_COMMANDS
from harness.phone.facts import FACT_COMMANDS
from harness.phone.identity import identify
from harness.phone.properties import BUILD_PROP_COMMAND, PROPERTIES_COMMAND, parse_properties
from harness.phone.scrubbing import Scrubber
from harness.phone.transport import Transport, quoted

READ_COMMANDS = (*FACT_COMMANDS, *CONDITIONS_COMMANDS)
MOMENTS = frozenset({"/proc/uptime", "/proc/loadavg", "/proc/stat"})
QUESTIONS = frozenset({"dumpsys", "getconf", "getprop", "grep", "settings"})
"""Programs whose output is recorded as it is; what `cat` prints is recorded as files."""

_DEADLINE_S = 30.0
_FILES_AT_ONCE = 40
_MOST_FILES = 2000
_LONGEST_OUTPUT = 4 << 20
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_@%+=:,.-]+)+")
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, both outputs together, and its exit status."""

    output: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A phone as it was read, still with its secrets."""

    commands: dict[str, Answer]
    files: dict[str, str]
    denied: tuple[str, ...]
    """Files that its shell may not read, and folders that it may not look into."""
    skipped: tuple[str, ...]
    """What was too large, or is no plain path."""

    @property
    def name(self) -> str:
        """Manufacturer and model, as far as the properties tell them."""
        properties = self.commands.get(PROPERTIES_COMMAND, Answer("", 0))
        try:
            known = identify(parse_properties(properties.output))
        except UnreadableAnswer:
            return "unknown phone"
        maker, model = (str(known.values.get(key) or "") for key in ("manufacturer", "model"))
        is_named = model.lower().startswith(maker.lower())
        return (model if is_named else f"{maker} {model}").strip() or "unknown phone"


def read_everything(transport: Transport, *, report: Callable[[str], None]) -> Recording:
    """Read everything from a phone.

    Args:
        transport: the phone.
        report: told in a few words what is being read.

    Raises:
        PhoneLost, DeadlineExceeded: as `Transport.shell`.
    """
    segments = [words for command in READ_COMMANDS for words in simple_commands(command)]
    questions = list(dict.fromkeys(quoted(*words) for words in segments if words[0] in QUESTIONS))
    commands = {}
    for number, question in enumerate(questions, 1):
        report(f"{question} ({number} of {len(questions)})")
        commands[question] = _ask(transport, question)
    patterns = [word for words in segments if words[0] == "cat" for word in words[1:]]
    if not _has_properties(commands[PROPERTIES_COMMAND]):
        patterns += BUILD_PROP_COMMAND.split()[1:]
    report("files")
    paths, hidden = _expanded(transport, list(dict.fromkeys(patterns)))
    contents, denied = _contents(transport, paths)
    skipped = [key for key, answer in commands.items() if len(answer.output) > _LONGEST_OUTPUT]
    skipped += [path for path, content in contents.items() if len(content) > _LONGEST_OUTPUT]
    return Recording(
        commands={key: answer for key, answer in commands.items() if key not in skipped},
        files={path: content for path, content in contents.items() if path not in skipped},
        denied=(*hidden, *denied),
        skipped=tuple(skipped),
    )


def scrubbed(recording: Recording, scrubber: Scrubber) -> Recording:
    """The same phone, without what tells whose it is."""
    for text in (*(answer.output for answer in recording.commands.values()), *recording.files.values()):
        scrubber.learn(text)
    return replace(
        recording,
        commands={
            key: replace(answer, output=scrubber.scrub(answer.output))
            for key, answer in recording.commands.items()
        },
        files={path: scrubber.scrub(content) for path, content in recording.files.items()},
    )


def simple_commands(line: str) -> list[list[str]]:
    """The simple commands of a command line, without redirections and without those that a pipe feeds."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split, lexer.commenters = True, ""
    commands: list[list[str]] = [[]]
    is_fed = skips_next = False
    for word in lexer:
        if skips_next:
            skips_next = False
        elif word[0] in "<>":
            skips_next = True
            if commands[-1] and commands[-1][-1].isdecimal():
                commands[-1].pop()
        elif word[0] in ";|&":
            is_fed = word == "|"
            commands.append([])
        elif not is_fed:
            commands[-1].append(word)
    return [words for words in commands if words]


def _has_properties(answer: Answer) -> bool:
    try:
        return bool(parse_properties(answer.output))
    except UnreadableAnswer:
        return False


def _ask(transport: Transport, question: str) -> Answer:
    answer = transport.shell(f"{question} 2>&1", deadline_s=_DEADLINE_S)
    return Answer(answer.stdout, answer.exit_code)


def _expanded(transport: Transport, patterns: Sequence[str]) -> tuple[list[str], list[str]]:
    """The paths that patterns mean on this phone, and the folders that it does not let us look into."""
    if not patterns:
        return [], []
    answer = transport.shell(f"echo {' '.join(patterns)}", deadline_s=_DEADLINE_S)
    words = [word for word in answer.stdout.split() if word not in MOMENTS]
    hidden = {folder for word in words if (folder := _folder_of_glob(word)) and _is_denied(transport, folder)}
    plain = [word for word in words if _PLAIN_PATH.fullmatch(word) and ".." not in word]
    return plain[:_MOST_FILES], sorted(hidden)


def _folder_of_glob(word: str) -> str | None:
    """The folder in which a pattern found nothing; None for a path."""
    found = _GLOB.search(word)
    return word[: found.start()].rpartition("/")[0] if found else None


def _is_denied(transport: Transport, folder: str) -> bool:
    answer = transport.shell(f"ls {quoted(folder)} 2>&1", deadline_s=_DEADLINE_S)
    return "Permission denied" in answer.stdout


def _contents(transport: Transport, paths: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """What the files hold, and those that cannot be read; a file that is not there is neither."""
    contents: dict[str, str] = {}
    denied: list[str] = []
    for start in range(0, len(paths), _FILES_AT_ONCE):
        some = paths[start : start + _FILES_AT_ONCE]
        for path, answer in zip(some, _read(transport, some), strict=True):
            if answer.status == 0:
                contents[path] = answer.output
            elif "No such file" not in answer.output:
                denied.append(path)
    return contents, denied


def _read(transport: Transport, paths: Sequence[str]) -> list[Answer]:
    marker = secrets.token_hex(8)
    line = "; ".join(f"cat {quoted(path)} 2>&1; echo {marker}$?" for path in paths)
    parts = re.split(rf"{marker}(\d+)\r?\n", transport.shell(line, deadline_s=_DEADLINE_S).stdout)
    answers = [Answer(text, int(status)) for text, status in zip(parts[::2], parts[1::2], strict=False)]
    if len(answers) != len(paths):
        raise UnreadableAnswer(
            f"{len(paths)} files, but {len(answers)} answers",
            remedy="report this phone as one that elbench does not understand",
            where=transport.serial,
        )
    return answers
