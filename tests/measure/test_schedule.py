"""The order of launches."""

import random

from hypothesis import given
from hypothesis import strategies as st

from harness.measure.schedule import Cell, interleave, make_schedule

CELLS = [Cell(artifact_sha256=f"{n:064x}", model=f"model-{n}", threads=1) for n in range(5)]


@given(cells=st.integers(1, 8), blocks=st.integers(1, 9), seed=st.integers(0, 2**32))
def test_every_block_holds_every_cell_once(cells: int, blocks: int, seed: int) -> None:
    order = interleave(
        [Cell(artifact_sha256=str(n), model=str(n), threads=1) for n in range(cells)],
        blocks,
        random.Random(seed),
    )
    assert len(order) == blocks
    assert all(sorted(cell.model for cell in block) == [str(n) for n in range(cells)] for block in order)


@given(st.integers(0, 2**32))
def test_a_second_block_runs_backwards_so_that_a_linear_drift_cancels(seed: int) -> None:
    first, second, third, fourth = interleave(CELLS, 4, random.Random(seed))
    assert second == first[::-1]
    assert fourth == third[::-1]


def test_the_start_is_random() -> None:
    starts = {interleave(CELLS, 1, random.Random(seed))[0][0] for seed in range(50)}
    assert starts == set(CELLS)


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    def schedule(seed: int) -> list[str]:
        return [r.model for r in make_schedule("run", ["phone"], CELLS, launches=4, seed=seed)]

    assert schedule(1) == schedule(1)
    assert schedule(1) != schedule(2)


def test_each_launch_has_its_own_id_and_phones_have_their_own_order() -> None:
    schedule = make_schedule("01ABC", ["aaa", "bbb"], CELLS, launches=6, seed=0)
    assert len({request.launch_id for request in schedule}) == 2 * 6 * 5
    by_phone = [[r.model for r in schedule if r.phone_id == phone] for phone in ("aaa", "bbb")]
    assert by_phone[0] != by_phone[1]
    assert [r.index for r in schedule if r.phone_id == "aaa"] == list(range(30))
    assert [r.block for r in schedule if r.phone_id == "aaa"] == [i // 5 for i in range(30)]
