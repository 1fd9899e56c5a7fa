"""unetkit against the way tutorials do it: the same network, the same clip, decode to drawn picture, in one run.

`python -m unetkit.benchmarks.versus --checkpoint best.keras --artifact model.int8.tflite --clip clip.mp4`
"""

import contextlib
import statistics
from pathlib import Path
from typing import Annotated

import typer

from unetkit.benchmarks.clip import TutorialClip, UnetkitClip
from unetkit.benchmarks.peers.tutorial import TutorialPipeline
from unetkit.benchmarks.race import race
from unetkit.benchmarks.showing import show
from unetkit.benchmarks.versus_report import VersusReport
from unetkit.contract.artifact import read_spec, sha256_of
from unetkit.errors import UsageError
from unetkit.runtime.host import HostInfo
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

__all__ = ["VersusReport", "versus_tutorial"]

_WARMUP = 3  # frames; TensorFlow compiles in the first


def versus_tutorial(
    checkpoint: Path, artifact: Path, clip: Path, *, rounds: int = 6, frames_per_round: int = 30
) -> VersusReport:
    """Measure both pipelines on all usable cores.

    Args:
        checkpoint: the Keras model.
        artifact: a model that was exported from it.
        clip: a video.
        rounds: blocks of frames each pipeline does, taking turns.
        frames_per_round: frames a block; at the clip's end it starts over.

    Raises:
        UsageError: the artifact is not of this checkpoint, or a count is below 1.
        SourceError: the clip does not open or has fewer than two frames.
        ArtifactError, DeviceError, MissingDependencyError: a model does not open.
    """
    if rounds < 1 or frames_per_round < 1:
        raise UsageError(f"rounds {rounds}, frames a round {frames_per_round}: both must be 1 or more")
    read_spec(checkpoint)
    checkpoint_sha256 = sha256_of(checkpoint)
    if read_spec(artifact).provenance.get("checkpoint_sha256") != checkpoint_sha256:
        raise UsageError(f"{artifact} was not exported from {checkpoint}; give the checkpoint of its run")
    with contextlib.ExitStack() as opened:
        segmenter = opened.enter_context(Segmenter.open(artifact))
        unetkit = opened.enter_context(contextlib.closing(UnetkitClip(segmenter, clip)))
        pipeline = TutorialPipeline(checkpoint)
        tutorial = opened.enter_context(contextlib.closing(TutorialClip(pipeline, clip)))
        result = race(tutorial, unetkit, rounds=rounds, frames_per_round=frames_per_round, warmup=_WARMUP)
    backend = segmenter.backend
    return VersusReport(
        host=HostInfo.here(),
        clip=str(clip),
        frame_hw=unetkit.hw,
        checkpoint=str(checkpoint),
        checkpoint_sha256=checkpoint_sha256,
        tutorial_device=pipeline.device,
        artifact=str(artifact),
        artifact_sha256=sha256_of(artifact),
        engine=backend.engine,
        device=backend.device,
        precision=backend.precision,
        threads=backend.threads,
        frames_per_round=frames_per_round,
        tutorial_fps=tuple(frames_per_round * 1e9 / ns for ns in result.first_ns),
        unetkit_fps=tuple(frames_per_round * 1e9 / ns for ns in result.second_ns),
        ratios=tuple(tutorial / own for tutorial, own in zip(result.first_ns, result.second_ns, strict=True)),
        agreement_mean=statistics.fmean(result.agreement),
        agreement_min=min(result.agreement),
    )


def main(
    checkpoint: Annotated[Path, typer.Option(help="Keras model of a run.")],
    artifact: Annotated[Path, typer.Option(help="Model exported from it.")],
    clip: Annotated[Path, typer.Option(help="Video to segment.")],
    rounds: Annotated[int, typer.Option(min=1, help="Blocks of frames each pipeline does.")] = 6,
    frames_per_round: Annotated[int, typer.Option(min=1, help="Frames a block.")] = 30,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report to this file.")] = None,
) -> None:
    """Frames a second of unetkit and of the tutorials' way, same network, same clip, interleaved."""
    with one_line_errors():
        report = versus_tutorial(checkpoint, artifact, clip, rounds=rounds, frames_per_round=frames_per_round)
        show(report, json_file)


if __name__ == "__main__":
    typer.run(main)
