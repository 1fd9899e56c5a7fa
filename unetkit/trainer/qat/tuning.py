"""A run fine-tuned rounded, into a run of its own: `unetkit train --qat --resume RUN`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from unetkit.contract.artifact import read_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord
from unetkit.errors import UsageError
from unetkit.trainer.config import Qat, TrainConfig, resolve_config
from unetkit.trainer.course import Course, TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.materials import Materials, open_teacher
from unetkit.trainer.tensorflow_setup import prepare
from unetkit.trainer.training import require_empty, resume, write_origin
from unetkit.trainer.trainingstate import has_state

# The network knows its task: few epochs, small steps, on pictures of full size; it is its own teacher.
_SETTINGS: dict[str, Any] = {
    "epochs": 10,
    "lr": 0.0003,
    "optimizer": "adamw",
    "schedule": "cosine",
    "half_size": 0.0,
    "norm_frozen": 0.0,
    "patience": 0,
    "precision": "float32",  # rounding to 8 bits is exact in no other
}
_FIXED = (
    "network",
    "width",
    "depth",
    "weights",
    "size",
    "head",
    "validation_fraction",
    "half_size",
    "norm_frozen",
    "precision",
)


def tune(
    source: RunFolder,
    out: Path | None = None,
    *,
    per_tensor: bool = False,
    settings: Mapping[str, Any] | None = None,
    events: TrainEvents | None = None,
    require_gpu: bool = False,
) -> TrainResult:
    """Fine-tune a run's best checkpoint with everything rounded as its int8 artifacts round it.

    Args:
        source: a trained run; or one of this function's that was cut off, which goes on.
        out: the new run's folder; the source's name with `-qat` by default.
        per_tensor: round weights with one scale a layer, for devices that have no other.
        settings: fields of `TrainConfig` that are to differ from the run's own.
        events: progress callbacks.
        require_gpu: refuse to train on a CPU.

    Returns:
        The new run, and the accuracy of its best epoch, rounded.

    Raises:
        UsageError: the source is no run, or rounded already; a setting that the network decides; a network whose
            rounding is not known.
        Otherwise as `unetkit.trainer.training.train`.
    """
    if not source.config.is_file():
        source = RunFolder.open(source.path)
    trained = resolve_config(source.config)
    changed = {name: value for name, value in (settings or {}).items() if value is not None}
    if trained.qat != "off":
        if has_state(source) and out is None and not changed:
            return resume(source.path, events=events, require_gpu=require_gpu)
        raise UsageError(f"{source.path} was trained with --qat already; give the run that it started from")
    source = RunFolder.open(source.path)
    config = tuned_config(trained, source, "per-tensor" if per_tensor else "per-channel", changed)
    run = RunFolder(out or source.path.with_name(f"{source.path.name}-qat"))
    require_empty(run)
    events = events or TrainEvents()
    accelerator, replicas = prepare(
        config.seed, precision=config.precision, deterministic=config.deterministic, require_gpu=require_gpu
    )
    replicas.require_divisible(config.batch)
    spec = read_spec(source.checkpoint)
    spec = replace(spec, provenance=spec.provenance | {"quantisation_aware": config.qat})
    record = DataRecord.read(source.split)
    cache = record.open_cache(spec.input)
    teacher = open_teacher(config, spec, accelerator)
    soft = teacher.maps(cache, progress=events.taught) if teacher is not None else None
    materials = Materials(spec=spec, cache=cache, record=record, accelerator=accelerator, replicas=replicas, soft=soft)
    course = Course(run, config, materials)
    write_origin(run, config, record, accelerator, course.loop.subject.parameters)
    events.started(
        f"{config.network} of {source.path}, rounded to int8 with weights {config.qat.replace('-', ' ')}, on "
        f"{accelerator.name}{replicas.told}, batch {config.batch}: {len(record.train):,} pictures train, "
        f"{len(record.validation):,} validate"
    )
    course.save()
    return course.follow(events)


def tuned_config(trained: TrainConfig, source: RunFolder, qat: Qat, settings: Mapping[str, Any]) -> TrainConfig:
    """The settings of a run's fine-tuning.

    Raises:
        UsageError: a setting that the trained network decides, or that is none.
    """
    fixed = [name for name in _FIXED if name in settings]
    if fixed:
        raise UsageError(f"--qat fine-tunes the run as it is; leave out {', '.join(fixed)}")
    checkpoint = str(source.checkpoint.absolute())
    started = {**_SETTINGS, "qat": qat, "weights": checkpoint, "teacher": checkpoint}
    return resolve_config(None, {**vars(trained), **started, **settings})
