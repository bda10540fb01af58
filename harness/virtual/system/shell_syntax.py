"""The shell language as far as this phone speaks it: words, quotes, redirections, pipes, loops, lists.

Text in, a script out; running it is `shell`'s business. `if`, `case`, functions and command substitution
are a syntax error here.
"""

import re
from collections.abc import Container
from dataclasses import dataclass, field

OPERATORS = re.compile(r"\n|;|&&|\|\||\||&|\d?>&\d|\d?>>|\d?>|<|\(|\)|`|\$\((?!\()")
BLANKS = re.compile(r"(?:[ \t\r]|\\\n)*(?:#[^\n]*)?")
SINGLE_QUOTED = re.compile(r"'([^']*)'")
DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
ARITHMETIC = re.compile(r"\$\(\([^()]*\)\)")
PLAIN = re.compile(r"(?:[^\s;&|<>()`'\"\\$]|\$(?!\())+")
NAME = re.compile(r"[A-Za-z_]\w*")
SEPARATORS = (";", "\n", "&&", "||")
RESERVED = ("while", "until", "for", "do", "done")
DEEPEST_LOOP = 50
"""Far beyond what people write, and far from the depth at which Python gives up."""


class SyntaxProblem(ValueError):
    """A command line that this shell does not understand; the text is what mksh would print."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word before expansion: pieces of text, each with whether quotes protect it."""

    pieces: tuple[tuple[str, str], ...]
    """(text, quote); the quote is empty, `'` or `"`."""

    @property
    def plain(self) -> str:
        """The text of a word without quotes, which alone can be reserved; else nothing."""
        return self.pieces[0][0] if len(self.pieces) == 1 and not self.pieces[0][1] else ""


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
class Loop:
    """`while` or `until`: the body runs as long as the condition ends well, or as long as it does not."""

    condition: "Script"
    body: "Script"
    is_until: bool
    redirections: list[Redirection]


@dataclass(frozen=True, slots=True)
class ForLoop:
    """The body once for each word."""

    name: str
    words: list[Word]
    body: "Script"
    redirections: list[Redirection]


