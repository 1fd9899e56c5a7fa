"""What a training tells its caller; the library prints nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from unetkit.trainer.history import Epoch

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a training stands within an epoch.

    Attributes:
        epoch: the one under way, from 1, of `epochs`.
        step: done in it, of `steps`.
        loss: mean of the last steps.
        miou: the best so far on the validation split; None before the first epoch ended.
        images_per_s: of the last steps.
        peak_memory_mib: as in `Epoch`.
        done: share of the whole training's work in 0..1; an epoch at half the size counts a quarter.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    miou: float | None
    images_per_s: float
    peak_memory_mib: float
    done: float


@dataclass(frozen=True, kw_only=True)
class TrainEvents:
    """Callbacks; `decoded` and `taught` count pictures: (done, total)."""

    started: Callable[[str], None] = log.info  # and what is remarked on before
    decoded: Callable[[int, int], None] | None = None
    taught: Callable[[int, int], None] | None = None
    stepped: Callable[[Standing], None] | None = None
    epoch_done: Callable[[Epoch], None] | None = None
