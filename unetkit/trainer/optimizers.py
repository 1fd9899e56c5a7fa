"""Optimisers and learning-rate schedules by name, as stock Keras objects."""

from typing import Any

from unetkit.trainer.config import TrainConfig

MOMENTUM = 0.9
WARMUP_SHARE = 0.05
MAX_GRADIENT_NORM = 5.0


def make_optimizer(config: TrainConfig, *, steps: int, precision: str, devices: int = 1, schedule: Any = None) -> Any:
    """The optimiser of a config, scaling its loss when the policy is float16.

    Args:
        config: names it.
        steps: of the whole training, the length of the schedule.
        precision: Keras dtype policy of the network.
        devices: that train in step (see `Replicas.averaged`).
        schedule: a learning rate, or a Keras schedule of it, instead of the config's.
    """
    from keras import optimizers

    rate = _schedule(config, steps) if schedule is None else schedule
    common = {"learning_rate": rate, "global_clipnorm": MAX_GRADIENT_NORM / devices}
    if config.optimizer == "sgd":
        optimizer = optimizers.SGD(momentum=MOMENTUM, **common)
    elif config.optimizer == "adam":
        optimizer = optimizers.Adam(**common)
    else:
        optimizer = optimizers.AdamW(weight_decay=config.weight_decay, **common)
        optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma", "widening"])
    return optimizers.LossScaleOptimizer(optimizer) if precision == "mixed_float16" else optimizer


def _schedule(config: TrainConfig, steps: int) -> Any:
    from keras.optimizers import schedules

    if config.schedule == "constant":
        return config.lr
    warmup = max(1, round(steps * WARMUP_SHARE))
    return schedules.CosineDecay(
        config.lr / 100, decay_steps=max(1, steps - warmup), warmup_target=config.lr, warmup_steps=warmup
    )