Command = SimpleCommand | Loop | ForLoop


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by pipes, and the separator that stands before the pipeline."""

    separator: str
    commands: tuple[Command, ...]


Script = list[Pipeline]


def parse(line: str) -> Script:
    """The pipelines of a command line.

    Raises:
        SyntaxProblem: an open quote, or something beyond this shell.
    """
    return _Parser(line).script(ends=())


class _Parser:
    """Symbols to a script, by recursive descent with one symbol of foresight."""

    def __init__(self, line: str) -> None:
        self._symbols = _Symbols(line)
        self._ahead: Word | str | None = None
        self._depth = 0
        self._advance()

    def script(self, ends: Container[str]) -> Script:
        """Pipelines up to the end of the line, or up to a reserved word of `ends`, which is left there."""
        pipelines: Script = []
        separator = ";"
        self._skip_newlines()
        while separator in ("&&", "||") or not (self._ahead is None or self._reserved() in ends):
            pipelines.append(Pipeline(separator, self._pipeline()))
            if self._ahead is None:
                break
            if self._ahead not in SEPARATORS:
                raise self._unexpected()
            separator = str(self._advance())
            self._skip_newlines()
        if ends and (self._ahead is None or not pipelines):
            raise self._unexpected()
        return pipelines

    def _pipeline(self) -> tuple[Command, ...]:
        commands = [self._command()]
        while self._ahead == "|":
            self._advance()
            self._skip_newlines()
            commands.append(self._command())
        return tuple(commands)

    def _command(self) -> Command:
        match self._reserved():
            case "while" | "until" as kind:
                return self._loop(is_until=kind == "until")
            case "for":
                return self._for_loop()
            case "do" | "done":
                raise self._unexpected()
        command = SimpleCommand()
        while self._ahead is not None:
            if isinstance(self._ahead, Word):
                command.words.append(self._take_word())
            elif _redirects(self._ahead):
                command.redirections.append(self._redirection())
            else:
                break
        if not command.words and not command.redirections:
            raise self._unexpected()
        return command

    def _loop(self, *, is_until: bool) -> Loop:
        self._advance()
        self._go_deeper()
        condition = self.script(ends=("do",))
        return Loop(condition, self._body(), is_until, self._redirections())

    def _for_loop(self) -> ForLoop:
        self._advance()
        self._go_deeper()
        name = self._take_word().plain
        if not NAME.fullmatch(name):
            raise SyntaxProblem(f"syntax error: '{name}' is not an identifier")
        words: list[Word] = []
        if isinstance(self._ahead, Word) and self._ahead.plain == "in":
            self._advance()
            while isinstance(self._ahead, Word):
                words.append(self._take_word())
        if self._ahead not in (";", "\n"):
            raise self._unexpected()
        self._advance()
        self._skip_newlines()
        return ForLoop(name, words, self._body(), self._redirections())

    def _body(self) -> Script:
        if self._reserved() != "do":
            raise self._unexpected()
        self._advance()
        body = self.script(ends=("done",))
        self._advance()
        self._depth -= 1
        return body

    def _go_deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST_LOOP:
            raise SyntaxProblem("syntax error: loops too deep")

    def _redirections(self) -> list[Redirection]:
        found = []
        while isinstance(self._ahead, str) and _redirects(self._ahead):
            found.append(self._redirection())
        return found

    def _redirection(self) -> Redirection:
        symbol = str(self._advance())
        digit = symbol[0] if symbol[0].isdecimal() else str(int(">" in symbol))
        operator = symbol.lstrip("0123456789")
        if operator.startswith(">&"):
            return Redirection(int(digit), ">&", operator[2:])
        return Redirection(int(digit), operator, self._take_word())

    def _take_word(self) -> Word:
        if not isinstance(self._ahead, Word):
            raise self._unexpected()
        word = self._ahead
        self._advance()
        return word

    def _reserved(self) -> str:
        """The reserved word ahead, where a command may begin; else nothing."""
        plain = self._ahead.plain if isinstance(self._ahead, Word) else ""
        return plain if plain in RESERVED else ""

    def _skip_newlines(self) -> None:
        while self._ahead == "\n":
            self._advance()

    def _advance(self) -> Word | str | None:
        """Go on to the next symbol; returns the one that was ahead."""
        taken, self._ahead = self._ahead, next(self._symbols, None)
        return taken

    def _unexpected(self) -> SyntaxProblem:
        ahead = self._ahead.plain if isinstance(self._ahead, Word) else self._ahead
        return SyntaxProblem(f"syntax error: unexpected '{ahead if ahead and ahead.strip() else 'newline'}'")


def _redirects(symbol: str) -> bool:
    return "<" in symbol or ">" in symbol


class _Symbols:
    """Words and operators of a line, one after the other."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    def __iter__(self) -> "_Symbols":
        return self

    def __next__(self) -> Word | str:
        self._take(BLANKS)
        if self._at >= len(self._line):
            raise StopIteration
        if operator := self._take(OPERATORS):
            return operator.group()
        return self._word()

    def _word(self) -> Word:
        pieces: list[tuple[str, str]] = []
        while self._at < len(self._line) and self._line[self._at] not in " \t\r\n;&|<>()`":
            pieces += self._pieces()
        return Word(tuple(pieces))

    def _pieces(self) -> list[tuple[str, str]]:
        if single := self._take(SINGLE_QUOTED):
            return [(single[1], "'")]
        if double := self._take(DOUBLE_QUOTED):
            return _unescape(double[1])
        if escaped := self._take(ESCAPED):
            return [(escaped[1], "'")]
        if arithmetic := self._take(ARITHMETIC):
            return [(arithmetic[0], '"')]
        if plain := self._take(PLAIN):
            return [(plain[0], "")]
        quote = self._line[self._at]
        if quote == "$":
            raise SyntaxProblem("syntax error: unexpected '$('")
        raise SyntaxProblem(f"no closing quote\n/system/bin/sh: syntax error: unexpected '{quote}'")

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if found := pattern.match(self._line, self._at):
            self._at = found.end()
        return found


def _unescape(text: str) -> list[tuple[str, str]]:
    """What stands between double quotes: only `\\` before one of four characters is special there."""
    parts = re.split(r"\\([\\\"$`])", text)
    return [(part, "'" if index % 2 else '"') for index, part in enumerate(parts)]
