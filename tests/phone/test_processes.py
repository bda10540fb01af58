"""The process of an app, from `pidof` and from the `ps` of old phones."""

import pytest

from harness.phone.processes import parse_process_id

NAME = "io.elbench.runner"


@pytest.mark.parametrize(
    ("answer", "pid"),
    [
        ("4711\n", 4711),
        ("4711 4712\r\n", 4711),
        ("", None),
        ("sh: pidof: not found\n", None),
        ("u0_a61    1874  214   903268 46552 ffffffff 400a2a98 S io.elbench.runner\r\n", 1874),
        ("u0_a61    1874  214   903268 46552 ffffffff 400a2a98 S io.elbench.runner:remote\r\n", None),
        ("99999999999999999999\n", None),
    ],
)
def test_the_process_id_is_read_in_both_forms(answer: str, pid: int | None) -> None:
    assert parse_process_id(answer, NAME) == pid
