"""Options of `train` that need no TensorFlow to be understood or refused."""

import tomllib

import pytest

from tests.unit.cli.conftest import Unetkit
from unetkit.trainer.config import TrainConfig

OPTIONS: list[tuple[list[str], str]] = [
    (
        ["--resume", "run", "--lr", "0.1"],
        "`unetkit train --resume` does not read --lr: the run has its own data and settings",
    ),
    (["synthetic", "--resume", "run", "--out", "x", "--epochs", "3"], "does not read data, --out, --epochs: the run"),
    (["--resume", "run", "--deterministic"], "does not read --deterministic"),
    (["synthetic", "--auto-batch", "--batch", "8"], "--auto-batch chooses the batch; leave out --batch 8"),
    (["synthetic", "--workers", "a:1,b:2"], "need both: --workers"),
    (["synthetic", "--rank", "0"], "need both: --workers"),
    (["synthetic", "--workers", "a:1,b", "--rank", "0"], "'b' is no address"),
    (["synthetic", "--print-config", "--lr", "20"], "lr is 20.0, expected 1e-08 to 10"),
    (["--resume", "run"], "run has no training state to go on from: train from the start, into another folder"),
    (["--qat"], "--qat fine-tunes a trained run: name it with --resume RUN"),
    (["synthetic", "--qat", "--epochs", "3"], "--qat fine-tunes a trained run: name it with --resume RUN"),
    (
        ["synthetic", "--qat", "--resume", "run"],
        "`unetkit train --qat` does not read data: the run has its own data, and this machine; leave it out",
    ),
    (["--qat", "--resume", "run", "--workers", "a:1,b:2", "--rank", "0"], "does not read --workers, --rank"),
    (["--qat", "--resume", "run", "--auto-batch", "--find-lr"], "does not read --auto-batch, --find-lr"),
    (["--resume", "run", "--latency-ms", "5", "--find-lr"], "does not read --find-lr, --latency-ms"),
    (["--qat", "--resume", "run"], "run is not a run: it has no best.keras"),
    (["synthetic", "--per-tensor"], "--per-tensor goes with --qat"),
]


@pytest.mark.parametrize(("arguments", "told"), OPTIONS)
def test_what_does_not_go_together_is_one_line(arguments: list[str], told: str, unetkit: Unetkit) -> None:
    outcome = unetkit("train", *arguments)
    assert (outcome.code, outcome.out, len(outcome.lines)) == (2, "", 1)
    assert told in outcome.err


def test_the_resolved_settings_are_printed_as_toml_and_nothing_is_trained(unetkit: Unetkit) -> None:
    outcome = unetkit("train", "--print-config", "--network", "lite0", "--size", "160")
    assert (outcome.code, outcome.err) == (0, "")
    settings = tomllib.loads(outcome.out)
    assert (settings["network"], settings["size"], settings["weights"]) == ("lite0", 160, "imagenet")
    assert TrainConfig(**settings).batch == TrainConfig.batch
