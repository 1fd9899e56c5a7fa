"""Models: the spec inside a file, the models in the box."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unetkit.contract.artifact import read_format, sha256_of
from unetkit.contract.spec import ModelSpec
from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.runtime.builtin import BuiltinModel


def show_spec(model: Path, spec: ModelSpec, *, as_json: bool = False) -> None:
    digest = sha256_of(model)
    if as_json:
        console.print_json(
            {"model": str(model), "format": read_format(model), "sha256": digest, **json.loads(spec.to_json())}
        )
        return
    shape = spec.input
    rows = {
        "format": read_format(model),
        "bytes": f"{model.stat().st_size:,}",
        "sha256": digest,
        "name": spec.name,
        "input": f"uint8 (1, {shape.height}, {shape.width}, 3) BGR, frame fitted by {shape.fit}",
        "inside": f"(bytes - {shape.zero_point}) * {shape.scale:.8g}, {shape.color_order.upper()}",
        "classes": ", ".join(f"{index} {name}" for index, name in enumerate(spec.class_names)),
        "head": f"{spec.head}, scores are {spec.scores}",
        **{f"from {key}": str(value) for key, value in spec.provenance.items()},
    }
    for key, value in rows.items():  # no table, for it would cut digests in two
        console.results.print(f"{key:<22} {value}")


def show_models(models: "Sequence[BuiltinModel]", *, as_json: bool = False) -> None:
    if as_json:
        console.print_json({"models": [model.to_dict() for model in models]})
        return
    for model in models:
        height, width = model.input_hw
        console.results.print(f"{model.name}: {model.task}")
        console.results.print(
            f"  {console.class_set(model.class_names)}, input {width}x{height}, {model.parameters:,} parameters"
        )
        for item in model.files:
            console.results.print(f"  {item.file}, {item.bytes:,} bytes: {item.accuracy.summary()} of {model.data}")
    console.results.print("`unetkit models NAME` prints a model's card, `unetkit webcam --model NAME` runs it")


def show_card(model: "BuiltinModel", *, as_json: bool = False) -> None:
    if as_json:
        console.print_json(model.to_dict())
    else:
        console.results.print(model.card(), end="")
