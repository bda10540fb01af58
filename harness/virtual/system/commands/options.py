"""Options of toybox commands: single letters, joined or not, some with a value; `--` ends them."""

from collections.abc import Iterator, Sequence

from harness.virtual.system.commands.call import Call


class UnknownOption(ValueError):
    """An option that the command does not have."""


def split_options(
    call: Call, flags: str, with_value: str = "", *, arguments: Sequence[str] | None = None
) -> tuple[dict[str, str], list[str]]:
    """Options by their letter with their value (empty without one), and the operands.

    Args:
        call: whose arguments are meant.
        flags: letters without a value.
        with_value: letters with one, in the same word or the next.
        arguments: others than the call's.

    Raises:
        UnknownOption: with toybox's words.
    """
    options: dict[str, str] = {}
    operands: list[str] = []
    rest = iter(call.arguments if arguments is None else arguments)
    for argument in rest:
        if argument == "--":
            operands += rest
        elif not argument.startswith("-") or argument == "-":
            operands.append(argument)
        else:
            _read_word(call, argument, flags, with_value, options, rest)
    return options, operands


def _read_word(
    call: Call, word: str, flags: str, with_value: str, options: dict[str, str], rest: Iterator[str]
) -> None:
    for at, letter in enumerate(word[1:], 1):
        if letter in with_value:
            options[letter] = word[at + 1 :] or next(rest, "")
            return
        if letter not in flags:
            name = call.argv[0]
            raise UnknownOption(f"{name}: Unknown option '{word[1:]}' (see \"{name} --help\")")
        options[letter] = ""
