"""Edges read from the serialised form that Keras documents, here written by hand."""

from typing import Any

from unetkit.deployment.topology import Topology


def tensor(layer: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": [layer, 0, 0]}}


def call(*args: Any) -> dict[str, Any]:
    return {"args": list(args), "kwargs": {"training": False}}


class Model:
    """frame -> conv -> norm -> concat(norm, conv2(frame), norm); conv2 called twice."""

    def get_config(self) -> dict[str, Any]:
        calls = {
            "frame": [],
            "conv": [call(tensor("frame"))],
            "norm": [call(tensor("conv"))],
            "conv2": [call(tensor("frame")), call(tensor("norm"))],
            "concat": [call([tensor("norm"), tensor("conv2"), tensor("norm")])],
        }
        return {
            "layers": [{"config": {"name": name}, "inbound_nodes": nodes} for name, nodes in calls.items()],
            "input_layers": ["frame", 0, 0],
            "output_layers": [["concat", 0, 0]],
        }


def test_ends_are_read_alone_and_in_lists() -> None:
    topology = Topology.of(Model())
    assert topology.inputs == ("frame",)
    assert topology.outputs == ("concat",)


def test_consumers_are_counted_once_for_each_time_they_take_a_tensor() -> None:
    topology = Topology.of(Model())
    assert topology.consumers("frame") == ["conv", "conv2"]
    assert topology.consumers("norm") == ["conv2", "concat", "concat"]


def test_a_layer_called_twice_or_with_several_tensors_has_no_only_source() -> None:
    topology = Topology.of(Model())
    assert topology.only_source("norm") == "conv"
    assert topology.only_source("conv2") is None
    assert topology.only_source("concat") is None
    assert topology.only_source("frame") is None


def test_feeding_only_one_layer_excludes_outputs_and_shared_layers() -> None:
    topology = Topology.of(Model())
    assert topology.feeds_only("conv", "norm")
    assert not topology.feeds_only("norm", "concat")
    assert not topology.feeds_only("conv2", "concat")  # called twice
