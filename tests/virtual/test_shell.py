"""The phone's shell through a real adb: quoting, exit statuses, redirections, and commands' answers."""

import hashlib
import shlex
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.virtual.system.shell_syntax import SyntaxProblem, parse
from tests.virtual.connected import ConnectedPhone

CPU = "/sys/devices/system/cpu"


def test_outputs_come_apart_with_the_exit_status(each_phone: ConnectedPhone) -> None:
    answer = each_phone.shell("echo out; ls /nope; echo more; false")
    assert answer.stdout == "out\nmore\n"
    assert answer.stderr == "ls: /nope: No such file or directory\n"
    assert answer.returncode == 1


def test_an_unknown_command_is_status_127(each_phone: ConnectedPhone) -> None:
    answer = each_phone.shell("frobnicate --now")
    assert answer.returncode == 127
    assert answer.stderr == "/system/bin/sh: frobnicate: inaccessible or not found\n"


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("echo a   'b   c'  \"d  e\"  f\\ \\ g", "a b   c d  e f  g\n"),
        ('echo \'$HOME\' "$HOME" $HOME "\\$HOME"', "$HOME / / $HOME\n"),
        ("false; echo $?; true; echo $?", "1\n0\n"),
        ("false && echo no; false || echo yes; true || echo no; true && echo yes", "yes\nyes\n"),
        ("nope 2>/dev/null; echo $?", "127\n"),
        ("ls /nope 2>&1", "ls: /nope: No such file or directory\n"),
        ("echo -n a; echo b # remark", "ab\n"),
        ("printf 2>/dev/null || echo none", "none\n"),
        ("echo 'a\nb' | wc -l", "2\n"),
        ("getprop | grep -c ro.elbench", "2\n"),
        ("echo '*' \"*\" /sys/devices/system/cpu/cpu?/online | head -1", None),
        ("echo /no/such/*", "/no/such/*\n"),
        ("exit 3; echo no", ""),
        ("test -d /sdcard && [ -f /proc/meminfo ] && echo there", "there\n"),
        ("cat < /sys/devices/system/cpu/present", "0-7\n"),
    ],
)
def test_a_line_means_what_it_means_to_a_phone(phone: ConnectedPhone, line: str, output: str | None) -> None:
    answer = phone.shell(line)
    cpus = " ".join(f"{CPU}/cpu{n}/online" for n in range(8))
    assert answer.stdout == (output if output is not None else f"* * {cpus}\n")


def test_a_pattern_that_is_none_is_status_2(phone: ConnectedPhone) -> None:
    answer = phone.shell("echo a | grep '['")
    assert answer.returncode == 2
    assert answer.stderr.startswith("grep: bad REGEX '['")


@pytest.mark.parametrize(
    "line", ["echo 'open", 'echo "open', "echo $(id)", "; ;", "echo `id`", "a | ; b", "(id)"]
)
def test_what_the_shell_does_not_understand_is_a_syntax_error(phone: ConnectedPhone, line: str) -> None:
    answer = phone.shell(line)
    assert answer.returncode == 1
    assert answer.stderr.startswith("/system/bin/sh: ")


@given(st.lists(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])), min_size=1))
def test_quoted_words_arrive_as_they_were(words: list[str]) -> None:
    (pipeline,) = parse(" ".join(shlex.quote(word) for word in words))
    (command,) = pipeline.commands
    assert ["".join(text for text, _ in word.pieces) for word in command.words] == words
    assert all(
        quote for word in command.words for text, quote in word.pieces if not text.isascii() or "*" in text
    )


@settings(max_examples=300)
@given(st.text("a '\"\\$;&|<>()`*?[]\n#2", max_size=12))
def test_no_line_breaks_the_parser(line: str) -> None:
    with suppress(SyntaxProblem):
        parse(line)


def test_globs_and_several_files_are_read_in_order(phone: ConnectedPhone) -> None:
    answer = phone.shell(f"echo ---; cat {CPU}/cpu[0-9]*/cpufreq/scaling_max_freq; echo ---")
    assert answer.stdout.split() == ["---", *["1804800"] * 4, *["2457600"] * 4, "---"]


