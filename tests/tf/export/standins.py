"""Small networks of the two styles that are exported, and a run folder around one."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.artifact import write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import InputSpec, ModelSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.record import DataRecord
from unetkit.data.synthetic import SyntheticDataset

Style = Literal["edge", "classic"]
SIDE = 32


def spec_of(style: Style) -> ModelSpec:
    if style == "edge":
        return ModelSpec(name="edge", input=InputSpec(height=SIDE, width=SIDE), classes=SyntheticDataset.classes)
    pixels = InputSpec(height=SIDE, width=SIDE, color_order="rgb", scale=1 / 255, zero_point=0)
    return ModelSpec(name="classic", input=pixels, classes=SyntheticDataset.classes, scores="probabilities")


def edge_network() -> Any:
    from keras import Input, Model, layers, ops

    def norm_relu(tensor: Any) -> Any:
        return layers.ReLU(max_value=6)(layers.BatchNormalization()(tensor))

    frame = Input((SIDE, SIDE, 3))
    half = norm_relu(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(frame))
    quarter = norm_relu(layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)(half))
    quarter = layers.Add()([quarter, layers.BatchNormalization()(layers.Conv2D(8, 1, use_bias=False)(quarter))])
    eighth = norm_relu(layers.SeparableConv2D(8, 3, strides=2, padding="same", use_bias=False)(quarter))
    up = layers.Concatenate()([layers.UpSampling2D(2, interpolation="bilinear")(eighth), quarter])
    up = norm_relu(layers.SeparableConv2D(8, 3, padding="same", use_bias=False)(up))
    up = layers.UpSampling2D(2, interpolation="nearest")(up)
    return Model(frame, ops.nn.depth_to_space(layers.Conv2D(12, 1)(up), 2))


def classic_network() -> Any:
    from keras import Input, Model, layers

    def twice(tensor: Any, filters: int) -> Any:
        for _ in range(2):
            tensor = layers.Conv2D(filters, 3, padding="same", activation="relu")(tensor)
        return tensor

    frame = Input((SIDE, SIDE, 3))
    top = twice(frame, 8)
    low = layers.Dropout(0.3)(layers.MaxPooling2D(2)(top))
    low = layers.BatchNormalization()(twice(low, 8))
    up = layers.Conv2DTranspose(8, 3, strides=2, padding="same")(low)
    up = twice(layers.Concatenate()([up, top]), 8)
    return Model(frame, layers.Conv2D(3, 1, activation="softmax")(up))


def network_of(style: Style, seed: int = 0) -> Any:
    """A network whose weights, batch statistics and biases are all random: nothing is 0 or 1 by luck."""
    import keras

    keras.utils.set_random_seed(seed)
    model = edge_network() if style == "edge" else classic_network()
    random = np.random.default_rng(seed)
    for layer in model.layers:
        layer.set_weights(
            [
                random.uniform(0.5, 2.0, value.shape)
                if variable.name in {"moving_variance", "gamma"}
                else value + random.normal(0, 0.1, value.shape)
                for variable, value in zip(layer.weights, layer.get_weights(), strict=True)
            ]
        )
    return model


def frames_of(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Noise, the first frame dark all over and the second bright: uint8 (N, SIDE, SIDE, 3)."""
    frames = np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.uint8)
    frames[0], frames[1] = 0, 255
    return frames


def make_run(folder: Path, style: Style, *, train: int = 24, validation: int = 6) -> RunFolder:
    """A run as the trainer leaves it: checkpoint with its spec, data record, frame cache; trained a few steps."""
    import keras

    from unetkit.contract.preprocess import normalise

    spec = spec_of(style)
    dataset = SyntheticDataset(hw=(SIDE, SIDE), train=train, validation=validation, test=1)
    names = (*dataset.splits["train"], *dataset.splits["validation"])
    cache = FrameCache.build(dataset, names, spec.input, folder / "cache")
    run = RunFolder(folder / "run")
    run.path.mkdir()
    model = network_of(style)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=spec.scores == "logits", ignore_class=255)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    rows = cache.rows(dataset.splits["train"])
    model.fit(
        normalise(cache.frames[rows].astype(np.float32), spec.input),
        cache.labels[rows],
        epochs=8,
        batch_size=8,
        verbose=0,
    )
    model.save(run.checkpoint)
    write_spec(run.checkpoint, spec)
    DataRecord(
        reference=dataset.reference,
        data_dir=None,
        digest=dataset.digest(),
        train=dataset.splits["train"],
        validation=dataset.splits["validation"],
        cache=str(cache.folder),
    ).write(run.split)
    return run
