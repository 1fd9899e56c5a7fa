"""The training, readable from top to bottom: data -> network -> epochs -> best checkpoint -> report."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from unetkit.contract.publish import publish_text
from unetkit.contract.runfolder import RunFolder
from unetkit.data.dataset import Dataset
from unetkit.data.record import DataRecord
from unetkit.errors import ArtifactError, UsageError
from unetkit.runtime.host import HostInfo
from unetkit.trainer.cluster import Cluster
from unetkit.trainer.config import TrainConfig, config_toml, resolve_config
from unetkit.trainer.course import Course, TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.learningrate import RangeTest, draw_range_test, suggestion
from unetkit.trainer.materials import Materials, gather, open_teacher
from unetkit.trainer.tensorflow_setup import Accelerator, prepare, seed_everything
from unetkit.trainer.trainingstate import TrainingState, has_state
from unetkit.trainer.trials import fitting_batch, range_test_losses
from unetkit.version import VERSION


def train(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    *,
    data_dir: Path | None = None,
    events: TrainEvents | None = None,
    cluster: Cluster | None = None,
    require_gpu: bool = False,
    auto_batch: bool = False,
) -> TrainResult:
    """Train a network and leave a run folder.

    Args:
        dataset: pictures with masks.
        config: resolved.
        out: the run folder; must not hold a run yet.
        data_dir: where the user said data lies, recorded for the export.
        events: progress callbacks.
        cluster: the machines that train together; each has the data, the first one writes the run.
        require_gpu: refuse to train on a CPU.
        auto_batch: take the largest batch that fits into memory instead of the config's.

    Returns:
        The run and the accuracy of its best checkpoint on the validation split.

    Raises:
        UsageError: the folder holds a run, a setting does not fit the data or the memory, the loss became no number.
        DataError: pictures or masks that cannot be used.
        OutputError: the run folder cannot be written.
        DeviceError: no GPU where one was required; a machine of the cluster is not there or went away.
        KeyboardInterrupt: before the first epoch ended, so there is nothing to keep.
        MissingDependencyError: no TensorFlow.
    """
    events = events or TrainEvents()
    run = RunFolder(out)
    require_empty(run)
    if config.qat != "off":
        raise UsageError("qat fine-tunes a trained run; train without it, then use --qat --resume RUN")
    materials = gather(dataset, config, out, data_dir, events, cluster=cluster, require_gpu=require_gpu)
    accelerator, replicas, record = materials.accelerator, materials.replicas, materials.record
    if auto_batch:
        config = replace(config, batch=fitting_batch(config, materials))
        seed_everything(config.seed)  # trying has used up random numbers
    replicas.require_divisible(config.batch)
    course = Course(run, config, materials)
    if replicas.is_chief:
        write_origin(run, config, record, accelerator, course.loop.subject.parameters)
    events.started(
        f"{config.network}, {course.loop.subject.parameters:,} parameters, on {accelerator.name} "
        f"({accelerator.precision}{', XLA' if accelerator.xla else ''}{replicas.told}), batch {config.batch}: "
        f"{len(record.train):,} pictures of {materials.splits[0]} train, {len(record.validation):,} of "
        f"{materials.splits[1]} validate"
    )
    course.save()
    return course.follow(events)


def resume(
    out: Path, *, events: TrainEvents | None = None, cluster: Cluster | None = None, require_gpu: bool = False
) -> TrainResult:
    """Go on with a training that was cut off or interrupted, as if it had not been.

    Args:
        out: its run folder; several machines all have to see it.
        events: progress callbacks.
        cluster: the machines that train together.
        require_gpu: refuse to train on a CPU.

    Raises:
        UsageError: there is nothing to go on from.
        DataError: the data is gone or has changed.
        ArtifactError: the state cannot be read, or is of another kind of device.
        Otherwise as `train`.
    """
    events = events or TrainEvents()
    run = RunFolder(out)
    state = TrainingState.newest(run)
    config = resolve_config(run.config)
    accelerator, replicas = prepare(
        config.seed,
        precision=_precision(run),
        cluster=cluster,
        deterministic=config.deterministic,
        require_gpu=require_gpu,
    )
    replicas.require_divisible(config.batch)
    record = DataRecord.read(run.split)
    cache = record.open_cache(state.spec.input)
    teacher = open_teacher(config, state.spec, accelerator)
    course = Course(
        run,
        config,
        Materials(
            spec=state.spec,
            cache=cache,
            record=record,
            accelerator=accelerator,
            replicas=replicas,
            soft=teacher.maps(cache, progress=events.taught) if teacher is not None else None,
        ),
        state,
    )
    events.started(
        f"{config.network} goes on with epoch {len(state.history) + 1} of {config.epochs}, step "
        f"{len(state.losses) + 1}, on {accelerator.name} ({accelerator.precision}{replicas.told})"
    )
    return course.follow(events)


def find_learning_rate(
    dataset: Dataset, config: TrainConfig, out: Path, *, events: TrainEvents | None = None
) -> RangeTest:
    """Find a peak learning rate by a range test of some two epochs' cost at most, and draw it.

    Args:
        dataset: pictures with masks.
        config: of the training to come; its learning rate and schedule do not matter.
        out: the curve, a PNG file; frames are cached beside it.
        events: progress callbacks.

    Raises:
        UsageError: the loss falls at no rate.
        Otherwise as `train`.
    """
    materials = gather(dataset, config, out, None, events or TrainEvents())
    test = suggestion(range_test_losses(config, materials))
    draw_range_test(out, test)
    return test


def require_empty(run: RunFolder) -> None:
    """Raises UsageError: the folder holds a run, or one that was cut off."""
    out = run.path
    if has_state(run):
        raise UsageError(f"{out} holds a training that was cut off; go on with --resume {out}, or choose another --out")
    if run.checkpoint.exists():
        raise UsageError(f"{out} already holds a run; choose another --out or remove it")


def _precision(run: RunFolder) -> str:
    """What a run was computed in so far, whatever this machine would choose."""
    try:
        return str(json.loads(run.environment.read_text(encoding="utf-8"))["accelerator"]["precision"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(
            f"{run.environment} does not say what precision the training is in ({error}); train from the start"
        ) from error


def write_origin(
    run: RunFolder, config: TrainConfig, record: DataRecord, accelerator: Accelerator, parameters: int
) -> None:
    """Write what the run is made of before the first step, so that an interrupted run explains itself too."""
    publish_text(run.config, config_toml(config))
    environment = {"host": HostInfo.here().to_dict(), "accelerator": asdict(accelerator), "unetkit": VERSION}
    publish_text(run.environment, json.dumps(environment | {"parameters": parameters}, indent=1))
    record.write(run.split)
