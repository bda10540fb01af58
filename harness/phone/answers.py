"""What every parser of a phone's answer says when it does not understand it."""

from harness.errors import UnreadableAnswer

_SHOWN = 80


def unreadable(command: str, answer: str) -> UnreadableAnswer:
    """The error for an answer without what it must hold; its first line often says why, as a denial does."""
    first_line = answer.strip().partition("\n")[0].strip()[:_SHOWN]
    return UnreadableAnswer(
        f"`{command}` answered {first_line!r}" if first_line else f"`{command}` answered nothing",
        remedy="report this answer, with the phone's model and Android version",
    )
