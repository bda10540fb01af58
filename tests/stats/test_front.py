from hypothesis import given
from hypothesis import strategies as st

from harness.stats.front import on_front


def test_a_point_is_on_the_front_unless_another_is_as_fast_and_as_accurate() -> None:
    fast, good, slower_and_worse = (1.0, 0.90), (2.0, 0.95), (3.0, 0.93)
    same_time_worse, same_accuracy_slower = (1.0, 0.80), (2.5, 0.95)
    points = (fast, good, slower_and_worse, same_time_worse, same_accuracy_slower)
    assert on_front(points) == (True, True, False, False, False)


def test_equal_points_share_their_place() -> None:
    assert on_front([(1.0, 0.9), (1.0, 0.9)]) == (True, True)


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 1)), min_size=1))
def test_there_is_always_a_front(points: list[tuple[float, float]]) -> None:
    assert any(on_front(points))
