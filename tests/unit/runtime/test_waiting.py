import threading

import pytest

from unetkit.runtime.waiting import wait_for


def test_an_answer_or_the_end_of_the_time_ends_the_waiting() -> None:
    changed = threading.Condition()
    assert wait_for(changed, lambda: True, 60)
    assert not wait_for(changed, lambda: False, 0.01)


def test_ctrl_c_while_the_lock_is_not_held_stays_ctrl_c() -> None:
    changed = threading.Condition()

    def interrupted() -> bool:
        changed.release()  # as it is inside `wait`
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for(changed, interrupted, 60)
    assert wait_for(changed, lambda: True, 60)  # and the lock can be had again


def test_any_other_error_is_what_it_was() -> None:
    def broken() -> bool:
        raise RuntimeError("of another kind")

    with pytest.raises(RuntimeError, match="of another kind"):
        wait_for(threading.Condition(), broken, 60)
