"""The phones of a run: one that is connected twice is measured once."""

import pytest

from harness.cli.phones import choose_phones
from harness.measure.plan import Plan
from tests.conftest import PrivateAdb
from tests.phone.conftest import connected


@pytest.mark.parametrize("named", [False, True], ids=["any phone", "the other connection by name"])
def test_a_phone_that_is_connected_twice_is_measured_once(
    adb: PrivateAdb, named: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    with connected(adb) as (server, phones):
        address = phones.addresses[0]
        elsewhere = address.replace("127.0.0.1", "localhost")
        server.connect(elsewhere)
        try:
            wanted = (elsewhere, address) if named else ()
            chosen = choose_phones(Plan(models=("elnet_1.0",), devices=wanted), server)
        finally:
            server.disconnect(elsewhere)
    assert len(chosen) == 1
    said = capsys.readouterr().err
    assert f"measuring it once, as {chosen[0]}." in said
    assert address in said
    assert elsewhere in said
    if named:
        assert chosen == (elsewhere,)
