"""The lists by which a file is judged where Android's libraries do not run are those libraries' own."""

import pytest

from android_runner.host.runtime import HostRuntime, shipped_runtime
from harness.export.phone_limits import (
    BYTECODE_VERSIONS,
    NEWEST_FILE_FORMAT,
    OPERATORS_FILE,
    missing_operators,
)
from tests.export.registered_operators import (
    empty_program,
    loader_answers,
    registered_operators,
)


@pytest.fixture(scope="module")
def runtime() -> HostRuntime:
    return shipped_runtime()


def test_the_shipped_operators_are_all_that_the_library_registers(runtime: HostRuntime) -> None:
    assert registered_operators(runtime) == OPERATORS_FILE.read_text(encoding="ascii").split()


def test_the_shipped_versions_are_those_that_the_library_loads(runtime: HostRuntime) -> None:
    versions = range(BYTECODE_VERSIONS[0] - 1, BYTECODE_VERSIONS[-1] + 2)
    said = loader_answers(runtime, (empty_program([], bytecode_version=version) for version in versions))
    accepted = [version for version, answer in zip(versions, said, strict=True) if answer == "loaded"]
    assert accepted == list(BYTECODE_VERSIONS)


def test_the_newest_file_format_is_the_newest_that_the_library_loads(runtime: HostRuntime) -> None:
    formats = (NEWEST_FILE_FORMAT, NEWEST_FILE_FORMAT + 1)
    newest, newer = loader_answers(runtime, (empty_program([], file_format=number) for number in formats))
    assert newest == "loaded"
    assert "version" in newer


def test_missing_operators_are_all_named_in_their_order() -> None:
    used = ("aten::scaled_dot_product_attention", "aten::add.Tensor", "aten::_upsample_lanczos2d_aa.vec")
    assert missing_operators(used) == (used[0], used[2])


def test_the_list_is_sorted_and_holds_each_operator_once() -> None:
    names = OPERATORS_FILE.read_text(encoding="ascii").split()
    assert names == sorted(set(names))
    assert len(names) > 3000
