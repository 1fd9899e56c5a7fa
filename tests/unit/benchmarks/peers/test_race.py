"""Peers in processes of their own: their times, and what becomes of one that fails."""

import json
from pathlib import Path

import pytest

from tests.tiny_models import SPEC, write_onnx
from unetkit.benchmarks.peers.catalog import PEERS
from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError
from unetkit.benchmarks.peers.process import PeerProcess
from unetkit.benchmarks.peers.race import race_peers
from unetkit.errors import DataError, UsageError


@pytest.fixture
def request_(tmp_path: Path) -> PeerRequest:
    model = write_onnx(tmp_path / "model.onnx")
    return PeerRequest(onnx=model, tflite=None, checkpoint=None, threads=1, class_names=SPEC.class_names)


def test_those_that_run_are_timed_in_turns_and_the_others_have_a_reason(request_: PeerRequest) -> None:
    names = ("unetkit-tflite", "unetkit-onnx", "onnxruntime")
    report = race_peers(request_, data=None, split="test", frames=None, rounds=8, names=names)
    absent, ours, bare = report.peers
    assert (absent.reason, absent.stages) == ("no TFLite model was given", ())
    for peer in (ours, bare):
        assert [(stage.name, stage.n) for stage in peer.stages] == [
            (stage, 40) for stage in ("prepare", "infer", "labels", "end_to_end")
        ]
        assert peer.ratio is not None
        assert peer.ratio.n == 8
        assert peer.memory_bytes is None or peer.memory_bytes > 10 << 20
    assert ours.ratio is not None
    assert ours.ratio.median == 1.0
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_process_that_dies_is_told_in_its_last_words(request_: PeerRequest) -> None:
    with PeerProcess("onnxruntime", request_, None) as process:
        process._process.kill()
        process._process.wait()
        with pytest.raises(PeerUnavailableError, match=r"its process ended \(-9\)"):
            process.ask("memory")


def test_data_that_is_not_there_is_a_reason(request_: PeerRequest) -> None:
    with PeerProcess("onnxruntime", request_, None) as process:
        with pytest.raises(PeerUnavailableError, match="no such folder"):
            process.ask("score", data="no/such/folder", split="test")
        assert process.ask("memory")["steady_bytes"] != 0  # it goes on


def test_an_unknown_peer_and_no_peer_at_all_are_errors(request_: PeerRequest) -> None:
    with pytest.raises(UsageError, match=f"no peer tensorrt .*peers: {next(iter(PEERS))}"):
        race_peers(request_, data=None, split="test", frames=None, rounds=1, names=("tensorrt",))
    with pytest.raises(UsageError, match="no peer runs here: litert: no TFLite model was given"):
        race_peers(request_, data=None, split="test", frames=None, rounds=1, names=("litert",))


def test_data_that_is_not_there_ends_the_race_before_a_peer_is_opened(request_: PeerRequest) -> None:
    told: list[str] = []
    with pytest.raises(DataError, match="no such folder"):
        race_peers(request_, data="no/such/folder", split="test", frames=None, rounds=1, tell=told.append)
    assert not told
