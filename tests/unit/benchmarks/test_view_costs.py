from unetkit.benchmarks.frames import FrameSet
from unetkit.benchmarks.views import view_costs
from unetkit.data.scene import scene
from unetkit.runtime.views.registry import VIEWS


def test_every_view_is_measured_at_every_size() -> None:
    frames = FrameSet(origin="a scene", frames=(scene(0, (48, 64))[0], scene(1, (48, 64))[0]))
    found = view_costs("person", frames, rounds=3, sizes_wh=((64, 48), (128, 96)))
    assert set(found.costs) == {*VIEWS, "overlay, outline"}
    assert {tuple(stats.n for stats in costs) for costs in found.costs.values()} == {(3, 3)}
    lines = found.lines()
    assert "| view | 64x48 | 128x96 |" in lines
    assert [line.split(" | ")[0] for line in lines if line.startswith("| blur")] == ["| blur"]
