"""Cyclic garbage goes while it is little, and Python's collector is as before."""

import gc
import weakref

import pytest

from unetkit.export.cyclicgarbage import collected_soon


class Graph:
    """Holds itself, as converters' graphs do."""

    def __init__(self) -> None:
        self.nodes = [self]


def test_a_cycle_goes_while_others_are_made_and_the_last_one_at_the_end() -> None:
    gone: list[int] = []
    with collected_soon():
        for number in range(3):
            graph = Graph()
            weakref.finalize(graph, gone.append, number)
            del graph
            objects = [[] for _ in range(5000)]  # type: ignore[var-annotated]
            assert len(objects) == 5000
            assert gone == list(range(number + 1))
        last = Graph()
        weakref.finalize(last, gone.append, 3)
        del last
    assert gone == [0, 1, 2, 3]


def test_the_collector_is_as_before_also_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collected_soon():
        raise ZeroDivisionError
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
