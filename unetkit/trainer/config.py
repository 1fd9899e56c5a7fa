"""TrainConfig: the network's recipe, then a TOML file, then the command line; the resolved one lies in the run."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from unetkit.errors import UsageError

Optimizer = Literal["sgd", "adam", "adamw"]
Schedule = Literal["constant", "cosine"]
HeadChoice = Literal["auto", "softmax", "sigmoid"]


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """What decides a training, with the defaults of the `edge` recipe.

    Attributes:
        network: `edge-nano`, `edge-small`, `edge`, `lite0`, ... as `NETWORKS` has them.
        width: multiplies the network's filters (of a pretrained network: its decoder's).
        depth: how often the network halves its input; 0 for its own.
        weights: to start from: `none`, `imagenet`, or a checkpoint or weight file.
        size: height and width of the input in pixels.
        epochs: passes over the training pictures.
        batch: pictures a step.
        lr: peak learning rate.
        optimizer: `sgd` (momentum 0.9), `adam` or `adamw`.
        weight_decay: of adamw only.
        schedule: `constant`, or `cosine` to zero after a short linear warm-up.
        loss: names joined by +, each with an optional weight: `cross_entropy+0.5*dice`. Empty: cross-entropy.
        head: `softmax`, `sigmoid` (two classes, one channel), or `auto`: sigmoid for two classes.
        augment: strength in [0, 1]; 0 trains on the pictures as they are.
        half_size: share in [0, 1) of the epochs, from the first, trained at half the size: a quarter of the work.
        norm_frozen: share in [0, 1] of the epochs, the last ones, in which batch norms keep their statistics, estimated
            anew over the training pictures when it begins: half the work, and what is trained is what is exported.
        average: decay in [0, 1) of the moving average of the weights that is validated and kept; 0 keeps none.
        patience: stop after so many epochs without a better mIoU; 0 trains them all.
        validation_fraction: share of the training pictures held out where the data set has no validation split.
        seed: of split, initial weights, shuffling and augmentation.
    """

    network: str = "edge"
    width: float = 1.0
    depth: int = 0
    weights: str = "none"
    size: int = 128
    epochs: int = 45
    batch: int = 16
    lr: float = 0.003
    optimizer: Optimizer = "adamw"
    weight_decay: float = 0.02
    schedule: Schedule = "cosine"
    loss: str = ""
    head: HeadChoice = "auto"
    augment: float = 0.5
    half_size: float = 0.6
    norm_frozen: float = 0.3
    average: float = 0.99
    patience: int = 0
    validation_fraction: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value}, expected {low:g} to {high:g}")


_RANGES = (
    ("width", 0.05, 16),
    ("depth", 0, 16),
    ("norm_frozen", 0, 1),
    ("average", 0, 0.99999),
    ("patience", 0, 100_000),
    ("size", 16, 4096),
    ("epochs", 1, 100_000),
    ("batch", 1, 4096),
    ("lr", 1e-8, 10),
    ("weight_decay", 0, 1),
    ("augment", 0, 1),
    ("half_size", 0, 0.99),
    ("validation_fraction", 0.001, 0.9),
    ("seed", 0, 2**31 - 1),
)

RECIPES: dict[str, dict[str, Any]] = {
    "edge": {},
    "edge-small": {},
    "edge-nano": {},
    "lite0": {"weights": "imagenet", "epochs": 20, "batch": 32, "lr": 0.001, "half_size": 0.0},
    # The reference notebook's: Adam, batch 64, 20 epochs, cross-entropy, no augmentation.
    "classic": {
        "epochs": 20,
        "batch": 64,
        "lr": 0.001,
        "optimizer": "adam",
        "schedule": "constant",
        "augment": 0.0,
        "half_size": 0.0,
        "norm_frozen": 0.0,
        "average": 0.0,
    },
}


def resolve_config(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> TrainConfig:
    """The recipe of the chosen network, changed by a TOML file and then by the command line.

    Args:
        file: a flat TOML table of TrainConfig's fields.
        overrides: the same from the command line; None values were not given.

    Raises:
        UsageError: the file cannot be read, an unknown key (the nearest name is offered), a wrong type or value.
    """
    given = _read_table(file) if file is not None else {}
    given |= {key: value for key, value in (overrides or {}).items() if value is not None}
    network = given.get("network", TrainConfig.network)
    if not isinstance(network, str) or network not in RECIPES:
        raise UsageError(f"no network {network!r}; there are {', '.join(RECIPES)}")
    known = {item.name: item.type for item in fields(TrainConfig)}
    for key, value in given.items():
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(known)}"
            raise UsageError(f"unknown setting {key!r}{hint}")
        given[key] = _typed(key, value, known[key])
    return replace(TrainConfig(network=network), **{**RECIPES[network], **given})


def config_toml(config: TrainConfig) -> str:
    """The resolved config as TOML, ready for `--config`."""
    import tomli_w

    return tomli_w.dumps(asdict(config))


def _read_table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read config {file}: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, a number of 5,000 digits, endless brackets
        raise UsageError(f"config {file} is not valid TOML: {error}") from error


def _typed(key: str, value: Any, kind: Any) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise UsageError(f"{key} is {value!r}, expected one of {', '.join(get_args(kind))}")
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(max(-(10**300), min(value, 10**300)))  # far outside every range, where float() itself would fail
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UsageError(f"{key} is {value!r}, expected {'a number' if kind in (int, float) else 'text'}")
    return value
