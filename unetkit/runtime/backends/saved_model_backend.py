"""A SavedModel in TensorFlow behind the Backend protocol: what TensorFlow Serving and other converters are given."""

import logging
from pathlib import Path
from typing import Any

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.saved_model import GRAPH_FILE
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError
from unetkit.runtime.backends.backend import Device, Precision, check_tensor, reason_of
from unetkit.runtime.backends.signature import Port, check_signature
from unetkit.runtime.backends.tensorflow_import import import_tensorflow, limit_threads
from unetkit.runtime.stderr import muted_stderr

logger = logging.getLogger(__name__)


class SavedModelBackend:
    """A SavedModel on the processor.

    Its graph is a program. One with an operation that has a state or reaches outside the graph, a file for example,
    is not run: no network needs one when its weights are constants.
    """

    engine, device = "tensorflow", "CPU"
    precision: Precision = "fp32"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        if device not in {"auto", "cpu"}:
            raise DeviceError(f"device {device} is not for SavedModels, which run on the CPU here; use the .onnx one")
        if device == "auto":
            logger.info("device auto: CPU, because SavedModels run on nothing else here")
        tensorflow = import_tensorflow(f"SavedModel {path}")
        limit_threads(tensorflow, threads)
        self.threads = threads
        self._input = spec.input
        _require_pure(path)
        try:
            with muted_stderr():
                loaded = tensorflow.saved_model.load(str(path))
                function = loaded.signatures["serving_default"]
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, tensorflow.errors.OpError) as error:
            raise ArtifactError(f"SavedModel {path} cannot be opened: {reason_of(error)}; export it again") from error
        self._output_name: str | None = next(iter(function.structured_outputs or ()), None)
        inputs = [item for item in function.inputs if item.dtype != tensorflow.resource]
        check_signature(
            path,
            spec,
            inputs=[_port(item) for item in inputs],
            outputs=[_port(item) for item in function.outputs],
            scores=frozenset({"float32"}),
        )
        self._input_name = inputs[0].op.name
        self._tensorflow, self._loaded, self._function = tensorflow, loaded, function

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        with self._tensorflow.device("/CPU:0"):
            given = self._function(**{self._input_name: self._tensorflow.constant(tensor)})
        scores: Scores = given[self._output_name][0].numpy()
        return scores

    def close(self) -> None:
        del self._function, self._loaded


def _port(tensor: Any) -> Port:
    return Port(tensor.dtype.name, tuple(tensor.shape))


def _require_pure(path: Path) -> None:
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel
    from tensorflow.python.framework import op_def_registry

    try:
        graphs = SavedModel.FromString((path / GRAPH_FILE).read_bytes()).meta_graphs
    except (OSError, DecodeError) as error:
        raise ArtifactError(f"SavedModel {path} cannot be read: {reason_of(error)}; export it again") from error
    for graph in (item.graph_def for item in graphs):
        for node in (*graph.node, *(node for function in graph.library.function for node in function.node_def)):
            known = op_def_registry.get(node.op)
            if node.op != "Placeholder" and (known is None or known.is_stateful):
                raise ArtifactError(
                    f"SavedModel {path} is not run: its operation {node.op[:80]!a} is no plain arithmetic"
                )
