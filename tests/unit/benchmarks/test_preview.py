from pathlib import Path

from tests.tiny_models import write_onnx
from unetkit.benchmarks.preview import lines, race


def test_every_case_is_run_in_every_round_and_leaves_nothing_behind(tmp_path: Path) -> None:
    model = str(write_onnx(tmp_path / "tiny.onnx"))
    ratios = race(model, wh=(64, 48), frames=20, rounds=2, browsers=[0, 2])
    assert [ratio.path for ratio in ratios] == ["preview, nobody looks", "2 browsers"]
    assert [ratio.n for ratio in ratios] == [2, 2]
    assert all(ratio.median > 0 for ratio in ratios)
    assert len({row.count("|") for row in lines(ratios)}) == 1
