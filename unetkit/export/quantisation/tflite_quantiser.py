"""TFLite in int8: full integer, weights in S8, activations in S8, camera bytes as the quantised input.

TensorFlow's converter writes a float model whose tensors carry ranges, and quantises such a model. In between the
ranges, and the biases, are replaced by the recipe's. Weight scales are the converter's own: symmetric, 8 bits, since
LiteRT's kernels add in 32 bits and never saturate; but what was trained rounded is written on the grid of its training.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from unetkit.contract.spec import InputSpec
from unetkit.deployment.statistics import Activations, Statistics
from unetkit.deployment.weights import corrected_bias, plain_scales, rounded
from unetkit.errors import VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import INPUT_NAME, Graph
from unetkit.export.quantisation.learned import LearnedTensors, ranges_by
from unetkit.export.quantisation.recipe import Recipe
from unetkit.export.quantisation.tflite_file import as_kernel, convolutions, floats, kind_of, unpacked
from unetkit.export.quantisation.tflite_weights import on_trained_grid
from unetkit.export.tflite_packing import layer_name, packed, renamed
from unetkit.export.toolchain import quiet

_SCALE_TOLERANCE = 1e-6  # relative; the converter computes the scale from a float32 range, one rounding off
_LAYERS = {
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "TRANSPOSE_CONV",
    "FULLY_CONNECTED",
    "ADD",
    "MUL",
    "LOGISTIC",
    "AVERAGE_POOL_2D",
    "MEAN",
}


class TfliteQuantiser:
    """One float network, quantised by any recipe; what the frames say about it is gathered once.

    Args:
        normalised: graph from normalised float32 pixels to scores.
        calibration: frames that the ranges are learned from.
        spec: the model's input.
        learned: what a quantisation-aware training learnt, for recipes that want it.
    """

    def __init__(
        self,
        normalised: Graph,
        calibration: CalibrationSet,
        spec: InputSpec,
        *,
        learned: LearnedTensors | None = None,
    ) -> None:
        self._learned = learned
        self._normalised = normalised
        self._calibration = calibration
        self._spec = spec
        self._statistics = Statistics(self._observe, channel_axis=3)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of what computes, in the order it does."""
        return tuple(self._tensors)

    def content(self, recipe: Recipe) -> bytes:
        """The model file: uint8 frame in, int8 scores out.

        Raises:
            VerificationError: the converter gave the input another scale or zero point than the spec's.
        """
        import tensorflow as tf
        from tensorflow.lite.python.convert import mlir_quantize
        from tensorflow.lite.toco import types_pb2

        floating = self._with_ranges(recipe)
        with quiet():
            quantised = mlir_quantize(
                floating,
                disable_per_channel=not recipe.per_channel,
                fully_quantize=True,
                inference_type=types_pb2.QUANTIZED_INT8,
                input_data_type=tf.int8,
                output_data_type=tf.int8,
                denylisted_nodes={self._tensors[name] for name in recipe.float_layers} or None,
            )
        content = bytes(quantised)
        if recipe.ranges == "learned":
            content = on_trained_grid(content, floating, per_channel=recipe.per_channel)
        content = renamed(_taking_bytes(content))
        _require_input_quantisation(content, self._spec)
        return content

    @cached_property
    def _ranged(self) -> bytes:
        """The float model with a place for each range; the one frame shown fills them with anything."""
        import tensorflow as tf

        first = CalibrationSet.of(self._calibration.names[:1], self._calibration.frames[:1], seed=0)
        with quiet():
            converter = tf.lite.TFLiteConverter.from_concrete_functions(
                [self._normalised.frozen], self._normalised.function
            )
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([frame] for frame in first.normalised(self._spec))
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter._experimental_calibrate_only = True
            return bytes(converter.convert())

    def _with_ranges(self, recipe: Recipe) -> bytes:
        model = unpacked(self._ranged)
        graph = model.subgraphs[0]
        darkest, brightest = ((byte - self._spec.zero_point) * self._spec.scale for byte in (0, 255))
        ranges = ranges_by(recipe.ranges, self._statistics, self._learned) | {INPUT_NAME: (darkest, brightest)}
        for tensor in graph.tensors:
            name = tensor.name.decode()
            if name in ranges and tensor.quantization is not None and tensor.quantization.min is not None:
                low, high = ranges[name]
                tensor.quantization.min = np.array([low], np.float32)
                tensor.quantization.max = np.array([high], np.float32)
        if recipe.bias_correction:
            self._correct_biases(model, per_channel=recipe.per_channel)
        return packed(model)

    def _correct_biases(self, model: Any, *, per_channel: bool) -> None:
        tensors = model.subgraphs[0].tensors
        for operator in convolutions(model):
            kind = kind_of(model, operator)
            source, weight, bias = (tensors[index] for index in operator.inputs[:3])
            kernel = as_kernel(floats(model, weight), kind)
            scales = plain_scales(kernel)
            given = rounded(kernel, scales if per_channel else np.full_like(scales, scales.max()))
            means = self._statistics.extremes[source.name.decode()].channel_means
            groups = int(source.shape[3]) if kind == "DEPTHWISE_CONV_2D" else means.size // kernel.shape[1]
            shifted = corrected_bias(floats(model, bias), kernel, given, means, groups=groups)
            model.buffers[bias.buffer].data = np.frombuffer(shifted.tobytes(), np.uint8)

    def _observe(self) -> Iterator[Activations]:
        """Every activation of the float model for each calibration frame."""
        from ai_edge_litert.interpreter import Interpreter

        with quiet():
            interpreter = Interpreter(model_content=self._ranged, experimental_preserve_all_tensors=True)
            interpreter.allocate_tensors()
        (entry,) = interpreter.get_input_details()
        model = unpacked(self._ranged)
        outputs = {int(index) for operator in model.subgraphs[0].operators for index in operator.outputs}
        details = [item for item in interpreter.get_tensor_details() if item["index"] in outputs]
        for frame in self._calibration.normalised(self._spec):
            interpreter.set_tensor(entry["index"], frame)
            interpreter.invoke()
            values = {item["name"]: interpreter.get_tensor(item["index"]) for item in details}
            yield {entry["name"]: frame, **{name: value for name, value in values.items() if value.dtype == np.float32}}

    @cached_property
    def _tensors(self) -> dict[str, str]:
        """By layer, in order, the name of its output tensor, which is the converter's own name for it."""
        model = unpacked(self._ranged)
        graph = model.subgraphs[0]
        found: dict[str, str] = {}
        for operator in graph.operators:
            if kind_of(model, operator) in _LAYERS:
                tensor = graph.tensors[operator.outputs[0]].name.decode()
                name = layer_name(tensor)
                found[name if name not in found else f"{name}_{len(found)}"] = tensor
        return found


