"""Who trains together: from the command line, from the environment, and what is no cluster."""

import json

import pytest

from unetkit.errors import UsageError
from unetkit.trainer.cluster import TF_CONFIG, Cluster

TWO = "a.example:1000,10.0.0.2:65535"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TF_CONFIG, raising=False)


def test_nothing_said_is_no_cluster() -> None:
    assert Cluster.of(None, None) is None


@pytest.mark.parametrize(("rank", "chief"), [(0, True), (1, False)])
def test_workers_come_from_the_command_line(rank: int, chief: bool) -> None:
    cluster = Cluster.of(TWO, rank)
    assert cluster == Cluster(workers=("a.example:1000", "10.0.0.2:65535"), rank=rank)
    assert cluster.is_chief is chief


def test_what_is_announced_is_read_back_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TF_CONFIG, "")
    cluster = Cluster(workers=("[::1]:1000", "b:2"), rank=1)
    cluster.announce()
    assert Cluster.of(None, None) == cluster


@pytest.mark.parametrize(
    ("workers", "rank", "told"),
    [
        (TWO, None, "need both: --workers"),
        (None, 0, "need both: --workers"),
        ("a", 0, "--workers: 'a' is no address; expected host:port"),
        ("a:0", 0, "'a:0' is no address"),
        ("a:65536", 0, "'a:65536' is no address"),
        ("a:1,,b:2", 0, "'' is no address"),
        ("a:1,a:1", 0, "names an address twice"),
        (TWO, 2, "rank 2 is none of the 2 workers"),
        (TWO, -1, "rank -1 is none of the 2 workers"),
    ],
)
def test_what_is_no_cluster_says_why(workers: str | None, rank: int | None, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Cluster.of(workers, rank)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        json.dumps({"cluster": {"worker": ["a:1"]}}),
        json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": "first"}}),
        json.dumps({"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}),
        json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"type": "chief", "index": 0}}),
    ],
)
def test_a_broken_environment_says_so(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TF_CONFIG, text)
    with pytest.raises(UsageError, match=TF_CONFIG):
        Cluster.of(None, None)
