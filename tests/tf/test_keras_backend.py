"""What is the Keras backend's own: colour order, loading strangers' files, threads."""

import random
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.tiny_models import write_keras
from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor
from unetkit.contract.artifact import read_spec, write_spec
from unetkit.errors import ArtifactError, MissingDependencyError, UsageError
from unetkit.runtime.backends.opening import open_backend
from unetkit.runtime.segmenter import Segmenter

pytestmark = pytest.mark.tf


def test_a_network_trained_on_rgb_gets_rgb_from_bgr_bytes(tmp_path: Path) -> None:
    spec = replace(SPEC, input=replace(SPEC.input, color_order="rgb"))
    backend = open_backend(write_keras(tmp_path / "best.keras", spec=spec), spec)
    tensor = random_tensor(1)
    # The same weights with their columns swapped: 1e-6 is float32 rounding of sums below 4.
    np.testing.assert_allclose(backend.infer(tensor), expected_scores(tensor), rtol=0, atol=1e-6)


def test_a_checkpoint_segments_a_frame_of_any_size(tmp_path: Path) -> None:
    with Segmenter.open(write_keras(tmp_path / "best.keras"), device="cpu") as segmenter:
        mask = segmenter.predict(np.full((20, 30, 3), 255, np.uint8))
    # White is (255 - 127) / 128 = 1 in each channel: scores 0.75 + 0.25, 0 - 0.5, -0.5.
    np.testing.assert_array_equal(mask.labels, np.zeros((20, 30), np.uint8))


def _lambda(path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((HEIGHT, WIDTH, 3)), keras.layers.Lambda(lambda tensor: tensor * 2)])
    model.save(path)


def _custom_layer(path: Path) -> None:
    import keras

    class Doubled(keras.layers.Layer):  # type: ignore[misc]
        def call(self, tensor: Any) -> Any:
            return tensor * 2

    keras.Sequential([keras.Input((HEIGHT, WIDTH, 3)), Doubled()]).save(path)


def _other_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "not a model")


def _half_precision(path: Path) -> None:
    write_keras(path, dtype="mixed_float16")


def _free_size(path: Path) -> None:
    import keras

    keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(3, 1)]).save(path)


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (_lambda, r"it builds keras\.layers\.Lambda, which is no stock layer"),
        (_custom_layer, r"it builds .*Doubled, which is no stock layer"),
        (_other_archive, r"it holds 'hello\.txt', which no U-Net needs"),
        (_half_precision, "computes in float16; save it in float32"),
        (_free_size, r"takes uint8 \(1, \?, \?, 3\)"),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_a_checkpoint_that_cannot_be_trusted_is_refused_in_one_line(write: Any, told: str, tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    write(path)
    write_spec(path, SPEC)
    with pytest.raises(ArtifactError, match=told) as caught:
        open_backend(path, SPEC, device="cpu")
    assert "\n" not in str(caught.value)


def test_without_tensorflow_the_install_line_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_keras(tmp_path / "best.keras")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "unetkit\[train\]"$'):
        open_backend(path, SPEC)


def test_threads_that_tensorflow_cannot_change_any_more_are_an_error(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "best.keras")
    open_backend(path, SPEC, device="cpu").infer(random_tensor(1))  # TensorFlow has started
    with pytest.raises(UsageError, match="threads 77"):
        open_backend(path, SPEC, threads=77)


def test_a_checkpoint_with_any_byte_changed_or_cut_off_is_refused_by_name_or_is_the_same(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "best.keras")
    whole, tensor = path.read_bytes(), random_tensor(2)
    expected = open_backend(path, SPEC, device="cpu").infer(tensor)
    generator = random.Random(6)
    for _ in range(25):
        damaged = bytearray(whole)
        damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
        if generator.random() < 0.2:
            del damaged[generator.randrange(len(whole)) :]
        path.write_bytes(damaged)
        try:
            found = open_backend(path, read_spec(path), device="cpu").infer(tensor)
        except ArtifactError as error:
            assert "best.keras" in str(error)  # noqa: PT017 - both endings are right
            assert "\n" not in str(error)  # noqa: PT017
        else:  # a byte that no reader looks at: a date in the archive's directory
            np.testing.assert_array_equal(found, expected)
