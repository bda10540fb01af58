"""Loops, variables and `read` of the phone's shell, against what a POSIX shell makes of the same scripts."""

import subprocess
import time
from collections.abc import Callable

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.virtual.connected import ConnectedPhone

SAID = st.sampled_from(
    ["echo a", "echo $n", 'echo "$x|$n"', "echo 'b c' ", "true", "false", "echo $?", "x=$n"]
)
JUMP = st.sampled_from(["break", "continue", "exit 3"])
JOINT = st.sampled_from(["; ", " && ", " || ", "\n"])


def joined(commands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A list of one to three commands."""
    pairs = st.lists(st.tuples(commands, JOINT), min_size=1, max_size=3)
    return pairs.map(lambda found: "".join(text + joint for text, joint in found[:-1]) + found[-1][0])


def scripts(depth: int) -> st.SearchStrategy[str]:
    """Lists of commands with loops that end, `depth` deep."""
    if depth == 0:
        return joined(SAID)
    counter, body = f"n{depth}", scripts(depth - 1)
    rest = st.tuples(body, st.one_of(st.just(""), JUMP.map(lambda word: f"; [ $n = 2 ] && {word}")))
    step = f"{counter}=$(({counter} + 1)); n=${counter}"
    loops = st.tuples(
        st.sampled_from(["while [ ${0} != 3 ]", "until [ ${0} = 3 ]", "for n in 1 2 3"]), rest
    ).map(
        lambda found: (
            f":\n{counter}=0\n{found[0][0:].replace('${0}', f'${counter}')}; do {step}; "
            f"{found[1][0]}{found[1][1]}\ndone"
        )
    )
    redirected = st.tuples(
        loops, st.sampled_from(["", " >/dev/null", " 2>/dev/null", " | wc -l", " | grep a"])
    )
    return joined(st.one_of(SAID, redirected.map("".join)))


# A failing script is short as it is; making it shorter would take minutes.
@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(script=scripts(2))
def test_loops_do_what_they_do_in_a_real_shell(phone: ConnectedPhone, script: str) -> None:
    script = f"n=0\nx=\n{script}"
    real = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=20)
    ours = phone.shell(script)
    assert (ours.stdout.replace(" ", ""), ours.returncode) == (real.stdout.replace(" ", ""), real.returncode)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("n=2; while [ $n != 0 ]; do echo $n; n=$((n - 1)); done", "2\n1\n"),
        ("while read -r a b; do echo \"$b|$a\"; done < /proc/loadavg | grep -c '|'", "1\n"),
        ("echo 'x y  z' | while read -r a b; do echo \"$b,$a\"; done", "y  z,x\n"),
        ('v=old; v= w=; read -r v </no/such; echo "[$v][$w]"', "[][]\n"),
        ("while true; do echo one; break; done; echo $?", "one\n0\n"),
        (
            "for f in /sys/devices/system/cpu/cpu[01]/cpufreq/related_cpus; do read -r c <$f; echo $c; done",
            None,
        ),
        ("while false; do echo no; done; echo $?", "0\n"),
        ("echo while done do; echo do", "while done do\ndo\n"),
        ("x='a=b'; y=$x; echo $y x=1", "a=b x=1\n"),
    ],
)
def test_a_script_says_what_it_should(phone: ConnectedPhone, line: str, output: str | None) -> None:
    answer = phone.shell(f"{line}", timeout_s=20)
    assert answer.stdout == (output if output is not None else "0 1 2 3\n0 1 2 3\n")


@pytest.mark.parametrize(
    "line",
    [
        "while true; do",
        "do echo; done",
        "done",
        "while; do echo; done",
        "while true; do done",
        "for 1 in a; do :; done",
        "for x in a b",
        "while true do echo; done",
        "while true; do :; done echo",
        "while " * 60,
        "a &&",
    ],
)
def test_a_broken_loop_is_a_syntax_error(phone: ConnectedPhone, line: str) -> None:
    answer = phone.shell(line, timeout_s=20)
    assert answer.returncode == 1
    assert "syntax error" in answer.stderr


def test_a_loop_ends_when_its_client_has_gone(phone: ConnectedPhone) -> None:
    mark = "/data/local/tmp/loop-mark"
    loop = f"while true; do echo alive; echo x >>{mark}; read -t 0.02 x; done"
    client = phone.client("shell", loop)
    assert client.stdout
    assert client.stdout.readline() == b"alive\n"
    client.kill()
    client.communicate()
    settled = _settles(lambda: phone.shell(f"wc -c < {mark}").stdout)
    phone.shell(f"rm {mark}")
    assert settled


def test_reading_gives_up_after_its_time_and_ends_with_its_input(phone: ConnectedPhone) -> None:
    client = phone.client("shell", "read -t 0.01 x; echo $?; read -t 60 x; echo $?")
    assert client.stdout
    assert client.stdout.readline() == b"142\n"
    out, _ = client.communicate(timeout=30)
    assert out == b"1\n"


def test_a_loop_that_never_waits_leaves_the_phone_to_others(phone: ConnectedPhone) -> None:
    client = phone.client("shell", "n=0; while echo $n; do n=$((n+1)); done")
    try:
        assert phone.shell("echo still there", timeout_s=20).stdout == "still there\n"
    finally:
        client.kill()
        client.communicate()


def _settles(look: Callable[[], str]) -> bool:
    """Whether what is looked at stops changing within seconds."""
    until, seen = time.monotonic() + 10, [""]
    while (time.monotonic() < until and len(set(seen)) > 1) or seen == [""]:
        seen = [look() for _ in range(8)]
    return len(set(seen)) == 1
