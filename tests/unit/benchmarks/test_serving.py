from pathlib import Path

import pytest

from tests.tiny_models import write_onnx
from unetkit.benchmarks.serving import load_server
from unetkit.errors import UsageError


def test_a_server_under_load_answers_refuses_and_leaves_nothing_behind(tmp_path: Path) -> None:
    model = str(write_onnx(tmp_path / "tiny.onnx"))
    report = load_server(
        model, clients=(1, 6), seconds=1.0, wh=(160, 120), answer="json", options=("--queue", "2", "--workers", "1")
    )
    alone, crowd = report.cases
    assert set(alone.statuses) == {"200"}
    assert set(crowd.statuses) == {"200", "503"}  # six at once, where two are taken on: told so, and nobody hung up on
    assert crowd.latency.n > 0
    assert set(alone.stages_ms) == {"decode", "preprocess", "wait", "infer", "postprocess", "encode"}
    assert crowd.descriptors <= report.before_descriptors + 1  # a connection that ends just then
    head, _, first, second, *_ = report.lines()
    assert head.count("|") == first.count("|") == second.count("|")


def test_a_server_that_does_not_start_is_told_in_its_own_words() -> None:
    with pytest.raises(UsageError, match="did not start: unetkit: there is no model file 'nothing'"):
        load_server("nothing", clients=(1,), seconds=0.1, wh=(16, 16), answer="png")
