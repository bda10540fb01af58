"""One module, one sequence of bytes, and nothing of this machine in it."""

import io
import sys
import zipfile
from pathlib import Path

import torch
import torch.jit._state

from harness.export.portable_archive import fresh_type_names, without_debug_records
from tests.export.conftest import SMALL, lite_bytes, tiny_module, tiny_program
from tests.export.processes import start_python

EXPORT = """
import sys, torch
from harness.export.from_catalogue import export_from_catalogue
from harness.export.settings import ExportSettings
from harness.models.catalogue import entry
for name in sys.argv[1:] or NAMES:
    proved = export_from_catalogue(entry(name), settings=ExportSettings(), input_shape=(1, 3, 64, 64))
print(proved.artifact.sha256, proved.artifact.reference_sha256)
"""


def test_what_was_exported_before_changes_nothing() -> None:
    assert tiny_program(0) == tiny_program(0)
    assert tiny_program(0) != tiny_program(1)


def test_fresh_processes_with_other_histories_and_threads_write_the_same_bytes(tmp_path: Path) -> None:
    first = start_python("NAMES = ['elnet_0.5']" + EXPORT, cache=tmp_path, OMP_NUM_THREADS="1")
    second = start_python("NAMES = ['elnet_1.0', 'elnet_0.5']" + EXPORT, cache=tmp_path, OMP_NUM_THREADS="2")
    with first, second:
        (one, one_errors), (two, two_errors) = first.communicate(), second.communicate()
    assert (one_errors, two_errors) == ("", "")
    assert one.split()[0] == two.split()[0] != ""


def test_no_path_of_this_machine_is_in_the_file() -> None:
    program = tiny_program()
    assert not [name for name in zipfile.ZipFile(io.BytesIO(program)).namelist() if "debug" in name]
    assert str(Path(torch.__file__).parent).encode() not in program
    assert str(Path(sys.prefix)).encode() not in program


def test_a_stripped_archive_still_states_its_version_and_computes_the_same() -> None:
    careless = lite_bytes(tiny_module())
    stripped = without_debug_records(careless)
    with zipfile.ZipFile(io.BytesIO(careless)) as before, zipfile.ZipFile(io.BytesIO(stripped)) as after:
        assert before.read("archive/version") == after.read("archive/version")
        assert before.read("archive/bytecode.pkl") == after.read("archive/bytecode.pkl")
    images = torch.ones(SMALL)
    runs = [torch.jit.mobile._load_for_lite_interpreter(io.BytesIO(data)) for data in (careless, stripped)]
    assert torch.equal(runs[0](images), runs[1](images))


def test_the_processs_own_type_names_survive() -> None:
    before = torch.jit._state._python_cu
    with fresh_type_names():
        assert torch.jit._state._python_cu is not before
    assert torch.jit._state._python_cu is before
