"""TrainConfig: the network's recipe, then a TOML file, then the command line; the resolved one lies in the run."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from unetkit.errors import UsageError
from unetkit.trainer.networks import NETWORKS

Optimizer = Literal["sgd", "adam", "adamw"]
Schedule = Literal["constant", "cosine"]
HeadChoice = Literal["auto", "softmax", "sigmoid"]
Qat = Literal["off", "per-channel", "per-tensor"]
Precision = Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]


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
        loss: `[weight*]name[(key=value,...)]` joined by +, like `cross_entropy(weights=1:1:2)+0.5*lovasz`.
        teacher: a run folder or .keras file whose probabilities are learnt beside the labels; empty: none.
        teacher_share: of the loss, in [0, 1], that is the divergence from the teacher.
        temperature: above 0; flattens teacher and student before they are compared.
        head: `softmax`, `sigmoid` (two classes, one channel), or `auto`: sigmoid for two classes.
        augment: strength in [0, 1]; 0 trains on the pictures as they are.
        upright: False for pictures without an up and a down (microscopes, satellites): they are turned by any angle.
        backgrounds: share of the pictures in [0, 1] that get another background; two classes only.
        half_size: share in [0, 1) of the epochs, from the first, trained at half the size: a quarter of the work.
        norm_frozen: share in [0, 1] of the epochs, the last ones, in which batch norms keep their statistics, estimated
            anew over the training pictures when it begins: less work, and what is trained is what is exported.
        average: decay in [0, 1) of the moving average of the weights that is validated and kept; 0 keeps none.
        patience: stop after so many epochs without a better mIoU; 0 trains them all.
        validation_fraction: share of the training pictures held out where the data set has no validation split.
        qat: fine-tune the checkpoint in `weights` rounded as int8, its weights with a scale for each output channel or
            one a layer; `unetkit train --qat` sets it, and what goes with it.
        precision: what is computed in, as Keras names it; weights, losses and what is saved are float32 in any. `auto`:
            the faster of those that the device has.
        seed: of split, initial weights, shuffling and augmentation.
        tensorboard: also write events for TensorBoard into the run folder.
        deterministic: the same weights, byte for byte, each time on the same machine; slower.
    """

    network: str = "edge"
    width: float = 1.0
    depth: int = 0
    weights: str = "none"
    size: int = 128
    epochs: int = 80
    batch: int = 32
    lr: float = 0.003
    optimizer: Optimizer = "adamw"
    weight_decay: float = 0.02
    schedule: Schedule = "cosine"
    loss: str = "cross_entropy+0.5*dice"
    teacher: str = ""
    teacher_share: float = 0.7
    temperature: float = 1.0
    head: HeadChoice = "auto"
    augment: float = 0.5
    upright: bool = True
    backgrounds: float = 0.0
    half_size: float = 0.6
    norm_frozen: float = 0.25
    average: float = 0.995
    patience: int = 0
    validation_fraction: float = 0.1
    qat: Qat = "off"
    precision: Precision = "auto"
    seed: int = 0
    deterministic: bool = False
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} is {value}, expected {low:g} to {high:g}")

    @property
    def half_epochs(self) -> int:
        """How many epochs, the first ones, train at half the size; the last one never does."""
        return min(round(self.half_size * self.epochs), self.epochs - 1)

    @property
    def first_held_epoch(self) -> int:
        """From which on batch norms keep their statistics."""
        return self.epochs - round(self.norm_frozen * self.epochs) + 1


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
    ("backgrounds", 0, 1),
    ("teacher_share", 0, 1),
    ("temperature", 0.01, 100),
    ("half_size", 0, 0.99),
    ("validation_fraction", 0.001, 0.9),
    ("seed", 0, 2**31 - 1),
)

# A pretrained encoder knows most of it already: fewer epochs, smaller steps.
PRETRAINED: dict[str, Any] = {"weights": "imagenet", "epochs": 20, "lr": 0.001, "half_size": 0.5, "norm_frozen": 0.5}
# The reference notebook's: Adam, batch 64, 20 epochs, cross-entropy, no augmentation.
REFERENCE: dict[str, Any] = {
    "epochs": 20,
    "batch": 64,
    "lr": 0.001,
    "optimizer": "adam",
    "schedule": "constant",
    "loss": "cross_entropy",
    "augment": 0.0,
    "half_size": 0.0,
    "norm_frozen": 0.0,
    "average": 0.0,
}


def recipe(network: str) -> dict[str, Any]:
    """What a network's recipe sets otherwise than the edge networks' does, which is `TrainConfig`'s defaults."""
    if network == "classic":
        return REFERENCE
    return PRETRAINED if NETWORKS[network].pretrained else {}


def resolve_config(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> TrainConfig:
    """The recipe of the chosen network, changed by a TOML file and then by the command line.

    Args:
        file: a flat TOML table of TrainConfig's fields.
        overrides: the same from the command line; None values were not given.

    Raises:
        UsageError: the file cannot be read, an unknown key (the nearest name is offered), a wrong type or value.
    """
    given = given_settings(file, overrides)
    network = given.get("network", TrainConfig.network)
    if not isinstance(network, str) or network not in NETWORKS:
        raise UsageError(f"no network {network!r}; there are {', '.join(NETWORKS)}")
    known = {item.name: item.type for item in fields(TrainConfig)}
    for key, value in given.items():
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(known)}"
            raise UsageError(f"unknown setting {key!r}{hint}")
        given[key] = _typed(key, value, known[key])
    return replace(TrainConfig(network=network), **{**recipe(network), **given})


def given_settings(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the user set, in a file or on the command line, without any default and as yet unchecked.

    Raises:
        UsageError: the file cannot be read.
    """
    given = _read_table(file) if file is not None else {}
    return given | {key: value for key, value in (overrides or {}).items() if value is not None}


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
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        expected = {bool: "true or false", str: "text"}.get(kind, "a number")
        raise UsageError(f"{key} is {value!r}, expected {expected}")
    return value
