import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSink, fake_segmenter
from tests.unit.runtime.mjpeg_server import MjpegCamera, serving
from unetkit.contract.arrays import BgrFrame
from unetkit.runtime.running.controls import Controls
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.sources.stream import open_stream
from unetkit.runtime.views.painter import Painter

RUN_FOREVER = """
import json, sys
from pathlib import Path
from tests.unit.runtime.fakes import SPEC, fake_segmenter
from unetkit.runtime.views.painter import Painter
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.sinks.recording import RecordingSink
from unetkit.runtime.sources.opening import open_source

class Announcing(RecordingSink):
    def show(self, frame, mask, drawn):
        goes_on = super().show(frame, mask, drawn)
        sys.stderr.write("frame\\n")
        return goes_on

source, folder = open_source(sys.argv[1]), Path(sys.argv[2])
sink = Announcing(folder / "out.avi", fps=source.fps)
report = run_pipeline(source, fake_segmenter(folder), sink, painter=Painter(SPEC))
json.dump(report.to_dict(), sys.stdout, allow_nan=False)
"""


def test_a_model_slower_than_the_camera_sees_new_frames_only_and_counts_the_rest(tmp_path: Path) -> None:
    sink = ListSink()
    with serving(MjpegCamera(behaviour="endless", fps=100)) as url:
        report = run_pipeline(
            open_source(url), fake_segmenter(tmp_path, BrightnessBackend(delay_s=0.1)), sink, max_frames=5
        )
    indices = [frame.index for frame, _, _ in sink.shown]
    assert indices == sorted(set(indices))
    assert report.dropped >= 5  # ten frames come while the model works on one
    assert {stage.name: stage.n for stage in report.stages}["age"] == 5


def test_a_live_stream_that_is_paused_longer_than_it_may_be_silent_is_not_lost_and_goes_on_with_the_newest(
    tmp_path: Path,
) -> None:
    controls = Controls(SPEC)

    class Pausing(ListSink):
        def show(self, *result: Any) -> bool:
            controls.change(paused=not self.shown)
            return super().show(*result)

        def idle(self, drawn: BgrFrame | None) -> bool:
            super().idle(drawn)
            if len(self.idled) == 24:  # 1.2 s
                controls.change(paused=False)
            return True

    sink = Pausing()
    with serving(MjpegCamera(behaviour="endless", fps=50)) as url:
        source = open_stream(url, patience=Patience(silent_s=0.5))
        report = run_pipeline(
            source, fake_segmenter(tmp_path), sink, max_frames=3, painter=Painter(SPEC), controls=controls
        )
    first, second, _ = (frame.index for frame, _, _ in sink.shown)
    assert second - first > 20
    assert (report.frames, report.outages_s, report.lost) == (3, (), False)


def test_a_stream_that_ends_gives_the_report_and_says_so(tmp_path: Path) -> None:
    with serving(MjpegCamera(behaviour="closes", frames=30)) as url:
        report = run_pipeline(open_source(url, patience=Patience(max_outage_s=0)), fake_segmenter(tmp_path), ListSink())
    assert report.frames > 0
    assert (report.ended, report.lost, report.interrupted) == (f"stream {url} ended", False, False)


def test_a_stream_that_stalls_gives_the_report_and_is_lost(tmp_path: Path) -> None:
    with serving(MjpegCamera(behaviour="stalls", frames=30)) as url:
        report = run_pipeline(
            open_stream(url, patience=Patience(silent_s=1, max_outage_s=0)), fake_segmenter(tmp_path), ListSink()
        )
    assert report.frames > 0
    assert report.lost
    assert "did not deliver a frame for 1 s" in report.ended


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
@pytest.mark.parametrize("source", ["synthetic", "synthetic:100000"])
def test_ctrl_c_in_a_terminal_ends_with_the_report_and_a_whole_recording(tmp_path: Path, source: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_FOREVER, source, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for _ in range(3):
        assert process.stderr.readline() == "frame\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert set(err.split()) <= {"frame"}
    report = json.loads(out)
    assert process.returncode == 0
    assert report["interrupted"] is True
    assert report["frames"] >= 2
    recorded = open_source(str(tmp_path / "out.avi"))
    seen = 0
    while recorded.read() is not None:
        seen += 1
    assert seen >= 1  # it plays as fast as it was: frames within one of its moments are one picture


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another thing there")
def test_ctrl_c_ends_a_run_whose_camera_fell_silent(tmp_path: Path) -> None:
    with serving(MjpegCamera(behaviour="stalls", frames=30)) as url:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN_FOREVER, url, str(tmp_path)],
            cwd=Path(__file__).parents[3],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert any("it is silent; opening it again" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    report = json.loads(out)
    assert (process.returncode, report["interrupted"]) == (0, True)
    assert report["frames"] > 0


def test_the_runtime_is_imported_without_a_training_or_inference_library() -> None:
    modules = "running.pipeline views.painter running.controls running.figures display opencv latency host"
    modules += " sources.opening sinks.several sinks.video_file sinks.recording sinks.window"
    code = "import sys\n" + "\n".join(f"import unetkit.runtime.{name}" for name in modules.split())
    code += "\nprint(sorted({'tensorflow', 'keras', 'onnx', 'onnxruntime', 'ai_edge_litert'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_overlay_is_drawn_for_a_camera_too(tmp_path: Path) -> None:
    sink = ListSink()
    run_pipeline(open_source("synthetic"), fake_segmenter(tmp_path), sink, max_frames=2, painter=Painter(SPEC))
    assert sink.shown[0][2].shape == (480, 640, 3)
    assert (sink.shown[0][2] != sink.shown[0][0].bgr).any()
