"""The whole road on generated pictures: train, export, video, bench; needs no data, no network, no camera."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unetkit.benchmarks.bench import BenchReport, bench
from unetkit.benchmarks.frames import bench_frames
from unetkit.data.catalog import open_dataset
from unetkit.data.synthetic import SYNTHETIC
from unetkit.export.exporter import export_run
from unetkit.export.result import ExportSummary
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.file_run import run_file
from unetkit.runtime.segmenter import Segmenter
from unetkit.trainer.config import resolve_config
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.training import train

DEMO_EPOCHS = 20
SETTINGS = {"size": 64, "epochs": DEMO_EPOCHS, "batch": 8, "half_size": 0.0}
VIDEO_FRAMES = 150


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """What the demo made, and where."""

    folder: Path
    training: TrainResult
    export: ExportSummary
    video: Path
    video_report: LatencyReport
    bench: BenchReport

    @property
    def places(self) -> tuple[tuple[str, Path], ...]:
        return (
            ("trained model", self.training.run.checkpoint),
            ("curves", self.training.run.curves),
            ("pictures with masks", self.training.run.panel),
            ("exported models", self.export.folder),
            ("segmented video", self.video),
        )


def run_demo(folder: Path, train_events: TrainEvents, on_step: Callable[[str], None]) -> DemoResult:
    """Walk the whole road into `folder`, which must not hold a run yet.

    Raises:
        UnetkitError: as the commands do that it calls.
    """
    on_step("training a small network on generated pictures")
    config = resolve_config(overrides=SETTINGS)
    training = train(open_dataset(SYNTHETIC), config, folder, events=train_events)
    on_step("exporting, and proving each artifact against the trained model")
    export = export_run(training.run, int8=True, on_step=on_step)
    best = export.folder / "model.int8.tflite"
    if not best.exists():
        best = export.folder / "model.int8.onnx"
    video = folder / "demo.mp4"
    on_step(f"segmenting a generated video of {VIDEO_FRAMES} frames")
    with Segmenter.open(best) as segmenter:
        video_report = run_file(segmenter, f"synthetic:{VIDEO_FRAMES}", out=video, max_frames=None)
    on_step("measuring all artifacts, interleaved")
    artifacts = [export.folder / result.file for result in export.results]
    measured = bench(artifacts, frames=bench_frames(None))
    return DemoResult(
        folder=folder, training=training, export=export, video=video, video_report=video_report, bench=measured
    )