def test_files_are_written_hashed_moved_and_removed(phone: ConnectedPhone) -> None:
    folder = "/data/local/tmp/files test"
    answer = phone.shell(
        f"mkdir -p '{folder}/sub' && cd_is_not_here 2>/dev/null; echo -n abc > '{folder}/a b'; "
        f"echo d >> '{folder}/a b'; sha256sum '{folder}/a b'; mv '{folder}/a b' '{folder}/sub'; "
        f"chmod 600 '{folder}/sub/a b'; stat -c '%a %s %n' '{folder}/sub/a b'; ls '{folder}/sub'; "
        f"rm -r '{folder}'; ls '{folder}'; rm -f '{folder}'; echo $?"
    )
    digest = hashlib.sha256(b"abcd\n").hexdigest()
    first, status, name, last = answer.stdout.splitlines()
    assert first == f"{digest}  {folder}/a b"
    assert (status, name, last) == (f"600 5 {folder}/sub/a b", "a b", "0")
    assert answer.stderr == f"ls: {folder}: No such file or directory\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("rm /system/build.prop", "rm: /system/build.prop: Read-only file system"),
        ("mkdir /data/x", "mkdir: '/data/x': Permission denied"),
        ("ls /data/app", "ls: /data/app: Permission denied"),
        ("echo x > /system/x", "/system/bin/sh: can't create /system/x: Read-only file system"),
        ("cat /sdcard", "cat: /sdcard: Is a directory"),
        ("chmod rwx /sdcard/x", "chmod: bad mode 'rwx'"),
    ],
)
def test_what_a_phone_denies_is_denied_in_its_words(phone: ConnectedPhone, line: str, message: str) -> None:
    answer = phone.shell(line)
    assert answer.returncode == 1
    assert answer.stderr.strip() == message


def test_the_phone_says_that_it_is_virtual(phone: ConnectedPhone) -> None:
    lines = phone.shell("getprop").stdout.splitlines()
    assert "[ro.elbench.virtual]: [1]" in lines
    assert "[ro.elbench.engine]: [modelled]" in lines
    assert phone.shell("getprop ro.product.model; getprop none.such").stdout == "Virtual Phone\n\n"


def test_settings_are_kept(phone: ConnectedPhone) -> None:
    line = "settings get system elbench_x; settings put system elbench_x 7; settings get system elbench_x; "
    answer = phone.shell(line + "settings delete system elbench_x; settings get system elbench_x")
    assert answer.stdout.split() == ["null", "7", "Deleted", "1", "rows", "null"]


def test_a_faked_battery_says_so_until_it_is_reset(phone: ConnectedPhone) -> None:
    phone.shell("dumpsys battery set level 42")
    faked = phone.shell("dumpsys battery").stdout
    phone.shell("dumpsys battery reset")
    real = phone.shell("dumpsys battery").stdout
    assert "  level: 42\n" in faked
    assert "UPDATES STOPPED" in faked
    assert "  level: 87\n" in real
    assert "UPDATES STOPPED" not in real


@pytest.mark.parametrize("service", ["thermalservice", "power", "display", "package io.elbench.runner"])
def test_services_answer(phone: ConnectedPhone, service: str) -> None:
    answer = phone.shell(f"dumpsys {service}")
    assert answer.returncode == 0
    assert len(answer.stdout.splitlines()) > 1


def test_the_screen_follows_the_keys(phone: ConnectedPhone) -> None:
    for key, state in (("SLEEP", "Asleep"), ("WAKEUP", "Awake")):
        phone.shell(f"input keyevent KEYCODE_{key}")
        assert f"mWakefulness={state}" in phone.shell("dumpsys power").stdout


def test_a_script_on_the_standard_input_is_run(phone: ConnectedPhone) -> None:
    client = phone.client("shell")
    out, _ = client.communicate(b"echo one\necho two; exit 4\n", timeout=30)
    assert out == b"one\ntwo\n"


def test_standard_input_reaches_a_command(phone: ConnectedPhone) -> None:
    client = phone.client("shell", "cat > /data/local/tmp/typed; wc -c < /data/local/tmp/typed")
    out, _ = client.communicate(b"x" * 200_000, timeout=30)
    assert out == b"200000\n"


def test_many_shells_at_once_do_not_disturb_each_other(phone: ConnectedPhone) -> None:
    clients = [phone.client("shell", f"sleep 0.1; echo {number}") for number in range(8)]
    outputs = [client.communicate(timeout=30)[0] for client in clients]
    assert outputs == [f"{number}\n".encode() for number in range(8)]


def test_a_service_that_a_phone_does_not_have_is_refused(phone: ConnectedPhone) -> None:
    answer = phone.run("jdwp", timeout_s=10)
    assert answer.returncode != 0 or not answer.stdout
    assert phone.run("root").stdout.strip() == "adbd cannot run as root in production builds"
