"""What a label map inside the graph costs those who ask for the scores alone.

`python -m unetkit.studies.label_output RUN`

The same network with and without an ArgMax as a second output, in each engine, interleaved; the runtime asks for the
scores. (The runtime enlarges scores before it decides, so that outlines are smooth; it would never ask for labels.)
"""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from unetkit.contract.artifact import write_spec
from unetkit.contract.runfolder import RunFolder
from unetkit.contract.spec import ModelSpec
from unetkit.deployment.network import for_inference
from unetkit.export.converter import Converter
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME, frame_graph
from unetkit.export.target import Target
from unetkit.export.toolchain import quiet
from unetkit.proof.timing import interleaved
from unetkit.runtime.backends.backend import Engine
from unetkit.runtime.checkpoint import Checkpoint
from unetkit.runtime.segmenter import Segmenter
from unetkit.script import one_line_errors

ENGINES: tuple[tuple[str, Engine], ...] = (("onnx", "onnx"), ("onnx", "openvino"), ("tflite", "tflite"))


def study(run: RunFolder, *, seconds: float) -> Iterator[str]:
    """A line for each engine: time with labels as a share of the time without, quartiles of the rounds."""
    checkpoint = Checkpoint.load(run.checkpoint)
    spec = checkpoint.spec
    network = for_inference(checkpoint.model, spec.input)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as opened:
        files = _written(network, spec, Path(folder))
        for form, engine in ENGINES:
            pair = [
                opened.enter_context(Segmenter.open(files[form, labels], engine=engine, device="cpu", threads=1))
                for labels in (False, True)
            ]

            noise = np.random.default_rng(0).integers(0, 256, (1, *spec.input.hw, 3), dtype=np.uint8)
            without, with_labels = interleaved(pair, noise, rounds=500, seconds=seconds)
            low, middle, high = with_labels.over(without)
            yield f"{engine:<9} {form:<7} {middle:.3f} ({low:.3f} to {high:.3f}) of the time without labels"


def _written(network: Any, spec: ModelSpec, folder: Path) -> dict[tuple[str, bool], Path]:
    converter = Converter(network, spec.input, None)
    files: dict[tuple[str, bool], Path] = {}
    with quiet():
        for form in ("onnx", "tflite"):
            content = converter.content(Target(format="onnx" if form == "onnx" else "tflite", precision="fp32"))
            labelled = _labelled_onnx(content) if form == "onnx" else _labelled_tflite(network, spec)
            for labels, model in ((False, content), (True, labelled)):
                path = folder / f"{'labels' if labels else 'scores'}.{form}"
                path.write_bytes(model)
                write_spec(path, spec)
                files[form, labels] = path
    return files


def _labelled_onnx(content: bytes) -> bytes:
    import onnx

    model = onnx.load_from_string(content)
    model.graph.node.append(onnx.helper.make_node("ArgMax", [OUTPUT_NAME], ["labels"], axis=3, keepdims=0))
    shape = [side.dim_value for side in model.graph.output[0].type.tensor_type.shape.dim[:3]]
    model.graph.output.append(onnx.helper.make_tensor_value_info("labels", onnx.TensorProto.INT64, shape))
    labelled: bytes = model.SerializeToString()
    return labelled


def _labelled_tflite(network: Any, spec: ModelSpec) -> bytes:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    plain = frame_graph(network, spec.input).function

    def both(frame: Any) -> Any:
        scores = plain(frame)[OUTPUT_NAME]
        return {OUTPUT_NAME: scores, "winners": tf.argmax(scores, -1, tf.int32)}  # outputs are ordered by name

    signature = [tf.TensorSpec((1, *spec.input.hw, 3), tf.uint8, name=INPUT_NAME)]
    function = tf.function(both, input_signature=signature)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    converted: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen], function).convert()
    return converted


def main(
    run: Annotated[Path, typer.Argument(help="Run folder of a network with two classes or more.")],
    seconds: Annotated[float, typer.Option(help="Time an engine.")] = 8.0,
) -> None:
    """Measure what labels in the graph cost."""
    with one_line_errors():
        for line in study(RunFolder.open(run), seconds=seconds):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