def _taking_bytes(content: bytes) -> bytes:
    """Put a QUANTIZE from uint8 before the int8 input: the same steps, counted from 0 instead of -128."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = unpacked(content)
    graph = model.subgraphs[0]
    (entry,) = graph.inputs
    given = graph.tensors[entry]
    taken = schema.TensorT()
    taken.name, taken.shape, taken.type = given.name, given.shape, schema.TensorType.UINT8
    taken.shapeSignature = given.shapeSignature
    taken.quantization = schema.QuantizationParametersT()
    taken.quantization.scale = given.quantization.scale
    taken.quantization.zeroPoint = np.asarray(given.quantization.zeroPoint) + 128
    given.name = b"signed"
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.QUANTIZE
    code.version = 1
    quantise = schema.OperatorT()
    quantise.opcodeIndex, quantise.inputs, quantise.outputs = len(model.operatorCodes), [len(graph.tensors)], [entry]
    quantise.builtinOptionsType = schema.BuiltinOptions.QuantizeOptions
    quantise.builtinOptions = schema.QuantizeOptionsT()
    model.operatorCodes.append(code)
    graph.inputs = [len(graph.tensors)]
    graph.tensors.append(taken)
    graph.operators.insert(0, quantise)
    for signature in model.signatureDefs or ():
        signature.inputs[0].tensorIndex = graph.inputs[0]
    return packed(model)


def _require_input_quantisation(content: bytes, spec: InputSpec) -> None:
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        details = Interpreter(model_content=content).get_input_details()[0]
    scale, zero_point = details["quantization"]
    exact = details["dtype"] == np.uint8 and zero_point == spec.zero_point
    if not exact or abs(scale - spec.scale) > _SCALE_TOLERANCE * spec.scale:
        raise VerificationError(
            f"int8 TFLite: the input is {np.dtype(details['dtype']).name} quantised with ({scale}, {zero_point}), "
            f"the spec says uint8 ({spec.scale}, {spec.zero_point})"
        )
