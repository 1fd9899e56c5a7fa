"""Which layer feeds which, read from a Keras model's own serialised form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Topology:
    """The edges of a functional model.

    Attributes:
        sources: by layer name, for each call of the layer, the names of the layers whose tensors it takes.
        inputs: names of the input layers.
        outputs: names of the layers whose tensors are the model's outputs.
    """

    sources: dict[str, list[tuple[str, ...]]]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, model: Any) -> "Topology":
        config = model.get_config()
        sources = {
            layer["config"]["name"]: [tuple(_histories(call)) for call in layer["inbound_nodes"]]
            for layer in config["layers"]
        }
        return cls(
            sources=sources,
            inputs=tuple(_ends(config["input_layers"])),
            outputs=tuple(_ends(config["output_layers"])),
        )

    def consumers(self, name: str) -> list[str]:
        """Layers that take the tensor of layer `name`, one entry for each time."""
        return [layer for layer, calls in self.sources.items() for call in calls for source in call if source == name]

    def only_source(self, name: str) -> str | None:
        """The layer that feeds a layer which is called once and takes one tensor; else None."""
        calls = self.sources[name]
        return calls[0][0] if len(calls) == 1 and len(calls[0]) == 1 else None

    def feeds_only(self, name: str, consumer: str) -> bool:
        """Whether the layer is called once and `consumer` is all that sees its tensor."""
        return len(self.sources[name]) == 1 and self.consumers(name) == [consumer] and name not in self.outputs


def _histories(value: Any) -> Iterator[str]:
    """Names in the `keras_history` entries anywhere inside a serialised call."""
    if isinstance(value, dict):
        if "keras_history" in value:
            yield value["keras_history"][0]
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _histories(item)


def _ends(value: Any) -> Iterator[str]:
    """Names in `[name, node, tensor]`, or in a list or table of such."""
    if isinstance(value, dict):
        value = list(value.values())
    if value and isinstance(value[0], str):
        yield value[0]
        return
    for item in value:
        yield from _ends(item)
