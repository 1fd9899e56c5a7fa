"""`unetkit.train`: the command `unetkit train` as a call, with the same names."""

from pathlib import Path
from typing import Any

from unetkit.contract.runfolder import new_run_folder
from unetkit.data.catalog import open_dataset
from unetkit.trainer.config import resolve_config
from unetkit.trainer.course import TrainResult
from unetkit.trainer.events import TrainEvents
from unetkit.trainer.training import train as train_network


def train(
    data: str | Path | None = None,
    out: str | Path | None = None,
    *,
    config: str | Path | None = None,
    data_dir: str | Path | None = None,
    data_format: str = "auto",
    require_gpu: bool = False,
    auto_batch: bool = False,
    events: TrainEvents | None = None,
    **settings: Any,
) -> TrainResult:
    """Train a U-Net into a run folder.

    >>> result = unetkit.train("pets/", "runs/pets", network="edge", size=128, epochs=40)  # doctest: +SKIP
    >>> result.accuracy.miou, result.run.checkpoint                                        # doctest: +SKIP

    Args:
        data: a folder, `oxford-pets` (the default), `synthetic`, `tfds:NAME`.
        out: the run folder; `runs/NETWORK-TIME` by default.
        config: a TOML file of settings; `settings` win over it.
        data_dir: where the Oxford-IIIT Pet set lies or is downloaded to.
        data_format: `auto`, or as `--data-format`.
        require_gpu: refuse to train on a CPU.
        auto_batch: take the largest batch that fits into memory.
        events: progress callbacks.
        settings: fields of `TrainConfig`.

    Returns:
        The run and the accuracy of its best checkpoint on the validation split.

    Raises:
        UnetkitError: whatever the command would say in its one line.
    """
    resolved = resolve_config(Path(config) if config is not None else None, settings)
    home = Path(data_dir) if data_dir is not None else None
    dataset = open_dataset(str(data) if data is not None else None, home, data_format=data_format)
    return train_network(
        dataset,
        resolved,
        Path(out) if out is not None else new_run_folder(resolved.network),
        data_dir=home,
        events=events,
        require_gpu=require_gpu,
        auto_batch=auto_batch,
    )
