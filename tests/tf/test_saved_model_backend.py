"""A SavedModel is a program: one that does more than arithmetic is not run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tf.tiny_models import write_saved_model
from tests.tiny_models import HEIGHT, SPEC, WIDTH, expected_scores, random_tensor
from unetkit.contract.artifact import write_spec
from unetkit.errors import ArtifactError
from unetkit.runtime.backends.opening import open_backend

pytestmark = pytest.mark.tf


def test_a_graph_that_reads_a_file_is_not_run(tmp_path: Path) -> None:
    import tensorflow as tf

    secret = tmp_path / "secret.txt"
    secret.write_text("words")

    @tf.function(input_signature=[tf.TensorSpec((1, HEIGHT, WIDTH, 3), tf.uint8, name="frame")])
    def reading(frame: Any) -> Any:
        length = tf.cast(tf.strings.length(tf.io.read_file(str(secret))), tf.float32)
        return {"scores": tf.cast(frame, tf.float32) + length}

    path = tmp_path / "saved_model"
    module = tf.Module()
    tf.saved_model.save(module, str(path), signatures={"serving_default": reading.get_concrete_function()})
    write_spec(path, SPEC)
    with pytest.raises(ArtifactError, match=r"is not run: its operation '\w+' is no plain arithmetic"):
        open_backend(path, SPEC, device="cpu")


def test_tensorflow_itself_loads_what_is_written_and_agrees(tmp_path: Path) -> None:
    import tensorflow as tf

    path = write_saved_model(tmp_path / "saved_model")
    tensor = random_tensor(0)
    given = tf.saved_model.load(str(path)).signatures["serving_default"](frame=tf.constant(tensor))["scores"][0]
    np.testing.assert_allclose(given.numpy(), expected_scores(tensor), atol=1e-6)  # float32 sums below 4
