"""Settings: recipe, then file, then command line; what does not fit is a usage error of one line."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from unetkit.errors import UsageError
from unetkit.trainer.config import TrainConfig, config_toml, resolve_config
from unetkit.trainer.networks import NETWORKS


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_given_is_the_edge_recipe() -> None:
    config = resolve_config()
    assert config == TrainConfig()
    assert (config.network, config.size, config.epochs, config.batch) == ("edge", 128, 80, 32)
    assert (config.optimizer, config.schedule, config.augment, config.half_size) == ("adamw", "cosine", 0.5, 0.6)


def test_classic_has_the_recipe_of_its_reference() -> None:
    config = resolve_config(None, {"network": "classic"})
    assert (config.epochs, config.batch, config.lr, config.optimizer) == (20, 64, 0.001, "adam")
    assert (config.schedule, config.augment, config.half_size, config.size) == ("constant", 0.0, 0.0, 128)
    assert (config.loss, config.norm_frozen, config.average) == ("cross_entropy", 0.0, 0.0)


@pytest.mark.parametrize("network", ["lite0", "mobilenet_v2"])
def test_a_network_with_published_weights_starts_from_them(network: str) -> None:
    assert resolve_config(None, {"network": network}).weights == "imagenet"


def test_every_recipe_holds_together() -> None:
    for network in NETWORKS:
        assert resolve_config(None, {"network": network}).network == network


def test_the_file_wins_over_the_recipe_and_the_command_line_over_both(tmp_path: Path) -> None:
    file = _file(tmp_path, 'network = "classic"\nepochs = 7\nlr = 0.5\n')
    config = resolve_config(file, {"lr": 0.25, "epochs": None, "seed": 3})
    assert (config.network, config.epochs, config.lr, config.seed) == ("classic", 7, 0.25, 3)
    assert config.batch == 64  # the recipe of the network that the file names


def test_the_command_lines_network_brings_its_recipe_and_the_file_still_wins_over_it(tmp_path: Path) -> None:
    config = resolve_config(_file(tmp_path, 'network = "edge"\nepochs = 7\n'), {"network": "classic"})
    assert (config.network, config.epochs, config.batch) == ("classic", 7, 64)


def test_a_whole_number_may_stand_for_a_number(tmp_path: Path) -> None:
    config = resolve_config(_file(tmp_path, "lr = 1\naugment = 0\n"))
    assert (config.lr, config.augment) == (1.0, 0.0)
    assert isinstance(config.lr, float)


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_the_resolved_config_is_a_config_file_again(network: str, tmp_path: Path) -> None:
    given = {"network": network, "lr": 1e-5, "seed": 2**31 - 1, "loss": "cross_entropy+0.1*dice", "head": "softmax"}
    config = resolve_config(None, given)
    again = resolve_config(_file(tmp_path, config_toml(config)))
    assert asdict(again) == asdict(config)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert resolve_config(_file(tmp_path, "# nothing\n")) == TrainConfig()


UNKNOWN = [
    ("epoch = 3", "unknown setting 'epoch'; did you mean epochs?"),
    ("learning_rate = 3", "unknown setting 'learning_rate'; there are network, width, depth"),
    ("batch_size = 3", "unknown setting 'batch_size'"),
    ("[train]\nepochs = 3", "unknown setting 'train'"),
    ("seeed = 1", "did you mean seed?"),
]
WRONG_TYPE = [
    ('epochs = "3"', "epochs is '3', expected a number"),
    ("epochs = 3.5", "epochs is 3.5, expected a number"),
    ("epochs = true", "epochs is True, expected a number"),
    ("lr = false", "lr is False, expected a number"),
    ('lr = "fast"', "lr is 'fast', expected a number"),
    ("lr = [0.1]", "lr is [0.1], expected a number"),
    ("loss = 3", "loss is 3, expected text"),
    ("upright = 1", "upright is 1, expected true or false"),
    ("lr = 2024-01-01", "lr is datetime.date(2024, 1, 1), expected a number"),
    ('optimizer = "lion"', "optimizer is 'lion', expected one of sgd, adam, adamw"),
    ('optimizer = ["sgd"]', "optimizer is ['sgd'], expected one of sgd"),
    ('schedule = "step"', "schedule is 'step', expected one of constant, cosine"),
    ('head = "tanh"', "head is 'tanh', expected one of auto, softmax, sigmoid"),
    ('network = "resnet"', "no network 'resnet'; there are edge-nano, edge-small, edge, lite0,"),
    ('network = ["edge"]', "no network ['edge']; there are edge-nano, edge-small, edge, lite0,"),
    ("network = 1", "no network 1; there are edge-nano, edge-small, edge, lite0,"),
]
OUT_OF_RANGE = [
    ("size = 15", "size is 15, expected 16 to 4096"),
    ("size = 4097", "size is 4097"),
    ("epochs = 0", "epochs is 0, expected 1 to 100000"),
    ("batch = -1", "batch is -1"),
    ("lr = 0", "lr is 0.0, expected 1e-08 to 10"),
    ("lr = nan", "lr is nan"),
    ("lr = inf", "lr is inf"),
    ("lr = 1" + "0" * 400, "lr is 1e+300, expected 1e-08 to 10"),
    ("lr = -1" + "0" * 400, "lr is -"),
    ("weight_decay = 1.5", "weight_decay is 1.5, expected 0 to 1"),
    ("augment = 1.01", "augment is 1.01, expected 0 to 1"),
    ("half_size = 1", "half_size is 1.0, expected 0 to 0.99"),
    ("validation_fraction = 0", "validation_fraction is 0.0"),
    ("seed = -1", "seed is -1"),
    ("seed = 2147483648", "seed is 2147483648"),
]
NO_TOML = [
    ("epochs: 3", "is not valid TOML"),
    ("epochs = 1\nepochs = 2", "is not valid TOML"),
    ("seed = " + "9" * 5000, "is not valid TOML"),
    ("a = " + "[" * 50_000, "is not valid TOML"),
]


@pytest.mark.parametrize(("text", "told"), UNKNOWN + WRONG_TYPE + OUT_OF_RANGE + NO_TOML)
def test_a_wrong_file_is_a_usage_error_of_one_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_config(_file(tmp_path, text))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_and_bytes_are_usage_errors(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    told = [(tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory"), (picture, "is not valid TOML")]
    for path, reason in told:
        with pytest.raises(UsageError, match=reason):
            resolve_config(path)


@pytest.mark.parametrize(
    "given", [{"epochs": 0}, {"lr": float("nan")}, {"network": "unet"}, {"epoch": 2}, {"optimizer": "lamb"}]
)
def test_the_command_line_is_checked_as_the_file_is(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        resolve_config(None, given)
