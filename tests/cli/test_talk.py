"""Talk and data when the other end is full, gone or strange; each in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
"""As users run Python: what a stream could not write is tried again when the process ends."""


def python(code: str, **options: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", f"from harness.cli.talk import say, show, show_json\n{code}"]
    return subprocess.run(command, text=True, check=False, env=BUFFERED, **options)


@pytest.mark.parametrize("call", ["show('x' * 100000)", "show_json(['x' * 100000])"])
def test_a_reader_who_has_gone_does_not_end_the_work(call: str) -> None:
    command = [sys.executable, "-c", f"from harness.cli.talk import *\ninput()\n{call}\nsay('done')"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=BUFFERED,
    ) as process:
        assert process.stdout
        process.stdout.close()
        _, said = process.communicate("go\n", timeout=60)
    assert (process.returncode, said) == (0, "done\n")


def test_data_that_finds_no_room_is_an_error() -> None:
    with Path("/dev/full").open("w") as full:
        ran = python("show('result')", stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 1
    assert "OutputFolderUnusable: stdout: cannot be written (No space left on device)" in ran.stderr


def test_talk_that_finds_no_room_is_none() -> None:
    with Path("/dev/full").open("w") as full:
        ran = python("say('talk')\nshow('result')", stdout=subprocess.PIPE, stderr=full)
    assert (ran.returncode, ran.stdout) == (0, "result\n")


def test_a_path_that_is_no_unicode_still_gives_valid_json() -> None:
    ran = python(r"show_json({'page': 'run\udcff/é'})", capture_output=True)
    assert json.loads(ran.stdout) == {"page": "run\udcff/é"}
