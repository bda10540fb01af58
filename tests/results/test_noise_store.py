from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import OutputFolderUnusable, UsageError
from harness.places import data_folder
from harness.results.noise_store import all_noise, keep_noise, known_noise, noise_folder
from harness.results.records import PhoneNoise
from tests.results.noise import NOISE

LATER = replace(NOISE, measured_at="2026-01-02T00:00:00+00:00", pairs=20)


def of_phone(folder: Path, *, threads: int = 1, model: str | None = None) -> PhoneNoise | None:
    return known_noise(NOISE.phone_id, engine=None, threads=threads, mode="burst", model=model, folder=folder)


def test_what_is_kept_is_known_again(tmp_path: Path) -> None:
    file = keep_noise(NOISE, tmp_path / "noise")
    assert file == tmp_path / "noise" / "0123456789ab.json"
    assert of_phone(tmp_path / "noise") == NOISE


def test_the_newest_of_the_same_stays_and_others_stay_beside_it(tmp_path: Path) -> None:
    two_threads = replace(NOISE, threads=2)
    for one in (NOISE, two_threads, LATER):
        keep_noise(one, tmp_path)
    assert of_phone(tmp_path) == LATER
    assert of_phone(tmp_path, threads=2) == two_threads
    assert all_noise(tmp_path) == (two_threads, LATER)


def test_noise_of_the_same_model_goes_before_newer_noise_of_another(tmp_path: Path) -> None:
    other = replace(LATER, model="mobilenet_v2")
    for one in (NOISE, other):
        keep_noise(one, tmp_path)
    assert of_phone(tmp_path, model="elnet_1.0") == NOISE
    assert of_phone(tmp_path, model="ghostnet") == other
    assert of_phone(tmp_path) == other


def test_noise_of_another_engine_thread_count_mode_or_phone_says_nothing(tmp_path: Path) -> None:
    keep_noise(replace(NOISE, engine="lite", missing={}), tmp_path)
    own = {"engine": "lite", "threads": 1, "mode": "burst", "folder": tmp_path}
    assert known_noise(NOISE.phone_id, **own) is not None
    for change in ({"engine": "android"}, {"engine": None}, {"threads": 2}, {"mode": "sparse"}):
        assert known_noise(NOISE.phone_id, **(own | change)) is None
    assert known_noise("another", **own) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"format": 9}', b'{"format": 1}', b'{"format": 1, "noise": [{}]}', b"\xff"],
)
def test_a_file_that_cannot_be_read_is_said_in_one_line_and_left_as_it_is(
    content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / f"{NOISE.phone_id}.json"
    file.write_bytes(content)
    for ask in (
        lambda: of_phone(tmp_path),
        lambda: all_noise(tmp_path),
        lambda: keep_noise(NOISE, tmp_path),
    ):
        with pytest.raises(UsageError, match="Move the file away") as raised:
            ask()
        assert str(file) in str(raised.value)
        assert "\n" not in str(raised.value)
    assert file.read_bytes() == content


def test_a_phone_that_was_never_calibrated_is_not_known(tmp_path: Path) -> None:
    assert of_phone(tmp_path / "nowhere") is None
    assert all_noise(tmp_path / "nowhere") == ()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputFolderUnusable, match="file"):
        keep_noise(NOISE, tmp_path / "file")


def test_a_phones_id_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    assert keep_noise(replace(NOISE, phone_id="../../x"), tmp_path / "noise").parent == tmp_path / "noise"


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"ELBENCH_DATA": "/own", "XDG_DATA_HOME": "/xdg"}, "/own"),
        ({"XDG_DATA_HOME": "/xdg"}, "/xdg/elbench"),
        ({"XDG_DATA_HOME": "relative"}, "~/.local/share/elbench"),
        ({}, "~/.local/share/elbench"),
    ],
)
def test_data_lies_where_the_environment_says_or_below_home(environment: dict[str, str], folder: str) -> None:
    assert data_folder(environment) == Path(folder).expanduser()


def test_noise_is_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ELBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ELBENCH_DATA", str(tmp_path / "data"))
    assert noise_folder() == tmp_path / "data" / "noise"
