"""The shell language as far as this phone speaks it: words, quotes, `$?`, redirections, pipes, `;` `&&` `||`.

Text in, a list of pipelines out; running them is `shell`'s business. Loops, functions, assignments and
command substitution are a syntax error here.
"""

import re
from dataclasses import dataclass, field

OPERATORS = re.compile(r"\n|;|&&|\|\||\||&|\d?>&\d|\d?>>|\d?>|<|\(|\)|`|\$\(")
BLANKS = re.compile(r"(?:[ \t\r]|\\\n)*(?:#[^\n]*)?")
SINGLE_QUOTED = re.compile(r"'([^']*)'")
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
PLAIN = re.compile(r"(?:[^\s;&|<>()`'\"\\$]|\$(?!\())+")
PIPE = ("|",)
SEPARATORS = (";", "\n", "&&", "||")


class SyntaxProblem(ValueError):
    """A command line that this shell does not understand; the text is what mksh would print."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word before expansion: pieces of text, each with whether quotes protect it."""

    pieces: tuple[tuple[str, str], ...]
    """(text, quote); the quote is empty, `'` or `"`."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where one descriptor goes: another descriptor as `&1`, or a file."""

    descriptor: int
    operator: str
    target: Word | str


@dataclass(slots=True)
class SimpleCommand:
    """Words and redirections."""

    words: list[Word] = field(default_factory=list)
    redirections: list[Redirection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by pipes, and the separator that stands before the pipeline."""

    separator: str
    commands: tuple[SimpleCommand, ...]


def parse(line: str) -> list[Pipeline]:
    """The pipelines of a command line.

    Raises:
        SyntaxProblem: an open quote, or something beyond this shell.
    """
    pipelines: list[Pipeline] = []
    separator, commands = ";", [SimpleCommand()]
    symbols = _Symbols(line)
    for symbol in symbols:
        if isinstance(symbol, Word):
            commands[-1].words.append(symbol)
        elif symbol in SEPARATORS:
            _finish(pipelines, separator, commands, symbol)
            separator, commands = symbol, [SimpleCommand()]
        elif symbol in PIPE:
            _require_command(commands[-1], symbol)
            commands.append(SimpleCommand())
        elif "<" in symbol or ">" in symbol:
            commands[-1].redirections.append(_redirection(symbol, symbols))
        else:
            raise SyntaxProblem(f"syntax error: unexpected '{symbol}'")
    _finish(pipelines, separator, commands, "\n")
    return pipelines


def _finish(pipelines: list[Pipeline], separator: str, commands: list[SimpleCommand], symbol: str) -> None:
    is_empty = len(commands) == 1 and not commands[0].words and not commands[0].redirections
    if not is_empty:
        _require_command(commands[-1], symbol)
        pipelines.append(Pipeline(separator, tuple(commands)))
    elif symbol != "\n" or separator in ("&&", "||"):
        raise SyntaxProblem(f"syntax error: unexpected '{symbol if symbol.strip() else 'newline'}'")


def _require_command(command: SimpleCommand, symbol: str) -> None:
    if not command.words and not command.redirections:
        raise SyntaxProblem(f"syntax error: unexpected '{symbol}'")


def _redirection(symbol: str, symbols: "_Symbols") -> Redirection:
    digit = symbol[0] if symbol[0].isdecimal() else str(int(">" in symbol))
    operator = symbol.lstrip("0123456789")
    if operator.startswith(">&"):
        return Redirection(int(digit), ">&", operator[2:])
    target = next(symbols, None)
    if not isinstance(target, Word):
        raise SyntaxProblem("syntax error: unexpected 'newline'")
    return Redirection(int(digit), operator, target)


class _Symbols:
    """Words and operators of a line, one after the other."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def __iter__(self) -> "_Symbols":
        return self

    def __next__(self) -> Word | str:
        self._skip_blanks()
        if self._at >= len(self._line):
            raise StopIteration
        if operator := OPERATORS.match(self._line, self._at):
            self._at = operator.end()
            return operator.group()
        return self._word()

    def _skip_blanks(self) -> None:
        self._take(BLANKS)

    def _word(self) -> Word:
        pieces: list[tuple[str, str]] = []
        while self._at < len(self._line) and self._line[self._at] not in " \t\r\n;&|<>()`":
            if self._line.startswith("$(", self._at):
                raise SyntaxProblem("syntax error: unexpected '$('")
            pieces += self._pieces()
        return Word(tuple(pieces))

    def _pieces(self) -> list[tuple[str, str]]:
        if single := self._take(SINGLE_QUOTED):
            return [(single[1], "'")]
        if double := self._take(DOUBLE_QUOTED):
            return _unescape(double[1])
        if escaped := self._take(ESCAPED):
            return [(escaped[1], "'")]
        if plain := self._take(PLAIN):
            return [(plain[0], "")]
        quote = self._line[self._at]
        raise SyntaxProblem(f"no closing quote\n/system/bin/sh: syntax error: unexpected '{quote}'")

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self._line, self._at):
            self._at = found.end()
        return found


def _unescape(text: str) -> list[tuple[str, str]]:
    """What stands between double quotes: only `\\` before one of four characters is special there."""
    parts = re.split(r"\\([\\\"$`])", text)
    return [(part, "'" if index % 2 else '"') for index, part in enumerate(parts)]
